"""bfloat16 where it is asked for and nowhere else; how far its losses and gradients are from those of float32; TF32."""

import numpy as np
import pytest
import tensorflow as tf
from cell_runs import BATCH, DROPOUTS, STROKE_SIZE, WITH_ALL_CELLS, Z_SIZE, Case
from reference import golden, recorded_model

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.export.functions import in_float32
from ia_pix2seq_tf.networks import CELLS, StrokeDecoder
from ia_pix2seq_tf.networks.sequence import unroll, unroll_plain
from ia_pix2seq_tf.precision import use
from ia_pix2seq_tf.strokes import to_sequences
from ia_pix2seq_tf.training.trainer import Trainer

ROUNDING = 2**-9  # largest relative error of rounding to bfloat16
LOSS_BOUND = 5e-4  # relative, of the sequence loss with recorded weights; at most 1.4e-4 measured
# Norm of the difference over that of the gradient, measured 0.034, 0.004, 0.001 and 0.17. Rounding the weights of the
# first and the last recording to bfloat16, with all products exact, makes a difference of 0.02 and 0.12.
GRADIENT_BOUNDS = {"hyper": 0.07, "layer_norm": 0.01, "lstm": 0.003, "rpcl_hyper": 0.35}
RUN_BOUND = 0.03  # the same between the two forms of one run
CURVE_STEPS, CURVE_BOUND = 50, 0.03  # relative, of sequence losses; 0.012 measured, as by rounding initial weights
SMALL = (
    "categories=[a,b],dec_model=hyper,dec_rnn_size=16,z_size=4,num_mixture=2,num_sub=1,batch_size=8,png_width=16,"
    "jit_compile=False"
)


