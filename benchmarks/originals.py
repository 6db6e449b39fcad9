"""What other programs took, and on which machine; how much longer than ours, where this machine multiplies as fast.

Measured on 25 November 2026, one program after the other on a quiet machine: two cores of an AMD EPYC (AVX-512) whose
square product reaches `RATE`. The TensorFlow 1.12 program of IA-pix2seq with the hyper cell, and magenta's graph of
sketch-rnn.
"""

RATE = 210e9  # operations per second of the square product there
SAME_RATE = 0.1  # difference of rates up to which two machines are compared

Range = tuple[float, float]
"""From and to, in several runs."""

STEP_SECONDS: dict[tuple[int, int, int], Range] = {
    (64, 20, 250): (0.77, 0.77),
    (512, 64, 100): (1.85, 1.89),
    (2048, 64, 50): (6.0, 7.1),
}
"""Of a training step, by units, batch and time."""
SKETCH_SECONDS: dict[tuple[int, int], Range] = {(512, 250): (0.45, 0.45), (2048, 250): (1.29, 1.29)}
"""Of drawing one sketch, by units and points."""
SKETCH_RNN_SECONDS: dict[str, Range] = {"lstm": (1.22, 1.22), "hyper": (2.58, 2.58)}
"""Of a training step of sketch-rnn: 512 units, encoder of 256, batch 100, time 100, by the decoder's cell."""


def times_as_long(theirs: Range | None, ours: float | None, rate: float | None) -> str | None:
    """How many times as long the other program took, from and to.

    Args:
        theirs: seconds of the other program; None if they were not measured.
        ours: seconds here.
        rate: operations per second of the square product here.

    Returns:
        the ratio; why there is none, if this machine multiplies at another rate; None where a number is missing.
    """
    if theirs is None or ours is None or rate is None:
        return None
    if abs(rate / RATE - 1) > SAME_RATE:
        return f"none: {rate / 1e9:.0f} GFLOP/s here, {RATE / 1e9:.0f} there"
    return "–".join(dict.fromkeys(f"{seconds / ours:.1f}" for seconds in theirs))
