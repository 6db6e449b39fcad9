"""The page of the sketchpad, in a browser; its worker is a stand-in, so that no model is needed."""

import json
from urllib.parse import urlsplit

import axe
import numpy as np
import pytest
from web_acts import FACE, Visit, code_of
from web_pages import missing, served
from web_site import CATEGORIES, STATIC, Z_SIZE, write_site

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling.inputs import read_inputs

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TARGET = 44  # pixels that a finger needs
FULL = "() => [...document.querySelectorAll('.panel')].every((n) => n.scrollHeight <= n.clientHeight)"
"""Whether each panel has room for all that is in it."""
NO_READ_BACK = ("getImageData", "toDataURL", "drawImage", "toBlob")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return write_site(tmp_path_factory.mktemp("page") / "a/b")


@pytest.fixture(scope="module")
def address(site):
    with served(site.parent.parent) as url:
        yield f"{url}a/b/"


@pytest.fixture
def visit(browser, address):
    """Opens the page; afterwards nothing must have been complained of, and nothing asked of other origins."""
    visits = []

    def open_page(hash="", **options):
        visits.append(Visit(browser, address, **options).open(hash))
        return visits[-1]

    yield open_page
    for each in visits:
        origins = {urlsplit(url)[:2] for url in each.requests if not url.startswith(("data:", "blob:"))}
        each.close()
        assert not each.faults and origins == {urlsplit(address)[:2]}


POINTER = """([kind, init]) => document.getElementById("pad").dispatchEvent(
  new PointerEvent(kind, {bubbles: true, cancelable: true, isPrimary: true, ...init}))"""


def pointer(visit, kind, x, y, number=7, pointer_type="pen", buttons=1):
    left, top = visit.spot("#pad", x, y)
    init = {"pointerId": number, "pointerType": pointer_type, "clientX": left, "clientY": top, "buttons": buttons}
    visit.page.evaluate(POINTER, [kind, init])


def test_a_drawing_is_looked_at_and_drawn_again_in_four_variants(visit):
    page = visit()
    page.draw()
    assert page.lines() == len(FACE) and len(page.pictures("#sheet")) == 4
    image = np.array(page.asked("encode")[-1]["image"], np.uint8).reshape(48, 48)
    assert image.min() < 50 and (image == 255).mean() > 0.5
    request = page.asked("draw")[-1]
    assert request["count"] == 4 and request["given"] is None and request["temperature"] == 0.24
    assert page.page.get_attribute("#components .here button", "aria-current") == "true"


def test_what_the_model_sees_is_pythons_image_of_the_simplified_lines(visit):
    page = visit()
    page.draw()
    lines = np.array(page.page.evaluate("async (lines) => [...(await import('./simplify.js')).simplify(lines)]", FACE))
    expected = ia.render(lines.reshape(-1, 3))
    image = np.array(page.asked("encode")[-1]["image"]).reshape(48, 48)
    assert np.abs(image - expected.astype(int)).mean() < 5  # the mouse moves by whole pixels


def test_a_finger_draws_and_a_second_finger_adds_no_line(visit):
    page = visit(**PHONE)
    one, two, three = (page.spot("#pad", *place) for place in ((0.3, 0.3), (0.6, 0.4), (0.5, 0.7)))
    page.touch("touchStart", one)
    page.touch("touchMove", two)
    page.touch("touchStart", two, three)
    page.touch("touchMove", three, one)
    page.touch("touchEnd")
    page.until("() => window.asked.some((request) => request.type === 'encode')")
    assert page.lines() == 1


def test_a_pen_draws_and_its_palm_adds_no_line(visit):
    page = visit()
    pointer(page, "pointerdown", 0.2, 0.2, 1, "touch")  # the palm lands first
    pointer(page, "pointerdown", 0.3, 0.3)
    pointer(page, "pointermove", 0.9, 0.9, 1, "touch")
    pointer(page, "pointermove", 0.6, 0.6)
    pointer(page, "pointerdown", 0.8, 0.8, 2, "touch")
    pointer(page, "pointerup", 0.8, 0.8, 2, "touch")
    pointer(page, "pointerup", 0.6, 0.6)
    pointer(page, "pointerdown", 0.8, 0.8, 3, "touch")  # and lifts last
    pointer(page, "pointerup", 0.1, 0.8, 3, "touch")
    assert page.lines() == 1


