"""Trains a model of sketches; `--help`, and all else, is in ia_pix2seq_tf/training/__main__.py."""

from ia_pix2seq_tf.training.__main__ import main

if __name__ == "__main__":
    main()
