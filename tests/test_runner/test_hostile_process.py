"""Estimators that harm their process: a case is measured, or fails with a reason."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.processes import wait_until_gone
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.measure import first_pass, run_round
from tunecard.runner.errors import OutputError
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec
from tunecard.runner.store.journal import NullCheckpoint

pytestmark = pytest.mark.usefixtures("forked")

HERE = Path(__file__).parent

# Estimators, with the status of each and the beginning of its reason.
HARMS = {
    "StopsClocks": ("ok", ""),
    "TurnsClocksBack": ("ok", ""),
    "LeavesFolder": ("ok", ""),
    "ClosesOutput": ("ok", ""),
    "ClosesStreams": ("ok", ""),
    "CrashesAtExit": ("ok", ""),
    "FailsAtExit": ("ok", ""),
    "CountsOddly": ("ok", ""),
    "LeavesProcess": ("ok", ""),
    "LeavesThread": ("timeout", "ran longer than limits.case_seconds = 8 s"),
    "RemovesWorkFolder": ("failed", "worker ended with code 1: FileNotFoundError"),
    "ForgesOutcome": ("failed", "its worker's outcome.json is not what a worker writes"),
    "OpensNothing": ("failed", "worker ended with code 1: OSError: [Errno 24] Too many"),
    "ReplacesOpen": ("failed", "PermissionError: no files here"),
    "SavesNothing": ("failed", "its predictions were removed"),
    "RaisesSpeechless": ("failed", "Speechless: its message cannot be made"),
    "RaisesBase": ("failed", "BaseException: not an exception"),
    "AlarmsItself": ("killed", "ended by SIGALRM"),
    "RaisesInterrupt": ("failed", "KeyboardInterrupt"),
    "ExitsQuietly": ("failed", "SystemExit"),
    "Recurses": ("failed", "RecursionError: maximum recursion depth exceeded"),
    "EatsMemory": ("oom", "needed more than limits.memory = 1 GiB"),
    "FillsOutput": ("ok", ""),
    "ChangesRows": ("failed", "ValueError: assignment destination is read-only"),
    "IgnoresTermination": ("timeout", "ran longer than limits.case_seconds = 8 s"),
    "StopsItself": ("timeout", "ran longer than limits.case_seconds = 8 s"),
    "ForksItself": ("ok", ""),
    "LimitsFiles": (
        "failed",
        "worker ended with code 1: OSError: [Errno 27] File too large",
    ),
    "ClosesEverything": ("ok", ""),
    "EmptiesModules": ("failed", ""),
    "HoldsLock": ("ok", ""),
    "ReplacesNumPy": ("failed", ""),
}


@pytest.fixture
def bench(tmp_path: Path) -> BenchSettings:
    """Give a bench with 60 training and 40 test rows of the digits."""
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    arrays = {"X_train": X[:60], "y_train": y[:60], "X_test": X[60:100]}
    write_arrays(
        tmp_path / "data",
        {**arrays, "train_rows": np.arange(0, 60, 2), "classes": np.arange(10)},
    )
    return BenchSettings(
        data=tmp_path / "data",
        work=tmp_path,
        seed=0,
        threads=1,
        case_seconds=600.0,
        memory=2**30,
        path=(*sys.path, str(HERE)),
    )


def case(name: str, bench: BenchSettings) -> MeasuredCase:
    """Make a case of one of the estimators."""
    spec = ModelSpec(name=name.lower(), estimator=f"hostile_process.{name}")
    return MeasuredCase(spec, "baseline", {"place": str(bench.work)})


def passed(start: MeasuredCase, bench: BenchSettings) -> MeasuredCase:
    """Run the first pass of a case."""
    return first_pass(start, bench, NullCheckpoint(), scored=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMS)
def test_harm_stays_with_its_case(name: str, bench: BenchSettings) -> None:
    """Status and reason are clear, times are possible, and no process is left."""
    status, reason = HARMS[name]
    limited = replace(bench, case_seconds=8.0) if status == "timeout" else bench
    ended = passed(case(name, bench), limited)
    assert ended.status == status, (ended.reason, ended.stderr_tail)
    assert (ended.reason or "").startswith(reason)
    assert 0 < ended.elapsed < 600
    for timed in ended.first.timed if ended.first else ():
        assert all(sample.wall_ns > 0 for sample in timed.samples)
        if timed.operation == "fit":  # it sleeps 10 ms
            assert all(s.wall_ns / s.loops > 9_000_000 for s in timed.samples)
    if status == "ok":
        assert ended.outputs is not None
        np.testing.assert_array_equal(ended.outputs.labels, np.zeros(40))
    note = bench.work / "started"
    if note.exists():
        wait_until_gone(*map(int, note.read_text("utf-8").split()))


def test_rows_that_were_removed_end_the_run_with_its_work_kept(
    bench: BenchSettings,
) -> None:
    """Where the rows of all cases are gone, no case is recorded as failed for it."""
    for file in bench.data.iterdir():
        file.unlink()
    bench.data.rmdir()
    with pytest.raises(OutputError, match=r"rows were removed .* to resume"):
        passed(case("Harmless", bench), bench)
    assert not list(bench.work.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Guesses", "Harmless"])
def test_rows_that_another_fit_predicts_otherwise_are_counted(
    name: str, bench: BenchSettings
) -> None:
    """The round with the most counts; a model that does not draw has 0."""
    ended = passed(case(name, bench), bench)
    assert ended.n_changed_rows is None
    counts = []
    for number in (1, 2):
        ended = run_round(ended, number, 0, bench)
        labels = np.load(bench.work / f"{name.lower()}-baseline-{number}" / "y_pred.npy")
        assert ended.outputs is not None
        counts.append(int(np.count_nonzero(labels != ended.outputs.labels)))
    assert ended.n_changed_rows == max(counts)
    assert (max(counts) > 0) == (name == "Guesses")
