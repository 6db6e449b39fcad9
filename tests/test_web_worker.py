"""The page's worker computes what the package does, in the browser, for models of every kind."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from gen_files import random_file
from systems_table import tiny_model
from web_pages import Pages, opened, rows_of, write

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.catalogue import DEFAULT
from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.export.graph_cutter import cut_graphs
from ia_pix2seq_tf.generation import draw_sequences, given_rows, uniform_noise
from ia_pix2seq_tf.inference import encode_all
from ia_pix2seq_tf.sampling import components
from ia_pix2seq_tf.sampling.originals import data_originals
from ia_pix2seq_tf.strokes import to_sequence, to_strokes

COUNT, TIME, SEED, TEMPERATURE = 20, 40, 5, 0.5
OTHERS = {"rpcl": "hyper", "sketch_pix2seq": "layer_norm", "sketch_rnn": "lstm", "sketch_healer": "lstm"}
"""Systems beside the default one, each with another cell."""
ALONE = "gen"  # a decoder in a file of sketch-rnn's browser demo
NAMES = (DEFAULT, *OTHERS, ALONE)


@pytest.fixture(scope="module")
def models(sketchpad, tmp_path_factory) -> dict[str, ia.IAPix2Seq]:
    """A small model of each kind by the name of its folder."""
    path = tmp_path_factory.mktemp("gen") / "bird.gen.json"
    gen_json.write(path, random_file(gen_json.GEN))
    found = {DEFAULT: sketchpad[1], ALONE: ia.load_model(path)}
    return found | {name: tiny_model(name, cell) for name, cell in OTHERS.items()}


@pytest.fixture(scope="module")
def pages(browser, sketchpad, models, tmp_path_factory):
    """The pages of all models, under an address with a path."""
    folder = tmp_path_factory.mktemp("models")
    for name, model in models.items():
        if name == DEFAULT:
            (folder / name).symlink_to(sketchpad[0])
        else:
            write(model, folder / name)
    (folder / "model").symlink_to(sketchpad[0])  # where `Pages.js` looks for modules
    with opened(browser, folder) as pages:
        yield pages


def described(pages: Pages, name: str) -> dict:
    return pages.ask(name)[0]["model"]


def codes(model: ia.IAPix2Seq, count: int = COUNT) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 1.5, (count, model.z_size)).astype(np.float32)


def assert_same_sketches(found: np.ndarray, wanted: np.ndarray) -> None:
    """Sequences `[batch, time, 5]` that end alike, and whose offsets differ by no more than rounding."""
    sketches = [(to_strokes(a), to_strokes(b)) for a, b in zip(found, wanted, strict=True)]
    assert [len(a) for a, _ in sketches] == [len(b) for _, b in sketches]
    for a, b in sketches:
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-4)


def drawing(model: ia.IAPix2Seq, **others) -> tuple[dict, np.ndarray]:
    """A request for sketches with Python's own chance, and what Python draws of it."""
    z, greedy, given = codes(model), others.get("greedy", False), others.get("given")
    noise = uniform_noise(tf.constant(SEED), tf.range(COUNT), TIME)
    batch = None if given is None else tf.constant(given_rows([given] * COUNT, TIME))
    wanted = draw_sequences(model.decoder, tf.constant(z), noise, TEMPERATURE, greedy, batch).numpy()
    rows = None if given is None else given_rows([given], len(given))
    request = {"type": "draw", "codes": z, "count": COUNT, "seed": 0, "temperature": TEMPERATURE, "max_len": TIME}
    return {**request, "noise": noise.numpy(), "greedy": greedy, "given": rows}, wanted


@pytest.mark.parametrize("name", NAMES)
def test_sampled_sketches_are_those_of_the_package(name, pages, models):
    request, wanted = drawing(models[name])
    _, *answers = pages.ask(name, request)
    found = rows_of(answers, COUNT)
    assert_same_sketches(found, wanted)
    assert answers[-1]["type"] == "done"
    assert answers[-1]["lengths"] == [len(to_strokes(rows)) for rows in found]
    assert [answer["step"] for answer in answers[:-1]] == list(range(found.shape[1]))


@pytest.mark.parametrize("name", NAMES)
def test_greedy_sketches_are_those_of_the_package(name, pages, models):
    request, wanted = drawing(models[name], greedy=True)
    assert_same_sketches(rows_of(pages.ask(name, request), COUNT), wanted)


@pytest.mark.parametrize("name", [DEFAULT, ALONE])
def test_sketches_go_on_from_given_strokes_as_those_of_the_package(name, pages, models):
    begun = np.array([[0.5, 0.5, 0], [1, 0, 1], [0, -1, 0]], np.float32)
    request, wanted = drawing(models[name], given=begun)
    found = rows_of(pages.ask(name, request), COUNT)
    assert_same_sketches(found, wanted)
    np.testing.assert_array_equal(found[0, :3][:, [0, 1, 3]], begun)


