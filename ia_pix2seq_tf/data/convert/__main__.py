"""Makes files for training of drawings; `docs/data.md` says what becomes of each format.

    python -m ia_pix2seq_tf.data.convert --output_dir=data raw/cat.ndjson
    python -m ia_pix2seq_tf.data.convert --output_dir=data --images my_svgs/
    python -m ia_pix2seq_tf.data.convert --output_dir=data --split=70000,2500,2500 --recognized_only full/*.ndjson

Takes QuickDraw's .ndjson (raw or simplified), .bin and, from Kaggle, .csv; .svg; sketch-rnn's .npz; .json of strokes,
of QuickDraw's records, of excalidraw or of tldraw; .excalidraw and .tldr; online handwriting as .inkml and as
IAM-OnDB's .xml; all of them but .npz packed too (.gz, .svgz); and directories of these, in which each sub-directory of
files that are one drawing is a category.
"""

import io
import sys
from typing import TYPE_CHECKING

from absl import flags

from ia_pix2seq_tf import console

if TYPE_CHECKING:
    from ia_pix2seq_tf.data.convert import Options

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Directory to write <category>.npz to.", required=True)
flags.DEFINE_string("category", None, "Category of all drawings; default: as the drawing, its file or folder says.")
flags.DEFINE_boolean("images", False, "Also write <category>_png.npz, the images of the drawings.")
flags.DEFINE_integer("image_size", 48, "Side of the images in pixels.", lower_bound=4, upper_bound=1024)
flags.DEFINE_float(
    "scale",
    None,
    "Longest side of drawings; 0 keeps their unit. Default: 255, but for what has QuickDraw's or whole-number strokes.",
    lower_bound=0,
    upper_bound=10_000,
)
flags.DEFINE_enum(
    "simplify", "auto", ["auto", "always", "never"], "Whether to drop points; auto: as QuickDraw, where needed."
)
flags.DEFINE_enum(
    "join",
    "auto",
    ["auto", "always", "never"],
    "Whether lines that start where the one before ended are pieces of one; auto: in drawings where most do.",
)
flags.DEFINE_float("epsilon", 2.0, "How far lines may depart from a drawing, after scaling.", lower_bound=0)
flags.DEFINE_integer("max_len", 250, "Drop drawings of more points.", lower_bound=1, upper_bound=10_000)
flags.DEFINE_boolean(
    "first_point",
    True,
    "Keep the row (0, 0) of the first point; without, as in sketch-rnn's files, images lack a line.",
)
flags.DEFINE_list(
    "split",
    None,
    "Drawings of train, valid, test: numbers, of which a random sample is kept, or shares. "
    "Default: as in the file if it has splits, else 0.8,0.1,0.1.",
)
flags.DEFINE_integer(
    "seed", 0, "Of the order, the sample and the division into splits.", lower_bound=0, upper_bound=2**63
)
flags.DEFINE_boolean("deduplicate", True, "Drop drawings of a category that are equal to another.")
flags.DEFINE_boolean("recognized_only", False, "Drop drawings that are not marked as recognized.")
flags.DEFINE_boolean("strict", False, "Refuse drawings with texts, images or others that are no lines; else left out.")
flags.DEFINE_enum("on_error", "stop", ["stop", "skip"], "What to do where a drawing cannot be read.")
flags.DEFINE_string("sheet", None, "Where to draw examples, .png or .svg; default: <output_dir>/sheet.png.")
flags.DEFINE_boolean("overwrite", False, "Replace files that are there.")


@console.Program(
    "convert",
    __doc__,
    takes="files or directories of drawings",
    errors=(*console.ERRORS, ImportError),
    stopped="stopped; files that were written are whole",
)
def main(paths: list[str]) -> None:
    from ia_pix2seq_tf.data.convert import convert

    summary = convert(paths, FLAGS.output_dir, _options(), FLAGS.sheet or f"{FLAGS.output_dir}/sheet.png")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be text
    print(summary.text())


def _options() -> "Options":
    from ia_pix2seq_tf.data.convert import Options, Parts, Shape

    choices = {"auto": None, "always": True, "never": False}
    simplify, join = choices[FLAGS.simplify], choices[FLAGS.join]
    return Options(
        shape=Shape(FLAGS.scale, simplify, FLAGS.epsilon, FLAGS.max_len, FLAGS.first_point, join),
        parts=Parts.parse(FLAGS.split) if FLAGS.split else None,
        seed=FLAGS.seed,
        deduplicate=FLAGS.deduplicate,
        recognized_only=FLAGS.recognized_only,
        category=FLAGS.category,
        strict=FLAGS.strict,
        skip_damaged=FLAGS.on_error == "skip",
        image_size=FLAGS.image_size if FLAGS.images else None,
        overwrite=FLAGS.overwrite,
    )


if __name__ == "__main__":
    main()
