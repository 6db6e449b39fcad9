"""Reading codes from the files of a user."""

import zipfile
from pathlib import Path

import numpy as np

from ia_pix2seq_tf.data.npz import array_sizes, read_npz
from ia_pix2seq_tf.untrusted import check_file, naming


def read_codes(path: Path) -> np.ndarray:
    """Codes `[n, z_size]` from an `.npy` file, or from an `.npz` file that holds a single array.

    Raises:
        ValueError: naming the file, if it does not hold numbers `[n, z_size]`.
    """
    with naming(path):
        check_file(path)
    codes = _single_array(path) if zipfile.is_zipfile(path) else _mapped_array(path)
    if codes.ndim != 2 or codes.dtype.kind not in "fiu" or not codes.size:
        raise ValueError(f"{path}: expected codes [n, z_size], found {codes.dtype} {list(codes.shape)}")
    with np.errstate(over="ignore"):
        codes = np.asarray(codes, np.float32)
    if not np.isfinite(codes).all():
        raise ValueError(f"{path}: expected finite codes, found {codes[~np.isfinite(codes)][0]}")
    return codes


def _single_array(path: Path) -> np.ndarray:
    """The array of an archive that holds no other."""
    names = list(array_sizes(path))
    if len(names) != 1:
        raise ValueError(f"{path}: expected a single array of codes, found {', '.join(names)[:100] or 'none'}")
    return read_npz(path, names)[names[0]]


def _mapped_array(path: Path) -> np.ndarray:
    """The array of an `.npy` file, of which memory holds what is used."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # a damaged file can fail in any way
        raise ValueError(f"{path}: expected an .npy or .npz file of codes: {error}") from error