def test_a_line_that_the_system_breaks_off_stays(visit):
    page = visit()
    pointer(page, "pointerdown", 0.3, 0.3)
    pointer(page, "pointermove", 0.6, 0.6)
    pointer(page, "pointercancel", 0.6, 0.6)
    assert page.lines() == 1


def test_the_rear_end_of_a_pen_erases(visit):
    page = visit()
    page.draw([[(0.2, 0.5), (0.8, 0.5)]])
    pointer(page, "pointerdown", 0.5, 0.4, buttons=32)
    pointer(page, "pointermove", 0.5, 0.6, buttons=32)
    pointer(page, "pointerup", 0.5, 0.6, buttons=0)
    assert page.lines() == 2


def test_a_phone_scrolls_beside_the_paper_and_not_on_it(visit):
    page = visit(**PHONE)
    for selector, moves in (("#draw-title", True), ("#pad", False)):
        page.page.evaluate("() => scrollTo(0, 0)")
        x, y = page.spot(selector, 0.5, 0.5)
        page.touch("touchStart", (x, y))
        for step in range(1, 6):
            page.touch("touchMove", (x, y - 12 * step))
        page.touch("touchEnd")
        page.page.wait_for_timeout(120)
        assert (page.page.evaluate("() => scrollY") > 20) == moves


def test_undo_redo_and_clear_work_by_button_and_by_key(visit):
    page = visit()
    page.draw()
    lines = []
    for act in (
        "#undo",
        "#undo",
        "#redo",
        "#clear",
        "Control+z",
        "Control+z",
        "Control+Shift+Z",
        "Delete",
        "Control+z",
    ):
        if act.startswith("#"):
            page.page.click(act)
        else:
            page.page.keyboard.press(act)
        lines.append(page.lines())
    assert lines == [2, 1, 2, 0, 2, 1, 2, 0, 2]


def test_the_eraser_cuts_lines_and_in_completion_hides_pixels(visit):
    page = visit()
    page.draw([[(0.1, 0.5), (0.9, 0.5)], [(0.1, 0.1), (0.1, 0.2)]])
    page.page.click("#eraser")
    page.line([(0.5, 0.3), (0.5, 0.7)])
    assert page.lines() == 3
    page.page.click("#undo")
    page.page.click("#tabs [data-value=complete]")
    before = np.array(page.asked("encode")[-1]["image"])
    page.line([(0.5, 0.3), (0.5, 0.7)])
    page.captioned("from.masked")
    after = np.array(page.asked("encode")[-1]["image"])
    assert page.lines() == 2
    assert (after >= before).all() and 0 < (after > before).sum() < 12
    assert (after.reshape(48, 48)[:, 23:25] == 255).all()


def test_continue_gives_the_strokes_in_model_units_and_shows_them_apart(visit, site):
    page = visit()
    page.draw()
    page.page.click("#tabs [data-value=continue]")
    page.until("() => window.asked.at(-1).given")
    page.rest()
    given = np.array(page.asked("draw")[-1]["given"]).reshape(-1, 5)
    factor = json.loads((site / "model.json").read_text())["scale_factor"]
    units = given[:, :2] * factor
    np.testing.assert_allclose(units, units.round(), atol=1e-3)
    assert given[:, 3].sum() == len(FACE) and not given[:, 4].any()
    assert all(page.page.locator("#sheet .given").evaluate_all("nodes => nodes.map((n) => n.getAttribute('d'))"))


def test_dreaming_ends_when_one_draws_or_takes_an_example(visit):
    page = visit()
    page.page.click("#tabs [data-value=dream]")
    page.captioned("from.chance")
    page.page.locator("#examples button").first.click()
    page.captioned("from.drawing")
    assert page.page.get_attribute("#tabs [data-value=redraw]", "aria-checked") == "true"


