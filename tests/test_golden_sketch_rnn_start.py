"""At the default sizes, sketch-rnn and sketch-pix2seq begin as their TF1 programs do: defaults, parameters, weights."""

import json

import numpy as np
import pytest
from reference import ELSEWHERE, GOLDEN

from ia_pix2seq_tf import HParams, IAPix2Seq

PROGRAMS = {"sketchrnn": "sketch_rnn", "sketchpix2seq": "sketch_pix2seq"}
CELLS = ("lstm", "layer_norm", "hyper")
DEVIATIONS = 6  # by which statistics of two samples may differ, in standard errors
CONSTANT = 1e-6  # a deviation smaller than this, relative to the mean, is rounding
FEW = 100  # entries, of which extremes say little
EXTREME_TOLERANCE = 0.35  # of the extremes of two samples, relative


def defaults(program: str) -> dict:
    return json.loads((GOLDEN / "systems" / f"{program}_defaults.json").read_text())


def start(program: str, cell: str, conditional: bool = True) -> dict[str, np.ndarray]:
    """The weights of a new model of the original's default sizes, by TF1 name."""
    values = {name: value for name, value in defaults(program)["defaults"].items() if name not in ELSEWHERE}
    kinds = {"dec_model": cell, **({"enc_model": cell} if "enc_model" in values else {})}
    hps = HParams.from_dict({**values, **kinds, "system": PROGRAMS[program], "conditional": conditional})
    return IAPix2Seq(hps).get_tf1_variables()


@pytest.fixture(scope="module", params=[(program, cell) for program in PROGRAMS for cell in CELLS], ids="-".join)
def begun(request):
    return (*request.param, start(*request.param))


def test_as_many_parameters_as_the_original_has(begun):
    program, cell, weights = begun
    assert sum(map(np.size, weights.values())) == defaults(program)["counts"][cell]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("cell", CELLS)
def test_as_many_parameters_without_a_code_as_the_original_has(program, cell):
    weights = start(program, cell, conditional=False)
    assert sum(map(np.size, weights.values())) == defaults(program)["counts"][f"{cell} unconditional"]


def test_every_variable_begins_with_the_distribution_of_the_original(begun):
    program, cell, weights = begun
    recorded = {key.split(":", 1)[1]: v for key, v in defaults(program)["init"].items() if key.startswith(f"{cell}:")}
    assert recorded.keys() == weights.keys()
    for name, (shape, mean, deviation, lowest, highest) in recorded.items():
        values, count = weights[name].astype(np.float64), np.prod(shape)
        assert list(values.shape) == shape, name
        if deviation < CONSTANT * abs(mean) or deviation == 0:
            np.testing.assert_allclose(values, mean, rtol=1e-6, err_msg=name)
            continue
        error = DEVIATIONS * deviation * np.sqrt(2 / count)
        np.testing.assert_allclose(values.mean(), mean, rtol=0, atol=error, err_msg=name)
        np.testing.assert_allclose(values.std(), deviation, rtol=0, atol=error / np.sqrt(2), err_msg=name)
        if count >= FEW:
            extremes = values.min(), values.max()
            np.testing.assert_allclose(extremes, (lowest, highest), rtol=EXTREME_TOLERANCE, err_msg=name)
