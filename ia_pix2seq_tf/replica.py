"""What the model needs to know of the replicas that train on a batch together: which part of it is whose, and how to
add up over all parts. `training/strategy.py` makes them of a `tf.distribute.Strategy`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

Sum = Callable[[tf.Tensor], tf.Tensor]  # adds a statistic of a batch up over replicas


@dataclass(frozen=True)
class Replica:
    """One of several replicas; each works on an equal part of every batch.

    What is drawn at random is drawn for the whole batch by each replica, which then takes its part: several replicas
    compute what one does.

    Attributes:
        index: from 0.
        count: how many there are.
        total: sums a tensor over the replicas.
    """

    index: int | tf.Tensor = 0
    count: int = 1
    total: Sum = tf.identity

    def part(self, values: tf.Tensor, axis: int = 0) -> tf.Tensor:
        """This replica's part of what belongs to a whole batch, which `axis` counts."""
        if self.count == 1:
            return values
        size = values.shape[axis] // self.count
        sizes = [size if a == axis else -1 for a in range(values.shape.rank)]
        return tf.slice(values, [self.index * size if a == axis else 0 for a in range(values.shape.rank)], sizes)


ALONE = Replica()