def test_seed_temperature_and_count_decide_what_is_asked(visit):
    page = visit()
    page.page.click("#counts [data-value='9']")
    page.page.fill("#seed", "77")
    page.page.press("#seed", "Enter")
    page.page.locator("#temperature").fill("0.7")
    page.until("() => window.asked.at(-1).temperature === 0.7")
    page.rest()
    request = page.asked("draw")[-1]
    assert (request["count"], request["seed"], request["temperature"]) == (9, 77, 0.7)
    page.page.click("#again")
    page.until("() => window.asked.at(-1).seed !== 77")


def test_a_component_draws_from_its_centre_or_from_a_sample(visit, site):
    page = visit()
    means = json.loads((site / "model.json").read_text())["mixture"]["means"]
    page.page.locator("#components").get_by_role("button", name="5: ").click()
    page.until("() => window.asked.at(-1).type === 'draw'")
    page.rest()
    np.testing.assert_array_equal(code_of(page.asked("draw")[-1]), np.float32(means[5]))
    page.page.click("#whence [data-value=sample]")
    page.page.locator("#components").get_by_role("button", name="5: ").click()
    page.until("() => window.asked.at(-1).type === 'draw'")
    sample = code_of(page.asked("draw")[-1])
    assert 0 < np.abs(sample - means[5]).max() < 5
    names = page.page.locator("#components .name").all_inner_texts()
    assert len(names) == len(means) - 1 and all("97 %" in name for name in names)  # the dead one is not there


def test_a_mark_of_the_map_draws_from_its_code_exactly(visit, site):
    page = visit()
    codes = np.fromfile(site / "codes.f32", "<f4").reshape(-1, Z_SIZE)
    for index, spot in list(enumerate(page.mark_spots()))[::3][:20]:
        page.page.mouse.click(*spot)
        page.rest()
        np.testing.assert_array_equal(code_of(page.asked("draw")[-1]), codes[index])


def test_dragging_over_the_map_draws_from_means_of_near_codes(visit, site):
    page = visit()
    codes = np.fromfile(site / "codes.f32", "<f4").reshape(-1, Z_SIZE)
    page.line([(0.2, 0.2), (0.5, 0.5), (0.8, 0.8), (0.62, 0.31)], "#map-canvas")
    page.page.wait_for_timeout(200)
    page.rest()
    code = code_of(page.asked("draw")[-1])
    assert (np.abs(codes - code).max(axis=1) > 0).all() and (code >= codes.min(axis=0)).all()
    assert "mean of the 8 nearest codes" in page.page.inner_text("#map-hint")


def test_the_strip_from_a_to_b_begins_and_ends_with_their_sketches(visit):
    page = visit()
    spots = page.mark_spots()
    ends = []
    for end, index in (("#set-a", 3), ("#set-b", 60)):
        page.page.mouse.click(*spots[index])
        page.rest()
        ends.append((page.pictures("#sheet")[0], code_of(page.asked("draw")[-1])))
        page.page.click(end)
    page.until("() => document.querySelectorAll('#strip .drawn').length === 9")
    strip = page.pictures("#strip")
    assert [strip[0], strip[-1]] == [picture for picture, _ in ends]
    request = page.asked("draw")[-1]
    assert request["chances"] == [0] * 9
    (_, a), (_, b) = ends
    for i in range(9):
        np.testing.assert_allclose(code_of(request, i), a + (b - a) * i / 8, atol=1e-5)
    page.page.click("#ways [data-value=spherical]")
    page.until("(count) => window.asked.length > count", len(page.page.evaluate("() => window.asked")) - 1)
    page.page.locator("#strip button").nth(4).click()
    page.rest()
    assert page.page.inner_text("#caption") == page.say("from.way", percent=50)


def test_the_strip_follows_the_temperature_and_the_slider_says_where_it_stands(visit):
    page = visit()
    for end, index in (("#set-a", 3), ("#set-b", 60)):
        page.page.mouse.click(*page.mark_spots()[index])
        page.rest()
        page.page.click(end)
    page.rest()
    page.page.locator("#temperature").fill("0.9")
    page.until("() => window.asked.at(-1).chances && window.asked.at(-1).temperature === 0.9")
    assert page.page.get_attribute("#along", "aria-valuetext") == page.say("step", percent=100)
    page.page.click("#language")
    assert page.page.get_attribute("#along", "aria-valuetext") == page.say("step", percent=100)


