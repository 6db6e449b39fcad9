"""Scenes of drawing programs: excalidraw and tldraw."""

import base64
import json
import math

import numpy as np
import pytest
from conversions import converted, only

from ia_pix2seq_tf.data.convert import convert
from ia_pix2seq_tf.data.convert.readers import excalidraw, tldraw
from ia_pix2seq_tf.data.files import DataError


def element(kind, **fields):
    return {"type": kind, "x": 0, "y": 0, "width": 100, "height": 50, "angle": 0, "strokeColor": "#1e1e1e", **fields}


def scene(*elements):
    return json.dumps({"type": "excalidraw", "version": 2, "source": "x", "elements": elements, "files": {}})


BOX = [[0, 0], [255, 0], [255, 128], [0, 128], [0, 0]]
SQUARE_ROOT = math.sqrt(0.5) * 100


@pytest.mark.parametrize(
    ("elements", "lines"),
    [
        ([element("rectangle")], [BOX]),
        ([element("rectangle", backgroundColor="#f00", strokeColor="transparent")], [BOX]),
        ([element("diamond")], [[[0, 0], [128, 64], [0, 128], [-127, 64], [0, 0]]]),
        ([element("line", points=[[0, 0], [100, 0], [100, 50]])], [BOX[:3]]),
        ([element("arrow", points=[[0, 0], [100, 50]], endArrowhead="arrow", roundness=None)], [[[0, 0], [255, 128]]]),
        ([element("freedraw", points=[[0, 0], [50, 0], [100, 0], [100, 50]], pressures=[])], [BOX[:3]]),
        ([element("draw", points=[[0, 0], [100, 0], [100, 50]])], [BOX[:3]]),
        ([element("rectangle", width=50, height=100, angle=math.pi / 2)], [[[0, 0], [0, 128], [-255, 128], [-255, 0],
                                                                              [0, 0]]]),
        ([element("rectangle"), element("line", points=[[0, 0], [100, 50]], isDeleted=True)], [BOX]),
        ([element("rectangle"), element("rectangle", strokeColor="transparent", backgroundColor="transparent", x=900)],
         [BOX]),
        ([element("rectangle", x=30, y=40), element("line", x=30, y=40, points=[[0, 0], [100, 50]], opacity=0)], [BOX]),
        ([element("frame", width=900), element("rectangle", frameId="a", x=700)], [BOX]),
    ],
)  # fmt: skip
def test_elements_of_excalidraw_are_lines(tmp_path, elements, lines):
    found = only(tmp_path, "a.excalidraw", scene(*elements))
    for line, wanted in zip(found, lines, strict=True):
        np.testing.assert_allclose(line, wanted, atol=1)


def test_ellipses_and_bent_lines_of_excalidraw_are_simplified(tmp_path):
    (ellipse,) = only(tmp_path, "a.excalidraw", scene(element("ellipse")))
    assert 8 < len(ellipse) < 30
    assert np.ptp(ellipse, axis=0).tolist() == pytest.approx([255, 127], abs=2)
    bent = element("line", points=[[0, 0], [50, 50], [100, 0]], roundness={"type": 2})
    assert len(only(tmp_path, "a.excalidraw", scene(bent))[0]) > 3
    old = {**bent, "roundness": None, "strokeSharpness": "round"}
    assert len(only(tmp_path, "a.excalidraw", scene(old))[0]) > 3
    assert len(only(tmp_path, "a.excalidraw", scene({**bent, "roundness": None}))[0]) == 3


def test_texts_and_images_of_a_scene_are_left_out_and_counted():
    others = [element("text", text="a", strokeColor="transparent"), element("text", isDeleted=True), element("image")]
    drawing = excalidraw.parse(scene(element("rectangle"), *others, element("text"), element("3d-\x1b[2J")).encode())
    assert drawing.left_out == {"text": 2, "image": 1, "unknown element": 1}
    assert len(drawing.points) == 5


def record(kind, props, **fields):
    place = {"parentId": "page:a", "index": "a1", "x": 0, "y": 0, "rotation": 0, "opacity": 1}
    return {"id": f"shape:{kind}", "typeName": "shape", "type": kind, **place, "props": props, **fields}


def board(*records):
    page = {"id": "page:a", "typeName": "page", "index": "a1"}
    return json.dumps({"tldrawFileFormatVersion": 1, "schema": {}, "records": [page, *records]})


CORNER = [(0, 0), (100, 0), (100, 50)]


def steps(points, dim):
    """Points as tldraw packs them since 2025."""
    rows = np.array([(*point, 0.5)[:dim] for point in points])
    data = rows[0].astype("<f4").tobytes() + np.diff(rows, axis=0).astype("<f2").tobytes()
    return base64.b64encode(data).decode()


