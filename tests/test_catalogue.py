"""The table of systems."""

import subprocess
import sys

import pytest
from reference import SHARED

from ia_pix2seq_tf import catalogue
from ia_pix2seq_tf.catalogue import SYSTEMS, TERMS
from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.evaluation import paper

ROWS = pytest.mark.parametrize("row", SYSTEMS.values(), ids=SYSTEMS)


@ROWS
def test_loss_terms_of_a_system_are_described(row):
    assert row.terms and set(row.terms) <= set(TERMS)


@ROWS
def test_a_system_has_its_row_in_the_paper_s_tables(row):
    assert row.paper in {other.method for other in paper.rows(paper.DATA_SETS[1])}


def test_loss_terms_are_told_apart_by_each_of_their_names():
    for names in zip(*((term.key, term.short, term.heading) for term in TERMS.values()), strict=True):
        assert len(set(names)) == len(TERMS)


def test_the_two_systems_of_harmony_learning_have_learning_rules():
    assert [name for name, row in SYSTEMS.items() if row.learning] == ["ia", "ia_plus"]


@pytest.mark.parametrize(
    ("names", "system"),
    [
        ({"RPCLVQ/latent_mu", "RPCLVQ/latent_alpha"}, "ia"),
        ({"RPCL-pix2seq/latent_mu"}, "rpcl"),
        ({"vector_rnn/ENC_RNN_mu/super_linear_w", "vector_rnn/RNN/output_w"}, "sketch_rnn"),
        ({"vector_rnn/RNN/output_w", "vector_rnn/global_step"}, "sketch_rnn"),
        ({"vector_rnn/RNN/output_w", "vector_rnn/ENC_CNN/conv1/DW"}, "sketch_pix2seq"),
        ({"latent_mu", "dense/kernel"}, None),
        (set(), None),
    ],
)
def test_a_checkpoint_is_known_by_its_variables(names, system):
    assert catalogue.system_of(names) == system


@pytest.mark.parametrize(
    ("folder", "system"),
    [
        ("ia", "ia"),
        ("rpcl", "rpcl"),
        ("sketchrnn", "sketch_rnn"),
        ("sketchrnn_uncond", "sketch_rnn"),
        ("sketchpix2seq", "sketch_pix2seq"),
    ],
)
def test_a_checkpoint_of_an_original_program_is_known(folder, system):
    indices = sorted((SHARED / "checkpoints" / folder).glob("*.index"))
    if not indices:
        pytest.skip(f"needs {SHARED / 'checkpoints' / folder}")
    import tensorflow as tf

    assert (
        catalogue.system_of({name for name, _ in tf.train.list_variables(str(indices[0])[: -len(".index")])}) == system
    )


@pytest.mark.parametrize("mode", gen_json.NAMES)
def test_one_system_is_in_the_files_of_the_browser_demo(mode):
    assert [name for name, row in SYSTEMS.items() if mode in row.json_modes] == [catalogue.system_of_json(mode)]


def test_a_field_that_no_row_lists_is_of_all_systems():
    assert catalogue.systems_with("first_input") == ("sketch_rnn", "sketch_pix2seq")
    assert catalogue.systems_with("seed") == tuple(SYSTEMS)


def test_the_catalogue_needs_no_tensorflow():
    code = "import sys, ia_pix2seq_tf.catalogue; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
