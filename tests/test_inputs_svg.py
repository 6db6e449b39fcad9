"""Reading SVG drawings that a user gives."""

import gzip
import re

import cssselect2
import hostile
import numpy as np
import pytest
from reference import golden

from ia_pix2seq_tf.render import render, strokes_to_svg
from ia_pix2seq_tf.sampling.inputs import InputError, read_inputs, read_svg
from ia_pix2seq_tf.strokes import bounds
from ia_pix2seq_tf.svg import read_drawing

RECORDED = golden("render")
SKETCHES = [RECORDED[key] for key in sorted(RECORDED) if key.startswith("stroke/")]


@pytest.fixture
def read(tmp_path):
    """Reads the text of an SVG."""

    def read_text(text, size=48):
        path = tmp_path / "drawing.svg"
        path.write_text(text, encoding="utf-8")
        return read_svg(path, size)

    return read_text


@pytest.fixture
def points(read):
    """Absolute points [n, 2] of elements, in the units of the page, of which a frame of 255 x 255 tells the scale."""

    def read_points(elements, root=""):
        text = svg(f'<path fill="none" stroke="black" d="M0,0 H255 V255 H0 Z"/>{elements}', root)
        strokes = read(text).strokes
        return np.cumsum(strokes[:, :2], axis=0)[5:]

    return read_points


