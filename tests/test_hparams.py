"""HParams: TF1's grammar case by case, files, precedence, and the values that are refused."""

import dataclasses
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reference import GOLDEN, SHARED

from ia_pix2seq_tf.catalogue import SYSTEMS, systems_with
from ia_pix2seq_tf.hparams import MAX_FILE_BYTES, HParams

RECORDED = json.loads((GOLDEN / "hparams_parse.json").read_text())
QUOTED = "categories=['cat','pig']"  # the one recorded case whose value keeps the quotes inside a list
CASES = [case for case in RECORDED["cases"] if case["input"] != QUOTED]
OWN = {
    "system": "ia",
    "top_learning": "hl",
    "bottom_learning": "hl",
    "objective": "program",
    "mixture_start": 0,
    "mixture_init": "kmeans",
    "mixture_rate": 0.05,
    "latent_weight": 0.5,
    "warm_up_decay": 0.9999,
    "graph_mask_prob": 0.0,
    "pixel_decoder": False,
    "adam_beta_1": -1.0,
    "seed": 1234,
    "jit_compile": True,
    "plain_rnn": False,
    "precision": "float32",
    "bucket": False,
    "scale_factor": 0.0,
    "enc_model": "lstm",
    "enc_rnn_size": 256,
    "kl_weight": 0.5,
    "kl_weight_start": 0.01,
    "kl_decay_rate": 0.99995,
    "kl_tolerance": 0.2,
    "conditional": True,
    "first_input": "start",
    "bounded_start": False,
    "layers_without_norm": 0,
    "paths_kl_weight": 0.01,
}


def changed(hps: HParams) -> dict:
    """What differs from the defaults; NaN equals itself."""
    defaults = HParams().to_dict()
    return {name: value for name, value in hps.to_dict().items() if repr(value) != repr(defaults[name])}


def refusal(**values) -> str:
    """The message of `validate` for the defaults with some other values."""
    with pytest.raises(ValueError) as caught:
        dataclasses.replace(HParams(), **values).validate()
    return str(caught.value)


# The string grammar


def test_defaults_equal_the_recorded_ones():
    own = HParams().to_dict()
    assert {name: own.pop(name) for name in OWN} == OWN
    assert own == RECORDED["defaults"]


@pytest.mark.parametrize("case", CASES, ids=[repr(case["input"]) for case in CASES])
def test_string_is_parsed_as_tf1_did(case):
    hps = HParams()
    if "error" in case:
        with pytest.raises(ValueError) as caught:
            hps.parse(case["input"])
        assert str(caught.value) == case["message"]
        assert hps == HParams()
    else:
        assert hps.parse(case["input"]) is hps
        assert repr(changed(hps)) == repr({name: case["changed"][name] for name in changed(hps)})
        assert changed(hps).keys() == case["changed"].keys()


def test_quotes_inside_a_list_are_the_only_difference_from_the_recording():
    inputs = [case["input"] for case in RECORDED["cases"]]
    assert len(inputs) == 73 and inputs.count(QUOTED) == 1
    assert RECORDED["cases"][inputs.index(QUOTED)]["changed"] == {"categories": ["'cat'", "'pig'"]}
    assert HParams().parse(QUOTED).categories == ["cat", "pig"]


@pytest.mark.parametrize(
    ("string", "categories"),
    [
        ("categories=['alarm clock',pig]", ["alarm clock", "pig"]),
        ("categories=[\"alarm clock\", 'pig'], batch_size=3", ["alarm clock", "pig"]),
        ("categories=['a,b' ' c ']", ["a,b", " c "]),
        ("categories=['a]b',\"it's\"]", ["a]b", "it's"]),
        ("categories=[don't,5\"]", ["don't", '5"']),
        ("categories=[cat,\n  pig\n]", ["cat", "pig"]),
        ("categories=['']", [""]),
        ("categories=[,cat,,pig,]", ["cat", "pig"]),
    ],
)
def test_list_elements_may_be_quoted(string, categories):
    assert HParams().parse(string).categories == categories


