"""Trains IA-pix2seq or RPCL-pix2seq on sketches.

    python train.py --data_dir=demo --hparams_file=hparams/demo.json --log_root=runs/demo
    python train.py --data_dir=quickdraw --log_root=runs/cat_pig --hparams="categories=[cat,pig]"

The same command resumes a run that was stopped (Ctrl-C saves first). TensorBoard reads --log_root. Categories of
QuickDraw that are missing in --data_dir are downloaded if you agree.
"""

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.training.cluster import NONE, STRATEGIES

FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", "demo", "Directory of <category>.npz files; 'demo' for the built-in doodles.")
flags.DEFINE_string("log_root", "checkpoint", "Directory of checkpoints, TensorBoard events and contact sheet.")
flags.DEFINE_boolean("resume_training", True, "Go on from the checkpoint in --log_root, if there is one.")
flags.DEFINE_string("hparams_file", None, "JSON file of hyperparameters, such as those in hparams/.")
flags.DEFINE_string("hparams", "", "Hyperparameters as name=value,name=[a,b]; they override --hparams_file.")
flags.DEFINE_enum(
    "download",
    "ask",
    ("ask", "yes", "no"),
    "Download missing categories from QuickDraw; 'ask' asks on a terminal only.",
)
flags.DEFINE_boolean("accept_changed_data", False, "Resume although the data is not that of the earlier training.")
flags.DEFINE_enum(
    "strategy",
    NONE,
    STRATEGIES,
    "Share each batch out among the GPUs of this machine (mirrored), or among the machines that the environment "
    "variable TF_CONFIG names (multiworker). The numbers stay those of one device.",
)
HELP = f"{__doc__}\n{HParams.help_text()}"


@console.Program("train.py", HELP, tensorflow=True, errors=(*console.ERRORS, ArithmeticError))
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.training.run import train  # here, so that --help answers at once

    train(
        FLAGS.log_root,
        FLAGS.data_dir,
        FLAGS.hparams,
        FLAGS.hparams_file,
        FLAGS.resume_training,
        FLAGS.download,
        FLAGS.accept_changed_data,
        FLAGS.strategy,
    )


if __name__ == "__main__":
    main()
