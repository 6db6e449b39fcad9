"""Measures a trained model as the paper does, with a picture of each measure.

    python evaluate.py --model_dir=runs/demo --data_dir=demo --output_dir=evaluation
    python evaluate.py --model_dir=runs/cat_pig --data_dir=quickdraw --metrics=ret,acc --seeds=0,1,2

Writes metrics.json, metrics.md and pictures to --output_dir, and the codes for TensorBoard's projector: look at them
with `tensorboard --logdir OUTPUT_DIR/projector`. An evaluation that was stopped goes on where it was.
`python -m ia_pix2seq_tf.evaluation.compare` puts several metrics.json into one table.
"""

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.constants import LIVING_ALPHA
from ia_pix2seq_tf.evaluation.options import METRICS, SPLITS, SUMMARIES, Options

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "Directory of the trained model, or a .gen.json file.", required=True)
flags.DEFINE_string("data_dir", Options.data_dir, "Directory of <category>.npz files; 'demo' for the built-in doodles.")
flags.DEFINE_string("output_dir", Options.output_dir, "Where to write.")
flags.DEFINE_list(
    "metrics",
    Options.metrics,
    f"Some of {','.join(METRICS)}; by default all that model and data allow. Over all test sketches, or those of "
    f"--split:\n{SUMMARIES}",
)
flags.DEFINE_list(
    "seeds", list(map(str, Options.seeds)), "Seeds of the drawings; with several, rec and ret are means over them."
)
flags.DEFINE_float("temperature", Options.temperature, "Of the drawings, above 0; lower is tidier.")
flags.DEFINE_float(
    "living_alpha",
    Options.living_alpha,
    f"Weight from which a component counts as living, {LIVING_ALPHA} by default.",
)
flags.DEFINE_integer("classifier_seed", Options.classifier_seed, "Seed of the Sketch-a-Net.")
flags.DEFINE_enum(
    "split",
    Options.split,
    SPLITS,
    "Whose sketches to measure: by those of validation one may choose settings without having seen the test.",
)
flags.DEFINE_boolean(
    "pictures", Options.pictures, "Draw the latent space (t-SNE, PCA), and write it for the projector."
)


def options() -> Options:
    """The flags as one object."""
    values = console.flag_values(Options)
    try:
        values["seeds"] = [int(seed) for seed in values["seeds"]]
    except ValueError:
        raise ValueError(f"--seeds: expected whole numbers, found {','.join(values['seeds'])}") from None
    return Options(**values)


@console.Program(
    "evaluate.py",
    __doc__,
    tensorflow=True,
    stopped="stopped; the same command goes on from the stages that are finished",
)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.evaluation.run import evaluate  # here, so that --help answers at once

    evaluate(options())


if __name__ == "__main__":
    main()
