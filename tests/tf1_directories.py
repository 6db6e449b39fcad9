"""Directories as the TF1 programs left them, at sizes of a test."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from reference import formula_weight

import ia_pix2seq_tf as ia

PORT_FIELDS = ("system", "top_learning", "bottom_learning", "seed", "jit_compile", "plain_rnn")
SYSTEMS = ("ia", "rpcl")
CELLS = {"ia": "hyper", "rpcl": "lstm"}
FOREIGN_PATH = "/home/author/project/models/vector-3"
SCOPES = {"ia": "RPCLVQ", "rpcl": "RPCL-pix2seq"}


def hparams(system: str) -> ia.HParams:
    values = {"system": system, "dec_model": CELLS[system], "categories": ["cat", "alarm clock"]}
    sizes = {"dec_rnn_size": 6, "z_size": 4, "num_mixture": 2, "num_sub": 2, "max_seq_len": 10}
    return ia.HParams.from_dict(values | sizes)


def written_variables(system: str) -> dict[str, np.ndarray]:
    """What the reference's training leaves in a checkpoint, at sizes of this test."""
    scope = SCOPES[system]
    shapes = ia.IAPix2Seq(hparams(system)).tf1_shapes
    values = {name: formula_weight(name, shape) for name, shape in shapes.items()}
    values[f"{scope}/latent_alpha"] = np.float32([[0.1], [0.2], [0.3], [0.4]])
    values[f"{scope}/latent_sigma2"] = np.abs(values[f"{scope}/latent_sigma2"]) + 0.1
    for name in [name for name in shapes if "latent_" not in name]:
        for slot in ("Adam", "Adam_1"):
            values[f"{scope}/{name}/{slot}"] = np.abs(formula_weight(f"{name}/{slot}", shapes[name])) / 100
    bookkeeping = {f"{scope}/num_of_steps": 1.0}
    for owner in (scope, f"{scope}_1"):
        bookkeeping |= {f"{owner}/beta1_power": 0.125, f"{owner}/beta2_power": 0.997}
    return values | {name: np.float32(value) for name, value in bookkeeping.items()}


def save(prefix: Path, values: dict[str, np.ndarray]) -> None:
    """A checkpoint of named tensors, in the format that TF 1 and TF 2 share."""
    tensors = [tf.constant(value) for value in values.values()]
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=list(values), shape_and_slices=[""] * len(values), tensors=tensors
    )


def write_directory(directory: Path, system: str, values: dict[str, np.ndarray]) -> Path:
    save(directory / "vector-3", values)
    (directory / "checkpoint").write_text(
        f'model_checkpoint_path: "{FOREIGN_PATH}"\nall_model_checkpoint_paths: "{FOREIGN_PATH}"\n'
    )
    config = {name: value for name, value in hparams(system).to_dict().items() if name not in PORT_FIELDS}
    (directory / "model_config.json").write_text(json.dumps(config))
    np.savez(directory / "para.npz", best_valid_loss=12.5, epoch=3, count=60)
    return directory
