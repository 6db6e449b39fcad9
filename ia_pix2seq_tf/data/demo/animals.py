"""The animals: heads alone, and whole bodies facing right.

Each function varies proportions with `rng` and returns the parts in the order in which one would draw
them. An outline is one line made of named stretches, each going on where the last one ended. The unit is
about half the width of a head; y grows downward.
"""

import numpy as np

from ia_pix2seq_tf.data.demo.hand import Parts, around, line, loop, mirrored, placed


def cat_head(rng: np.random.Generator) -> Parts:
    """Pointed ears, a small nose, and two or three whiskers on either side."""
    wide, ear, whisker = around(rng, 0.12, 0.2, 0.15)
    slopes = (-0.1, 0.1) if rng.random() < 0.5 else (-0.1, 0.0, 0.1)
    return [
        _pointed_outline(wide, ear),
        *_eyes(rng, 0.4 * wide, -0.15, 0.13),
        line((-0.12, 0.17), (0.13, 0.17), (0.0, 0.32), (-0.12, 0.17)),
        line((-0.3, 0.45), (-0.14, 0.55), (0.0, 0.34), (0.15, 0.55), (0.3, 0.45)),
        *_whiskers(0.45 * wide, 0.95 * whisker, slopes),
    ]


def cat_body(rng: np.random.Generator) -> Parts:
    """A cat that stands and looks at us, its tail in the air."""
    long, leg, tail, ear = around(rng, 0.18, 0.2, 0.25, 0.2)
    rump, sole = -1.9 * long, 0.95 + 0.75 * leg
    head = [
        _pointed_outline(1.0, ear),
        *_both_sides(line((-0.37, -0.25), (-0.35, 0.05))),
        line((-0.15, 0.32), (0.0, 0.46), (0.17, 0.32)),
        *_whiskers(0.5, 0.9, (-0.1, 0.1)),
    ]
    back = [(0.1, -0.25), (rump + 0.4, -0.25), (rump, 0.2)]
    hind = [(rump - 0.05, sole), (rump + 0.3, sole), (rump + 0.45, 0.85)]
    fore = [(0.25, 0.85), (0.3, sole), (0.68, sole), (0.75, 0.12)]
    tip = [(rump - 0.6, -0.4 - 0.5 * tail), (rump - 0.35, -0.5 - 0.9 * tail)]
    return [
        *placed(head, 0.75, 0.8, -0.55),
        line(*back, *hind, *fore),
        line((rump + 0.1, -0.1), (rump - 0.45, -0.3), *tip),
    ]


def pig_head(rng: np.random.Generator) -> Parts:
    """Eyes and mouth as the cat's, with floppy ears, a snout and no whiskers."""
    wide, ear, snout = around(rng, 0.12, 0.2, 0.15)
    return [
        loop(rng, (0, 0), (wide, 0.88), 12),
        *_floppy_ears(wide, ear),
        *_eyes(rng, 0.42 * wide, -0.22, 0.11),
        loop(rng, (0, 0.2), (0.38 * snout, 0.26 * snout), 8),
        *_both_sides(line((-0.14, 0.12), (-0.12, 0.29))),
        line((-0.3, 0.58), (0.0, 0.68), (0.3, 0.58)),
    ]


def pig_body(rng: np.random.Generator) -> Parts:
    """A round body on short legs, the snout turned to us, a curl behind."""
    long, leg, belly, curl, ear = around(rng, 0.15, 0.25, 0.15, 0.2, 0.2)
    rump, foot, sole = -1.7 * long, 0.95 * belly, 0.95 * belly + 0.38 * leg
    head = [
        loop(rng, (0, 0), (1.0, 0.9), 10),
        *_floppy_ears(1.0, ear),
        *_both_sides(line((-0.35, -0.4), (-0.33, -0.12))),
        loop(rng, (0.02, 0.3), (0.42, 0.3), 7),
    ]
    back = [(0.25, -0.6), (0.3 * rump, -0.85 * belly), (0.8 * rump, -0.55), (rump, 0.1), (0.87 * rump, 0.65)]
    hind = [(0.85 * rump, sole), (0.85 * rump + 0.3, sole), (0.85 * rump + 0.34, foot)]
    fore = [(0.15, foot), (0.18, sole), (0.5, sole), (0.55, 0.4)]
    tail = line((0, 0.1), (-0.35, 0.1), (-0.45, -0.25), (-0.2, -0.3), (-0.25, 0.0), (-0.6, -0.1))
    return [
        *placed(head, 0.68, 0.8, -0.2),
        line(*back, *hind, *fore),
        *placed([tail], curl, rump + 0.05, -0.15),
    ]


