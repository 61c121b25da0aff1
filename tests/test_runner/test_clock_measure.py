"""Cases in real worker processes: what they leave, and what becomes of those that fail."""

import mmap
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from tunecard.runner.clock import measure
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.jobs import Finished
from tunecard.runner.clock.measure import first_pass, run_round
from tunecard.runner.errors import OutputError
from tunecard.runner.processes.process import (
    THREAD_VARIABLES,
    run_worker,
    worker_environment,
)
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, Params
from tunecard.runner.store.journal import NullCheckpoint, Value

pytestmark = pytest.mark.usefixtures("forked_at_length")

HERE = Path(__file__).parent
LARGE = 400 * 2**20
SECONDS = 60.0  # of a case that is not meant to be cut off

Run = Callable[..., MeasuredCase]


class Notes(NullCheckpoint):
    """A memory that keeps what it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it, as a journal would."""
        self.kept[key] = value


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> BenchSettings:
    """Give a bench with 200 training and 100 test rows of the digits."""
    folder = tmp_path_factory.mktemp("bench")
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    arrays = {"X_train": X[:200], "y_train": y[:200], "X_test": X[200:300]}
    write_arrays(
        folder / "data",
        {**arrays, "train_rows": np.arange(0, 200, 2), "classes": np.arange(10)},
    )
    return BenchSettings(
        data=folder / "data",
        work=folder,
        seed=0,
        threads=1,
        case_seconds=SECONDS,
        memory=2**30,
        environ={**os.environ, "TUNECARD_SECRET": "hidden"},
        path=(*sys.path, str(HERE)),
    )


def case(estimator: str, **params: Any) -> MeasuredCase:
    """Make a case of one of the hostile estimators, or of any by its path."""
    path = estimator if "." in estimator else f"hostile.{estimator}"
    name = path.rpartition(".")[2].lower()
    return MeasuredCase(ModelSpec(name=name, estimator=path), "baseline", Params(params))


def passed(
    start: MeasuredCase, bench: BenchSettings, notes: Notes | None = None
) -> MeasuredCase:
    """Run the first pass of a case."""
    return first_pass(start, bench, notes or Notes(), scored=True)


# The estimators that fail, with the status and the beginning of the reason of each.
FAILURES = {
    "Babbles": ("timeout", "ran longer than limits.case_seconds = 3 s"),
    "Raises": ("failed", "RuntimeError: no license"),
    "ExitsAtOnce": ("failed", "the worker ended before its work was done"),
    "NotANumber": ("invalid", "predict returned 1 labels that are not numbers"),
    "TooShort": ("invalid", "predict returned shape (99,), expected (100,)"),
    "Segfaults": ("killed", "ended by SIGSEGV"),
    "Hoards": ("oom", "needed more than limits.memory = 1 GiB (MemoryError: Unable to"),
}


@pytest.fixture(scope="module")
def failed(bench: BenchSettings) -> dict[str, MeasuredCase]:
    """Run each failing estimator once."""
    limits = {"Babbles": 3.0}
    return {
        name: passed(
            case(name), replace(bench, case_seconds=limits.get(name, bench.case_seconds))
        )
        for name in FAILURES
    }


@pytest.fixture(scope="module")
def notes() -> Notes:
    """Give the memory of the rounds of `ok`."""
    return Notes()


@pytest.fixture(scope="module")
def first(bench: BenchSettings, notes: Notes) -> MeasuredCase:
    """Give a logistic regression after its first round; it does not converge."""
    start = case("sklearn.linear_model.LogisticRegression", max_iter=5)
    return run_round(passed(start, bench, notes), 1, 3, bench, notes)


@pytest.fixture(scope="module")
def second(first: MeasuredCase, bench: BenchSettings, notes: Notes) -> MeasuredCase:
    """Give the same after its second round."""
    return run_round(first, 2, 1, bench, notes)


@pytest.fixture(scope="module")
def telling(bench: BenchSettings) -> MeasuredCase:
    """Give a case that tells its worker's environment; its parent holds 700 MB then.

    A process of its own: a fork has its template as its parent.
    """
    with mmap.mmap(-1, LARGE) as held, pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "run_worker", run_worker)
        held[::4096] = bytes(len(range(0, LARGE, 4096)))
        return passed(case("Tells"), bench)


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_a_status_with_its_reason(
    failed: dict[str, MeasuredCase], name: str
) -> None:
    """Whatever an estimator does, its case ends with a status and a clear reason."""
    status, reason = FAILURES[name]
    assert failed[name].status == status
    assert (failed[name].reason or "").startswith(reason)
    assert failed[name].elapsed > 0
    assert failed[name].peak_memory > 2**20


def test_a_crash_leaves_what_was_printed(failed: dict[str, MeasuredCase]) -> None:
    """The end of a crashed worker's output is kept."""
    assert "about to crash" in (failed["Segfaults"].stderr_tail or "")


