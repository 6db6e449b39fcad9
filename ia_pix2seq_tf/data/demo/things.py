"""Flowers and vehicles; leaves and vehicles point to the right.

Each function varies proportions with `rng` and returns the parts in the order in which one would draw
them. The unit is about the radius of a flower and the height of a vehicle; y grows downward.
"""

import numpy as np

from ia_pix2seq_tf.data.demo.hand import Parts, around, line, loop

PETALS = 5
PETAL = (0.0, 0.85, 1.05, 0.85)
"""How far the points of a petal reach: 0 where two petals meet, beside the disc; 1 at the flower's rim."""


def flower_bloom(rng: np.random.Generator) -> Parts:
    """Petals around a disc, nothing else."""
    size, turn = around(rng, 0.25, 0.04)
    disc, base = 0.36 * size, 0.4 * size
    corners = np.arange(PETALS * len(PETAL) + 1)
    angles = 2 * np.pi * (corners / (PETALS * len(PETAL)) + 0.75 * turn)
    reach = base + (1 - base) * np.resize(PETAL, len(corners))
    petals = np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1)
    return [loop(rng, (0, 0), (disc, disc), 9), petals]


def flower_leaf(rng: np.random.Generator) -> Parts:
    """A flower on its stem, with one leaf."""
    tall, leaf, low = around(rng, 0.15, 0.2, 0.15)
    ground, knot = 0.95 + 1.7 * tall, 0.95 + 1.25 * tall * low
    upper, lower = (0.45, knot - 0.55 * leaf), (0.8 * leaf, knot - 0.05)
    return [
        *flower_bloom(rng),
        line((0.0, 0.95), (0.05, knot), (0.0, ground)),
        line((0.05, knot), upper, (1.3 * leaf, knot - 0.65 * leaf), lower, (0.06, knot + 0.03)),
    ]


def bus(rng: np.random.Generator) -> Parts:
    """A long box: a row of windows, the door and a slanted windscreen in front."""
    long, tall, wheel = around(rng, 0.15, 0.15, 0.12)
    back, roof, floor, front = -2.1 * long, -1.3 * tall, 0.6, 1.6
    sill, lintel, pitch = -0.3, roof + 0.3, 0.62 * long
    window = line((0, sill), (0, lintel), (0.67 * pitch, lintel), (0.67 * pitch, sill), (0.02, sill))
    return [
        line((back, roof), (back, floor), (front, floor), (front, -0.1), (front - 0.35, roof), (back, roof)),
        *(window + (back + 0.3 + i * pitch, 0) for i in range(3)),
        line((0.65, floor), (0.65, lintel), (1.05, lintel), (1.05, floor)),
        line((front - 0.4, lintel), (front - 0.35, -0.15), (front - 0.03, -0.15)),
        loop(rng, (back + 0.75, floor), (0.34 * wheel, 0.34 * wheel), 9),
        loop(rng, (0.2, floor), (0.34 * wheel, 0.34 * wheel), 9),
    ]


def car(rng: np.random.Generator) -> Parts:
    """A low body, the cabin far back, the bonnet with its lamp in front; some have an aerial."""
    long, tall, wheel = around(rng, 0.12, 0.2, 0.12)
    roof, front, belt, floor = -0.35 - 0.6 * tall, 1.7 * long, -0.3, 0.5
    cabin = [(-1.5, belt), (-1.25, roof), (-0.1, roof), (0.4, belt)]
    bonnet = [(front - 0.25, belt + 0.1), (front, 0.05), (front, floor)]
    lintel = roof + 0.18
    aerial = [line((-1.2, roof), (-1.5, roof - 0.45))] if rng.random() < 0.5 else []
    return [
        line(*cabin, *bonnet, (-1.6, floor), (-1.5, belt)),
        line((-1.1, belt), (-1.05, lintel), (-0.55, lintel), (-0.55, belt), (-1.1, belt)),
        line((-0.4, belt), (-0.4, lintel), (-0.15, lintel), (0.2, belt), (-0.4, belt)),
        line((front - 0.25, -0.15), (front - 0.28, 0.08), (front, 0.08)),
        loop(rng, (-0.95, floor), (0.36 * wheel, 0.36 * wheel), 9),
        loop(rng, (front - 0.65, floor), (0.36 * wheel, 0.36 * wheel), 9),
        *aerial,
    ]
