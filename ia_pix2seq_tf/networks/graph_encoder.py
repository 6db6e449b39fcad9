"""The graph encoder: patches of a sketch and their weights to the mean and variance of a Gaussian code."""

import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.batch_norm import BatchNorm, Encoded, Normed
from ia_pix2seq_tf.networks.image_encoder import softplus_variance
from ia_pix2seq_tf.networks.initializers import Shape, he_normal, uniform_of_all
from ia_pix2seq_tf.replica import Sum

DEPTHS = (8, 32, 64, 128, 256, 512)  # of the convolutions
BLOCK = 4  # pixels that a convolution, and then the pooling, makes one of: 2 × 2
HALF_RANGE = 127.5  # uint8 0..255 is [-1, 1] · 127.5 + 127.5

Norm = Callable[[BatchNorm, tf.Tensor], tf.Tensor]


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class GraphEncoder(layers.Layer):
    """Sketches cut into graphs to code mean and variance, each `[batch, z_size]` (SketchHealer's encoder).

    Six convolutions, 2 × 2 with stride 2 and ReLU, and max pooling make 512 features of each patch; batch norm over all
    patches of all sketches; one linear graph layer, summed over the nodes; batch norm over the sketches, and tanh. Of
    that, dense layers make mean and variance. The graph layer is Σ_i (A X W)_i = (Σ_j w_j X_j) W, so that of the
    adjacency matrix A no more matters than the sums w of its columns.

    Patches that nodes do not fill are black and have the weight 0. They count in the first norm, as in the original;
    their features, the same for all, are computed once.

    Differs from the reference: the weights of convolutions and graph layer are N(0, 2 / inputs) at first, in place of
    PyTorch's uniform ones and N(0, 1); the parameters that nothing reads are not there.

    Args:
        z_size: dimension of the code.
        log_variance: whether the variance is the exponential of what its dense layer makes, as SketchHealer's; else the
            softplus, as that of IA-pix2seq.
        variance_range: (lowest, highest) variance of the latter, None for any.
        seed: of the initial weights.
    """

    reads = ("patches", "node_weights")
    black_once = True  # how many patches are black no shape tells: to compile all that is around it, XLA needs False

    def __init__(
        self,
        z_size: int,
        log_variance: bool = True,
        variance_range: tuple[float, float] | None = None,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.z_size, self.log_variance, self.variance_range, self.seed = z_size, log_variance, variance_range, seed
        seeds, features = itertools.count(seed), DEPTHS[-1]
        self.convs = [  # as dense layers, of the four pixels that each output reads
            layers.Dense(depth, "relu", kernel_initializer=he_normal(BLOCK * inputs, next(seeds)), name=f"conv_{depth}")
            for inputs, depth in itertools.pairwise((1, *DEPTHS))
        ]
        self.node_norm, self.graph_norm = BatchNorm(name="node_norm"), BatchNorm(name="graph_norm")
        self.graph = layers.Dense(
            features, use_bias=False, kernel_initializer=he_normal(features, next(seeds)), name="graph"
        )
        self.mean, self.variance = (
            layers.Dense(z_size, kernel_initializer=self._head_weights(next(seeds)), name=name)
            for name in ("mean", "variance")
        )

    def _head_weights(self, seed: int) -> keras.initializers.Initializer:
        return uniform_of_all(seed) if self.log_variance else he_normal(DEPTHS[-1], seed)

    def build(self, *_: Shape) -> None:
        for conv, depth in zip(self.convs, (1, *DEPTHS), strict=False):
            conv.build((None, BLOCK * depth))
        for layer in (self.node_norm, self.graph, self.graph_norm, self.mean, self.variance):
            layer.build((None, DEPTHS[-1]))

    @property
    def moving(self) -> tuple[keras.Variable, ...]:
        """The moving statistics, which a training step assigns."""
        return *self.node_norm.moving, *self.graph_norm.moving

    def call(self, patches: tf.Tensor, node_weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Codes by the moving statistics.

        Args:
            patches: uint8 `[batch, nodes, 128, 128]`, ink 255 on 0.
            node_weights: column sums of the adjacency matrix, `[batch, nodes]`.
        """
        return self._codes(self.features(patches, node_weights, lambda norm, rows: norm(rows)))

    def in_training(self, patches: tf.Tensor, node_weights: tf.Tensor, *, total: Sum = tf.identity) -> Encoded:
        """Codes by the statistics of the batch, which `total` sums over replicas; nothing is assigned."""
        normed: list[Normed] = []

        def by_batch(norm: BatchNorm, rows: tf.Tensor) -> tf.Tensor:
            normed.append(norm.in_training(rows, total))
            return normed[-1].rows

        mean, sigma2 = self._codes(self.features(patches, node_weights, by_batch))
        return Encoded(mean, sigma2, tuple(itertools.chain(*(each.moved for each in normed))))

    def features(self, patches: tf.Tensor, node_weights: tf.Tensor, norm: Norm) -> tf.Tensor:
        """Features of sketches, `[batch, 512]` in (-1, 1); `norm` applies a batch norm."""
        nodes = self.node_features(patches, norm)
        return tf.tanh(norm(self.graph_norm, self.graph(tf.reduce_sum(node_weights[..., tf.newaxis] * nodes, axis=1))))

    def node_features(self, patches: tf.Tensor, norm: Norm) -> tf.Tensor:
        """Features of patches after their norm, `[batch, nodes, 512]`."""
        rows = norm(self.node_norm, self.patch_features(tf.reshape(patches, (-1, *patches.shape[2:]))))
        return tf.reshape(rows, (-1, patches.shape[1], DEPTHS[-1]))

    def patch_features(self, patches: tf.Tensor) -> tf.Tensor:
        """What convolutions and pooling make of patches uint8 `[n, side, side]`, `[n, 512]`; of black ones but once."""
        side = patches.shape[1]
        pixels = tf.gather(tf.reshape(patches, (-1, side**2)), nested(side), axis=1)
        if not self.black_once:
            return self._convolved(pixels)
        inked = tf.reduce_any(tf.cast(pixels, tf.bool), axis=1)  # TFLite compares no uint8
        black = tf.zeros_like(pixels[:1])
        found = self._convolved(tf.concat([black, tf.boolean_mask(pixels, inked)], axis=0))
        place = tf.where(inked, tf.cumsum(tf.cast(inked, tf.int32)), 0)
        return tf.where(inked[:, tf.newaxis], tf.gather(found, place), found[:1])

    def _convolved(self, pixels: tf.Tensor) -> tf.Tensor:
        """Features `[n, 512]` of pixels `[n, side · side]` in the order of `nested`, in which a convolution of stride 2
        is a product of the four pixels that lie side by side.
        """
        x = tf.reshape(tf.cast(pixels, tf.float32) / HALF_RANGE - 1, (-1, 1))
        for conv in self.convs:
            x = conv(tf.reshape(x, (-1, BLOCK * x.shape[-1])))
        return tf.reduce_max(tf.reshape(x, (-1, BLOCK, DEPTHS[-1])), axis=1)

    def _codes(self, features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        variance = self.variance(features)
        if self.log_variance:
            return self.mean(features), tf.exp(variance)
        return self.mean(features), softplus_variance(variance, self.variance_range)

    def get_config(self) -> dict[str, Any]:
        names = ("z_size", "log_variance", "variance_range", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def nested(side: int) -> np.ndarray:
    """Indices of the pixels of a square with a power of 2 as its side, quarter after quarter, `[side · side]`.

    The four of each quarter of two pixels lie side by side, and so do the quarters of each quarter of four.

    >>> nested(4).tolist()
    [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]
    """
    bits = side.bit_length() - 1
    pairs = zip(range(bits), range(bits, 2 * bits), strict=True)  # of a row's bits and a column's, highest first
    return np.arange(side**2).reshape((2,) * 2 * bits).transpose(list(itertools.chain(*pairs))).ravel()
