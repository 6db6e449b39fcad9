"""What goes wrong around a training: disks, clocks, other processes. The last good state survives each."""

import contextlib
import errno
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from training_runs import GO_ON, SMALL, STEPS, assert_same_state, content, run_script, step_of

from ia_pix2seq_tf import file_lock
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.hparams import HParams
from ia_pix2seq_tf.model import IAPix2Seq
from ia_pix2seq_tf.training import loop
from ia_pix2seq_tf.training.events import Reporter
from ia_pix2seq_tf.training.loop import NonFiniteError, check_finite
from ia_pix2seq_tf.training.options import Options
from ia_pix2seq_tf.training.run import archive, resumable, train
from ia_pix2seq_tf.training.sole_trainer import LockedError, sole_trainer
from ia_pix2seq_tf.training.state import NO_LOSS_YET, RunState
from ia_pix2seq_tf.training.trainer import Trainer

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def trainer():
    """One small model for all tests that save and restore without training."""
    return Trainer(IAPix2Seq(HParams().parse(f"{SMALL},max_seq_len=64").validate()))


def state_at(trainer, log_root: Path, step: int, *kinds: str) -> RunState:
    """The state of a run at a step, saved as `kinds`."""
    trainer.optimizer.iterations.assign(step)
    state = RunState(trainer, log_root)
    for kind in kinds:
        state.save(kind)
    return state


def restored_step(trainer, log_root: Path) -> int:
    trainer.optimizer.iterations.assign(99)
    RunState(trainer, log_root).restore_latest()
    return trainer.step


