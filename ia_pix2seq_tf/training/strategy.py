"""Training on several devices and machines through `tf.distribute`.

The devices of a strategy are its replicas, the processes its workers; every worker makes every batch, and each replica
takes its part. The first worker, the chief, reads and writes the log root for all of them.
"""

import functools
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.replica import ALONE, Replica
from ia_pix2seq_tf.training.cluster import MIRRORED, MULTIWORKER, NONE, STRATEGIES, TASKS, read_cluster

logger = logging.getLogger(__name__)

Value = TypeVar("Value")
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
"""What TensorFlow raises where a worker is gone."""


Result = TypeVar("Result")
Structure = TypeVar("Structure")


class WorkerLostError(OSError):
    """Another worker of a training has ended."""


def make_strategy(name: str) -> tf.distribute.Strategy:
    """The strategy of a name; "multiworker" waits until all workers are there, and must come before anything else.

    Raises:
        ValueError: for another name, or without a TF_CONFIG that can be used.
    """
    return tf.distribute.get_strategy() if name == NONE else _sole_strategy(name)


@functools.cache
def _sole_strategy(name: str) -> tf.distribute.Strategy:
    """One for the process: the collective operations of a second one would meet those of the first."""
    if name == MIRRORED:
        strategy = tf.distribute.MirroredStrategy()
    elif name == MULTIWORKER:
        addresses = read_cluster()
        logger.info("Waiting for the other workers of %s.", ", ".join(addresses))
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    else:
        raise ValueError(f"expected a strategy of {', '.join(STRATEGIES)}, found {name!r}")
    logger.info("Each batch is shared out among %d replicas.", strategy.num_replicas_in_sync)
    return strategy


def on_replicas(strategy: tf.distribute.Strategy, function: Callable[..., Result], *arguments: Any) -> Result:
    """Runs a function on every replica, each with all arguments; returns what the first one of this worker returns."""
    returned = strategy.run(function, arguments)
    return tf.nest.map_structure(lambda values: strategy.experimental_local_results(values)[0], returned)


def this_replica(batch: int | None) -> Replica:
    """The replica that asks, within a function of `on_replicas`; alone if a batch of this size cannot be divided."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1 or batch % context.num_replicas_in_sync:
        return ALONE
    return Replica(
        context.replica_id_in_sync_group,
        context.num_replicas_in_sync,
        lambda tensor: context.all_reduce(tf.distribute.ReduceOp.SUM, tensor),
    )


def mean(tensors: Structure) -> Structure:
    """The mean of each tensor of a structure over the replicas, within a function of `on_replicas`."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return tensors
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, tensors)


class Workers:
    """The processes that train together under a strategy, one of them where it has no workers.

    Attributes:
        count: how many.
        chief: whether this one reads and writes the log root.
    """

    def __init__(self, strategy: tf.distribute.Strategy):
        self.strategy, self.count, self.chief = strategy, 1, True
        if resolver := strategy.cluster_resolver:
            jobs = resolver.cluster_spec().as_dict()
            self.count = sum(len(jobs.get(kind, [])) for kind in TASKS)
            first = next(kind for kind in TASKS if kind in jobs)
            self.chief = (resolver.task_type, resolver.task_id) == (first, 0)
        self._summed = tf.function(self._sums, autograph=False)

    def on_chief(self, function: Callable[..., Value], *arguments: Any) -> Value | None:
        """What a function that reads or writes the log root returns; the other workers do not call it, and get None."""
        return function(*arguments) if self.chief else None

    def chief_only(self, context: AbstractContextManager) -> AbstractContextManager:
        """A context that the chief alone enters."""
        return context if self.chief else nullcontext()

    def from_chief(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The chief's arrays, on every worker; those of the others must have the same shapes and types."""
        if self.count == 1:
            return list(arrays)
        return [tensor.numpy() for tensor in self._summed([tf.convert_to_tensor(array) for array in arrays], True)]

    def text_from_chief(self, text: str) -> str:
        """The chief's text, on every worker."""
        codes = np.frombuffer(text.encode(), np.uint8).astype(np.int32)
        (length,) = self.from_chief([np.array(len(codes), np.int32)])
        (codes,) = self.from_chief([codes if self.chief else np.zeros(length, np.int32)])
        return codes.astype(np.uint8).tobytes().decode()

    def any(self, condition: bool) -> bool:
        """Whether a condition holds on any worker; all of them must ask."""
        if self.count == 1:
            return condition
        (total,) = self._summed([tf.constant(int(condition))], False)
        return bool(total > 0)

    def _sums(self, tensors: list[tf.Tensor], of_chief: bool) -> list[tf.Tensor]:
        """Sums over all replicas, or over the chief's first alone."""

        def sums() -> list[tf.Tensor]:
            context = tf.distribute.get_replica_context()
            chosen = context.replica_id_in_sync_group == 0 if of_chief else True
            parts = [tf.where(chosen, tensor, tf.zeros_like(tensor)) for tensor in tensors]
            return [context.all_reduce(tf.distribute.ReduceOp.SUM, part) for part in parts]  # of several types

        return on_replicas(self.strategy, sums)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Within the block, TensorFlow's errors in reaching the other workers become WorkerLostError."""
        try:
            yield
        except LOST as error:
            if self.count == 1:
                raise
            raise WorkerLostError(
                "another worker of this training has ended, or cannot be reached. Start all of them again with the "
                f"same commands: training resumes from the last checkpoint. [{_cause(error)}]"
            ) from error


def _cause(error: tf.errors.OpError) -> str:
    """What TensorFlow says of the other worker, without the trace of its graph."""
    match = re.search(r"aborted by:\s*(.+)", error.message)
    return match[1] if match else error.message.partition("\n")[0]
