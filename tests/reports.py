"""Reports made up for tests."""

import copy
from pathlib import Path

from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.comparison import Source
from ia_pix2seq_tf.evaluation.report import Data, Metric, Model, Report

IA, RPCL = {"rec": 93.1, "olr": 0.2}, {"rec": 90.0, "olr": 0.1}


CONTENT = {
    "program": "ia_pix2seq_tf 0.1",
    "model": {
        "model_dir": "runs/x",
        "checkpoint": "ckpt-3",
        "checkpoint_sha256": "ab12",
        "system": "ia",
        "top_learning": "hl",
        "bottom_learning": "hl",
        "step": 1050,
        "hparams": {"seed": 7, "dec_rnn_size": 128, "dec_model": "hyper"},
        "alpha": [0.75, 0.25],
    },
    "data": {"data_dir": "data", "categories": ["pig", "cat"], "test_sketches": 5000, "fingerprint": "f00"},
    "settings": {"temperature": 0.24, "classifier": {"epochs": 3}, "metrics": ["rec"]},
    "metrics": {
        "rec": {
            "value": 93.1,
            "error": 0.42,
            "error_kind": "standard error over sketches",
            "unit": "%",
            "n": 5000,
            "per_seed": [93.0, 93.2],
        },
        "olr": {"value": None, "error": None, "error_kind": "std over pairs", "unit": "", "n": 0},
        "lil": {"value": 57.125, "error": None, "error_kind": "", "unit": "", "n": 5000},
    },
}
"""Of a `metrics.json`."""


def content(**changes):
    """CONTENT with changes to its fields, written `model__step=3`."""
    changed = copy.deepcopy(CONTENT)
    for name, value in changes.items():
        *path, last = name.split("__")
        inner = changed
        for step in path:
            inner = inner[step]
        inner[last] = value
    return changed


def source(values, errors=0.5, path="x/metrics.json", **changes):
    """A report of IA-pix2seq on categories that the paper has not, with changes by field name."""
    fields = {
        "system": "ia",
        "top": "hl",
        "bottom": "hl",
        "seed": 1,
        "step": 1000,
        "units": 128,
        "categories": ["face", "pig"],
        "data_dir": "data",
        "test_sketches": 5000,
        "fingerprint": "f00",
        "model_dir": "runs/x",
        "settings": {"temperature": 0.24, "seeds": [0]},
    } | changes
    model = Model(
        model_dir=fields["model_dir"],
        checkpoint="ckpt",
        checkpoint_sha256="00",
        system=fields["system"],
        top_learning=fields["top"],
        bottom_learning=fields["bottom"],
        step=fields["step"],
        hparams={"seed": fields["seed"], "dec_rnn_size": fields["units"], "system": fields["system"]},
        alpha=[0.5, 0.5],
    )
    data = Data(
        data_dir=fields["data_dir"],
        categories=fields["categories"],
        test_sketches=fields["test_sketches"],
        fingerprint=fields["fingerprint"],
    )
    metrics = {
        name: Metric(
            value=value,
            error=None if value is None else errors,
            error_kind="std over pairs" if name in ("olr", "rlda") else "standard error over sketches",
            unit=COLUMNS[name].unit,
            n=9,
        )
        for name, value in values.items()
    }
    return Source(Path(path), Report(model=model, data=data, settings=fields["settings"], metrics=metrics))


def written(directory, *sources):
    """The directories into which the reports were written."""
    folders = [directory / str(number) for number in range(len(sources))]
    for folder, each in zip(folders, sources, strict=True):
        each.report.write(folder / "metrics.json")
    return [str(folder) for folder in folders]
