"""One training step and one evaluation step, compiled."""

import itertools
import logging
import time
from typing import TypeAlias

import keras
import tensorflow as tf

from ia_pix2seq_tf.latent import Parameters, Sum
from ia_pix2seq_tf.model import Chance, IAPix2Seq, TensorLike
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.optimizer import make_optimizer
from ia_pix2seq_tf.training.strategy import mean, on_replicas, this_replica

logger = logging.getLogger(__name__)

Derived: TypeAlias = tuple[dict[str, tf.Tensor], Parameters | None, list[tf.Tensor]]
EVALUATION_SEED = 1  # beside hps.seed: keeps evaluation's noise apart from training's


class Trainer:
    """A model with its optimizer.

    The global step is the optimizer's count of updates. Noise and dropout of a step are a function of the seed,
    the step and `reloads`, so that a run which resumes draws what it would have drawn.

    A trainer made in the scope of a `tf.distribute.Strategy`, as its model must be too, shares each batch out among the
    replicas. These only compute; what they agree on is assigned once. So several replicas make the update of one.

    Args:
        model: what to train.

    Raises:
        ValueError: if the batch cannot be shared out equally.

    Attributes:
        reloads: how often training has returned to the best checkpoint, int64 variable.
    """

    def __init__(self, model: IAPix2Seq):
        self.model, self.hps, self.strategy = model, model.hps, tf.distribute.get_strategy()
        if self.hps.batch_size % self.strategy.num_replicas_in_sync:
            raise ValueError(
                f"batch_size={self.hps.batch_size} cannot be shared out equally among "
                f"{self.strategy.num_replicas_in_sync} replicas: choose a multiple of that number"
            )
        self.optimizer = make_optimizer(model.hps, model.system.optimizer, model.latent)
        self.optimizer.build(model.trainable_variables)
        self.reloads = tf.Variable(0, dtype=tf.int64, name="reloads")
        self._train_step = tf.function(self._update, autograph=False)
        self._eval_step = tf.function(self._evaluate, autograph=False)
        self._derive_whole = tf.function(
            lambda batch, chance, step: self._derive(batch, chance, step, tf.identity, compiles=False),
            jit_compile=True,
            autograph=False,
        )

    @property
    def step(self) -> int:
        """Updates made so far."""
        return int(self.optimizer.iterations.numpy())

    @property
    def compilations(self) -> int:
        """How often the training step has been compiled: once per shape of its batches."""
        return self._train_step.experimental_get_tracing_count()

    @property
    def moments(self) -> tuple[list[keras.Variable], list[keras.Variable]]:
        """Adam's first and second moments, in the order of the trainable variables; Keras keeps them private."""
        return self.optimizer._momentums, self.optimizer._velocities

    def forget_moments(self) -> None:
        """Lets Adam begin anew."""
        for variable in itertools.chain(*self.moments):
            variable.assign(tf.zeros_like(variable))

    def train_step(
        self,
        images: TensorLike | None,
        sequences: TensorLike,
        eps: TensorLike | None = None,
        patches: TensorLike | None = None,
        node_weights: TensorLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """One update of the weights and of the latent mixture; logs how long it takes where it is compiled first.

        Args:
            images: `[batch, width, width]` in [-1, 1]; None for a system that has no use for them.
            sequences: `[batch, time + 1, 5]`.
            eps: noise of the code `[batch, z_size]`; drawn by default.
            patches, node_weights: of a system that reads them, see `IAPix2Seq.encode`.

        Returns:
            scalars: the loss terms, total_loss, learning_rate and gradient_norm (before clipping).
        """
        before, started = self.compilations, time.perf_counter()
        scalars = self._train_step(Batch(images, sequences, patches, node_weights), eps)
        if self.compilations > before:
            float(scalars["total_loss"])  # waits until the step is done
            batch, steps = len(sequences), sequences.shape[1] - 1
            seconds = time.perf_counter() - started
            logger.info(
                "Training step for %d × %d points compiled in %.1f s, its first run included.", batch, steps, seconds
            )
        return scalars

    def eval_step(
        self,
        images: TensorLike | None,
        sequences: TensorLike,
        index: int = 0,
        patches: TensorLike | None = None,
        node_weights: TensorLike | None = None,
    ) -> dict[str, tf.Tensor]:
        """The loss terms of a batch, without dropout; `index` of the batch chooses the noise."""
        return self._eval_step(Batch(images, sequences, patches, node_weights), tf.constant(index))

    def _update(self, batch: Batch, eps: tf.Tensor | None) -> dict[str, tf.Tensor]:
        step = tf.convert_to_tensor(self.optimizer.iterations)
        inputs = batch, eps, step, self._seed(step)
        scalars, proposal, gradients = on_replicas(self.strategy, self._gradients, *inputs)
        scalars["learning_rate"] = tf.convert_to_tensor(self.optimizer.learning_rate)
        scalars["gradient_norm"] = tf.linalg.global_norm(gradients)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        if proposal is not None:
            self.model.latent.assign(proposal)
        return scalars

    def _gradients(self, batch: Batch, eps: tf.Tensor | None, step: tf.Tensor, seed: tf.Tensor) -> Derived:
        """Loss terms and gradients over all replicas, and the mixture that they propose; runs on each of them."""
        replica = this_replica(batch.sequences.shape[0])
        batch = batch.part(replica)
        chance = self.model.chance(batch, True, seed, replica)
        chance = chance if eps is None else chance._replace(noise=replica.part(eps))
        if self._compiles_whole:
            scalars, proposal, gradients = self._derive_whole(batch, chance, step)
        else:
            scalars, proposal, gradients = self._derive(batch, chance, step, replica.total)
        return mean(scalars), proposal, mean(gradients)

    def _derive(
        self, batch: Batch, chance: Chance, step: tf.Tensor, total: Sum, compiles: bool | None = None
    ) -> Derived:
        """Loss terms of a batch, the mixture that it proposes, and the gradient of the total."""
        with tf.GradientTape() as tape:
            losses = self.model.losses(batch, chance, step, True, total, compiles)
            scalars = losses.scalars
        gradients = tape.gradient(scalars["total_loss"], self.model.trainable_variables)
        return scalars, None if losses.update is None else losses.update.proposal, gradients

    @property
    def _compiles_whole(self) -> bool:
        """Whether loss and gradient are one compilation: where no convolution is slower for it, and no mixture sums its
        statistics over replicas on the way.
        """
        return self.hps.jit_compile and not (self.model.system.convolves or self.model.latent.k)

    def _evaluate(self, batch: Batch, index: tf.Tensor) -> dict[str, tf.Tensor]:
        seed = tf.stack([EVALUATION_SEED, index])
        step = tf.convert_to_tensor(self.optimizer.iterations)
        seed = tf.random.experimental.stateless_fold_in(seed, tf.constant(self.hps.seed))
        return on_replicas(self.strategy, self._losses, batch, step, seed)

    def _losses(self, batch: Batch, step: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Loss terms over all replicas, without dropout; runs on each of them."""
        replica = this_replica(batch.sequences.shape[0])
        batch = batch.part(replica)
        chance = self.model.chance(batch, False, seed, replica)
        return mean(self.model.losses(batch, chance, step, False, replica.total).scalars)

    def _seed(self, step: tf.Tensor) -> tf.Tensor:
        seed = tf.stack([tf.constant(self.hps.seed), tf.cast(self.reloads, tf.int32)])
        return tf.random.experimental.stateless_fold_in(seed, tf.cast(step, tf.int32))