def test_codes_of_images_are_those_of_the_package(pages, sketchpad):
    _, model, data = sketchpad
    images = data.test.images
    requests = [{"type": "encode", "image": image} for image in images]
    found = pages.ask(DEFAULT, *requests)[1:]
    assert_same_codes(found, *encode_all(model, images))


def assert_same_codes(found: list[dict], mu: np.ndarray, sigma2: np.ndarray) -> None:
    tolerance = 5e-5 * max(1, np.abs(mu).max())
    np.testing.assert_allclose([answer["mu"] for answer in found], mu, rtol=0, atol=tolerance)
    np.testing.assert_allclose([answer["sigma2"] for answer in found], sigma2, rtol=1e-3)


def test_codes_of_strokes_are_those_of_the_package(pages, models, sketchpad):
    strokes = list(sketchpad[2].test.strokes)[:8]
    found = pages.ask("sketch_rnn", *({"type": "encode", "strokes": each} for each in strokes))[1:]
    model = models["sketch_rnn"]
    assert_same_codes(found, *encode_all(model, strokes=strokes, scale_factor=model.scale_factor))
    assert found[0]["component"] is None and found[0]["gamma"] is None


def test_codes_of_graphs_are_those_of_the_package(pages, models, sketchpad):
    strokes = list(sketchpad[2].test.strokes)[:8]
    found = pages.ask("sketch_healer", *({"type": "encode", "strokes": each} for each in strokes))[1:]
    graphs = cut_graphs(np.stack([to_sequence(each, max(map(len, strokes))) for each in strokes]))
    assert_same_codes(found, *map(np.asarray, models["sketch_healer"].encode(*graphs.values())))


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_that_of_the_package(name, pages, models):
    model, rng = models[name], np.random.default_rng(1)
    z, stroke = codes(model, 3), np.float32([[0.3, -0.2, 0, 1, 0]] * 3)
    state = rng.normal(0, 0.5, (3, model.decoder.cell.state_size)).astype(np.float32)
    inputs = {"stroke": stroke, "state": state, **({"z": z} if model.z_size else {})}
    argument = {key: {"shape": value.shape, "data": value.ravel().tolist()} for key, value in inputs.items()}
    expression = """(async () => {
      const {ort, sessions} = await m.load("%s");
      const tensor = ({shape, data}) => new ort.Tensor("float32", Float32Array.from(data), shape);
      const inputs = Object.fromEntries(Object.entries(x).map(([name, value]) => [name, tensor(value)]));
      const {raw, next_state} = await sessions.step.run(inputs);
      return [raw.data, next_state.data];
    })()"""
    raw, following = pages.js("engine", expression % f"{pages.url}{name}/", argument)
    wanted = model.decoder.step(stroke, z, tf.constant(state))
    for values, right in zip((raw, following), wanted, strict=True):
        np.testing.assert_allclose(np.reshape(values, right.shape), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [DEFAULT, "rpcl"])
def test_components_of_codes_are_those_of_the_package(name, pages, models):
    model = models[name]
    near = model.latent_mu.numpy()[np.arange(200) % model.latent.k]
    z = (near + np.random.default_rng(2).normal(0, 0.7, near.shape)).astype(np.float32)
    sigma2 = np.random.default_rng(3).uniform(0.01, 2, z.shape).astype(np.float32)
    wanted = model.assign_components(z, sigma2)
    argument = {"mixture": described(pages, name)["mixture"], "codes": z.tolist(), "sigma2": sigma2.tolist()}
    expression = "x.codes.map((code, i) => [m.gamma(code, x.mixture), m.assign(code, x.mixture, x.sigma2[i])])"
    gammas, labels = zip(*pages.js("mixture", expression, argument), strict=True)
    np.testing.assert_allclose(gammas, wanted["gamma"], atol=1e-5)
    assert list(labels) == wanted["label"].numpy().tolist()
    alone = model.assign_components(z, np.zeros_like(z))["label"].numpy().tolist()
    assert pages.js("mixture", "x.codes.map((code) => m.assign(code, x.mixture))", argument) == alone


def test_component_of_an_image_is_that_of_the_package(pages, sketchpad):
    _, model, data = sketchpad
    images = data.test.images[:5]
    found = pages.ask(DEFAULT, *({"type": "encode", "image": image} for image in images))[1:]
    wanted = model.assign_components(*encode_all(model, images))
    assert [answer["component"] for answer in found] == wanted["label"].numpy().tolist()
    np.testing.assert_allclose([answer["gamma"] for answer in found], wanted["gamma"], atol=1e-3)


