"""The worker's side of a case, in this process: outcomes, statuses and reasons."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from tunecard.runner.clock import worker
from tunecard.runner.clock.jobs import Job, Outcome
from tunecard.runner.clock.timing import Repeats
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, Params

HERE = Path(__file__).parent
ONCE = Repeats(calls=1, loops=1, warm_rows=0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 120 training and 40 test rows of the digits; no 9 is trained on."""
    folder = tmp_path_factory.mktemp("data")
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    train = np.flatnonzero(y != 9)[:120]
    arrays = {"X_train": X[train], "y_train": y[train], "X_test": X[200:240]}
    write_arrays(
        folder, {**arrays, "train_rows": np.arange(0, 120, 2), "classes": np.arange(10)}
    )
    return folder


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    # The heap of a test process takes long to be collected.
    monkeypatch.setattr("tunecard.runner.clock.bench.gc.collect", lambda _generation=2: 0)


def job(data: Path, estimator: str, params: Params | None = None, **fields: Any) -> Job:
    """Make a job of one of the hostile estimators, or of any by its path."""
    path = estimator if "." in estimator else f"hostile.{estimator}"
    return Job(
        **{
            "data": str(data),
            "model": ModelSpec(name="m", estimator=path),
            "params": params or {},
            "seed": 0,
            "repeats": {"fit": ONCE, "predict": ONCE},
            "scored": True,
            "memory": 2**30,
            **fields,
        }
    )


def run(data: Path, folder: Path, estimator: str, **fields: Any) -> Outcome:
    """Run a job here."""
    return worker.run(job(data, estimator, **fields), folder)


@pytest.mark.parametrize(
    ("estimator", "status", "reason"),
    [
        ("Raises", "failed", "RuntimeError: no license"),
        ("RaisesOddly", "failed", "ValueError: no file ?"),
        ("LateFailure", "failed", "NotImplementedError: later"),
        ("Exits", "failed", "SystemExit: 0"),
        ("no_such_module.Model", "failed", "StudyError: 'no_such_module.Model' cannot be"),
        ("NotANumber", "invalid", "predict returned 1 labels that are not numbers"),
        ("TooShort", "invalid", "predict returned shape (39,), expected (40,)"),
        (
            "UnknownClass",
            "invalid",
            "predict returned 40 labels that are not classes, such as 99",
        ),
        (
            "Halves",
            "invalid",
            "predict returned 40 labels that are not classes, such as 0.5",
        ),
        (
            "Words",
            "invalid",
            "predict returned labels of type <U3; the classes are of type int64",
        ),
        (
            "NoProbabilities",
            "invalid",
            (
                "predict_proba returned rows that are not probabilities: from 0 to 1, with "
                "sum 1 (row 0 sums to 2, the lowest value is 0)"
            ),
        ),
        (
            "NanProbabilities",
            "invalid",
            "predict_proba returned values that are not numbers",
        ),
        ("FewProbabilities", "invalid", "predict_proba returned shape (40, 2), expected"),
        (
            "OutOfMemory",
            "oom",
            "needed more than limits.memory = 1 GiB (MemoryError: no more)",
        ),
    ],
)
def test_what_goes_wrong_is_told(
    data: Path, tmp_path: Path, estimator: str, status: str, reason: str
) -> None:
    """Every wrong answer and every exception is a status with a clear reason."""
    outcome = run(data, tmp_path, estimator)
    assert outcome.status == status
    assert (outcome.reason or "").startswith(reason)
    Outcome.model_validate_json(outcome.model_dump_json())


def test_warnings_are_counted_by_place_and_message(data: Path, tmp_path: Path) -> None:
    """A warning is told once with its number, however often it was raised."""
    thrice = Repeats(calls=3, loops=2, warm_rows=0)
    outcome = run(data, tmp_path, "Warns", repeats={"fit": thrice, "predict": ONCE})
    (warning,) = outcome.warnings
    assert (warning.where, warning.category) == ("fit", "UserWarning")
    assert warning.message == "a fit's own warning"
    rounds = len(outcome.timed[0].samples) // 3  # again where others used the machine
    assert warning.count == 1 + rounds * 3 * 2