def test_a_dream_is_at_no_place_of_the_map(visit):
    page = visit()
    picture = "() => document.getElementById('map-canvas').toDataURL()"
    before = page.page.evaluate(picture)
    page.page.mouse.click(*page.mark_spots()[5])
    page.rest()
    page.page.click("#tabs [data-value=dream]")
    page.captioned("from.chance")
    page.rest()
    page.page.mouse.move(0, 0)
    page.until(f"(before) => ({picture})() === before", before)


def test_a_link_reproduces_the_sketch(visit):
    page = visit()
    page.draw()
    page.page.click("#tabs [data-value=continue]")
    page.until("() => window.asked.at(-1).given")
    page.rest()
    page.page.locator(".sketch").nth(2).click()
    page.page.click("#take-link")
    page.page.wait_for_selector("#link-text:visible")
    link = page.page.input_value("#link-text")
    again = visit(link.removeprefix(page.url))
    assert again.pictures("#sheet") == page.pictures("#sheet")
    assert again.page.get_attribute(".sketch:nth-child(3)", "aria-pressed") == "true"
    assert again.page.inner_text("#caption") == again.say("from.link")


def test_a_link_that_is_pasted_into_the_open_page_is_followed(visit):
    page = visit()
    page.page.evaluate("() => { location.hash = 'z=' + 'A'.repeat(43) + '&seed=5&n=1'; }")
    page.captioned("from.link")
    page.rest()
    assert page.asked("draw")[-1]["seed"] == 5 and len(page.pictures("#sheet")) == 1


@pytest.mark.parametrize("hash", ["z=AAAA", "z=%%%", "z=" + "A" * 43 + "&n=5", "z=" + "A" * 43 + "&t=9"])
def test_a_damaged_link_is_said_and_ignored(visit, hash):
    page = visit(f"#{hash}")
    assert page.page.inner_text("#status") == page.say("badLink") and page.pictures("#sheet")[0]


def taken(page, button):
    with page.page.expect_download() as download:
        page.page.click(button)
    return download.value


def test_svg_png_and_json_are_read_back_as_the_sketch(visit, tmp_path):
    page = visit(accept_downloads=True)
    page.page.mouse.click(*page.mark_spots()[5])
    page.rest()
    files = [tmp_path / name for name in ("taken.svg", "taken.png", "taken.json")]
    for button, path in zip(("#take-svg", "#take-png", "#take-json"), files, strict=True):
        taken(page, button).save_as(path)
    svg, png, strokes = read_inputs(files)
    for other in (png, strokes):
        assert np.abs(other.image.astype(int) - svg.image).mean() < 6
    assert json.loads(files[2].read_text())[0][-1][2] == 1


def test_with_a_model_the_page_shows_what_python_makes_of_the_drawing(browser, sketchpad, tmp_path):
    folder, model, _ = sketchpad
    with served(folder) as url:
        page = Visit(browser, url, accept_downloads=True).open()
        page.draw()
        here = page.page.inner_text("#components .here .name > span")
        image = np.array(page.asked("encode")[-1]["image"], np.uint8).reshape(48, 48)
        page.page.click("#what [data-value=drawing]")
        taken(page, "#take-svg").save_as(tmp_path / "mine.svg")
        page.page.click("#what [data-value=sketch]")
        page.page.mouse.click(*page.mark_spots()[3])
        page.rest()
        code = code_of(page.asked("draw")[-1])
        page.close()
    mu, sigma2 = model.encode(image[np.newaxis].astype(np.float32) / 127.5 - 1)
    assert here.split(":")[0] == str(assign_all(model, np.asarray(mu), np.asarray(sigma2))[0])
    (drawing,) = read_inputs([tmp_path / "mine.svg"])
    assert np.abs(drawing.image.astype(int) - image).mean() < 2
    np.testing.assert_array_equal(code, np.fromfile(folder / "codes.f32", "<f4").reshape(-1, len(code))[3])
    assert not page.faults


