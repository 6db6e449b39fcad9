"""Exports a model for other programs; `docs/export.md` says which file runs where.

    python -m ia_pix2seq_tf.export --model_dir=runs/demo --output=exported

--model_dir is a directory of train.py, or one of the original program; or a file of sketch-rnn's browser demo.
"""

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.constants import FLOAT32, WEIGHT_TYPES

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "Directory of the checkpoint, or a .gen.json or .vae.json file.", required=True)
flags.DEFINE_string("output", None, "Directory to write: a SavedModel, with other formats in it.", required=True)
flags.DEFINE_integer("max_len", None, "Most points of a generated sketch; default: as trained.", lower_bound=1)
flags.DEFINE_boolean("tflite", True, "Also write TFLite files of the encoder and of the decoder's step.")
flags.DEFINE_boolean("onnx", False, "Also write ONNX files of the same; needs the extra 'onnx'.")
flags.DEFINE_boolean(
    "gen_json", False, "Also write CATEGORY.gen.json or .vae.json of an lstm sketch-rnn, for its browser demo's pages."
)
flags.DEFINE_boolean(
    "packed", False, "Also write packed/: all weights in half precision, for --model_dir of this package's programs."
)
flags.DEFINE_enum(
    "weights",
    FLOAT32,
    WEIGHT_TYPES,
    "Type in which SavedModel, TFLite and ONNX files store weights: a half or a quarter of the bytes; with int8, large "
    "models draw two to three times as fast in TFLite and ONNX Runtime, a little coarser.",
)
flags.DEFINE_boolean("overwrite", False, "Replace an earlier export.")


@console.Program("export", __doc__, tensorflow=True)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.export.write import export_directory  # here, so that --help answers at once

    formats = FLAGS.tflite, FLAGS.onnx, FLAGS.overwrite, FLAGS.gen_json, FLAGS.packed, FLAGS.weights
    export_directory(FLAGS.model_dir, FLAGS.output, FLAGS.max_len, *formats)


if __name__ == "__main__":
    main()
