"""The ten programs as one starts them: they teach, and say what they need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "ia_pix2seq_tf.training": "hparams_file",
    "ia_pix2seq_tf.sampling": "temperature",
    "ia_pix2seq_tf.evaluation": "classifier_seed",
    "ia_pix2seq_tf.evaluation.compare": "columns",
    "ia_pix2seq_tf.evaluation.train_classifier": "max_epochs",
    "ia_pix2seq_tf.export": "[no]tflite",
    "ia_pix2seq_tf.web": "[no]serve",
    "ia_pix2seq_tf.data.download": "retries",
    "ia_pix2seq_tf.data.convert": "epsilon",
    "ia_pix2seq_tf.data.inspect": "output",
}
"""Each program and one of its flags."""
REQUIRED = {
    "ia_pix2seq_tf.sampling": ["--model_dir=x"],
    "ia_pix2seq_tf.evaluation": ["--model_dir=x"],
    "ia_pix2seq_tf.export": ["--model_dir=x", "--output=y"],
    "ia_pix2seq_tf.web": ["--model_dir=x"],
    "ia_pix2seq_tf.data.convert": ["--output_dir=x"],
}
SCRIPTS = {"train": "training", "sample": "sampling", "evaluate": "evaluation"}


def run(*arguments: str) -> subprocess.CompletedProcess:
    """Runs Python on arguments."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


def as_shown(text: str | None) -> str:
    """A text without the breaks of its lines."""
    return " ".join((text or "").split())


def flags_in(text: str) -> set[str]:
    """The flags that a text of --help explains."""
    return set(re.findall(r"^ +(--\S+):", text, re.MULTILINE))


@pytest.mark.parametrize("module", MODULES)
def test_help_shows_what_a_program_does_by_examples_and_its_flags_without_tensorflow(module):
    shown = run("-X", "importtime", "-m", module, "--help")
    assert shown.returncode == 0
    assert f"python -m {module} " in shown.stdout or any(f"python {name}.py " in shown.stdout for name in SCRIPTS)
    assert f"  --{MODULES[module]}:" in shown.stdout
    assert not re.search(r"\| +tensorflow$", shown.stderr, re.MULTILINE), "so that it answers at once"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_shows_the_help_of_its_program(name):
    script, module = run(f"{name}.py", "--help").stdout, run("-m", f"ia_pix2seq_tf.{SCRIPTS[name]}", "--help").stdout
    assert script.partition("\nflags:")[0] == module.partition("\nflags:")[0]
    assert set(re.findall(r"^ +(--\S+):", script, re.MULTILINE)) == set(
        re.findall(r"^ +(--\S+):", module, re.MULTILINE)
    )


def test_help_of_training_has_the_table_of_hyperparameters():
    shown = run("train.py", "--help").stdout
    assert "dec_rnn_size" in shown and "lstm, layer_norm, hyper" in as_shown(shown)


@pytest.mark.parametrize("module", MODULES)
def test_what_is_no_flag_is_refused_or_asked_for(module):
    takes_files = module.rpartition(".")[2] in ("compare", "download", "convert", "inspect")
    done = run("-m", module, *REQUIRED.get(module, ()), *([] if takes_files else ["surplus"]))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert ("\nexpected " if takes_files else "\nunexpected argument 'surplus'") in done.stderr


def run_with(module: str, work: str, body: str, *arguments: str) -> subprocess.CompletedProcess:
    """Runs a program in which the function that does its work is another one, of this body."""
    place, _, function = f"ia_pix2seq_tf.{work}".rpartition(".")
    program = f"""
import importlib, runpy
def work(*_, **__): {body}
setattr(importlib.import_module({place!r}), {function!r}, work)
runpy.run_module("ia_pix2seq_tf.{module}", run_name="__main__", alter_sys=True)
"""
    return run("-c", program, *arguments)


def test_a_name_that_cannot_be_written_is_shown():
    body = "('x' * 99 + 'caf\\udce9/model').encode()"
    done = run_with("evaluation.compare", "evaluation.comparison.read_all", body, "x")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"compare: expected names in UTF-8, found '{'x' * 57}caf\\udce9/model'" in done.stderr


@pytest.mark.parametrize(
    ("module", "work", "arguments"),
    (
        ("evaluation.compare", "evaluation.comparison.read_all", ("x",)),
        ("data.convert", "data.convert.run.find_sources", ("--output_dir=y", "x")),
        ("data.inspect", "data.npz.array_sizes", ("x",)),
    ),
)
def test_ctrl_c_ends_a_program_with_a_sentence(module, work, arguments):
    done = run_with(module, work, "raise KeyboardInterrupt", *arguments)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert re.search(r"^[a-z.]+: stopped; [^\n]*\n\Z", done.stderr, re.MULTILINE), done.stderr
