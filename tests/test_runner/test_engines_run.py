"""A whole run on two engines: what results say of each, and what is not run on one."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

import tunecard
from tunecard.report.run import Run
from tunecard.runner.clock import worker
from tunecard.runner.clock.jobs import Job
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, Study

STUDY = """
name = "two-engines"
title = "Two engines"
dataset = "digits"
[subset]
train = 120
test = 80
[[models]]
name = "knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
folds = 3
space = { metric = ["manhattan", "canberra"] }
[timing]
budget = "0.001s"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One model on both engines; the second cannot do one of the candidates."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")
    return tunecard.run(
        Study.model_validate(tomllib.loads(STUDY)),
        reports=tmp_path_factory.mktemp("reports"),
        engine=["scikit-learn", "intelex"],
        quiet=True,
    )


@pytest.mark.stress  # three rounds of four cases
def test_each_case_has_its_engine_and_the_environment_its_version(run: Run) -> None:
    """Cases, the lines that build them, and the versions of what they rest on."""
    cases = {case.key: case for case in run.results.cases}
    assert {key: case.engine for key, case in cases.items()} == {
        "knn/baseline": "scikit-learn",
        "knn/tuned": "scikit-learn",
        "knn-intelex/baseline": "intelex",
        "knn-intelex/tuned": "intelex",
    }
    assert {case.status for case in cases.values()} == {"ok"}
    assert cases["knn-intelex/tuned"].python[0] == (
        "from sklearnex.neighbors import KNeighborsClassifier"
    )
    assert {"scikit-learn-intelex", "daal"} <= set(run.results.environment.packages)


@pytest.mark.stress  # of the same run
def test_a_candidate_that_falls_back_is_failed_and_never_chosen(run: Run) -> None:
    """scikit-learn can do it, and the engine's search says why it is not its own."""
    ours, theirs = run.results.searches
    assert [one.status for one in ours.candidates] == ["ok", "ok", "ok"]
    assert [one.status for one in theirs.candidates] == ["ok", "ok", "failed"]
    assert "fell back from intelex to scikit-learn" in str(theirs.candidates[2].reason)
    assert theirs.best == 1


@pytest.mark.stress  # of the same run
def test_the_page_compares_the_engines(run: Run) -> None:
    """A row for each variant."""
    page = run.page.read_text("utf-8")
    assert "Intelex against scikit-learn" in page


def test_a_case_that_falls_back_fails(tmp_path: Path) -> None:
    """A time of scikit-learn's is not booked to the engine."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 3), dtype=np.float32), np.arange(60) % 2
    write_arrays(
        tmp_path, {"X_train": X, "y_train": y, "X_test": X, "classes": np.arange(2)}
    )
    spec = ModelSpec(
        name="m",
        estimator="sklearn.linear_model.LogisticRegression",
        params={"solver": "newton-cholesky"},
        engine="intelex",
    )
    job = Job(
        data=str(tmp_path),
        model=spec,
        params={},
        seed=0,
        repeats={},
        scored=True,
        memory=2**30,
    )
    outcome = worker.run(job, tmp_path)
    assert outcome.status == "failed"
    assert "fit fell back from intelex to scikit-learn" in str(outcome.reason)
    assert "'newton-cholesky' solver is not supported" in str(outcome.reason)
