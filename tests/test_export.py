"""Exported models load where this package is not, and compute what it computes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from exports import decoded, has_tf2onnx, tflite_function
from PIL import Image
from reference import SHARED, assert_close, golden, recorded_model

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.export import formats
from ia_pix2seq_tf.export.write import export_directory, export_model
from ia_pix2seq_tf.strokes import to_sequence

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = ("lstm", "layer_norm", "rpcl_hyper")  # each cell, both original programs
MAX_LEN, TEMPERATURE, SEED = 20, 0.5, 7
PEN_BIAS = (1.0, 0.5, 0.0)  # so that sketches end, but not at once
STEPS = 12  # of a decoder run one by one
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs/export.md").read_text(encoding="utf-8"), re.DOTALL)

ONLY_TENSORFLOW = """
import os, sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder

ABSENT = {"ia_pix2seq_tf", "keras", "tf_keras", "tensorflow_probability"}

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in ABSENT else super().find_spec(name, path, target)

sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Finder]
import numpy as np
import tensorflow as tf

example = sys.stdin.read()
for folder in sys.argv[1:]:
    os.chdir(folder)
    inputs = {name: tf.constant(value) for name, value in np.load("inputs.npz").items()}
    for name, signature in tf.saved_model.load("exported").signatures.items():
        needed = signature.structured_input_signature[1]
        outputs = signature(**{key: inputs[key] for key in needed})
        np.savez(name + ".npz", **{key: value.numpy() for key, value in outputs.items()})
    scope = {}
    exec(example, scope)
    np.savez("example.npz", strokes=scope["strokes"], points=scope["points"], lifted=scope["lifted"])
