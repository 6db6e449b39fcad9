"""Checkpoints: the reference's (`tf1`), this program's own (`native`), and loading a model from either (`load`)."""