def svg(elements, root=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {root}>{elements}</svg>'


LINE = '<path d="M1,2 L50,40"/>'


def to_255(strokes):
    """Strokes with a longer side of 255 that end with a lifted pen."""
    min_x, max_x, min_y, max_y = bounds(strokes)
    strokes = strokes * np.array([255, 255, 1]) / np.array([*2 * [max(max_x - min_x, max_y - min_y)], 1])
    strokes[-1, 2] = 1
    return strokes


@pytest.mark.parametrize("size", [48, 300])
def test_written_drawings_are_read_as_they_were(size, read):
    for strokes in SKETCHES:
        sketch = read(strokes_to_svg(strokes, size, color="red"))
        expected = to_255(strokes)
        assert sketch.strokes.shape == expected.shape
        np.testing.assert_array_equal(sketch.strokes[:, 2], expected[:, 2])
        np.testing.assert_allclose(np.cumsum(sketch.strokes, axis=0), np.cumsum(expected, axis=0), atol=1e-6)
        np.testing.assert_allclose(sketch.image, render(strokes), atol=8)


def test_points_passed_through_the_air_survive(read):
    strokes = np.array([[30, 10, 1], [0, 50, 1], [10, 0, 0], [0, 10, 1], [-200, 0, 1]])
    sketch = read(strokes_to_svg(strokes))
    np.testing.assert_allclose(sketch.strokes, to_255(strokes), atol=1e-9)


def test_a_sketch_says_where_it_is_from(read, tmp_path):
    sketch = read(svg(LINE), size=32)
    assert (sketch.name, sketch.source) == ("drawing", str(tmp_path / "drawing.svg"))
    assert sketch.image.shape == (32, 32)
    np.testing.assert_allclose(sketch.strokes, [[0, 0, 0], [255, 255 * 38 / 49, 1]])


SQUARE = [(10, 20), (40, 20), (40, 60), (10, 60), (10, 20)]
POLYGONS = {
    "absolute": ('<path d="M10,20 L40,20 L40,60 L10,60 Z"/>', SQUARE),
    "relative": ('<path d="m10,20l30,0l0,40l-30,0z"/>', SQUARE),
    "repeated": ('<path d="M 10 20 40 20 40 60 10 60 Z"/>', SQUARE),
    "repeated, relative": ('<path d="m10 20 30 0 0 40 -30 0z"/>', SQUARE),
    "along the axes": ('<path d="M10 20H40V60H10V20"/>', SQUARE),
    "along the axes, relative": ('<path d="M10 20h30v40h-30z"/>', SQUARE),
    "without separators": ('<path d="M1e1+20l3E1-0 0,4.0e1-30.0.0z"/>', SQUARE),
    "on lines": ('<path d="\n M10,20\tL40,20\n L40,60 10,60,10,20 "/>', SQUARE),
    "polygon": ('<polygon points="10,20 40,20 40,60 10,60"/>', SQUARE),
    "polyline": ('<polyline points="10 20,40 20 , 40 60 10 60 10 20"/>', SQUARE),
    "rect": ('<rect x="10" y="20" width="30" height="40"/>', SQUARE),
    "rect in other units": ('<rect x="7.5pt" y="20px" width="0.3125in" height="10.583333333333334mm"/>', SQUARE),
    "line": ('<line x1="3" y1="4" x2="5" y2="4"/>', [(3, 4), (5, 4)]),
    "two runs": ('<path d="M1,1 h9 M2,5 h9"/>', [(1, 1), (10, 1), (2, 5), (11, 5)]),
    "after closing": ('<path d="M1,1 h9 v9 z l-1,5"/>', [(1, 1), (10, 1), (10, 10), (1, 1), (1, 1), (0, 6)]),
    "moves without lines": ('<path d="M7,7 M8,8 M1,1 h9 M3,3"/>', [(1, 1), (10, 1)]),
    "percent": ('<line x1="10%" y1="0" x2="20%" y2="50%"/>', [(40, 0), (80, 100)]),
    "prefixed": ('<s:line xmlns:s="http://www.w3.org/2000/svg" x1="3" y1="4" x2="5" y2="4"/>', [(3, 4), (5, 4)]),
}


@pytest.mark.parametrize("name", POLYGONS)
def test_straight_shapes(name, points):
    elements, expected = POLYGONS[name]
    np.testing.assert_allclose(points(elements, 'viewBox="0 0 400 200"'), expected, atol=1e-9)


TRANSFORMS = {
    "translate(3)": (7, 6),
    "translate(3,-4)": (7, 2),
    "scale(2)": (8, 12),
    "scale(2 3)": (8, 18),
    "rotate(30)": (4 * np.cos(np.pi / 6) - 3, 2 + 6 * np.cos(np.pi / 6)),
    "rotate(90 4 6)": (4, 6),
    "rotate(180, 5, 5)": (6, 4),
    "matrix(1 2 3 4 5 6)": (1 * 4 + 3 * 6 + 5, 2 * 4 + 4 * 6 + 6),
    "skewX(45)": (10, 6),
    "skewY(45)": (4, 10),
    "translate(10) scale(2)": (18, 12),
    "scale(2),translate(10)": (28, 12),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transforms(transform, points):
    expected = TRANSFORMS[transform]
    line = '<line x1="4" y1="6" x2="4" y2="6.001"'
    np.testing.assert_allclose(points(f'{line} transform="{transform}"/>')[0], expected, atol=1e-9)
    np.testing.assert_allclose(points(f'<g transform="{transform}">{line}/></g>')[0], expected, atol=1e-9)


def test_transforms_of_nested_groups_apply_from_the_inside_out(points):
    elements = (
        '<g transform="translate(100)"><g transform="scale(10)"><path transform="rotate(90)" d="M2,0h1"/></g></g>'
    )
    np.testing.assert_allclose(points(elements), [(100, 20), (100, 30)], atol=1e-9)


def bezier(t, *control):
    """De Casteljau's construction."""
    control = np.array(control, float)
    while len(control) > 1:
        control = control[:-1] * (1 - t) + control[1:] * t
    return control[0]


T = np.linspace(0, 1, 101)
CURVES = {
    "cubic": ("M0,0 C0,200 200,200 200,0", [bezier(t, (0, 0), (0, 200), (200, 200), (200, 0)) for t in T]),
    "cubic, relative": ("M9,9 c0,200 200,200 200,0", [bezier(t, (9, 9), (9, 209), (209, 209), (209, 9)) for t in T]),
    "smooth": (
        "M0,100 C0,0 100,0 100,100 S200,200 200,100",
        [
            *(bezier(t, (0, 100), (0, 0), (100, 0), (100, 100)) for t in T),
            *(bezier(t, (100, 100), (100, 200), (200, 200), (200, 100)) for t in T),
        ],
    ),
    "smooth after a line": (
        "M0,0 L9,9 S200,200 200,100",
        [(0, 0), *(bezier(t, (9, 9), (9, 9), (200, 200), (200, 100)) for t in T)],
    ),
    "quadratic": ("M0,0 Q100,250 200,0", [bezier(t, (0, 0), (100, 250), (200, 0)) for t in T]),
    "smooth quadratic": (
        "M0,100 Q50,0 100,100 t100,0",
        [
            *(bezier(t, (0, 100), (50, 0), (100, 100)) for t in T),
            *(bezier(t, (100, 100), (150, 200), (200, 100)) for t in T),
        ],
    ),
    "arc": (
        "M200,100 A100 100 0 0 1 100,200",
        100 + 100 * np.column_stack([np.cos(T * np.pi / 2), np.sin(T * np.pi / 2)]),
    ),
    "arc, anticlockwise": (
        "M200,100 A100 100 0 1 0 100,200",
        100 + 100 * np.column_stack([np.cos(T * np.pi * 3 / 2), -np.sin(T * np.pi * 3 / 2)]),
    ),
    "arc, compact and relative": (
        "M200,100a100 100 0 01-100 100",
        100 + 100 * np.column_stack([np.cos(T * np.pi / 2), np.sin(T * np.pi / 2)]),
    ),
    "arc of radii too small": (
        "M0,100 A1 1 0 0 1 200,100",
        100 - 100 * np.column_stack([np.cos(T * np.pi), np.sin(T * np.pi)]),
    ),
    "turned ellipse": (
        "M100,20 A80 40 90 0 1 100,180",
        np.column_stack([100 + 40 * np.sin(T * np.pi), 100 - 80 * np.cos(T * np.pi)]),
    ),
    "arc of no radius": ("M0,0 A0 9 0 0 1 200,100", [(0, 0), (200, 100)]),
}


def distance(points, lines):
    """Largest distance of points from the polygon through `lines`."""
    start, step = lines[:-1], np.diff(lines, axis=0)
    away = points[:, np.newaxis] - start
    length = np.maximum((step**2).sum(axis=1), 1e-30)
    along = np.clip((away * step).sum(axis=2) / length, 0, 1)
    return np.linalg.norm(away - along[..., np.newaxis] * step, axis=2).min(axis=1).max()


@pytest.mark.parametrize("name", CURVES)
def test_curves_become_few_lines_that_lie_near(name, points):
    data, expected = CURVES[name]
    expected = np.array(expected, float)
    found = points(f'<path d="{data}"/>')
    assert distance(expected, found) < 2.5 and distance(found, expected) < 0.5
    np.testing.assert_allclose(found[[0, -1]], expected[[0, -1]], atol=1e-9)
    assert len(found) < 20


@pytest.mark.parametrize(
    ("element", "radii"),
    [
        ('<circle cx="100" cy="120" r="80"/>', (80, 80)),
        ('<ellipse cx="100" cy="120" rx="80" ry="50"/>', (80, 50)),
        ('<rect x="20" y="70" width="160" height="100" rx="80" ry="50"/>', (80, 50)),
        ('<rect x="20" y="40" width="160" height="160" rx="99"/>', (80, 80)),
    ],
)
def test_round_shapes(element, radii, points):
    turns = 2 * np.pi * T[:, np.newaxis]
    expected = np.concatenate([100 + radii[0] * np.cos(turns), 120 + radii[1] * np.sin(turns)], axis=1)
    found = points(element)
    assert distance(expected, found) < 2.5 and distance(found, expected) < 0.5
    np.testing.assert_allclose(found[0], found[-1], atol=1e-9)


def test_rounded_corners(points):
    found = points('<rect x="20" y="40" width="200" height="100" rx="30"/>')
    assert distance(np.array([(50, 40.0), (220, 100), (100, 140), (20, 70), (28.79, 48.79)]), found) < 2.5
    assert distance(np.array([(20.0, 40.0)]), found) > 8


def test_small_circles_leave_ink(read):
    eye = '<circle cx="{}" cy="120" r="1.2"/>'
    face = svg(f'<circle cx="128" cy="128" r="127"/>{eye.format(80)}{eye.format(170)}')
    image = read(face).image
    x, y = np.rint(np.array([[80, 120], [170, 120]]).T / 255 * 45 + 1.5).astype(int)
    assert (255 - image[y[0] - 1 : y[0] + 2, x[0] - 1 : x[0] + 2]).max() > 60
    assert (255 - image[y[1] - 1 : y[1] + 2, x[1] - 1 : x[1] + 2]).max() > 60


def test_straight_drawings_keep_their_points_up_to_what_models_read(read):
    def zigzag(count):
        """Every second point is off the line by less than the precision."""
        data = " ".join(f"{i},{i % 2 * 0.1}" for i in range(count))
        return read(svg(f'<polyline points="{data}"/>')).strokes

    assert len(zigzag(250)) == 250
    assert len(zigzag(251)) == 2


HIDDEN = {
    "no paint": '<path d="M9,9h9" fill="none"/>',
    "no paint in a style": '<path d="M9,9h9" fill="red" style="fill : none; stroke:none"/>',
    "no paint from a group": '<g fill="none"><path d="M9,9h9"/></g>',
    "white": '<path d="M9,9h9" fill="#FFF"/>',
    "white line": '<path d="M9,9h9" stroke="rgb(255,255,255)"/>',
    "transparent": '<path d="M9,9h9" fill="#00000000"/>',
    "transparent by opacity": '<path d="M9,9h9" stroke="black" stroke-opacity="0" fill-opacity="0.0"/>',
    "a line of no width": '<path d="M9,9h9" fill="none" stroke="black" stroke-width="0px"/>',
    "not displayed": '<g display="none"><path d="M9,9h9" display="inline"/></g>',
    "of no opacity": '<g opacity="0"><path d="M9,9h9"/></g>',
    "hidden": '<g visibility="hidden"><path d="M9,9h9"/></g>',
    "definition": '<defs><path d="M9,9h9"/></defs>',
    "clip": '<clipPath id="c"><path d="M9,9h9"/></clipPath>',
    "script": '<script>throw "<path d=\'M9,9h9\'/>".length</script><script href="http://localhost:9/"/>',
    "style sheet": '<style>@import url(http://localhost:9/); .gone { d: none }</style><path class="gone" d="M9,9h9"/>',
    "image": '<image href="file:///etc/passwd" width="9" height="9"/>',
    "copy from elsewhere": '<use href="http://localhost:9/#a"/><use href="/etc/passwd#a"/>',
    "text": '<text x="9" y="9" rotate="abc">pig<tspan>let</tspan></text>',
    "text on a path": '<textPath rotate="abc">pig<tref href="http://[x"/><tref href="#x"/></textPath>',
    "rules that nobody can look up": f"<style>{90 * 'g '}path, g{120 * ':not('}g{120 * ')'} {{ stroke: red }}</style>",
    "almost white": '<path d="M9,9h9" stroke="#fefefe"/>',
    "white in other words": '<path d="M9,9h9" stroke="hsl(0 0% 100%)"/><path d="M9,9h9" stroke="lab(100% 0 0)"/>',
    "other namespace": '<x:path xmlns:x="urn:x" d="M9,9h9"/><x:g xmlns:x="urn:x"><path d="M9,9h9"/></x:g>',
    "animation": '<animate attributeName="d" to="M9,9h9"/>',
    "foreign content": '<foreignObject><path d="M9,9h9"/></foreignObject>',
    "empty shapes": '<path/><path d=""/><polygon/><rect width="0" height="5"/><circle r="0"/>',
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_not_seen_is_not_read(name, points):
    np.testing.assert_allclose(points(HIDDEN[name] + LINE), [(1, 2), (50, 40)], atol=1e-9)


@pytest.mark.parametrize(
    "element",
    [
        '<g visibility="hidden"><path d="M9,9h9" visibility="visible"/></g>',
        '<g fill="none"><path d="M9,9h9" stroke="url(#a)"/><pattern id="a" width="9" height="9"/></g>',
        '<g fill="none"><path d="M9,9h9" stroke="url(#none) red"/></g>',
        '<g stroke="currentColor" fill="none"><path d="M9,9h9" fill="white"/></g>',
        '<g style="fill:none;stroke:#123"><path d="M9,9h9"/></g>',
        '<a><switch><path d="M9,9h9" onclick="alert(1)"/></switch></a>',
    ],
)
def test_what_is_seen_is_read(element, points):
    np.testing.assert_allclose(points(element), [(9, 9), (18, 9)], atol=1e-9)


@pytest.mark.parametrize(
    ("root", "background", "lines"),
    [
        ('width="90" height="90"', '<rect width="90" height="90" fill="white"/>', 'stroke="black" fill="none"'),
        ('width="90" height="90"', '<rect width="100%" height="100%" fill="#eee"/>', 'stroke="black" fill="none"'),
        ('viewBox="-5 -5 99 99"', '<path d="M-5-5h99v99h-99z" fill="black"/>', 'stroke="white" fill="none"'),
        ('viewBox="0 0 90 90"', '<rect width="90" height="90"/>', 'fill="white"'),
        ('viewBox="0 0 90 90"', "", 'stroke="white" fill="none"'),
        ("", "", 'stroke="#ffffff"'),
    ],
)
def test_backgrounds_are_no_part_of_the_drawing(root, background, lines, read):
    strokes = read(svg(f'{background}<path d="M10,10h60v30" {lines}/>', root)).strokes
    np.testing.assert_allclose(strokes, [[0, 0, 0], [255, 0, 0], [0, 127.5, 1]])


def test_an_outlined_frame_is_part_of_the_drawing(read):
    frame = '<rect width="90" height="90" fill="white" stroke="black"/>'
    assert len(read(svg(frame + LINE, 'viewBox="0 0 90 90"')).strokes) == 7


DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://localhost:9/svg11.dtd"{}>'
REFUSED = {
    "not XML": ("no drawing", "expected well-formed SVG, found: .*line 1"),
    "cut": (svg(LINE)[:-9], "expected well-formed SVG"),
    "unknown encoding": ('<?xml version="1.0" encoding="x-none"?>' + svg(LINE), "expected well-formed SVG"),
    "no text at all": ('<?xml version="1.0" encoding="hex"?>' + svg(LINE), "expected well-formed SVG"),
    "HTML": ("<html><path d='M0,0h9'/></html>", "expected the root element svg, found 'html'"),
    "another namespace": ('<svg xmlns="urn:other"/>', "expected the root element svg"),
    "nothing": (svg(""), "expected a drawing, found no visible line$"),
    "only background": (svg('<rect width="9" height="9"/>', 'viewBox="0 0 9 9"'), "found no visible line"),
    "a point": (svg('<path d="M5,5z"/>'), "found no visible line"),
    "a line of no length": (svg('<path d="M5,5h0"/>'), "found a single point"),
    "points only": (svg('<path d="M0,0 m5,5 m9,9 m3,1"/>'), "found no line that leaves ink"),
    "text only": (svg("<g><text>pig</text></g>"), "found no visible line; left out: 1 text"),
    "image only": (svg("<image/><image/>"), "found no visible line; left out: 2 images"),
    "entity of later ones": (
        '<!DOCTYPE svg [<!ENTITY c "&a;&a;"><!ENTITY a "b">]>' + svg("&c;"),
        "expected entities of at most",
    ),
    "external entity": ('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("&a;"), "of another file"),
    "undeclared entity": (svg("&a;" + LINE), "expected well-formed SVG, found: undefined entity"),
    "undeclared prefix": (svg('<use xlink:href="#a"/>'), 'found: unbound prefix: .*add .*xmlns:xlink="http'),
    "brackets in a style": (svg(f'<g style="/**/fill:{5_000 * "("}"/>'), "styles that end, found them nested too deep"),
    "brackets in a plain style": (
        svg(f'<g style="fill:{5_000 * "("}"/>'),
        "styles that end, found them nested too deep",
    ),
    "brackets in a style sheet": (svg(f"<style>path{{fill:{5_000 * '('}}}</style>"), "found them nested too deep"),
    "rules in rules": (svg(f"<style>{3_000 * '@media all{'}</style>"), "found them nested too deep"),
    "a style of a text": (svg("<style>text{rotate:9deg}</style><text/>"), "an SVG that can be drawn, found: .*'9deg'"),
    "path without a move": (svg('<path d="L5,5"/>'), "no visible line; left out: 1 damaged path"),
    "not a number": (svg('<path d="M0,0 LNaN,5"/>'), "no visible line; left out: 1 rest of a damaged path"),
    "large after transforms": (
        svg('<g transform="scale(1e9)"><g transform="scale(1e9)"><path d="M0,0h9"/></g></g>'),
        "coordinates up to 1e.09, found larger",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_documents_are_refused(name, read):
    text, message = REFUSED[name]
    with pytest.raises(InputError, match=f"drawing.svg: .*{message}") as caught:
        read(text)
    assert "root:" not in str(caught.value)


DAMAGED = {
    "path with other letters": ('<path d="M10,10 h9 x5 y5"/>', "rest of a damaged path"),
    "path that stops short": ('<path d="M10,10 h9 C1,2 3,4 5"/>', "rest of a damaged path"),
    "infinite": ('<path d="M10,10 h9 L1e999,5"/>', "rest of a damaged path"),
    "flags": ('<path d="M10,10 h9 A1 1 0 2 0 5 5"/>', "rest of a damaged path"),
    "odd points": ('<polyline points="10 10 19 10 5"/>', "rest of a damaged path"),
    "points with text": ('<polyline points="10 10 19 10 5 five"/>', "rest of a damaged path"),
    "unknown transform": ('<path transform="turn(5)" d="M10,10h9"/>', "damaged transform"),
    "transform with text": ('<path transform="scale(2) a" d="M10,10h9"/>', "damaged transform"),
    "transform that lacks a number": ('<path transform="matrix(1 2)" d="M10,10h9"/>', "damaged transform"),
    "filter": ('<path filter="url(#a)" d="M10,10h9"/>', "filter"),
    "mask": (
        '<mask id="a"><path fill="url(#p)" d="M0,0h9v9"/><pattern id="p"/></mask><path mask="url(#a)" d="M10,10h9"/>',
        "mask",
    ),
    "text": ('<path d="M10,10h9"/><text>a<tspan>b</tspan></text>', "text"),
    "image": ('<path d="M10,10h9"/><image href="data:image/png;base64,AAAA"/>', "image"),
    "linked file": ('<path d="M10,10h9"/><use href="a.svg#b"/>', "linked file"),
    "copy of nothing": ('<path d="M10,10h9"/><use href="#b"/>', "copy of nothing"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_the_rest_of_a_drawing_is_read_and_what_is_left_out_is_counted(name, tmp_path):
    elements, left_out = DAMAGED[name]
    path = tmp_path / "a.svg"
    path.write_text(svg(elements))
    drawing = read_drawing(path)
    np.testing.assert_allclose(drawing.strokes, [[0, 0, 0], [255, 0, 1]], atol=1e-9)
    assert drawing.left_out == {left_out: 1}
    (sketch,) = read_inputs([path])
    assert sketch.left_out == {left_out: 1}
    with pytest.raises(InputError, match=f"a.svg: expected lines and shapes only, found 1 {left_out}"):
        list(read_inputs([path], strict=True))


@pytest.mark.parametrize(
    "before",
    [
        "<!DOCTYPE svg>",
        DOCTYPE.format(""),
        DOCTYPE.format(' [<!ENTITY amp "&#38;#38;"><!ENTITY lt2 "a&#38;#60;b">]'),
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">',
        DOCTYPE.format(' [<!ENTITY a "b"><!ENTITY c "http://c.example/"><!ENTITY d SYSTEM "file:///etc/passwd">]'),
        "<!DOCTYPE svg [<!ATTLIST g a:b CDATA #IMPLIED xmlns:a CDATA #FIXED 'urn:a'><!ELEMENT svg ANY>]>",
        "<!-- a comment --><?a an instruction?>",
        "  \n",
    ],
)
def test_harmless_document_types_are_passed_over(before, read):
    assert len(read(before + svg(LINE)).strokes) == 2


def test_entities_are_known(read):
    text = '<!DOCTYPE svg [<!ENTITY w3 "http://www.w3.org/"><!ENTITY ns "&w3;2000/svg"><!ENTITY path "M1,2 L50,40">]>'
    assert len(read(f'{text}<svg xmlns="&ns;"><path d="&path;"/></svg>').strokes) == 2


def test_a_packed_drawing_is_read_whatever_its_name(tmp_path):
    for name in ("a.svgz", "a.svg"):
        (tmp_path / name).write_bytes(gzip.compress(svg(LINE).encode()))
        assert len(read_svg(tmp_path / name).strokes) == 2


TITLES = {
    **dict.fromkeys(("utf-8", "utf-8-sig", "utf-16", "shift_jis", "gb2312", "euc-jp"), "猫"),
    **{"latin-1": "ä", "koi8-r": "ж", "windows-1252": "€", "euc-kr": "고양이", "big5": "貓"},
}


@pytest.mark.parametrize("encoding", TITLES)
def test_encodings(encoding, tmp_path):
    path = tmp_path / "a.svg"
    text = f'<?xml version="1.0" encoding="{encoding}"?>{svg(f"<title>{TITLES[encoding]}</title>{LINE}")}'
    path.write_bytes(text.encode(encoding))
    assert len(read_svg(path).strokes) == 2


def spikes(count):
    """A drawing that simplification takes apart point by point."""
    heights = np.linspace(255, 2.1, count) * np.where(np.arange(count) % 2, 1, -1)
    return " ".join(f"{x:g},{y:g}" for x, y in zip(np.linspace(0, 255, count), heights, strict=True))


LAUGHS = "".join(f'<!ENTITY a{i + 1} "{10 * f"&a{i};"}">' for i in range(9))
COPIES = "".join(f'<g id="a{i + 1}">' + 10 * f'<use href="#a{i}"/>' + "</g>" for i in range(9))
CLIPS = "".join(
    f'<clipPath id="c{i + 1}" clip-path="url(#c{i})"><polygon points="{spikes(3000)}"/></clipPath>' for i in range(99)
)
HOSTILE = {
    "ten million points": (
        lambda: svg(f'<path d="M0 0{10_000_000 * "h1"}"/>'),
        "file of 1 to 16,777,216 bytes",
    ),
    "seven million points": (
        lambda: svg(f'<path d="M0 0{7_000_000 * "h1"}"/>'),
        "at most 30,000 lines",
    ),
    "four million points": (
        lambda: svg(f'<polyline points="{4_000_000 * "1 2 "}"/>'),
        "at most 30,000 lines",
    ),
    "points in many shapes": (
        lambda: svg(9_000 * '<rect width="1" height="1"/>'),
        "at most 30,000 lines",
    ),
    "many points of curves": (
        lambda: svg(f'<path d="M0 0{20_000 * "c0 9 9 9 9 0 0-9-9-9-9 0"}"/>'),
        "30,000",
    ),
    "points that simplify slowly": (lambda: svg(f'<polyline points="{spikes(29_998)}"/>'), "read"),
    "many elements": (lambda: svg(3_900_000 * "<g/>"), "at most 100,000 elements"),
    "many transforms": (
        lambda: svg(1600 * f'<g transform="{1200 * "scale(1)"}"/>'),
        "at most 100,000 transforms",
    ),
    "deep groups": (lambda: svg(1_000_000 * "<g>"), "nested at most 200 deep"),
    "deep unknown elements": (lambda: svg(1_000_000 * "<x>"), "nested at most 200 deep"),
    "deep text": (lambda: svg(190 * "<text>" + 190 * "</text>" + LINE), "read"),
    "many attributes": (
        lambda: svg("<g" + "".join(f' a{i}=""' for i in range(900_000)) + "/>"),
        "10,000 attributes",
    ),
    "attributes that are inherited": (
        lambda: svg("<g" + "".join(f' a{i}=""' for i in range(9_000)) + f">{9_000 * '<g/>'}</g>"),
        "2,000,000 attributes in all",
    ),
    "a long attribute": (lambda: svg(f'<rect width="{10_000_000 * "1"}!"/>'), "a single point"),
    "a long number": (lambda: svg(f'<path d="M0 0 L{10_000_000 * "1"} 9"/>'), "rest of a damaged path"),
    "a long space": (lambda: svg(f'<path d="M0 0{10_000_000 * " "}L9 9"/>'), "read"),
    "a long transform": (lambda: svg(f'<path transform="{90_000 * "scale(1)"}" d="M0 0h9"/>'), "read"),
    "a long style": (
        lambda: svg(f"<style>{2_000_000 * '.a{}'}</style>{LINE}"),
        "style sheets of at most",
    ),
    "style that fits everything": (
        lambda: svg(f"<style>{9_000 * '*{fill:red}'}</style>{9_000 * '<g/>'}"),
        "matches of style rules",
    ),
    "deep style": (lambda: svg(f"<style>{100_000 * '@media all{'}</style>{LINE}"), "either"),
    "a long colour": (lambda: svg(f'<path fill="{2_000_000 * "var(--a,"}" d="M0 0h9v9"/>'), "read"),
    "a long fetch": (lambda: svg(f'<path fill="url({9_000_000 * "a"})" d="M0 0h9v9"/>'), "read"),
    "a style that climbs": (
        lambda: svg(f"<style>x {5 * 'g '}path{{stroke:red}}</style>{100 * '<g>'}{LINE}{100 * '</g>'}"),
        "style selectors of at most",
    ),
    "a style that goes along": (
        lambda: svg(f"<style>x ~ g ~ g ~ path{{stroke:red}}</style>{3_000 * '<g/>'}{LINE}"),
        "style selectors of at most",
    ),
    "a style that counts": (
        lambda: svg(f"<style>{100 * 'g:nth-of-type(2n){stroke:red}'}</style>{5_000 * '<g/>'}{LINE}"),
        "style selectors of at most",
    ),
    "a style of many names": (
        lambda: svg(f"<style>{40_000 * 'a,'}b{{stroke:red}}</style>{LINE}"),
        "at most 20,000 selectors, found 40,001",
    ),
    "long lengths": (lambda: svg(f'<g stroke-width="{9_999 * "1"}!">{99 * LINE}</g>'), "read"),
    "long spaces": (lambda: svg(f'<g stroke-width="1{9_998 * " "}!">{99 * LINE}</g>'), "read"),
    "links in links": (lambda: svg(f'<g clip-path="{90_000 * "url("}">{LINE}</g>'), "read"),
    "a mixed background": (lambda: svg(LINE, f'background="color-mix(in srgb,{200_000 * "a"})"'), "read"),
    "variables of much": (
        lambda: svg(f'<g style="--a:{9_990 * "x"}" fill="{1_100 * "var(--a)"}">{3_000 * LINE}</g>'),
        "read",
    ),
    "a default attribute": (
        lambda: f'<!DOCTYPE svg [<!ATTLIST g class CDATA "{100_000 * "x"}">]>{svg(40_000 * "<g/>" + LINE)}',
        "default attributes of at most 1,000 characters",
    ),
    "a default attribute of entities": (
        lambda: f'<!DOCTYPE svg [<!ENTITY a "{9_999 * "x"}"><!ATTLIST g class CDATA "&a;">]>{svg("<g/>" + LINE)}',
        "default attributes of at most 1,000 characters",
    ),
    "billion laughs": (
        lambda: f'<!DOCTYPE svg [<!ENTITY a0 "ha">{LAUGHS}]>{svg("&a9;")}',
        "entities of at most",
    ),
    "quadratic entity": (
        lambda: f'<!DOCTYPE svg [<!ENTITY a "{9_000 * "h9"}">]>' + svg("<path d='M0 0" + 9_000 * "&a;" + "'/>"),
        "entities of at most",
    ),
    "external entity": (
        lambda: f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///dev/zero">]>{svg("&a;")}',
        "of another file",
    ),
    "billion copies": (
        lambda: svg(f'<defs><path id="a0" d="M0 0h9"/>{COPIES}</defs><use href="#a9"/>'),
        "30,000 lines",
    ),
    "billion copies of nothing": (
        lambda: svg(f'<defs><g id="a0"/>{COPIES}</defs><use href="#a9"/>'),
        "50,000 elements and copies",
    ),
    "copies of a copy of itself": (lambda: svg('<g id="a"><use href="#a"/><use href="#a"/></g>' + LINE), "read"),
    "many copies of much": (
        lambda: svg(f'<defs><g id="a">{9_000 * "<g/>"}</g></defs>' + 9_000 * '<use href="#a"/>'),
        "50,000 elements and copies",
    ),
    "deep copies": (
        lambda: svg("".join(f'<g id="a{i}"><use href="#a{i + 1}"/></g>' for i in range(2_000)) + LINE),
        "copies, groups and styles that end",
    ),
    "nested clips": (
        lambda: svg(f'{CLIPS}<path clip-path="url(#c99)" d="M0 0{9_000 * "h1v1"}"/>'),
        "points times edges",
    ),
    "a clip by itself": (
        lambda: svg(
            '<clipPath id="c" clip-path="url(#c)"><rect width="9" height="9"/></clipPath>'
            '<path clip-path="url(#c)" d="M0 0h9v9"/>'
        ),
        "either",
    ),
    "a gigantic filter": (
        lambda: svg(
            '<filter id="f" width="1e9" height="1e9"><feGaussianBlur stdDeviation="1e9"/></filter>'
            '<path filter="url(#f)" d="M0 0h9v9"/>'
        ),
        "read",
    ),
    "a gigantic page": (
        lambda: svg('<path d="M0 0h9v9"/>', 'width="1e9" height="1e9" viewBox="0 0 1e-9 1e9"'),
        "either",
    ),
    "a gigantic pattern": (
        lambda: svg(
            '<pattern id="p" width="1e9" height="1e9"><use href="#q"/></pattern>'
            '<path id="q" fill="url(#p)" d="M0 0h9v9"/>'
        ),
        "read",
    ),
    "many marks": (
        lambda: svg(
            f'<marker id="m" viewBox="0 0 9 9"><path d="M0 0{300 * "h1"}"/></marker>'
            f'<path marker="url(#m)" d="M0 0{9_000 * "h1"}"/>'
        ),
        "either",
    ),
    "a packed bomb": (lambda: gzip.compress(100 * 2**20 * b" "), "at most 16,777,216 bytes unpacked"),
    "a gradient of itself": (
        lambda: svg('<linearGradient id="a" href="#a"/><path fill="url(#a)" d="M0 0h9v9"/>'),
        "found no visible line",
    ),
}


USES = 20 * '<use href="#a"/>'
MANY = 20 * "<a/>"
CLIPPED = 2 * '<path clip-path="url(#a)" d="M0 0h9"/>'
ATTRIBUTES = "".join(f' a{i}=""' for i in range(300))
UNSEEN = {
    "lines": ("recorder.MOST_POINTS", f'<path id="a" fill="none" d="M0 0{20 * "h1"}"/>{USES}'),
    "moves": ("recorder.MOST_POINTS", f'<path id="a" d="{20 * "M0 0"}"/>{USES}'),
    "hidden copies": ("copies.MOST_COPIED", f'<g id="a"><g display="none">{MANY}</g></g>{USES}'),
    "parts of clips": ("copies.MOST_COPIED", f'<clipPath id="a"><g>{MANY}</g></clipPath>{CLIPPED}'),
    "attributes of copies": ("copies.MOST_COPIED", f'<g{ATTRIBUTES}>{USES}</g><g id="a">{MANY}</g>'),
    "styles of copies": ("copies.MOST_COPIED", f'<path id="a" style="x:{9_000 * "a"}"/>{USES}'),
    "pages in pages": ("copies.MOST_COPIED", f"{9 * '<svg>'}{20 * MANY}{9 * '</svg>'}"),
}
"""What is to be counted, and by which limit."""


@pytest.mark.parametrize("name", UNSEEN)
def test_what_shows_nothing_counts(name, read, monkeypatch):
    limit, elements = UNSEEN[name]
    assert len(read(svg(elements + LINE)).strokes) == 2
    monkeypatch.setattr(f"ia_pix2seq_tf.svg.{limit}", 30)
    with pytest.raises(InputError, match="at most 300 lines and curves, also unseen|copies and clips of at most 30"):
        read(svg(elements + LINE))


def test_style_rules_look_at_an_element_once_whatever_copies_there_are(read, monkeypatch):
    asked = []
    match = cssselect2.Matcher.match
    monkeypatch.setattr(cssselect2.Matcher, "match", lambda *of: asked.append(of[1].id) or match(*of))
    read(svg(f'<style>path{{fill:red}}</style><path id="a" d="M0 0h9"/>{50 * """<use href="#a"/>"""}'))
    assert asked.count("a") == 4  # in the document and in its copies, for rules of both kinds of importance


@pytest.fixture(scope="module")
def hostile_outcomes(tmp_path_factory):
    pytest.importorskip("resource")
    folder = tmp_path_factory.mktemp("hostile")
    paths = [folder / f"{i}.svg" for i in range(len(HOSTILE))]
    for path, (make, _) in zip(paths, HOSTILE.values(), strict=True):
        content = make()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return dict(zip(HOSTILE, hostile.outcomes("read_svg", paths), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_bounded_in_time_and_memory(name, hostile_outcomes):
    outcome, seconds = hostile_outcomes[name]
    expected = HOSTILE[name][1]
    pattern = {"read": "read", "either": "read|InputError: .*"}.get(expected, f"InputError: .*{expected}.*")
    assert re.fullmatch(pattern, outcome), outcome
    assert seconds < hostile.SECONDS