assert not ABSENT & {name.split(".")[0] for name in sys.modules}
"""


def example(text: str) -> str:
    """The code block of docs/export.md that holds `text`."""
    (found,) = [block for block in EXAMPLES if text in block]
    return found


class Export:
    """A recorded model, its recording, and the folder that holds it `exported`."""

    def __init__(self, name: str, folder: Path):
        self.recording = golden(name)
        self.model = recorded_model(self.recording)
        bias = self.model.decoder.head.bias
        bias.assign(np.concatenate([PEN_BIAS, bias[3:]]))
        self.folder, self.directory = folder, folder / "exported"
        self.images = self.recording["in/pngs"].astype(np.float32)
        self.z, self.sigma2 = self.recording["out/batch_z"], self.recording["out/p_sigma2"]

    def write(self):
        export_model(self.model, self.directory, MAX_LEN, onnx=has_tf2onnx())
        chance = {"temperature": np.float32(TEMPERATURE), "seed": np.int32(SEED)}
        np.savez(self.folder / "inputs.npz", images=self.images, z=self.z, sigma2=self.sigma2, **chance)
        Image.fromarray(np.uint8(np.round((self.images[0] + 1) * 127.5))).save(self.folder / "sketch.png")

    def output(self, name: str) -> dict[str, np.ndarray]:
        """What the process with TensorFlow alone computed."""
        with np.load(self.folder / f"{name}.npz") as file:
            return {key: file[key] for key in file.files}


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    made = {}
    for name in RECORDINGS:
        made[name] = Export(name, tmp_path_factory.mktemp(name))
        made[name].write()
    return made


@pytest.fixture(scope="module")
def run_exports(exports):
    """The exports, after a process with TensorFlow alone has run all of their signatures."""
    folders = [str(export.folder) for export in exports.values()]
    command = [sys.executable, "-c", ONLY_TENSORFLOW, *folders]
    subprocess.run(command, input=example("saved_model.load"), text=True, check=True, cwd=folders[0])
    return exports


@pytest.fixture(params=RECORDINGS)
def export(request, exports):
    return exports[request.param]


@pytest.fixture(params=RECORDINGS)
def run(request, run_exports):
    return run_exports[request.param]


def assert_same_sketches(found: dict[str, np.ndarray], expected: list[np.ndarray]):
    assert found["lengths"].tolist() == [len(strokes) for strokes in expected]
    assert_close(found["strokes"], [to_sequence(strokes, MAX_LEN)[1:] for strokes in expected])


def test_tensorflow_alone_encodes_as_the_package(run):
    found, (mu, sigma2) = run.output("encode"), run.model.encode(run.images)
    assert_close(found["mu"], mu, 2e-5)  # channels that hardly vary amplify rounding
    assert_close(found["sigma2"], sigma2, 2e-5)


def test_tensorflow_alone_decodes_pixels_as_the_package(run):
    assert_close(run.output("decode_pixels")["pixels"], run.model.decode_pixels(run.z), 1e-5)


def test_tensorflow_alone_generates_the_sketches_of_the_same_seed(run):
    expected = run.model.generate(run.z, MAX_LEN, TEMPERATURE, seed=SEED)
    assert len({len(strokes) for strokes in expected}) > 3  # they end at different times
    assert_same_sketches(run.output("generate"), expected)


def test_tensorflow_alone_generates_the_greedy_sketches(run):
    assert_same_sketches(run.output("generate_greedy"), run.model.generate(run.z, MAX_LEN, greedy=True))


def test_tensorflow_alone_reconstructs_from_the_mean_code(run):
    mean, _ = run.model.encode(run.images)
    assert_same_sketches(run.output("reconstruct"), run.model.generate(mean, MAX_LEN, TEMPERATURE, seed=SEED))


def test_tensorflow_alone_assigns_components_as_the_package(run):
    found, expected = run.output("assign"), run.model.assign_components(run.z, run.sigma2)
    assert_close(found["gamma"], expected["gamma"], 1e-5)
    np.testing.assert_array_equal(found["label"], expected["label"])


def test_the_documented_tensorflow_example_draws_the_sketch_of_the_package(run):
    found = run.output("example")
    mean, _ = run.model.encode(run.images[:1])
    (expected,) = run.model.generate(mean, MAX_LEN, seed=1)
    assert_close(found["strokes"][:, [0, 1, 3]], expected, 1e-3)  # the image went through 8 bits
    assert_close(found["points"], np.cumsum(expected[:, :2], axis=0), 1e-2)
    np.testing.assert_array_equal(found["lifted"], expected[:, 2] == 1)


@pytest.fixture(scope="module")
def loaded(exports):
    return tf.saved_model.load(str(exports["lstm"].directory)).signatures


@pytest.mark.parametrize("batch", [1, 5])
def test_signatures_take_batches_of_any_size(exports, loaded, batch):
    export = exports["lstm"]
    mean, _ = export.model.encode(export.images[:batch])
    assert_close(loaded["encode"](images=tf.constant(export.images[:batch]))["mu"], mean, 1e-5)
    sketches = loaded["generate_greedy"](z=tf.constant(export.z[:batch]))
    found = {name: value.numpy() for name, value in sketches.items()}
    assert_same_sketches(found, export.model.generate(export.z[:batch], MAX_LEN, greedy=True))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_a_temperature_that_is_not_above_zero_is_an_error(exports, loaded, temperature):
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected a temperature above 0"):
        loaded["generate"](z=exports["lstm"].z, temperature=tf.constant(temperature), seed=tf.constant(SEED))


def assert_computes_as_the_package(export, encode, start, step, batch):
    images, z, sequences = export.images[:batch], export.z[:batch], export.recording["in/seqs"][:batch, :STEPS]
    found, (mu, sigma2) = encode(images=images), export.model.encode(images)
    assert_close(found["mu"], mu, 1e-3)  # channels that hardly vary amplify rounding: see `encoder.pixel_mean`
    assert_close(found["sigma2"], sigma2, 1e-3)
    sequences = sequences.astype(np.float32)
    assert_close(decoded(step, start(z=z)["state"], sequences, z=z), export.model.decode(z, sequences))


def test_tflite_files_compute_as_the_package(export):
    files = [export.directory / "tflite" / f"{name}.tflite" for name in ("encoder", "initial_state", "decoder_step")]
    encode, start, step = map(tflite_function, files)
    assert_computes_as_the_package(export, encode, start, step, batch=1)


def test_tflite_files_need_no_operations_of_tensorflow(export):
    files = list((export.directory / "tflite").iterdir())
    assert len(files) == 3
    for path in files:
        assert b"Flex" not in path.read_bytes(), path  # how the converter names TensorFlow's operations


@pytest.fixture
def onnx_export(export):
    pytest.importorskip("onnxruntime")
    if not has_tf2onnx():
        pytest.skip("no tf2onnx")
    return export


@pytest.mark.parametrize("batch", [1, 6])
def test_onnx_files_compute_as_the_package(onnx_export, monkeypatch, batch):
    monkeypatch.chdir(onnx_export.folder)
    scope = {}
    exec(example("onnxruntime"), scope)
    functions = scope["encoder"], scope["initial_state"], scope["decoder_step"]
    assert_computes_as_the_package(onnx_export, *functions, batch)


def assert_example_draws_as_the_package(export, load: str):
    """Hardly any temperature leaves hardly any chance."""
    scope = {}
    exec(load, scope)
    exec(example("def draw("), scope)
    found = scope["draw"](export.images[0], temperature=1e-6, max_len=MAX_LEN)
    mean, _ = export.model.encode(export.images[:1])
    (expected,) = export.model.generate(mean, MAX_LEN, greedy=True)
    assert_close(found, expected, 1e-3)


def test_the_documented_tflite_example_draws_the_sketch_of_the_package(export, monkeypatch):
    pytest.importorskip("ai_edge_litert")
    monkeypatch.chdir(export.folder)
    assert_example_draws_as_the_package(export, example("ai_edge_litert"))


def test_the_documented_onnx_example_draws_the_sketch_of_the_package(onnx_export, monkeypatch):
    monkeypatch.chdir(onnx_export.folder)
    assert_example_draws_as_the_package(onnx_export, example("onnxruntime"))


def test_the_documented_sampler_draws_from_the_recorded_distribution():
    """The reference's sampler drew 40,000 strokes from a mixture of four components."""
    recording, temperature, draws = golden("stochastic_step"), 0.24, 4000
    scope = {}
    exec(example("def next_stroke("), scope)
    values = (recording["mux"], recording["muy"], *(np.log(recording[f"sigma{axis}"]) for axis in "xy"))
    values = (np.log(recording["pi"]), *values, np.arctanh(recording["corr"]))
    unused = [-1e9, 0, 0, 0, 0, 0]  # the other 16 components: of no weight
    padded = [np.pad(v[0], (0, 16), constant_values=u) for v, u in zip(values, unused, strict=True)]
    raw, random = np.concatenate([np.log(recording["pen"][0]), *padded]), np.random.default_rng(0)
    strokes = np.stack([scope["next_stroke"](raw, temperature, random) for _ in range(draws)])
    error = strokes.std(axis=0) * (1 / np.sqrt(draws) + 1 / np.sqrt(40_000))
    assert np.all(np.abs(strokes.mean(axis=0) - recording[f"t{temperature}/mean"]) < 4 * error + 1e-6)
    covariance = recording[f"t{temperature}/cov"]
    np.testing.assert_allclose(np.cov(strokes[:, :2].T), covariance, rtol=0, atol=0.1 * np.trace(covariance))


