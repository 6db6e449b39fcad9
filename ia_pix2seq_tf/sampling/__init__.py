"""Drawing sketches from codes."""

from ia_pix2seq_tf.sampling.generate import generate

__all__ = ["generate"]
