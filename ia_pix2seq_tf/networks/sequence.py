"""A cell run over whole sequences: step by step (`unroll_plain`), or fast (`unroll`), with equal results; and the
single steps of generating (`stepper`).

The fast form differs in where the work is done, not in what is computed:

- the code's share of the input product is made once per sketch, before the loop;
- the loop keeps only the states and the large recurrent products; the backward loop computes the rest of a
  step again under a tape of its own;
- the gradients of the large recurrent matrices are one product each over all time steps, after the loop,
  instead of one full-size accumulation per step.

Where the cell multiplies in bfloat16, the loop keeps the products so, in half the memory; states, and the gradients
that the loop sums up, are float32.

Sequences are time-major: strokes `[time, batch, 5]`, dropout `[time, batch, ·]`; codes `[batch, z]`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from ia_pix2seq_tf.networks.cells import RecurrentCell, product

Tensors = Sequence[tf.Tensor]
Arrays = Sequence[tf.TensorArray]


class Dropout(NamedTuple):
    """Keep masks (bool) of one run over time, None where nothing is dropped.

    Attributes:
        recurrent: on tanh(j), `[time, batch, units]`.
        inputs: on the cell's input [stroke, code], `[time, batch, 5 + z]`.
        outputs: on the cell's output, `[time, batch, units]`.
    """

    recurrent: tf.Tensor | None = None
    inputs: tf.Tensor | None = None
    outputs: tf.Tensor | None = None


class KeepProbs(NamedTuple):
    """Probability of keeping an entry, 1 for no dropout. Fields as those of `Dropout`."""

    recurrent: float = 1.0
    inputs: float = 1.0
    outputs: float = 1.0

    def masks(self, seed: tf.Tensor, time: int, batch: int, units: int, inputs: int) -> Dropout:
        """Fresh masks for every time step, a pure function of `seed` (int32 `[2]`)."""
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
        widths = (units, inputs, units)
        return Dropout(
            *(
                tf.random.stateless_uniform((time, batch, width), s) < keep if keep < 1 else None
                for keep, width, s in zip(self, widths, seeds, strict=True)
            )
        )


NO_DROPOUT, KEEP_ALL = Dropout(), KeepProbs()


def scaled(mask: tf.Tensor | None, keep: float, dtype: tf.DType = tf.float32) -> tf.Tensor | None:
    """A keep mask as the factor 0 or 1/keep."""
    return None if mask is None else tf.cast(mask, dtype) / keep


def stepper(cell: RecurrentCell, codes: tf.Tensor) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Single steps for the same codes `[batch, z]`: what they share is computed once, here.

    Returns:
        a function of stroke `[batch, 5]` and state `[batch, s]` to the next state.
    """
    stroke_kernel, code_products = split_input_kernel(cell.input_kernel(), codes)
    recurrent_kernels, weights = cell.recurrent_kernels(), cell.step_weights()

    def step(stroke: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        h_products = [product(state[:, part], kernel) for part, kernel in recurrent_kernels]
        return cell.advance(stroke @ stroke_kernel + code_products, h_products, state, weights, None)

    return step


def split_input_kernel(kernel: tf.Tensor, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The strokes' rows of an input kernel `[5, p]`, and the products of the codes `[batch, z]`, `[batch, p]`."""
    stroke_rows, code_rows = tf.split(kernel, [-1, codes.shape[-1]])
    return stroke_rows, codes @ code_rows


def unroll_plain(
    cell: RecurrentCell,
    strokes: tf.Tensor,
    codes: tf.Tensor,
    state: tf.Tensor,
    dropout: Dropout = NO_DROPOUT,
    keep: KeepProbs = KEEP_ALL,
) -> tuple[tf.Tensor, tf.Tensor]:
    """As `unroll`, one whole `cell.step` after the other, differentiated by TensorFlow."""
    masks = [m for m in dropout[:2] if m is not None]

    def step(carry: tf.Tensor, elements: tuple[tf.Tensor, ...]) -> tf.Tensor:
        stroke, *rest = elements
        recurrent = rest.pop(0) if dropout.recurrent is not None else None
        inputs = tf.concat([stroke, codes], axis=-1)
        if dropout.inputs is not None:
            inputs *= scaled(rest.pop(0), keep.inputs)
        return cell.step(inputs, carry, scaled(recurrent, keep.recurrent))

    states = tf.scan(step, (strokes, *masks), initializer=state)
    return _outputs(cell, states, dropout, keep), states[-1]


def unroll(
    cell: RecurrentCell,
    strokes: tf.Tensor,
    codes: tf.Tensor,
    state: tf.Tensor,
    dropout: Dropout = NO_DROPOUT,
    keep: KeepProbs = KEEP_ALL,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Runs a cell over strokes, each joined with the sketch's code.

    Args:
        cell: a built cell of `networks/cells.py`.
        strokes: `[time, batch, 5]`; no gradient flows into them.
        codes: `[batch, z]`.
        state: the initial state, `[batch, s]`.
        dropout: keep masks.
        keep: the probabilities that the masks were drawn with.

    Returns:
        outputs `[time, batch, units]` and the final state `[batch, s]`.
    """
    parts, kernels = zip(*cell.recurrent_kernels(), strict=True)
    loop = _Loop(cell, parts, strokes, dropout, keep)
    if dropout.inputs is None:
        input_weights = split_input_kernel(cell.input_kernel(), codes)
    else:
        input_weights = (codes, cell.operand(cell.input_kernel()))
    weights = tf.nest.flatten((input_weights, cell.step_weights()))
    states = loop.differentiable(len(kernels))(state, *kernels, *weights)
    return _outputs(cell, states, dropout, keep), states[-1]


def _outputs(cell: RecurrentCell, states: tf.Tensor, dropout: Dropout, keep: KeepProbs) -> tf.Tensor:
    outputs = cell.output(states)
    return outputs if dropout.outputs is None else outputs * scaled(dropout.outputs, keep.outputs)


class _Loop:
    """The forward and backward loops over time of one run; holds what has no gradient."""

    def __init__(
        self, cell: RecurrentCell, parts: Sequence[slice], strokes: tf.Tensor, dropout: Dropout, keep: KeepProbs
    ):
        self.cell, self.parts, self.strokes, self.dropout, self.keep = cell, parts, strokes, dropout, keep
        self.time = strokes.shape[0] or tf.shape(strokes)[0]
        self.weights_structure = cell.step_weights()

    def advance(self, t: tf.Tensor, h_products: Tensors, state: tf.Tensor, weights: Tensors) -> tf.Tensor:
        """The state after step t."""
        first, second, *rest = weights
        if self.dropout.inputs is None:
            x_products = self.strokes[t] @ first + second
        else:
            inputs = tf.concat([self.strokes[t], first], axis=-1)
            x_products = product(inputs * scaled(self.dropout.inputs[t], self.keep.inputs), second)
        recurrent = None if self.dropout.recurrent is None else self.dropout.recurrent[t]
        step_weights = tf.nest.pack_sequence_as(self.weights_structure, rest)
        h_products = [tf.cast(h_product, state.dtype) for h_product in h_products]
        return self.cell.advance(x_products, h_products, state, step_weights, scaled(recurrent, self.keep.recurrent))

    def forward(self, state: tf.Tensor, kernels: Tensors, weights: Tensors) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """All states `[time, batch, s]` and, per kernel, all products `[time, batch, ·]`."""

        def body(t: tf.Tensor, state: tf.Tensor, states: tf.TensorArray, products: Arrays) -> tuple[Any, ...]:
            h_products = [
                tf.cast(state[:, part], kernel.dtype) @ kernel for part, kernel in zip(self.parts, kernels, strict=True)
            ]
            products = [array.write(t, h_product) for array, h_product in zip(products, h_products, strict=True)]
            state = self.advance(t, h_products, state, weights)
            return t + 1, state, states.write(t, state), products

        batch = state.shape[0]
        arrays = self._array(state.shape, state.dtype), [self._array((batch, k.shape[1]), k.dtype) for k in kernels]
        loop = self._while(body, (0, state, *arrays))
        return loop[2].stack(), [array.stack() for array in loop[3]]

    def backward(
        self,
        state: tf.Tensor,
        states: tf.Tensor,
        products: Tensors,
        kernels: Tensors,
        weights: Tensors,
        d_states: tf.Tensor,
    ) -> list[tf.Tensor]:
        """Gradients of the initial state, the kernels and the weights."""

        def body(i: tf.Tensor, d_state: tf.Tensor, d_products: Arrays, d_weights: Tensors) -> tuple[Any, ...]:
            t = self.time - 1 - i
            before = tf.where(t > 0, states[tf.maximum(t - 1, 0)], state)
            inputs = [before, [h_product[t] for h_product in products], weights]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(inputs)
                after = self.advance(t, inputs[1], inputs[0], inputs[2])
            d_state, d_h_products, d_w = tape.gradient(
                after, inputs, d_state + d_states[t], unconnected_gradients=tf.UnconnectedGradients.ZERO
            )
            for part, kernel, d in zip(self.parts, kernels, d_h_products, strict=True):
                d_before = tf.cast(tf.matmul(d, kernel, transpose_b=True), d_state.dtype)
                d_state += _padded(d_before, part, d_state.shape[-1])
            d_products = [array.write(t, d) for array, d in zip(d_products, d_h_products, strict=True)]
            d_weights = [total + tf.cast(d, total.dtype) for total, d in zip(d_weights, d_w, strict=True)]
            return i + 1, d_state, d_products, d_weights

        arrays = [self._array(h_product.shape[1:], h_product.dtype) for h_product in products]
        zeros = [tf.zeros_like(w, tf.float32) for w in weights]
        _, d_state, arrays, d_weights = self._while(body, (0, tf.zeros_like(state), arrays, zeros))
        d_kernels = [
            self._kernel_gradient(state, states, part, array.stack())
            for part, array in zip(self.parts, arrays, strict=True)
        ]
        return [d_state, *d_kernels, *(tf.cast(d, w.dtype) for d, w in zip(d_weights, weights, strict=True))]

    def _kernel_gradient(self, state: tf.Tensor, states: tf.Tensor, part: slice, d_products: tf.Tensor) -> tf.Tensor:
        """Hᵀ·dP over all steps: the product at t belongs to the state before t."""
        before = tf.concat([state[tf.newaxis, :, part], states[:-1, :, part]], axis=0)
        before, d_products = (tf.reshape(s, (-1, s.shape[-1])) for s in (before, d_products))
        return tf.matmul(tf.cast(before, d_products.dtype), d_products, transpose_a=True)

    def differentiable(self, number_of_kernels: int) -> Callable[..., tf.Tensor]:
        """The run as a function of (state, *kernels, *weights) to the states, with its own gradient."""

        @tf.custom_gradient
        def run(state: tf.Tensor, *tensors: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], list[tf.Tensor]]]:
            kernels, weights = list(tensors[:number_of_kernels]), list(tensors[number_of_kernels:])
            states, products = self.forward(state, kernels, weights)

            def gradient(d_states: tf.Tensor) -> list[tf.Tensor]:
                return self.backward(state, states, products, kernels, weights, d_states)

            return states, gradient

        return run

    def _array(self, shape: tf.TensorShape | tuple[int | None, ...], dtype: tf.DType) -> tf.TensorArray:
        return tf.TensorArray(dtype, size=self.time, element_shape=shape)

    def _while(self, body: Callable[..., tuple[Any, ...]], variables: tuple[Any, ...]) -> tuple[Any, ...]:
        return tf.while_loop(lambda t, *_: t < self.time, body, variables, maximum_iterations=self.time)


def _padded(values: tf.Tensor, part: slice, width: int) -> tf.Tensor:
    """`values` at `part` of a vector of zeros of the given width."""
    start, stop, _ = part.indices(width)
    return tf.pad(values, ((0, 0), (start, width - stop)))
