"""The three recurrent cells of the stroke decoder: LSTM, layer-norm LSTM and HyperLSTM.

Each cell is cut where speed needs it cut. The large products come first, and can be taken out of a loop over
time: `inputs @ input_kernel()`, and one product per entry of `recurrent_kernels()`. What is left, `advance`,
is a pure function of those products, the state and the cell's small weights (`step_weights()`), but for one product
that the hyper cell makes in its middle (`inner_weights()`). It takes and returns the state in parts; everywhere else a
state is one vector, the parts side by side.
`networks/sequence.py` runs a cell over a sequence; `call` is one step in the form of a Keras cell.

Large matrices are multiplied in a cell's `product_dtype`, float32 or bfloat16. States, norms and gates are float32.

Shapes: x inputs, u units, s state size, p width of the products.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras import layers

from ia_pix2seq_tf.networks.initializers import GateOrthogonal, Shape

FORGET_BIAS = 1.0
LAYER_NORM_EPSILON = 1e-3
HYPER_UNITS = 256
HYPER_EMBEDDING = 32
HYPER_SCALE_START = 0.1  # the scales begin at 0.1, as batch-normalised recurrent nets do (arXiv:1603.09025)
X_PARTS = H_PARTS = 4  # gate parts from the input and from the hidden state, in the order i, j, f, o

Gates = Sequence[tf.Tensor]
"""The gates i, j, f, o, `[batch, u]` each. In one tensor they are slow to differentiate: XLA merges the joining of
their gradients into every computation that reads them."""

Parts = Sequence[tf.Tensor]
"""The parts of a state: h and c, `[batch, u]` each, and those of the hyper cell. In a loop over time one vector of them
is slow, as gates in one tensor are."""

RecurrentKernels = tuple[tuple[int, tf.Tensor], ...]

Inner = Callable[[tf.Tensor], tf.Tensor]
"""The product that a step makes in its middle."""


def product(values: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`values @ kernel`, multiplied in the type of the kernel, returned in that of the values."""
    return tf.cast(tf.matmul(tf.cast(values, kernel.dtype), kernel), values.dtype)


def inner_product(kernel: tf.Tensor | None = None, *added: tf.Tensor) -> Inner:
    """The product with a kernel, to which a bias is added, and zeros by which to differentiate it."""
    return lambda values: sum(added, product(values, kernel))


class Norm(NamedTuple):
    """Scale and shift of a layer norm, `[units]` or `[4 * units]` each."""

    gamma: tf.Tensor
    beta: tf.Tensor


