"""Reading drawings and images: both pickle generations, nothing executed, clear errors."""

import io
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from reference import SHARED
from sketches import SKETCHES, objects

from ia_pix2seq_tf.data import npz
from ia_pix2seq_tf.data.files import DataError, Strokes, load_category, load_npz
from ia_pix2seq_tf.data.npz import read_npz

SPLITS = ("train", "valid", "test")


def save(path, train=SKETCHES, valid=SKETCHES[:1], test=SKETCHES[1:]):
    np.savez(path, train=objects(train), valid=objects(valid), test=objects(test))
    return path


def save_members(path, content):
    """Writes an archive whose members are given as bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in SPLITS:
            archive.writestr(f"{name}.npy", content)
    return path


def npy(header, data):
    """An `.npy` file of any header and data."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"fortran_order": False, **header})
    return stream.getvalue() + data


def python2_pickle(array):
    """What Python 2 wrote for an array, pickle protocol 2: text and bytes are both strings of 8 bits."""

    def string(value):
        return b"T" + struct.pack("<i", len(value)) + value

    def number(value):
        return b"J" + struct.pack("<i", value)

    def content(array):
        shape = b"(" + b"".join(map(number, array.shape)) + b"t"
        if array.dtype == object:
            code, order, data = b"O8", b"|", b"](" + b"".join(map(content, array)) + b"e"
        else:
            code, order, data = b"i2", b"<", string(array.tobytes())
        new = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + number(0) + b"t" + string(b"b") + b"tR"
        dtype = b"cnumpy\ndtype\n(" + string(code) + number(0) + number(1) + b"tR"
        dtype += b"(" + number(3) + string(order) + b"NNN" + 2 * number(-1) + number(0) + b"tb"
        return new + b"(" + number(1) + shape + dtype + b"\x89" + data + b"tb"

    return b"\x80\x02" + content(array) + b"."


class Attack:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def assert_sketches(loaded, expected):
    assert len(loaded) == len(expected)
    for strokes, wanted in zip(loaded, expected, strict=True):
        assert strokes.dtype == np.int16
        np.testing.assert_array_equal(strokes, wanted)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_file_of_this_numpy_loads(write, tmp_path):
    path = tmp_path / "cat.npz"
    write(path, train=objects(SKETCHES), valid=objects(SKETCHES[:1]), test=objects([]))
    loaded = load_npz(path)
    assert list(loaded) == list(SPLITS)
    assert_sketches(loaded["train"], SKETCHES)
    assert_sketches(loaded["valid"], SKETCHES[:1])
    assert_sketches(loaded["test"], [])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL))
def test_pickles_of_every_protocol_of_numpy_load(protocol, tmp_path):
    data = pickle.dumps(objects(SKETCHES), protocol)
    content = npy({"descr": "|O", "shape": (2,)}, data)
    assert_sketches(load_npz(save_members(tmp_path / "cat.npz", content))["test"], SKETCHES)