@contextlib.contextmanager
def largest_file(size: int):
    """Within the block, writing beyond `size` bytes of any file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def without_privileges():
    """Within the block the permissions of files bind, for root as for anyone."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def read_only():
    """A directory that others can enter; made read-only by `chmod`."""
    directory = Path(tempfile.mkdtemp(prefix="ia_pix2seq_read_only_"))
    directory.chmod(0o755)
    yield directory
    subprocess.run(["chmod", "-R", "u+w", str(directory)], check=True)
    shutil.rmtree(directory)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, of 64 MB; skips where nothing may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Fills a disk to its last byte; returns the file to delete."""
    path = disk / "filler"
    with open(path, "wb", buffering=0) as file:
        for block in (2**16, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(block))
    return path


# Disk full


@pytest.mark.parametrize("limit", (0, 1000, 20_000, 200_000))
def test_a_save_that_finds_no_room_leaves_the_checkpoints_before_as_they_were(limit, trainer, tmp_path):
    state = state_at(trainer, tmp_path, 1, "latest", "best")
    state = state_at(trainer, tmp_path, 2, "latest")
    before = content(tmp_path)
    assert limit < max(map(len, before.values())), "or nothing would fail"
    with (
        largest_file(limit),
        pytest.raises(native.SaveError, match=r"latest/ckpt-3: cannot be written: .*File too large"),
    ):
        state.save()
    assert content(tmp_path) == before
    assert not list(tmp_path.rglob("*_temp"))
    assert restored_step(trainer, tmp_path) == 2
    assert state.save() is None and native.newest(tmp_path, "latest").endswith("ckpt-3")


def test_a_save_without_room_for_the_list_of_checkpoints_loses_nothing(trainer, tmp_path, monkeypatch):
    state = state_at(trainer, tmp_path, 1, "latest", "latest")
    before = content(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(native, "_write_list", full)
    with pytest.raises(native.SaveError, match="ckpt-3: cannot be written: .*No space left on device"):
        state.save()
    assert content(tmp_path) == before


def test_on_a_real_full_disk_the_last_checkpoint_stays_and_room_lets_the_run_go_on(trainer, small_disk):
    root = small_disk / "run"
    state = state_at(trainer, root, 1, "latest", "latest")
    before = content(root)
    filler = fill(small_disk)
    with pytest.raises(native.SaveError, match="No space left on device"):
        state.save()
    assert content(root) == before
    filler.unlink()
    state.save()
    assert restored_step(trainer, root) == 1


def test_train_says_what_is_saved_and_what_to_do_when_the_disk_is_full(whole_run, small_disk):
    root = shutil.copytree(whole_run, small_disk / "run")
    filler = fill(small_disk)
    process = run_script(root, f"num_steps={STEPS + 4}")
    _, messages = process.communicate(timeout=120)
    assert process.returncode == 1 and "Traceback" not in messages, messages
    newest = native.newest(whole_run, "latest").replace(str(whole_run), str(root))
    assert "No space left on device" in messages
    assert f"{newest} is whole, step {STEPS}" in messages and "the same command resumes" in messages
    filler.unlink()
    assert step_of(root) == STEPS
    assert train(Options(root, "demo", GO_ON))
    assert step_of(root) == STEPS + 1


def test_events_without_room_stop_the_run_with_their_directory(trainer, tmp_path):
    reporter = Reporter.__new__(Reporter)
    reporter.trainer, reporter.log_root = trainer, tmp_path
    reporter.writers = {"valid": tf.summary.create_file_writer(str(tmp_path / "valid"))}
    with largest_file(0), pytest.raises(OSError, match=f"{tmp_path}/valid: cannot write events: .*File too large"):
        reporter.losses("valid", {"total_loss": 1.0})
        reporter.flush()


def test_a_non_finite_loss_is_reported_though_its_batch_cannot_be_kept(tmp_path):
    batch = {"images": np.zeros((9, 9))}
    with largest_file(0), pytest.raises(NonFiniteError) as error:
        check_finite({"total_loss": float("nan")}, batch, 7, tmp_path)
    assert "step 7: total_loss = nan" in str(error.value) and "could not be written" in str(error.value)
    assert not list(tmp_path.iterdir())


# Directories that cannot be written


def test_a_read_only_log_root_is_refused_before_anything_is_loaded(read_only, monkeypatch):
    monkeypatch.setattr("ia_pix2seq_tf.training.run.load_data", lambda *_: pytest.fail("too late"))
    read_only.chmod(0o555)
    with without_privileges():
        for root in (read_only, read_only / "new" / "run"):
            with pytest.raises(OSError, match=f"(?s)denied: '{read_only}.*choose another --log_root"):
                train(Options(root, "demo", SMALL))
    assert not list(read_only.iterdir())


def test_a_log_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("a note")
    with pytest.raises(OSError, match=f"{tmp_path}/run a directory that can be written"):
        train(Options(tmp_path / "run", "demo", SMALL))
    assert (tmp_path / "run").read_text() == "a note"


def test_a_log_root_that_becomes_read_only_keeps_its_checkpoints(trainer, read_only):
    state = state_at(trainer, read_only, 5, "latest")
    before = content(read_only)
    (read_only / "latest").chmod(0o555)
    with without_privileges(), pytest.raises(native.SaveError, match="latest/ckpt-2: cannot be written: .*ermission"):
        state.save()
    assert content(read_only) == before
    assert restored_step(trainer, read_only) == 5


def test_other_data_starts_the_epoch_and_the_best_loss_anew(trainer, tmp_path):
    state = state_at(trainer, tmp_path, 5)
    for variable, value in ((state.progress.batch, 3), (state.progress.stalls, 4), (state.progress.best_loss, 1.5)):
        variable.assign(value)
    state.start_on_other_data()
    assert int(state.progress.batch) == int(state.progress.stalls) == 0
    assert float(state.progress.best_loss) == NO_LOSS_YET
    assert restored_step(trainer, tmp_path) == 5


# Damaged checkpoints


def truncate(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 16
    path.write_bytes(data)


DAMAGES = {
    "data cut off": lambda index, data: truncate(data, data.stat().st_size // 2),
    "last byte of the data missing": lambda index, data: truncate(data, data.stat().st_size - 1),
    "data empty": lambda index, data: truncate(data, 0),
    "no data": lambda index, data: data.unlink(),
    "a bit of the data flipped": lambda index, data: flip(data),
    "data of zeros": lambda index, data: data.write_bytes(bytes(data.stat().st_size)),
    "index cut off": lambda index, data: truncate(index, index.stat().st_size // 2),
    "index empty": lambda index, data: truncate(index, 0),
    "index of zeros": lambda index, data: index.write_bytes(bytes(index.stat().st_size)),
}


def damage(log_root: Path, kind: str, how: str = "data cut off") -> str:
    """Damages the newest checkpoint of a kind; returns its prefix."""
    prefix = native.newest(log_root, kind)
    DAMAGES[how](Path(f"{prefix}.index"), Path(f"{prefix}.data-00000-of-00001"))
    return prefix


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_is_taken(how, trainer, tmp_path, caplog):
    state_at(trainer, tmp_path, 1, "latest")
    state_at(trainer, tmp_path, 2, "latest")
    prefix = damage(tmp_path, "latest", how)
    assert restored_step(trainer, tmp_path) == 1
    assert f"{prefix}: not a readable checkpoint" in caplog.text
    assert "It is set aside; training goes on from" in caplog.text and "ckpt-1, step 1" in caplog.text
    assert (tmp_path / "latest" / "damaged-ckpt-2.index").exists()
    state_at(trainer, tmp_path, 3, "latest")
    assert restored_step(trainer, tmp_path) == 3
    damage(tmp_path, "latest")
    assert restored_step(trainer, tmp_path) == 1, "the damaged one does not count among those that stay"


def test_the_best_checkpoint_is_taken_where_no_latest_one_is_whole(trainer, tmp_path):
    state_at(trainer, tmp_path, 1, "best")
    state_at(trainer, tmp_path, 2, "latest", "latest")
    for number in (1, 2):
        truncate(tmp_path / "latest" / f"ckpt-{number}.data-00000-of-00001", 100)
    assert restored_step(trainer, tmp_path) == 1


def test_where_no_checkpoint_is_whole_the_run_stops_and_leaves_all_as_it_is(finished_run):
    for path in finished_run.rglob("ckpt-*.index"):
        truncate(path, 50)
    before = content(finished_run)
    with pytest.raises(CheckpointError, match="latest/ckpt-.* No earlier checkpoint .* --resume_training=False"):
        train(Options(finished_run, "demo", GO_ON))
    del before["train.lock"]
    assert content(finished_run).items() >= before.items()


def test_a_run_whose_newest_checkpoint_is_half_written_ends_as_if_nothing_had_happened(
    finished_run,
    whole_run,
):
    damage(finished_run, "latest")
    assert train(Options(finished_run, "demo", f"num_steps={STEPS}"))
    assert_same_state(finished_run, whole_run)


def test_a_checkpoint_of_another_model_is_not_mistaken_for_damage(trainer, tmp_path):
    state_at(trainer, tmp_path, 1, "latest", "latest")
    other = Trainer(IAPix2Seq(HParams().parse(f"{SMALL},max_seq_len=64").parse("dec_rnn_size=9").validate()))
    with pytest.raises(CheckpointError, match="decoder/cell/kernel") as error:
        RunState(other, tmp_path).restore_latest()
    assert not isinstance(error.value, native.DamagedError)
    assert not list(tmp_path.rglob("damaged-*"))


def test_a_damaged_best_checkpoint_is_replaced_by_the_present_state(trainer, tmp_path, caplog):
    state = state_at(trainer, tmp_path, 1, "best")
    damage(tmp_path, "best")
    trainer.optimizer.iterations.assign(8)
    weight = trainer.model.trainable_variables[0].numpy()
    stalls = int(state.progress.stalls)
    state.return_to_best()
    assert trainer.step == 8 and int(state.progress.stalls) == stalls + 1
    np.testing.assert_array_equal(trainer.model.trainable_variables[0].numpy(), weight)
    assert "best/ckpt-1: not a readable checkpoint" in caplog.text
    trainer.optimizer.iterations.assign(9)
    state.return_to_best()
    assert trainer.step == 8


def test_without_a_best_checkpoint_there_is_nothing_to_return_to(trainer, tmp_path):
    state = state_at(trainer, tmp_path, 1, "latest")
    before = [variable.numpy() for variable in state.variables]
    with pytest.raises(CheckpointError, match="best: expected a checkpoint to return to, found none"):
        state.return_to_best()
    for variable, value in zip(state.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize("text", (None, b"", b"\0" * 80, b'model_checkpoint_path: "ckpt-9"', b"model_checkpoint_path"))
def test_the_list_of_checkpoints_is_not_needed(text, trainer, tmp_path):
    state_at(trainer, tmp_path, 1, "latest", "latest")
    path = tmp_path / "latest" / "checkpoint"
    path.unlink() if text is None else path.write_bytes(text)
    state_at(trainer, tmp_path, 2)
    assert restored_step(trainer, tmp_path) == 1
    state_at(trainer, tmp_path, 3, "latest")
    assert native.newest(tmp_path, "latest").endswith("ckpt-3"), "no file was written over"
    assert tf.train.latest_checkpoint(str(tmp_path / "latest")) == native.newest(tmp_path, "latest")


def test_what_a_process_killed_while_saving_leaves_is_no_checkpoint(trainer, tmp_path):
    state = state_at(trainer, tmp_path, 1, "latest")
    for name in ("ckpt-2_temp/part-00000-of-00001.data-00000-of-00001.tempstate123", "ckpt-2.data-00000-of-00001"):
        path = tmp_path / "latest" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    assert restored_step(trainer, tmp_path) == 1
    state.save()
    names = sorted(path.name for path in (tmp_path / "latest").iterdir())
    ends = (".data-00000-of-00001", ".index")
    assert names == ["checkpoint", *(f"ckpt-{n}{end}" for n in (1, 2) for end in ends)]


def test_a_run_without_its_latest_checkpoints_resumes_from_the_best(trainer, tmp_path):
    state_at(trainer, tmp_path, 4, "best")
    assert resumable(tmp_path)
    assert restored_step(trainer, tmp_path) == 4


# The clock


@pytest.mark.parametrize("name", ["cat[1]", "[x", "what? *"])
def test_a_log_root_may_have_any_name(name, trainer, tmp_path):
    state_at(trainer, tmp_path / name, 4, native.LATEST, native.BEST)
    assert restored_step(trainer, tmp_path / name) == 4
    best = native.newest(tmp_path / name, native.BEST)
    native.restore_model(trainer.model, best)
    assert native.saved_step(best) == 4


def test_the_highest_number_is_the_newest_whatever_the_clock_says(trainer, tmp_path, monkeypatch):
    now = time.time()
    for step in range(1, 13):
        monkeypatch.setattr(time, "time", lambda back=3600 * step: now - back)
        state_at(trainer, tmp_path, step, "latest")
        for path in (tmp_path / "latest").glob(f"ckpt-{step}.*"):
            os.utime(path, (now - 3600 * step,) * 2)
    names = [Path(prefix).name for prefix in native.prefixes(tmp_path / "latest")]
    assert names == ["ckpt-12", "ckpt-11"], "by number, not by name; none is left over"
    assert restored_step(trainer, tmp_path) == 12


def test_checkpoints_within_an_epoch_do_not_depend_on_the_time_of_day(trainer, tmp_path, monkeypatch):
    state = state_at(trainer, tmp_path, 1, "latest")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert time.monotonic() - state.saved_at < 60 * loop.SAVE_MINUTES


def test_an_archive_gets_a_number_that_was_never_used(tmp_path):
    for name in ("previous-2", "previous-copy", "latest"):
        (tmp_path / name).mkdir()
    (tmp_path / "data.json").write_text("{}")
    archive(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["previous-2", "previous-3", "previous-copy"]
    assert sorted(path.name for path in (tmp_path / "previous-3").iterdir()) == ["data.json", "latest"]


# Another process

HOLDER = """
import sys, time
from pathlib import Path
from ia_pix2seq_tf.training.sole_trainer import sole_trainer
with sole_trainer(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(finished_run):
    """A process that trains, as far as others can see, in the directory of a finished run."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(finished_run)], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"locked\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("resume", (True, False))
def test_a_second_process_is_refused_and_told_who_trains_there(resume, holder, finished_run):
    before = content(finished_run)
    with pytest.raises(LockedError) as error:
        train(Options(finished_run, "demo", f"{SMALL},{GO_ON}", resume_training=resume))
    message = str(error.value)
    assert f"{finished_run}: process {holder.pid} on {socket.gethostname()}, started 2" in message
    assert "choose another --log_root" in message
    assert content(finished_run) == before


def test_the_lock_of_a_killed_process_does_not_bind(holder, finished_run):
    holder.kill()
    holder.wait()
    assert re.match(f"process {holder.pid} on ", (finished_run / "train.lock").read_text())
    with sole_trainer(finished_run):
        assert (finished_run / "train.lock").read_text().startswith(f"process {os.getpid()} on ")
    with sole_trainer(finished_run):
        pass


@pytest.mark.parametrize("number", file_lock.CANNOT_LOCK)
def test_where_files_cannot_be_locked_a_warning_says_so(number, tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file_lock.fcntl, "flock", refuse)
    with sole_trainer(tmp_path):
        assert f"{tmp_path}/train.lock cannot be locked" in caplog.text
    assert "no other process" in caplog.text


def test_an_error_in_locking_that_is_none_of_the_file_system_is_raised(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(file_lock.fcntl, "flock", fail)
    with pytest.raises(OSError, match="Input/output error"), sole_trainer(tmp_path):
        pytest.fail("entered without a lock")
