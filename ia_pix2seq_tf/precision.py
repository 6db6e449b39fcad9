"""How the process multiplies float32 matrices on a GPU, which is one switch for all models in it."""

import logging

import tensorflow as tf

logger = logging.getLogger(__name__)

FLOAT32 = "float32"


def use(precision: str) -> None:
    """Makes the process multiply as `hps.precision` asks.

    TensorFlow has TF32 on where the GPU can, so that float32, which gives the reference's numbers, must switch it off.
    """
    tf.config.experimental.enable_tensor_float_32_execution(precision != FLOAT32)


def check(precision: str) -> None:
    """Warns where a model of this precision is made in a process whose GPU multiplies otherwise."""
    allowed = tf.config.experimental.tensor_float_32_execution_enabled()
    if tf.config.list_physical_devices("GPU") and allowed == (precision == FLOAT32):
        logger.warning(
            "precision=%s, but TF32 is %s in this process: ia_pix2seq_tf.precision.use(%r) before the model is made.",
            precision,
            "on" if allowed else "off",
            precision,
        )
