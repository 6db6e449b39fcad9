"""Every measure and every export with every system, as docs/systems.md says; modes are in test_sample_systems.py."""

import numpy as np
import pytest
import tensorflow as tf
from graph_inputs import random_graphs
from saved_models import save_model
from systems_table import SYSTEMS, tiny_model, works

from ia_pix2seq_tf.evaluation import job, run
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.evaluation.measures import MEASURES
from ia_pix2seq_tf.evaluation.options import Options
from ia_pix2seq_tf.export import browser
from ia_pix2seq_tf.export.functions import signatures
from ia_pix2seq_tf.sampling.modes import MODES
from ia_pix2seq_tf.strokes import to_sequence
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.trainer import Trainer

MEASURED, EXPORTED = works("measure"), works("export")
WITH_ALL_SYSTEMS = pytest.mark.parametrize("name", SYSTEMS)
BATCH, MAX_LEN = 2, 8
GEN_JSON = "gen_json"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """Where each tiny model is saved, by name; and one cache for the classifier of all."""
    folders = {name: save_model(tmp_path_factory.mktemp("model"), tiny_model(name)) for name in SYSTEMS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(job, "ClassifierSettings", lambda seed: Settings(seed=seed, max_steps=2, validate_every=2))
        yield folders


def test_the_table_names_every_mode_measure_and_export():
    assert works("mode").keys() == set(MODES)
    assert MEASURED.keys() == MEASURES.keys()
    assert EXPORTED.keys() == {GEN_JSON}.union(*(signatures(tiny_model(name), MAX_LEN) for name in SYSTEMS))


@WITH_ALL_SYSTEMS
def test_every_system_reads_what_the_table_says(name):
    assert set(tiny_model(name).reads) == {field for field, systems in works("reads").items() if name in systems}


@WITH_ALL_SYSTEMS
def test_every_measure_is_taken_of_every_system_or_refused_in_a_sentence(directory, name, tmp_path, monkeypatch):
    possible = [measure for measure, systems in MEASURED.items() if name in systems]
    asked = []
    monkeypatch.setattr(run, "Job", lambda options: asked.append(job.Job(options)) or asked[-1])
    report = run.evaluate(Options(directory[name], "demo", str(tmp_path), pictures=False))
    assert report.settings["metrics"] == possible
    assert all(metric.value is None or np.isfinite(metric.value) for metric in report.metrics.values())
    for measure in MEASURED.keys() - set(possible):
        reason = MEASURES[measure].applies(asked[-1])
        assert reason and "." not in reason.replace(asked[-1].model.title, "")


@pytest.fixture(scope="module")
def inputs():
    """What any signature takes, by the name of its input."""
    rng = np.random.default_rng(1)
    strokes = np.float32(rng.normal(size=(BATCH, 5, 3)) * [1, 1, 0])
    return {
        "images": np.float32(rng.uniform(-1, 1, (BATCH, 48, 48))),
        "sequences": np.stack([to_sequence(sketch, MAX_LEN) for sketch in strokes]),
        **random_graphs(BATCH, rng),
        "z": np.float32(rng.normal(size=(BATCH, 4))),
        "sigma2": np.ones((BATCH, 4), np.float32),
        "count": np.int32(BATCH),
        "temperature": np.float32(0.5),
        "seed": np.int32(3),
    }


@WITH_ALL_SYSTEMS
def test_every_signature_is_exported_of_every_system_that_has_it(name, inputs):
    functions = signatures(tiny_model(name), MAX_LEN)
    assert functions.keys() == {export for export, systems in EXPORTED.items() if name in systems} - {GEN_JSON}
    for function in functions.values():
        found = function(*(tf.constant(inputs[spec.name]) for spec in function.input_signature))
        assert all(len(values) == BATCH and np.isfinite(values).all() for values in found.values())


@WITH_ALL_SYSTEMS
def test_files_of_the_browser_demo_are_written_or_refused_in_a_sentence(name, tmp_path):
    if name in EXPORTED[GEN_JSON]:
        assert browser.write(tiny_model(name), tmp_path).is_file()
        return
    with pytest.raises(ValueError, match="; export it without --gen_json: "):
        browser.write(tiny_model(name), tmp_path)


@WITH_ALL_SYSTEMS
def test_every_system_trains_on_what_it_reads_and_learns(name, inputs):
    model = tiny_model(name)
    before = [weight.numpy() for weight in model.weights]
    trainer, batch = Trainer(model), Batch.of({name: inputs[name] for name in model.system.fields})
    costs = [float(trainer.train_step(**batch._asdict())["total_loss"]) for _ in range(8)]
    for weight, value in zip(model.weights, before, strict=True):
        weight.assign(value)
    assert np.isfinite(costs).all() and min(costs[-3:]) < costs[0]
