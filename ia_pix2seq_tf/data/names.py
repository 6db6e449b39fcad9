"""Categories as names of files, on this system and on those to which the files may be taken."""

import os
import unicodedata
from collections import Counter
from pathlib import Path

from ia_pix2seq_tf.untrusted import InputError

IMAGES = "_png"  # end of the names of files of images
_LONGEST = 100
_SEPARATORS = frozenset('/\\:*?"<>|')
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in "0123456789¹²³")})
"""What Windows takes for a device, whatever ending follows."""


def checked_category(name: str) -> str:
    """A category that can be the name of a file in any directory.

    Raises:
        InputError: if it cannot, or would be taken for a file of images.
    """
    is_text = all(unicodedata.category(char)[0] != "C" for char in name)
    if fault := _fault(name) if is_text else "a character that cannot be written":
        raise InputError(f"expected a category that can name a file, found {name[:60]!r}: {fault}; give a --category")
    return name


def same_file_key(name: str) -> str:
    """What two names share that are one file on macOS or Windows, where case, or how accents are written, is no matter.

    >>> same_file_key("Kite") == same_file_key("kite")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def twins(directory: str | os.PathLike, name: str) -> list[str]:
    """Other files in a directory, if there is one, that would be one file with that of a name elsewhere."""
    path = Path(directory)
    found = (file.name for file in path.iterdir()) if path.is_dir() else ()
    return sorted(other for other in found if other != name and same_file_key(other) == same_file_key(name))


def doubts_of_file(path: str | os.PathLike) -> list[str]:
    """What may become of a file with drawings of a category, because of its name, on another system."""
    path = Path(path)
    fault = _fault(path.stem.removesuffix(IMAGES))
    lines = [f"cannot be that of a file on other systems: {fault}"] if fault else []
    return lines + [f"differs only by case from {twin}: elsewhere one file" for twin in twins(path.parent, path.name)]


class Spellings:
    """Categories, of which those that would be one file where case is no matter are one."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def first(self, name: str) -> str:
        """Counts a name; returns the first of those that are one with it."""
        counts = self._counts.setdefault(same_file_key(name), Counter())
        counts[name] += 1
        return next(iter(counts))

    def usual(self, name: str) -> str:
        """The most frequent of the names that are one with one of them; of several, the last in order."""
        counts = self._counts[same_file_key(name)]
        return max(counts, key=lambda spelling: (counts[spelling], spelling))

    def merged(self) -> dict[str, list[str]]:
        """Each category that is spelt in several ways, with all of them."""
        return {self.usual(names[0]): sorted(names) for names in map(list, self._counts.values()) if len(names) > 1}


def _fault(name: str) -> str | None:
    """Why a name cannot be that of a file everywhere, None if it can."""
    if name.split(".")[0].strip().lower() in _DEVICES:
        return "a device of Windows"
    if not name or name.startswith(".") or name.endswith(".") or name != name.strip():
        return "empty, or a dot or space at an end"
    if found := sorted(_SEPARATORS.intersection(name)):
        return f"the character {found[0]}"
    if name.lower().endswith(IMAGES):
        return f"{IMAGES} ends the names of files of images"
    return f"over {_LONGEST} bytes" if len(name.encode(errors="surrogatepass")) > _LONGEST else None
