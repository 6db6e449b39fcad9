"""The source is as docs/architecture.md says: floors, systems named by their own room alone, tests that stand alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ia_pix2seq_tf.catalogue import SYSTEMS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ia_pix2seq_tf"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TESTS = Path(__file__).resolve().parent
FLOORS = [line.split() for line in re.search(r"<!-- floors -->\n```\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MAY_NAME_SYSTEMS = ("systems", "catalogue")
NAME = "ia_pix2seq_tf"


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
WITH_ALL_SOURCES = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))


def imported_rooms(tree: ast.AST) -> Iterator[str]:
    """The rooms of the package that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == NAME:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{NAME}."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{NAME}."))


def test_every_room_is_on_a_floor_and_in_the_table():
    rooms = {room_of(path) for path in SOURCES}
    assert rooms == FLOOR_OF.keys()
    for room in rooms:
        assert re.search(rf"^\|.*`{room}(/|\.py)`.*\|", PAGE, re.MULTILINE), f"{room} has no line in the table"


@WITH_ALL_SOURCES
def test_imports_run_down_only(path):
    own = room_of(path)
    for room in imported_rooms(ast.parse(path.read_text(encoding="utf-8"))):
        if room in FLOOR_OF and room != own:
            assert FLOOR_OF[room] < FLOOR_OF[own], f"{own} imports {room}, which is not below it"


def docstrings(tree: ast.AST) -> set[int]:
    """`id` of the nodes that are docstrings or the explanations of constants."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


@WITH_ALL_SOURCES
def test_no_room_but_its_own_names_a_system(path):
    if room_of(path) in MAY_NAME_SYSTEMS:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in SYSTEMS and id(node) not in prose:
            pytest.fail(f"line {node.lineno} names the system {node.value!r}")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{NAME}.systems"):
            assert not SYSTEMS.keys() & {alias.name for alias in node.names}, f"line {node.lineno} imports a system"
            assert node.module.rpartition(".")[2] not in SYSTEMS, f"line {node.lineno} imports from a system"


def test_every_system_has_a_file_and_every_file_a_row():
    files = {path.stem for path in (PACKAGE / "systems").glob("*.py")} - {"__init__", "parts"}
    assert files == SYSTEMS.keys()


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.py")), ids=lambda path: path.name)
def test_no_test_imports_another_test(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert [name for name in modules if name.startswith("test_")] == []


@WITH_ALL_SOURCES
def test_modules_stay_below_five_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 500
