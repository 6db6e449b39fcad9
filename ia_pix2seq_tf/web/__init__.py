"""The latent sketchpad: a page in which one draws with a model, as a folder that any host serves."""
