"""The notebooks: they run, and what is committed of them is whole and clean."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests import command

pytestmark = pytest.mark.early  # whole runs

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NOTEBOOKS = ("mnist.ipynb", "judge.ipynb", "regression.ipynb")
#: What a machine's own folders begin with; none of them belongs into a shared file.
ABSOLUTE = re.compile(r"(?<![\w.:/<])/(?:home|root|tmp|Users|work|usr|var|opt|mnt)/")


@pytest.fixture
def on_one_core() -> Iterator[None]:
    """Start the kernel on one core, as other tests start the command."""
    with command.on_one_core():
        yield


def read(name: str) -> nbformat.NotebookNode:
    """Read a committed notebook."""
    read_untyped: Any = nbformat.read
    notebook: nbformat.NotebookNode = read_untyped(EXAMPLES / name, as_version=4)
    return notebook


@pytest.mark.slow
@pytest.mark.usefixtures("on_one_core")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own packages
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs on digits, from an empty folder and without the network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("TUNECARD_DATA_DIR", raising=False)
    notebook = read("mnist.ipynb")
    (parameters,) = [
        c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())
    ]
    parameters.source = (
        "study, budget, offline, models = None, None, True, None\n"
        "from tests import short_runs\nshort_runs.shorten(n_rounds=2)\n"
        "short_runs.draw_nothing()"
    )
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))
    (tmp_path / "examples").mkdir()
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.execute(cwd=str(tmp_path / "examples"))
    told = "".join(
        output.get("text", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    assert "NOT MNIST: MNIST was out of reach when this was run" in told
    assert "search:" in told  # progress is shown
    page = (tmp_path / "reports" / "latest" / "report.html").read_text("utf-8")
    assert "MNIST was out of reach when this was run" in page


@pytest.mark.slow
@pytest.mark.usefixtures("on_one_core")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own packages
def test_three_lines_judge_a_search_of_scikit_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells before the last know nothing of Tunecard, and the last has three lines."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read("judge.ipynb")
    *before, last = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any("tunecard" in cell.source for cell in before)
    assert len([line for line in last.source.splitlines() if line]) == 3
    (tmp_path / "examples").mkdir()
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.execute(cwd=str(tmp_path / "examples"))
    assert (tmp_path / "reports" / "latest" / "report.html").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("on_one_core")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own packages
def test_the_notebook_of_a_regression_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last table is of the errors that the page shows."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read("regression.ipynb")
    (tmp_path / "examples").mkdir()
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.execute(cwd=str(tmp_path / "examples"))
    page = (tmp_path / "reports" / "latest" / "report.html").read_text("utf-8")
    assert "Predictions and errors" in page
    last = notebook.cells[-1].outputs[0]["data"]["text/plain"]
    assert "baseline  tuned" in last


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_committed_notebook_was_executed(name: str) -> None:
    """Every code cell that shows something has its output, none an error."""
    notebook = read(name)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert all(cell.outputs for cell in cells if cell.source.startswith("run"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_committed_notebook_is_clean(name: str) -> None:
    """No folder of the machine that executed it, no time of day, and a moderate size."""
    text = (EXAMPLES / name).read_text("utf-8")
    assert ABSOLUTE.findall(text) == []
    assert "iopub" not in text
    assert len(text) < 2_000_000
