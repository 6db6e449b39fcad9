r"""Trains the classifier of the metric Rec on a data set, and says how well it knows the real test sketches.

    python -m ia_pix2seq_tf.evaluation.train_classifier --data_dir=demo --hparams_file=hparams/demo.json
    python -m ia_pix2seq_tf.evaluation.train_classifier --data_dir=quickdraw --hparams_file=hparams/dataset1.json \
        --max_steps=5000 --validate_every=250 --max_valid=2500

Rec is the share of reconstructions that a Sketch-a-Net puts into the category of their originals; the accuracy
printed here is its ceiling. evaluate.py trains the classifier itself where it is missing: this command is for
doing so beforehand, or with other settings. Of --hparams, categories, num_per_category and max_seq_len count: they
say which sketches there are. The result is kept in <data_dir>/.ia_pix2seq_cache (of the demo, in your cache
directory) under a name made of the sketches and the settings; the same command again only tests it.
"""

from absl import flags

from ia_pix2seq_tf import console, presets
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.evaluation.classifier_settings import Settings
from ia_pix2seq_tf.hparams import HParams

FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", DEMO, "Directory of <category>.npz files; 'demo' for the built-in doodles.")
flags.DEFINE_string("hparams_file", None, "JSON file of hyperparameters, or the name of one in hparams/: 'demo'.")
flags.DEFINE_string("hparams", "", "Hyperparameters as name=value,name=[a,b]; they override --hparams_file.")
flags.DEFINE_integer("seed", Settings.seed, "Of weights, dropout and order.", lower_bound=0)
flags.DEFINE_integer("batch_size", Settings.batch_size, "Sketches in a step.", lower_bound=1)
flags.DEFINE_float("learning_rate", Settings.learning_rate, "Adam's, falling linearly to 0.", lower_bound=0)
flags.DEFINE_integer("max_epochs", Settings.max_epochs, "Most passes over the training sketches.", lower_bound=1)
flags.DEFINE_integer("max_steps", Settings.max_steps, "Most steps, if these are fewer.", lower_bound=1)
flags.DEFINE_integer("validate_every", Settings.validate_every, "Steps between validations.", lower_bound=1)
flags.DEFINE_integer(
    "patience", Settings.patience, "Validations in a row without a better accuracy that end it.", lower_bound=1
)
flags.DEFINE_integer("max_valid", Settings.max_valid, "Most sketches in a validation.", lower_bound=1)


def described(report: dict, tested: dict) -> str:
    """The report of the classifier's training, and of its test if there was one, as a few lines of text."""
    lines = [
        f"accuracy on {tested['n']} test sketches: {tested['accuracy']:.2%} ± {tested['standard_error']:.2%}"
        if tested
        else "no test sketches",
        *(
            f"  {name}: " + (f"{group['accuracy']:.2%} of {group['n']}" if group["n"] else "no sketches")
            for name, group in tested.get("per_category", {}).items()
        ),
        f"trained for {report['steps']} steps ({report['epochs']:.1f} epochs of {report['train_n']} sketches), best "
        f"on {report['valid_n']} validation sketches at step {report['best_step']}: {report['valid_accuracy']:.2%}; "
        f"{report['seconds']:.0f} s in all",
    ]
    return "\n".join(lines)


@console.Program("train_classifier", __doc__, tensorflow=True, stopped="stopped; nothing was kept")
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.data.pipeline import load_data  # here, so that --help answers at once
    from ia_pix2seq_tf.evaluation.classifier import load_or_train, test

    settings = Settings(**console.flag_values(Settings))
    data = load_data(
        FLAGS.data_dir, HParams.resolve(file=presets.hparams_file(FLAGS.hparams_file), flags=FLAGS.hparams)
    )
    network, report = load_or_train(data, FLAGS.data_dir, settings)
    print(described(report, test(network, data)))


if __name__ == "__main__":
    main()
