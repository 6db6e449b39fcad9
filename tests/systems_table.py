"""A tiny model of each system, and docs/systems.md's table of what works with which."""

import dataclasses
import functools
import re
from pathlib import Path

import numpy as np

import ia_pix2seq_tf as ia
from ia_pix2seq_tf.catalogue import SYSTEMS as ROWS
from ia_pix2seq_tf.stroke_mixture import PEN_STATES, RAW_SIZE

SCALE = 20.0
PAGE = Path(__file__).resolve().parents[1] / "docs" / "systems.md"
ALONE = ", decoder alone"
OWN = {"enc_rnn_size": 6}  # small sizes of fields that not every system has
SYSTEMS = {name: {field: OWN[field] for field in row.fields if field in OWN} for name, row in ROWS.items()}
SYSTEMS |= {f"{name}{ALONE}": {"conditional": False} for name, row in ROWS.items() if "conditional" in row.fields}
"""Fields of a small model of each system, and of the decoders that draw alone."""


@functools.cache
def tiny_model(name: str, cell: str = "lstm") -> ia.IAPix2Seq:
    """As small as can be and untrained, with weights that matter; it seldom ends a sketch."""
    hps = ia.HParams(
        categories=["bus", "pig"], num_per_category=12, dec_model=cell, dec_rnn_size=8, z_size=4, num_mixture=2
    )
    system = name.removesuffix(ALONE)
    settings = {"batch_size": 4, "jit_compile": False, "scale_factor": SCALE, "max_seq_len": 64}
    model, rng = (
        ia.IAPix2Seq(dataclasses.replace(hps, system=system, **settings, **SYSTEMS[name])),
        np.random.default_rng(0),
    )
    for weight in model.trainable_weights:
        weight.assign(weight + rng.normal(0, 0.1, weight.shape))
    model.decoder.head.bias.assign_add(np.eye(RAW_SIZE)[PEN_STATES - 1] * -4)
    return model


def works(kind: str) -> dict[str, set[str]]:
    """Of each "mode", "measure" or "export" in the table, the systems with which it works."""
    table = re.search(r"<!-- table: systems -->\n(.*?)\n\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    names = [cell.replace("`", "") for cell in header[1:]]
    assert names == sorted(SYSTEMS, key=names.index) and set(names) == set(SYSTEMS)
    found = {}
    for head, *cells in rows:
        assert set(cells) <= {"yes", "–"}, head
        if head.split()[0] == kind:
            found[head.split("`")[1]] = {name for name, cell in zip(names, cells, strict=True) if cell == "yes"}
    return found
