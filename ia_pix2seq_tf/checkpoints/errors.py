"""The error that all checkpoint reading raises."""


class CheckpointError(ValueError):
    """A checkpoint that is missing, damaged, of something else, or of another shape."""
