"""What the fuzz tests share: damage to sound files, hostile values, and the demands on every reader."""

import os
import resource
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

SECONDS = 10
"""Of processor time for one file, on a busy machine."""
MEMORY = 2**30
"""Bytes by which the peak of the process may rise for one file."""
TRAP = "SPRUNG"
"""The folder that hostile pickles try to make in the working directory."""

BYTES = st.binary(max_size=40)
HOSTILE_INTEGERS = (0, 1, 2, 3, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, -1)
HOSTILE_NUMBERS = (*HOSTILE_INTEGERS, 0.5, 1e9, 1e10, 1e308, 5e-324, -0.0, 10**400, float("nan"), float("inf"))
TEXTS = ("", "cat", "../../out", "/tmp/x", "\0", "\ud800", "\x1b[2J", "[" * 2000, "9" * 5000, "cat_png", "é", "a" * 300)

JSON_LEAVES = (
    st.none() | st.booleans() | st.sampled_from([*HOSTILE_NUMBERS, *TEXTS]) | st.floats() | st.text(max_size=9)
)
JSON = st.recursive(
    JSON_LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


def fewer(share: int) -> settings:
    """Settings for readers that are slow: a part of the examples."""
    return settings(max_examples=max(5, settings.default.max_examples // share))


@st.composite
def damaged(draw, content: bytes, tokens: Sequence[bytes] = (b"\0",)) -> bytes:
    """`content` with up to four damages: flipped bits, other bytes, cuts, repeats, tokens, hostile integers."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("bit", "byte", "integer", "cut", "remove", "repeat", "token")))
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.sampled_from((1, 2, 4, 8, 64)))
        match kind:
            case "bit" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "byte" if data:
                data[at] = draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF, *b'"[]{}<>(),;=.')))
            case "integer":
                value = draw(st.sampled_from(HOSTILE_INTEGERS)) % 256**size
                data[at : at + size] = value.to_bytes(size, draw(st.sampled_from(("little", "big"))))
            case "cut":
                del data[at:]
            case "remove":
                del data[at : at + size]
            case "repeat":
                data[at:at] = data[at : at + size] * draw(st.sampled_from((1, 2, 500)))
            case "token":
                data[at:at] = draw(st.sampled_from(tokens))
    return bytes(data)


@st.composite
def changed(draw, content: dict) -> dict:
    """A JSON object with some of its values, at any depth, replaced, removed or joined by hostile ones."""
    content = dict(content)
    for name in draw(st.lists(st.sampled_from([*content, "other"]), min_size=1, max_size=3, unique=True)):
        value = content.get(name)
        if isinstance(value, dict) and value and draw(st.booleans()):
            content[name] = draw(changed(value))
        elif name in content and draw(st.integers(0, 4)) == 0:
            del content[name]
        else:
            content[name] = draw(JSON)
    return content


def read_or_refused(path: Path, read: Callable[[Path], object], errors: tuple[type[Exception], ...]) -> object | None:
    """Reads a file; returns what was read, or None if the reader refused it as it should.

    That is: with one of `errors`, whose message names the file and is one that a person reads, within bounded time
    and memory, and without another file made, changed or removed in the file's directory or the working directory.
    """
    before = _listing(path)
    started, peak = time.process_time(), _peak()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read(path)
    except errors as error:
        assert str(path) in str(error), f"does not name the file: {error!r}"
        assert max(map(len, str(error).split("\n"))) < 1000 + 2 * len(str(path)), f"a long line: {str(error)[:3000]}"
        assert str(error).count("\n") < 100 and "\x1b" not in str(error), repr(str(error)[:3000])
        found = None
    assert time.process_time() - started < SECONDS
    assert _peak() - peak < MEMORY
    assert _listing(path) == before
    return found


def assert_strokes(strokes: np.ndarray, is_whole: bool = False) -> None:
    """Asserts what holds for every sketch that was read: `[n, 3]`, finite, with a pen of 0 or 1."""
    assert strokes.ndim == 2 and strokes.shape[1] == 3 and len(strokes)
    assert np.isfinite(strokes).all() and np.isin(strokes[:, 2], (0, 1)).all()
    assert not is_whole or strokes.dtype == np.int16


def _listing(path: Path) -> set[tuple[str, int]]:
    """The files in a file's directory and in the working directory, with their sizes."""
    return {(entry.path, entry.stat().st_size) for folder in (path.parent, ".") for entry in os.scandir(folder)}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
