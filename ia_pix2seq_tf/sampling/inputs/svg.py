"""Reading SVG drawings as sketches."""

import os
from pathlib import Path

from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.sampling.inputs.sketch import Sketch
from ia_pix2seq_tf.strokes import join, simplify
from ia_pix2seq_tf.svg import EPSILON, SIMPLE_POINTS, read_drawing
from ia_pix2seq_tf.untrusted import InputError, naming


def read_svg(path: str | os.PathLike, size: int = 48) -> Sketch:
    """Reads an SVG drawing as `ia_pix2seq_tf.svg.read_drawing` does, and draws it as the training images were.

    Pieces of one movement of the pen are joined, see `strokes.joints`. Drawings with curves, or with more than
    `SIMPLE_POINTS` points, are simplified.

    Args:
        path: of the file.
        size: width and height of the image, in pixels.

    Raises:
        InputError: as `read_drawing`; and if the drawing shows no ink.
    """
    with naming(path):
        drawing = read_drawing(path)
        strokes = join(drawing.strokes)
        if drawing.is_curved or len(strokes) > SIMPLE_POINTS:
            strokes = simplify(strokes, EPSILON)
        image = render(strokes, size)
        if image.min() == 255:
            raise InputError("expected a drawing, found no line that leaves ink")
    return Sketch(Path(path).stem, image, strokes, str(path), left_out=drawing.left_out)
