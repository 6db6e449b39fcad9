"""What people do while the model still draws, or still looks: the last act wins, and nothing stays half done."""

import pytest
from web_acts import Visit
from web_pages import served
from web_site import write_site

PACE = 25  # milliseconds that the stand-in takes over a point
LATE = """
const soon = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  setTimeout(() => soon.call(this, message, ...rest), message.type === "encode" ? 400 : 0);
};
"""
"""A worker that takes its time to look at a drawing."""
DRAWS = "(count) => window.asked.filter((request) => request.type === 'draw').length === count"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(write_site(tmp_path_factory.mktemp("slow"), pace=PACE)) as url:
        yield url


@pytest.fixture
def visit(browser, address):
    """Opens the page, and leaves it while it draws its first sketches; nothing may be complained of."""
    visits = []

    def open_page(**options):
        visits.append(Visit(browser, address, **options).open(rests=False))
        visits[-1].until(DRAWS, 1)
        return visits[-1]

    yield open_page
    for each in visits:
        each.close()
        assert not each.faults


def press_mark(page: Visit, number: int) -> None:
    page.page.mouse.click(*page.mark_spots()[number])


def test_a_drawing_that_takes_the_place_of_another_moves_as_it_comes(visit):
    page = visit(reduced_motion="no-preference")
    page.until("() => document.querySelector('.moving')")
    page.page.keyboard.press("Space")
    page.until(DRAWS, 2)
    page.until("() => document.querySelector('.moving') && window.pending.size")


def test_an_end_that_is_set_while_it_is_drawn_is_drawn_to_its_end(visit):
    page = visit()
    page.page.click("#set-a")
    press_mark(page, 40)
    page.until(DRAWS, 2)
    page.page.click("#set-b")
    page.until("() => document.querySelectorAll('#strip .drawn').length === 9")
    (last,) = page.pictures("#strip")[-1:]
    assert page.pictures("#set-b") == page.pictures("#sheet")[:1] == [last]
    assert page.page.inner_text("#status") != page.say("stopped")


def test_a_component_that_is_pressed_after_a_drag_is_what_is_drawn(visit):
    page = visit()
    page.line([(0.2, 0.2), (0.5, 0.5), (0.8, 0.8), (0.62, 0.31)], "#map-canvas")
    page.page.locator("#components").get_by_role("button", name="5: ").click()
    page.rest()
    page.page.wait_for_timeout(2 * PACE)
    page.rest()
    page.captioned("from.centre", name=page.page.locator("#components .here .name > span").inner_text())


@pytest.mark.parametrize(("act", "caption"), [("dream", "from.chance"), ("mark", "from.mark")])
def test_what_is_pressed_while_the_model_looks_is_what_is_drawn(visit, act, caption):
    page = visit(script=LATE)
    page.line([(0.2, 0.2), (0.8, 0.5)])
    if act == "dream":
        page.page.click("#tabs [data-value=dream]")
    else:
        press_mark(page, 10)
    page.until("() => window.asked.some((request) => request.type === 'encode')")
    page.rest()
    assert page.page.inner_text("#caption").startswith(page.say(caption).rstrip())
    assert (page.page.get_attribute("#tabs [data-value=dream]", "aria-checked") == "true") == (act == "dream")


def test_what_was_being_drawn_ends_where_there_is_no_beginning_to_go_on_from(visit):
    page = visit()
    page.line([(0.2, 0.2), (0.8, 0.5)])
    page.captioned("from.drawing")
    page.page.click("#tabs [data-value=continue]")
    page.until("() => window.asked.at(-1).given")
    page.page.click("#clear")
    page.page.click("#again")
    page.status("begin")
    page.until("() => document.getElementById('stop').disabled")
    page.status("begin")
