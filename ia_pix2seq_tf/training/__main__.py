"""Trains a model of sketches: IA-pix2seq, or another system.

    python train.py --data_dir=demo --hparams_file=hparams/demo.json --log_root=runs/demo
    python train.py --data_dir=quickdraw --log_root=runs/cat_pig --hparams="categories=[cat,pig]"
    python train.py --data_dir=quickdraw --log_root=runs/small --hparams_file=small

The same command resumes a run that was stopped (Ctrl-C saves first). TensorBoard reads --log_root. Categories of
QuickDraw that are missing in --data_dir are downloaded if you agree.
"""

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.data.files import DEMO
from ia_pix2seq_tf.data.quickdraw import ANSWERS
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.training.cluster import STRATEGIES
from ia_pix2seq_tf.training.options import Options

flags.DEFINE_string(
    "data_dir", str(Options.data_dir), f"Directory of <category>.npz files; '{DEMO}' for the built-in doodles."
)
flags.DEFINE_string(
    "log_root", str(Options.log_root), "Directory of checkpoints, TensorBoard events and a contact sheet."
)
flags.DEFINE_boolean(
    "resume_training", Options.resume_training, "Go on from the checkpoint in --log_root, if there is one."
)
flags.DEFINE_string(
    "hparams_file",
    Options.hparams_file,
    "JSON file of hyperparameters, or the name of one in hparams/, such as 'demo', which come with the package.",
)
flags.DEFINE_string(
    "hparams", Options.hparams, "Hyperparameters as name=value,name=[a,b]; they override --hparams_file."
)
flags.DEFINE_enum(
    "download",
    Options.download,
    ANSWERS,
    "Download missing categories from QuickDraw; 'ask' asks on a terminal only.",
)
flags.DEFINE_boolean(
    "accept_changed_data",
    Options.accept_changed_data,
    "Resume although the data is not that of the earlier training.",
)
flags.DEFINE_boolean(
    "allow_empty_splits",
    Options.allow_empty_splits,
    "Train although 'valid' or 'test' has no sketches, without that evaluation: without 'valid' until num_steps.",
)
flags.DEFINE_enum(
    "strategy",
    Options.strategy,
    STRATEGIES,
    "Share each batch out among the GPUs of this machine (mirrored), or among the machines that the environment "
    "variable TF_CONFIG names (multiworker). The numbers stay those of one device.",
)
HELP = f"{__doc__}\n{HParams.help_text()}"


@console.Program(
    "train.py",
    HELP,
    tensorflow=True,
    errors=(*console.ERRORS, ArithmeticError),
    stopped="stopped; the last checkpoint, if there is one, is whole",
)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.training.run import train  # here, so that --help answers at once

    train(Options(**console.flag_values(Options)))


if __name__ == "__main__":
    main()