def test_the_configuration_is_exported(export):
    assert ia.HParams.read(export.directory / "model_config.json") == export.model.hps


@pytest.fixture(scope="module")
def small():
    sizes = {"dec_model": "lstm", "dec_rnn_size": 8, "z_size": 4, "num_mixture": 2, "png_width": 16}
    return ia.IAPix2Seq(ia.HParams.from_dict({"categories": ["cat"], "batch_size": 10, "max_seq_len": 9, **sizes}))


@pytest.fixture(scope="module")
def small_export(small, tmp_path_factory):
    output = tmp_path_factory.mktemp("small") / "new" / "export"
    export_model(small, output, tflite=False)
    return output


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def sketch_length(output: Path) -> int:
    """Rows of the sketches that an export of the small model draws."""
    signature = tf.saved_model.load(str(output)).signatures["generate_greedy"]
    batch, rows, columns = signature(z=tf.zeros((3, 4)))["strokes"].shape
    assert (batch, columns) == (3, 5)
    return rows


def test_an_export_without_tflite_is_a_saved_model_with_its_configuration(small_export):
    names = {path.name for path in small_export.iterdir()}
    assert {"saved_model.pb", "variables", "model_config.json"} <= names
    assert not names & {"tflite", "onnx"}
    assert listing(small_export.parent)[0] == "export", "no temporary folder stays beside it"


def test_sketches_are_as_long_as_in_training_by_default(small_export):
    assert sketch_length(small_export) == 9


def test_an_existing_output_is_refused_before_any_work(tmp_path):
    with pytest.raises(FileExistsError, match="--overwrite"):
        export_directory(tmp_path / "missing", tmp_path)


@pytest.fixture
def earlier_export(small_export, tmp_path):
    shutil.copytree(small_export, tmp_path / "export")
    (tmp_path / "export" / "tflite").mkdir()
    return tmp_path / "export"


def test_overwriting_replaces_an_export(small, earlier_export):
    export_model(small, earlier_export, max_len=5, tflite=False, overwrite=True)
    assert sketch_length(earlier_export) == 5
    assert not (earlier_export / "tflite").exists()
    assert [path.name for path in earlier_export.parent.iterdir()] == ["export"]


