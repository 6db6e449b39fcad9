"""The page's modules compute what the Python modules of their names do."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from web_pages import Pages, opened

from ia_pix2seq_tf.data.convert.drawing import drawn
from ia_pix2seq_tf.data.convert.simplify import Shape
from ia_pix2seq_tf.data.convert.simplify import to_strokes as simplified
from ia_pix2seq_tf.data.demo import CATEGORIES, load_demo
from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.loading import load_model
from ia_pix2seq_tf.render import render_many, strokes_to_svg
from ia_pix2seq_tf.strokes import to_strokes
from ia_pix2seq_tf.web.site import STATIC

RAW = Path(__file__).resolve().parents[2] / "shared" / "data" / "ndjson" / "raw"


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    """The page's modules alone, which need neither model nor runtime."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "model").symlink_to(STATIC)
    with opened(browser, folder) as pages:
        yield pages


def doodles(count: int) -> list[np.ndarray]:
    """As many doodles of each category."""
    return [strokes for category in CATEGORIES for strokes in load_demo(category, 1, 1, count)["test"][0]]


def rasters(pages: Pages, sketches: list[np.ndarray], size: int) -> np.ndarray:
    """The images of sketches by raster.js."""
    expression = "x.sketches.map((strokes) => m.raster(strokes, x.size))"
    sketches = [np.asarray(strokes, float).ravel().tolist() for strokes in sketches]
    found = pages.js("raster", expression, {"sketches": sketches, "size": size})
    return np.array(found, np.uint8).reshape(-1, size, size)


def errors(pages: Pages, sketches: list[np.ndarray], size: int = 48) -> np.ndarray:
    """How far the pixels of raster.js are from those of cairo."""
    return np.abs(rasters(pages, sketches, size).astype(int) - render_many(sketches, size).astype(int))


def scribbles(count: int, points: int, seed: int = 0) -> list[np.ndarray]:
    """Walks of a pen of chance, with sharp turns."""
    rng = np.random.default_rng(seed)
    walks = np.concatenate([rng.normal(0, 20, (count, points, 2)), rng.random((count, points, 1)) < 0.1], axis=2)
    return list(walks)


def test_pixels_are_those_of_training(pages):
    found = errors(pages, doodles(50))
    assert found.mean() <= 0.1 and found.max() <= 20


def test_pixels_are_the_same_where_canvases_are_read_with_noise(pages):
    sketches = doodles(2)
    before = rasters(pages, sketches, 48)
    pages.js(
        "raster",
        "(CanvasRenderingContext2D.prototype.getImageData = (_x, _y, width, height) => {"
        "  const noise = new ImageData(width, height);"
        "  return noise.data.forEach((_, i) => (noise.data[i] = 255 * Math.random())), noise;"
        "}, null)",
        None,
    )
    np.testing.assert_array_equal(rasters(pages, sketches, 48), before)


def test_a_trained_encoder_makes_the_same_of_the_pages_pixels(pages):
    model, sketches = load_model("pretrained:doodles"), doodles(50)
    (mu, sigma2), (codes, variances) = (
        encode_all(model, images) for images in (render_many(sketches), rasters(pages, sketches, 48))
    )
    assert np.median(np.linalg.norm(codes - mu, axis=1)) <= 0.1
    assert np.mean(assign_all(model, codes, variances) == assign_all(model, mu, sigma2)) >= 0.99


@pytest.mark.parametrize("size", [16, 32, 160])
def test_pixels_are_those_of_training_at_other_sizes(size, pages):
    found = errors(pages, doodles(2)[::2], size)
    assert found.mean() <= 0.1 and found.max() <= 20


EDGES = {
    "nothing": [],
    "a dot": [(3, 4, 0), (0, 0, 1)],
    "one point": [(5, 5, 1)],
    "one line": [(0, 0, 0), (30, 17, 1)],
    "a level line": [(0, 0, 0), (30, 0, 1)],
    "an upright line": [(0, 0, 0), (0, 30, 1)],
    "a line twice": [(0, 0, 0), (30, 17, 0), (-30, -17, 1)],
    "a square": [(0, 0, 0), (30, 0, 0), (0, 30, 0), (-30, 0, 0), (0, -30, 1)],
    "sharp turns": [(0, 0, 0), (40, 5, 0), (-40, 5, 0), (40, 5, 0), (-39, 4, 1)],
    "one direction only": [(i, 2 * i, i == 5) for i in range(6)],
    "open at the end": [(0, 0, 0), (9, 4, 1), (3, 3, 0), (5, -8, 0)],
    "repeated points": [(0, 0, 0), (0, 0, 0), (9, 4, 0), (0, 0, 0), (5, -8, 1)],
    "tiny": [(0, 0, 0), (1e-7, 2e-7, 1)],
}


@pytest.mark.parametrize("name", EDGES)
def test_pixels_of_unusual_drawings_are_those_of_training(name, pages):
    found = errors(pages, [np.array(EDGES[name], float).reshape(-1, 3)])
    assert found.max() <= 20


def test_pixels_of_a_thousand_points_are_those_of_training(pages):
    found = errors(pages, scribbles(3, 1000))
    assert found.mean() <= 0.1 and found.max() <= 20


def test_nothing_on_the_way_to_the_encoder_reads_a_canvas_back():
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        if path.name in ("raster.js", "simplify.js", "strokes.js", "engine.js", "drawing.js", "worker.js"):
            assert "canvas" not in text.replace("No canvas", "").lower()
        for name in ("getImageData", "toDataURL", "drawImage"):
            assert name not in text, f"{path.name} has {name}"


def test_an_svg_of_the_page_is_that_of_the_program(pages):
    for strokes in doodles(2)[::3]:
        found = pages.js("strokes", "m.toSvg(x)", strokes.ravel().tolist())
        assert found == strokes_to_svg(strokes)