def test_names_and_shares_of_components_are_those_of_sampling(pages, sketchpad):
    _, model, data = sketchpad
    traits = {trait.component: trait for trait in components(model, 1, originals=data_originals(data)).traits}
    for component in described(pages, DEFAULT)["components"]:
        if component["living"]:
            shares = traits[component["number"]].shares
            assert component["shares"] == shares
            assert (component["name"], component["share"]) == next(iter(shares.items()), ("", 0))
    assert any(component["name"] for component in described(pages, DEFAULT)["components"])


def test_sampled_codes_follow_the_mixture_and_the_seed(pages, models):
    model = models[DEFAULT]
    asked = [{"type": "sample", "component": 1, "seed": seed} for seed in (*range(200), 7)]
    answers = pages.ask(DEFAULT, *asked)[1:]
    found = np.array([answer["code"] for answer in answers])
    np.testing.assert_array_equal(found[7], found[200])
    spread = np.sqrt(model.latent_sigma2.numpy()[1])
    np.testing.assert_allclose(found.mean(axis=0), model.latent_mu.numpy()[1], atol=4 * spread.max() / np.sqrt(200))
    np.testing.assert_allclose(found.std(axis=0), spread, rtol=0.25)
    any_of_them = pages.ask(DEFAULT, *({"type": "sample", "component": None, "seed": seed} for seed in range(20)))[1:]
    assert len({answer["component"] for answer in any_of_them}) > 1
    normal = pages.ask("sketch_rnn", {"type": "sample", "component": None, "seed": 1})[1]
    assert len(normal["code"]) == 4 and normal["component"] is None
    assert pages.ask(ALONE, {"type": "sample", "component": None, "seed": 1})[1]["code"] == []


def request(model: ia.IAPix2Seq, count: int = 2, **others) -> dict:
    """A request for sketches by the page's own chance."""
    z = np.repeat(codes(model, 1), count, axis=0)
    rest = {"seed": 1, "temperature": TEMPERATURE, "max_len": TIME}
    return {"type": "draw", "codes": z, "count": count, **rest, **others}


def test_a_seed_draws_the_same_again_whatever_else_is_in_the_batch(pages, models):
    model = models[DEFAULT]
    alone, pair, again = (rows_of(pages.ask(DEFAULT, request(model, n)), n) for n in (1, 2, 2))
    np.testing.assert_array_equal(pair, again)
    assert_same_sketches(alone, pair[:1])
    assert np.abs(pair[0, :5] - pair[1, :5]).max() > 0
    same = rows_of(pages.ask(DEFAULT, request(model, 2, chances=[1, 1])), 2)
    np.testing.assert_array_equal(same[0], same[1])
    assert_same_sketches(same[:1], pair[1:])


def test_a_newer_request_and_stop_end_a_sketch_within_a_tenth_of_a_second(pages, models):
    long = request(models[DEFAULT], 8, max_len=200_000)
    long["noise"], long["greedy"] = None, True  # it draws on without an end
    script = """async (text) => {
      const {url, long} = JSON.parse(text);
      const worker = new Worker(url, {type: "module"});
      const waiting = new Map();
      worker.onmessage = ({data}) => data.type === "stroke" || waiting.get(data.id)(data.type);
      const ask = (request) => new Promise((resolve) => {
        waiting.set(request.id, (type) => resolve([type, performance.now()]));
        worker.postMessage({...request, codes: Float32Array.from(long.codes)});
      });
      const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
      await ask({id: 0, type: "load"});
      const first = ask({...long, id: 1});
      await pause(100);
      const asked = performance.now();
      const second = ask({...long, id: 2});
      const [firstType, firstTime] = await first;
      await pause(100);
      const stopped = performance.now();
      const stop = ask({id: 3, type: "stop"});
      const [secondType, secondTime] = await second;
      await stop;
      worker.terminate();
      return [firstType, firstTime - asked, secondType, secondTime - stopped];
    }"""
    argument = {"url": f"{pages.url}{DEFAULT}/worker.js", "long": {**long, "codes": long["codes"].ravel().tolist()}}
    first, replaced, second, stopped = pages.tab.evaluate(script, json.dumps(argument))
    assert first == second == "stopped"
    assert replaced < 100 and stopped < 100


BAD = {
    "no codes": ({"codes": np.zeros(1, np.float32)}, "error.input"),
    "no sketch": ({"count": 0, "codes": np.zeros(0, np.float32)}, "error.input"),
    "no temperature": ({"temperature": 0}, "error.input"),
    "more given than is to be drawn": ({"given": np.zeros((TIME, 5), np.float32)}, "error.input"),
    "an image of another size": ({"type": "encode", "image": np.zeros(9, np.uint8)}, "error.input"),
    "no image": ({"type": "encode"}, "error.input"),
    "what no worker does": ({"type": "fly"}, "error.input"),
}


