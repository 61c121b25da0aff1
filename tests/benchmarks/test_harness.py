"""What the harness itself adds to a time: a known sleep, and a bare clock beside it.

The figures stand in the benchmarks' extra_info, in the printed summary and in the
saved JSON; nothing here is a timed assertion.
"""

import hashlib
import math
import statistics
import time
from typing import Any, Self

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin

from tunecard.runner.clock import timing
from tunecard.runner.clock.bench import Bench
from tunecard.runner.clock.jobs import Job
from tunecard.runner.clock.timing import Repeats
from tunecard.runner.schema import ModelSpec

PAIRS = 40
ONE_CALL = Repeats(calls=1, loops=1, warm_rows=timing.WARM_ROWS)
ROWS = np.zeros((timing.WARM_ROWS + 1, 1), dtype=np.float32)  # a warm-up has one less


class Sleeps(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # they have no types
    """Predicts after 50 ms of sleep."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002 # as scikit-learn
        """Learn nothing."""
        return self

    def predict(self, X: Any) -> Any:
        """Sleep, but for a warm-up."""
        if len(X) == len(ROWS):
            time.sleep(0.05)
        return np.zeros(len(X))


class Works(Sleeps):
    """Does the same work each time: about 100 ms of hashing, in one thread."""

    BLOCK = bytes(1 << 20)

    def __init__(self, blocks: int = 1) -> None:
        self.blocks = blocks

    def predict(self, X: Any) -> Any:
        """Hash so many blocks, but for a warm-up."""
        digest = hashlib.sha256()
        for _ in range(self.blocks if len(X) == len(ROWS) else 1):
            digest.update(self.BLOCK)
        return np.zeros(len(X))


def harness() -> Bench:
    """Make the part of a worker that times, with one call a sample."""
    return Bench(
        Job(
            data="",
            model=ModelSpec(name="m", estimator="sklearn.dummy.DummyClassifier"),
            params={},
            seed=0,
            repeats={"predict": ONE_CALL},
            memory=2**30,
        )
    )


def measured(model: Any) -> float:
    """Return the seconds that the harness tells of one call."""
    bench = harness()
    bench.predict(model, ROWS)
    # The first, where others used the machine and it was taken once more.
    return bench.timed[0].samples[0].wall_ns / 1e9


def bare(model: Any) -> float:
    """Return the seconds that a clock around the same call tells."""
    start = time.perf_counter_ns()
    model.predict(ROWS)
    return (time.perf_counter_ns() - start) / 1e9


@pytest.mark.benchmark(group="harness")
def test_a_sleep_of_50_ms(benchmark: Any) -> None:
    """What the harness tells of a call that takes 50 ms, 20 times."""
    model = Sleeps()
    told = benchmark.pedantic(lambda: [measured(model) for _ in range(20)], rounds=1)
    median = statistics.median(told)
    benchmark.extra_info["median, ms"] = 1000 * median
    benchmark.extra_info["off by"] = median / 0.05 - 1


@pytest.mark.benchmark(group="harness")
def test_overhead_beside_a_bare_clock(benchmark: Any) -> None:
    """Interleaved pairs of the same 100 ms of work: harness and bare perf_counter_ns.

    Who goes first alternates. The overhead is the median of the pairs' log ratios;
    its upper 95 % bound is that of the sign test, which no single disturbed pair
    moves. Student's t over all pairs stands beside it.
    """
    once = bare(Works(20)) / 20
    model = Works(max(round(0.1 / once), 1))

    def pair(number: int) -> float:
        if number % 2:
            ours, theirs = measured(model), bare(model)
        else:
            theirs, ours = bare(model), measured(model)
        return math.log(ours / theirs)

    ratios = benchmark.pedantic(lambda: [pair(n) for n in range(PAIRS)], rounds=1)
    # The k-th smallest is above the median with 95 %: a binomial of one half.
    rank = int(stats.binom.ppf(0.95, PAIRS, 0.5))
    error = statistics.stdev(ratios) / PAIRS**0.5
    t = float(stats.t.ppf(0.95, PAIRS - 1))
    benchmark.extra_info["pairs"] = PAIRS
    benchmark.extra_info["overhead, median"] = math.expm1(statistics.median(ratios))
    benchmark.extra_info["upper 95 % bound"] = math.expm1(sorted(ratios)[rank])
    benchmark.extra_info["overhead, mean"] = math.expm1(statistics.fmean(ratios))
    benchmark.extra_info["upper 95 % bound of the mean"] = math.expm1(
        statistics.fmean(ratios) + t * error
    )
