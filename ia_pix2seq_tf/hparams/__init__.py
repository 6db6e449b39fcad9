"""Hyperparameters: their fields, their JSON files, and which values can work.

`HParams` holds the reference's fields in the reference's order with its defaults, then a block of the
port's own. Values come, the later over the earlier, from the defaults, a saved `model_config.json`, an
`--hparams_file` and the `--hparams` string: see `HParams.resolve`.

    fields     the fields: name, type, default, meaning, rule
    rules      what values must satisfy, alone and together
    grammar    the `--hparams` string
    hparams    the class
    renamed    what other programs call otherwise
    table      the fields as a table, for `--help`

This package is the ground floor, beside `catalogue.py`, and does not import TensorFlow.
"""

from ia_pix2seq_tf.hparams.fields import CELLS, LEARNING_RULES
from ia_pix2seq_tf.hparams.hparams import MAX_FILE_BYTES, HParams, read_description
from ia_pix2seq_tf.hparams.rules import IMAGE_FACTOR

__all__ = ["CELLS", "IMAGE_FACTOR", "LEARNING_RULES", "MAX_FILE_BYTES", "HParams", "read_description"]
