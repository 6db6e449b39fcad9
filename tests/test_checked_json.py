"""Objects of JSON from strangers, and the rules for their values."""

import math
import re
import time

import pytest

from ia_pix2seq_tf.checked_json import is_integer, is_number, is_shallow, one_of, parse_object, read_object, show


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("text", ["", "[1]", "3", "{", '{"a": 1, "a": 2}', "[" * 100_000, "9" * 5000])
def test_text_without_an_object_is_refused_in_a_short_message(text):
    with pytest.raises(ValueError, match="^here: expected a thing, found ") as caught:
        parse_object(text, "here", "a thing")
    assert len(str(caught.value)) < 300


def test_numbers_that_are_not_finite_are_refused_where_asked_for():
    for number in ("NaN", "-Infinity", "1e999"):
        assert not math.isfinite(parse_object(f'{{"a": {number}}}', "here")["a"])
        with pytest.raises(ValueError, match=re.escape(f"here: expected a JSON object, found the number '{number}'")):
            parse_object(f'{{"a": {number}}}', "here", finite=True)


def test_a_file_is_read_up_to_a_size(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')
    size = path.stat().st_size
    assert read_object(path, size) == {"a": "é"}
    with pytest.raises(ValueError, match=rf"x\.json: expected a JSON object of at most {size - 1} bytes, found more"):
        read_object(path, size - 1)
    with pytest.raises(FileNotFoundError):
        read_object(tmp_path / "y.json", size)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"x\.json: expected a thing, found 'utf-8' codec"):
        read_object(path, size, "a thing")


def test_a_repeat_among_many_names_is_found_at_once():
    names = ", ".join(f'"{number}": 0' for number in range(100_000))
    started = time.process_time()
    with pytest.raises(ValueError, match="found '99999' twice"):
        parse_object("{" + names + ', "99999": 1}', "here")
    assert time.process_time() - started < 5


def test_kinds_of_numbers():
    assert [is_integer(value) for value in (0, -(10**400), True, 1.0, "1", None)] == [True, True] + 4 * [False]
    assert all(map(is_number, (0, -1.5, 1e308, 10**300)))
    assert not any(map(is_number, (True, math.nan, math.inf, 10**400, "1", None)))


def test_depth_counts_levels():
    assert is_shallow({"a": nested(2)}, 3) and not is_shallow({"a": nested(3)}, 3)
    assert not is_shallow(nested(900), 20)


def test_a_choice_is_a_rule_that_takes_any_value():
    rule = one_of({"a": 1, "b": 2})
    assert rule.expected == "one of a, b"
    assert rule.holds("a") and not any(map(rule.holds, ("c", None, [], {}, 1)))


def test_shown_values_are_short():
    assert show("x" * 1000).startswith("'x") and len(show("x" * 1000)) < 100
    assert len(show(nested(900))) < 100
