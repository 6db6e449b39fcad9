"""Downloads categories of QuickDraw for training (Google's files, CC BY 4.0).

    python -m ia_pix2seq_tf.data.download cat pig 'alarm clock'
    python train.py --data_dir=data --log_root=runs/cat_pig --hparams="categories=[cat,pig]"

A category has 75,000 drawings; NAME.full ('cat.full') has all that were drawn. What breaks off goes on with the
same command. Proxies are taken from the environment (https_proxy, no_proxy).
"""

import functools

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.data.files import BUCKET

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", "data", "Where to put the files; the --data_dir of train.py and sample.py.")
flags.DEFINE_string("base_url", BUCKET, "Directory of <category>.npz files on an HTTP server.")
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
def main(categories: list[str]) -> None:
    from ia_pix2seq_tf.data.fetch import Settings
    from ia_pix2seq_tf.data.quickdraw import download  # here, so that --help answers at once

    settings = Settings(FLAGS.proxy, FLAGS.timeout, FLAGS.retries, max_bytes=FLAGS.max_mb * 10**6)
    options = FLAGS.output_dir, FLAGS.base_url, settings, FLAGS.overwrite
    console.attempt_all(functools.partial(download, category, *options) for category in categories)


if __name__ == "__main__":
    main()