@pytest.mark.parametrize("name", BAD)
def test_requests_without_sense_are_refused_and_the_next_is_answered(name, pages, models):
    change, message = BAD[name]
    answers = pages.ask(DEFAULT, {**request(models[DEFAULT]), **change}, request(models[DEFAULT]))
    refused = [answer for answer in answers if answer["id"] == 1]
    assert [answer["type"] for answer in refused] == ["error"]
    assert refused[0]["message"] == message and refused[0]["detail"]
    assert answers[-1]["type"] == "done"


def test_a_model_without_a_part_says_so(pages):
    assert pages.ask(ALONE, {"type": "encode", "image": np.zeros(48 * 48)})[1]["message"] == "error.cannot"
    assert pages.ask("sketch_rnn", {"type": "sample", "component": 2, "seed": 1})[1]["message"] == "error.cannot"


def test_abilities_follow_from_the_parts(pages):
    can = {name: {key for key, value in described(pages, name)["can"].items() if value} for name in NAMES}
    drawn = {"continue", "dream"}
    assert can[ALONE] == drawn
    assert can["sketch_rnn"] == can["sketch_healer"] == drawn | {"encode", "redraw", "interpolate"}
    assert can["sketch_pix2seq"] == can["sketch_rnn"] | {"complete"}
    assert can["rpcl"] == can["sketch_pix2seq"] | {"components"}
    assert can[DEFAULT] == can["rpcl"] | {"map"}


def damaged(sketchpad: tuple, folder: Path, name: str, content: bytes | None) -> Path:
    """A copy of the page, in which a file is missing or has another content."""
    for path in sketchpad[0].rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(sketchpad[0])
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    return folder


FAULTS = {
    "a model file is missing": ("model/encoder.onnx", None, "error.missing"),
    "a model file is damaged": ("model/decoder_step.onnx", b"<html>", "error.damaged"),
    "a model file is empty": ("model/initial_state.onnx", b"", "error.damaged"),
    "the description is missing": ("model.json", None, "error.missing"),
    "the description is no JSON": ("model.json", b"<html>", "error.format"),
    "the description is of another format": ("model.json", b'{"format": 99}', "error.format"),
    "the description is null": ("model.json", b"null", "error.format"),
    "the runtime is missing": ("vendor/ort-wasm.bin", None, "error.missing"),
    "the runtime is damaged": ("vendor/ort-wasm.bin", b"\x1f\x8b damaged", "error.damaged"),
    "the runtime is no WebAssembly": ("vendor/ort-wasm.bin", b"<html>", "error.runtime"),
    "the runtime's script is missing": ("vendor/ort.wasm.min.mjs", None, "error.runtime"),
    "the runtime's other script is missing": ("vendor/ort-wasm-simd-threaded.mjs", None, "error.runtime"),
}


@pytest.fixture(scope="module")
def faulty(browser, sketchpad, tmp_path_factory):
    """The pages of `FAULTS`, numbered."""
    folder = tmp_path_factory.mktemp("faults")
    for i, (name, content, _) in enumerate(FAULTS.values()):
        damaged(sketchpad, folder / str(i), name, content)
    with opened(browser, folder) as pages:
        yield pages


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_lacks_something_says_which_file(fault, faulty):
    name, _, message = FAULTS[fault]
    (answer,) = faulty.ask(str(list(FAULTS).index(fault)))
    assert answer["type"] == "error" and answer["message"] == message
    assert message == "error.runtime" or name in answer["detail"]


LACKS = {"WebAssembly": "error.simd", "DecompressionStream": "error.unzip"}


@pytest.mark.parametrize("without", LACKS)
def test_an_old_browser_is_told_what_it_lacks(without, pages):
    expression = f"""(async () => {{
      const kept = self.{without};
      self.{without} = undefined;
      try {{
        await m.load("{pages.url}model/");
      }} catch (error) {{
        return error.key;
      }} finally {{
        self.{without} = kept;
      }}
    }})()"""
    assert pages.js("engine", expression) == LACKS[without]


def test_a_host_that_unzips_the_runtime_on_the_way_does_no_harm(browser, sketchpad, tmp_path):
    import gzip

    content = gzip.decompress((sketchpad[0] / "vendor/ort-wasm.bin").read_bytes())
    damaged(sketchpad, tmp_path / "unzipped", "vendor/ort-wasm.bin", content)
    with opened(browser, tmp_path) as pages:
        assert pages.ask("unzipped")[0]["type"] == "done"