def test_endless_output_keeps_its_end_alone(failed: dict[str, MeasuredCase]) -> None:
    """A worker may print for ever: the time limit holds, and little is kept."""
    tail = failed["Babbles"].stderr_tail or ""
    assert "still at it" in tail
    assert len(tail) <= 2000


def test_a_failed_case_runs_no_further_round(
    failed: dict[str, MeasuredCase], bench: BenchSettings
) -> None:
    """A case that failed is returned as it is, without a process."""
    assert run_round(failed["Raises"], 2, 0, bench) is failed["Raises"]


def test_predictions_are_the_estimators_own(
    first: MeasuredCase, bench: BenchSettings
) -> None:
    """Labels, probabilities and training labels are what scikit-learn gives here."""
    X, y, X_test = (
        np.load(bench.data / f"{n}.npy") for n in ("X_train", "y_train", "X_test")
    )
    rows = np.load(bench.data / "train_rows.npy")
    with pytest.warns(match="failed to converge"):
        model = LogisticRegression(max_iter=5, random_state=0).fit(X, y)
    assert first.status == "ok"
    assert first.outputs is not None
    assert first.outputs.probabilities is not None
    assert first.y_train_pred is not None
    np.testing.assert_array_equal(first.outputs.labels, model.predict(X_test))
    np.testing.assert_array_equal(first.y_train_pred, model.predict(X[rows]))
    np.testing.assert_allclose(
        first.outputs.probabilities, model.predict_proba(X_test), atol=1e-5
    )
    assert first.outputs.probabilities.dtype == np.float32


def test_not_converging_is_no_failure(first: MeasuredCase) -> None:
    """Iterations, their limit and the warning are noted of an ok case."""
    assert first.outcome is not None
    assert (first.outcome.converged, first.outcome.n_iter, first.outcome.max_iter) == (
        False,
        5,
        5,
    )
    assert ("fit", "ConvergenceWarning") in {(w.where, w.category) for w in first.warnings}


def test_model_size_is_that_of_a_pickle(first: MeasuredCase, bench: BenchSettings) -> None:
    """The size of a model is what serializing it takes."""
    X, y = (np.load(bench.data / f"{n}.npy") for n in ("X_train", "y_train"))
    with pytest.warns(match="failed to converge"):
        model = LogisticRegression(max_iter=5, random_state=0).fit(X, y)
    assert first.first is not None
    assert first.first.model_bytes == pytest.approx(len(pickle.dumps(model, 5)), abs=100)


def test_first_round_has_one_cold_sample_an_operation(first: MeasuredCase) -> None:
    """The first call of round 1 stands apart; the counted ones follow the plan."""
    fit, predict = first.rounds
    assert (fit.operation, fit.n_rows, fit.round, fit.position) == ("fit", 200, 1, 3)
    assert (predict.operation, predict.n_rows) == ("predict", 100)
    assert first.outcome is not None
    for timed, plan in zip(first.rounds, first.outcome.timed, strict=True):
        assert [sample.cold for sample in timed.samples].count(True) == 1
        assert timed.samples[0].cold
        counted = [sample for sample in timed.samples if not sample.cold]
        # Fewer where others use the machine now.
        assert 1 <= len(counted) <= 2 * plan.repeats.calls
        assert max(sample.loops for sample in counted) <= plan.repeats.loops
        assert all(sample.wall_ns > 0 for sample in timed.samples)


def test_second_round_repeats_the_plan_of_the_first(
    first: MeasuredCase, second: MeasuredCase
) -> None:
    """Later rounds count as many calls, none of them cold, and keep round 1's labels."""
    assert second.status == "ok"
    assert [timed.round for timed in second.rounds] == [1, 1, 2, 2]
    assert not any(s.cold for timed in second.rounds[2:] for s in timed.samples)
    assert first.outcome is not None
    assert second.outcome is not None
    assert [t.repeats for t in second.outcome.timed] == [
        t.repeats for t in first.outcome.timed
    ]
    assert second.outputs is first.outputs
    assert second.elapsed > first.elapsed
    assert second.outcome.once_seconds < first.outcome.once_seconds


def test_latency_is_taken_for_small_batches(first: MeasuredCase) -> None:
    """Single calls on 1 and 32 rows; 1,000 rows do not exist here."""
    assert [latency.batch for latency in first.latencies] == [1, 32]
    assert all(len(latency.wall_ns) == 300 for latency in first.latencies)


