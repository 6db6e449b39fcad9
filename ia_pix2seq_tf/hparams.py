"""Hyperparameters: their fields, their JSON files, and which values can work.

`HParams` holds the reference's fields in the reference's order with its defaults, then a block of the
port's own. Values come, the later over the earlier, from the defaults, a saved `model_config.json`, an
`--hparams_file` and the `--hparams` string: see `HParams.resolve`.

This module is the ground floor of the package and does not import TensorFlow.
"""

import copy
import dataclasses
import json
import operator
import os
import reprlib
import sys
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.hparams_grammar import parse_assignments

SYSTEMS = ("ia", "rpcl")
LEARNING_RULES = ("hl", "ml")
DEC_MODELS = ("lstm", "layer_norm", "hyper")
PRECISIONS = ("float32", "tf32", "bfloat16")

INT32_MAX = 2**31 - 1
MAX_FILE_BYTES = 1 << 20  # a real file has about 1 kB: more than this is no configuration
DESCRIPTION = "description"  # key of an hparams file that speaks to people and is no field

PathLike = str | os.PathLike[str]


class _Rule(NamedTuple):
    """What a single value must satisfy: in words, and as a test."""

    expected: str
    holds: Callable[[Any], bool]


def _one_of(*choices: str) -> _Rule:
    return _Rule("one of " + ", ".join(choices), lambda value: value in choices)


def _is_file_stem(name: str) -> bool:
    """Whether `name` can stand in the names of data and output files, such as `name`.npz."""
    return name != "" and name.isprintable() and name == name.strip() and not set(name) & set("/\\")


_ANY = _Rule("", lambda value: True)
_FROM_1 = _Rule("at least 1", lambda n: n >= 1)
_FROM_0 = _Rule("at least 0", lambda x: x >= 0)
_POSITIVE = _Rule("above 0", lambda x: x > 0)
_KEEP = _Rule("in (0, 1]", lambda p: 0 < p <= 1)
_SHARE = _Rule("in [0, 1)", lambda p: 0 <= p < 1)
_LENGTH = _Rule("-1 or at least 1", lambda n: n == -1 or n >= 1)
_WIDTH = _Rule("a positive multiple of 16", lambda n: n > 0 and n % 16 == 0)
_NO_SEMI = _Rule("0 or False, as the published loss has no semi-supervised term", operator.not_)
_CATEGORIES = _Rule(
    "one or more different printable names, without path separators or spaces at their ends",
    lambda names: names and len(set(names)) == len(names) and all(map(_is_file_stem, names)),
)


def _setting(default: Any, doc: str, rule: _Rule = _ANY, own: bool = False) -> Any:
    """A dataclass field with its one-line meaning and its rule; `own` marks the port's block."""
    metadata = {"doc": doc, "rule": rule, "own": own}
    if isinstance(default, list):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(slots=True)
