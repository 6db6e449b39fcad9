"""Models that Google trained on QuickDraw and published for sketch-rnn's browser demo (Apache 2.0)."""

import dataclasses
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.data.fetch import Kind, MissingError, Settings, fetch, is_there
from ia_pix2seq_tf.data.quickdraw import check_name

BUCKET = "https://storage.googleapis.com/quickdraw-models/sketchRNN/models"
LARGE_MODELS = "https://storage.googleapis.com/quickdraw-models/sketchRNN/large_models"
MODEL = Kind("a model in JSON", b"[", gen_json.read)
MODEL_LIST = "https://github.com/magenta/magenta-demos (sketch-rnn-js)"


def download_model(
    name: str,
    output_dir: str | os.PathLike,
    base_url: str = BUCKET,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> Path:
    """Downloads one model, unless its file is there and can be read.

    Args:
        name: a category, such as "bird" or "alarm clock", for a decoder that draws by itself; "bird.vae" for encoder
            and decoder.
        output_dir: the directory to put `bird.gen.json` into.
        base_url: the directory of such files on a server.
        settings: of the connection.
        overwrite: replace a file that is there.

    Returns:
        the path of the file, whose name has underscores for spaces, as the published ones do.

    Raises:
        ValueError: for a name that cannot be that of a file.
        CheckpointError: if a file is there, is no such model, and may not be replaced.
        DownloadError: naming the addresses and what was found there.
    """
    check_name(name)
    file_name = _file_name(name)
    path = Path(output_dir) / file_name.replace(" ", "_")
    if overwrite or not is_there(path, MODEL):
        _fetch_first(list(_urls(file_name, base_url)), path, name, settings or Settings())
    return path


def drawing_command(path: Path) -> str:
    """The command that draws with a model that was downloaded."""
    return shlex.join(["python", "sample.py", f"--model_dir={path}", "--mode=unconditional"])


def _file_name(name: str) -> str:
    """`bird.gen.json` for "bird", "bird.gen" and "bird.gen.json"; `bird.vae.json` for "bird.vae"."""
    stem = name.removesuffix(".json")
    chosen = stem.rpartition(".")[2] in gen_json.NAMES
    return f"{stem}.json" if chosen else f"{stem}.{gen_json.GEN}.json"


def _urls(file_name: str, base_url: str) -> Iterator[str]:
    """Where a file may lie: under the name with underscores, as all that are known, and as it was given."""
    for spelling in dict.fromkeys((file_name.replace(" ", "_"), file_name)):
        yield f"{base_url.rstrip('/')}/{quote(spelling)}"


def _fetch_first(urls: list[str], path: Path, name: str, settings: Settings) -> None:
    """Downloads the first of some files that the server has."""
    settings = dataclasses.replace(settings, max_bytes=min(settings.max_bytes, gen_json.LARGEST_FILE))
    missing = []
    for url in urls:
        try:
            return fetch(url, path, MODEL, settings)
        except MissingError as error:
            missing.append(str(error))
    raise MissingError(
        f"{', '.join(missing)}: no model {name!r}? About a hundred of QuickDraw's categories ('alarm clock') and some "
        f"pairs ('catpig') have a decoder ('bird') and one with an encoder ('bird.vae'); {MODEL_LIST} lists them. "
        f"Larger ones: --base_url={LARGE_MODELS}"
    )
