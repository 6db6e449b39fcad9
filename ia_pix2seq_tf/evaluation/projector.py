"""Codes for TensorBoard's projector: a latent space to turn in the browser, with the sketches as points."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.evaluation.latent_map import checked_codes

CONFIG_NAME = "projector_config.pbtxt"  # where the plugin looks, in the log directory
LARGEST_SPRITE = 8192  # width and height of the image of all thumbnails, in pixels, beyond which the plugin refuses it
SMALLEST_THUMBNAIL = 16  # in pixels: on smaller ones, nothing can be recognised
INDEX_COLUMN = "index"
"""The last column of the metadata, 0 to n - 1. (The plugin reads a header only where there are two columns.)"""


def write(
    directory: str | os.PathLike,
    codes: np.ndarray,
    images: np.ndarray,
    columns: Mapping[str, Sequence[object]],
    name: str = "codes",
) -> None:
    """Writes what `tensorboard --logdir DIRECTORY` shows under "Projector".

    Thumbnails are made smaller where not all fit into one image of `LARGEST_SPRITE` pixels: beyond 28,900
    sketches of 48 pixels.

    Args:
        directory: made if missing. The configuration is written last, and each file whole or not at all.
        codes: finite float `[n, z_size]`.
        images: uint8 `[n, size, size]`, 255 is white. The browser tints the white with a point's colour.
        columns: by name, a value for each sketch, by which points are coloured, labelled and searched;
            the first labels them. Written as text; a column `index` is added.
        name: of the codes in the browser, and beginning of the files' names.

    Raises:
        ValueError: if there are no codes, or not as many images or values of a column; for non-finite codes,
            images of another shape or type, more sketches than fit, a column `index` or none, and for a name
            or value with a tab or an end of line (naming column and row).
    """
    codes = checked_codes(codes, np.float32)
    _check_images(images, len(codes))
    rows = _metadata_rows(columns, len(codes))
    sheet, size = sprite(images)
    directory = Path(directory)
    with replacing(directory / f"{name}-tensor.tsv") as partial:
        np.savetxt(partial, codes, fmt="%.9g", delimiter="\t")  # nine digits give back every float32
    with replacing(directory / f"{name}-metadata.tsv") as partial:
        partial.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    with replacing(directory / f"{name}-sprite.png") as partial:
        Image.fromarray(sheet).save(partial)
    with replacing(directory / CONFIG_NAME) as partial:
        partial.write_text(text_format.MessageToString(_config(name, codes.shape, size)), encoding="utf-8")


def sprite(images: np.ndarray) -> tuple[np.ndarray, int]:
    """Arranges images in rows, as square as possible.

    Args:
        images: uint8 `[n, size, size]`, n at least 1.

    Returns:
        uint8 `[rows * thumbnail, columns * thumbnail]`, white where no image is left, and the size of a
        thumbnail in pixels: that of the images, or smaller so that the sheet fits into `LARGEST_SPRITE`.

    Raises:
        ValueError: if thumbnails of `SMALLEST_THUMBNAIL` pixels would not fit.
    """
    n, size = images.shape[:2]
    columns = int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    thumbnail = min(size, LARGEST_SPRITE // columns)
    if thumbnail < min(size, SMALLEST_THUMBNAIL):
        raise ValueError(f"expected at most {(LARGEST_SPRITE // SMALLEST_THUMBNAIL) ** 2:,} sketches, found {n:,}")
    cells = np.full((rows * columns, thumbnail, thumbnail), 255, np.uint8)
    cells[:n] = images if thumbnail == size else [_shrink(image, thumbnail) for image in images]
    grid = cells.reshape(rows, columns, thumbnail, thumbnail).swapaxes(1, 2)
    return grid.reshape(rows * thumbnail, columns * thumbnail), thumbnail


def _shrink(image: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BOX))


def _config(name: str, shape: tuple[int, int], thumbnail: int) -> ProjectorConfig:
    """The plugin's configuration; its paths are relative, so that the directory can be moved."""
    config = ProjectorConfig()
    embedding = config.embeddings.add(tensor_name=name, tensor_shape=shape)
    embedding.tensor_path = f"{name}-tensor.tsv"
    embedding.metadata_path = f"{name}-metadata.tsv"
    embedding.sprite.image_path = f"{name}-sprite.png"
    embedding.sprite.single_image_dim.extend([thumbnail, thumbnail])
    return config


def _metadata_rows(columns: Mapping[str, Sequence[object]], n: int) -> list[str]:
    """The header and a line for each of n sketches."""
    if not columns or INDEX_COLUMN in columns:
        raise ValueError(f"expected columns other than {INDEX_COLUMN!r}, at least one, found {list(columns)}")
    for column, values in columns.items():
        if len(values) != n:
            raise ValueError(f"column {column!r}: expected {n} values, found {len(values)}")
        for row, value in enumerate([column, *values]):
            if any(character in str(value) for character in "\t\n\r"):
                raise ValueError(f"column {column!r}, line {row}: tab or end of line in {str(value)!r}")
    table = zip(*columns.values(), range(n), strict=True)
    return ["\t".join(map(str, row)) for row in ((*columns, INDEX_COLUMN), *table)]


def _check_images(images: np.ndarray, n: int) -> None:
    square = images.ndim == 3 and images.shape[1] == images.shape[2] > 0
    if not square or len(images) != n or images.dtype != np.uint8:
        raise ValueError(f"expected {n} images uint8 [n, size, size], found {images.dtype} {list(images.shape)}")