@pytest.fixture(autouse=True)
def tensor_float_32_stays():
    """Models switch TF32; the other tests find it as it was."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    yield
    tf.config.experimental.enable_tensor_float_32_execution(before)


def small_model(precision: str) -> IAPix2Seq:
    return IAPix2Seq(HParams().parse(f"{SMALL},precision={precision}"))


def inputs(recording):
    return recording["in/pngs"], recording["in/seqs"], recording["in/eps"]


@pytest.mark.parametrize("training", (True, False))
@pytest.mark.parametrize("name", GRADIENT_BOUNDS)
def test_bfloat16_moves_the_sequence_loss_within_its_bound_and_no_other(name, training):
    recording = golden(name)
    exact, rounded = (
        recorded_model(recording, precision=precision).compute_losses(*inputs(recording), training=training)
        for precision in ("float32", "bfloat16")
    )
    difference = abs(float(rounded["lil_loss"] / exact["lil_loss"]) - 1)
    assert difference < LOSS_BOUND  # that anything is rounded at all, the gradients show
    for key in exact.keys() - {"lil_loss", "total_loss"}:
        np.testing.assert_array_equal(rounded[key], exact[key], err_msg=key)


@pytest.mark.parametrize(("name", "bound"), GRADIENT_BOUNDS.items())
def test_bfloat16_moves_the_gradient_within_its_bound(name, bound):
    recording, gradients = golden(name), []
    for precision in ("float32", "bfloat16"):
        model = recorded_model(recording, precision=precision)
        with tf.GradientTape() as tape:
            loss = model.compute_losses(*inputs(recording))["lil_loss"]
        gradients.append(tape.gradient(loss, model.decoder.trainable_variables))
    assert all(gradient.dtype == tf.float32 for gradient in gradients[1])
    exact, rounded = (np.concatenate([np.ravel(g) for g in each]) for each in gradients)
    assert 0 < np.linalg.norm(rounded - exact) < bound * np.linalg.norm(exact)


class BFloat16Case(Case):
    """A cell of `test_sequence` whose products are bfloat16."""

    def __init__(self, name, time, keep):
        super().__init__(name, time, keep)
        self.cell.product_dtype = "bfloat16"


@WITH_ALL_CELLS
@pytest.mark.parametrize("compiled", (False, True), ids=("eager", "xla"))
def test_the_fast_run_equals_the_plain_one_up_to_rounding(name, compiled):
    case = BFloat16Case(name, 5, DROPOUTS["all_three"])
    expected = case.run(unroll_plain)
    found = tf.function(lambda: case.run(unroll), jit_compile=compiled)()
    for values, wanted in zip(found[:2], expected[:2], strict=True):
        assert values.dtype == tf.float32
        np.testing.assert_allclose(values, wanted, rtol=0, atol=8 * ROUNDING * np.abs(wanted).max())
    for key, gradient in expected[2].items():
        error = np.linalg.norm(found[2][key] - gradient) / np.linalg.norm(gradient)
        assert error < RUN_BOUND, (key, error)


def matrix_products(function, *args) -> list[str]:
    """The types of all matrix products in the graph of a function."""
    graph = tf.function(function, autograph=False).get_concrete_function(*args).graph.as_graph_def()
    nodes = [*graph.node, *(node for body in graph.library.function for node in body.node_def)]
    return [tf.as_dtype(node.attr["T"].type).name for node in nodes if node.op in ("MatMul", "BatchMatMulV2")]


@WITH_ALL_CELLS
def test_products_with_the_state_are_bfloat16_and_all_else_is_float32(name):
    layer = StrokeDecoder(name, 7, product_dtype="bfloat16")
    layer.build((BATCH, Z_SIZE))
    assert {variable.dtype for variable in layer.trainable_variables} == {"float32"}
    stroke, z = tf.zeros((BATCH, STROKE_SIZE)), tf.zeros((BATCH, Z_SIZE))
    types = matrix_products(layer.stepper(z), stroke, layer.initial_state(z))
    recurrent = {"lstm": 1, "layer_norm": 1, "hyper": 15}[name]  # hyper: h and h_hyper, the embedding, 12 of the scales
    assert sorted(types) == ["bfloat16"] * recurrent + ["float32"] * 2  # of the stroke and of the head


@WITH_ALL_CELLS
def test_a_cell_is_rebuilt_from_its_config_with_the_type_of_its_products(name):
    cell = CELLS[name](7, product_dtype="bfloat16")
    assert CELLS[name].from_config(cell.get_config()).product_dtype == "bfloat16"


def random_batches() -> list[tuple[tf.Tensor, tf.Tensor]]:
    """Images and sequences of five batches of eight sketches that walk to the right."""
    rng, batches = np.random.default_rng(1), []
    for _ in range(5):
        lengths = rng.integers(6, 13, 8)
        offsets = rng.normal((1, 0.3), 0.3, (lengths.sum(), 2))
        points = np.column_stack([offsets, rng.random(lengths.sum()) < 0.2])
        images = rng.uniform(-1, 1, (8, 16, 16)).astype(np.float32)
        batches.append((tf.constant(images), tf.constant(to_sequences(points, lengths, 12))))
    return batches


def curve(precision) -> np.ndarray:
    """Sequence losses of the first steps of a training."""
    trainer, batches = Trainer(small_model(precision)), random_batches()
    losses = [float(trainer.train_step(*batches[i % 5])["lil_loss"]) for i in range(CURVE_STEPS)]
    assert {v.dtype for v in trainer.optimizer.variables} == {"int64", "float32"}
    return np.array(losses)


def test_bfloat16_learns_as_float32_does():
    exact, rounded = curve("float32"), curve("bfloat16")
    assert exact[-10:].mean() < 0.6 * exact[:5].mean(), "too little is learned to compare"
    assert 0 < np.abs(rounded / exact - 1).mean() < CURVE_BOUND
    np.testing.assert_allclose(rounded[-10:].mean(), exact[-10:].mean(), rtol=CURVE_BOUND)


@pytest.mark.parametrize(("precision", "enabled"), (("float32", False), ("tf32", True), ("bfloat16", True)))
def test_the_process_switches_tensor_float_32_on_or_off_and_a_model_does_not(precision, enabled):
    tf.config.experimental.enable_tensor_float_32_execution(not enabled)
    small_model(precision)
    assert tf.config.experimental.tensor_float_32_execution_enabled() is not enabled
    use(precision)
    assert tf.config.experimental.tensor_float_32_execution_enabled() is enabled


@pytest.mark.parametrize("precision", ("float32", "tf32"))
def test_a_model_warns_where_the_gpu_multiplies_otherwise(precision, monkeypatch, caplog):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    use(precision)
    small_model(precision)
    assert not caplog.records
    use("tf32" if precision == "float32" else "float32")
    small_model(precision)
    assert f"precision={precision}, but TF32 is" in caplog.text


def test_another_precision_is_refused():
    with pytest.raises(ValueError, match="precision: found 'float16', expected one of float32, tf32, bfloat16"):
        HParams(precision="float16").validate()


def test_what_is_exported_is_float32_with_the_same_weights():
    model = small_model("bfloat16")
    model.latent.alpha.assign([[0.25], [0.75]])
    twin = in_float32(model)
    assert in_float32(twin) is twin
    assert twin.hps.precision == "float32" and twin.decoder.cell.product_dtype == "float32"
    for found, expected in zip(twin.weights, model.weights, strict=True):
        assert found.path.split("/")[1:] == expected.path.split("/")[1:]
        np.testing.assert_array_equal(found, expected)