def test_without_timing_nothing_is_called_twice(data: Path, tmp_path: Path) -> None:
    """The first call answers; a plan of rounds, and a pilot for it, are not needed."""
    outcome = run(data, tmp_path, "Warns", repeats={}, timed=False)
    (warning,) = outcome.warnings
    assert warning.count == 1


def test_the_first_pass_plans_what_every_round_repeats(data: Path, tmp_path: Path) -> None:
    """Its only sample is the cold call; its plan follows the cost that the pilot met."""
    outcome = run(data, tmp_path, "Right", repeats={})
    for timed, least in zip(outcome.timed, (5_000_000, 1_000_000), strict=True):
        assert [sample.cold for sample in timed.samples] == [True]
        assert timed.repeats.cost_ns >= least  # the estimator sleeps for so long
        assert timed.repeats.calls * timed.repeats.loops >= 5


def test_counted_calls_end_where_the_budget_does(data: Path, tmp_path: Path) -> None:
    """With no slack left there is one reading, not the five of the plan."""
    plan = Repeats(calls=5, loops=1, warm_rows=0, cost_ns=5_000_000)
    outcome = run(
        data, tmp_path, "Right", repeats={"fit": plan, "predict": ONCE}, slack=0.001
    )
    assert len(outcome.timed[0].samples) == 1


def test_a_warm_up_says_nothing_of_the_case(data: Path, tmp_path: Path) -> None:
    """A warm-up on few rows may warn or fail: neither is the case's."""
    long = Repeats(calls=1, loops=1, warm_rows=1000)
    outcome = run(data, tmp_path, "FirstFitFails", repeats={"fit": long, "predict": ONCE})
    assert outcome.status == "ok"
    assert outcome.warnings == ()


def test_a_model_that_cannot_be_serialised_has_no_size(data: Path, tmp_path: Path) -> None:
    """Serializing is asked for a figure alone; failing at it fails nothing."""
    outcome = run(data, tmp_path, "Unpicklable")
    assert (outcome.status, outcome.model_bytes) == ("ok", None)


def test_a_class_that_was_not_trained_on_has_probability_0(
    data: Path, tmp_path: Path
) -> None:
    """Probabilities have a column for each class of the data, in the order of codes."""
    outcome = run(
        data, tmp_path, "sklearn.linear_model.LogisticRegression", params={"max_iter": 500}
    )
    assert outcome.status == "ok"
    X, y, X_test = (np.load(data / f"{n}.npy") for n in ("X_train", "y_train", "X_test"))
    model = LogisticRegression(max_iter=500, random_state=0).fit(X, y)
    probabilities = np.load(tmp_path / "probabilities.npy")
    assert probabilities.shape == (40, 10)
    np.testing.assert_array_equal(probabilities[:, 9], 0)
    np.testing.assert_allclose(probabilities[:, :9], model.predict_proba(X_test), atol=1e-6)
    assert outcome.converged is True
    assert outcome.n_iter == model.n_iter_[0]


def test_only_the_first_pass_leaves_more_than_labels(data: Path, tmp_path: Path) -> None:
    """Later rounds score nothing: their labels are the only file."""
    outcome = run(data, tmp_path, "sklearn.neighbors.KNeighborsClassifier", scored=False)
    assert outcome.latencies == ()
    assert [path.name for path in tmp_path.iterdir()] == ["y_pred.npy"]


def test_weights_of_a_linear_model_are_left(data: Path, tmp_path: Path) -> None:
    """A linear model's weights, a row a class, go with the first pass."""
    run(data, tmp_path, "sklearn.linear_model.LogisticRegression", params={"max_iter": 9})
    assert np.load(tmp_path / "weights.npy").shape == (9, 64)


def test_what_does_not_iterate_does_not_converge(data: Path, tmp_path: Path) -> None:
    """An estimator without iterations has neither a number nor an end of them."""
    outcome = run(data, tmp_path, "sklearn.neighbors.KNeighborsClassifier", scored=False)
    assert (outcome.converged, outcome.n_iter, outcome.max_iter) == (None, None, None)
