"""JSON of strangers: taken from a stream piece by piece, or whole."""

import codecs
import json
import re
from typing import BinaryIO

from ia_pix2seq_tf.data.convert.drawing import excerpt
from ia_pix2seq_tf.untrusted import InputError

LONGEST_VALUE = 4 * 2**20  # characters of one drawing
_LONGEST_NUMBER = 400  # characters
_CHUNK = 2**16
_SPACE = re.compile(r"[ \t\r\n]*")
_CONTAINERS = '[{"'


class JsonText:
    """JSON that is taken from a stream piece by piece."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder().raw_decode
        self._buffer = ""
        self._at = 0

    def next(self) -> str:
        """The next character that is not space, without taking it; empty at the end."""
        while True:
            if space := _SPACE.match(self._buffer, self._at):
                self._at = space.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill(_CHUNK):
                return ""

    def take(self, expected: str) -> str:
        """Takes the next character that is not space, which must be one of those expected."""
        if not (found := self.next()) or found not in expected:
            raise InputError(f"expected {' or '.join(expected)}, found {_shown(found)}")
        self._at += 1
        return found

    def value(self) -> object:
        """Takes a list, an object or a string; reads on until it is whole."""
        if not (found := self.next()) or found not in _CONTAINERS:
            raise InputError(f"expected a drawing, found {_shown(found)}")
        return self._value()

    def any_value(self) -> object:
        """Takes a value of any type."""
        if self.next() not in _CONTAINERS and len(self._buffer) - self._at < _LONGEST_NUMBER:
            self._fill(_CHUNK)  # it may go on
        return self._value()

    def _value(self) -> object:
        while True:
            try:
                value, self._at = self._parse(self._buffer, self._at)
                return value
            except (ValueError, RecursionError) as error:
                length = len(self._buffer) - self._at
                if isinstance(error, RecursionError) or length > LONGEST_VALUE or not self._fill(max(_CHUNK, length)):
                    raise InputError(f"expected a whole drawing as JSON, found none: {str(error)[:80]}") from error

    def _fill(self, count: int) -> bool:
        """Reads on, and forgets what was taken; tells whether there was more to read."""
        data = self._stream.read(count)
        try:
            text = self._decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise InputError(f"expected UTF-8, found: {error.reason}") from error
        self._buffer, self._at = self._buffer[self._at :] + text, 0
        return bool(data)


def _shown(char: str) -> str:
    """A character for a message; empty stands for the end."""
    return (char if char.isprintable() else repr(char)) or "the end of the file"


def parse_json(text: str | bytes, what: str = "JSON") -> object:
    """The value of a text that must be `what`; raises InputError for anything but JSON."""
    try:
        return json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected {what}, found none: {str(error)[:120]}") from error


def parse_document(data: bytes) -> dict:
    """The object that a file is; raises InputError for anything else."""
    document = parse_json(data, "a JSON object")
    if not isinstance(document, dict):
        raise InputError(f"expected a JSON object, found {excerpt(document)}")
    return document


def unquoted(value: object) -> object:
    """What a text holds that is JSON itself, as tables have drawings; any other value as it is.

    Raises:
        InputError: for a text that is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value)
    except InputError as error:
        raise InputError(f"expected a drawing as a list of lines, found {excerpt(value)}") from error.__cause__
