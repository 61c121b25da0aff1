"""A disk that is full: what is not written is reported. `test_kill.py` fills a disk."""

import os
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.builders import KNN, make_run
from tunecard.report.render import render
from tunecard.runner.clock import measure, room
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.jobs import Outcome
from tunecard.runner.clock.measure import first_pass
from tunecard.runner.errors import OutputError
from tunecard.runner.processes.process import Ended
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, write_file
from tunecard.runner.store.journal import Journal


@pytest.mark.parametrize(
    "reason",
    ["OSError: [Errno 28] No space left on device", "OSError: 900 requested and 0 written"],
)
def test_a_round_without_room_is_no_failed_round(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker could not write is told as that, not noted as its case's failure."""

    def full(folder: Path, *_: object, **__: object) -> Ended:
        outcome = Outcome(status="failed", reason=reason)
        write_file(folder / "outcome.json", outcome.model_dump_json())
        return Ended("ok", peak_memory=0)

    monkeypatch.setattr(measure, "run_worker", full)
    monkeypatch.setattr(room, "_has_room", lambda *_: False)
    case = MeasuredCase(ModelSpec(name="m", estimator="sklearn.svm.SVC"), "baseline", {})
    bench = BenchSettings(
        data=tmp_path,
        work=tmp_path,
        seed=0,
        threads=1,
        case_seconds=1.0,
        memory=2**30,
    )
    with (
        Journal(tmp_path, {}) as journal,
        pytest.raises(OutputError, match=r"OSError: .*make space and run"),
    ):
        first_pass(case, bench, journal, scored=True)
    with Journal(tmp_path, {}) as journal:
        assert dict(journal.done) == {}


@pytest.fixture
def little_room() -> Iterator[None]:
    """Let no file of this process grow beyond 50 kB: a page is larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_a_page_is_rendered_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the page does not fit, the one before stays, and nothing half-written."""
    (tmp_path / "report.html").write_text("the page before", "utf-8")
    run = make_run(models=(KNN,), n_test=40, rounds=1)
    with pytest.raises(OutputError, match=r"report\.html: cannot be written \(File too"):
        render(replace(run, folder=tmp_path), tmp_path)
    assert (tmp_path / "report.html").read_text("utf-8") == "the page before"
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208 # hidden files count


@pytest.mark.usefixtures("little_room")
def test_arrays_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """The workers' data needs room, too."""
    with pytest.raises(OutputError, match=r"requested and .*enough space"):
        write_arrays(tmp_path / "data", {"X": np.zeros(50_000)})
