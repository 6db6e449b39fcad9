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
    stroke_kernel, code_products = input_weights(cell, codes)
    recurrent_kernels, weights = cell.recurrent_kernels(), cell.step_weights()

    def step(stroke: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        parts = cell.parts(state)
        h_products = [product(parts[index], kernel) for index, kernel in recurrent_kernels]
        products = cell.products(stroke @ stroke_kernel + code_products, h_products)
        return tf.concat(cell.advance(products, parts, weights, None), axis=-1)

    return step


def input_weights(cell: RecurrentCell, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The strokes' rows of the input kernel `[5, p]`, and what the codes `[batch, z]` add to each step `[batch, p]`."""
    stroke_rows, code_rows = tf.split(cell.input_kernel(), [-1, codes.shape[-1]])
    return stroke_rows, codes @ code_rows + cell.input_bias()


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
    return _dropped(cell.output(states), dropout, keep), states[-1]


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
    indices, kernels = zip(*cell.recurrent_kernels(), strict=True)
    loop = _Loop(cell, indices, strokes, dropout, keep)
    if dropout.inputs is None:
        weights = input_weights(cell, codes)
    else:
        weights = (codes, cell.operand(cell.input_kernel()), cell.input_bias())
    run = loop.differentiable(len(cell.state_sizes), len(kernels), len(weights))
    outputs, *final = run(*cell.parts(state), *kernels, *weights, *tf.nest.flatten(cell.step_weights()))
    return _dropped(outputs, dropout, keep), tf.concat(final, axis=-1)


def _dropped(outputs: tf.Tensor, dropout: Dropout, keep: KeepProbs) -> tf.Tensor:
    return outputs if dropout.outputs is None else outputs * scaled(dropout.outputs, keep.outputs)


class _Loop:
    """The forward and backward loops over time of one run; holds what has no gradient."""

    def __init__(
        self, cell: RecurrentCell, indices: Sequence[int], strokes: tf.Tensor, dropout: Dropout, keep: KeepProbs
    ):
        self.cell, self.indices, self.strokes, self.dropout, self.keep = cell, indices, strokes, dropout, keep
        self.time = strokes.shape[0] or tf.shape(strokes)[0]
        self.weights_structure = cell.step_weights()

    def input_products(self, t: tf.Tensor | slice, weights: Tensors) -> tf.Tensor:
        """Products of the inputs at step t `[batch, p]`, or at all steps `[time, batch, p]`."""
        strokes = self.strokes[t]
        if self.dropout.inputs is None:
            stroke_rows, rest = weights
            return tf.tensordot(strokes, stroke_rows, 1) + rest
        codes, kernel, bias = weights
        mask = scaled(self.dropout.inputs[t], self.keep.inputs)
        of_strokes, of_codes = tf.split(mask, [-1, codes.shape[-1]], axis=-1)
        inputs = tf.concat([strokes * of_strokes, codes * of_codes], axis=-1)
        return tf.cast(tf.tensordot(tf.cast(inputs, kernel.dtype), kernel, 1), tf.float32) + bias

    def input_gradients(self, weights: Tensors, d_products: tf.Tensor) -> list[tf.Tensor]:
        """Gradients of the weights of `input_products` at all steps."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            products = self.input_products(slice(None), weights)
        return tape.gradient(products, weights, tf.cast(d_products, tf.float32))

    def advance(self, t: tf.Tensor, products: Tensors, state: Tensors, weights: Tensors) -> Tensors:
        """The state after step t."""
        recurrent = None if self.dropout.recurrent is None else self.dropout.recurrent[t]
        weights = tf.nest.pack_sequence_as(self.weights_structure, weights)
        return self.cell.advance(products, state, weights, scaled(recurrent, self.keep.recurrent))

    def forward(self, state, kernels, input_weights, weights) -> tuple[Tensors, Tensors, Tensors]:
        """All states before a step `[time, batch, ·]`, the last state, and per kernel all products `[time, batch, ·]`."""

        def body(t: tf.Tensor, state: Tensors, states: Arrays, arrays: Arrays) -> tuple[Any, ...]:
            states = _written(states, t, state)
            h_products = [
                tf.cast(tf.cast(state[index], kernel.dtype) @ kernel, tf.float32) for index, kernel in zip(self.indices, kernels, strict=True)
            ]
            products = self.cell.products(self.input_products(t, input_weights), h_products)
            stored = products[-len(kernels):]
            arrays = _written(arrays, t, [tf.cast(p, k.dtype) for p, k in zip(stored, kernels, strict=True)])
            return t + 1, list(self.advance(t, products, state, weights)), states, arrays

        batch = state[0].shape[0]
        arrays = self._arrays(state), [self._array((batch, k.shape[1]), k.dtype) for k in kernels]
        _, state, states, products = self._while(body, (0, state, *arrays))
        return _stacked(states), state, _stacked(products)

    def backward(
        self,
        states: Tensors,
        products: Tensors,
        kernels: Tensors,
        input_weights: Tensors,
        weights: Tensors,
        d_outputs: tf.Tensor,
        d_state: Tensors,
    ) -> list[tf.Tensor]:
        """Gradients of the initial state, the kernels and the weights."""
        within = weights if self.cell.adds_products else [*input_weights, *weights]

        def advance(t, products, state, within):
            products = [tf.cast(p, tf.float32) for p in products]
            if self.cell.adds_products:
                return self.advance(t, products, state, within)
            n = len(input_weights)
            return self.advance(t, [self.input_products(t, within[:n]), *products], state, within[n:])

        def body(i: tf.Tensor, d_state: Tensors, d_products: Arrays, d_weights: Tensors) -> tuple[Any, ...]:
            t = self.time - 1 - i
            inputs = [[s[t] for s in states], [h_product[t] for h_product in products], within]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(inputs)
                after = advance(t, inputs[1], inputs[0], inputs[2])
            d_state[self.cell.hidden] += d_outputs[t]
            d_state, d_h_products, d_w = tape.gradient(
                list(after), inputs, d_state, unconnected_gradients=tf.UnconnectedGradients.ZERO
            )
            for index, kernel, d in zip(self.indices, kernels, d_h_products, strict=True):
                d_state[index] += tf.cast(tf.matmul(d, kernel, transpose_b=True), d_state[index].dtype)
            d_weights = [total + tf.cast(d, total.dtype) for total, d in zip(d_weights, d_w, strict=True)]
            return i + 1, d_state, _written(d_products, t, d_h_products), d_weights

        arrays = [self._array(h_product.shape[1:], h_product.dtype) for h_product in products]
        zeros = [tf.zeros_like(w, tf.float32) for w in within]
        _, d_state, arrays, d_weights = self._while(body, (0, list(d_state), arrays, zeros))
        d_products = _stacked(arrays)
        d_kernels = [_flat_product(states[index], d) for index, d in zip(self.indices, d_products, strict=True)]
        d_weights = [tf.cast(d, w.dtype) for d, w in zip(d_weights, within, strict=True)]
        if self.cell.adds_products:
            d_weights = [*self.input_gradients(input_weights, d_products[0]), *d_weights]
        return [*d_state, *d_kernels, *d_weights]

    def differentiable(self, *numbers) -> Callable[..., Tensors]:
        """The run as a function of (*state, *kernels, *weights) to outputs and *final state, with its own gradient."""

        @tf.custom_gradient
        def run(*tensors: tf.Tensor) -> tuple[Tensors, Callable[..., list[tf.Tensor]]]:
            tensors, groups = list(tensors), []
            for n in numbers:
                groups.append(tensors[:n])
                tensors = tensors[n:]
            state, kernels, input_weights = groups
            states, final, products = self.forward(state, kernels, input_weights, tensors)
            outputs = tf.concat([states[self.cell.hidden][1:], final[self.cell.hidden][tf.newaxis]], axis=0)

            def gradient(d_outputs: tf.Tensor, *d_final: tf.Tensor) -> list[tf.Tensor]:
                return self.backward(states, products, kernels, input_weights, tensors, d_outputs, d_final)

            return (outputs, *final), gradient

        return run

    def _arrays(self, like):
        return [self._array(t.shape, t.dtype) for t in like]

    def _array(self, shape: tf.TensorShape | tuple[int | None, ...], dtype: tf.DType) -> tf.TensorArray:
        return tf.TensorArray(dtype, size=self.time, element_shape=shape)

    def _while(self, body: Callable[..., tuple[Any, ...]], variables: tuple[Any, ...]) -> tuple[Any, ...]:
        return tf.while_loop(lambda t, *_: t < self.time, body, variables, maximum_iterations=self.time)


def _written(arrays: Arrays, t: tf.Tensor, values: Tensors) -> Arrays:
    return [array.write(t, value) for array, value in zip(arrays, values, strict=True)]


def _stacked(arrays: Arrays) -> Tensors:
    return [array.stack() for array in arrays]


def _flat_product(values: tf.Tensor, d_products: tf.Tensor) -> tf.Tensor:
    """XᵀdP, summed over all steps, of `[time, batch, ·]` both."""
    values, d_products = (tf.reshape(s, (-1, s.shape[-1])) for s in (values, d_products))
    return tf.matmul(tf.cast(values, d_products.dtype), d_products, transpose_a=True)
