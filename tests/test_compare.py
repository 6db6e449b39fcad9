"""The command that puts several evaluations into one table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from reports import IA, RPCL, source, written

from ia_pix2seq_tf.catalogue import SYSTEMS

ROOT = Path(__file__).resolve().parents[1]


def command_line(*arguments, program=("-m", "ia_pix2seq_tf.evaluation.compare"), **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, *program, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, **options)


def test_command_prints_the_table(tmp_path):
    folders = written(tmp_path, source(IA), source(RPCL, system="rpcl"))
    done = command_line(folders[0], "--columns=rec", folders[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert "| IA-pix2seq | **93.10 ± 0.50** |" in done.stdout


def test_command_writes_the_table(tmp_path):
    folders = written(tmp_path, source(IA, seed=1), source(RPCL, seed=2))
    output = tmp_path / "tables" / "table.tex"
    done = command_line(*folders, "--format=latex", f"--output={output}", "--separate")
    assert (done.returncode, done.stdout) == (0, "")
    assert "IA-pix2seq (seed 2) & " in output.read_text(encoding="utf-8")
    assert list(output.parent.iterdir()) == [output]


def test_command_lays_out_a_table_of_the_paper(tmp_path):
    folders = written(tmp_path, source({"ret_1": 20.0}, categories=["cat", "pig"]))
    done = command_line(*folders, "--table=2")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "## Table 2 of the paper. Data set 2: cat, pig"
    assert lines[2] == "| Model | Rec (%) ↑ | Ret top-1 (%) ↑ | Ret top-10 (%) ↑ | Ret top-50 (%) ↑ | Acc (%) ↑ |"
    place = lines.index("| paper: IA-pix2seq | 82.74 | 24.38 | 50.18 | 68.54 | 81.12 |")
    assert lines[place + 1] == "| IA-pix2seq | – | 20.00 ± 0.50 | – | – | – |"


def test_command_refuses_wrong_files_and_writes_nothing(tmp_path):
    folders = written(tmp_path, source(IA), source(RPCL))
    path = tmp_path / "1" / "metrics.json"
    path.write_text(path.read_text().replace('"system": "ia"', '"system": "vae"', 1))
    output = tmp_path / "table.md"
    output.write_text("old")
    for arguments, message in (
        (folders, f"compare: {path}: model.system: expected one of {', '.join(SYSTEMS)}, found 'vae'\n"),
        ([folders[0], str(tmp_path)], f"compare: [Errno 2] No such file or directory: '{tmp_path}/metrics.json'\n"),
        ([folders[0], "--columns=fid"], None),
    ):
        done = command_line(*arguments, f"--output={output}")
        assert done.returncode == 1 and done.stderr.startswith("compare: ") and "Traceback" not in done.stderr
        assert message in (None, done.stderr)
        assert output.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0", "1", "table.md"]


def test_command_does_not_write_over_what_it_reads(tmp_path):
    (folder,) = written(tmp_path, source(IA))
    before = Path(folder, "metrics.json").read_bytes()
    done = command_line(folder, f"--output={folder}/metrics.json")
    assert done.returncode == 1 and "expected another file" in done.stderr
    assert Path(folder, "metrics.json").read_bytes() == before


def test_command_without_files_says_what_it_needs():
    done = command_line()
    assert done.returncode == 1 and "expected at least one metrics.json" in done.stdout + done.stderr


@pytest.mark.parametrize("installed", [False, True])
def test_help_teaches_by_examples(tmp_path, installed):
    script = tmp_path / "ia-pix2seq-compare"
    script.write_text("from ia_pix2seq_tf.evaluation.compare import main\nmain()\n")
    done = command_line("--help", **({"program": (str(script),)} if installed else {}))
    for text in ("python -m ia_pix2seq_tf.evaluation.compare A B", "--columns:", "--[no]paper", "--format: <markdown|"):
        assert text in done.stdout