def normalize(values: tf.Tensor, norm: Norm) -> tf.Tensor:
    """Layer norm over the last axis with the biased variance, then scale and shift."""
    centred = values - tf.reduce_mean(values, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
    return norm.gamma * (centred * tf.math.rsqrt(variance + LAYER_NORM_EPSILON)) + norm.beta


def normalize_gates(gates: Gates, norm: Norm) -> Gates:
    """Layer norm of each of the four gates alone."""
    norms = map(Norm, *(tf.split(weight, len(gates), axis=-1) for weight in norm))
    return list(map(normalize, gates, norms))


def update_memory(gates: Gates, memory: tf.Tensor, scale: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
    """The LSTM's memory update.

        c' = c · σ(f + 1) + σ(i) · scale · tanh(j)

    Args:
        gates: before their activation.
        memory: c, `[batch, u]`.
        scale: recurrent dropout, 0 or 1/keep, `[batch, u]`; None for none (arXiv:1603.05118).

    Returns:
        c' and σ(o), `[batch, u]` each.
    """
    i, j, f, o = gates
    candidate = tf.tanh(j) if scale is None else scale * tf.tanh(j)
    return memory * tf.sigmoid(f + FORGET_BIAS) + tf.sigmoid(i) * candidate, tf.sigmoid(o)


class RecurrentCell(layers.Layer):
    """What the three cells share.

    Args:
        units: size of the hidden state, and of the output.
        keep_prob: recurrent dropout keeps an entry of tanh(j) with this probability; 1 for no dropout.
        seed: of the initial weights and, through `call`, of the dropout masks.
        product_dtype: in which the large matrices are multiplied, "float32" or "bfloat16".
    """

    hidden = 0  # index of h, which is the output, among the parts of the state
    inner_part = -1  # index of the part of the next state that `inner_weights` multiply

    def __init__(self, units: int, keep_prob: float = 1.0, seed: int = 0, product_dtype: str = "float32", **kwargs):
        super().__init__(**kwargs)
        self.units, self.keep_prob, self.seed, self.product_dtype = units, keep_prob, seed, product_dtype
        self.dropout_seeds = keras.random.SeedGenerator(seed)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Widths of the parts of the state."""
        return self.units, self.units

    @property
    def state_size(self) -> int:
        """Width of the parts side by side in one vector."""
        return sum(self.state_sizes)

    @property
    def output_size(self) -> int:
        return self.units

    @property
    def apart(self) -> int:
        """How many columns of the inputs' product, the first ones, a step takes by themselves; others are but added."""
        return 0

    def columns(self, values: tf.Tensor) -> list[tf.Tensor]:
        """The columns of `[..., p]` that a step takes apart, and the others."""
        return tf.split(values, [self.apart, -1], axis=-1)

    def parts(self, state: tf.Tensor) -> Parts:
        """The parts `[..., ·]` of a state `[..., s]`."""
        return tf.split(state, self.state_sizes, axis=-1)

    def output(self, state: tf.Tensor) -> tf.Tensor:
        """The hidden state h `[..., u]` within a state `[..., s]`."""
        return self.parts(state)[self.hidden]

    def input_kernel(self) -> tf.Tensor:
        """`[x, p]`."""
        return tf.convert_to_tensor(self.kernel)

    def input_biases(self) -> tuple[tf.Tensor, ...]:
        """What is added to the product of the inputs: one `[p]` or none."""
        return ()

    def sums(self, x_added: tf.Tensor, h_products: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """The recurrent products, with what is added to their columns from `apart` on.

        Args:
            x_added: the inputs' product and the bias from there on, `[batch, p - apart]`.
            h_products: one per recurrent kernel: `[batch, p]`, others `[batch, p - apart]`.

        Returns:
            the first columns `[batch, apart]`, if any, and the sum of the others.
        """
        first, *others = h_products
        alone, added = self.columns(first)
        return [*([alone] if self.apart else []), sum(others, x_added + added)]

    def recurrent_kernels(self) -> RecurrentKernels:
        """The large recurrent matrices in `product_dtype`, each with the index of the part that it multiplies."""
        return ((self.hidden, self.operand(self.recurrent_kernel)),)

    def step_weights(self) -> Any:
        """The small weights, as a named tuple of tensors; those that multiply are in `product_dtype`."""
        raise NotImplementedError

    def inner_weights(self) -> tuple[tf.Tensor, ...]:
        """Kernel and bias of the product that a step makes in its middle, the kernel in `product_dtype`; or none."""
        return ()

    @staticmethod
    def advance(
        products: Sequence[tf.Tensor],
        state: Parts,
        weights: Any,
        scale: tf.Tensor | None,
        inner: Inner,
    ) -> Parts:
        """The next state.

        Args:
            products: `[batch, apart]` of the inputs, if any, and what `sums` returns; float32, as is the state.
            state: its parts, `[batch, ·]` each.
            weights: what `step_weights` returns.
            scale: recurrent dropout `[batch, u]`, or None.
            inner: of a part of the next state `[batch, ·]` the product with `inner_weights`.
        """
        raise NotImplementedError

    def step(self, inputs: tf.Tensor, state: tf.Tensor, scale: tf.Tensor | None = None) -> tf.Tensor:
        """One whole step: inputs `[batch, x]`, state `[batch, s]` to the next state."""
        x_product = sum(self.input_biases(), product(inputs, self.operand(self.input_kernel())))
        return self.after(x_product, state, scale, self.recurrent_kernels(), self.inner_weights(), self.step_weights())

    def after(
        self,
        x_product: tf.Tensor,
        state: tf.Tensor,
        scale: tf.Tensor | None,
        recurrent_kernels: RecurrentKernels,
        inner: Sequence[tf.Tensor],
        weights: Any,
    ) -> tf.Tensor:
        """The next state `[batch, s]`, of the inputs' product and the bias `[batch, p]` and the cell's weights."""
        parts = self.parts(state)
        h_products = [product(parts[index], kernel) for index, kernel in recurrent_kernels]
        x_apart, x_added = self.columns(x_product)
        products = [*([x_apart] if self.apart else []), *self.sums(x_added, h_products)]
        advanced = self.advance(products, parts, weights, scale, inner_product(*inner))
        return tf.concat(advanced, axis=-1)

    def operand(self, kernel: tf.Tensor) -> tf.Tensor:
        """A matrix in the type of its products."""
        return tf.cast(kernel, self.product_dtype)

    def call(
        self, inputs: tf.Tensor, states: Sequence[tf.Tensor], training: bool = False
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        scale = None
        if training and self.keep_prob < 1:
            ones = tf.ones((tf.shape(inputs)[0], self.units))
            scale = keras.random.dropout(ones, 1 - self.keep_prob, seed=self.dropout_seeds)
        state = self.step(inputs, states[0], scale)
        return self.output(state), [state]

    def get_initial_state(self, batch_size: int | None = None) -> list[tf.Tensor]:
        return [tf.zeros((batch_size, self.state_size))]

    def get_config(self) -> dict[str, Any]:
        names = ("units", "keep_prob", "seed", "product_dtype")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def _add_kernels(self, input_size: int, units: int, prefix: str = "") -> tuple[keras.Variable, keras.Variable]:
        kernel = self.add_weight(
            shape=(input_size, 4 * units),
            initializer=keras.initializers.GlorotUniform(self.seed),
            name=prefix + "kernel",
        )
        recurrent_kernel = self.add_weight(
            shape=(units, 4 * units),
            initializer=GateOrthogonal(self.seed + 1),
            name=prefix + "recurrent_kernel",
        )
        return kernel, recurrent_kernel

    def _add_norm(self, size: int, name: str) -> tuple[keras.Variable, keras.Variable]:
        gamma = self.add_weight(shape=(size,), initializer="ones", name=name + "_gamma")
        return gamma, self.add_weight(shape=(size,), initializer="zeros", name=name + "_beta")


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class LSTMCell(RecurrentCell):
    """LSTM with recurrent dropout; state `[c, h]` (reference `rnn.LSTMCell`).

        i, j, f, o = x·W_xh + h·W_hh + b
        c' = c · σ(f + 1) + σ(i) · dropout(tanh j)
        h' = tanh(c') · σ(o)

    >>> cell = LSTMCell(8)
    >>> output, (state,) = cell(tf.zeros((2, 5)), cell.get_initial_state(2))
    >>> output.shape, state.shape
    (TensorShape([2, 8]), TensorShape([2, 16]))
    """

    hidden = 1

    def build(self, input_shape: Shape) -> None:
        self.kernel, self.recurrent_kernel = self._add_kernels(input_shape[-1], self.units)
        self.bias = self.add_weight(shape=(4 * self.units,), initializer="zeros", name="bias")

    def input_biases(self) -> tuple[tf.Tensor, ...]:
        return (tf.convert_to_tensor(self.bias),)

    def step_weights(self) -> tuple[()]:
        return ()

    @staticmethod
    def advance(
        products: Sequence[tf.Tensor],
        state: Parts,
        weights: tuple[()],
        scale: tf.Tensor | None,
        inner: Inner,
    ) -> Parts:
        memory, _ = state
        memory, output_gate = update_memory(tf.split(products[0], 4, axis=-1), memory, scale)
        return memory, tf.tanh(memory) * output_gate


class LayerNormWeights(NamedTuple):
    gates: Norm
    memory: Norm


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class LayerNormLSTMCell(RecurrentCell):
    """LSTM with layer norm on each gate and on the memory; state `[h, c]` (reference `rnn.LayerNormLSTMCell`).

    One step:
        i, j, f, o = LN(x·W_xh + h·W_hh), gate by gate
        c' = c · σ(f + 1) + σ(i) · dropout(tanh j)
        h' = tanh(LN(c')) · σ(o)
    """

    def build(self, input_shape: Shape) -> None:
        self.kernel, self.recurrent_kernel = self._add_kernels(input_shape[-1], self.units)
        self.gates_gamma, self.gates_beta = self._add_norm(4 * self.units, "gates")
        self.memory_gamma, self.memory_beta = self._add_norm(self.units, "memory")

    def step_weights(self) -> LayerNormWeights:
        return layer_norm_weights(self)

    @staticmethod
    def advance(
        products: Sequence[tf.Tensor],
        state: Parts,
        weights: LayerNormWeights,
        scale: tf.Tensor | None,
        inner: Inner,
    ) -> Parts:
        _, memory = state
        gates = tf.split(products[0], 4, axis=-1)
        return layer_norm_step(gates, memory, weights, scale)


def layer_norm_weights(cell: "LayerNormLSTMCell | HyperLSTMCell") -> LayerNormWeights:
    """The layer norms of a cell that has them, as tensors."""
    gates = Norm(tf.convert_to_tensor(cell.gates_gamma), tf.convert_to_tensor(cell.gates_beta))
    memory = Norm(tf.convert_to_tensor(cell.memory_gamma), tf.convert_to_tensor(cell.memory_beta))
    return LayerNormWeights(gates, memory)


def layer_norm_step(
    gates: Gates, memory: tf.Tensor, weights: LayerNormWeights, scale: tf.Tensor | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """h' and c' `[batch, u]` from the gates before their norm and c `[batch, u]`."""
    memory, output_gate = update_memory(normalize_gates(gates, weights.gates), memory, scale)
    return tf.tanh(normalize(memory, weights.memory)) * output_gate, memory


class HyperWeights(NamedTuple):
    hyper: LayerNormWeights
    scale_kernels: tuple[tf.Tensor, ...]  # 12 of [32, u]: 8 scales (4 of x, 4 of h), then 4 shifts
    bias: tf.Tensor  # [4u]
    main: LayerNormWeights


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class HyperLSTMCell(RecurrentCell):
    """Layer-norm LSTM whose gates are scaled and shifted by a small second LSTM (arXiv:1609.09106).

    State `[h, h_hyper, c, c_hyper]` (reference `rnn.HyperLSTMCell`). One step:

        h_hyper', c_hyper' = layer-norm LSTM of 256 units on [x, h]
        for each gate g of i, j, f, o:
            g = α_x(h_hyper') · (x·W_xh)_g + α_h(h_hyper') · (h·W_hh)_g + β(h_hyper') + b_g
        c' = c · σ(f + 1) + σ(i) · dropout(tanh j)   with the gates after their layer norm
        h' = tanh(LN(c')) · σ(o)

    where α(v) = (v·W_zw + b_zw)·W_α and β(v) = (v·W_zb)·W_β pass through an embedding of 32.
    """

    inner_part = 1

    def __init__(self, units: int, keep_prob: float = 1.0, seed: int = 0, product_dtype: str = "float32", **kwargs):
        super().__init__(units, keep_prob, seed, product_dtype, **kwargs)
        self.hyper_cell = LayerNormLSTMCell(HYPER_UNITS, seed=seed + 2, name="hyper_cell")

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return 2 * (self.units, HYPER_UNITS)

    @property
    def apart(self) -> int:
        return X_PARTS * self.units  # scaled on their own

    def build(self, input_shape: Shape) -> None:
        self.input_size, parts = input_shape[-1], X_PARTS + H_PARTS
        self.kernel, self.recurrent_kernel = self._add_kernels(self.input_size, self.units)
        self.hyper_cell.build((None, self.input_size + self.units))
        self._add_embeddings(parts)
        self._add_scales(parts)
        self.bias = self.add_weight(shape=(4 * self.units,), initializer="zeros", name="bias")
        self.gates_gamma, self.gates_beta = self._add_norm(4 * self.units, "gates")
        self.memory_gamma, self.memory_beta = self._add_norm(self.units, "memory")

    def _add_embeddings(self, parts: int) -> None:
        shape = (parts, HYPER_UNITS, HYPER_EMBEDDING)
        self.zw_kernel = self.add_weight(shape=shape, initializer="zeros", name="zw_kernel")
        self.zw_bias = self.add_weight(shape=(parts, HYPER_EMBEDDING), initializer="ones", name="zw_bias")
        self.zb_kernel = self.add_weight(
            shape=(H_PARTS, *shape[1:]),
            initializer=keras.initializers.RandomNormal(stddev=0.01, seed=self.seed + 4),
            name="zb_kernel",
        )

    def _add_scales(self, parts: int) -> None:
        self.alpha_kernel = self.add_weight(
            shape=(parts, HYPER_EMBEDDING, self.units),
            initializer=keras.initializers.Constant(HYPER_SCALE_START / HYPER_EMBEDDING),
            name="alpha_kernel",
        )
        shape = (H_PARTS, HYPER_EMBEDDING, self.units)
        self.beta_kernel = self.add_weight(shape=shape, initializer="zeros", name="beta_kernel")

    def input_kernel(self) -> tf.Tensor:
        hyper_kernel = tf.convert_to_tensor(self.hyper_cell.kernel)
        return tf.concat([tf.convert_to_tensor(self.kernel), hyper_kernel[: self.input_size]], axis=1)

    def recurrent_kernels(self) -> RecurrentKernels:
        hyper_kernel = tf.convert_to_tensor(self.hyper_cell.kernel)
        main = tf.concat([tf.convert_to_tensor(self.recurrent_kernel), hyper_kernel[self.input_size :]], axis=1)
        hyper = self.operand(self.hyper_cell.recurrent_kernel)
        return (0, self.operand(main)), (1, hyper)

    def inner_weights(self) -> tuple[tf.Tensor, ...]:
        """Those of the twelve embeddings side by side, `[256, 12 * 32]` and `[12 * 32]`."""
        kernels = tf.transpose(tf.concat([self.zw_kernel, self.zb_kernel], axis=0), (1, 0, 2))
        bias = tf.concat([tf.reshape(self.zw_bias, (-1,)), tf.zeros(H_PARTS * HYPER_EMBEDDING)], axis=0)
        return self.operand(tf.reshape(kernels, (HYPER_UNITS, -1))), bias

    def step_weights(self) -> HyperWeights:
        return HyperWeights(
            hyper=self.hyper_cell.step_weights(),
            scale_kernels=(*tf.unstack(self.operand(self.alpha_kernel)), *tf.unstack(self.operand(self.beta_kernel))),
            bias=tf.convert_to_tensor(self.bias),
            main=layer_norm_weights(self),
        )

    @staticmethod
    def advance(
        products: Sequence[tf.Tensor],
        state: Parts,
        weights: HyperWeights,
        scale: tf.Tensor | None,
        inner: Inner,
    ) -> Parts:
        _, _, memory, hyper_memory = state
        xh, hh, hyper_gates = (tf.split(values, 4, axis=-1) for values in products)
        hyper_output, hyper_memory = layer_norm_step(hyper_gates, hyper_memory, weights.hyper)

        scales_x, scales_h, shifts = HyperLSTMCell.modulation(inner(hyper_output), weights.scale_kernels)
        terms = zip(scales_x, xh, scales_h, hh, shifts, tf.split(weights.bias, 4, axis=-1), strict=True)
        gates = [scale_x * x + scale_h * h + shift + bias for scale_x, x, scale_h, h, shift, bias in terms]
        output, memory = layer_norm_step(gates, memory, weights.main, scale)
        return output, hyper_output, memory, hyper_memory

    @staticmethod
    def modulation(embedding: tf.Tensor, scale_kernels: Sequence[tf.Tensor]) -> tuple[Gates, Gates, Gates]:
        """α_x, α_h and β of each gate, from their embeddings side by side, `[batch, 12 * 32]`."""
        embeddings = tf.split(embedding, len(scale_kernels), axis=-1)
        values = [product(e, kernel) for e, kernel in zip(embeddings, scale_kernels, strict=True)]
        return values[:X_PARTS], values[X_PARTS:-H_PARTS], values[-H_PARTS:]


CELLS = {"lstm": LSTMCell, "layer_norm": LayerNormLSTMCell, "hyper": HyperLSTMCell}
