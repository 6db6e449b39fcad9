"""Drawing sketches: what to draw (`modes`), and writing it down (`output`).

What needs TensorFlow is imported at first use.
"""

import importlib

_MODES = "conditional unconditional components interpolate analogy complete continuation from_codes from_normal"
_HOMES = {
    **dict.fromkeys(_MODES.split(), "modes"),
    **dict.fromkeys(("Endpoint", "Original", "data_originals", "endpoint", "input_originals"), "originals"),
    **dict.fromkeys(("Result", "Settings"), "result"),
    "read_inputs": "inputs",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
