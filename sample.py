"""Draws sketches with a trained model; `--help`, and all else, is in ia_pix2seq_tf/sampling/__main__.py."""

from ia_pix2seq_tf.sampling.__main__ import main

if __name__ == "__main__":
    main()
