"""Hostile archives of arrays, the pickles in them, and pictures, for the fuzz tests."""

import io
import math
import pickle
import struct
import warnings
import zipfile

import numpy as np
from fuzzing import TRAP
from hypothesis import strategies as st
from PIL import Image

SKETCHES = [
    np.array([[1, 2, 0], [-3, 400, 1]], np.int16),
    np.array([[5, -6, 0], [7, 8, 0], [0, 1, 1]], np.int16),
]


def objects(cells) -> np.ndarray:
    array = np.empty(len(cells), object)
    for i, cell in enumerate(cells):
        array[i] = cell
    return array


def npy(data: bytes, descr="|O", shape=(2,), fortran_order=False) -> bytes:
    """An `.npy` file that claims what it is told to."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "shape": shape, "fortran_order": fortran_order})
    return stream.getvalue() + data


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as file:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


SPRING = b"cos\nmkdir\n(X%c\x00\x00\x00%stR" % (len(TRAP), TRAP.encode())
ATTACKS = (
    SPRING,
    SPRING + b".",
    b"cbuiltins\neval\n",
    b"\x8c\x02os\x8c\x05mkdir\x93",
    b"(S'%s'\nios\nmkdir\n" % TRAP.encode(),
    b"cnumpy\nndarray.tofile\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"cnumpy._core.multiarray\nscalar\n",
    b"cnumpy\ndtype\n",
    b"cnumpy\nndarray\n",
    b"c_codecs\nencode\n",
    b"(S'i2'\nK\x00K\x01tR",
    b"(K\x01(K\x02tK\x00",
    b"(K\x03S'<'\nNNNI-1\nI-1\nK\x00tb",
    b"X\x06\x00\x00\x00latin1",
    b"Pid\n",
    b"\x82\x01",
    b"r\xff\xff\xff\x0f",  # memo entry 2^28
    b"\x8e" + struct.pack("<Q", 2**40),  # bytes of that length
    b"\x96" + struct.pack("<Q", 2**32),  # a byte array of that length
    b"\x8b" + struct.pack("<I", 2**31 - 1),  # an integer of that length
    b"I" + b"9" * 5000 + b"\n",
    b"\x95" + struct.pack("<Q", 2**40),  # a frame of that length
    *(bytes([code]) for code in b"(0129NQRabdeghijloqstu]}).\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94"),
    *(bytes([code, index]) for code in b"KhqG" for index in (0, 1, 255)),
)
PICKLES = [pickle.dumps(objects(SKETCHES), protocol) for protocol in range(5)]
DTYPES = ("|O", "<i2", ">i2", "|i1", "|u1", "|b1", "<u8", "<f2", "<f4", "<f8", "<c8", "<M8[s]", "|S3", "<U2", "|V6")
SHAPES = st.lists(st.sampled_from([0, 1, 2, 3, 4, 2**20, 2**31, 2**40, 2**62, 2**63, -1]), max_size=4).map(tuple)


def bomb(name: str, descr: str, row: tuple[int, ...]) -> bytes:
    """An archive of one array of 64 MiB zeros, packed to a thousandth."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file, file.open(f"{name}.npy", "w") as member:
        member.write(npy(b"", descr, (2**26 // (np.dtype(descr).itemsize * math.prod(row)), *row)))
        member.write(bytes(2**26))
    return stream.getvalue()


def picture(kind: str, mode: str = "RGB", **options) -> bytes:
    pixels = np.full((24, 40, 3), 255, np.uint8)
    pixels[5:15, 8:30:3] = 0
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, kind, **options)
    return stream.getvalue()
