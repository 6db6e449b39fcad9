"""What a person waits for in the sketchpad's page: until it is ready, and from the lifted pen to the first stroke.

    python benchmarks/page.py                                      # after pip install -e '.[webtest]', with chromium
    python benchmarks/page.py --models=pretrained:doodles,runs/demo,512,2048 --cell=lstm

A model is a --model_dir, or a number: the units of an untrained one with codes of 128, kept from ending a sketch. The
page is served on this machine, and its worker asked by a page that does nothing else. "bytes" is all that the browser
fetched for the model to be ready, without the page's own document. "stall" is the longest time in which the page would
not have answered to input while four sketches were drawn, "stop" the time from asking to stop until nothing is drawn.
"""

import json
import shutil
import statistics
import tempfile
import threading
from pathlib import Path
from typing import Any

import command
import work
from absl import flags
from report import Column, Report

from ia_pix2seq_tf.constants import FLOAT32, WEIGHT_TYPES

FLAGS = flags.FLAGS
command.define_flags(runs=5)
command.define_model_flags()
flags.DEFINE_list("models", ["pretrained:doodles", "512", "2048"], "Directories, and units of untrained models.")
flags.DEFINE_enum("weights", FLOAT32, WEIGHT_TYPES, "Type of the models' weights, see exports.py.")
flags.DEFINE_integer("points", 100, "Most points of a sketch.", lower_bound=2)

MILLISECONDS = 1e-3
COLUMNS = (
    Column("model", "model"),
    Column("bytes", "MB", ".2f", 1e6),
    Column("ready_seconds", "ready, s", ".2f"),
    Column("first_seconds", "pen to first stroke, ms", ".0f", MILLISECONDS),
    Column("sketch_seconds", "a sketch, ms", ".0f", MILLISECONDS),
    Column("four_seconds", "four, ms", ".0f", MILLISECONDS),
    Column("stall_seconds", "stall, ms", ".0f", MILLISECONDS),
    Column("stop_seconds", "stop, ms", ".0f", MILLISECONDS),
)
CODE_SIZE = 128
LAUNCH = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

SCRIPT = """async (text) => {
  const {url, points, runs} = JSON.parse(text);
  const [{simplify}, {raster}] = await Promise.all(["simplify", "raster"].map((name) => import(`${url}${name}.js`)));
  const worker = new Worker(`${url}worker.js`, {type: "module"});
  const waiting = new Map();
  worker.onmessage = ({data}) => waiting.get(data.id)(data);
  let count = 0;
  const ask = (request, firstOnly = false) => new Promise((resolve, reject) => {
    waiting.set(++count, (data) => {
      if (data.type === "error") reject(new Error(JSON.stringify(data)));
      if (firstOnly || data.type !== "stroke") resolve(data);
    });
    worker.postMessage({id: count, ...request});
  });
  const timed = async (work) => {
    const begun = performance.now();
    await work();
    return (performance.now() - begun) / 1000;
  };
  const {model, seconds: ready} = await ask({type: "load"});
  const circle = Array.from({length: 200}, (_, i) => [100 * Math.cos(i / 32), 90 * Math.sin(i / 31)]);
  const image = () => raster(simplify([circle]), model.png_width);
  const encode = async () => model.reads.length
    ? (await ask({type: "encode", image: image(), strokes: simplify([circle])})).mu
    : new Float32Array(model.z_size);
  const draw = (code, size, time) => ({
    type: "draw", codes: Float32Array.from({length: size * code.length}, (_, i) => code[i % code.length]),
    count: size, seed: 1, temperature: 0.24, max_len: time,
  });
  const repeated = async (work) => {
    const found = [];
    for (let i = 0; i <= runs; i++) found.push(await timed(work));
    return found.slice(1);
  };
  const code = await encode();
  const first = await repeated(async () => ask(draw(await encode(), 1, points), true));
  await ask({type: "stop"});
  const sketch = await repeated(() => ask(draw(code, 1, points)));
  let [stall, last, watching] = [0, performance.now(), true];
  const watch = ({data}) => {
    stall = Math.max(stall, performance.now() - last);
    last = performance.now();
    if (watching) channel.port2.postMessage(null);
  };
  const channel = new MessageChannel();
  channel.port1.onmessage = watch;
  channel.port2.postMessage(null);
  const four = await repeated(() => ask(draw(code, 4, points)));
  watching = false;
  const stop = [];
  for (let i = 0; i < runs; i++) {
    const drawn = ask({...draw(code, 4, 100000), greedy: true});
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.push(await timed(async () => { ask({type: "stop"}); await drawn; }));
  }
  return JSON.stringify({ready, first, sketch, four, stall: stall / 1000, stop});
}"""


def untrained(units: int, cell: str, extra: str) -> Any:
    """A model of so many units whose pen never ends a sketch."""
    import numpy as np

    from ia_pix2seq_tf import HParams, IAPix2Seq
    from ia_pix2seq_tf.stroke_mixture import RAW_SIZE

    hps = HParams(categories=["cat"], dec_model=cell, dec_rnn_size=units, z_size=CODE_SIZE, scale_factor=35.0)
    model = IAPix2Seq(hps.parse(extra))
    model.decoder.head.bias.assign_add(np.eye(RAW_SIZE)[work.END_OF_SKETCH] * work.NEVER)
    return model


def measure(name: str, cell: str, extra: str, points: int, runs: int, weights: str) -> dict[str, object]:
    """One row: the page of a model, written, served and asked."""
    from ia_pix2seq_tf.loading import load_model
    from ia_pix2seq_tf.web.site import write_page

    model = untrained(int(name), cell, extra) if name.isdecimal() else load_model(name)
    with tempfile.TemporaryDirectory() as folder:
        site = write_page(model, None, Path(folder) / "site", weights=weights)
        (site / "blank.txt").write_text("")
        found, fetched = ask(site, points, runs)
    median = {f"{key}_seconds": statistics.median(found[key]) for key in ("first", "sketch", "four")}
    worst = {"ready_seconds": found["ready"], "stall_seconds": found["stall"], "stop_seconds": max(found["stop"])}
    return {"model": name, "bytes": fetched, **median, **worst}


def ask(site: Path, points: int, runs: int) -> tuple[dict[str, Any], int]:
    """What the browser measures in a page, and how many bytes it has fetched."""
    from playwright.sync_api import sync_playwright

    from ia_pix2seq_tf.web import server

    fetched = []

    class Counting(server.Handler):
        def copyfile(self, source: Any, outputfile: Any) -> None:
            fetched.append(Path(source.name).stat().st_size)
            super().copyfile(source, outputfile)

    with server.listening(0) as listening, sync_playwright() as playwright:
        server.Handler = Counting
        threading.Thread(target=server.serve, args=(listening, site), daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=LAUNCH)
        tab = browser.new_page()
        url = server.address(listening)
        tab.goto(f"{url}blank.txt")
        found = json.loads(tab.evaluate(SCRIPT, json.dumps({"url": url, "points": points, "runs": runs})))
        browser.close()
        listening.shutdown()
    return found, sum(fetched)


def main() -> None:
    report = Report(f"The page, {FLAGS.weights}, {FLAGS.cell} cell {FLAGS.hparams}".rstrip(), COLUMNS, FLAGS.output)
    for name in FLAGS.models:
        report.add(command.attempt(measure, name, FLAGS.cell, FLAGS.hparams, FLAGS.points, FLAGS.runs, FLAGS.weights))
    report.close()


if __name__ == "__main__":
    command.run(main)
