"""Published models from a local server: by name, checked before they take their place, by command."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from gen_files import content_of, random_file
from web_server import HTML, IMPATIENT, has, md5_of, sends

from ia_pix2seq_tf.checkpoints import gen_json
from ia_pix2seq_tf.checkpoints.errors import CheckpointError
from ia_pix2seq_tf.checkpoints.gen_json import GEN, VAE
from ia_pix2seq_tf.data.fetch import DownloadError, MissingError
from ia_pix2seq_tf.data.models import LARGE_MODELS, download_model

ROOT = Path(__file__).resolve().parents[1]
BIRD = json.dumps(content_of(random_file(GEN))).encode()
OTHER = json.dumps(content_of(random_file(GEN, seed=1))).encode()
BIRD_VAE = json.dumps(content_of(random_file(VAE))).encode()


def get(name, folder, server, **options) -> Path:
    return download_model(name, folder, server.url, IMPATIENT, **options)


def only_at(path: str, body: bytes):
    """A server that has one file."""

    def answer(handler):
        (has(body) if handler.path == path else sends(b"<Error>NoSuchKey</Error>", 404))(handler)

    return answer


@pytest.mark.parametrize("name", ["bird", "bird.gen", "bird.gen.json"])
def test_a_model_is_downloaded_and_nothing_else_is_left(name, serve, tmp_path):
    server = serve(has(BIRD, x_goog_hash=md5_of(BIRD)))
    path = get(name, tmp_path / "models", server)
    assert path == tmp_path / "models" / "bird.gen.json" and path.read_bytes() == BIRD
    assert [request for request, _ in server.requests] == ["/bird.gen.json"]
    assert [entry.name for entry in path.parent.iterdir()] == ["bird.gen.json"]


def test_an_encoder_too_is_asked_for_by_name(serve, tmp_path):
    path = get("bird.vae", tmp_path, serve(only_at("/bird.vae.json", BIRD_VAE)))
    assert path.name == "bird.vae.json" and gen_json.read(path).info.mode == VAE


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("/alarm_clock.gen.json", ["/alarm_clock.gen.json"]),
        ("/alarm%20clock.gen.json", ["/alarm_clock.gen.json", "/alarm%20clock.gen.json"]),
    ],
)
def test_a_name_with_a_space_is_looked_for_with_an_underscore_and_as_it_is(place, asked, serve, tmp_path):
    server = serve(only_at(place, BIRD))
    assert get("alarm clock", tmp_path, server).name == "alarm_clock.gen.json"
    assert [request for request, _ in server.requests] == asked


def test_a_missing_model_names_the_addresses_and_what_there_is(serve, tmp_path):
    server = serve(sends(b"", 404))
    with pytest.raises(MissingError) as error:
        get("alarm clocks", tmp_path, server)
    addresses = (f"{server.url}/alarm_clocks.gen.json: found 404", f"{server.url}/alarm%20clocks.gen.json: found 404")
    for part in (*addresses, "no model 'alarm clocks'?", "'bird.vae'", "github.com/magenta", LARGE_MODELS):
        assert part in str(error.value)
    assert not list(tmp_path.iterdir())


def test_what_was_cut_off_goes_on_at_the_same_byte(serve, tmp_path):
    server = serve(has(BIRD, 1000), has(BIRD))
    assert get("bird", tmp_path, server).read_bytes() == BIRD
    assert server.requests[1][1]["Range"] == "bytes=1000-"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (HTML, "expected a model in JSON, found no type, beginning b'<!DOCTYPE html>"),
        (b'{"error": 3}', "expected a model in JSON, found no type, beginning b'{"),
        (b"[1, 2]", "cannot be used: .*expected .info, shapes, weights."),
        (BIRD[:-9], "cannot be used: .*expected JSON, found"),
        (BIRD.replace(b'"scale_factor": 50.0', b'"scale_factor": -1.0'), "cannot be used: .*info, scale_factor"),
    ],
)
def test_what_is_no_model_is_refused_and_not_kept(body, found, serve, tmp_path):
    server = serve(has(body))
    with pytest.raises(DownloadError, match=f"{server.url}/bird.gen.json: .*{found}"):
        get("bird", tmp_path, server)
    assert not list(tmp_path.iterdir())


def test_a_file_larger_than_any_model_is_not_begun(serve, tmp_path):
    server = serve(sends(b"[", Content_Length=2**31, ETag='"1"'))
    with pytest.raises(DownloadError, match=f"2147483648 bytes, expected at most {gen_json.LARGEST_FILE}"):
        download_model("bird", tmp_path, server.url)
    assert not list(tmp_path.iterdir())


def test_a_model_that_is_there_is_kept_and_said_so(serve, tmp_path, caplog):
    server = serve(has(OTHER))
    (tmp_path / "bird.gen.json").write_bytes(BIRD)
    with caplog.at_level(logging.INFO):
        assert get("bird", tmp_path, server).read_bytes() == BIRD
    assert "is there already" in caplog.text and not server.requests
    assert get("bird", tmp_path, server, overwrite=True).read_bytes() == OTHER


def test_another_file_of_its_name_is_not_replaced_unasked(serve, tmp_path):
    (tmp_path / "bird.gen.json").write_text("my notes about birds")
    server = serve(has(BIRD))
    with pytest.raises(CheckpointError, match=r"bird\.gen\.json: expected JSON.*--overwrite"):
        get("bird", tmp_path, server)
    assert (tmp_path / "bird.gen.json").read_text() == "my notes about birds" and not server.requests


@pytest.mark.parametrize("name", ("", "..", "../bird", "a/b", "a\\b", " bird", "bi\0rd"))
def test_names_that_lead_elsewhere_are_refused_before_any_request(name, serve, tmp_path):
    server = serve(has(BIRD))
    with pytest.raises(ValueError, match="expected a printable name without path separators"):
        get(name, tmp_path, server)
    assert not server.requests


def test_the_command_downloads_models_and_prints_how_to_draw_with_each(serve, tmp_path):
    server = serve(only_at("/bird.gen.json", BIRD))
    command = [sys.executable, "-m", "ia_pix2seq_tf.data.download", "--models", "bird", "cat"]
    flags = [f"--base_url={server.url}/", f"--output_dir={tmp_path}/my models"]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    path = tmp_path / "my models" / "bird.gen.json"
    assert done.stdout == f"python sample.py '--model_dir={path}' --mode=unconditional\n"
    assert f"download: {server.url}/cat.gen.json: found 404" in done.stderr and "Traceback" not in done.stderr
    assert [entry.name for entry in path.parent.iterdir()] == ["bird.gen.json"]