def test_names_of_numpy_1_load(tmp_path):
    data = pickle.dumps(objects(SKETCHES), 2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert b"numpy.core.multiarray" in data
    content = npy({"descr": "|O", "shape": (2,)}, data)
    assert_sketches(load_npz(save_members(tmp_path / "cat.npz", content))["train"], SKETCHES)


def test_pickles_of_python_2_load(tmp_path):
    high_bytes = [np.array([[-1, 200, 0], [255, -32768, 1]], np.int16), SKETCHES[1]]
    content = npy({"descr": "|O", "shape": (2,)}, python2_pickle(objects(high_bytes)))
    assert_sketches(load_npz(save_members(tmp_path / "cat.npz", content))["train"], high_bytes)


@pytest.mark.parametrize(
    "train",
    [
        np.stack([SKETCHES[1]] * 2),
        np.stack([SKETCHES[1]] * 2).astype(">i4"),
        np.asfortranarray(np.stack([SKETCHES[1]] * 2)),
        np.stack([SKETCHES[1]] * 2).astype(object),
        objects([SKETCHES[1].astype(object)] * 2),
        objects([SKETCHES[1].astype(np.float32)] * 2),
        objects([SKETCHES[1].astype(np.int64), SKETCHES[1].astype(">f8")]),
    ],
    ids=["numbers", "big_endian", "fortran", "objects", "nested_objects", "floats", "mixed"],
)
def test_other_layouts_of_the_same_sketches_load(train, tmp_path):
    np.savez(tmp_path / "cat.npz", train=train, valid=train, test=train)
    assert_sketches(load_npz(tmp_path / "cat.npz")["train"], [SKETCHES[1]] * 2)


LISTS = {
    "lists": lambda strokes: strokes.tolist(),
    "tuples": lambda strokes: tuple(map(tuple, strokes.tolist())),
    "lists of arrays": list,
    "lists of scalars": lambda strokes: [list(row) for row in strokes],
    "fractions": lambda strokes: strokes.astype(float).tolist(),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_sketches_may_be_lists(name, protocol, tmp_path):
    cells = objects([None, None])
    for i, strokes in enumerate(SKETCHES):
        cells[i] = LISTS[name](strokes)
    content = npy({"descr": "|O", "shape": (2,)}, pickle.dumps(cells, protocol))
    assert_sketches(load_npz(save_members(tmp_path / "cat.npz", content))["train"], SKETCHES)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([[1, 2, 1], [1, 2]], "array 'train': expected rows of one length, at most 16, in a list, found 2 and 3"),
        ([[0] * 17], "found 17; sketches are arrays or lists of"),
        ([[1, 2, None]], "expected lists of numbers, found an object of type NoneType"),
        ([[1, 2, [3]]], "expected lists of numbers, found an object of type list"),
        ([[1, 2, 3], 4], "expected rows of numbers in a list, found an object of type int"),
        ([], r"'train', sketch 0: expected \[n, 3\] with n > 0, found \[0\]"),
        ({"a": 1}, "expected arrays of numbers, found a dictionary or a set; sketches are arrays or lists of"),
        ({1, 2}, "expected arrays of numbers, found a dictionary or a set; sketches are arrays or lists of"),
        (frozenset({1}), "expected arrays of numbers, found a dictionary or a set; sketches are arrays or lists of"),
        ("text", "expected arrays of numbers, found an object of type str"),
    ],
)
def test_what_is_no_sketch_is_refused_by_its_type(cell, message, tmp_path):
    cells = objects([None, SKETCHES[1]])
    cells[0] = cell
    content = npy({"descr": "|O", "shape": (2,)}, pickle.dumps(cells, 4))
    with pytest.raises(DataError, match=message) as caught:
        load_npz(save_members(tmp_path / "cat.npz", content))
    assert "damaged" not in str(caught.value)


def test_objects_may_hold_numpy_scalars(tmp_path):
    sketch = np.array([[np.int16(3), np.float64(4), True]], object)
    np.savez(tmp_path / "cat.npz", train=objects([sketch]), valid=objects([]), test=objects([]))
    assert_sketches(load_npz(tmp_path / "cat.npz")["train"], [[[3, 4, 1]]])


def test_offsets_beyond_int16_become_the_limit(tmp_path):
    wide = np.array([[40000, -1e12, 0], [32767, -32768, 1]])
    assert_sketches(load_npz(save(tmp_path / "cat.npz", [wide]))["train"], [[[1000, -1000, 0], [32767, -32768, 1]]])


