"""A cell run over whole sequences: step by step (`unroll_plain`), or fast (`unroll`), with equal results; and the
single steps of generating (`stepper`).

The fast form differs in where the work is done, not in what is computed:

- the code's share of the input product is made once per sketch, before the loop;
- the loop keeps only the states and the large recurrent products, or their sums with the inputs' products; the
  backward loop computes the rest of a step again under a tape of its own;
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
    stroke_rows, rest = input_weights(cell, codes)
    recurrent_kernels, weights = cell.recurrent_kernels(), cell.step_weights()

    def step(stroke: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        parts = cell.parts(state)
        h_products = [product(parts[index], kernel) for index, kernel in recurrent_kernels]
        products = cell.products(stroke @ stroke_rows + rest, h_products)
        return tf.concat(cell.advance(products, parts, weights, None), axis=-1)

    return step


def input_weights(cell: RecurrentCell, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The strokes' rows of the input kernel `[5, p]`; the rest of the inputs' product, the same in every step: that of
    the codes `[batch, z]`, and the bias, `[batch, p]`.
    """
    stroke_rows, code_rows = tf.split(cell.input_kernel(), [-1, codes.shape[-1]])
    if codes.shape[-1] == 0:  # a product of width 0 and a bias, which TensorFlow merges, end the process in oneDNN
        return stroke_rows, sum(cell.input_biases(), tf.zeros((tf.shape(codes)[0], stroke_rows.shape[-1])))
    return stroke_rows, sum(cell.input_biases(), codes @ code_rows)


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
    if dropout.inputs is None:
        of_inputs = input_weights(cell, codes)
    else:
        of_inputs = (codes, cell.operand(cell.input_kernel()), *cell.input_biases())
    loop = _Loop(cell, indices, strokes, dropout, keep)
    outputs, final = loop.run(cell.parts(state), _Weights(kernels, of_inputs, cell.step_weights()))
    return _dropped(outputs, dropout, keep), tf.concat(final, axis=-1)


def _dropped(outputs: tf.Tensor, dropout: Dropout, keep: KeepProbs) -> tf.Tensor:
    return outputs if dropout.outputs is None else outputs * scaled(dropout.outputs, keep.outputs)


class _Weights(NamedTuple):
    """What a run is differentiated by, beside its initial state."""

    kernels: Tensors  # one per recurrent product
    inputs: Tensors  # see `_Loop.input_product`
    step: Any  # the cell's `step_weights`


