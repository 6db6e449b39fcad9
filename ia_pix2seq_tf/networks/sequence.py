"""A cell run over whole sequences: step by step (`unroll_plain`), or fast (`unroll`), with equal results; and the
single steps of generating (`stepper`).

The fast form differs in where the work is done, not in what is computed:

- the code's share of the input product is made once per sketch, before the loop;
- the loop keeps only the states and the large products, those that are but added in one sum; the backward loop
  computes the rest of a step again under a tape of its own;
- the gradients of what multiplies inputs, states, and the hyper cell's output within a step are one product each over
  all time steps, after the loop, instead of one full-size accumulation per step.

Where the cell multiplies in bfloat16, the loop keeps products of one matrix so, in half the memory; sums, states, and
the gradients that the loop sums up, are float32.

Sequences are time-major: strokes `[time, batch, 5]`, dropout `[time, batch, ·]`; codes `[batch, z]`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from ia_pix2seq_tf.networks.cells import Inner, RecurrentCell, inner_product, product

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
    weights = cell.recurrent_kernels(), cell.inner_weights(), cell.step_weights()

    def step(stroke: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        return cell.after(stroke @ stroke_rows + rest, state, None, *weights)

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
    shared: Tensors
    by_column: Tensors
    if dropout.inputs is None:
        shared, by_column = (), input_weights(cell, codes)
    else:
        shared, by_column = (codes,), (cell.operand(cell.input_kernel()), *cell.input_biases())
    apart, added = ((*shared, *columns) for columns in zip(*map(cell.columns, by_column), strict=True))
    loop = _Loop(cell, indices, strokes, dropout, keep)
    weights = _Weights(kernels, apart if cell.apart else (), added, cell.inner_weights(), cell.step_weights())
    outputs, final = loop.run(cell.parts(state), weights)
    return _dropped(outputs, dropout, keep), tf.concat(final, axis=-1)


def _dropped(outputs: tf.Tensor, dropout: Dropout, keep: KeepProbs) -> tf.Tensor:
    return outputs if dropout.outputs is None else outputs * scaled(dropout.outputs, keep.outputs)


class _Weights(NamedTuple):
    """What a run is differentiated by, beside its initial state."""

    kernels: Tensors  # one per recurrent product
    apart: Tensors  # of the inputs, see `_Loop.input_product`: of the columns that a step takes apart, if any
    added: Tensors  # and of the others
    inner: Tensors  # the cell's `inner_weights`
    step: Any  # its `step_weights`


class _Loop:
    """The forward and backward loops over time of one run; holds what has no gradient.

    For the backward loop the forward one keeps what the cell's `sums` are. The gradient of a sum is that of every
    product in it, so that all but what the cell takes apart is differentiated after the loop, all steps at once.
    """

    def __init__(
        self, cell: RecurrentCell, indices: Sequence[int], strokes: tf.Tensor, dropout: Dropout, keep: KeepProbs
    ):
        self.cell, self.indices, self.strokes, self.dropout, self.keep = cell, indices, strokes, dropout, keep
        self.time = strokes.shape[0] or tf.shape(strokes)[0]

    def run(self, state: Tensors, weights: _Weights) -> tuple[tf.Tensor, Tensors]:
        """Outputs `[time, batch, u]` before their dropout and the final state, with a gradient of their own."""

        @tf.custom_gradient
        def run(*tensors: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
            state, weights = tf.nest.pack_sequence_as(structure, tensors)
            states, kept, final = self.forward(state, weights)

            def after(part: int) -> tf.Tensor:
                return tf.concat([states[part][1:], final[part][tf.newaxis]], axis=0)

            def gradient(d_outputs: tf.Tensor, *d_final: tf.Tensor) -> Tensors:
                d_state, sums, inner, d_small = self.backward(states, kept, weights, d_outputs, d_final)
                return tf.nest.flatten((d_state, self.weight_gradients(states, after, weights, sums, inner, *d_small)))

            return (after(self.cell.hidden), *final), gradient

        structure = (state, weights)
        outputs, *final = run(*tf.nest.flatten(structure))
        return outputs, final

    def input_product(self, t: tf.Tensor | slice, weights: Tensors) -> tf.Tensor:
        """Columns of the inputs' product and the bias at step t `[batch, ·]`, or at several steps `[time, batch, ·]`.

        Args:
            t: the step, or the steps.
            weights: of the columns: the strokes' rows `[5, ·]` and the rest `[batch, ·]`; with dropout of the inputs,
                the codes, the kernel `[5 + z, ·]`, and a bias if any.
        """
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

    def advance(
        self, t: tf.Tensor, sums: Tensors, apart: Tensors, state: Tensors, inner: Inner, weights: Any
    ) -> list[tf.Tensor]:
        """The state after step t."""
        x_apart = [self.input_product(t, apart)] if apart else []
        recurrent = None if self.dropout.recurrent is None else self.dropout.recurrent[t]
        scale = scaled(recurrent, self.keep.recurrent)
        return list(self.cell.advance([*x_apart, *sums], state, weights, scale, inner))

    def forward(self, state: Tensors, weights: _Weights) -> tuple[Tensors, Tensors, Tensors]:
        """The states before each step and the sums, `[time, batch, ·]` each, and the final state."""

        def body(t: tf.Tensor, state: Tensors, states: Arrays, kept: Arrays) -> tuple[Any, ...]:
            h_products = [product(state[index], kernel) for index, kernel in zip(self.indices, kernels, strict=True)]
            sums = self.cell.sums(self.input_product(t, weights.added), h_products)
            after = self.advance(t, sums, weights.apart, state, inner_product(*weights.inner), weights.step)
            sums = [tf.cast(values, kept.dtype) for values, kept in zip(sums, kept, strict=True)]
            return t + 1, after, _written(states, t, state), _written(kept, t, sums)

        kernels, batch = weights.kernels, state[0].shape[0]
        states = [self._array(part.shape, part.dtype) for part in state]
        alone, width = self.cell.apart, kernels[0].shape[1]
        kept = [self._array((batch, width - alone), tf.float32)]
        kept = [*([self._array((batch, alone), kernels[0].dtype)] if alone else []), *kept]
        _, final, states, kept = self._while(body, (0, list(state), states, kept))
        return _stacked(states), _stacked(kept), final

    def backward(
        self, states: Tensors, kept: Tensors, weights: _Weights, d_outputs: tf.Tensor, d_final: Tensors
    ) -> tuple[Tensors, tf.Tensor, Tensors, Any]:
        """Gradients of the initial state; of the sums side by side, and of what the cell's inner product is, if any,
        `[time, batch, ·]` each; and of `apart` and `step` of the weights.
        """
        batch, kernels = d_outputs.shape[1], weights.kernels
        rows = batch or tf.shape(d_outputs)[1]
        small = (weights.apart, tf.nest.map_structure(lambda w: _for_each(rows, w), weights.step))
        taps = [tf.zeros((rows, kernel.shape[1])) for kernel in weights.inner[:1]]

        def body(i: tf.Tensor, d_state: Tensors, d_sums: tf.TensorArray, d_inner: Arrays, d_small: Any) -> tuple:
            t = self.time - 1 - i
            d_after = [d + d_outputs[t] if part == self.cell.hidden else d for part, d in enumerate(d_state)]
            at_t = [tf.cast(values[t], tf.float32) for values in kept]
            sources = ([values[t] for values in states], at_t, taps, small)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(sources)
                before, sums, tap, (apart, step) = sources
                after = self.advance(t, sums, apart, before, inner_product(*weights.inner, *tap), step)
            d_before, d_sum, d_tap, d = tape.gradient(
                after, sources, d_after, unconnected_gradients=tf.UnconnectedGradients.ZERO
            )
            products = tf.cast(tf.concat(d_sum, axis=-1), d_sums.dtype)
            for index, kernel, d_product in zip(self.indices, kernels, self._products(products), strict=False):
                d_before[index] += tf.cast(tf.matmul(d_product, kernel, transpose_b=True), d_before[index].dtype)
            d_small = tf.nest.map_structure(lambda total, d: total + tf.cast(d, total.dtype), d_small, d)
            d_tap = [tf.cast(d, array.dtype) for d, array in zip(d_tap, d_inner, strict=True)]
            return i + 1, d_before, d_sums.write(t, products), _written(d_inner, t, d_tap), d_small

        zeros = tf.nest.map_structure(lambda w: tf.zeros_like(w, tf.float32), small)
        sums = self._array((batch, kernels[0].shape[1]), kernels[0].dtype)
        inner = [self._array((batch, kernel.shape[1]), kernel.dtype) for kernel in weights.inner[:1]]
        _, d_state, sums, inner, d_small = self._while(body, (0, list(d_final), sums, inner, zeros))
        small = (weights.apart, weights.step)
        d_small = tf.nest.map_structure(lambda d, w: tf.cast(_over_all(d, w), w.dtype), d_small, small)
        return d_state, sums.stack(), _stacked(inner), d_small

    def weight_gradients(
        self,
        states: Tensors,
        after: Callable[[int], tf.Tensor],
        weights: _Weights,
        d_sums: tf.Tensor,
        d_inner: Tensors,
        d_apart: Tensors,
        d_step: Any,
    ) -> _Weights:
        """All gradients of the weights.

        Args:
            states: before each step, `[time, batch, ·]`.
            after: of a part's index the same after each step.
            weights: whose they are.
            d_sums, d_inner, d_apart, d_step: what `backward` returns.
        """
        products = self._products(d_sums)
        d_kernels = [_summed_product(states[index], d) for index, d in zip(self.indices, products, strict=False)]
        d_added = self.input_gradients(weights.added, tf.cast(products[-1], tf.float32))
        d_inner = [
            gradient
            for d, bias in zip(d_inner, weights.inner[1:], strict=True)
            for gradient in (
                _summed_product(after(self.cell.inner_part), d),
                tf.reduce_sum(tf.cast(d, bias.dtype), axis=(0, 1)),
            )
        ]
        return _Weights(d_kernels, d_apart, d_added, d_inner, d_step)

    def _products(self, d_sums: tf.Tensor) -> Tensors:
        """Gradients of the recurrent products, the second of which is but added, of those of the sums side by side."""
        return d_sums, self.cell.columns(d_sums)[1]

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


def _for_each(batch: int | tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """Scales, shifts and biases `[n]` once for each sketch, `[batch, n]`: their gradients need no sum in each step."""
    return tf.broadcast_to(weight, (batch, *weight.shape)) if weight.shape.rank == 1 else weight


def _over_all(gradient: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """The gradient of a weight, of that of `_for_each`."""
    return tf.reduce_sum(gradient, axis=0) if weight.shape.rank == 1 else gradient


def _written(arrays: Arrays, t: tf.Tensor, values: Tensors) -> Arrays:
    return [array.write(t, value) for array, value in zip(arrays, values, strict=True)]


def _stacked(arrays: Arrays) -> Tensors:
    return [array.stack() for array in arrays]


def _summed_product(states: tf.Tensor, d_products: tf.Tensor) -> tf.Tensor:
    """Hᵀ·dP `[·, p]`, over all steps, of `[time, batch, ·]` and `[time, batch, p]`."""
    states, d_products = (tf.reshape(values, (-1, values.shape[-1])) for values in (states, d_products))
    return tf.matmul(tf.cast(states, d_products.dtype), d_products, transpose_a=True)
