"""Reading drawings from SVG as a browser shows them, in bounded time and memory.

`document` makes a stranger's text safe, CairoSVG reads it, `surface` tells CairoSVG what it does not know, `copies`
makes what is used again, `recorder` notes what it draws, `drawing` says what of that is the drawing.
"""

from ia_pix2seq_tf.svg.drawing import EPSILON, EXTENT, SIMPLE_POINTS, SvgDrawing, read_drawing

__all__ = ["EPSILON", "EXTENT", "SIMPLE_POINTS", "SvgDrawing", "read_drawing"]
