"""The fields as a table for people."""

import dataclasses
import textwrap

from ia_pix2seq_tf import catalogue
from ia_pix2seq_tf.hparams.fields import DEFAULTS, FIELDS

LINE = 100  # characters
NAME, DEFAULT = 22, 7  # characters of these columns, at least


def help_text() -> str:
    """Every field: its name, its default as one would type it, its meaning, what it may be and in which systems."""
    blocks: dict[str, list[str]] = {}
    for field in FIELDS:
        blocks.setdefault(_block(field), []).extend(_lines(field))
    return "\n".join("\n".join([f"{title}:", *lines, ""]) for title, lines in blocks.items())


def _block(field: dataclasses.Field) -> str:
    """Title of the block of a field: the reference's, this program's, or of some systems alone."""
    if not field.metadata["own"]:
        return "Fields of the reference"
    only = _only(field.name)
    return f"Fields of this program that only {only} {_verb(only)}" if only else "Fields of this program"


def _only(name: str) -> str:
    """The systems that have the field, `a, b and c`; "" where all have."""
    systems = catalogue.systems_with(name)
    if len(systems) == len(catalogue.SYSTEMS):
        return ""
    return " and ".join(filter(None, (", ".join(systems[:-1]), systems[-1])))


def _verb(only: str) -> str:
    return "have" if " and " in only else "has"


def _lines(field: dataclasses.Field) -> list[str]:
    default, only = DEFAULTS[field.name], "" if field.metadata["own"] else _only(field.name)
    shown = f"[{','.join(default)}]" if isinstance(default, list) else default
    head = f"  {field.name:<{NAME}} {shown!s:<{DEFAULT}} "
    parts = (field.metadata["doc"], field.metadata["rule"].expected, f"only {only} {_verb(only)} it" if only else "")
    meaning = "; ".join(filter(None, parts))
    indent = " " * (NAME + DEFAULT + 4)
    return textwrap.wrap(meaning, LINE, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)