def test_finished_rounds_are_not_run_again(
    second: MeasuredCase,
    bench: BenchSettings,
    notes: Notes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its rounds remembered, a case ends the same without a process."""
    monkeypatch.delattr(measure, "run_worker")
    again = MeasuredCase(second.spec, second.variant, second.params)
    again = passed(again, bench, notes)
    for number in (1, 2):
        again = run_round(again, number, 9, bench, notes)
    assert again.rounds == second.rounds
    assert again.spent == {}  # in this session
    assert again.warnings == second.warnings
    assert again.outputs is not None
    assert second.outputs is not None
    np.testing.assert_array_equal(again.outputs.labels, second.outputs.labels)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-7]),
        lambda path: path.write_bytes(b""),
        lambda path: np.save(path, np.zeros(3, dtype=int)),
        lambda path: np.save(path, np.array([None] * 100), allow_pickle=True),
        Path.unlink,
    ],
    ids=["cut", "empty", "short", "objects", "gone"],
)
def test_damaged_arrays_are_made_again(
    first: MeasuredCase,
    bench: BenchSettings,
    notes: Notes,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], Any],
) -> None:
    """Arrays of a finished round that are not what was written are not taken over."""
    folder = bench.work / "logisticregression-baseline-first"
    before = (folder / "y_pred.npy").read_bytes()
    ran: list[Path] = []

    def repair(*arguments: Any) -> Any:
        ran.append(arguments[-1])
        (folder / "y_pred.npy").write_bytes(before)
        return Finished.model_validate(notes.kept[f"first {first.key}"])

    monkeypatch.setattr(measure, "_run", repair)
    damage(folder / "y_pred.npy")
    start = MeasuredCase(first.spec, first.variant, first.params)
    again = passed(start, bench, notes)
    assert ran == [folder]
    assert again.outputs is not None
    assert first.outputs is not None
    np.testing.assert_array_equal(again.outputs.labels, first.outputs.labels)


def test_a_worker_sees_a_whitelist_of_the_environment(
    telling: MeasuredCase, bench: BenchSettings
) -> None:
    """Only what cannot change a measurement is passed on, and threads are set."""
    seen = dict(warning.message.split("=", 1) for warning in telling.warnings)
    assert {name: seen.get(name) for name in THREAD_VARIABLES} == dict.fromkeys(
        THREAD_VARIABLES, "1"
    )
    assert "TUNECARD_SECRET" not in seen
    # The C library and the interpreter may add some of their own.
    added = seen.keys() - worker_environment(bench.environ, 1).keys()
    assert all(name.startswith(("LC_", "KMP_", "__")) for name in added)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_memory_is_the_worker_s_own(telling: MeasuredCase) -> None:
    """What a large parent holds is no part of what its worker tells of itself."""
    assert 2**25 < telling.peak_memory < LARGE


def test_where_a_worker_s_time_went(first: MeasuredCase) -> None:
    """The parts add up to its life, and those under the clock are its samples'."""
    assert first.outcome is not None
    assert sum(first.spent.values()) == pytest.approx(first.elapsed)
    assert set(first.spent) == {
        *("start", "import", "data", "clock", "around", "latency", "quality")
    }
    timed = sum(s.wall_ns for t in first.rounds for s in t.samples) / 1e9
    assert first.spent["clock"] == pytest.approx(timed)
    single = sum(sum(latency.wall_ns) for latency in first.latencies) / 1e9
    assert first.spent["latency"] >= single


def test_environment_of_a_worker() -> None:
    """Known names are kept, all others dropped, hashes and threads fixed."""
    kept = {"PATH": "/bin", "OPENBLAS_THREAD_TIMEOUT": "8"}
    theirs = {**kept, "OMP_NUM_THREADS": "7", "PYTHONPATH": "/", "X": "1"}
    made = worker_environment(theirs, 2)
    assert made == {
        **kept,
        **dict.fromkeys(THREAD_VARIABLES, "2"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


def test_arrays_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    """A folder below a regular file gives one sentence."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_arrays(tmp_path / "file" / "data", {"a": np.zeros(1)})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_worker_ends_when_its_parent_is_killed(
    bench: BenchSettings, tmp_path: Path
) -> None:
    """SIGKILL of the parent alone leaves no worker behind."""
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_PARENT), str(bench.data), str(tmp_path)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), str(HERE)]),
        },
    )
    try:
        (worker,) = _eventually(lambda: psutil.Process(parent.pid).children())
        # By then it has bound itself to its parent.
        _eventually(lambda: _has_loaded_sklearn(worker))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _eventually(lambda: not worker.is_running() or worker.status() == "zombie")


_PARENT = """
    import sys
    from pathlib import Path
    from tunecard.runner.clock.case import BenchSettings, MeasuredCase
    from tunecard.runner.clock.measure import first_pass
    from tunecard.runner.schema import ModelSpec
    from tunecard.runner.store.journal import NullCheckpoint
    data, work = map(Path, sys.argv[1:])
    bench = BenchSettings(data, work, 0, threads=1, case_seconds=60, memory=2**30)
    spec = ModelSpec(name="sleeps", estimator="hostile.Sleeps")
    case = MeasuredCase(spec, "baseline", {})
    first_pass(case, bench, NullCheckpoint(), scored=True)
"""


def _has_loaded_sklearn(worker: psutil.Process) -> bool:
    return any("sklearn" in part.path for part in worker.memory_maps())


def _eventually(told: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = told()
        if answer:
            return answer
        time.sleep(0.05)
    pytest.fail("it did not happen within 60 s")