def test_your_own_drawing_can_be_taken_too(visit, tmp_path):
    page = visit(accept_downloads=True)
    page.draw()
    page.page.click("#what [data-value=drawing]")
    taken(page, "#take-json").save_as(tmp_path / "mine.json")
    strokes = np.array(json.loads((tmp_path / "mine.json").read_text())[0])
    assert strokes[:, 2].sum() == len(FACE) and np.ptp(strokes[:, :2].cumsum(axis=0), axis=0).max() == 255


def test_no_canvas_is_read_back():
    for path in STATIC.glob("*.js"):
        assert not [name for name in NO_READ_BACK if f"{name}(" in path.read_text(encoding="utf-8")], path.name


def test_nothing_is_stored_and_the_policy_holds(visit):
    page = visit()
    page.draw()
    kept = "[localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]"
    assert page.page.evaluate(f"async () => {kept}") == [0, 0, "", 0]
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:" in html
    page.page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.head.append(script);
      new Image().src = "http://127.0.0.1:9/foreign.png";
    }""")
    page.until("() => !window.foreign")
    assert len(page.faults) == 2 and all("Content Security Policy" in fault for fault in page.faults)
    page.faults.clear()
    page.requests.pop()


def test_space_draws_again_and_escape_stops(browser, tmp_path):
    with served(write_site(tmp_path, 2, pace=40)) as url:
        page = Visit(browser, url, reduced_motion="no-preference").open(rests=False)
        page.page.keyboard.press("Space")
        page.until("() => document.querySelector('.moving')")
        assert page.page.is_enabled("#stop")
        page.page.keyboard.press("Escape")
        page.status("stopped")
        assert not page.page.locator(".moving").count() and page.asked("stop")
        page.close()
    assert not page.faults


def test_space_draws_again_after_a_line_whatever_was_pressed_before(visit):
    page = visit()
    page.page.click("#pen")
    page.draw([[(0.2, 0.2), (0.8, 0.5)]])
    page.page.keyboard.press("Space")
    page.rest()
    assert page.asked("draw")[-1]["seed"] != 1
    page.page.focus("#undo")
    page.page.keyboard.press("Space")  # where the focus is on a button, it presses that
    assert page.lines() == 0


def test_the_list_of_keys_keeps_keys_from_the_page_and_closes_by_escape(visit):
    page = visit()
    page.draw()
    page.page.click("#help")
    page.page.click("#keys-title")
    page.page.keyboard.press("Delete")
    page.page.keyboard.press("Escape")
    page.until("() => !document.querySelector('dialog[open]')")
    assert page.lines() == len(FACE) and not page.asked("stop")


def test_components_stay_under_the_finger_where_a_press_gives_no_focus(visit):
    page = visit(script="addEventListener('mousedown', (event) => event.preventDefault(), true);")  # as in Safari
    names = page.page.locator("#components .name").all_inner_texts()
    page.page.locator("#components").get_by_role("button", name="5: ").click()
    page.until("() => window.asked.at(-1).type === 'draw'")
    page.rest()
    assert page.page.locator("#components .name").all_inner_texts() == names


def test_all_but_drawing_works_by_keyboard(visit):
    page = visit()
    reached = []
    for _ in range(70):
        page.page.keyboard.press("Tab")
        reached.append(page.page.evaluate("() => document.activeElement.id || document.activeElement.parentElement.id"))
    assert {
        *("help", "language", "pen", "eraser", "examples", "tabs", "sheet", "counts", "temperature", "seed", "again"),
        *("whence", "map-canvas", "set-a", "set-b", "ways", "what", "take-svg", "take-png", "take-json", "take-link"),
    } <= set(reached)
    page.page.focus("#map-canvas")
    page.page.keyboard.press("ArrowRight")
    page.until("() => document.getElementById('map-info').textContent")
    for language in ("zh-Hans", "en"):
        page.page.evaluate("() => document.getElementById('language').click()")
        assert page.page.get_attribute("html", "lang") == language
        assert page.page.inner_text("#map-info").startswith("sketch") == (language == "en")
    page.page.keyboard.press("a")
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowDown")
    page.page.wait_for_timeout(150)
    page.page.keyboard.press("Enter")
    page.rest()
    page.page.keyboard.press("b")
    page.until("() => document.querySelectorAll('#strip .drawn').length === 9")
    page.page.focus("#examples button")
    page.page.keyboard.press("Enter")
    page.until("() => window.asked.some((request) => request.type === 'encode')")
    page.page.focus("#tabs [aria-checked=true]")
    page.page.keyboard.press("ArrowRight")
    assert page.page.get_attribute("#tabs [data-value=continue]", "aria-checked") == "true"


def test_motion_is_shown_only_where_it_is_wanted(visit):
    moving = "() => document.querySelectorAll('.moving').length"
    calm = visit()
    assert calm.page.evaluate(moving) == 0
    lively = visit(reduced_motion="no-preference")
    lively.page.click("#again")
    lively.until(moving)


def test_a_page_in_the_background_draws_all_the_same(visit):
    hidden = "Object.defineProperty(document, 'hidden', {get: () => true}); window.requestAnimationFrame = () => 1;"
    page = visit(script=hidden, reduced_motion="no-preference")
    assert all(page.pictures("#sheet")) and len(page.pictures("#sheet")) == 4


@pytest.mark.parametrize(
    "options", [PHONE, {}, *({"viewport": {"width": width, "height": 800}} for width in (700, 744, 820, 1100))]
)
def test_nothing_overflows_and_every_target_is_large_enough(visit, options):
    page = visit(**options)
    page.draw()
    width, seen = page.page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width <= seen
    assert page.page.evaluate(FULL)
    boxes = page.page.evaluate("""() => [...document.querySelectorAll("button, input")].filter((n) => n.offsetParent)
      .map((n) => [n.id || n.parentElement.id || n.className, n.getBoundingClientRect()])
      .map(([name, box]) => [name, box.width, box.height])""")
    assert len(boxes) > 30
    assert not [box for box in boxes if min(box[1:]) < TARGET - 0.5]


def test_panels_fold_on_a_phone(visit):
    page = visit(**PHONE)
    heading = page.page.get_by_role("button", name="Map", exact=True)
    assert heading.get_attribute("aria-expanded") == "true" and page.page.is_visible("#map-canvas")
    heading.click()
    assert heading.get_attribute("aria-expanded") == "false" and not page.page.is_visible("#map-canvas")
    page.page.click("#language")
    assert page.page.get_by_role("button", name="地图", exact=True).get_attribute("aria-expanded") == "false"


def test_one_screen_holds_all_on_a_desk(visit):
    for size in ((1200, 740), (1280, 800), (1440, 900), (1920, 1080)):
        page = visit(viewport=dict(zip(("width", "height"), size, strict=True)))
        assert page.page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
        assert page.page.evaluate(FULL)


def test_the_browsers_language_is_spoken_and_can_be_switched(visit):
    page = visit(locale="zh-CN")
    assert page.page.inner_text("h1") == "潜空间画板" and page.page.get_attribute("html", "lang") == "zh-Hans"
    page.page.click("#language")
    assert page.page.inner_text("h1") == page.page.title() == "Latent sketchpad"
    assert page.page.get_attribute("html", "lang") == "en"
    german = visit(locale="de-DE")
    assert german.page.inner_text("h1") == "Latent sketchpad"


@pytest.fixture(scope="module")
def axe_source():
    try:
        return axe.source()
    except OSError as error:
        missing(str(error))


@pytest.mark.parametrize("options", [{}, PHONE | {"color_scheme": "dark", "locale": "zh-CN"}])
def test_axe_finds_nothing_serious(visit, axe_source, options):
    page = visit(**options)
    page.draw()
    page.page.click("#set-a")
    page.page.click("#take-link")
    page.page.wait_for_selector("#link-text:visible")
    page.page.evaluate(axe_source)
    found = page.page.evaluate("() => axe.run().then((result) => result.violations)")
    assert not [
        (each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found if each["impact"] in axe.SERIOUS
    ]


def test_names_of_marks_and_components_are_said(visit):
    page = visit()
    spots = page.mark_spots()
    page.page.mouse.move(*spots[2])
    info = page.page.inner_text("#map-info")
    assert any(category in info for category in CATEGORIES)
    page.page.mouse.click(*spots[2])
    page.rest()
    assert page.page.inner_text("#status").endswith("points")