@pytest.mark.parametrize(
    ("attack", "name"),
    [
        (Attack(os.mkdir, "HARM"), f"{os.mkdir.__module__}.mkdir"),
        (Attack(eval, "__import__('os').mkdir('HARM')"), "builtins.eval"),
        (Attack(getattr, "text", "upper"), "builtins.getattr"),
        (Attack(np.save, "HARM", np.zeros(1)), "numpy.save"),
        (Attack(SKETCHES[0].tofile, "HARM"), "builtins.getattr"),
        (np.array([1 + 2j]).__reduce__, "builtins.getattr"),
        (np.lib.format.open_memmap, "numpy.lib.format.open_memmap"),
        (Attack, "test_data_files.Attack"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pickle_that_names_anything_else_is_refused_and_not_run(attack, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = save(tmp_path / "cat.npz", valid=[SKETCHES[0], attack])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError) as caught:
        load_npz(path)
    message = str(caught.value)
    assert str(path) in message and "'valid'" in message and "nothing was run" in message
    module, _, function = name.rpartition(".")
    assert f"{module}." in message and function in message
    assert sorted(tmp_path.iterdir()) == before


BOMB = b")" + 60 * b"2\x86"
"""A tuple of twice a tuple, and so on: who asks for its hash, or writes it, never ends."""


def array_of(shape, code, data):
    """The pickle of an array, of any shape and data."""
    dtype = b"cnumpy\ndtype\n(U\x02" + code + b"tR(K\x03U\x01|tb"
    return b"cnumpy.core.multiarray\n_reconstruct\n)R(K\x01" + shape + dtype + b"\x89" + data + b"tb"


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02}" + BOMB + b"Ns.",
        b"\x80\x04\x8f(" + BOMB + b"\x90.",
        b"\x80\x04(" + BOMB + b"\x91.",
        b"\x80\x02(" + BOMB + b"Nd.",
        b"\x80\x02c_codecs\nencode\n(U\x01a" + BOMB + b"tR.",
        b"\x80\x02" + array_of(BOMB + b"\x85", b"O8", b"]") + b".",
        b"\x80\x02"
        + array_of(b"K\x02\x85", b"O8", b"](" + 2 * array_of(BOMB + b"\x85", b"i2", b"U\x01a") + b"e")
        + b".",
        b"\x80\x02" + array_of(b"(" + 99 * b"K\x01" + b"t", b"O8", b"]Na") + b".",
        b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",  # an attribute of an admitted name
        b"\x80\x02cos\nsystem\n.",
        b"(S'true'\nios\nsystem\n.",  # INST
        b"\x80\x02\x82\x01.",  # extension registry
        b"Psome persistent id\n.",
        b"\x80\x02c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.",
        b"\x80\x02cnumpy\nndarray\n.",  # the class itself
        b"\x80\x02cnumpy\nndarray\n)R.",  # an array without content
        b"\x80\x02cnumpy\ndtype\n)R.",
        b"\x80\x02K\x05.",
        b"\x80\x02]q\x00h\x00a.",  # a list that holds itself
        b"\x80\x02.",
        b"",
        pickle.dumps(objects([b"bytes", "text"]), 2),
        pickle.dumps(objects([None, SKETCHES[0]]), 2),
        pickle.dumps(objects([objects(SKETCHES), SKETCHES[0]]), 2),
        pickle.dumps(objects(SKETCHES), 2) + b"more",
        pickle.dumps(objects(SKETCHES)[:1], 2),  # less than the header says
    ],
)
def test_hostile_or_damaged_pickles_are_refused(data, tmp_path):
    path = save_members(tmp_path / "cat.npz", npy({"descr": "|O", "shape": (2,)}, data))
    with pytest.raises(DataError, match="cat.npz: array 'train'"):
        load_npz(path)