@pytest.mark.parametrize("rest", ["['cat]", "['cat'pig]", "[\"cat',pig]", "['cat'", "[cat] x"])
def test_list_with_a_stray_quote_or_tail_is_malformed(rest):
    with pytest.raises(ValueError) as caught:
        HParams().parse(f"batch_size=3,categories={rest}")
    assert str(caught.value) == f"Malformed hyperparameter value: categories={rest}"


def test_error_at_the_end_leaves_earlier_assignments_undone():
    hps = HParams(batch_size=7)
    for string in (
        "batch_size=3,unknown=1",
        "batch_size=3,z_size=x",
        "batch_size=3,z_size=[4]",
        "batch_size=3,,",
    ):
        with pytest.raises(ValueError):
            hps.parse(string)
    assert hps == HParams(batch_size=7)


def test_index_on_a_single_value_is_refused():
    with pytest.raises(ValueError, match="^Must not pass an index for single-valued parameter: z_size$"):
        HParams().parse("z_size[0]=4")


def test_own_fields_are_parsed_like_the_others():
    others = "seed=7, jit_compile=0, plain_rnn=1, precision=tf32, bucket=1, scale_factor=30, conditional=false"
    others += ", paths_kl_weight=0.05"
    others += ", mixture_start=2, mixture_init=em, mixture_rate=0.1, latent_weight=1, warm_up_decay=0.999"
    others += ", graph_mask_prob=0.2, pixel_decoder=true"
    strings = "first_input=zeros, bounded_start=true, layers_without_norm=2, objective=paper, adam_beta_1=0"
    hps = HParams().parse(f"system=rpcl, top_learning=ml, bottom_learning=ml, {strings}, {others}")
    changes = {name: value for name, value in OWN.items() if name.startswith(("enc_", "kl_"))} | {
        "system": "rpcl",
        "top_learning": "ml",
        "bottom_learning": "ml",
        "objective": "paper",
        "adam_beta_1": 0.0,
        "mixture_start": 2,
        "mixture_init": "em",
        "mixture_rate": 0.1,
        "latent_weight": 1.0,
        "warm_up_decay": 0.999,
        "graph_mask_prob": 0.2,
        "pixel_decoder": True,
        "seed": 7,
        "jit_compile": False,
        "plain_rnn": True,
        "precision": "tf32",
        "bucket": True,
        "scale_factor": 30.0,
        "conditional": False,
        "first_input": "zeros",
        "bounded_start": True,
        "layers_without_norm": 2,
        "paths_kl_weight": 0.05,
    }
    assert {name: getattr(hps, name) for name in OWN} == changes


def test_malformed_list_of_a_megabyte_is_refused_in_linear_time():
    with pytest.raises(ValueError, match="Malformed"):
        HParams().parse("categories=[" + "a ,\t" * 250_000)


# The object


def test_component_count_is_mixture_times_sub():
    assert HParams(num_mixture=3, num_sub=4).k == 12


def test_unknown_attribute_cannot_be_set():
    with pytest.raises(AttributeError):
        HParams().batchsize = 3


def test_categories_are_not_shared_between_objects():
    first = HParams()
    first.categories.append("car")
    first.to_dict()["categories"].append("owl")
    assert HParams().categories == ["bee", "bus", "flower", "giraffe", "pig"]
    assert first.values()["categories"][-1] == "car"


def test_help_names_each_field_with_its_default_in_two_blocks():
    reference, own = HParams.help_text().split("Fields of this program:")
    rows = {line.split()[0]: line for line in (reference + own).splitlines() if line[2:3].strip()}
    for name, default in HParams().to_dict().items():
        shown = "[bee,bus,flower,giraffe,pig]" if name == "categories" else str(default)
        assert f" {shown} " in rows[name]
        assert (f"  {name} " in own) == (name in OWN)
    assert max(map(len, HParams.help_text().splitlines())) <= 100


