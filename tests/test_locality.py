"""Locality: the edits, the formula against its direct form, and that without norm nothing moves out of reach."""

import re

import numpy as np
import pytest
from saved_models import save_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.evaluation import locality, locality_picture
from ia_pix2seq_tf.evaluation.columns import LAYERS
from ia_pix2seq_tf.evaluation.locality import Movement, edit, movements, samples, without_part
from ia_pix2seq_tf.evaluation.measures import locality as measure
from ia_pix2seq_tf.evaluation.options import Options
from ia_pix2seq_tf.evaluation.run import evaluate
from ia_pix2seq_tf.networks import CNNEncoder, HighPassEncoder
from ia_pix2seq_tf.networks.receptive import reached_layers
from ia_pix2seq_tf.render import render

WIDTH = 48
FACE = np.array(
    [[0, 0, 0], [40, 0, 0], [0, 40, 0], [-40, 0, 0], [0, -40, 1], [4, 4, 0], [2, 2, 1], [9, 0, 0], [2, 2, 1]], np.int16
)
"""A square and two short strokes in its upper left."""
LINE = np.array([[0, 0, 0], *[[10, 3, 0]] * 9, [10, 3, 1]], np.int16)


def sketches(n: int = 40) -> list[np.ndarray]:
    """Each a frame in its corners, and a few short strokes in random places."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(n):
        points = [[0, 0, 0], [2, 0, 1], [98, 98, 0], [0, 2, 1]]
        for _ in range(4):
            points += [[*random.integers(-40, 40, 2), 0], [*random.integers(2, 9, 2), 1]]
        made.append(np.array(points, np.int16))
    return made


def built(encoder):
    """The encoder with weights that matter."""
    encoder.build((None, WIDTH, WIDTH))
    random = np.random.default_rng(1)
    for weight in encoder.weights:
        weight.assign(weight + random.normal(0, 0.05, weight.shape))
    return encoder


class TestEdits:
    def test_one_stroke_is_left_out_by_chance_and_all_points_stay(self):
        found = [without_part(FACE, np.random.default_rng(seed)) for seed in range(20)]
        assert {edited[:, 2].tobytes() for edited in found} == {
            np.array(lifted, np.int16).tobytes()
            for lifted in ([1, 1, 1, 1, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 0, 1, 1, 1])
        }
        for edited in found:
            np.testing.assert_array_equal(edited[:, :2], FACE[:, :2])
        np.testing.assert_array_equal(FACE[:, 2], [0, 0, 0, 0, 1, 0, 1, 0, 1], err_msg="the sketch itself stays")

    def test_of_a_single_stroke_the_last_third_is_left_out(self):
        edited = without_part(LINE, np.random.default_rng(0))
        np.testing.assert_array_equal(edited[:, 2], [0] * 6 + [1] * 5)

    @pytest.mark.parametrize("strokes", ([], [[3, 4, 1]], [[3, 4, 1], [1, 1, 1]]))
    def test_where_nothing_is_drawn_nothing_is_left_out(self, strokes):
        strokes = np.array(strokes, np.int16).reshape(-1, 3)
        np.testing.assert_array_equal(without_part(strokes, np.random.default_rng(0)), strokes)

    def test_what_is_left_keeps_its_pixels_even_if_it_is_smaller(self):
        outline = next(e for e in (without_part(FACE, np.random.default_rng(s)) for s in range(20)) if e[0, 2] == 1)
        before, after = render(FACE), render(outline)
        assert (after[8:20, 8:20] == before[8:20, 8:20]).all() and (after[8:20, 8:20] < 255).any()
        assert (after[24:] == 255).all() and (before[24:] < 255).any()

    def test_sketches_without_a_change_are_left_out_and_a_seed_repeats(self):
        drawings = [FACE, np.array([[3, 4, 1]], np.int16), LINE]
        edited, again, *others = (edit(drawings, WIDTH, seed) for seed in (0, 0, *range(1, 20)))
        np.testing.assert_array_equal(edited.sketch, [0, 2])
        np.testing.assert_array_equal(edited.before, [render(FACE), render(LINE)])
        np.testing.assert_array_equal(edited.after, again.after)
        assert len({drawn.after.tobytes() for drawn in (edited, *others)}) == 3, "one for each stroke of the face"


class TestMovement:
    def features(self):
        random = np.random.default_rng(2)
        before = random.normal(3, 1, (7, 4, 5, 6))
        return before, before + random.normal(0, 0.1, before.shape), random.uniform(size=(7, 4, 5)) < 0.3

    def test_it_is_the_formula_however_the_sketches_are_cut_into_batches(self):
        before, after, unaffected = self.features()
        deviation = before - before.mean(axis=0)
        expected = np.sqrt(np.square(after - before)[unaffected].sum() / np.square(deviation)[unaffected].sum())
        for cuts in ([7], [3, 7], [1, 2, 6, 7]):
            movement, first = Movement(), 0
            for last in cuts:
                movement.add(before[first:last], after[first:last], unaffected[first:last])
                first = last
            assert movement.moved == pytest.approx(expected, rel=1e-9)
            assert movement.places == unaffected.sum()
            spread = (np.square(deviation) * unaffected[..., None]).sum(axis=(0, -1))
            np.testing.assert_allclose(movement.spread, spread, atol=1e-9)

    def test_there_is_none_where_all_places_are_affected_or_nothing_varies(self):
        before, after, unaffected = self.features()
        affected, equal = Movement(), Movement()
        affected.add(before, after, np.zeros_like(unaffected))
        equal.add(np.ones_like(before), np.ones_like(before), unaffected)
        assert affected.moved is None and affected.places == 0
        assert equal.moved is None and Movement().moved is None


@pytest.fixture(scope="module")
def edited():
    return edit(sketches(), WIDTH, 0)


class TestEncoders:
    @pytest.mark.parametrize("layers", (0, 1, 2, 5, 6))
    def test_without_norm_in_the_first_n_layers_these_do_not_move_at_all(self, layers, edited):
        found = movements(built(CNNEncoder(3, layers_without_norm=layers)), edited)
        assert [movement.moved == 0 for movement in found] == [True] * layers + [False] * (6 - layers)
        assert all(movement.places for movement in found)
        assert all(1e-3 < movement.moved < 2 for movement in found[layers:])

    def test_features_do_move_where_the_edit_reaches(self, edited):
        encoder = built(CNNEncoder(3, layers_without_norm=6))
        for layer, mask in enumerate(reached_layers(edited.before != edited.after, encoder.windows)):
            inner = Movement()
            before, after = (encoder.layer_outputs(i / np.float32(127.5) - 1)[layer] for i in edited[1:])
            inner.add(before, after, mask)
            assert inner.moved > 0.01

    def test_an_encoder_that_has_no_norm_at_all_does_not_move(self, edited):
        assert [movement.moved for movement in movements(built(HighPassEncoder(3)), edited)] == [0.0] * 6

    def test_edits_that_reach_every_place_leave_nothing_to_measure(self):
        whole = locality.Edited(
            np.arange(2), np.full((2, WIDTH, WIDTH), 255, np.uint8), np.zeros((2, WIDTH, WIDTH), np.uint8)
        )
        encoder = built(CNNEncoder(3))
        found = movements(encoder, whole)
        assert [(movement.moved, movement.places) for movement in found] == [(None, 0)] * 6
        assert [len(sample.before) for sample in samples(encoder, whole, found, 9)] == [0] * 6

    @pytest.mark.parametrize("encoder", (CNNEncoder(3), HighPassEncoder(3)))
    def test_without_a_sketch_that_an_edit_changes_there_is_nothing_to_measure(self, encoder):
        dots = edit([np.array([[3, 4, 1]], np.int16)] * 3, WIDTH, 0)
        found = movements(built(encoder), dots)
        assert [(movement.moved, movement.places) for movement in found] == [(None, 0)] * 6
        assert [len(sample.after) for sample in samples(encoder, dots, found, 9)] == [0] * 6

    def test_samples_are_unaffected_features_of_one_place(self, edited):
        encoder = built(CNNEncoder(3, layers_without_norm=1))
        found = movements(encoder, edited)
        taken = samples(encoder, edited, found, 12)
        features = [features.numpy() for features in encoder.layer_outputs(edited.before / np.float32(127.5) - 1)]
        assert [sample.before.shape for sample in taken[:3]] == [(12, 32), (12, 32), (12, 64)]
        np.testing.assert_array_equal(taken[0].before, taken[0].after)
        assert all((sample.before != sample.after).any() for sample in taken[1:])
        for layer, sample in enumerate(taken):
            row, column = np.unravel_index(found[layer].spread.argmax(), found[layer].spread.shape)
            assert set(sample.sketch) <= set(edited.sketch)
            rows = np.searchsorted(edited.sketch, sample.sketch)
            np.testing.assert_allclose(sample.before, features[layer][rows, row, column], atol=1e-4)


class TestPicture:
    def panel(self, n: int, moved: float | None, channels: int = 4):
        random = np.random.default_rng(n)
        before = random.normal(size=(n, channels)).astype(np.float32)
        return locality_picture.Panel(before, before + np.float32(moved or 0), np.arange(n) % 2, 11, moved)

    def test_a_sheet_has_a_panel_for_each_layer_also_where_there_is_nothing(self, tmp_path):
        panels = [self.panel(12, 0.1), self.panel(12, 0.0), self.panel(1, 0.1), self.panel(0, None)]
        locality_picture.draw(panels, ["bus", "pig"], tmp_path / "sheet.svg", "Title")
        written = re.findall("<!-- (.*?) -->", (tmp_path / "sheet.svg").read_text(), re.DOTALL)
        texts = [line.strip() for text in written for line in text.splitlines()]
        assert texts.count("n/a: the edits") == texts.count("n/a: one sketch") == 2
        assert {"Title", "moved 0.1", "moved 0", "n/a", "before the edit", "pig"} <= set(texts)

    def test_equal_features_lie_on_one_another_in_both_projections(self):
        features = np.random.default_rng(0).normal(size=(9, 4))
        for project in (locality_picture._pca, locality_picture._tsne):
            places = project(np.concatenate([features, features]))
            np.testing.assert_allclose(places[:9], places[9:], atol=1e-9)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    hps = ia.HParams(categories=["bus", "pig"], dec_model="lstm", dec_rnn_size=8, z_size=4, num_mixture=2)
    hps.update({"num_per_category": 12, "batch_size": 4, "max_seq_len": 64, "jit_compile": False})
    hps.update({"layers_without_norm": 2})
    return save_model(tmp_path_factory.mktemp("model"), ia.IAPix2Seq(hps))


def test_an_evaluation_reports_every_layer_and_goes_on_from_what_it_has(model_dir, tmp_path, monkeypatch):
    options = Options(model_dir, "demo", str(tmp_path), metrics=["locality"], pictures=False)
    report = evaluate(options)
    values = [report.metrics[name].value for name in LAYERS]
    assert values[:2] == [0, 0] and all(value > 0 for value in values[2:5])
    counts = [report.metrics[name].n for name in LAYERS]
    assert counts == sorted(counts, reverse=True) and 12 * WIDTH**2 < counts[0] < 24 * WIDTH**2
    assert not (tmp_path / measure.PICTURE).exists()
    monkeypatch.setattr(locality, "movements", lambda *_: pytest.fail("computed again"))
    assert evaluate(options) == report
