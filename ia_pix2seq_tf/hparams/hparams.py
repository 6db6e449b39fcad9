"""The class `HParams`: values for all fields, their JSON files, and whether a model can be built with them."""

import copy
import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checked_json import PathLike, Rule, parse_object, read_object, show
from ia_pix2seq_tf.hparams import table
from ia_pix2seq_tf.hparams.fields import KINDS, RELATIONS, RULES, Fields
from ia_pix2seq_tf.hparams.grammar import parse_assignments
from ia_pix2seq_tf.hparams.renamed import hint
from ia_pix2seq_tf.hparams.rules import KIND_RULES, found

MAX_FILE_BYTES = 1 << 20  # a real file has about 1 kB: more than this is no configuration
DESCRIPTION = "description"  # key of an hparams file that speaks to people and is no field


@dataclasses.dataclass(slots=True)
class HParams(Fields):
    """The hyperparameters of a model and its training.

    Source: the reference's `get_default_hparams`. Differs from the reference: a plain dataclass instead of
    `tf.contrib.training.HParams`; a string with an error changes nothing; quotes around a category are
    removed.

    Example:
        hps = HParams().parse("categories=[cat,pig], batch_size=64").validate()
    """

    @property
    def k(self) -> int:
        """Number of latent components."""
        return self.num_mixture * self.num_sub

    def parse(self, string: str) -> "HParams":
        """Sets the fields that `string` assigns, such as `"categories=['alarm clock',pig], batch_size=64"`.

        The grammar is that of `grammar.parse_assignments`.

        Returns:
            This object, so that calls can be chained.

        Raises:
            ValueError: in the words of TF1's parser; then no field is changed.
        """
        for name, value in parse_assignments(string, KINDS).items():
            setattr(self, name, value)
        return self

    def update(self, changes: Mapping[str, Any], source: str = "mapping") -> "HParams":
        """Sets the fields named in `changes`, all of them or none; returns this object.

        An integer may stand for a float; nothing else is converted, and a float must be finite.

        Raises:
            ValueError: naming `source` and, line by line, each field that is unknown or of another type.
        """
        problems = [problem for item in changes.items() if (problem := _type_problem(*item))]
        if problems:
            raise ValueError(_report(f"{source}: fields that cannot be read", problems))
        for name, value in changes.items():
            setattr(self, name, KINDS[name](value))
        return self

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], source: str = "mapping") -> "HParams":
        """The defaults under the fields of `mapping`; errors as in `update`."""
        return cls().update(mapping, source)

    @classmethod
    def from_json(cls, text: str, source: str = "JSON text") -> "HParams":
        """The defaults under the fields of a JSON object; `source` names it in errors (`ValueError`)."""
        return cls.from_dict(_fields_of(parse_object(text, source), source), source)

    @classmethod
    def read(cls, path: PathLike) -> "HParams":
        """Reads a `model_config.json` of this program or of the reference, or an hparams file.

        Raises:
            OSError: the file cannot be read.
            ValueError: naming the file, and the field where there is one.
        """
        return cls.from_dict(_read_fields(path), os.fspath(path))

    @classmethod
    def resolve(
        cls, saved: "HParams | PathLike | None" = None, file: PathLike | None = None, flags: str = ""
    ) -> "HParams":
        """The hyperparameters of a run: defaults, over them `saved`, then `file`, then `flags`; validated.

        Args:
            saved: what a checkpoint was trained with, or the path of its `model_config.json`.
            file: path of an hparams file (`--hparams_file`), which holds only the fields that it changes.
            flags: the `--hparams` string.

        Raises:
            OSError: a file cannot be read.
            ValueError: from reading, parsing or `validate`.
        """
        if isinstance(saved, HParams):
            hps = copy.deepcopy(saved)
        else:
            hps = cls.read(saved) if saved else cls()
        if file:
            hps.update(_read_fields(file), os.fspath(file))
        return hps.parse(flags).validate()

    def to_dict(self) -> dict[str, Any]:
        """All fields and their values, in order."""
        return dataclasses.asdict(self)

    values = to_dict  # the reference's name for it

    def to_json(self) -> str:
        """All fields as a JSON object, ending with a line break.

        Raises:
            ValueError: naming the fields that JSON cannot hold (NaN and infinities among them).
        """
        problems = [problem for item in self.to_dict().items() if (problem := _type_problem(*item))]
        if problems:
            raise ValueError(_report("fields that cannot be written as JSON", problems))
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def write(self, path: PathLike) -> None:
        """Writes `to_json()` to `path`: readers find the old content or the new, nothing between."""
        text = self.to_json()
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")

    def validate(self) -> "HParams":
        """This object, if a model can be built and trained with it.

        Raises:
            ValueError: one line per problem: the field, what was found, what was expected.
        """
        values = self.to_dict()
        problems = {name: problem for name in values if (problem := _value_problem(name, values[name]))}
        for relation in RELATIONS:
            if problems.keys().isdisjoint(relation.names) and (problem := relation.problem(values)):
                problems[relation.names[0]] = problem
        if problems:
            raise ValueError(_report("hyperparameters that cannot work", list(problems.values())))
        return self

    @classmethod
    def help_text(cls) -> str:
        """A table of every field: its name, its default as one would type it, its meaning; what it may be."""
        return table.help_text()


def read_description(path: PathLike) -> str:
    """What an hparams file says of itself to people; "" where it says nothing. Errors as `HParams.read`."""
    content = read_object(path, MAX_FILE_BYTES)
    _fields_of(content, os.fspath(path))
    return content.get(DESCRIPTION, "")


def _read_fields(path: PathLike) -> dict[str, Any]:
    return _fields_of(read_object(path, MAX_FILE_BYTES), os.fspath(path))


def _fields_of(content: dict[str, Any], source: str) -> dict[str, Any]:
    """The content of a file without its description, which must be a string."""
    if not isinstance(content.get(DESCRIPTION, ""), str):
        raise ValueError(f"{source}: {found(DESCRIPTION, content[DESCRIPTION], 'a string')}")
    return {name: value for name, value in content.items() if name != DESCRIPTION}


def _type_problem(name: str, value: Any) -> str | None:
    """What is wrong with the type of `value` for the field `name`, if there is such a field."""
    if name not in KINDS:
        return f"{show(name)}: unknown field{hint(name)}"
    return _rule_problem(name, value, KIND_RULES[KINDS[name]])


def _value_problem(name: str, value: Any) -> str | None:
    """What is wrong with `value` for the field `name`, whatever the other fields hold."""
    return _type_problem(name, value) or _rule_problem(name, value, RULES[name])


def _rule_problem(name: str, value: Any, rule: Rule) -> str | None:
    return None if rule.holds(value) else found(name, value, rule.expected)


def _report(title: str, problems: list[str]) -> str:
    return "\n  ".join([f"{title}:", *problems])