@pytest.mark.parametrize("code", [b"]", b"(", b"N", b")", b"]\x94"])
def test_pickles_that_make_more_than_their_archive_can_hold_are_refused(code, tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MOST_OPERATIONS", 100)
    with zipfile.ZipFile(tmp_path / "cat.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.npy", npy({"descr": "|O", "shape": (2,)}, b"\x80\x04" + 50_000 * code + b"."))
    with pytest.raises(DataError, match="cat.npz: array 'train': expected arrays of numbers, found more objects than"):
        read_npz(tmp_path / "cat.npz", ["train"])


@pytest.mark.parametrize("target", [b"_codecs\nencode", b"numpy\ndtype", b"numpy\nndarray"])
@pytest.mark.parametrize("state", [{"__setstate__": 1}, (None, {"__new__": 1, "__init__": 1, "to_numpy": 1})])
def test_pickle_cannot_change_how_later_files_are_read(target, state, tmp_path):
    data = b"\x80\x02c" + target + b"\n" + pickle.dumps(state, 2)[2:-1] + b"b."
    with pytest.raises(DataError):
        load_npz(save_members(tmp_path / "bad.npz", npy({"descr": "|O", "shape": (2,)}, data)))
    good = npy({"descr": "|O", "shape": (2,)}, pickle.dumps(objects(SKETCHES), 2))
    assert_sketches(load_npz(save_members(tmp_path / "good.npz", good))["train"], SKETCHES)


@pytest.mark.parametrize("descr", ["|V8", "<U4", "<c8", "<M8[s]"])
def test_arrays_of_other_types_are_refused(descr, tmp_path):
    size = np.dtype(descr).itemsize
    path = save_members(tmp_path / "cat.npz", npy({"descr": descr, "shape": (1,)}, bytes(size)))
    with pytest.raises(DataError, match="expected numbers or sketches"):
        load_npz(path)


def test_object_arrays_of_other_types_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected numbers, found an array of type"):
        load_npz(save(tmp_path / "cat.npz", [np.zeros((2, 3), complex)]))


def test_header_that_claims_more_than_there_is_is_refused(tmp_path):
    path = save_members(tmp_path / "cat.npz", npy({"descr": "<i2", "shape": (10**12, 5, 3)}, bytes(30)))
    with pytest.raises(DataError, match="expected 30000000000000 bytes"):
        load_npz(path)


def test_members_of_absurd_size_are_refused_before_unpacking(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "LARGEST_MEMBER", 100)
    with pytest.raises(DataError, match="'train' claims .* bytes, expected at most 100"):
        load_npz(save(tmp_path / "cat.npz"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"not a zip archive", "expected an .npz archive"),
        (b"\x93NUMPY\x01\x00", ".npz archive"),
    ],
)
def test_files_that_are_no_archive_are_refused(content, message, tmp_path):
    path = tmp_path / "cat.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"cat.npz: .*{message}"):
        load_npz(path)


