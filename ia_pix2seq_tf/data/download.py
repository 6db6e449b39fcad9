"""Downloads categories of QuickDraw for training (Google's files, CC BY 4.0), or models that Google trained on them.

    python -m ia_pix2seq_tf.data.download cat pig 'alarm clock'
    python train.py --data_dir=data --log_root=runs/cat_pig --hparams="categories=[cat,pig]"

A category has 75,000 drawings; NAME.full ('cat.full') has all that were drawn.

    python -m ia_pix2seq_tf.data.download --models bird 'alarm clock'
    python sample.py --model_dir=models/bird.gen.json --mode=unconditional

The models (Apache 2.0) are those of sketch-rnn's browser demo, decoders that draw by themselves; NAME.vae ('bird.vae')
has an encoder too. What breaks off goes on with the same command. Proxies are taken from the environment
(https_proxy, no_proxy).
"""

import functools
from typing import TYPE_CHECKING

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.data.files import BUCKET

if TYPE_CHECKING:
    from ia_pix2seq_tf.data.fetch import Settings

FLAGS = flags.FLAGS
flags.DEFINE_boolean("models", False, "Download trained models of the named categories, not their drawings.")
flags.DEFINE_string("output_dir", None, "Where to put the files: by default data, which train.py takes, or models.")
flags.DEFINE_string(
    "base_url",
    None,
    f"Directory of the files on an HTTP server: of <category>.npz ({BUCKET}), or of <category>.gen.json.",
)
flags.DEFINE_string("proxy", None, "Address of a proxy, instead of the environment's.")
flags.DEFINE_float("timeout", 30.0, "Seconds without an answer that end an attempt.", lower_bound=0.1)
flags.DEFINE_integer("retries", 5, "Attempts in a row that may fail.", lower_bound=0)
flags.DEFINE_integer("max_mb", 2048, "Largest file to accept, in MB.", lower_bound=1)
flags.DEFINE_boolean("overwrite", False, "Download anew what is there already.")


@console.Program(
    "download",
    __doc__,
    takes="the names of categories, such as: cat pig 'alarm clock'",
    stopped="stopped; the same command goes on",
)
def main(names: list[str]) -> None:
    download = _model if FLAGS.models else _category
    console.attempt_all(functools.partial(download, name) for name in names)


def _category(name: str) -> None:
    from ia_pix2seq_tf.data.quickdraw import download  # here, so that --help answers at once

    download(name, FLAGS.output_dir or "data", FLAGS.base_url or BUCKET, _settings(), FLAGS.overwrite)


def _model(name: str) -> None:
    from ia_pix2seq_tf.data import models

    url = FLAGS.base_url or models.BUCKET
    path = models.download_model(name, FLAGS.output_dir or "models", url, _settings(), FLAGS.overwrite)
    print(models.drawing_command(path))


def _settings() -> "Settings":
    from ia_pix2seq_tf.data.fetch import Settings

    return Settings(FLAGS.proxy, FLAGS.timeout, FLAGS.retries, max_bytes=FLAGS.max_mb * 10**6)


if __name__ == "__main__":
    main()
