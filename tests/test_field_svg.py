"""SVG files of the kinds that people had, with the right values: `field/` holds them, made up anew."""

from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf.strokes import join
from ia_pix2seq_tf.svg import read_drawing

FIELD = Path(__file__).parent / "field"
RIGHT = {
    # file: (strokes, points of straight ones, width, height), and what is left out
    "f01-kanji.svg": ((3, None, 226.7, 255), {"text": 3}),
    "f01b-numbers-only.svg": ((2, 4, 226.7, 255), {"text": 2}),
    "f02-ai-entities.svg": ((2, 5, 255, 191.2), {}),
    "f03a-css-background.svg": ((1, 3, 255, 223.1), {}),
    "f03b-css-invisible-box.svg": ((1, 3, 255, 191.2), {}),
    "f03c-css-white-eraser.svg": ((1, 3, 255, 255), {}),
    "f03d-css-rim.svg": ((2, None, 255, 255), {}),
    "f04a-face-fills-page.svg": ((4, None, 255, 255), {}),
    "f04b-triangle-fills-page.svg": ((2, 6, 255, 255), {}),
    "f04c-disc-alone.svg": ((1, None, 255, 255), {}),
    "f05-split-segments.svg": ((2, None, 255, 127.3), {}),
    "f08-hidden-template.svg": ((1, 3, 255, 223.1), {}),
    "f09-use-clone.svg": ((3, 8, 255, 145.7), {}),
    "f10-transform-origin.svg": ((2, 4, 0, 255), {}),
    "f10b-css-transform-px.svg": ((2, 4, 255, 200.4), {}),
    "f11-switch.svg": ((1, 3, 255, 223.1), {}),
    "f13a-percent-page.svg": ((1, 3, 255, 184.9), {}),
    "f13b-percent-rect.svg": ((1, 3, 255, 223.1), {}),
    "f14-sjis.svg": ((1, 3, 255, 223.1), {}),
    "f15-packed.svgz": ((1, 3, 255, 223.1), {}),
    "f21-clip.svg": ((2, 4, 255, 182.1), {}),
    "f23-transparent-values.svg": ((1, 2, 255, 0), {}),
    "f23b-css4-white.svg": ((1, 2, 255, 0), {}),
    "f25-bare-relative-move.svg": ((1, 3, 255, 223.1), {}),
    "f26-page-size.svg": ((1, 3, 255, 223.1), {}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_drawings_of_the_field_are_read_right(name):
    (lines, points, width, height), left_out = RIGHT[name]
    drawing = read_drawing(FIELD / name)
    strokes = join(drawing.strokes)
    assert strokes[:, 2].sum() == lines and drawing.left_out == left_out
    assert points in (None, len(strokes))
    np.testing.assert_allclose(np.ptp(np.cumsum(strokes[:, :2], axis=0), axis=0), (width, height), atol=1)


def test_every_file_of_the_field_has_its_values():
    assert {path.name for path in FIELD.iterdir()} == set(RIGHT)


KANJI = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made up, in the form of KanjiVG -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.0//EN" "http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd" [
<!ATTLIST g
xmlns:kvg CDATA #FIXED "http://kanjivg.tagaini.net"
kvg:element CDATA #IMPLIED
kvg:position CDATA #IMPLIED
kvg:radical CDATA #IMPLIED >
<!ATTLIST path
xmlns:kvg CDATA #FIXED "http://kanjivg.tagaini.net"
kvg:type CDATA #IMPLIED >
]>
<svg xmlns="http://www.w3.org/2000/svg" width="109" height="109" viewBox="0 0 109 109">
<g id="kvg:StrokePaths_{code}" style="fill:none;stroke:#000000;stroke-width:3;stroke-linecap:round;">
<g id="kvg:{code}" kvg:element="&#x{code};"><g id="kvg:{code}-g1" kvg:position="left" kvg:radical="general">
{first}</g>
<g id="kvg:{code}-g2" kvg:position="right">
{second}</g>
</g>
</g>
<g id="kvg:StrokeNumbers_{code}" style="font-size:8;fill:#808080">
{numbers}</g>
</svg>
"""


def test_two_hundred_kanji_are_read_whole_in_the_order_of_their_strokes(tmp_path):
    rng = np.random.default_rng(0)
    for code in range(0x4E00, 0x4E00 + 200):
        starts, turns = rng.uniform(20, 80, (rng.integers(2, 21), 2)), rng.uniform(-9, 9, 6)
        curve = "c" + ",".join(f"{turn:.2f}" for turn in turns)
        paths = [
            f'<path id="kvg:{code:05x}-s{i}" kvg:type="㇐" d="M{x:.2f},{y:.2f}{curve}"/>\n'
            for i, (x, y) in enumerate(starts, 1)
        ]
        text = [f'<text transform="matrix(1 0 0 1 {x:.2f} {y:.2f})">{i}</text>' for i, (x, y) in enumerate(starts, 1)]
        half = len(paths) // 2
        path = tmp_path / f"{code:05x}.svg"
        content = KANJI.format(
            code=f"{code:05x}", first="".join(paths[:half]), second="".join(paths[half:]), numbers="\n".join(text)
        )
        path.write_text(content, encoding="utf-8")
        drawing = read_drawing(path)
        assert drawing.left_out == {"text": len(starts)}
        points, lifted = np.cumsum(drawing.strokes[:, :2], axis=0), drawing.strokes[:, 2] > 0
        read = points[np.append(0, np.flatnonzero(lifted)[:-1] + 1)]
        scale = np.ptp(read, axis=0).max() / np.ptp(starts, axis=0).max()
        np.testing.assert_allclose((read - read[0]) / scale, np.round(starts, 2) - np.round(starts[0], 2), atol=0.02)
