"""The examples in docstrings, in the README and in docs/ run. Those of docs/export.md are in test_export.py."""

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.data import demo

ROOT = Path(__file__).parent.parent
PACKAGE = Path(ia.__file__).parent
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]
PAGES = {
    str(path.relative_to(ROOT)): re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
DOODLES = [demo.draw("cat", "head", np.random.default_rng(i)) for i in range(20)]
RNG = np.random.default_rng(0)


def run(page: str, **scope: object) -> dict[str, object]:
    """The names after the one example of a page, which finds those of `scope`."""
    (example,) = PAGES[page]
    exec(example, scope)
    return scope


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted and not results.failed


def test_every_page_with_examples_is_tested():
    assert {page for page, examples in PAGES.items() if examples} == {
        *("README.md", "docs/data.md", "docs/evaluation.md", "docs/export.md", "docs/sampling.md")
    }


@pytest.fixture
def run_directory(tmp_path, monkeypatch) -> ia.HParams:
    """The hyperparameters of a tiny model, untrained, in `runs/demo` of the working directory."""
    monkeypatch.chdir(tmp_path)
    sizes = {"dec_model": "lstm", "dec_rnn_size": 16, "z_size": 8, "batch_size": 8, "max_seq_len": demo.MAX_POINTS}
    hps = ia.HParams(categories=["cat"], num_per_category=8, jit_compile=False, **sizes)
    directory = tmp_path / "runs/demo"
    native.save(native.manager(native.model_checkpoint(ia.IAPix2Seq(hps)), directory, native.BEST))
    hps.write(directory / "model_config.json")
    return hps


def test_the_example_of_the_readme_draws_sketches():
    scope = run("README.md", images=np.ones((2, 48, 48), np.float32))
    assert scope["mu"].shape == scope["sigma2"].shape == (2, scope["model"].z_size)
    assert [strokes.shape[1] for strokes in scope["strokes"]] == [3, 3]
    assert scope["pixels"].dtype == np.uint8 and scope["pixels"].shape == (48, 48)


def test_the_example_of_sampling_draws_sketches(run_directory, capsys):
    result = run("docs/sampling.md")["result"]
    assert capsys.readouterr().out.split() == [str(len(strokes)) for strokes in result.strokes]


def test_the_example_of_data_writes_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for i, strokes in enumerate(DOODLES):
        path = tmp_path / f"my_svgs/cat/{i}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ia.strokes_to_svg(strokes), encoding="utf-8")
    run("docs/data.md", sketches=DOODLES)
    assert "cat" in capsys.readouterr().out
    assert sum(map(len, ia.load_npz("data/cat.npz").values())) == len(DOODLES)
    np.testing.assert_equal(ia.load_npz("data/made.npz")["train"], DOODLES)


def test_the_example_of_evaluation_measures():
    codes = RNG.normal(size=(40, 4))
    labels, components = np.arange(40) % 3, np.arange(40) % 8
    one, other = np.zeros(4), np.ones(4)
    run(
        "docs/evaluation.md",
        **{"gallery": codes, "queries": codes, "codes": codes, "labels": labels, "components": components},
        **{"mu1": one, "var1": other, "mu2": other, "var2": other},
    )