def test_help_names_the_systems_of_fields_that_only_some_have():
    _, *blocks = HParams.help_text().split("Fields of this program that only ")
    heads = {
        line.split()[0]: block.partition(" ha")[0] for block in blocks for line in block.splitlines() if "  " in line
    }
    for name in OWN:
        systems = systems_with(name)
        named = set(heads[name].replace(", ", " and ").split(" and ")) if name in heads else set(SYSTEMS)
        assert named == set(systems), name
    assert heads["top_learning"] == "ia and ia_plus" and heads["first_input"] == "sketch_rnn and sketch_pix2seq"
    assert "only ia and ia_plus have it" in HParams.help_text(), "repeat, which stands among the reference's"


def test_every_field_that_the_catalogue_gives_to_a_system_exists():
    assert {name for row in SYSTEMS.values() for name in row.fields} <= set(HParams().to_dict())


def test_import_leaves_tensorflow_out():
    code = "import sys, ia_pix2seq_tf.hparams; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1]).returncode == 0


# JSON and files


def test_json_and_file_give_the_object_back(tmp_path):
    hps = HParams().parse("categories=['alarm clock','猫'],system=rpcl,learning_rate=3e-4,is_training=0")
    hps.write(tmp_path / "model_config.json")
    assert HParams.read(tmp_path / "model_config.json") == hps
    assert HParams.from_json(hps.to_json()) == hps
    assert list(json.loads(hps.to_json())) == [field.name for field in dataclasses.fields(HParams)]


def test_missing_fields_take_defaults_and_integers_become_floats():
    hps = HParams.from_json('{"grad_clip": 2, "categories": ["pig"]}')
    assert hps == HParams(grad_clip=2.0, categories=["pig"])
    assert isinstance(hps.grad_clip, float)


def test_all_fields_that_cannot_be_read_are_named_with_their_source():
    text = (
        '{"batch": 3, "batch_size": 64.0, "is_training": 1, "z_size": null, "dec_model": 5, "de_weight": NaN,'
        ' "grad_clip": 1e999, "seed": true, "categories": ["cat", 1], "num_steps": 1' + "0" * 30 + "}"
    )
    with pytest.raises(ValueError) as caught:
        HParams.from_json(text, source="old/model_config.json")
    assert str(caught.value).splitlines() == [
        "old/model_config.json: fields that cannot be read:",
        "  'batch': unknown field",
        "  batch_size: found 64.0, expected an integer of 32 bits",
        "  is_training: found 1, expected true or false",
        "  z_size: found None, expected an integer of 32 bits",
        "  dec_model: found 5, expected a string",
        "  de_weight: found nan, expected a finite number",
        "  grad_clip: found inf, expected a finite number",
        "  seed: found True, expected an integer of 32 bits",
        "  categories: found ['cat', 1], expected a list of strings",
        "  num_steps: found 1000000000000000000000000000000, expected an integer of 32 bits",
    ]


def test_names_of_other_programs_are_told_with_ours():
    hint = " (that is sketch-rnn's name: here it is categories, names without .npz)"
    with pytest.raises(ValueError) as caught:
        HParams().parse("data_set=[cat.npz]")
    assert str(caught.value) == f"Unknown hyperparameter type for data_set{hint}"
    with pytest.raises(ValueError) as caught:
        HParams.from_json('{"data_set": ["cat.npz"], "img_H": 48}', source="model_config.json")
    assert str(caught.value).splitlines()[1:] == [
        f"  'data_set': unknown field{hint}",
        "  'img_H': unknown field (that is sketch-rnn's name: here it is png_width)",
    ]


def test_update_with_an_error_changes_nothing():
    hps = HParams()
    with pytest.raises(ValueError):
        hps.update({"batch_size": 3, "z_size": "4"})
    assert hps == HParams()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"z_size": 1, "z_size": 2}',
        '{"description": 5}',
        "[" * 100_000,
        "1" * 5000,
        '{"a":',
    ]
    + ['{"z_size": ' + "[" * depth + "]" * depth + "}" for depth in (10, 400, 900, 5000)],
    ids=lambda text: text[:20],
)
def test_text_that_holds_no_configuration_is_refused_with_its_source(text):
    with pytest.raises(ValueError, match="^some.json: ") as caught:
        HParams.from_json(text, source="some.json")
    assert len(str(caught.value)) < 300