def horse_head(rng: np.random.Generator) -> Parts:
    """A long face in profile, a mane down the neck."""
    face, neck, ear = around(rng, 0.15, 0.15, 0.25)
    nose, cut = 1.25 * face, 1.4 * neck
    brow = [(-0.15, -1.0), (0.05, -1.0 - 0.4 * ear), (0.2, -0.95), (0.45, -0.65)]
    muzzle = [(nose, 0.15), (nose + 0.02, 0.45), (nose - 0.3, 0.55)]
    throat = [(0.5, 0.2), (0.2, 0.3), (0.3, cut)]
    upper_mane = [(-0.2, -1.05), (-0.5, -1.1), (-0.6, -0.75), (-0.95, -0.7), (-0.9, -0.3), (-1.25, -0.15)]
    lower_mane = [(-1.1, 0.25), (-1.4, 0.5), (-1.15, 0.7), (-1.4, 1.0), (-1.1, 1.1)]
    return [
        line(*brow, *muzzle, *throat),
        line((-0.15, -1.0), (-0.65, -0.6), (-0.95, 0.2), (-1.05, cut)),
        line(*upper_mane, *lower_mane),
        loop(rng, (0.22, -0.42), (0.12, 0.1), 5),
        line((nose - 0.23, 0.12), (nose - 0.1, 0.24)),
        line((nose - 0.05, 0.35), (nose - 0.4, 0.3)),
    ]


def horse_body(rng: np.random.Generator) -> Parts:
    """Four long legs, a strong neck with a mane, a flowing tail."""
    long, leg, neck, tail = around(rng, 0.15, 0.15, 0.15, 0.2)
    rump, hoof, top = -1.75 * long, 0.45 + 1.05 * leg, -1.25 * neck
    ear = [(0.25, top), (0.36, top - 0.38), (0.52, top - 0.03)]
    face = [(1.2, top + 0.5), (1.08, top + 0.78), (0.62, top + 0.6), (0.5, 0.05)]
    fore = [(0.45, hoof), (0.22, hoof), (0.08, 0.5)]
    hind = [(rump + 0.55, 0.45), (rump + 0.32, hoof), (rump + 0.08, hoof), (rump, 0.0)]
    back = [(rump + 0.3, -0.32), (-0.7 * long, -0.2), (-0.15, -0.32), (0.22, top + 0.03)]
    mane = [(0.0, top), (0.05, top + 0.35), (-0.25, top + 0.4), (-0.12, -0.55), (-0.42, -0.55), (-0.25, -0.3)]
    tip = [(rump - 0.4, 0.25), (rump - 0.3 - 0.3 * tail, 0.3 + 0.5 * tail), (rump - 0.1, 0.6)]
    return [
        line(*ear, *face, *fore, *hind, *back),
        line((0.08, 0.5), (-0.07, hoof), (-0.27, hoof), (-0.32, 0.48)),
        line((rump + 0.55, 0.45), (rump + 0.7, hoof), (rump + 0.9, hoof), (rump + 0.95, 0.48)),
        line((0.3, top - 0.05), *mane),
        line((rump + 0.15, -0.25), (rump - 0.3, -0.2), *tip, (rump - 0.05, 0.1)),
        line((0.58, top + 0.18), (0.74, top + 0.29)),
    ]


def giraffe_head(rng: np.random.Generator) -> Parts:
    """A long face seen from the front, two knobbed horns, ears to the sides, a spotted neck."""
    face, horn, ear, spot = around(rng, 0.12, 0.2, 0.2, 0.15)
    chin, tip, knob = 0.95 * face, -0.8 - 0.4 * horn, -1.1 - 0.4 * horn
    left_ear = line((-0.55, -0.62), (-0.85, -0.88), (-0.8 - 0.55 * ear, -0.8), (-0.9, -0.5), (-0.6, -0.45))
    left_horn = line((-0.3, -0.78), (-0.34, tip), (-0.5, tip - 0.15), (-0.34, knob), (-0.2, tip - 0.13), (-0.32, tip))
    left_side = [(-0.5, -0.75), (-0.6, -0.35), (-0.35, 0.4), (-0.45, 0.8 * chin), (-0.22, chin)]
    right_side = [(-x, y) for x, y in reversed(left_side)]
    return [
        line(*left_side, *right_side, (-0.48, -0.77)),
        *_both_sides(left_ear),
        *_both_sides(left_horn),
        *_both_sides(line((-0.3, -0.42), (-0.29, -0.2))),
        *_both_sides(line((-0.17, 0.6), (-0.13, 0.72))),
        *_both_sides(line((-0.45, 0.2), (-0.65, 1.65))),
        loop(rng, (-0.35, 1.3), (0.16 * spot, 0.14 * spot), 4),
        loop(rng, (0.2, 1.45), (0.16 * spot, 0.14 * spot), 4),
    ]


