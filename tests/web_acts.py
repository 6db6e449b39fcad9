"""What people do to the page, for tests: open it, draw on it, press and read; and what the page asks of its worker."""

import functools
import math
from typing import Any

import numpy as np

POLLING = 20  # milliseconds between looks; not frames, which a page in the background has none of
READY = '() => !document.querySelector("main").inert'
RESTS = """() => !window.pending.size && document.getElementById("stop").disabled
  && document.querySelector(".drawn")?.getAttribute("d")"""
LOGGED = """
window.asked = [];
window.pending = new Set();
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  const plain = Object.entries(message).map(([key, value]) => [key, ArrayBuffer.isView(value) ? [...value] : value]);
  window.asked.push(Object.fromEntries(plain));
  if (!window.pending.size) this.addEventListener("message", answered);
  window.pending.add(message.id);
  return post.call(this, message, ...rest);
};
const answered = ({data}) => data.type !== "stroke" && window.pending.delete(data.id);
"""
"""Keeps all requests to the worker in `asked`, and the numbers of those without an answer in `pending`."""

FACE = [
    [(0.5 + 0.3 * math.cos(i / 2), 0.52 + 0.28 * math.sin(i / 2)) for i in range(14)],
    [(0.4, 0.45), (0.43, 0.5)],
    [(0.6, 0.45), (0.57, 0.5)],
]


class Visit:
    """A page that somebody has opened.

    Attributes:
        page: of Playwright.
        faults: what the console and the page's scripts complained of.
        requests: all addresses that the page asked for.
    """

    def __init__(self, browser: Any, url: str, script: str = "", **options: Any):
        settings = {"viewport": {"width": 1280, "height": 800}, "locale": "en", "reduced_motion": "reduce"}
        self.context = browser.new_context(**(settings | options))
        self.context.add_init_script(LOGGED + script)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.url = url

    def open(self, hash: str = "", rests: bool = True) -> "Visit":
        self.page.goto(self.url + hash)
        self.until(READY)
        if rests:
            self.rest()
        return self

    def rest(self) -> None:
        """Waits until the worker has answered all requests and everything is drawn."""
        self.until(RESTS)

    def spot(self, selector: str, x: float, y: float) -> tuple[float, float]:
        """A place of an element, 0 to 1, in pixels of the page."""
        box = self.page.locator(selector).bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def line(self, points: Any, selector: str = "#pad") -> None:
        """A line of the mouse."""
        self.page.mouse.move(*self.spot(selector, *points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.spot(selector, *point))
        self.page.mouse.up()

    def draw(self, lines: Any = FACE) -> None:
        for line in lines:
            self.line(line)
        self.captioned("from.drawing")
        self.rest()

    def say(self, key: str, **values: Any) -> str:
        """A sentence, as the page says it now."""
        return self.page.evaluate(
            "async ([key, values]) => (await import('./text.js')).say(key, values)", [key, values]
        )

    def status(self, key: str, **values: Any) -> None:
        """Waits until the page says a sentence."""
        self._reads("status", self.say(key, **values))

    def captioned(self, key: str, **values: Any) -> None:
        """Waits until the sheet says what it was drawn from."""
        self._reads("caption", self.say(key, **values))

    def _reads(self, node: str, text: str) -> None:
        self.until("([node, text]) => document.getElementById(node).textContent === text", [node, text])

    def until(self, holds: str, argument: Any = None) -> None:
        """Waits until a function of the page gives what is true, at most ten seconds."""
        self.page.wait_for_function(holds, arg=argument, polling=POLLING, timeout=10_000)

    def lines(self) -> int:
        """How many lines the paper says that it holds."""
        name = self.page.get_attribute("#pad", "aria-label")
        return int("".join(filter(str.isdigit, name)) or 0)

    def asked(self, kind: str) -> list[dict]:
        """The requests of a kind to the worker."""
        return [request for request in self.page.evaluate("() => window.asked") if request["type"] == kind]

    def pictures(self, selector: str) -> list[str]:
        """The paths that are drawn."""
        return self.page.locator(f"{selector} .drawn").evaluate_all("nodes => nodes.map((n) => n.getAttribute('d'))")

    def mark_spots(self) -> list[list[float]]:
        """Where the marks of the map are, in pixels of the page."""
        return self.page.evaluate("""async () => {
          const {MapView} = await import("./map.js"), {readAtlas} = await import("./atlas.js");
          const canvas = document.getElementById("map-canvas"), box = canvas.getBoundingClientRect();
          const atlas = await readAtlas();
          const view = Object.assign(Object.create(MapView.prototype), {canvas, atlas});
          return atlas.marks.map((mark) => view.pixel(mark)).map(([x, y]) => [x + box.left, y + box.top]);
        }""")

    def touch(self, kind: str, *spots: tuple[float, float]) -> None:
        """A touch of as many fingers as there are spots, in pixels of the page."""
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(spots)]
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    @functools.cached_property
    def _devtools(self) -> Any:
        return self.context.new_cdp_session(self.page)

    def close(self) -> None:
        self.context.close()


def code_of(request: dict, number: int = 0) -> np.ndarray:
    """A code of a request to draw."""
    size = len(request["codes"]) // request["count"]
    return np.float32(request["codes"][number * size : (number + 1) * size])