def test_archive_cut_short_anywhere_is_refused(tmp_path):
    whole = save(tmp_path / "whole.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for end in range(1, len(whole), 7):
        path.write_bytes(whole[:end])
        with pytest.raises(DataError, match="cut.npz"):
            load_npz(path)


def test_flipped_bytes_never_crash_and_never_change_a_sketch(tmp_path):
    whole = save(tmp_path / "whole.npz").read_bytes()
    path, rng, refused = tmp_path / "flipped.npz", np.random.default_rng(0), 0
    for position in rng.integers(0, len(whole), 300):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            assert_sketches(load_npz(path)["train"], SKETCHES)
        except DataError:
            refused += 1
    assert refused > 100


def test_all_drawings_of_a_category_stand_in_for_the_sample(tmp_path):
    save(tmp_path / "cat.full.npz", train=SKETCHES[:1])
    assert len(load_category(tmp_path, "cat")["train"]) == 1 == len(load_category(tmp_path, "cat.full")["train"])
    save(tmp_path / "cat.npz")
    assert len(load_category(tmp_path, "cat")["train"]) == 2


def test_a_category_without_drawings_is_told_with_what_is_there(tmp_path):
    for name in ("pig", "cow.full", "pig_png", "._pig"):
        save(tmp_path / f"{name}.npz")
    with pytest.raises(FileNotFoundError, match=r"cat.npz. There are drawings of 'cow.full', 'pig'. QuickDraw"):
        load_category(tmp_path, "cat")


def test_missing_split_is_named_with_those_found(tmp_path):
    np.savez(tmp_path / "cat.npz", train=objects(SKETCHES), valid=objects(SKETCHES))
    with pytest.raises(DataError, match="expected a member test.npy, found train.npy, valid.npy"):
        load_npz(tmp_path / "cat.npz")


@pytest.mark.parametrize(
    ("sketch", "message"),
    [
        (np.zeros((4, 2)), r"expected \[n, 3\] with n > 0, found \[4, 2\]"),
        (np.zeros((0, 3)), r"expected \[n, 3\] with n > 0, found \[0, 3\]"),
        (np.zeros(3), r"expected \[n, 3\]"),
        (np.array([[1, 2, 0], [0, np.nan, 1]]), "expected finite numbers"),
        (np.array([[1, 2, 0], [np.inf, 2, 1]]), "expected finite numbers"),
        (np.array([[1, 2.5, 1]]), "expected whole numbers, found the point .*2.5"),
        (np.array([[1, 2, 2]]), "expected a pen of 0 or 1"),
        (np.array([[1, 2, -1]], np.int16), "expected a pen of 0 or 1"),
        (np.array([[10**400, 0, 1]], object), "expected numbers"),
    ],
)
def test_malformed_sketches_are_refused_by_number(sketch, message, tmp_path):
    with pytest.raises(DataError, match=f"cat.npz: 'train', sketch 1: {message}"):
        load_npz(save(tmp_path / "cat.npz", [SKETCHES[0], sketch]))


@pytest.mark.parametrize("train", [np.zeros((4, 3), np.int16), np.int16(5)])
def test_splits_that_are_no_list_of_sketches_are_refused(train, tmp_path):
    np.savez(tmp_path / "cat.npz", train=train, valid=train, test=train)
    with pytest.raises(DataError, match="expected an array of sketches"):
        load_npz(tmp_path / "cat.npz")


def test_file_without_training_sketches_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected sketches in 'train', found none"):
        load_npz(save(tmp_path / "cat.npz", train=[]))


def test_missing_category_says_what_was_looked_for_and_where_to_get_it(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_category(tmp_path, "alarm clock")
    message = str(caught.value)
    assert str(tmp_path / "alarm clock.npz") in message
    assert "https://storage.googleapis.com/quickdraw_dataset/sketchrnn/<category>.npz" in message
    assert "sketchrnn/alarm%20clock.npz" in message
    assert "--data_dir=demo" in message


def test_category_with_a_space_loads(tmp_path):
    save(tmp_path / "alarm clock.npz")
    assert_sketches(load_category(tmp_path, "alarm clock")["train"], SKETCHES)


def test_container_gives_back_views_of_its_sketches():
    strokes = Strokes.from_list(SKETCHES)
    assert_sketches(list(strokes), SKETCHES)
    assert np.shares_memory(strokes[1], strokes.points)
    np.testing.assert_array_equal(strokes.lengths, [2, 3])
    np.testing.assert_array_equal(strokes[-1], SKETCHES[1])
    with pytest.raises(IndexError):
        strokes[2]


def test_container_selects_and_joins():
    strokes = Strokes.from_list(SKETCHES)
    assert_sketches(strokes.select(np.array([1, 0, 1])), [SKETCHES[1], SKETCHES[0], SKETCHES[1]])
    assert_sketches(strokes.select(np.arange(0)), [])
    joined = Strokes.concatenate([strokes, Strokes.from_list([]), strokes])
    assert_sketches(joined, SKETCHES + SKETCHES)
    assert joined.points.dtype == np.int16


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real drawings of ../shared")
@pytest.mark.parametrize(
    ("name", "counts", "longest"),
    [
        ("other/aaron_sheep", (7400, 300, 300), 250),
        ("other/short_kanji", (10000, 600, 500), 88),
        ("quickdraw/alarm clock", (2000, 250, 250), 117),
        ("quickdraw/giraffe", (880, 110, 110), 136),
    ],
)
def test_real_files_of_both_generations_load(name, counts, longest):
    path = SHARED / "data" / f"{name}.npz"
    loaded = load_npz(path)
    with np.load(path, allow_pickle=True, encoding="latin1") as trusted:
        for split, count in zip(SPLITS, counts, strict=True):
            assert len(loaded[split]) == count
            assert_sketches(loaded[split], trusted[split])
    assert max(len(strokes) for split in SPLITS for strokes in loaded[split]) == longest


def test_plain_arrays_are_read_by_name(tmp_path):
    np.savez(tmp_path / "plain.npz", a=np.arange(6).reshape(2, 3), b=np.float32(2.5))
    arrays = read_npz(tmp_path / "plain.npz", ["b", "a"])
    np.testing.assert_array_equal(arrays["a"], [[0, 1, 2], [3, 4, 5]])
    assert arrays["b"] == 2.5


def test_reading_drawings_needs_no_tensorflow():
    code = (
        "import sys, ia_pix2seq_tf.data.files, ia_pix2seq_tf.data.augment, ia_pix2seq_tf.data.images;"
        "print('tensorflow' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
