"""Which data a run is trained on: kept beside its checkpoints, and compared when it resumes."""

import json
import logging
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.checked_json import read_object, show
from ia_pix2seq_tf.data.files import DEMO, find_category
from ia_pix2seq_tf.data.npz import DataError
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.training.strategy import Workers

logger = logging.getLogger(__name__)

RECORD_NAME = "data.json"
MAX_FILE_BYTES = 1 << 20  # a category has some 200 bytes
BUILT_IN = "the built-in doodles"
CHOICES = ("categories", "num_per_category", "max_seq_len")
Record = dict[str, dict[str, str]]


def record_of(data_dir: str | os.PathLike, categories: Sequence[str]) -> Record:
    """Fingerprints of the files of each category: `{"cat": {"cat.npz": "train.npy 1234 89abcdef, …"}}`.

    A fingerprint has the bytes and the CRC-32 of every member of the archive, against which reading them checks
    their content. Where the files lie, when they were written and how they are compressed makes no difference.
    """
    if str(data_dir) == DEMO:
        return {category: {BUILT_IN: ""} for category in categories}
    return {category: _files_of(Path(data_dir), category) for category in categories}


def changes(before: Record, now: Record) -> list[str]:
    """What is different, a phrase for each file; categories that only one of them has are left out."""
    return [
        _change(file, before[category], now[category])
        for category in sorted(before.keys() & now.keys())
        for file in sorted(before[category].keys() | now[category].keys())
        if before[category].get(file) != now[category].get(file)
    ]


def chosen_otherwise(before: HParams, now: HParams) -> list[str]:
    """What is different of the hyperparameters that choose sketches from the files, a phrase for each."""
    pairs = [(name, getattr(before, name), getattr(now, name)) for name in CHOICES]
    return [f"{name} was {show(old)} and is {show(new)}" for name, old, new in pairs if old != new]


def same_data(
    log_root: Path, now: Record, data_dir: str | os.PathLike, accept: bool, chosen: Sequence[str] = ()
) -> bool:
    """Whether a run resumes on the data that it was trained on; True where that is not known.

    Args:
        log_root: of the run.
        now: the data's record.
        data_dir: where it is from, for the message.
        accept: go on with other data.
        chosen: what else makes it other data, see `chosen_otherwise`.

    Raises:
        DataError: saying what has changed and what one can do, unless `accept`.
    """
    path = log_root / RECORD_NAME
    found = list(chosen)
    if path.is_file():
        found += changes(_read(path), now)
    else:
        logger.info("%s does not exist: it is not known whether the files are those of the earlier training.", path)
    if found and not accept:
        raise DataError(
            f"{log_root} was trained on other data than that of --data_dir={data_dir}: {'; '.join(found)}. Put the "
            "earlier data back, choose another --log_root, start afresh with --resume_training=False, or go on with "
            "the present data by --accept_changed_data."
        )
    if found:
        logger.warning("Going on with changed data: %s. The best validation loss is forgotten.", "; ".join(found))
    return not found


def check_same_as_chief(workers: Workers, own: Record, data_dir: str | os.PathLike) -> None:
    """Raises DataError on a worker whose data is not the chief's, saying what differs; all workers must ask."""
    chief: Record = json.loads(workers.text_from_chief(json.dumps(own)))
    if found := changes(chief, own):
        raise DataError(f"--data_dir={data_dir} of this worker has other data than the chief's: {'; '.join(found)}")


def write_record(log_root: Path, record: Record) -> None:
    """Keeps a record in a log root."""
    with replacing(log_root / RECORD_NAME) as partial:
        partial.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _files_of(data_dir: Path, category: str) -> dict[str, str]:
    paths = [find_category(data_dir, category), data_dir / f"{category}_png.npz"]
    return {path.name: _fingerprint(path) for path in paths if path.is_file()}


def _fingerprint(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        members = sorted((info.filename, info.file_size, info.CRC) for info in archive.infolist())
    return ", ".join(f"{name} {size} {crc:08x}" for name, size, crc in members)


def _change(file: str, before: dict[str, str], now: dict[str, str]) -> str:
    if file not in before:
        return f"{file} is new"
    return f"{file} has changed" if file in now else f"{file} is not there"


def _read(path: Path) -> Record:
    try:
        record = read_object(path, MAX_FILE_BYTES)
        if all(isinstance(files, dict) for files in record.values()):
            return record
    except ValueError:
        pass
    raise DataError(f"{path}: expected a record of data files, found something else; remove it to go on without")