class HParams:
    """The hyperparameters of a model and its training.

    Source: the reference's `get_default_hparams`. Differs from the reference: a plain dataclass instead of
    `tf.contrib.training.HParams`; a string with an error changes nothing; quotes around a category are
    removed.

    Example:
        hps = HParams().parse("categories=[cat,pig], batch_size=64").validate()
    """

    categories: list[str] = _setting(
        ["bee", "bus", "flower", "giraffe", "pig"], "Sketch categories to train on", _CATEGORIES
    )
    num_steps: int = _setting(1000001, "Most training steps, though early stopping usually ends sooner", _FROM_1)
    save_every: int = _setting(1, "Epochs between two validations, each of which may save", _FROM_1)
    dec_rnn_size: int = _setting(2048, "Units of the recurrent decoder", _FROM_1)
    dec_model: str = _setting("hyper", "Cell of the recurrent decoder", _one_of(*DEC_MODELS))
    max_seq_len: int = _setting(-1, "Time steps of a sequence, -1 for the longest in the data", _LENGTH)
    z_size: int = _setting(128, "Dimensions of a latent code", _FROM_1)
    batch_size: int = _setting(200, "Sketches per training step", _FROM_1)
    num_mixture: int = _setting(5, "Groups of latent components, best one per category", _FROM_1)
    num_sub: int = _setting(2, "Latent components in each group: k = num_mixture * num_sub", _FROM_1)
    learning_rate: float = _setting(0.001, "Adam's learning rate at step 0", _POSITIVE)
    decay_rate: float = _setting(0.9999, "Factor on the learning rate every three steps", _KEEP)
    min_learning_rate: float = _setting(1e-5, "What the learning rate decays towards", _POSITIVE)
    grad_clip: float = _setting(1.0, "Each entry of a gradient is clipped to plus or minus this", _POSITIVE)
    de_weight: float = _setting(0.5, "Weight of the pixel loss where system is rpcl", _FROM_0)
    use_recurrent_dropout: bool = _setting(True, "Dropout on the cell's candidate values")
    recurrent_dropout_prob: float = _setting(0.9, "Probability to keep in recurrent dropout", _KEEP)
    use_input_dropout: bool = _setting(False, "Dropout on the decoder's inputs")
    input_dropout_prob: float = _setting(0.9, "Probability to keep in input dropout", _KEEP)
    use_output_dropout: bool = _setting(False, "Dropout on the decoder's outputs")
    output_dropout_prob: float = _setting(0.9, "Probability to keep in output dropout", _KEEP)
    random_scale_factor: float = _setting(0.1, "Strokes are scaled by up to 1 plus or minus this", _SHARE)
    augment_stroke_prob: float = _setting(0.1, "Probability to merge a point into the one before", _SHARE)
    png_scale_ratio: float = _setting(0.98, "Smallest ratio by which an image is rescaled", _KEEP)
    png_rotate_angle: int = _setting(0, "Images are turned by up to this many degrees either way", _FROM_0)
    png_translate_dist: int = _setting(0, "Images are moved by up to this many pixels each way", _FROM_0)
    is_training: bool = _setting(True, "Whether dropout and augmentation are active")
    png_width: int = _setting(48, "Side of the square images in pixels", _WIDTH)
    repeat: int = _setting(1, "Updates of the latent components per training step", _FROM_1)
    semi_percent: float = _setting(0.0, "Kept for old configuration files", _NO_SEMI)
    semi_balanced: bool = _setting(False, "Kept for old configuration files", _NO_SEMI)
    num_per_category: int = _setting(70000, "Most training sketches taken from each category", _FROM_1)

    system: str = _setting("ia", "IA-pix2seq or its predecessor RPCL-pix2seq", _one_of(*SYSTEMS), own=True)
    top_learning: str = _setting(
        "hl",
        "How ia learns its latent components: harmony or maximum likelihood",
        _one_of(*LEARNING_RULES),
        own=True,
    )
    bottom_learning: str = _setting(
        "hl",
        "How ia trains its networks: harmony or maximum likelihood",
        _one_of(*LEARNING_RULES),
        own=True,
    )
    seed: int = _setting(1234, "Seed of weights, shuffling, augmentation and noise", _FROM_0, own=True)
    jit_compile: bool = _setting(True, "Compile the training step with XLA", own=True)
    plain_rnn: bool = _setting(False, "Run the decoder cell step by step instead of its fast sequence form", own=True)
    precision: str = _setting(
        "float32",
        "How products are computed: as the reference, in TF32 on GPUs, or the decoder cell's in bfloat16",
        _one_of(*PRECISIONS),
        own=True,
    )
    bucket: bool = _setting(
        False,
        "Cut training batches to their longest sketch, in eighths of max_seq_len: faster, but the loss then lacks "
        "the pen's cross-entropy after the cut, which the reference has",
        own=True,
    )

    @property
    def k(self) -> int:
        """Number of latent components."""
        return self.num_mixture * self.num_sub

    def parse(self, string: str) -> "HParams":
        """Sets the fields that `string` assigns, such as `"categories=['alarm clock',pig], batch_size=64"`.

        The grammar is that of `hparams_grammar.parse_assignments`.

        Returns:
            This object, so that calls can be chained.

        Raises:
            ValueError: in the words of TF1's parser; then no field is changed.
        """
        for name, value in parse_assignments(string, _KINDS).items():
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
            setattr(self, name, _KINDS[name](value))
        return self

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], source: str = "mapping") -> "HParams":
        """The defaults under the fields of `mapping`; errors as in `update`."""
        return cls().update(mapping, source)

    @classmethod
    def from_json(cls, text: str, source: str = "JSON text") -> "HParams":
        """The defaults under the fields of a JSON object; `source` names it in errors (`ValueError`)."""
        return cls.from_dict(_fields_of(_json_object(text, source)), source)

    @classmethod
    def read(cls, path: PathLike) -> "HParams":
        """Reads a `model_config.json` of this program or of the reference, or an hparams file.

        Raises:
            OSError: the file cannot be read.
            ValueError: naming the file, and the field where there is one.
        """
        return cls.from_json(_read_text(path), os.fspath(path))

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
            hps.update(_fields_of(_read_object(file)), os.fspath(file))
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
        """Returns this object if a model can be built and trained with it.

        Raises:
            ValueError: one line per problem: the field, what was found, what was expected.
        """
        values = self.to_dict()
        problems = {name: problem for name in values if (problem := _value_problem(name, values[name]))}
        for relation in _RELATIONS:
            if problems.keys().isdisjoint(relation.names) and (problem := relation.problem(values)):
                problems[relation.names[0]] = problem
        if problems:
            raise ValueError(_report("hyperparameters that cannot work", list(problems.values())))
        return self

    @classmethod
    def help_text(cls) -> str:
        """A table of every field: its name, its default as one would type it, its meaning; what it may be."""
        lines = []
        for title, own in (("Fields of the reference", False), ("Fields of this program", True)):
            block = [field for field in _FIELDS if field.metadata["own"] is own]
            lines += [f"{title}:", *(line for field in block for line in _help_lines(field)), ""]
        return "\n".join(lines)


