"""Writing drawings in the format of sketch-rnn's `.npz` files."""

import os
import pickle
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.lib import format as npy_format

from ia_pix2seq_tf.atomic import replacing

_PROTOCOL = 3  # the newest pickles that every Python 3 reads
_NEW_HOME, _OLD_HOME = b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"
"""The module of arrays, as NumPy 2 names it in the first bytes of a pickle; and by the name that every NumPy knows."""


def save_npz(path: str | os.PathLike, splits: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Writes sketches so that `load_npz` reads them, and so does any NumPy, old ones as the reference's included.

    Args:
        path: of the archive; written whole or not at all.
        splits: strokes int16 `[n, 3]` of each split; the reference's are `train`, `valid` and `test`.
    """
    with replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, sketches in splits.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                header = {"descr": "|O", "fortran_order": False, "shape": (len(sketches),)}
                npy_format.write_array_header_1_0(member, header)
                member.write(_pickled(sketches))


def _pickled(sketches: Sequence[np.ndarray]) -> bytes:
    """An array of objects `[len(sketches)]` as a pickle."""
    array = np.empty(len(sketches), object)
    for i, strokes in enumerate(sketches):  # one by one: at once, sketches of equal length would become one array
        array[i] = strokes
    return pickle.dumps(array, _PROTOCOL).replace(_NEW_HOME, _OLD_HOME, 1)
