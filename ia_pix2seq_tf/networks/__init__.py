"""The networks: encoders of images, of strokes and of graphs, recurrent stroke decoder, CNN pixel decoder."""

from ia_pix2seq_tf.networks.cells import CELLS, HyperLSTMCell, LayerNormLSTMCell, LSTMCell
from ia_pix2seq_tf.networks.graph_encoder import GraphEncoder
from ia_pix2seq_tf.networks.highpass_encoder import HighPassEncoder
from ia_pix2seq_tf.networks.image_encoder import CNNEncoder
from ia_pix2seq_tf.networks.pixel_decoder import CNNDecoder
from ia_pix2seq_tf.networks.sequence_encoder import SequenceEncoder
from ia_pix2seq_tf.networks.stroke_decoder import StrokeDecoder

__all__ = [
    "CELLS",
    "CNNDecoder",
    "CNNEncoder",
    "GraphEncoder",
    "HighPassEncoder",
    "HyperLSTMCell",
    "LSTMCell",
    "LayerNormLSTMCell",
    "SequenceEncoder",
    "StrokeDecoder",
]
