"""The error that all checkpoint reading raises."""

from collections.abc import Mapping


class CheckpointError(ValueError):
    """A checkpoint that is missing, damaged, of something else, or of another shape."""


def check_shapes(found: Mapping[str, tuple], expected: Mapping[str, tuple], source: str) -> None:
    """Raises CheckpointError naming the first variable that is missing or of another shape."""
    for name, shape in expected.items():
        if name not in found:
            raise CheckpointError(f"{source}: variable {name} of shape {list(shape)} is missing")
        if tuple(found[name]) != tuple(shape):
            message = f"variable {name} has shape {list(found[name])}, expected {list(shape)}"
            raise CheckpointError(f"{source}: {message}")
