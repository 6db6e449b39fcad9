"""Pictures of an evaluation: every number is there, legible, and nothing is cut off."""

import sys
from subprocess import run

import cv2
import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from scipy.spatial.distance import pdist

from ia_pix2seq_tf.evaluation import latent_map, pictures
from ia_pix2seq_tf.evaluation.latent_map import cluster_center, draw, lines, map_size, pca, spread, tsne
from ia_pix2seq_tf.evaluation.pictures import confusion, pair_matrix, row_order, short, text_color

LONG_NAMES = ["alarm clock", "The Great Wall of China", "pig"]
TABLE = np.array([[0, 1, 7], [0, 0, 0], [9, 2, 0], [12, 0, 0], [3, 40, 0]])
LABELS = [f"{i} (alpha 0.2{i})" for i in range(5)]
SQUARE = np.array([[10, 0, 0], [0, 10, 0], [-10, 0, 0], [0, -10, 1]], np.int16)
RED, BLUE = "#ff0000", "#0000ff"


def read(path):
    """RGB pixels of a PNG."""
    return cv2.imread(str(path))[:, :, ::-1].astype(int)


def has_white_border(path):
    image = read(path)
    return all((edge == 255).all() for edge in (image[:3], image[-3:], image[:, :3], image[:, -3:]))


def ink(path, color):
    """How many pixels of a PNG have exactly this colour."""
    return int((read(path) == list(bytes.fromhex(color[1:]))).all(axis=2).sum())


@pytest.fixture
def saved(monkeypatch):
    """Figures that were saved."""
    figures = []
    write = pictures.save

    def save(figure, *args):
        figures.append(figure)
        write(figure, *args)

    monkeypatch.setattr(pictures, "save", save)
    monkeypatch.setattr(latent_map, "save", save)
    return figures


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_pictures_need_neither_tensorflow_nor_pyplot():
    code = "import sys; from ia_pix2seq_tf.evaluation import latent_map, pictures; print(*sys.modules)"
    modules = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "matplotlib.pyplot"} & set(modules)


def test_rows_are_grouped_by_majority_category_and_empty_ones_come_last():
    assert row_order(TABLE).tolist() == [3, 2, 4, 0, 1]


def test_confusion_shows_every_count_in_its_row(tmp_path, saved):
    confusion(TABLE, LABELS, LONG_NAMES, tmp_path / "table.png")
    axes = saved[0].axes[0]
    assert texts(axes) == ["12", "0", "0", "9", "2", "0", "3", "40", "0", "0", "1", "7", "empty"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [LABELS[i] for i in (3, 2, 4, 0, 1)]
    assert [label.get_text() for label in axes.get_xticklabels()] == LONG_NAMES
    assert axes.images[0].get_array()[2].tolist() == pytest.approx([3 / 43, 40 / 43, 0])
    assert np.ma.getmaskarray(axes.images[0].get_array())[4].all(), "an empty component has no colour"


def test_an_empty_component_is_hatched_once(tmp_path, saved):
    confusion(TABLE, LABELS, LONG_NAMES, tmp_path / "table.png")
    hatched = [patch for patch in saved[0].axes[0].patches if patch.get_hatch()]
    assert [patch.get_bbox().bounds for patch in hatched] == [(-0.5, 3.5, 3, 1)]


@pytest.mark.parametrize("shape", [(2, 2), (40, 16)])
def test_confusion_is_not_cut_off(tmp_path, saved, shape):
    table = np.arange(np.prod(shape)).reshape(shape)
    names = ["The Great Wall of China"] * shape[1]
    confusion(table, ["12 (alpha 0.21)"] * shape[0], names, tmp_path / "table.png", "A title " * 20)
    assert has_white_border(tmp_path / "table.png")
    saved[0].draw_without_rendering()
    top = saved[0].axes[0].get_tightbbox().y1
    assert top < saved[0]._suptitle.get_window_extent().y0, "the names of the categories end below the title"


def test_the_caption_is_below_the_cells_and_the_title_above(tmp_path, saved):
    matrix = symmetric(1, 2, 3)[:2, :2]
    pair_matrix(matrix, ["12 (alpha 0.21)"] * 2, tmp_path / "pairs.png", "A title " * 15, "A caption " * 30)
    assert has_white_border(tmp_path / "pairs.png")
    saved[0].draw_without_rendering()
    cells = saved[0].axes[0].get_tightbbox()
    assert saved[0]._supxlabel.get_window_extent().y1 < cells.y0 < cells.y1 < saved[0]._suptitle.get_window_extent().y0


@pytest.mark.parametrize("suffix", ("png", "pdf", "svg"))
def test_the_suffix_decides_the_format(tmp_path, suffix):
    path = tmp_path / f"table.{suffix}"
    confusion(TABLE, LABELS, LONG_NAMES, path)
    assert path.read_bytes()[:8].startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix])
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"table.jpeg: expected a name that ends in .png, .pdf, .svg"):
        confusion(TABLE, LABELS, LONG_NAMES, tmp_path / "table.jpeg")


