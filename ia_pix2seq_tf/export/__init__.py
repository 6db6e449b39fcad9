"""A trained model for other programs: SavedModel, TFLite and ONNX. See `docs/export.md`."""
