"""Drawings of your own to files for training: `convert` reads any format that `readers` knows.

`drawing` says what a drawing is, `simplify` brings it into QuickDraw's shape, `split` chooses what is kept and where,
`summary` counts. The command line is `python -m ia_pix2seq_tf.data.convert`.
"""

from ia_pix2seq_tf.data.convert.run import Options, convert
from ia_pix2seq_tf.data.convert.simplify import Shape
from ia_pix2seq_tf.data.convert.split import Parts
from ia_pix2seq_tf.data.convert.summary import Summary

__all__ = ["Options", "Parts", "Shape", "Summary", "convert"]