def test_file_that_holds_no_configuration_is_refused_with_its_path(tmp_path):
    path = tmp_path / "file.json"
    for content in (b"\xff\xfe\x00", b" " * (MAX_FILE_BYTES + 1)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"file\.json: expected"):
            HParams.read(path)
    with pytest.raises(FileNotFoundError, match=r"missing\.json"):
        HParams.read(tmp_path / "missing.json")


def test_byte_order_mark_is_no_part_of_a_file(tmp_path):
    (tmp_path / "file.json").write_bytes(b'\xef\xbb\xbf{"z_size": 3}')
    assert HParams.read(tmp_path / "file.json") == HParams(z_size=3)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_without_json_are_not_written(tmp_path, value):
    HParams().write(tmp_path / "file.json")
    with pytest.raises(ValueError, match="learning_rate: found (nan|inf), expected a finite number"):
        HParams(learning_rate=value).write(tmp_path / "file.json")
    assert HParams.read(tmp_path / "file.json") == HParams()
    assert os.listdir(tmp_path) == ["file.json"]


def test_file_is_replaced_only_once_it_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    HParams().write(path)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", interrupted)
        HParams(z_size=3).write(path)
    assert HParams.read(path) == HParams()
    assert os.listdir(tmp_path) == ["file.json"]


@pytest.mark.parametrize("system", ["ia", "rpcl"])
def test_configuration_of_a_tf1_checkpoint_is_read(system):
    path = SHARED / "checkpoints" / system / "model_config.json"
    if not path.exists():
        pytest.skip(f"needs {path}")
    hps, content = HParams.read(path).validate(), json.loads(path.read_text())
    assert {name: getattr(hps, name) for name in content} == content
    assert (len(content), hps.repeat, hps.seed) == ({"ia": 32, "rpcl": 29}[system], 1, 1234)


# Precedence


def test_flags_win_over_file_over_saved_over_defaults(tmp_path):
    saved, file = tmp_path / "model_config.json", tmp_path / "file.json"
    HParams(z_size=1, num_sub=1, batch_size=1).write(saved)
    file.write_text('{"description": "note", "z_size": 2, "num_sub": 2}')
    expected = HParams(z_size=3, num_sub=2, batch_size=1)
    assert HParams.resolve(saved, file, "z_size=3") == expected
    assert HParams.resolve(str(saved), str(file), "z_size=3") == expected
    assert HParams.resolve() == HParams()
    assert HParams.resolve(file=file) == HParams(z_size=2, num_sub=2)


def test_resolve_leaves_the_saved_object_alone():
    saved = HParams()
    assert HParams.resolve(saved, flags="z_size=3,categories=[cat]") == HParams(z_size=3, categories=["cat"])
    assert saved == HParams()


def test_resolve_refuses_values_that_cannot_work():
    with pytest.raises(ValueError, match="batch_size: found 0, expected at least 1"):
        HParams.resolve(flags="batch_size=0")


# Validation