HALVES = base64.b64encode(np.array([(*point, 0.5) for point in CORNER], "<f2").tobytes()).decode()
SEGMENTS = {
    "objects": [{"type": "free", "points": [{"x": x, "y": y, "z": 0.5} for x, y in CORNER]}],
    "two": [{"type": "free", "points": [{"x": x, "y": y} for x, y in CORNER[i : i + 2]]} for i in (0, 1)],
    "halves": [{"type": "free", "points": HALVES}],
    "path": [{"type": "free", "path": steps(CORNER, 3)}],
    "path without pressure": [{"type": "free", "path": steps(CORNER, 2), "dim": 2}],
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_what_was_drawn_in_tldraw_is_one_line_whatever_its_age(tmp_path, name):
    assert only(tmp_path, "a.tldr", board(record("draw", {"segments": SEGMENTS[name]}))) == [BOX[:3]]


DRAWN = {"segments": SEGMENTS["objects"]}


@pytest.mark.parametrize(
    ("records", "lines"),
    [
        ([record("highlight", DRAWN)], [BOX[:3]]),
        ([record("draw", {**DRAWN, "isClosed": True})], [[*BOX[:3], [0, 0]]]),
        ([record("draw", {**DRAWN, "scaleX": 2, "scaleY": 4})], [[[0, 0], [255, 0], [255, 255]]]),
        ([record("draw", DRAWN, rotation=math.pi / 2)], [[[0, 0], [0, 255], [-128, 255]]]),
        ([record("geo", {"geo": "rectangle", "w": 100, "h": 40, "growY": 10})], [BOX]),
        ([record("geo", {"geo": "diamond", "w": 100, "h": 50})], [[[0, 0], [128, 64], [0, 128], [-127, 64], [0, 0]]]),
        ([record("geo", {"geo": "triangle", "w": 100, "h": 50})], [[[0, 0], [127, 128], [-128, 128], [0, 0]]]),
        ([record("arrow", {"start": {"x": 0, "y": 0}, "end": {"x": 100, "y": 50}, "bend": 0})], [[[0, 0], [255, 128]]]),
        ([record("line", {"handles": {"b": {"index": "a2", "x": 100, "y": 50}, "a": {"index": "a1", "x": 0, "y": 0}}})],
         [[[0, 0], [255, 128]]]),
        ([record("draw", DRAWN, x=3, index="a2", id="shape:2"),
          record("arrow", {"start": {"x": 0, "y": 0}, "end": {"x": 103, "y": 0}}, index="a1")],
         [[[0, 0], [255, 0]], [[7, 0], [255, 0], [255, 124]]]),
        ([record("group", {}, id="shape:g", x=10, y=20, rotation=math.pi / 2),
          record("draw", DRAWN, parentId="shape:g", rotation=-math.pi / 2),
          record("line", {"points": {"a": {"index": "a1", "x": -20, "y": 10}, "b": {"index": "a2", "x": 30, "y": 10}}},
                 parentId="shape:g", index="a0")],
         [[[0, 0], [0, 116]], [[23, 46], [255, 46], [255, 162]]]),
    ],
)  # fmt: skip
def test_shapes_of_tldraw_are_lines(tmp_path, records, lines):
    found = only(tmp_path, "a.tldr", board(*records))
    for line, wanted in zip(found, lines, strict=True):
        np.testing.assert_allclose(line, wanted, atol=1)


def test_pages_of_tldraw_are_drawings(tmp_path):
    pages = [{"id": "page:b", "typeName": "page", "index": "a0"}, {"id": "page:c", "typeName": "page", "index": "a2"}]
    other = record("draw", {"segments": SEGMENTS["two"]}, id="shape:x", parentId="page:b", x=0, rotation=1.0)
    text = board(*pages, record("draw", DRAWN), other)
    assert len(converted(tmp_path, "a.tldr", text)[1]) == 2


def test_what_is_no_line_in_tldraw_is_left_out_and_counted(tmp_path):
    rich = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]}
    empty = {"type": "doc", "content": [{"type": "paragraph"}]}
    records = [
        record("draw", DRAWN, id="shape:1"),
        record("text", {}, id="shape:2"),
        record("image", {}, id="shape:3"),
        record("geo", {"geo": "cloud", "w": 1, "h": 1}, id="shape:4"),
        record("geo", {"geo": "rectangle", "w": 1, "h": 1, "richText": rich}, id="shape:5"),
        record("geo", {"geo": "rectangle", "w": 1, "h": 1, "richText": empty, "text": ""}, id="shape:6"),
        record("arrow", {"start": {"type": "binding"}, "end": {"x": 0, "y": 0}}, id="shape:7"),
        record("own-\x1b[2J", {}, id="shape:8"),
        record("text", {}, id="shape:9", opacity=0),
    ]
    path = tmp_path / "a.tldr"
    path.write_text(board(*records))
    ((_, piece),) = tldraw.pieces(path, lambda count: None)
    drawing = tldraw.parse(piece)
    assert drawing.left_out == {"text": 2, "image": 1, "unknown shape": 2, "arrow": 1}
    assert drawing.points[:, 2].sum() == 3