def giraffe_body(rng: np.random.Generator) -> Parts:
    """A very long neck, a small horned head, spots."""
    long, leg, neck, spot = around(rng, 0.15, 0.15, 0.18, 0.15)
    rump, hoof, top = -1.4 * long, 0.45 + 1.3 * leg, -2.4 * neck
    face = [(0.25, top), (0.55, top - 0.05), (1.05, top + 0.3), (0.95, top + 0.5), (0.55, top + 0.45)]
    fore = [(0.5, 0.05), (0.45, hoof), (0.22, hoof), (0.08, 0.5)]
    hind = [(rump + 0.45, 0.5), (rump + 0.3, hoof), (rump + 0.08, hoof), (rump, 0.2)]
    back = [(rump + 0.15, -0.05), (-0.1, -0.45), (0.22, top + 0.03)]
    spots = [(0.35, 0.68 * top), (0.22, 0.36 * top), (0.12, -0.02), (-0.75 * long, 0.18)]
    return [
        line(*face, *fore, *hind, *back),
        line((0.3, top), (0.25, top - 0.42)),
        line((0.48, top), (0.48, top - 0.42)),
        line((rump + 0.05, 0.0), (rump - 0.25, 0.3), (rump - 0.3, 0.7)),
        *(loop(rng, center, (0.17 * spot, 0.17 * spot), 5) for center in spots),
    ]


def bee(rng: np.random.Generator) -> Parts:
    """A striped body in flight: head in front, sting behind, two wings above."""
    long, thick, wing, feeler = around(rng, 0.15, 0.15, 0.15, 0.2)
    neck, tail, top, tip = 1.05 * long, -1.15 * long, -0.62 * thick, -1.2 - 0.55 * wing
    head = [
        loop(rng, (0.4, 0), (0.45, 0.45), 9, start=0.5),
        line((0.55, -0.18), (0.55, -0.02)),
        line((0.3, -0.42), (0.4, -0.5 - 0.5 * feeler)),
        line((0.5, -0.42), (0.8, -0.45 - 0.45 * feeler)),
    ]
    stripe = line((0, 1), (0.08, 0), (0, -1))
    return [
        loop(rng, (0, 0), (1.1 * long, 0.65 * thick), 11, start=0.0),
        *placed(head, 1.0, neck, -0.1),
        *(stripe * (1, high * top) + (x * long, 0) for x, high in ((0.45, 0.9), (0.0, 1.0), (-0.45, 0.9))),
        line((tail + 0.08, -0.12), (tail - 0.35, 0.02), (tail + 0.06, 0.12)),
        line((0.25, top), (0.45, 0.7 * tip), (0.2, tip), (-0.1, 0.8 * tip), (0.15, top)),
        line((0.0, top), (-0.35, 0.95 * tip), (-0.75, 0.95 * tip), (-0.8, 0.7 * tip), (-0.1, top)),
    ]


def _pointed_outline(wide: float, ear: float) -> np.ndarray:
    """A face with two pointed ears in one line `[13, 2]`, from below the left ear."""
    tip = -0.75 - 0.6 * ear
    ears = [(-0.93, -0.35), (-0.82, tip), (-0.38, -0.8), (0.38, -0.8), (0.82, tip), (0.93, -0.35)]
    cheeks = [(1.0, 0.1), (0.75, 0.6), (0.3, 0.85), (-0.3, 0.85), (-0.75, 0.6), (-1.0, 0.1), (-0.92, -0.33)]
    return line(*ears, *cheeks) * (wide, 1)


def _floppy_ears(wide: float, ear: float) -> Parts:
    """Two ears that rise from the face and bend down at the sides."""
    left = line((-0.3, -0.8), (-0.75, -0.85 - 0.3 * ear), (-1.0 - 0.15 * ear, -0.3), (-0.8, -0.45))
    return _both_sides(left * (wide, 1))


def _eyes(rng: np.random.Generator, x: float, y: float, radius: float) -> Parts:
    return [loop(rng, (side * x, y), (radius, radius), 5) for side in (-1, 1)]


def _whiskers(x: float, length: float, slopes: tuple[float, ...]) -> Parts:
    """One per slope on either side, drawn outward."""
    return _both_sides(*(line((-x, 0.3 + 0.4 * slope), (-x - length, 0.3 + 2 * slope)) for slope in slopes))


def _both_sides(*left: np.ndarray) -> Parts:
    """The parts of the left side, then their mirror images on the right."""
    return [*left, *mirrored(list(left))]