def test_all_problems_come_in_one_message():
    assert refusal(batch_size=0, dec_model="gru", learning_rate=math.nan, min_learning_rate=1.0).splitlines() == [
        "hyperparameters that cannot work:",
        "  dec_model: found 'gru', expected one of lstm, layer_norm, hyper",
        "  batch_size: found 0, expected at least 1",
        "  learning_rate: found nan, expected a finite number",
    ]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, [0, -1, 10**20]) for name in ("num_steps", "save_every", "dec_rnn_size", "z_size", "batch_size")),
        *((name, [0, -1, 2.0, True]) for name in ("num_mixture", "num_sub", "repeat", "num_per_category")),
        (
            "categories",
            [[], ["cat", "cat"], [""], ["cat.npz"], ["a/b"], ["a\\b"], [" cat"], ["cat\n"], ["a\0"], "cat", [1]],
        ),
        ("dec_model", ["gru", "'hyper'", "", None]),
        ("max_seq_len", [0, -2]),
        *((name, [0.0, -0.1, math.nan, math.inf]) for name in ("learning_rate", "min_learning_rate", "grad_clip")),
        ("decay_rate", [0.0, 1.1, math.nan]),
        ("de_weight", [-0.1, math.inf]),
        *((f"use_{kind}_dropout", [1, "True"]) for kind in ("recurrent", "input", "output")),
        *((f"{kind}_dropout_prob", [0.0, 1.01, -0.1]) for kind in ("recurrent", "input", "output")),
        ("random_scale_factor", [-0.1, 1.0, math.inf]),
        ("augment_stroke_prob", [-0.1, 1.0, math.nan]),
        ("png_scale_ratio", [0.0, 1.01, 0.01]),
        ("png_rotate_angle", [-1, 15.5]),
        ("png_translate_dist", [-1, 48]),
        ("is_training", [1]),
        ("png_width", [0, -16, 28, 50, 48.0]),
        ("semi_percent", [0.5]),
        ("semi_balanced", [True]),
        ("system", ["IA", "byy"]),
        ("graph_mask_prob", [-0.1, 1.0, 1]),
        ("top_learning", ["HL", ""]),
        ("objective", ["print", ""]),
        ("adam_beta_1", [-0.5, 1.0, math.nan]),
        ("bottom_learning", ["em"]),
        ("mixture_start", [-1, 0.5]),
        ("mixture_init", ["means"]),
        ("mixture_rate", [0.0, 1.1]),
        ("latent_weight", [-0.1, math.inf]),
        ("warm_up_decay", [0.0, 1.1]),
        ("seed", [-1, 2**31, 1.0]),
        ("jit_compile", [0]),
        ("plain_rnn", [None]),
        ("scale_factor", [-1.0, math.inf, "30"]),
        ("enc_model", ["gru", None]),
        ("enc_rnn_size", [0, 1.5]),
        ("layers_without_norm", [-1, 7]),
        *((name, [-0.1, math.nan]) for name in ("kl_weight", "kl_weight_start", "kl_tolerance")),
        ("kl_decay_rate", [0.0, 1.1]),
        ("conditional", [1]),
        ("first_input", ["zero", ""]),
    ],
)
def test_value_that_cannot_work_is_refused_by_field(name, values):
    for value in values:
        lines = refusal(**{name: value}).splitlines()
        assert len(lines) == 2 and lines[1].startswith(f"  {name}: found ") and ", expected " in lines[1]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"min_learning_rate": 0.01},
            "min_learning_rate: found 0.01, expected at most learning_rate; learning_rate is 0.001",
        ),
        (
            {"batch_size": 9, "num_per_category": 4, "categories": ["cat", "pig"]},
            "batch_size: found 9, expected at most num_per_category times the number of categories, as an"
            " epoch drops its partial batch; num_per_category is 4, categories is ['cat', 'pig']",
        ),
        (
            {"system": "rpcl", "top_learning": "ml"},
            "top_learning: found 'ml', expected 'hl' unless system is 'ia'",
        ),
        (
            {"system": "rpcl", "bottom_learning": "ml"},
            "bottom_learning: found 'ml', expected 'hl' unless system",
        ),
        (
            {"system": "rpcl", "repeat": 2},
            "repeat: found 2, expected 1 unless system is 'ia' or 'ia_plus'; system is 'rpcl'",
        ),
        (
            {"system": "rpcl", "latent_weight": 1.0},
            "latent_weight: found 1.0, expected 0.5 unless system is 'ia' or 'ia_plus'; system is 'rpcl'",
        ),
        (
            {"system": "sketch_rnn", "mixture_start": 2},
            "mixture_start: found 2, expected 0 unless system is 'ia' or 'rpcl'",
        ),
        (
            {"system": "rpcl", "objective": "paper"},
            "objective: found 'paper', expected 'program' unless system is 'ia'",
        ),
        (
            {"objective": "paper", "decay_rate": 0.99},
            "decay_rate: found 0.99, expected 0.9999 unless objective is 'program'; objective is 'paper'",
        ),
        ({"objective": "paper", "latent_weight": 1.0}, "latent_weight: found 1.0, expected 0.5 unless objective is"),
        ({"objective": "paper", "warm_up_decay": 0.9}, "warm_up_decay: found 0.9, expected 0.9999 unless objective is"),
        (
            {"objective": "paper", "min_learning_rate": 1e-6},
            "min_learning_rate: found 1e-06, expected 1e-05 unless objective is 'program'",
        ),
        (
            {"mixture_init": "em"},
            "mixture_init: found 'em', expected 'kmeans' unless mixture_start is above 0; mixture_start is 0",
        ),
        (
            {"system": "sketch_pix2seq", "layers_without_norm": 1},
            "layers_without_norm: found 1, expected 0 unless system is 'ia' or 'rpcl'",
        ),
        (
            {"system": "vade", "warm_up_decay": 0.99},
            "warm_up_decay: found 0.99, expected 0.9999 unless system is 'ia' or 'rpcl' or 'ia_plus'; system is 'vade'",
        ),
        ({"system": "vade", "mixture_rate": 0.1}, "mixture_rate: found 0.1, expected 0.05 unless system is 'ia'"),
        ({"enc_model": "hyper"}, "enc_model: found 'hyper', expected 'lstm' unless system is 'sketch_rnn'"),
        ({"enc_rnn_size": 8}, "enc_rnn_size: found 8, expected 256 unless system is 'sketch_rnn'"),
        (
            {"system": "sketch_pix2seq", "kl_weight": 1.0},
            "kl_weight: found 1.0, expected 0.5 unless system is 'sketch_rnn'; system is 'sketch_pix2seq'",
        ),
        (
            {"conditional": False},
            "conditional: found False, expected True unless system is 'sketch_rnn' or 'sketch_pix2seq'; system is 'ia'",
        ),
        (
            {"semi_percent": 0.1},
            "semi_percent: found 0.1, expected 0 or False, as the published loss has no semi-",
        ),
    ],
)
def test_values_that_cannot_work_together_are_refused(values, line):
    assert line in refusal(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 8, "num_per_category": 4, "categories": ["cat", "pig"]},
        {"learning_rate": 1, "min_learning_rate": 1, "decay_rate": 1, "de_weight": 0},
        {
            "recurrent_dropout_prob": 1.0,
            "random_scale_factor": 0.0,
            "augment_stroke_prob": 0.0,
            "png_scale_ratio": 1.0,
        },
        {"png_width": 16, "png_translate_dist": 15, "png_rotate_angle": 360, "seed": 2**31 - 1},
        {"categories": ["alarm clock", "The Mona Lisa", "猫", "a.b"], "max_seq_len": 1},
        {"top_learning": "ml", "bottom_learning": "ml", "repeat": 3, "layers_without_norm": 6},
        {"system": "sketch_rnn", "kl_weight": 0, "kl_weight_start": 0, "kl_tolerance": 0, "kl_decay_rate": 1},
        {"system": "sketch_rnn", "conditional": False, "first_input": "zeros", "scale_factor": 35.5},
        {"system": "sketch_pix2seq", "conditional": False, "first_input": "zeros"},
        {"objective": "paper", "adam_beta_1": 0, "top_learning": "ml", "bottom_learning": "ml", "repeat": 2},
        {"objective": "paper", "learning_rate": 1e-6},
        {"system": "vade", "mixture_start": 1, "mixture_init": "em", "layers_without_norm": 1, "de_weight": 1},
    ],
)
def test_values_at_the_edge_are_accepted(values):
    hps = dataclasses.replace(HParams(), **values)
    assert hps.validate() is hps
