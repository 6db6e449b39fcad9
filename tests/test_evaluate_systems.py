"""evaluate.py over models that read strokes, or nothing, or whose codes have no components."""

import logging

import numpy as np
import pytest
from saved_models import save_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf import metrics
from ia_pix2seq_tf.data.pipeline import load_data
from ia_pix2seq_tf.evaluation import job
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.evaluation.options import METRICS, Options
from ia_pix2seq_tf.evaluation.report import Report
from ia_pix2seq_tf.evaluation.run import evaluate
from ia_pix2seq_tf.strokes import to_sequence

STROKES, IMAGES, NOTHING = "sketch_rnn", "sketch_pix2seq", "decoder alone"
SYSTEMS = {
    STROKES: {"system": "sketch_rnn", "enc_rnn_size": 8, "scale_factor": 20.0},
    IMAGES: {"system": "sketch_pix2seq"},
    NOTHING: {"system": "sketch_rnn", "conditional": False},
}
MOVED = {f"moved_{layer}" for layer in range(1, 7)}
OF_CODES = {"rec", "classifier", "ret_1", "ret_10", "ret_50", "logistic"}
COMPLETED = {f"completion_{name}" for name in ("rec", "ret_1", "ret_10", "ret_50")}
MEASURED = {
    STROKES: {"r_cost", "kl_cost", *OF_CODES},
    IMAGES: {"r_cost", *OF_CODES, *MOVED, *COMPLETED},
    NOTHING: {"r_cost"},
}
SKETCHES, SEED = 6, 3


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    """An untrained model of each system."""
    made = {}
    for name, fields in SYSTEMS.items():
        sizes = {"categories": ["bus", "pig"], "dec_model": "lstm", "dec_rnn_size": 8, "z_size": 4}
        sizes |= {"num_per_category": SKETCHES, "batch_size": 4, "max_seq_len": 64, "jit_compile": False}
        model = ia.IAPix2Seq(ia.HParams.from_dict({**sizes, **fields}))
        for weight in model.weights:  # those of the code begin near zero
            weight.assign(weight + np.random.default_rng(0).normal(0, 0.1, weight.shape))
        made[name] = save_model(tmp_path_factory.mktemp("model"), model)
    return made


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request):
    return request.param


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def evaluated(system, directories, cache, tmp_path_factory):
    """A whole evaluation, with a classifier of two steps: report, directory and what was logged."""
    lines, directory = [], tmp_path_factory.mktemp("out")
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger(job.__name__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        patch.setattr(job, "ClassifierSettings", lambda seed: Settings(seed=seed, max_steps=2, validate_every=2))
        patch.setattr(logger, "handlers", [handler])
        level = logger.level
        logger.setLevel(logging.INFO)  # which forgets what the logger has decided before, as setting its field does not
        try:
            report = evaluate(Options(directories[system], "demo", str(directory), seeds=(SEED,)))
        finally:
            logger.setLevel(level)
    return report, directory, lines


def test_all_that_model_and_data_have_is_measured(system, evaluated):
    report, directory, _ = evaluated
    assert set(report.metrics) == MEASURED[system]
    assert all(np.isfinite(metric.value) for metric in report.metrics.values())
    assert report.model.alpha == []
    assert Report.read(directory / "metrics.json") == report


def test_what_is_left_out_is_told_in_one_line_with_its_reason(system, evaluated):
    lines = [line for line in evaluated[2] if line.startswith("Left out")]
    title, names = evaluated[0].model.title, "acc, olr, rlda, style"
    all_others = "rec, ret, completion, acc, limits, olr, rlda, style, locality"
    nothing = f"Left out {all_others}: this {title} has no encoder, so that test sketches have no codes"
    components = f"Left out {names}: the codes of {title} have no components"
    convolutions = f"Left out locality: the encoder of {title} has no convolutions of the image"
    erased = f"Left out completion: {title} reads strokes, of which no mask can erase parts"
    assert lines == {NOTHING: [nothing], STROKES: [erased, components, convolutions], IMAGES: [components]}[system]


def test_pictures_are_those_of_the_codes(system, evaluated):
    _, directory, _ = evaluated
    pictures = set() if system == NOTHING else {"tsne.png", "pca.png", "projector"}
    pictures |= {"locality.png"} if system == IMAGES else set()
    assert {path.name for path in directory.iterdir()} == {"metrics.json", "metrics.md", "stages"} | pictures
    if pictures:
        header = (directory / "projector" / "codes-metadata.tsv").read_text().splitlines()[0]
        assert header.split("\t") == ["category", "style", "index"]


@pytest.mark.parametrize("name", METRICS)
def test_a_measure_without_meaning_is_refused_with_what_to_take_instead(system, name, directories, tmp_path):
    possible = {
        STROKES: "losses,rec,ret,limits",
        IMAGES: "losses,rec,ret,completion,limits,locality",
        NOTHING: "losses",
    }[system]
    if name in possible.split(","):
        return
    options = Options(directories[system], "demo", str(tmp_path), metrics=[name], pictures=False)
    with pytest.raises(ValueError, match=f"--metrics={name}: .* no .*; take --metrics={possible}$"):
        evaluate(options)
    assert list(tmp_path.iterdir()) == []


def test_a_threshold_of_components_is_refused_where_there_are_none(directories, tmp_path):
    with pytest.raises(
        ValueError, match="--living_alpha: the codes of sketch-pix2seq have no components; leave it out"
    ):
        evaluate(Options(directories[IMAGES], "demo", str(tmp_path), metrics=["losses"], living_alpha=0.1))


@pytest.fixture(scope="module")
def model(directories):
    """The model that reads strokes."""
    return ia.load_model(directories[STROKES])


@pytest.fixture(scope="module")
def codes(model):
    """Means of the test sketches, whose scale is the model's own."""
    strokes = list(load_data("demo", model.hps).test.strokes)
    sequences = [to_sequence(sketch / np.float32([20, 20, 1]), 64) for sketch in strokes]
    return model.encode(np.stack(sequences))[0].numpy()


def stage(evaluated, name: str) -> dict[str, np.ndarray]:
    """The arrays that an evaluation has kept under a name."""
    (path,) = (evaluated[1] / "stages").glob(f"{name}-*.npz")
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("system", [STROKES], indirect=True)
def test_codes_are_those_of_strokes_in_units_of_the_models_own_scale(evaluated, codes):
    found = stage(evaluated, "codes")
    np.testing.assert_allclose(found["mu"], codes, atol=1e-5)
    assert set(found["component"]) == {-1}
    assert np.ptp(codes, axis=0).max() > 0.01


@pytest.mark.parametrize("system", [STROKES], indirect=True)
def test_retrieval_is_that_of_drawn_strokes_in_model_units(evaluated, model, codes):
    drawings = dict(enumerate(model.generate(codes, temperature=0.24, seed=SEED)))
    drawn = [i for i in drawings if len(drawings[i])]  # some untrained drawings end before their first point
    assert len(drawn) > SKETCHES
    redrawn = model.encode(np.stack([to_sequence(drawings[i], 64) for i in drawn]))[0].numpy()
    gallery, queries = (stage(evaluated, name)["mu"] for name in ("codes", "redrawn"))
    np.testing.assert_allclose(queries[drawn], redrawn, atol=1e-5)
    for k, share in metrics.retrieval(gallery, queries, ks=(1, 10)).items():
        assert evaluated[0].metrics[f"ret_{k}"].value == pytest.approx(100 * share)


def test_the_flags_help_says_what_every_measure_is():
    from ia_pix2seq_tf.evaluation.measures import MEASURES
    from ia_pix2seq_tf.evaluation.options import SUMMARIES

    assert list(MEASURES) == list(METRICS) == [line.split(":")[0] for line in SUMMARIES.splitlines()]
