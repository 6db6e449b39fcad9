"""What the sketchpad's page says where something is missing, damaged, too old or too much: never nothing."""

import contextlib
import json
import re
import shutil

import pytest
from web_acts import Visit
from web_pages import served
from web_site import ALL, CATEGORIES, STATIC, write_site

OLD_SIMD = "WebAssembly.validate = () => false;\n"
OLD_UNZIP = "globalThis.DecompressionStream = undefined;\n"


@pytest.fixture
def visit(browser):
    """Opens the page of a folder, which may fail."""
    with contextlib.ExitStack() as stack:

        def open_page(folder, ready=True, **options):
            page = Visit(browser, stack.enter_context(served(folder)), **options)
            stack.callback(page.close)
            if ready:
                return page.open()
            page.page.goto(page.url)
            return page

        yield open_page


def own_worker(folder):
    """A folder with the page's own worker, but neither runtime nor model."""
    write_site(folder)
    shutil.copy(STATIC / "worker.js", folder / "worker.js")
    return folder


def alarmed(page):
    """The sentence of the banner, once it is there."""
    page.until("() => !document.getElementById('alert').hidden")
    return page.page.inner_text("#alert")


@pytest.mark.parametrize(
    ("spoil", "key", "detail"),
    [
        (lambda folder: (folder / "model.json").unlink(), "error.missing", "model.json"),
        (lambda folder: (folder / "model.json").write_text('{"format": 1'), "error.format", "model.json"),
        (lambda folder: (folder / "model.json").write_text('{"format": 99, "files": {}}'), "error.format", "99"),
        (lambda folder: None, "error.missing", "vendor/"),
        (lambda folder: _before(folder, OLD_SIMD), "error.simd", ""),
        (lambda folder: _before(folder, OLD_UNZIP), "error.unzip", ""),
        (lambda folder: (folder / "worker.js").unlink(), "error.worker", ""),
        (lambda folder: (folder / "worker.js").write_text("this is no script"), "error.worker", ""),
    ],
)
def test_a_page_that_cannot_start_says_why(visit, tmp_path, spoil, key, detail):
    spoil(own_worker(tmp_path))
    page = visit(tmp_path, ready=False)
    sentence = alarmed(page)
    assert sentence.startswith(page.say(key).split("{")[0].split("：")[0][:20].rstrip()) and detail in sentence
    page.page.click("#language")
    assert re.search("[\u4e00-\u9fff]", page.page.inner_text("#alert"))


def _before(folder, script):
    """Puts a script before the worker's own, as an older browser would have it."""
    source = (folder / "engine.js").read_text(encoding="utf-8")
    (folder / "engine.js").write_text(script + source, encoding="utf-8")


def test_a_damaged_model_file_is_named(visit, sketchpad, tmp_path):
    folder = shutil.copytree(sketchpad[0], tmp_path / "page")
    name = json.loads((folder / "model.json").read_text())["files"]["step"]
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    assert name in alarmed(visit(folder, ready=False))


def test_a_damaged_map_leaves_the_rest_as_it_is(visit, tmp_path):
    write_site(tmp_path)
    (tmp_path / "codes.f32").write_bytes(b"1234")
    page = visit(tmp_path)
    assert page.page.inner_text("#map-none") == page.say("badMap", detail="codes.f32")
    assert page.pictures("#sheet") and not page.page.is_visible("#map-canvas") and not page.page.is_visible("#alert")


def test_a_page_that_is_opened_as_a_file_says_how_to_start_it(browser):
    page = browser.new_page(locale="en")
    page.goto((STATIC / "index.html").as_uri())
    page.wait_for_timeout(300)
    assert "python -m ia_pix2seq_tf.web" in page.inner_text("#cold-en") and page.is_visible("#cold")
    assert "python -m ia_pix2seq_tf.web" in page.inner_text("#cold-zh")
    page.close()


def test_without_scripts_the_page_is_not_blank(browser, tmp_path):
    with served(write_site(tmp_path)) as url:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(url)
        assert "scripts are off" in page.inner_text("body")
        context.close()


def test_a_model_without_test_data_draws_and_says_that_it_has_no_map(visit, tmp_path):
    can = dict.fromkeys(ALL, True) | {"map": False}
    page = visit(write_site(tmp_path, can=can, components=[], scale_factor=1))
    assert page.page.inner_text("#map-none") == page.say("noMap") and page.page.is_visible("#set-a")
    assert page.page.locator("#examples button").count() == 3
    assert not page.faults


def test_a_model_without_encoder_goes_on_and_dreams(visit, tmp_path):
    can = dict.fromkeys(ALL, False) | {"continue": True, "dream": True}
    page = visit(write_site(tmp_path, can=can, z_size=0, mixture=None, components=[], encoder_reads=None))
    assert page.page.locator("#tabs button").evaluate_all("nodes => nodes.map((n) => n.dataset.value)") == [
        "continue",
        "dream",
    ]
    assert not page.page.is_visible("#map") and not page.page.is_visible("#where")
    page.line([(0.2, 0.2), (0.8, 0.2), (0.8, 0.8)])
    page.until("() => window.asked.at(-1).given")
    page.rest()
    assert page.pictures("#sheet")[0] and page.page.inner_text("#caption") == page.say("from.strokes")
    assert not page.faults


