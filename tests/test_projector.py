"""TensorBoard's projector plugin, asked as the browser asks it, finds all that was written."""

import io

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.application import TensorBoardWSGI
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client

from ia_pix2seq_tf.evaluation.projector import LARGEST_SPRITE, sprite, write

N, Z_SIZE, SIZE = 7, 5, 12
CODES = np.random.default_rng(0).normal(size=(N, Z_SIZE)).astype(np.float32) * np.logspace(-20, 9, Z_SIZE, dtype="f4")
IMAGES = np.random.default_rng(1).integers(0, 256, (N, SIZE, SIZE), np.uint8)
COLUMNS = {"category": ["pig", "alarm clock", "été", "", "pig", "pig", "cat"], "component": range(N)}


def ask(directory, route, **query):
    """What the plugin answers, of `tensorboard --logdir directory`."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(directory))
    plugin = ProjectorPlugin(TBContext(logdir=str(directory), data_provider=provider))
    client = Client(TensorBoardWSGI([plugin], data_provider=provider))
    answer = client.get(f"/data/plugin/projector/{route}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_plugin_serves_codes_metadata_and_thumbnails(tmp_path):
    write(tmp_path, CODES, IMAGES, COLUMNS, name="mu")
    assert ask(tmp_path, "runs").json == ["."]
    (embedding,) = ask(tmp_path, "info", run=".").json["embeddings"]
    assert embedding["tensorName"] == "mu" and embedding["tensorShape"] == [N, Z_SIZE]
    assert embedding["sprite"]["singleImageDim"] == [SIZE, SIZE]

    tensor = ask(tmp_path, "tensor", run=".", name="mu").data
    np.testing.assert_array_equal(np.frombuffer(tensor, np.float32).reshape(N, Z_SIZE), CODES)
    lines = ask(tmp_path, "metadata", run=".", name="mu").data.decode().splitlines()
    assert lines[0] == "category\tcomponent\tindex"
    assert lines[1:] == [f"{COLUMNS['category'][i]}\t{i}\t{i}" for i in range(N)]
    picture = ask(tmp_path, "sprite_image", run=".", name="mu")
    assert picture.mimetype == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(picture.data))), sprite(IMAGES)[0])


def test_a_second_export_takes_the_place_of_the_first(tmp_path):
    write(tmp_path, CODES, IMAGES, COLUMNS)
    write(tmp_path, CODES[:2], IMAGES[:2], {"style": ["head", "body"]})
    (embedding,) = ask(tmp_path, "info", run=".").json["embeddings"]
    assert embedding["tensorShape"] == [2, Z_SIZE]
    names = {"projector_config.pbtxt", "codes-tensor.tsv", "codes-metadata.tsv", "codes-sprite.png"}
    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize(("n", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (7, 3, 3), (9, 3, 3), (10, 3, 4)])
def test_thumbnails_stand_row_by_row(n, rows, columns):
    images = np.resize(IMAGES, (n, SIZE, SIZE))
    sheet, size = sprite(images)
    assert size == SIZE and sheet.shape == (rows * SIZE, columns * SIZE)
    for i in range(rows * columns):
        y, x = i // columns * SIZE, i % columns * SIZE
        expected = images[i] if i < n else 255
        assert (sheet[y : y + SIZE, x : x + SIZE] == expected).all()


def test_thumbnails_of_the_papers_test_set_keep_their_size():
    sheet, size = sprite(np.zeros((12_500, 48, 48), np.uint8))
    assert size == 48 and sheet.shape == (112 * 48, 112 * 48)


def test_too_many_thumbnails_are_made_smaller():
    images = np.zeros((30, 2000, 2000), np.uint8)
    images[:, :, 1000:] = 255
    sheet, size = sprite(images)
    assert size == LARGEST_SPRITE // 6 and max(sheet.shape) <= LARGEST_SPRITE
    assert sheet[10, 10] == 0 and sheet[10, size - 10] == 255, "each still black at its left, white at its right"


def test_more_sketches_than_can_be_shown_are_refused():
    images = np.broadcast_to(np.uint8(255), (262_145, 48, 48))
    with pytest.raises(ValueError, match="expected at most 262,144 sketches, found 262,145"):
        sprite(images)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"codes": CODES[:0], "images": IMAGES[:0]}, r"expected codes \[n, z_size\] of at least one sketch"),
        ({"codes": CODES[0]}, r"expected codes \[n, z_size\] of at least one sketch, found \[5\]"),
        ({"codes": np.full((N, 2), np.nan)}, "expected finite codes"),
        ({"images": IMAGES[:6]}, r"expected 7 images uint8 \[n, size, size\], found uint8 \[6, 12, 12\]"),
        ({"images": IMAGES / 255}, r"expected 7 images uint8 .*, found float64"),
        ({"images": IMAGES[:, :5]}, r"expected 7 images uint8 .*, found uint8 \[7, 5, 12\]"),
        ({"columns": {}}, "expected columns other than 'index', at least one"),
        ({"columns": {"index": range(N)}}, "expected columns other than 'index'"),
        ({"columns": {"style": ["head"]}}, "column 'style': expected 7 values, found 1"),
        ({"columns": {"style": ["a", "b\tc"] + ["d"] * 5}}, r"column 'style', line 2: tab or end of line in 'b\\tc'"),
        ({"columns": {"two\nlines": range(N)}}, "column .*, line 0: tab or end of line"),
    ],
)
def test_what_the_plugin_could_not_read_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        write(tmp_path, **({"codes": CODES, "images": IMAGES, "columns": COLUMNS} | changes))
    assert not list(tmp_path.iterdir())
