"""The package as people install it: what the wheel holds, and that its commands work where nothing else is."""

import configparser
import functools
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
import venv
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from own_lines import strange_lines
from web_pages import NEEDED, require_runtime

pytest.importorskip("pip", reason="an environment without pip cannot build a wheel")
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "ia_pix2seq_tf"
SOURCES = ("ia_pix2seq_tf", "hparams", "tests", "benchmarks", "docs", "train.py", "sample.py", "evaluate.py")
BUILD = "import setuptools.build_meta as build, sys; build.build_sdist(sys.argv[1])"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
OFFLINE = ("--no-deps", "--no-index")
NAMES = (
    *("train", "sample", "evaluate", "compare", "reproduce", "train-classifier"),
    *("download", "convert", "inspect", "export", "web"),
)
MOST_BYTES = 8.5e6  # of all that a browser fetches of the page of doodles
COMMANDS = {f"ia-pix2seq-{name}" for name in NAMES}
SMALL = (
    "categories=[bus,flower],dec_rnn_size=8,z_size=4,num_mixture=2,num_sub=1,batch_size=10,num_per_category=15,"
    "num_steps=2,jit_compile=False"
)
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 {0} L8 1 L5 8"/></svg>'


def run(*command: str | Path, cwd: Path, **settings: str) -> subprocess.CompletedProcess:
    """Runs a command that succeeds, where neither this checkout nor the caller's settings reach."""
    hidden = ("PYTHONPATH", "TF_CPP_MIN_LOG_LEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | settings
    command = list(map(str, command))
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, made of a source distribution, which is made of a copy of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in (*SOURCES, "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        path = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "golden")
        shutil.copytree(path, source / name, ignore=ignored) if path.is_dir() else shutil.copy(path, source)
    run(sys.executable, "-c", BUILD, folder, cwd=source)
    (packed,) = folder.glob("*.tar.gz")
    run(sys.executable, *PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", folder, packed, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The scripts of a fresh environment: the wheel, a stranger's `evaluate`, and what this environment has."""
    root = tmp_path_factory.mktemp("environment")
    venv.create(root, symlinks=True)
    scripts = root / "bin"
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(scripts / "python", "-c", purelib, cwd=root).stdout.strip())
    (site / "evaluate").mkdir()
    (site / "evaluate" / "__init__.py").write_text("WHOSE = 'a stranger'\n")
    (site / "others.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    run(scripts / "python", *PIP, "install", *OFFLINE, "--ignore-installed", wheel, cwd=root)
    return scripts


@pytest.fixture(scope="module")
def work(installed, tmp_path_factory):
    """Runs a command of the installed package in a folder that is empty at first: `work(name, *arguments)`."""
    folder = tmp_path_factory.mktemp("empty")

    def work(name: str, *arguments: str) -> subprocess.CompletedProcess:
        return run(installed / f"ia-pix2seq-{name}", *arguments, cwd=folder, XDG_CACHE_HOME=str(folder / "cache"))

    work.folder = folder
    return work


@pytest.fixture(scope="module")
def trained(work) -> subprocess.CompletedProcess:
    """Two steps of the packaged demo."""
    return work("train", "--hparams_file=demo", "--log_root=run", f"--hparams={SMALL}")


@pytest.fixture(scope="module")
def converted(work) -> Path:
    """A training file of drawings."""
    for number in range(6):
        path = work.folder / "svg" / "kite" / f"{number}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DRAWING.format(number + 1))
    work("convert", "--output_dir=data", "--split=4,1,1", "svg")
    return work.folder / "data" / "kite.npz"


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_package_with_its_presets_experiments_models_and_page_alone(wheel):
    metadata = re.compile(rf"{PACKAGE}-[\d.]+\.dist-info/")
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / PACKAGE).rglob("*.py")}
    presets = {f"{PACKAGE}/preset_files/{path.name}" for path in (ROOT / "hparams").glob("*.json")}
    folders = [ROOT / PACKAGE / name for name in ("reproduce/experiments", "pretrained", "web/static")]
    files = {str(path.relative_to(ROOT)) for folder in folders for path in folder.rglob("*.*")}
    assert {name for name in files_in(wheel) if not metadata.match(name)} == modules | presets | files
    assert len(presets) > 1 and len(files) > 5


def test_all_commands_lead_into_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        parser = configparser.ConfigParser()
        parser.read_string(archive.read(name).decode())
    commands = dict(parser["console_scripts"])
    assert commands.keys() == COMMANDS
    assert all(re.fullmatch(rf"{PACKAGE}\.[\w.]+:main", place) for place in commands.values()), commands


def test_a_strangers_package_stays_what_it_is(installed):
    code = "import evaluate, importlib.util as u; print(evaluate.WHOSE, *map(u.find_spec, ('train', 'sample')))"
    assert run(installed / "python", "-c", code, cwd=installed).stdout == "a stranger None None\n"


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_shows_what_it_does_and_its_flags(name, work):
    text, _, flags = work(name, "--help").stdout.partition("\nflags:")
    assert "    python " in text and "\n  --" in flags
    assert name != "train" or "dec_rnn_size" in text


def test_training_takes_a_packaged_preset_and_prints_nothing_but_its_own(trained, work):
    assert (work.folder / "run" / "sketches.png").is_file()
    assert "num_steps=2 reached" in trained.stderr
    assert strange_lines(trained.stderr) == []


def test_a_pretrained_model_draws_where_only_the_package_is_installed(work):
    work("sample", "--model_dir=pretrained:doodles", "--num_samples=2", "--output_dir=doodles")
    assert len(list((work.folder / "doodles").glob("**/*.svg"))) >= 2


def test_drawing_writes_sketches_and_prints_nothing_but_its_own(trained, work):
    drawn = work("sample", "--model_dir=run", "--mode=unconditional", "--num_samples=2", "--max_len=5")
    assert (work.folder / "samples" / "samples.json").is_file()
    assert strange_lines(drawn.stderr) == []


def test_measuring_and_comparing_write_their_tables(trained, work):
    work("evaluate", "--model_dir=run", "--data_dir=demo", "--metrics=acc", "--nopictures")
    table = work("compare", "evaluation", "--columns=acc").stdout
    assert "Acc" in table and "IA-pix2seq" in table


def test_exporting_writes_a_model(trained, work):
    work("export", "--model_dir=run", "--output=exported", "--notflite", "--max_len=5")
    assert (work.folder / "exported" / "saved_model.pb").is_file()


def test_the_page_is_written_in_a_minute_with_the_runtime_that_it_names(work):
    require_runtime()
    begun = time.monotonic()
    work("web", "--model_dir=pretrained:doodles", "--data_dir=demo", "--num_sketches=40", "--noserve")
    assert time.monotonic() - begun < 60 or not os.environ.get(NEEDED)
    site = work.folder / "site"
    vendor = site / "vendor"
    facts = json.loads((vendor / "runtime.json").read_text())
    for name, digest in facts["sha512"].items():
        path = vendor / name
        content = path.read_bytes() if path.is_file() else gzip.decompress((vendor / "ort-wasm.bin").read_bytes())
        assert hashlib.sha512(content).hexdigest() == digest
    assert "Microsoft" in (vendor / "LICENSE").read_text() and (vendor / "ThirdPartyNotices.txt").stat().st_size > 10**5
    never_fetched = {"LICENSE", "ThirdPartyNotices.txt", "runtime.json"}
    sizes = {path.name: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    assert sum(size for name, size in sizes.items() if name not in never_fetched) < MOST_BYTES
    assert json.loads((site / "map.json").read_text())["count"] == 40


def test_the_classifier_is_trained(work):
    settings = "--batch_size=2", "--max_steps=2", "--validate_every=2"
    sketches = "--hparams=categories=[bus,flower],num_per_category=4,batch_size=1"
    assert "accuracy on" in work("train-classifier", "--hparams_file=demo", sketches, *settings).stdout


def test_converted_drawings_are_inspected(converted, work):
    assert "train" in work("inspect", converted, "--output=look.png").stdout
    assert (work.folder / "look.png").is_file()


def test_files_are_downloaded(converted, work):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=converted.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        work("download", "kite", f"--base_url=http://127.0.0.1:{server.server_port}", "--output_dir=fetched")
        server.shutdown()
    assert (work.folder / "fetched" / "kite.npz").read_bytes() == converted.read_bytes()