def test_a_model_of_strokes_is_given_strokes(visit, tmp_path):
    can = dict.fromkeys(ALL, True) | {"complete": False, "components": False}
    write_site(tmp_path, can=can, mixture=None, components=[], encoder_reads="sequences", max_len=8)
    found = json.loads((tmp_path / "map.json").read_text())
    for sketch in found["sketches"]:
        sketch["component"] = -1
    (tmp_path / "map.json").write_text(json.dumps(found))
    page = visit(tmp_path)
    assert page.page.locator("#examples button").count() == len(CATEGORIES)
    assert (
        page.page.inner_text("#sees-caption")
        == page.page.get_attribute("#sees", "aria-label")
        == page.say("strokesSeen")
    )
    page.page.locator("#examples button").first.click()
    page.until("() => window.asked.some((request) => request.type === 'encode')")
    request = page.asked("encode")[0]
    assert len(request["strokes"]) == 3 * 8 and "image" not in request
    assert page.page.inner_text("#where-none") == page.say("noComponents")


def test_a_tap_says_that_a_dot_leaves_no_ink(visit, tmp_path):
    page = visit(write_site(tmp_path))
    page.line([(0.5, 0.5)])
    page.status("dot")
    page.line([(0.7, 0.7)])
    page.page.click("#undo")
    page.page.click("#redo")
    page.status("dot")
    assert not page.asked("encode")
    page.line([(0.2, 0.2), (0.8, 0.5)])
    page.until("() => document.getElementById('status').textContent.endsWith('points')")


TEN_THOUSAND = """() => {
  const pad = document.getElementById("pad"), box = pad.getBoundingClientRect();
  const send = (kind, i) => pad.dispatchEvent(new PointerEvent(kind, {pointerId: 3, pointerType: "pen", buttons: 1,
    clientX: box.left + box.width * (0.5 + 0.45 * Math.cos(i * 0.11) * Math.cos(i * 0.0007)),
    clientY: box.top + box.height * (0.5 + 0.45 * Math.sin(i * 0.13))}));
  send("pointerdown", 0);
  for (let i = 1; i < 10000; i++) send("pointermove", i);
  const begun = performance.now();
  send("pointerup", 10000);
  return performance.now() - begun;
}"""


def test_ten_thousand_points_are_looked_at_and_too_many_to_go_on_from(visit, tmp_path):
    page = visit(write_site(tmp_path))
    assert page.page.evaluate(TEN_THOUSAND) < 3000
    page.until("() => window.asked.some((request) => request.type === 'encode')")
    page.rest()
    page.page.click("#tabs [data-value=continue]")
    page.until("() => window.asked.at(-1).given")
    assert len(page.asked("draw")[-1]["given"]) == 5 * 63
    assert page.page.inner_text("#status").startswith("Your drawing has")


def test_everything_erased_is_said_and_what_was_being_drawn_does_not_talk_over_it(visit, tmp_path):
    page = visit(write_site(tmp_path, pace=20))
    page.page.click("#tabs [data-value=complete]")
    page.line([(0.4, 0.5), (0.6, 0.5)])
    page.captioned("from.drawing")
    page.page.click("#eraser")
    page.line([(0.3, 0.5), (0.7, 0.5)])
    page.status("allErased")
    page.rest()
    page.status("allErased")


SAID = ("text.js", "guard.js")  # what holds sentences of its own
MADE = {
    *(f"tab.{tab}" for tab in ("redraw", "continue", "complete", "dream")),
    *(f"tell.{tab}" for tab in ("redraw", "continue", "complete")),
    *(f"what.{what}" for what in ("sketch", "drawing")),
    *(f"from.{place}" for place in ("centre", "sample")),
}
"""Keys that modules put together."""
SENTENCE_KEYS = r'(?:data-text|data-label)="([\w.]+)"|(?:key: |say\()"([\w.]+)"|"(error\.\w+)"'


def test_every_sentence_is_there_in_both_languages(visit, tmp_path):
    page = visit(write_site(tmp_path))
    sentences = page.page.evaluate("async () => (await import('./text.js')).SENTENCES")
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.iterdir()) if path.name not in SAID)
    used = {next(filter(None, found)) for found in re.findall(SENTENCE_KEYS, source)}
    assert used <= sentences.keys()
    assert {key for key in sentences if f'"{key}"' not in source} == MADE
    for key, (english, chinese) in sentences.items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key
        assert key in ("none", "other") or re.search("[\u4e00-\u9fff]", chinese), key
        assert key == "other" or not re.search("[\u4e00-\u9fff]", english), key


def test_every_module_is_short_and_says_what_it_is():
    for path in STATIC.iterdir():
        if path.suffix in (".js", ".css", ".html"):
            text = path.read_text(encoding="utf-8")
            assert text.count("\n") < 300 and text.startswith(("/*", "//", "<!doctype html>")), path.name
