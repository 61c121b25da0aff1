"""What the harness itself adds to a time: a known sleep, and a bare clock beside it."""

import statistics
import time
from typing import Any

import numpy as np
import pytest

from runner import timing
from runner.bench import ProcessClock

PAIRS = 30


@pytest.mark.benchmark(group="harness")
def test_a_sleep_of_50_ms(benchmark: Any) -> None:
    """One reading of a call that takes 50 ms; its median is the figure to look at."""
    benchmark.pedantic(
        lambda: timing.read(lambda: time.sleep(0.05), ProcessClock()), rounds=20
    )


@pytest.mark.benchmark(group="harness")
def test_overhead_beside_a_bare_clock(benchmark: Any) -> None:
    """Interleaved pairs of a 100 ms call: the harness against a bare perf_counter_ns.

    The relative overhead and its upper 95 % bound (paired t over the pairs) stand
    in the benchmark's extra_info.
    """
    rng = np.random.default_rng(0)
    a = rng.random((700, 700))

    def call() -> None:
        end = time.perf_counter_ns() + 100_000_000
        while time.perf_counter_ns() < end:
            np.dot(a[:50], a)

    def pair() -> float:
        start = time.perf_counter_ns()
        call()
        bare = time.perf_counter_ns() - start
        return timing.read(call, ProcessClock())[0].wall_ns / bare - 1

    overheads = benchmark.pedantic(lambda: [pair() for _ in range(PAIRS)], rounds=1)
    mean = statistics.fmean(overheads)
    error = statistics.stdev(overheads) / PAIRS**0.5
    benchmark.extra_info["overhead"] = mean
    benchmark.extra_info["upper 95 % bound"] = mean + 1.699 * error
