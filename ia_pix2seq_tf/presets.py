"""What comes with the package as files that have names: `hparams/` at the repository's top level, and others' alike."""

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
    return names_in(directory())


def hparams_file(value: str | None) -> str | None:
    """The path that `--hparams_file` stands for: that of a preset, where it is a bare name and no file.

    Raises:
        ValueError: for a bare name that neither a file nor a preset has, with those that there are.
    """
    return value and named_file(value, directory(), "--hparams_file")


def names_in(folder: Path) -> list[str]:
    """The names of the JSON files in a folder, without their ending."""
    return sorted(path.stem for path in folder.glob(f"*{_ENDING}"))


def named_file(value: str, folder: Path, what: str) -> str:
    """The path of the JSON file in a folder that a bare name stands for; any other path as it is.

    Raises:
        ValueError: that begins with `what`, for a bare name that neither a file nor the folder has.
    """
    if Path(value).name != value or value.endswith(_ENDING) or Path(value).is_file():
        return value
    if value not in names_in(folder):
        raise ValueError(f"{what}: expected a file, or one of {', '.join(names_in(folder))}, found {value!r}")
    return str(folder / f"{value}{_ENDING}")
