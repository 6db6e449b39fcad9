"""Built-in data: procedural doodles of the paper's eight categories, whose styles are known.

They let the program run without a download, and the styles that the latent GMM finds be checked against
the truth: a head alone or a whole body, facing left or facing right. Sketches are short (`MAX_POINTS`),
so that a small model learns them within minutes.
"""

from collections.abc import Callable

import numpy as np

from ia_pix2seq_tf.data.demo import animals, things
from ia_pix2seq_tf.data.demo.hand import EXTENT, Parts, by_hand, mirrored

__all__ = ["CATEGORIES", "EXTENT", "MAX_POINTS", "SPLITS", "STYLES", "draw", "load_demo"]

MAX_POINTS = 64  # no doodle has more points

SPLITS = ("train", "valid", "test")

Doodle = Callable[[np.random.Generator], Parts]
Labelled = tuple[list[np.ndarray], list[str]]


def _both_ways(doodle: Doodle, noun: str = "") -> dict[str, Doodle]:
    """Two styles of a doodle that faces right: its mirror image, and itself."""
    return {f"{noun}left": lambda rng: mirrored(doodle(rng)), f"{noun}right": doodle}


_DOODLES: dict[str, dict[str, Doodle]] = {
    "cat": {"head": animals.cat_head, **_both_ways(animals.cat_body, "body ")},
    "pig": {"head": animals.pig_head, **_both_ways(animals.pig_body, "body ")},
    "bee": _both_ways(animals.bee, "body "),
    "bus": _both_ways(things.bus),
    "flower": {"bloom": things.flower_bloom, **_both_ways(things.flower_leaf, "leaf ")},
    "giraffe": {"head": animals.giraffe_head, **_both_ways(animals.giraffe_body, "body ")},
    "car": _both_ways(things.car),
    "horse": {"head": animals.horse_head, **_both_ways(animals.horse_body, "body ")},
}

CATEGORIES = tuple(_DOODLES)
STYLES: dict[str, tuple[str, ...]] = {category: tuple(styles) for category, styles in _DOODLES.items()}
"""The styles of each category; "left" and "right" say where the doodle faces, or its leaf points."""


def draw(category: str, style: str, rng: np.random.Generator) -> np.ndarray:
    """Draws one doodle.

    Args:
        category: one of `CATEGORIES`.
        style: one of `STYLES[category]`.
        rng: source of all variation.

    Returns:
        int16 strokes `[n, 3]` (dx, dy, pen lifted after the point), n at most `MAX_POINTS`. The longer side
        measures about `EXTENT` units; the first row moves from the middle of the drawing to its first point.

    Raises:
        ValueError: for an unknown category or style.
    """
    _check_category(category)
    if style not in STYLES[category]:
        raise ValueError(f"unknown style {style!r} of {category}: expected one of {', '.join(STYLES[category])}")
    return by_hand(_DOODLES[category][style](rng), rng)


def load_demo(
    category: str, num_train: int = 500, num_valid: int = 100, num_test: int = 100, seed: int = 0
) -> dict[str, Labelled]:
    """Draws the demo data of one category.

    Sketch i of a split depends on category, split, i and `seed` only: a larger number extends a smaller
    one. Styles take turns, so that each has its share of any number.

    Args:
        category: one of `CATEGORIES`.
        num_train, num_valid, num_test: number of sketches per split.
        seed: not negative; another seed gives other drawings.

    Returns:
        For each of `SPLITS`: a list of int16 strokes `[n, 3]`, see `draw`, and the list of their styles.

    Raises:
        ValueError: for an unknown category, or a negative number or seed.
    """
    _check_category(category)
    numbers = {"num_train": num_train, "num_valid": num_valid, "num_test": num_test, "seed": seed}
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"demo data, {name}: expected 0 or more, found {number}")
    return {
        "train": _draw_split(category, 0, num_train, seed),
        "valid": _draw_split(category, 1, num_valid, seed),
        "test": _draw_split(category, 2, num_test, seed),
    }


def _draw_split(category: str, split: int, number: int, seed: int) -> Labelled:
    key = (seed, CATEGORIES.index(category), split)
    styles = [STYLES[category][i % len(STYLES[category])] for i in range(number)]
    sketches = [draw(category, style, np.random.default_rng((*key, i))) for i, style in enumerate(styles)]
    return sketches, styles


def _check_category(category: str) -> None:
    if category not in STYLES:
        raise ValueError(f"unknown demo category {category!r}: expected one of {', '.join(CATEGORIES)}")
