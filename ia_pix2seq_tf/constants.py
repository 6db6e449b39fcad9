"""Numbers that programs and the model share, and which may be; imports no TensorFlow, so that flags can name them."""

import math

DEFAULT_TEMPERATURE = 0.24  # of drawing, in the reference
LIVING_ALPHA = 0.01  # a latent component below this weight counts as dead
INT32_MAX = 2**31 - 1  # the largest seed and count that TensorFlow's int32 holds
NO_COMPONENT = -1  # the latent component of a code where a model has none

WEIGHT_TYPES = FLOAT32, FLOAT16, INT8 = ("float32", "float16", "int8")
"""In which exported weights are stored, see `export.weights`."""


def is_temperature(value: float) -> bool:
    """Whether sketches can be drawn at this temperature."""
    return math.isfinite(value) and value > 0
