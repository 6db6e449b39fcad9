"""One training step and one evaluation step, compiled."""

import logging
import time

import keras
import tensorflow as tf

from ia_pix2seq_tf import losses
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.latent.rules import Parameters
from ia_pix2seq_tf.training.strategy import mean, on_replicas, this_replica

logger = logging.getLogger(__name__)

LOSS_TERMS = ("total_loss", "alpha_loss", "gaussian_loss", "lil_loss", "de_loss")
ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON = 0.5, 0.999, 1e-8  # TF 1.12's defaults but for beta_1
EVALUATION_SEED = 1  # beside hps.seed: keeps evaluation's noise apart from training's


@keras.saving.register_keras_serializable("ia_pix2seq_tf")
class ReferenceSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """(initial - lowest)·decay^(step/3) + lowest."""

    def __init__(self, initial: float, lowest: float, decay: float):
        self.initial, self.lowest, self.decay = initial, lowest, decay

    def __call__(self, step):
        return losses.learning_rate(step, self.initial, self.lowest, self.decay)

    def get_config(self):
        return {"initial": self.initial, "lowest": self.lowest, "decay": self.decay}


def make_optimizer(hps: HParams) -> keras.optimizers.Adam:
    """Adam as the reference's: each gradient clipped by value, epsilon outside the bias correction."""
    schedule = ReferenceSchedule(hps.learning_rate, hps.min_learning_rate, hps.decay_rate)
    return keras.optimizers.Adam(schedule, ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON, clipvalue=hps.grad_clip)


class Trainer:
    """A model with its optimizer.

    The global step is the optimizer's count of updates. Noise and dropout of a step are a function of the seed,
    the step and `reloads`, so that a run which resumes draws what it would have drawn.

    A trainer made in the scope of a `tf.distribute.Strategy`, as its model must be too, shares each batch out among the
    replicas. These only compute; what they agree on is assigned once. So several replicas make the update of one.

    Args:
        model: an `IAPix2Seq`.

    Raises:
        ValueError: if the batch cannot be shared out equally.

    Attributes:
        reloads: how often training has returned to the best checkpoint, int64 variable.
    """

    def __init__(self, model):
        self.model, self.hps, self.strategy = model, model.hps, tf.distribute.get_strategy()
        if self.hps.batch_size % self.strategy.num_replicas_in_sync:
            raise ValueError(
                f"batch_size={self.hps.batch_size} cannot be shared out equally among "
                f"{self.strategy.num_replicas_in_sync} replicas: choose a multiple of that number"
            )
        self.optimizer = make_optimizer(model.hps)
        self.optimizer.build(model.trainable_variables)
        self.reloads = tf.Variable(0, dtype=tf.int64, name="reloads")
        self._train_step = tf.function(self._update, autograph=False)
        self._eval_step = tf.function(self._evaluate, autograph=False)

    @property
    def step(self) -> int:
        """Updates made so far."""
        return int(self.optimizer.iterations.numpy())

    @property
    def compilations(self) -> int:
        """How often the training step has been compiled: once per shape of its batches."""
        return self._train_step.experimental_get_tracing_count()

    def train_step(self, images, sequences, eps=None) -> dict[str, tf.Tensor]:
        """One update of the weights and of the latent mixture; logs how long it takes where it is compiled first.

        Args:
            images: `[batch, width, width]` in [-1, 1].
            sequences: `[batch, time + 1, 5]`.
            eps: noise of the code `[batch, z_size]`; drawn by default.

        Returns:
            scalars: the loss terms, kl_weight, learning_rate and gradient_norm (before clipping).
        """
        before, started = self.compilations, time.perf_counter()
        scalars = self._train_step(images, sequences, eps)
        if self.compilations > before:
            float(scalars["total_loss"])  # waits until the step is done
            batch, steps = len(sequences), sequences.shape[1] - 1
            seconds = time.perf_counter() - started
            logger.info(
                "Training step for %d × %d points compiled in %.1f s, its first run included.", batch, steps, seconds
            )
        return scalars

    def eval_step(self, images, sequences, index: int = 0) -> dict[str, tf.Tensor]:
        """The loss terms of a batch, without dropout; `index` of the batch chooses the noise."""
        return self._eval_step(images, sequences, tf.constant(index))

    def _update(self, images, sequences, eps):
        step = tf.convert_to_tensor(self.optimizer.iterations)
        inputs = images, sequences, eps, step, self._seed(step)
        scalars, proposal, gradients = on_replicas(self.strategy, self._gradients, *inputs)
        scalars["learning_rate"] = tf.convert_to_tensor(self.optimizer.learning_rate)
        scalars["gradient_norm"] = tf.linalg.global_norm(gradients)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        self.model.latent.assign(proposal)
        return scalars

    def _gradients(self, images, sequences, eps, step, seed):
        """Loss terms and gradients over all replicas, and the mixture that they propose; runs on each of them."""
        replica = this_replica(images.shape[0])
        images, sequences = replica.part(images), replica.part(sequences)
        eps = None if eps is None else replica.part(eps)
        with tf.GradientTape() as tape:
            terms = self.model.compute_losses(images, sequences, eps, step, True, seed, replica)
        gradients = tape.gradient(terms["total_loss"], self.model.trainable_variables)
        scalars = {name: terms[name] for name in (*LOSS_TERMS, "kl_weight")}
        proposal = Parameters(terms["q_mu"], terms["q_sigma2"], terms["q_alpha"])
        return mean(scalars), proposal, mean(gradients)

    def _evaluate(self, images, sequences, index):
        seed = tf.stack([EVALUATION_SEED, index])
        step = tf.convert_to_tensor(self.optimizer.iterations)
        seed = tf.random.experimental.stateless_fold_in(seed, tf.constant(self.hps.seed))
        return on_replicas(self.strategy, self._losses, images, sequences, step, seed)

    def _losses(self, images, sequences, step, seed):
        """Loss terms over all replicas, without dropout; runs on each of them."""
        replica = this_replica(images.shape[0])
        images, sequences = replica.part(images), replica.part(sequences)
        terms = self.model.compute_losses(images, sequences, None, step, False, seed, replica)
        return mean({name: terms[name] for name in LOSS_TERMS})

    def _seed(self, step):
        seed = tf.stack([tf.constant(self.hps.seed), tf.cast(self.reloads, tf.int32)])
        return tf.random.experimental.stateless_fold_in(seed, tf.cast(step, tf.int32))