class _Relation(NamedTuple):
    """What the values of several fields must satisfy together; the first field is the one to report."""

    names: tuple[str, ...]
    expected: str
    holds: Callable[..., bool]

    def problem(self, values: Mapping[str, Any]) -> str | None:
        if self.holds(*(values[name] for name in self.names)):
            return None
        others = ", ".join(f"{name} is {_show(values[name])}" for name in self.names[1:])
        return f"{_found(self.names[0], values[self.names[0]], self.expected)}; {others}"


def _ia_only(name: str, only: Any) -> _Relation:
    """RPCL-pix2seq has learning rules of its own, so that `name` would be ignored there."""
    expected = f"{only!r} unless system is 'ia'"
    return _Relation((name, "system"), expected, lambda value, system: system == "ia" or value == only)


_RELATIONS = (
    _Relation(("min_learning_rate", "learning_rate"), "at most learning_rate", operator.le),
    _Relation(
        ("batch_size", "num_per_category", "categories"),
        "at most num_per_category times the number of categories, as an epoch drops its partial batch",
        lambda batch, most, names: batch <= most * len(names),
    ),
    _Relation(
        ("png_scale_ratio", "png_width"),
        "a ratio that leaves at least one pixel of png_width",
        lambda ratio, width: ratio * width >= 1,
    ),
    _Relation(("png_translate_dist", "png_width"), "below png_width", operator.lt),
    _ia_only("top_learning", "hl"),
    _ia_only("bottom_learning", "hl"),
    _ia_only("repeat", 1),
)

_FIELDS = dataclasses.fields(HParams)
_RULES = {f.name: f.metadata["rule"] for f in _FIELDS}
_KINDS: dict[str, type] = {f.name: list if f.type == list[str] else f.type for f in _FIELDS}
_KIND_NAMES = {
    int: "an integer of 32 bits",
    float: "a finite number",
    bool: "true or false",
    str: "a string",
    list: "a list of strings",
}


def _is_kind(value: Any, kind: type) -> bool:
    """Whether `value` may stand in a field of type `kind`: an int is a float too, a bool is no number."""
    if isinstance(value, bool):
        return kind is bool
    if kind is list:
        return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)
    if kind is float:
        return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    return isinstance(value, kind) and (kind is not int or -INT32_MAX <= value <= INT32_MAX)


def _type_problem(name: str, value: Any) -> str | None:
    """What is wrong with the type of `value` for the field `name`, if there is such a field."""
    if name not in _KINDS:
        return f"{_show(name)}: unknown field"
    return None if _is_kind(value, _KINDS[name]) else _found(name, value, _KIND_NAMES[_KINDS[name]])


def _value_problem(name: str, value: Any) -> str | None:
    """What is wrong with `value` for the field `name`, whatever the other fields hold."""
    if problem := _type_problem(name, value):
        return problem
    return None if _RULES[name].holds(value) else _found(name, value, _RULES[name].expected)


def _found(name: str, value: Any, expected: str) -> str:
    return f"{name}: found {_show(value)}, expected {expected}"


def _show(value: Any) -> str:
    """`repr(value)`, cut to a length that a person reads."""
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxlist, brief.maxstring, brief.maxother = 2, 20, 60, 60
    return brief.repr(value)


def _report(title: str, problems: list[str]) -> str:
    return "\n  ".join([f"{title}:", *problems])


def read_description(path: PathLike) -> str:
    """What an hparams file says of itself to people; "" where it says nothing. Errors as `HParams.read`."""
    return _read_object(path).get(DESCRIPTION, "")


def _fields_of(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != DESCRIPTION}


def _read_object(path: PathLike) -> dict[str, Any]:
    return _json_object(_read_text(path), os.fspath(path))


def _read_text(path: PathLike) -> str:
    with open(path, "rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"{os.fspath(path)}: expected a JSON object of at most {MAX_FILE_BYTES} bytes, found more")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{os.fspath(path)}: expected UTF-8, found {error}") from None


def _json_object(text: str, source: str) -> dict[str, Any]:
    """The JSON object in `text`; a `ValueError` that begins with `source` for anything else."""
    try:
        content = json.loads(text, object_pairs_hook=without_repeats)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{source}: expected a JSON object, found {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{source}: expected a JSON object, found {_show(content)}")
    if not isinstance(content.get(DESCRIPTION, ""), str):
        raise ValueError(f"{source}: {_found(DESCRIPTION, content[DESCRIPTION], 'a string')}")
    return content


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of names and values, as `object_pairs_hook`; raises ValueError for a name that stands twice."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{_show(next(n for n in names if names.count(n) > 1))} twice")
    return content


def _help_lines(field: dataclasses.Field) -> list[str]:
    """The lines of one field in `HParams.help_text`."""
    default, expected = getattr(HParams(), field.name), field.metadata["rule"].expected
    shown = f"[{','.join(default)}]" if isinstance(default, list) else default
    head = f"  {field.name:<22} {shown!s:<7} "
    meaning = field.metadata["doc"] + (f"; {expected}" if expected else "")
    return textwrap.wrap(meaning, 100, initial_indent=head, subsequent_indent=" " * 33)
