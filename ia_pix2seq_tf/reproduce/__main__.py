"""Trains, evaluates and compares: whole experiments, such as the tables of the paper, with one command each.

  On the built-in doodles, what keeps components alive (hours on two cores; stop and resume as you like):
    python -m ia_pix2seq_tf.reproduce doodles --root=runs/doodles
  Table 5 of the paper (days on a GPU; QuickDraw is downloaded if you agree):
    python -m ia_pix2seq_tf.reproduce table5 --data_dir=quickdraw --root=runs/table5
  The same at a size for a laptop:
    python -m ia_pix2seq_tf.reproduce table5 --data_dir=quickdraw --root=runs/small5 \
        --hparams="dec_model=lstm,dec_rnn_size=256,z_size=32,batch_size=32,num_per_category=3000,num_steps=4000"

Every training has a directory in --root, with its evaluation; table.md is written anew after each. The same command
goes on where it was stopped: a training in its middle, an evaluation from its finished stages. Given in several
terminals at once, one for each GPU perhaps (CUDA_VISIBLE_DEVICES=1), it shares the trainings out. Experiments are JSON
files; write your own after those in ia_pix2seq_tf/reproduce/experiments/.
"""

import dataclasses
from pathlib import Path

from absl import flags

from ia_pix2seq_tf import console, presets
from ia_pix2seq_tf.data.quickdraw import ANSWERS, ASK
from ia_pix2seq_tf.reproduce.experiment import EXPERIMENTS, Experiment

FLAGS = flags.FLAGS
flags.DEFINE_string("root", None, "Directory of all results.", required=True)
flags.DEFINE_string("data_dir", None, "Directory of <category>.npz files, or 'demo'; by default the experiment's own.")
flags.DEFINE_list("seeds", None, "Seeds of the trainings; by default the experiment's own.")
flags.DEFINE_string("hparams", "", "Changes to the hyperparameters of all runs, as train.py takes them.")
flags.DEFINE_enum("download", ASK, ANSWERS, "Download missing categories from QuickDraw.")


def changed(experiment: Experiment) -> Experiment:
    """The experiment with the data and seeds that the flags ask for."""
    if FLAGS.data_dir is not None:
        experiment = dataclasses.replace(experiment, data_dir=FLAGS.data_dir)
    if FLAGS.seeds is None:
        return experiment
    if not FLAGS.seeds or not all(seed.isdecimal() for seed in FLAGS.seeds):
        raise ValueError(f"--seeds: expected whole numbers, found {','.join(FLAGS.seeds)}")
    return dataclasses.replace(experiment, seeds=tuple(dict.fromkeys(map(int, FLAGS.seeds))))


@console.Program(
    "reproduce",
    f"{__doc__}\nExperiments: {', '.join(presets.names_in(EXPERIMENTS))}",
    takes="an experiment: a file, or the name of one that comes with the package",
    stopped="stopped; the same command goes on",
)
def main(arguments: list[str]) -> None:
    from ia_pix2seq_tf.reproduce.run import Work  # here, so that --help answers at once

    for name in arguments:
        experiment = changed(Experiment.read(presets.named_file(name, EXPERIMENTS, "experiment")))
        Work(experiment, Path(FLAGS.root), FLAGS.hparams, FLAGS.download).go()


if __name__ == "__main__":
    main()
