"""The experiments that come with the package, as files of hyperparameters: `hparams/` at the repository's top level."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "preset_files", _HERE.parent / "hparams")
"""Where setup.py's wheel has them, and where a checkout has them."""
_ENDING = ".json"


def directory() -> Path:
    """The directory of the presets.

    Raises:
        FileNotFoundError: if the package has been installed without them.
    """
    for place in _PLACES:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{_PLACES[0]}: expected the presets of ia_pix2seq_tf there; install it anew")


def names() -> list[str]:
    """All presets, such as "demo"."""
    return sorted(path.stem for path in directory().glob(f"*{_ENDING}"))


def hparams_file(value: str | None) -> str | None:
    """The path that `--hparams_file` stands for: that of a preset, where it is a bare name and no file.

    Raises:
        ValueError: for a bare name that neither a file nor a preset has, with those that there are.
    """
    if not value or Path(value).name != value or value.endswith(_ENDING) or Path(value).is_file():
        return value
    if value not in names():
        raise ValueError(f"--hparams_file: expected a file, or one of {', '.join(names())}, found {value!r}")
    return str(directory() / f"{value}{_ENDING}")