@pytest.mark.parametrize("names", [(), ("thesis.tex",), ("saved_model.pb", "thesis.tex")])
def test_overwriting_spares_what_is_no_export(small, tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("years of work")
    with pytest.raises(FileExistsError, match="not overwritten"):
        export_model(small, tmp_path, overwrite=True)
    assert listing(tmp_path) == sorted(names)


def test_a_failed_export_leaves_nothing_behind(small, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(formats, "write_tflite", fail)
    with pytest.raises(OSError, match="no space left"):
        export_model(small, tmp_path / "export")
    assert listing(tmp_path) == []


def test_a_failed_overwrite_keeps_the_earlier_export(small, earlier_export, monkeypatch):
    before, rename = listing(earlier_export.parent), Path.rename

    def fail_once(source, target):
        if target == earlier_export and not source.name.endswith("-replaced"):
            raise OSError("no such luck")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(OSError, match="no such luck"):
        export_model(small, earlier_export, tflite=False, overwrite=True)
    assert listing(earlier_export.parent) == before


def test_a_full_disk_is_an_os_error(small, tmp_path, monkeypatch):
    def fail(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(formats, "write_saved_model", fail)
    with pytest.raises(OSError, match="No space left on device"):
        export_model(small, tmp_path / "export")


def test_without_the_onnx_converter_the_extra_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ValueError, match=r"\.\[onnx\]"):
        export_model(small, tmp_path / "export", onnx=True)
    assert listing(tmp_path) == []


def test_a_length_below_one_is_refused(small, tmp_path):
    with pytest.raises(ValueError, match="max_len"):
        export_model(small, tmp_path / "export", max_len=0)


def test_a_damaged_checkpoint_is_refused(small, tmp_path):
    small.hps.write(tmp_path / "model_config.json")
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "vector-1"\n')
    (tmp_path / "vector-1.index").write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="vector-1"):
        export_directory(tmp_path, tmp_path / "export")
    assert not (tmp_path / "export").exists()


def command_line(*flags) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ia_pix2seq_tf.export", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_line_exports_a_checkpoint_of_this_program(small, tmp_path):
    model_dir, output = tmp_path / "run", tmp_path / "export"
    small.hps.write(model_dir / "model_config.json")
    native.save(native.manager(native.model_checkpoint(small), model_dir, native.BEST))
    done = command_line(f"--model_dir={model_dir}", f"--output={output}", "--max_len=7", "--notflite")
    assert done.returncode == 0, done.stderr
    assert str(output) in done.stderr
    assert sketch_length(output) == 7
    images = tf.linspace(-tf.ones((16, 16)), tf.ones((16, 16)), 3)
    found = tf.saved_model.load(str(output)).signatures["encode"](images=images)
    assert_close(found["mu"], small.encode(images)[0], 1e-5)


def test_the_command_line_answers_a_missing_checkpoint_with_one_sentence(tmp_path):
    done = command_line(f"--model_dir={tmp_path / 'missing'}", f"--output={tmp_path / 'export'}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"export: {tmp_path / 'missing'}: no model_config.json" in done.stderr


@pytest.mark.parametrize("system", ["ia", "rpcl"])
def test_exports_of_real_checkpoints_compute_what_the_reference_recorded(system, tmp_path):
    directory = SHARED / "checkpoints" / system
    if not directory.is_dir():
        pytest.skip(f"no {directory}")
    export_directory(directory, tmp_path / "export")
    signatures, recording = tf.saved_model.load(str(tmp_path / "export")).signatures, golden(f"checkpoint_{system}")
    mu = signatures["encode"](images=tf.constant(recording["in/pngs"], tf.float32))["mu"]
    assert_close(mu, recording["out/p_mu"])
    sketches, expected = signatures["generate_greedy"](z=mu[:6]), golden(f"checkpoint_{system}_greedy")
    for index in range(6):  # rounding drives sequences apart after some tens of steps
        assert_close(sketches["strokes"].numpy()[index, :15, [0, 1, 3]].T, expected[f"greedy/{index}"][:15], 1e-3)
    encoder = tflite_function(tmp_path / "export" / "tflite" / "encoder.tflite")
    found = encoder(images=recording["in/pngs"][:1].astype(np.float32))["mu"]
    assert_close(found, recording["out/p_mu"][:1], 1e-3)
