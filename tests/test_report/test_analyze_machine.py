"""Latency of calls on few rows, and how steady the machine was."""

import dataclasses

import numpy as np
import pytest

from tests.builders import KNN, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.machine import kernel, latencies
from tunecard.runner.schema import Calibration, Latency


def latency(batch: int, milliseconds: list[int]) -> Latency:
    """Calls of so many milliseconds."""
    return Latency(batch=batch, wall_ns=tuple(ms * 10**6 for ms in milliseconds))


def test_a_batch_has_its_median_and_rows_a_second() -> None:
    """32 rows in 4 ms are 8,000 a second, in whatever order the calls came."""
    (found,) = latencies([latency(32, [9, 4, 1])])
    assert (found.batch, found.n_calls, found.median) == (32, 3, 0.004)
    assert found.rows_per_second == pytest.approx(8_000)


@pytest.mark.parametrize(
    ("n_calls", "p95", "p99"),
    [(59, None, None), (60, 0.057, None), (299, 0.285, None), (300, 0.285, 0.297)],
)
def test_percentiles_need_three_calls_beyond_them(
    n_calls: int, p95: float | None, p99: float | None
) -> None:
    """Nearest rank: a call that was really that slow."""
    (found,) = latencies([latency(1, list(range(1, n_calls + 1)))])
    assert (found.p95, found.p99) == (p95, p99)


def test_percentiles_are_numpys_of_the_empirical_distribution() -> None:
    """Definition 1 of Hyndman and Fan."""
    wall = np.random.default_rng(0).integers(10**6, 10**8, 500)
    (found,) = latencies([Latency(batch=1, wall_ns=tuple(int(ns) for ns in wall))])
    expected = np.quantile(wall / 1e9, [0.95, 0.99], method="inverted_cdf")
    assert (found.p95, found.p99) == pytest.approx(tuple(expected))


def test_batches_are_told_from_the_smallest_and_empty_ones_left_out() -> None:
    """A batch without a call has nothing to tell."""
    found = latencies([latency(1_000, [5]), latency(32, []), latency(1, [1])])
    assert [one.batch for one in found] == [1, 1_000]


def test_a_clock_that_read_0_gives_no_rate() -> None:
    """Rather than an infinite one."""
    assert latencies([latency(1, [0])])[0].rows_per_second is None


def test_the_kernels_drift_is_its_slowest_over_its_fastest() -> None:
    """Wherever in the run they were."""
    found = kernel(
        [
            Calibration(moment=moment, sgemm_ns=sgemm, copy_ns=copy)
            for moment, sgemm, copy in (
                ("start", 110, 40),
                ("round 1", 100, 50),
                ("round 2", 120, 40),
            )
        ]
    )
    assert found is not None
    assert found.sgemm_drift == pytest.approx(0.2)
    assert found.copy_drift == pytest.approx(0.25)
    assert [one.moment for one in found.moments] == ["start", "round 1", "round 2"]
    assert found.moments[0].sgemm == pytest.approx(110e-9)


def test_both_stand_in_the_analysis() -> None:
    """A case has its latencies, the run its kernel; None where it was not timed."""
    case = {"knn/baseline": {"latencies": (latency(1, [1, 2, 3]),)}}
    run = make_run(models=(KNN,), case=case)
    timed = Calibration(moment="start", sgemm_ns=10, copy_ns=10)
    results = run.results.model_copy(update={"calibrations": (timed,)})
    found = analyze(dataclasses.replace(run, results=results))
    assert found.kernel is not None
    assert found.cases[0].latencies[0].median == 0.002
    assert found.cases[1].latencies == ()
    assert analyze(run).kernel is None
