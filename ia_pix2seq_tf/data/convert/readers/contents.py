"""What is in files whose names do not say: `.json`, `.xml` and `.csv`."""

import os
from collections.abc import Callable
from types import ModuleType

from ia_pix2seq_tf.data.convert.readers import (
    csv_table,
    document_xml,
    excalidraw,
    inkml,
    ndjson,
    records_json,
    strokes_json,
    svg,
    tldraw,
    whiteboard,
)
from ia_pix2seq_tf.data.convert.readers.json_text import JsonText, parse_json
from ia_pix2seq_tf.data.convert.readers.stream import ignore, open_stream
from ia_pix2seq_tf.data.files import SPLITS
from ia_pix2seq_tf.untrusted import InputError

_MOST_KEYS = 100  # of an object, among which one is known
_BEGINNING = 2**16  # bytes of an XML file in which its first stroke begins
_KEYS: dict[str, ModuleType] = {
    **dict.fromkeys(SPLITS, strokes_json),
    **dict.fromkeys(("drawing", "word", "key_id", "countrycode", "recognized", "timestamp"), records_json),
    "elements": excalidraw,
    **dict.fromkeys(("tldrawFileFormatVersion", "records", "store", "document"), tldraw),
}
"""Fields of an object, by the first of which it is known."""


def reader_of(path: str | os.PathLike, usual: ModuleType) -> ModuleType | None:
    """The reader of a file, by its content.

    Args:
        path: of the file.
        usual: the reader of files with its suffix, returned for one that is damaged.

    Returns:
        the module; None if the file seems to hold no drawings.
    """
    try:
        return _LOOKS[usual](path) if usual in _LOOKS else usual
    except InputError:
        return usual


def _json(path: str | os.PathLike) -> ModuleType:
    """The reader of JSON: lists and what has no known field are left to that of strokes."""
    with open_stream(path, ignore) as stream:
        found = _by_field(JsonText(stream))
    return ndjson if found is records_json and _is_one_a_line(path) else found


def _by_field(text: JsonText) -> ModuleType:
    """Takes fields of an object until it is known by one."""
    if text.next() != "{":
        return strokes_json
    text.take("{")
    for _ in range(_MOST_KEYS):
        key = text.value()
        if isinstance(key, str) and key in _KEYS:
            return _KEYS[key]
        text.take(":")
        text.any_value()
        if text.take(",}") == "}":
            break
    return strokes_json


def _is_one_a_line(path: str | os.PathLike) -> bool:
    """Whether the first line of a file is JSON by itself."""
    for _, line in ndjson.text_lines(path, ignore):
        try:
            parse_json(line)
        except InputError:
            return False
        return True
    return False


def _xml(path: str | os.PathLike) -> ModuleType | None:
    """The reader of XML, by its root or its first stroke."""
    with open_stream(path, ignore) as stream:
        root, found = document_xml.first_names(stream.read(_BEGINNING), (inkml.ROOT, "svg", whiteboard.STROKE))
    return {inkml.ROOT: inkml, "svg": svg}.get(root, whiteboard if found == whiteboard.STROKE else None)


def _csv(path: str | os.PathLike) -> ModuleType | None:
    """The reader of tables, if the first line names drawings."""
    first = next(ndjson.text_lines(path, ignore), (0, b""))[1]
    return csv_table if csv_table.is_table(first) else None


_LOOKS: dict[ModuleType, Callable[[str | os.PathLike], ModuleType | None]] = {
    strokes_json: _json,
    whiteboard: _xml,
    csv_table: _csv,
}
