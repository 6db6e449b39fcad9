"""Patches and adjacency of SketchHealer's program, from the strokes as it had scaled and placed them."""

from pathlib import Path

import numpy as np
import pytest

from ia_pix2seq_tf import graphs
from ia_pix2seq_tf.graphs import NODES, PATCH, PATCHES

GOLDEN = np.load(Path(__file__).parent / "golden" / "systems" / "sketchhealer.npz")
MARGIN, BORDER, WHOLE_BORDER = 13, 192, 12  # pixels: around its drawing, its canvas, and of the latter in the whole
MOST_PIXELS = 10  # that differ in a sketch between versions of OpenCV
KINDS = ("raw", "normed")
MASKED = 3  # sketches of the recording with masks


def canvas_of(kind: str, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The canvas with its border, on which our function has drawn; centres `[m, 2]` on it; which windows lie on it.

    The program's extent lacks the origin and the first point, so that windows may lie beyond the border.
    """
    strokes = GOLDEN[f"graph/{kind}/scaled/{i}"].astype(np.int32)
    start_x, start_y, height, width = GOLDEN[f"graph/{kind}/canvas"][i]
    start = np.array([start_x, start_y]) + MARGIN
    points = np.concatenate([[start], start + np.cumsum(strokes[:, :2], axis=0)]).astype(np.int32)
    side = max(height, width) + 2 * MARGIN + 2 * BORDER
    canvas = np.zeros((side, side), np.uint8)
    lines = graphs.drawn_lines(points, strokes[:, 2] > 0)
    graphs.draw_lines(canvas[BORDER:-BORDER, BORDER:-BORDER], lines)
    centres = graphs.window_centres(lines) + BORDER
    return canvas, centres, ((centres >= PATCH // 2) & (centres <= side - PATCH // 2)).all(axis=1)


def cut(canvas: np.ndarray, centres: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Patches `[21, 128, 128]` of a canvas."""
    patches = np.zeros((NODES, PATCH, PATCH), np.uint8)
    edge = BORDER - WHOLE_BORDER
    patches[0] = graphs.shrink(canvas[edge:-edge, edge:-edge])
    for node in np.flatnonzero(shown):
        patches[node + 1] = graphs.window(canvas, centres[node])
    return patches


def padded(centres: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rest = PATCHES - len(centres)
    return np.pad(centres, ((0, rest), (0, 0))), np.pad(shown, (0, rest))


def adjacency(centres: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The program's matrix `[21, 21]` from our neighbours: what each node, a row, takes of each, a column."""
    matrix = np.zeros((NODES, NODES), np.float32)
    matrix[1:, 1:] = 0.3 * graphs.neighbours(centres, shown)
    matrix[1:, 0] = 0.5 * shown
    np.fill_diagonal(matrix, [0.5, *(0.5 * shown)])
    return matrix


@pytest.mark.parametrize("i", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_patches_are_those_of_the_program(kind, i):
    patches = cut(*canvas_of(kind, i))
    assert np.sum(patches != GOLDEN[f"graph/{kind}/patches"][i]) <= MOST_PIXELS


@pytest.mark.parametrize("i", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_edges_are_those_of_the_program(kind, i):
    _, centres, shown = canvas_of(kind, i)
    recorded = GOLDEN[f"graph/{kind}/adjacency"][i]
    np.testing.assert_array_equal(adjacency(*padded(centres, shown)), recorded)
    np.testing.assert_allclose(graphs.node_weights(*padded(centres, shown)), recorded.sum(axis=0), rtol=1e-6)


def masked(i: int) -> np.ndarray:
    """Which windows of a sketch the program kept, by its draws, one a window and sketch after sketch."""
    first = sum(len(canvas_of("raw", before)[1]) for before in range(i))
    return GOLDEN["mask/draws"][first : first + len(canvas_of("raw", i)[1])] > GOLDEN["mask/prob"]


@pytest.mark.parametrize("i", range(MASKED))
def test_a_masked_window_has_no_edges(i):
    _, centres, shown = canvas_of("raw", i)
    shown &= masked(i)
    np.testing.assert_array_equal(adjacency(*padded(centres, shown)), GOLDEN["mask/adjacency"][i])


@pytest.mark.parametrize("i", range(MASKED))
def test_masks_take_more_from_patches_than_the_program_did_and_the_same_from_the_whole(i):
    """It masks as it cuts, so that a patch shows what a later window hides; patches after the last mask are equal."""
    canvas, centres, shown = canvas_of("raw", i)
    kept = masked(i)
    for centre in centres[shown & ~kept]:
        graphs.window(canvas, centre).fill(0)
    patches, recorded = cut(canvas, centres, shown & kept), GOLDEN["mask/patches"][i]
    assert np.sum(patches[0] != recorded[0]) <= MOST_PIXELS
    assert np.sum(patches[1:] > recorded[1:]) <= MOST_PIXELS
    after = np.flatnonzero(~kept)[-1] + 1
    assert np.sum(patches[after + 1 :] != recorded[after + 1 :]) <= MOST_PIXELS
    hidden = np.flatnonzero(~(shown & kept)) + 1
    assert not recorded[hidden].any() and not patches[hidden].any()