def test_rows_become_strokes_and_strokes_rows(pages):
    rows = np.float32([[1, 2, 1, 0, 0], [3, 4, 0, 1, 0], [0, 0, 0, 0, 1], [9, 9, 1, 0, 0]])
    assert pages.js("strokes", "m.toStrokes(x)", rows.ravel().tolist()) == to_strokes(rows).ravel().tolist()
    back = pages.js("strokes", "m.toRows(x, 2)", [2, 4, 0, 6, 8, 1])
    assert back == rows[:2].ravel().tolist()


def lines_of_pens(seed: int) -> list[list[list[float]]]:
    """Lines as a pen reports them: dense, in whole pixels or halves, with pauses, closed ones among them."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(rng.integers(1, 8)):
        steps = rng.normal(0, 3, (rng.integers(2, 90), 2)).cumsum(axis=0).cumsum(axis=0) / 4
        line = np.round((rng.uniform(0, 300, 2) + steps) * 2) / 2
        lines.append(np.concatenate([line, line[:1]] if rng.random() < 0.3 else [line]).tolist())
    return lines


def raw_drawings() -> list[list[list[list[float]]]]:
    """Drawings that Google published as players drew them, where the data is there."""
    found = []
    for path in sorted(RAW.glob("*.ndjson")):
        for text in path.read_text(encoding="utf-8").splitlines():
            found.append([np.transpose(line[:2]).tolist() for line in json.loads(text)["drawing"]])
    return found


def assert_simplified_as_python_does(pages: Pages, drawings: list) -> None:
    found = pages.js("simplify", "x.map((lines) => m.simplify(lines))", drawings)
    shape = Shape(max_len=10**6)
    for lines, strokes in zip(drawings, found, strict=True):
        wanted = simplified(drawn([np.array(line, float) for line in lines]), shape)
        np.testing.assert_array_equal(np.reshape(strokes, (-1, 3)), wanted)


def test_points_are_those_of_the_program(pages):
    assert_simplified_as_python_does(pages, [lines_of_pens(seed) for seed in range(100)])


def test_points_of_raw_drawings_are_those_of_the_program(pages):
    drawings = raw_drawings()
    if not drawings:
        pytest.skip(f"no raw drawings in {RAW}")
    assert_simplified_as_python_does(pages, drawings)


def test_a_tap_leaves_no_points_and_a_scribble_without_end_is_refused(pages):
    assert pages.js("simplify", "m.simplify(x)", [[[5, 5], [5, 5]]]) == []
    assert pages.js("simplify", "m.simplify(x)", []) == []
    zigzag = [[[i % 2 * 255, i / 10_000] for i in range(10_000)]]
    refused = "(() => { try { m.simplify(x); } catch (error) { return error.name; } })()"
    assert pages.js("simplify", refused, zigzag) == "RangeError"
    circle = [[[np.cos(i / 100), np.sin(i / 100)] for i in range(10_000)]]
    assert 10 < len(pages.js("simplify", "m.simplify(x)", circle)) / 3 < 2000


def test_quantiles_are_those_of_the_normal_distribution(pages):
    from scipy.stats import norm

    shares = [1e-7, 1e-4, 0.02, 0.0243, 0.3, 0.5, 0.7, 0.98, 0.9999, 1 - 1e-7]
    found = pages.js("sample", "x.map(m.quantile)", shares)
    np.testing.assert_allclose(found, norm.ppf(shares), rtol=2e-9, atol=1e-9)


def test_strokes_are_drawn_as_the_program_draws_them(pages):
    from ia_pix2seq_tf.generation import next_stroke
    from ia_pix2seq_tf.stroke_mixture import stroke_mixture

    rng = np.random.default_rng(0)
    raw = rng.normal(0, 2, (200, 123)).astype(np.float32)
    noise = rng.uniform(1e-7, 1, (200, 4)).astype(np.float32)
    for temperature in (0.05, 0.24, 1.0):
        argument = {"raw": raw.tolist(), "noise": noise.tolist(), "temperature": temperature}
        found = pages.js("sample", "x.raw.map((raw, i) => m.sampleRow(raw, x.noise[i], x.temperature))", argument)
        wanted = next_stroke(stroke_mixture(raw), noise, temperature, greedy=False)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    greedy = pages.js("sample", "x.map((raw) => m.greedyRow(raw))", raw.tolist())
    np.testing.assert_allclose(greedy, next_stroke(stroke_mixture(raw), noise, 1.0, greedy=True))


def test_uniform_numbers_are_uniform_and_depend_on_seed_and_number(pages):
    draw = "((seed, index) => { const next = m.uniforms(seed, index); return Array.from({length: 4000}, next); })"
    streams = pages.js("sample", f"[[0, 0], [0, 0], [0, 1], [1, 0], [2 ** 40, 0]].map((k) => {draw}(...k))")
    assert streams[0] == streams[1]
    for i, stream in enumerate(streams[1:]):
        assert min(stream) > 0 and max(stream) < 1
        np.testing.assert_allclose(np.histogram(stream, 10, (0, 1))[0], 400, atol=100)
        for other in streams[i + 2 :]:
            assert abs(np.corrcoef(stream, other)[0, 1]) < 0.06


@pytest.mark.parametrize(("gray", "width"), [(np.arange(12, dtype=np.uint8), 4), (np.arange(480**2) % 251, 480)])
def test_a_png_is_read_as_the_pixels_that_it_holds(gray, width, pages):
    argument = {"gray": gray.tolist(), "width": width, "height": len(gray) // width}
    content = pages.js("png", "m.png(Uint8Array.from(x.gray), x.width, x.height)", argument)
    image = Image.open(io.BytesIO(bytes(content)))
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image).ravel(), gray)