FIRST = {
    "name": "a",
    "document": {
        "id": "doc",
        "version": 15.5,
        "pages": {
            "page": {
                "id": "page",
                "childIndex": 1,
                "shapes": {
                    "b": {"id": "b", "type": "rectangle", "childIndex": 2, "point": [10, 0], "size": [100, 50]},
                    "a": {"id": "a", "type": "draw", "childIndex": 1, "point": [0, 0],
                          "points": [[0, 0, 0.5], [110, 0, 0.5], [110, 50, 0.5]]},
                    "t": {"id": "t", "type": "text", "childIndex": 3, "point": [0, 0], "text": "a"},
                    "l": {"id": "l", "type": "arrow", "childIndex": 4, "point": [10, 0], "bend": 0, "handles": {
                        "start": {"point": [0, 0]}, "bend": {"point": [50, 25]}, "end": {"point": [100, 50]}}},
                    "g": {"id": "g", "type": "group", "childIndex": 5, "point": [0, 0], "children": ["a"]},
                },
            }
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ["a.tldr", "a.json"])
def test_files_of_tldraws_first_version_are_read(tmp_path, name):
    wanted = [
        [[0, 0], [255, 0], [255, 116]],
        [[23, 0], [255, 0], [255, 116], [23, 116], [23, 0]],
        [[23, 0], [255, 116]],
    ]
    for line, points in zip(only(tmp_path, name, json.dumps(FIRST)), wanted, strict=True):
        np.testing.assert_allclose(line, points, atol=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.excalidraw", "{", "expected a JSON object, found none"),
        ("a.excalidraw", "[]", "expected a JSON object, found a list of 0"),
        ("a.excalidraw", "{}", "'elements': expected a list, found None"),
        ("a.excalidraw", scene(5), "element 0: expected an object with a 'type', found 5"),
        ("a.excalidraw", scene(), r"expected a drawing, found no visible line \("),
        ("a.excalidraw", scene(element("text"), element("text")), r"found no visible line but text \(2\)"),
        ("a.excalidraw", scene(element("line", points=5)), "element 0: 'points': expected a list of points, found 5"),
        ("a.excalidraw", scene(element("line", points=[[1]])), "element 0: expected a point of x and y, found a list"),
        ("a.excalidraw", scene(element("line", points=[[1, "2"]])), "element 0: 'y': expected a number"),
        ("a.excalidraw", scene(element("ellipse", width=1e300)), "element 0: 'width': expected a number up to 1e"),
        ("a.excalidraw", scene(element("line", points=[[1, 2]] * 30_001)), "at most 30,000 points, found 30,001"),
        (
            "a.excalidraw",
            scene(*[element("ellipse")] * 500),
            "element 461: expected a drawing of at most 30,000 points",
        ),
        ("a.tldr", "{}", "'records': expected a list of objects, found None"),
        ("a.tldr", board(), "expected pages with shapes, found none"),
        (
            "a.tldr",
            board(record("draw", {"segments": [{"path": "A"}]})),
            "shape:draw': 'path': expected points in base64",
        ),
        ("a.tldr", board(record("draw", {"segments": [{"path": "AAAA"}]})), "'path': expected points in base64"),
        ("a.tldr", board(record("draw", 5)), "'props': expected an object, found 5"),
        ("a.tldr", board(record("draw", DRAWN, x=None)), "'x': expected a number"),
        ("a.tldr", '{"document": {"pages": {"a": {}}}}', "'shapes': expected an object, found None"),
    ],
)
def test_scenes_that_cannot_be_read_are_refused_by_element(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        convert([tmp_path / name], tmp_path / "out")


def test_shapes_that_hold_each_other_are_drawn_once_or_not_at_all(tmp_path):
    """Two groups of one name hold what holds them; no path leads to others from the page."""
    groups = [record("group", {}, id=f"shape:{i // 2}", parentId=f"shape:{i // 2 - 1}") for i in range(2, 60)]
    circle = [
        record("group", {}, id="shape:p", parentId="shape:q"),
        record("group", {}, id="shape:q", parentId="shape:p"),
    ]
    start = record("group", {}, id="shape:0", parentId="page:a")
    text = board(start, *groups, *circle, record("draw", DRAWN, parentId="shape:29"))
    assert len(only(tmp_path, "a.tldr", text)) == 1
