"""Writes the latent sketchpad, a page in which one draws with a model, and serves it on this machine.

  The model that comes with the package, with a map of doodles:
    python -m ia_pix2seq_tf.web --model_dir=pretrained:doodles --data_dir=demo
  A training, for any host of static files (GitHub Pages, nginx):
    python -m ia_pix2seq_tf.web --model_dir=runs/demo --data_dir=demo --output=site --noserve

--model_dir is a directory of train.py, one of the original program, "pretrained:doodles", or a file of sketch-rnn's
browser demo such as bird.gen.json. Without --data_dir there is no map, and components have no names.
"""

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.constants import FLOAT32, WEIGHT_TYPES

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "model_dir", None, "Directory of the checkpoint, pretrained:NAME, or a .gen.json or .vae.json file.", required=True
)
flags.DEFINE_string("data_dir", None, "Directory of .npz files, or 'demo': for the map and the components' names.")
flags.DEFINE_string("output", "site", "Folder to write.")
flags.DEFINE_boolean("serve", True, "Serve the folder on 127.0.0.1 until Ctrl-C.")
flags.DEFINE_integer("port", 0, "Port to serve on; 0 takes a free one.", lower_bound=0, upper_bound=65535)
flags.DEFINE_integer("num_sketches", 600, "Most test sketches on the map.", lower_bound=1)
flags.DEFINE_enum(
    "weights",
    FLOAT32,
    WEIGHT_TYPES,
    "Type in which the page's model stores its weights: a half or a quarter of what is loaded, a little coarser.",
)
flags.DEFINE_boolean("overwrite", False, "Replace a folder of an earlier call.")
flags.DEFINE_string(
    "runtime", None, "Folder or .tgz file that holds onnxruntime-web, for machines that npm cannot fetch it to."
)


@console.Program("web", __doc__, tensorflow=True)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.web.run import make_page  # here, so that --help answers at once
    from ia_pix2seq_tf.web.site import Options

    options = Options(**console.flag_values(Options))
    make_page(options, FLAGS.port if FLAGS.serve else None)


if __name__ == "__main__":
    main()
