"""A study of models that go wrong in every way: each is a row with its reason."""

import shutil
from pathlib import Path

import html5lib
import pandas as pd
import pytest

from tests.command import Ended, tunecard
from tunecard.report.formats import STATUSES
from tunecard.runner.schema import PREDICTIONS, Case, Results, load

pytestmark = pytest.mark.stress  # two whole runs, one of them into a limit of time

HERE = Path(__file__).parent
HEAD = """
name = "failing"
title = "Models that go wrong"
dataset = "digits"
subset = { train = 200, test = 100 }
[timing]
budget = "1s"
[limits]
case_seconds = 12
memory = "1GiB"
[[models]]
name = "well"
estimator = "sklearn.neighbors.KNeighborsClassifier"
"""
#: Estimator, status and the beginning of the reason of each model that goes wrong.
FAILURES = {
    "hoards": ("Hoards", "oom", "needed more than limits.memory = 1 GiB"),
    "hangs": ("Babbles", "timeout", "ran longer than limits.case_seconds = 12 s"),
    "crashes": ("Segfaults", "killed", "ended by SIGSEGV"),
    "raises": ("RaisesLate", "failed", "RuntimeError: no license"),
    "nan": ("NotANumber", "invalid", "predict returned 1 labels that are not numbers"),
    "short": ("TooShort", "invalid", "predict returned shape (99,), expected (100,)"),
}


def run(folder: Path, study: str) -> tuple[Ended, Results, Path]:
    """Run a study with the command; returns its end, its results and its folder."""
    folder.mkdir()
    (folder / "study.toml").write_text(study, "utf-8")
    shutil.copy(HERE / "test_runner" / "hostile.py", folder / "goes_wrong.py")
    ended = tunecard(folder, "run", "study.toml")
    done = (folder / "reports" / "latest").resolve()
    return ended, load(done / "results.json"), done


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Results, Path]:
    """Run the study with all models that go wrong beside the one that is well."""
    models = "".join(
        f'[[models]]\nname = "{name}"\nestimator = "goes_wrong.{estimator}"\n'
        for name, (estimator, _, _) in FAILURES.items()
    )
    return run(tmp_path_factory.mktemp("failing") / "home", HEAD + models)


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Results, Path]:
    """Run the study of the model that is well alone."""
    return run(tmp_path_factory.mktemp("well") / "home", HEAD)


def case(results: Results, model: str) -> Case:
    """Find a model's only case."""
    (found,) = (case for case in results.cases if case.model == model)
    return found


def test_each_failure_is_one_row_with_its_reason(
    failing: tuple[Ended, Results, Path],
) -> None:
    """Exit code 5, a row each with status, reason and time; stderr tells them, too."""
    ended, results, _ = failing
    assert ended.code == 5, ended.err
    assert len(results.cases) == 1 + len(FAILURES)
    for model, (_, status, reason) in FAILURES.items():
        row = case(results, model)
        assert row.status == status
        assert (row.reason or "").startswith(reason)
        assert (row.elapsed or 0) > 0
        assert (row.peak_memory or 0) > 2**20
        assert f"{model}/baseline: {status}: {row.reason}" in ended.err
    assert "still at it" in (case(results, "hangs").stderr_tail or "")
    assert "about to crash" in (case(results, "crashes").stderr_tail or "")


def test_the_page_shows_each_status_and_reason(
    failing: tuple[Ended, Results, Path],
) -> None:
    """The table of cases has each status, and the page each reason in full."""
    _, results, folder = failing
    page = html5lib.parse(
        (folder / "report.html").read_text("utf-8"), namespaceHTMLElements=False
    )
    table = next(node for node in page.iter() if node.get("id") == "table-cases")
    rows = ["".join(row.itertext()) for row in table.iter("tr")]
    text = " ".join("".join(page.find("body").itertext()).split())
    for model, (_, status, _) in FAILURES.items():
        (row,) = (row for row in rows if f"{model.capitalize()}, baseline" in row)
        assert STATUSES[status] in row  # type: ignore[index] # one of the statuses
        assert f"{STATUSES[status]}: {case(results, model).reason}" in text  # type: ignore[index] # the same


def test_the_other_rows_are_untouched(
    failing: tuple[Ended, Results, Path], well: tuple[Ended, Results, Path]
) -> None:
    """Quality and predictions equal those of a run without the models that go wrong."""
    ended, alone, folder = well
    assert ended.code == 0, ended.err
    _, results, beside = failing
    same = {"status", "params", "quality", "converged", "n_iter"}
    ours, theirs = case(results, "well"), case(alone, "well")
    assert ours.model_dump(include=same) == theirs.model_dump(include=same)
    assert {t.round for t in ours.timings} == {t.round for t in theirs.timings}
    pd.testing.assert_frame_equal(
        pd.read_parquet(beside / PREDICTIONS), pd.read_parquet(folder / PREDICTIONS)
    )
