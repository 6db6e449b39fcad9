"""The networks: CNN encoder, recurrent stroke decoder, CNN pixel decoder."""

from ia_pix2seq_tf.networks.cells import CELLS, HyperLSTMCell, LayerNormLSTMCell, LSTMCell
from ia_pix2seq_tf.networks.image_encoder import CNNEncoder
from ia_pix2seq_tf.networks.pixel_decoder import CNNDecoder
from ia_pix2seq_tf.networks.stroke_decoder import StrokeDecoder

__all__ = [
    "CELLS",
    "CNNDecoder",
    "CNNEncoder",
    "HyperLSTMCell",
    "LSTMCell",
    "LayerNormLSTMCell",
    "StrokeDecoder",
]