class _Loop:
    """The forward and backward loops over time of one run; holds what has no gradient.

    For the backward loop the forward one keeps the sum of the large products where that is all that a step needs, else
    the recurrent products. The gradient of a sum is that of the inputs' product as well, which is then differentiated
    after the loop, all steps at once. In bfloat16 the sums would be rounded where the inputs' products are not.
    """

    def __init__(
        self, cell: RecurrentCell, indices: Sequence[int], strokes: tf.Tensor, dropout: Dropout, keep: KeepProbs
    ):
        self.cell, self.indices, self.strokes, self.dropout, self.keep = cell, indices, strokes, dropout, keep
        self.time = strokes.shape[0] or tf.shape(strokes)[0]
        self.keeps_sums = cell.adds_products and cell.product_dtype == "float32"

    def run(self, state: Tensors, weights: _Weights) -> tuple[tf.Tensor, Tensors]:
        """Outputs `[time, batch, u]` before their dropout and the final state, with a gradient of their own."""

        @tf.custom_gradient
        def run(*tensors: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
            state, weights = tf.nest.pack_sequence_as(structure, tensors)
            states, kept, final = self.forward(state, weights)
            hidden = self.cell.hidden
            outputs = tf.concat([states[hidden][1:], final[hidden][tf.newaxis]], axis=0)

            def gradient(d_outputs: tf.Tensor, *d_final: tf.Tensor) -> Tensors:
                return tf.nest.flatten(self.backward(states, kept, weights, d_outputs, d_final))

            return (outputs, *final), gradient

        structure = (state, weights)
        outputs, *final = run(*tf.nest.flatten(structure))
        return outputs, final

    def input_product(self, t: tf.Tensor | slice, weights: Tensors) -> tf.Tensor:
        """The inputs' product and the bias at step t `[batch, p]`, or at several steps `[time, batch, p]`."""
        strokes = self.strokes[t]
        if self.dropout.inputs is None:
            stroke_rows, rest = weights
            return tf.tensordot(strokes, stroke_rows, 1) + rest
        codes, kernel, *biases = weights
        factors = scaled(self.dropout.inputs[t], self.keep.inputs)
        of_strokes, of_codes = tf.split(factors, [-1, codes.shape[-1]], axis=-1)
        inputs = tf.concat([strokes * of_strokes, codes * of_codes], axis=-1)
        products = tf.tensordot(tf.cast(inputs, kernel.dtype), kernel, 1)
        return sum(biases, tf.cast(products, inputs.dtype))

    def advance(self, t: tf.Tensor, products: Tensors, state: Tensors, weights: Any) -> list[tf.Tensor]:
        """The state after step t."""
        recurrent = None if self.dropout.recurrent is None else self.dropout.recurrent[t]
        return list(self.cell.advance(products, state, weights, scaled(recurrent, self.keep.recurrent)))

    def forward(self, state: Tensors, weights: _Weights) -> tuple[Tensors, Tensors, Tensors]:
        """The states before each step and what is kept, `[time, batch, ·]` each, and the final state."""

        def body(t: tf.Tensor, state: Tensors, states: Arrays, kept: Arrays) -> tuple[Any, ...]:
            h_products = [product(state[index], kernel) for index, kernel in zip(self.indices, kernels, strict=True)]
            products = self.cell.products(self.input_product(t, weights.inputs), h_products)
            keep = products if self.keeps_sums else h_products
            keep = [tf.cast(value, kernel.dtype) for value, kernel in zip(keep, kernels, strict=True)]
            after = self.advance(t, products, state, weights.step)
            return t + 1, after, _written(states, t, state), _written(kept, t, keep)

        kernels, batch = weights.kernels, state[0].shape[0]
        states = [self._array(part.shape, part.dtype) for part in state]
        kept = [self._array((batch, kernel.shape[1]), kernel.dtype) for kernel in kernels]
        _, final, states, kept = self._while(body, (0, list(state), states, kept))
        return _stacked(states), _stacked(kept), final

    def backward(
        self, states: Tensors, kept: Tensors, weights: _Weights, d_outputs: tf.Tensor, d_final: Tensors
    ) -> tuple[Tensors, _Weights]:
        """Gradients of the initial state and the weights."""
        small = (() if self.keeps_sums else weights.inputs, weights.step)

        def body(i: tf.Tensor, d_state: Tensors, d_kept: Arrays, d_small: Any) -> tuple[Any, ...]:
            t = self.time - 1 - i
            d_after = [d + d_outputs[t] if part == self.cell.hidden else d for part, d in enumerate(d_state)]
            before, at_t = ([values[t] for values in stacked] for stacked in (states, kept))
            d_before, d_products, d = self.step_gradients(t, before, at_t, small, d_after)
            for index, kernel, d_product in zip(self.indices, weights.kernels, d_products, strict=True):
                d_before[index] += tf.cast(tf.matmul(d_product, kernel, transpose_b=True), d_before[index].dtype)
            d_small = tf.nest.map_structure(lambda total, d: total + tf.cast(d, total.dtype), d_small, d)
            return i + 1, d_before, _written(d_kept, t, d_products), d_small

        arrays = [self._array(values.shape[1:], values.dtype) for values in kept]
        zeros = tf.nest.map_structure(lambda w: tf.zeros_like(w, tf.float32), small)
        _, d_state, arrays, d_small = self._while(body, (0, list(d_final), arrays, zeros))
        d_kept = _stacked(arrays)
        d_inputs, d_step = tf.nest.map_structure(lambda d, w: tf.cast(d, w.dtype), d_small, small)
        if self.keeps_sums:
            d_inputs = self.input_gradients(weights.inputs, d_kept[0])
        d_kernels = [_summed_product(states[index], d) for index, d in zip(self.indices, d_kept, strict=True)]
        return d_state, _Weights(d_kernels, d_inputs, d_step)

    def step_gradients(self, t: tf.Tensor, state: Tensors, kept: Tensors, small: Any, d_state: Tensors) -> Any:
        """Gradients of the state before step t, of what was kept of it, and of the small weights."""
        sources = (state, kept, small)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            inputs, step = small
            products: Tensors = [tf.cast(values, tf.float32) for values in kept]
            if not self.keeps_sums:
                products = self.cell.products(self.input_product(t, inputs), products)
            after = self.advance(t, products, state, step)
        return tape.gradient(after, sources, d_state, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def input_gradients(self, weights: Tensors, d_products: tf.Tensor) -> Tensors:
        """Gradients of the weights of `input_product`, over all steps."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            products = self.input_product(slice(None), weights)
        return tape.gradient(products, weights, d_products)

    def _array(self, shape: tf.TensorShape | tuple[int | None, ...], dtype: tf.DType) -> tf.TensorArray:
        return tf.TensorArray(dtype, size=self.time, element_shape=shape)

    def _while(self, body: Callable[..., tuple[Any, ...]], variables: tuple[Any, ...]) -> tuple[Any, ...]:
        return tf.while_loop(lambda t, *_: t < self.time, body, variables, maximum_iterations=self.time)


def _written(arrays: Arrays, t: tf.Tensor, values: Tensors) -> Arrays:
    return [array.write(t, value) for array, value in zip(arrays, values, strict=True)]


def _stacked(arrays: Arrays) -> Tensors:
    return [array.stack() for array in arrays]


def _summed_product(states: tf.Tensor, d_products: tf.Tensor) -> tf.Tensor:
    """Hᵀ·dP `[·, p]`, over all steps, of `[time, batch, ·]` and `[time, batch, p]`."""
    states, d_products = (tf.reshape(values, (-1, values.shape[-1])) for values in (states, d_products))
    return tf.matmul(tf.cast(states, d_products.dtype), d_products, transpose_a=True)
