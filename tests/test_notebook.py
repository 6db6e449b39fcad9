"""The notebook of docs/ runs from its first cell to its last."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "quickstart.ipynb"
TRAINING = "num_steps = 1350"


def test_the_notebook_is_kept_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_the_package_is_installed_from_the_checkout_and_by_no_name():
    (first,) = (cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if "pip install" in cell.source)
    assert re.findall("pip install (.*)", first) == ["-q {REPOSITORY}"]
    checkout = NOTEBOOK.parent / re.match('REPOSITORY = "(.*)"\n', first)[1]
    assert (checkout / "setup.py").is_file() and (checkout / "ia_pix2seq_tf").is_dir()


def test_every_cell_of_the_notebook_runs(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    (last,) = (cell for cell in notebook.cells if TRAINING in cell.source)
    last.source = last.source.replace(TRAINING, "num_steps = 2")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert sum("<svg" in data.get("text/html", "") for data in shown) == 3
    assert any("image/png" in data for data in shown) and (tmp_path / "runs" / "notebook").is_dir()
