"""``tunecard validate``: what of a run folder can be trusted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.builders import KNN, make_run, write_run
from tests.seeds import several
from tunecard.command_line import app
from tunecard.report.errors import ReadError
from tunecard.report.load import load
from tunecard.report.load.manifest import Manifest, check_manifest, hash_of
from tunecard.report.render import render
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import MANIFEST

pytestmark = pytest.mark.usefixtures("no_drawing")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a small run with its page."""
    run = make_run(n_test=60, models=(KNN,), rounds=2)
    folder = write_run(run, tmp_path_factory.mktemp("rendered") / "run")
    render(load(folder), folder)
    return folder


@pytest.fixture
def run(rendered: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return shutil.copytree(rendered, tmp_path / "run")


def validate(folder: Path) -> Any:
    """Run the command in this process."""
    return CliRunner().invoke(app(), ["validate", str(folder)])


def test_the_manifest_lists_every_file(run: Path) -> None:
    """Each file of the folder but the manifest itself has its SHA-256 there."""
    manifest = json.loads((run / MANIFEST).read_text("utf-8"))
    listed = {**manifest["data"], **manifest["renderings"]}
    files = {path.name: hash_of(path) for path in run.iterdir() if path.name != MANIFEST}
    assert listed == files


def test_the_pages_of_seeds_are_checked_where_they_are(tmp_path: Path) -> None:
    """Each seed has a page of the same name in a folder of its own."""
    render(several((0, 1), models=(KNN,)), tmp_path)
    checked = check_manifest(tmp_path)
    assert checked is not None
    assert checked.damaged == ()
    (tmp_path / "seed-1" / "report.html").write_text("another", "utf-8")
    checked = check_manifest(tmp_path)
    assert checked is not None
    assert ["seed-1" in problem for problem in checked.damaged] == [True]


def test_a_whole_run_is_confirmed(run: Path) -> None:
    """Contract, checksums and page are each confirmed in a line."""
    ended = validate(run)
    assert ended.exit_code == 0
    assert len(ended.output.splitlines()) == 3
    assert ended.output.endswith("the page is what these results give.\n")


def _forge(folder: Path) -> None:
    """Change a number of the page, and the manifest with it."""
    page = folder / "report.md"
    page.write_text(page.read_text("utf-8").replace("0.9", "0.8"), "utf-8")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["renderings"]["report.md"] = hash_of(page)
    manifest["own"] = Manifest.model_validate(manifest).hash_of_fields()
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def _leave_out(folder: Path) -> None:
    """Remove a file, and its entry with it."""
    (folder / "predictions.parquet").unlink()
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    del manifest["data"]["predictions.parquet"]
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


@pytest.mark.parametrize(
    ("damage", "name", "reason"),
    [
        (lambda f: (f / "metrics.csv").write_text("x"), "metrics.csv", "was changed after"),
        (lambda f: (f / "summary.md").unlink(), "summary.md", "is missing"),
        (
            lambda f: (f / "predictions.parquet").write_bytes(b"x"),
            "predictions.parquet",
            "was changed after",
        ),
        (lambda f: (f / MANIFEST).write_text("{"), MANIFEST, "is damaged"),
        (_forge, "report.md", "rendered again"),
        (_leave_out, MANIFEST, "is damaged"),
    ],
    ids=["changed", "missing", "data", "manifest", "forged", "left out"],
)
def test_what_is_not_right_is_named(
    run: Path, damage: Callable[[Path], Any], name: str, reason: str
) -> None:
    """Each damage ends in one error that names the file."""
    damage(run)
    error = validate(run).exception
    assert isinstance(error, ReadError)
    assert str(run / name) in str(error)
    assert reason in str(error)


def test_a_page_with_own_styles_is_not_rendered_again(run: Path, tmp_path: Path) -> None:
    """What the user changed on the page cannot follow from the run alone."""
    (tmp_path / "own.css").write_text("p { color: red }", "utf-8")
    render(load(run), run, PageTheme(css=tmp_path / "own.css"))
    ended = validate(run)
    assert ended.exit_code == 0
    assert "styles or a reference run of your own" in ended.output


def test_a_run_of_an_earlier_version_has_no_manifest(run: Path) -> None:
    """Without a manifest the contract alone is checked, and a line says so."""
    (run / MANIFEST).unlink()
    ended = validate(run)
    assert ended.exit_code == 0
    assert MANIFEST in ended.output


def test_a_run_without_its_predictions_is_named(run: Path) -> None:
    """Rendered again without them the folder is whole, and a line names what is missing."""
    (run / "predictions.parquet").unlink()
    (run / MANIFEST).unlink()
    render(load(run), run)
    ended = validate(run)
    assert ended.exit_code == 0
    assert "predictions.parquet is not next to results.json" in ended.output


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("results.json", lambda text: text + b" ", "was changed after"),
        ("predictions.parquet", lambda content: content[:-1] + b"x", "was changed after"),
        ("weights.parquet", lambda _: b"x", "was added after"),
    ],
)
def test_data_that_is_not_the_run_s_is_not_read(
    run: Path, name: str, damage: Callable[[bytes], bytes], reason: str
) -> None:
    """A page cannot come from data that the manifest does not know, nor be confirmed."""
    path = run / name
    path.write_bytes(damage(path.read_bytes() if path.exists() else b""))
    with pytest.raises(ReadError, match=f"{name}: {reason} the run"):
        load(run)
    assert isinstance(validate(run).exception, ReadError)
    (run / MANIFEST).unlink()
    if name == "results.json":
        load(run)  # whoever removes the manifest does without checksums


def test_a_file_of_a_run_is_no_target(run: Path, tmp_path: Path) -> None:
    """Neither an export nor another run's page is written over what a run consists of."""
    other = shutil.copytree(run, tmp_path / "other")
    for name in ("results.json", "report.html", MANIFEST):
        before = (run / name).read_bytes()
        arguments = ["export", str(run), "--latex", "--out", str(run / name)]
        error = CliRunner().invoke(app(), arguments).exception
        assert isinstance(error, ReadError)
        assert "is a file of the run" in str(error)
        assert (run / name).read_bytes() == before
    error = CliRunner().invoke(app(), ["report", str(run), "--out", str(other)]).exception
    assert isinstance(error, ReadError)
    assert "holds another run" in str(error)