@pytest.mark.parametrize("table", [TABLE / 2, TABLE - 1, TABLE[0], TABLE[:0]])
def test_tables_of_no_counts_are_refused(tmp_path, table):
    with pytest.raises(ValueError, match=r"expected a table of counts \[k, classes\]"):
        confusion(table, LABELS, LONG_NAMES, tmp_path / "table.png")


def test_labels_must_fit_the_table(tmp_path):
    with pytest.raises(ValueError, match=r"4 components and 3 categories, table \[5, 3\]"):
        confusion(TABLE, LABELS[:4], LONG_NAMES, tmp_path / "table.png")


def contrast(first, second):
    """Of two colours, from 1 to 21 (WCAG 2.1)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_is_legible_on_every_cell():
    for share in np.linspace(0, 1, 101):
        background = colormaps[pictures.COLOR_MAP](share)[:3]
        assert contrast(text_color(background), background) > 4.5
    assert contrast(pictures.ZERO_COLOR, colormaps[pictures.COLOR_MAP](0)[:3]) > 4.4


def test_colours_darken_all_the_way():
    luminances = [luminance(colormaps[pictures.COLOR_MAP](share)[:3]) for share in np.linspace(0, 1, 101)]
    assert (np.diff(luminances) < 0).all()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0002, "<.001"), (0.65954, "0.66"), (1234.4, "1234"), (99999, "1.0e+05"), (np.inf, "inf")],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def symmetric(*pairs):
    """A matrix `[3, 3]` of the pairs (0, 1), (0, 2), (1, 2)."""
    matrix = np.full((3, 3), np.nan)
    for value, (i, j) in zip(pairs, ((0, 1), (0, 2), (1, 2)), strict=True):
        matrix[i, j] = matrix[j, i] = value
    return matrix


def test_pairs_show_their_values_and_hatch_the_rest(tmp_path, saved):
    pair_matrix(symmetric(0.5, np.nan, 2), "abc", tmp_path / "pairs.png", "Overlap", "Mean 1.25 ± 0.75.")
    axes = saved[0].axes[0]
    assert texts(axes) == ["0.5", "0.5", "2", "2"]
    assert sum(bool(patch.get_hatch()) for patch in axes.patches) == 5
    assert axes.images[0].get_clim() == (0, 2)
    assert saved[0]._supxlabel.get_text() == "Mean 1.25 ± 0.75."
    assert has_white_border(tmp_path / "pairs.png")


def test_infinity_is_as_dark_as_the_largest_value(tmp_path, saved):
    pair_matrix(symmetric(0.5, np.inf, 2), "abc", tmp_path / "pairs.png")
    axes = saved[0].axes[0]
    assert texts(axes) == ["0.5", "inf", "0.5", "2", "inf", "2"]
    assert axes.images[0].get_array()[0, 2] == 2
    assert axes.texts[1].get_color() == "white"


def test_the_darkest_value_can_be_given(tmp_path, saved):
    pair_matrix(symmetric(0.1, 0.2, 0.3), "abc", tmp_path / "pairs.png", darkest=1)
    assert saved[0].axes[0].images[0].get_clim() == (0, 1)
    assert {text.get_color() for text in saved[0].axes[0].texts} == {"black"}


@pytest.mark.parametrize("matrix", [np.zeros((0, 0)), [[np.nan]], np.full((3, 3), np.nan)])
def test_without_pairs_the_picture_says_so(tmp_path, saved, matrix):
    pair_matrix(matrix, ["a"] * len(matrix), tmp_path / "pairs.png", "Overlap")
    assert texts(saved[0].axes[0]) == ["There are no pairs of components with a value."]
    assert has_white_border(tmp_path / "pairs.png")


def test_impossible_pairs_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected a matrix \[c, c\] of 2 names, found \[3, 3\]"):
        pair_matrix(symmetric(1, 2, 3), "ab", tmp_path / "pairs.png")
    with pytest.raises(ValueError, match="expected a symmetric matrix"):
        pair_matrix([[np.nan, 1], [2, np.nan]], "ab", tmp_path / "pairs.png")


def clusters(n=60, z_size=8):
    """Codes `[2 * n, z_size]` of two categories far from each other."""
    codes = np.random.default_rng(0).normal(size=(2 * n, z_size))
    codes[n:, 3] += 40
    return codes


def test_pca_finds_the_direction_of_most_variance():
    positions, shares = pca(clusters())
    assert positions.shape == (120, 2)
    assert abs(positions[:60, 0].mean() - positions[60:, 0].mean()) == pytest.approx(40, abs=0.5)
    assert shares[0] > 0.95 and 0 < shares[1] < 0.02


@pytest.mark.parametrize("codes", [np.ones((1, 5)), np.ones((4, 5)), np.full((3, 1), 7.0)])
def test_equal_codes_lie_at_zero(codes):
    positions, shares = pca(codes)
    assert not positions.any() and not shares.any() and positions.shape == (len(codes), 2)
    placed = tsne(codes, seed=0)
    assert not placed.any() and placed.shape == (len(codes), 2)


def test_pca_of_one_direction_leaves_the_other_zero():
    positions, shares = pca([[1.0], [2.0], [6.0]])
    assert np.abs(positions[:, 0]).tolist() == pytest.approx([2, 1, 3])
    assert not positions[:, 1].any() and shares.tolist() == [1, 0]


def test_tsne_keeps_clusters_apart():
    positions = tsne(clusters(), seed=0, perplexity=10)
    assert positions.dtype == np.float32 and positions.shape == (120, 2)
    distances = np.linalg.norm(positions[:, np.newaxis] - positions, axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert ((distances.argmin(axis=1) >= 60) == (np.arange(120) >= 60)).all()


def test_tsne_is_the_same_for_the_same_seed():
    codes = clusters(n=20)
    np.testing.assert_array_equal(tsne(codes, seed=3), tsne(codes, seed=3))


@pytest.mark.parametrize(("n", "z_size"), [(2, 4), (3, 4), (5, 1)])
def test_tsne_takes_few_codes(n, z_size):
    positions = tsne(np.random.default_rng(0).normal(size=(n, z_size)), seed=0)
    assert np.isfinite(positions).all() and len(np.unique(positions, axis=0)) == n


@pytest.mark.parametrize(("n", "perplexity"), [(1000, 30), (91, 30), (31, 10), (2, 1 / 3)])
def test_perplexity_is_limited_by_the_number_of_codes(n, perplexity):
    assert latent_map.limited_perplexity(n, 30) == pytest.approx(perplexity)


@pytest.mark.parametrize("codes", [np.zeros((0, 4)), np.zeros((4, 0)), np.zeros(4), [[1.0, np.nan]]])
def test_impossible_codes_are_refused(codes):
    with pytest.raises(ValueError, match=r"expected (finite )?codes"):
        pca(codes)
    with pytest.raises(ValueError, match=r"expected (finite )?codes"):
        tsne(codes, seed=0)


def test_perplexity_must_be_positive():
    with pytest.raises(ValueError, match="expected a positive perplexity, found 0"):
        tsne(clusters(), seed=0, perplexity=0)


def test_lines_stand_upright_around_their_center():
    strokes = np.array([[0, 0, 0], [10, 0, 0], [0, 20, 1]])  # right, then down
    (line,) = lines(strokes, np.array([100, 200]), mark=40)
    np.testing.assert_allclose(line, [[90, 220], [110, 220], [110, 180]], atol=1e-9)


def test_lifting_the_pen_ends_a_line_and_a_point_becomes_a_dot():
    strokes = np.array([[0, 0, 0], [4, 0, 1], [0, 4, 1], [-4, 0, 0], [0, -1, 1]])
    found = lines(strokes, np.zeros(2), mark=10)
    assert [len(line) for line in found] == [2, 2, 2]
    np.testing.assert_allclose(found[1][1] - found[1][0], [10 * latent_map.DOT, 0])
    assert lines(np.zeros((0, 3)), np.zeros(2), mark=10) == []


@pytest.mark.parametrize(("n", "side"), [(1, 1600), (500, 1600), (12_500, 5291), (10**6, 6000)])
def test_a_map_grows_with_its_sketches(n, side):
    found, mark = map_size(n)
    assert found == side
    assert n * mark**2 <= latent_map.COVERAGE * side**2 * 1.001
    assert mark <= latent_map.LARGEST_MARK


def test_a_name_stands_in_the_largest_cluster():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal((200, 200), 20, (50, 2)), rng.normal((1400, 900), 20, (70, 2))])
    np.testing.assert_allclose(cluster_center(points, 1600), (1400, 900), atol=10)


def test_boxes_are_moved_apart_up_and_down_only():
    centers, sizes = np.array([[50, 50], [55, 52], [52, 48], [300, 50]]), np.full((4, 2), (40, 12))
    moved = spread(centers, sizes)
    np.testing.assert_array_equal(moved[:, 0], centers[:, 0])
    np.testing.assert_array_equal(moved[[0, 3]], centers[[0, 3]])
    gaps = np.abs(moved[:, np.newaxis] - moved) >= sizes
    assert (gaps.any(axis=-1) | np.eye(4, dtype=bool)).all()
    assert np.abs(moved - centers).max() < 30


def draw_two(path, **kwargs):
    positions = [[0, 0], [0, 1], [3, 1]]
    draw(positions, [SQUARE] * 3, ["alarm clock", "pig", "pig"], {"pig": RED, "alarm clock": BLUE}, path, **kwargs)


def test_every_sketch_is_drawn_in_its_colour(tmp_path, saved):
    draw_two(tmp_path / "map.png", title="Codes", subtitle="seed 0")
    axes = saved[0].axes[0]
    assert [len(collection.get_paths()) for collection in axes.collections] == [2, 1]
    assert [to_rgb(collection.get_color()[0]) for collection in axes.collections] == [to_rgb(RED), to_rgb(BLUE)]
    assert min(ink(tmp_path / "map.png", RED), ink(tmp_path / "map.png", BLUE)) > 1000


def test_a_map_is_large_and_not_cut_off(tmp_path):
    draw_two(tmp_path / "map.png", title="A title of some length " * 2, subtitle="seed 0")
    assert min(read(tmp_path / "map.png").shape[:2]) >= 1600
    assert has_white_border(tmp_path / "map.png")


def test_a_map_names_its_categories_at_their_place_and_in_the_legend(tmp_path, saved):
    draw_two(tmp_path / "map.png", title="Codes", subtitle="seed 0")
    axes = saved[0].axes[0]
    assert texts(axes) == ["pig", "alarm clock", "seed 0", "Codes"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["pig (2)", "alarm clock (1)"]
    assert axes.texts[1].get_position()[0] < 200, "the clock is at the left"


def test_a_legend_of_many_long_names_is_no_wider_than_the_map(tmp_path, saved):
    names = [f"{i} the great wall of china" for i in range(16)]
    positions = np.random.default_rng(0).normal(size=(16, 2))
    draw(positions, [SQUARE] * 16, names, dict.fromkeys(names, RED), tmp_path / "map.png")
    legend = saved[0].axes[0].get_legend().get_window_extent()
    assert len(saved[0].axes[0].get_legend().get_texts()) == 16
    assert legend.width < saved[0].bbox.width


@pytest.mark.parametrize("n", [1, 3])
def test_sketches_at_one_place_are_drawn_around_the_middle(tmp_path, saved, n):
    draw([[5, 5]] * n, [SQUARE] * n, ["pig"] * n, {"pig": RED}, tmp_path / "map.png")
    boxes = [path.get_extents() for path in saved[0].axes[0].collections[0].get_paths()]
    center = np.mean([(box.min + box.max) / 2 for box in boxes], axis=0)
    np.testing.assert_allclose(center, [800, 800], atol=10)


def test_points_of_one_place_are_moved_apart_around_it():
    places = latent_map.apart(np.full((40, 2), 500.0), 20)
    assert pdist(places).min() > 17
    np.testing.assert_allclose(places.mean(axis=0), 500, atol=10)
    assert pdist(places).max() < 20 * 12, "no further than needed"


def test_points_with_room_stay_where_they_are():
    places = np.array([[0.0, 0.0], [30.0, 0.0], [0.0, 25.0]])
    np.testing.assert_allclose(latent_map.apart(places, 20), places, atol=0.1)


def test_impossible_maps_are_refused(tmp_path):
    path, colors = tmp_path / "map.png", {"pig": RED}
    with pytest.raises(ValueError, match=r"expected finite positions \[n, 2\] of at least one sketch, found \[0, 2\]"):
        draw(np.zeros((0, 2)), [], [], colors, path)
    with pytest.raises(ValueError, match="expected finite positions"):
        draw([[0, np.nan]], [SQUARE], ["pig"], colors, path)
    with pytest.raises(ValueError, match=r"as many positions, strokes and categories, found \[2, 1, 1\]"):
        draw(np.zeros((2, 2)), [SQUARE], ["pig"], colors, path)
    with pytest.raises(ValueError, match=r"no colour for the categories \['cat'\]: there are \['pig'\]"):
        draw(np.zeros((1, 2)), [SQUARE], ["cat"], colors, path)
    with pytest.raises(ValueError, match=r"sketch 1: expected strokes \[n, 3\]"):
        draw(np.zeros((2, 2)), [SQUARE, SQUARE[:, :2]], ["pig", "pig"], colors, path)
    with pytest.raises(ValueError, match="map.gif: expected a name that ends in"):
        draw(np.zeros((1, 2)), [SQUARE], ["pig"], colors, tmp_path / "map.gif")
    assert not list(tmp_path.iterdir())
