"""Reading drawings from SVG, in bounded time and memory.

`document` finds the lines, `attributes` says where they lie and how they look, `path` follows them.
"""

from ia_pix2seq_tf.svg.document import EPSILON, EXTENT, SIMPLE_POINTS, read_strokes

__all__ = ["EPSILON", "EXTENT", "SIMPLE_POINTS", "read_strokes"]
