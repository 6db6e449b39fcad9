"""When a mixture begins that waits until the networks have learned something."""

import keras
import tensorflow as tf

NOT_STARTED = -1


class LateStart:
    """The start of a mixture: at a global step that is set once, or at step 0 where it does not wait.

    Args:
        layer: the mixture; it owns the variable `started_at`, which is saved with its weights.
        late: whether it waits.
    """

    def __init__(self, layer: keras.layers.Layer, late: bool):
        self.late = late
        if late:
            constant = keras.initializers.Constant(NOT_STARTED)
            self.step = layer.add_weight(
                shape=(), initializer=constant, dtype="int64", trainable=False, name="started_at"
            )

    @property
    def waits(self) -> bool:
        """Whether it is yet to come."""
        return self.late and int(self.step.numpy()) == NOT_STARTED

    def begin(self, step: int) -> None:
        """Lets it be at this global step."""
        self.step.assign(step)

    def since(self, step: tf.Tensor | int) -> tf.Tensor:
        """Steps from the start to a global step; before the start without meaning, see `choose`."""
        if not self.late:
            return tf.convert_to_tensor(step)
        return tf.maximum(tf.cast(step, tf.int64) - tf.convert_to_tensor(self.step), 0)

    def choose(self, after: tf.Tensor, before: tf.Tensor | float) -> tf.Tensor:
        """`after` once it has been, `before` until then."""
        if not self.late:
            return after
        return tf.where(tf.not_equal(tf.convert_to_tensor(self.step), NOT_STARTED), after, before)
