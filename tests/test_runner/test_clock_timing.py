"""Timing: a fake clock, the plan of a round, and the order of the cases."""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.runner.clock import timing
from tunecard.runner.clock.timing import Repeats


class FakeClock:
    """A clock that moves only when a call is made."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0
        self.reads: list[str] = []

    def wall_ns(self) -> int:
        """Read the wall clock."""
        self.reads.append("wall")
        return self.wall

    def cpu_ns(self) -> int:
        """Read the CPU clock."""
        self.reads.append("cpu")
        return self.cpu


def test_reading_spans_the_calls_alone() -> None:
    """A reading of 3 calls of 5 s wall and 7 s CPU is 15 s and 21 s."""
    clock = FakeClock()
    answers = iter("abc")

    def call() -> str:
        clock.wall += 5
        clock.cpu += 7
        return next(answers)

    reading, value = timing.read(call, clock, loops=3)
    assert (reading.wall_ns, reading.cpu_ns, reading.loops) == (15, 21, 3)
    assert value == "c"


def test_the_wall_clock_is_read_next_to_the_call() -> None:
    """Nothing but the call lies between the two readings of the wall clock."""
    clock = FakeClock()
    timing.read(lambda: clock.reads.append("call"), clock)
    assert clock.reads == ["cpu", "wall", "call", "wall", "cpu"]


def test_a_loop_ends_early_where_the_machine_slows() -> None:
    """160 calls that were to take 0.1 s take 10 ms each: the loop is cut after 20."""
    clock = FakeClock()

    def call() -> None:
        clock.wall += 10_000_000

    reading, _ = timing.read(call, clock, loops=160, most_ns=190_000_000)
    assert reading == (200_000_000, 0, 20)


@pytest.mark.parametrize(
    ("cost_ns", "expected"),
    [
        (0, Repeats(5, 100_000_000, 0)),
        (1_000_000, Repeats(5, 100, 0, 1_000_000)),
        (99_999_999, Repeats(5, 2, 0, 99_999_999)),
        (100_000_000, Repeats(3, 1, 0, 100_000_000)),
        (1_999_999_999, Repeats(3, 1, 0, 1_999_999_999)),
        (2_000_000_000, Repeats(1, 1, 1000, 2_000_000_000)),
        (60_000_000_000, Repeats(1, 1, 1000, 60_000_000_000)),
    ],
)
def test_repeats_by_cost(cost_ns: int, expected: Repeats) -> None:
    """Under 100 ms calls are looped, from 2 s on warmed on 1,000 rows and counted once."""
    assert timing.repeats(cost_ns) == expected


@given(st.integers(1, timing.LOOP_NS - 1))
def test_a_looped_reading_spans_100_ms(cost_ns: int) -> None:
    """Where nothing is known of its spread, the loop is just long enough."""
    plan = timing.repeats(cost_ns)
    assert plan.loops * cost_ns >= timing.LOOP_NS > (plan.loops - 1) * cost_ns


@pytest.mark.parametrize("spread", [0.002, 0.01, 0.02])
def test_readings_are_as_long_as_their_precision_needs(spread: float) -> None:
    """Their simulated median errs by half a percent; shorter ones would by more."""
    cost = 1_000_000  # ns: a reading of the pilot is 10 calls
    plan = timing.repeats(cost, spread)
    rng = np.random.default_rng(0)

    def error(loops: int) -> float:
        of_a_call = spread * math.sqrt(10)
        calls = rng.normal(1, of_a_call, (4_000, plan.calls, loops))
        return float(np.median(calls.mean(axis=2), axis=1).std())

    assert error(plan.loops) < 0.00505
    assert plan.loops == 10 or error(plan.loops * 2 // 3) > 0.005


def test_a_noisy_call_is_looped_for_100_ms_at_most() -> None:
    """No spread makes a reading longer than it was before there was a pilot."""
    assert timing.repeats(1_000_000, spread=10.0).loops == 100


@pytest.mark.parametrize(
    ("budget", "first", "expected"),
    [(180, 60, 3), (180, 40, 4), (180, 39.9, 4), (1, 60, 3), (180, 1, 10), (180, 0, 10)],
)
def test_rounds_fill_the_budget(budget: float, first: float, expected: int) -> None:
    """As many rounds as the budget holds, at least 3 and at most 10."""
    assert timing.rounds(budget, first) == expected


def test_a_boundless_budget_is_no_error() -> None:
    """A budget whose quotient no float holds still makes 10 rounds."""
    assert timing.rounds(1e305, 0.0) == 10


CASES = ("a", "b", "c", "d")


def orders(seed: int, n: int) -> Iterator[tuple[str, ...]]:
    """Give the orders of the first rounds."""
    return (timing.order(CASES, number, seed) for number in range(1, n + 1))


@given(st.integers(0, 2**32 - 1))
def test_two_rounds_put_each_case_in_mirrored_places(seed: int) -> None:
    """Rounds 1 and 2 mirror each other, so a steady drift falls on all alike."""
    first, second, third, fourth = orders(seed, 4)
    assert second == first[::-1]
    assert fourth == third[::-1]
    assert sorted(first) == sorted(third) == list(CASES)


def test_places_are_balanced_over_rounds() -> None:
    """Over an even number of rounds, every case has the same mean place."""
    total: Counter[str] = Counter()
    for order in orders(3, 10):
        total.update({case: place for place, case in enumerate(order)})
    assert set(total.values()) == {15}  # 10 rounds x mean place 1.5


def test_order_is_the_seeds() -> None:
    """The same seed gives the same order, and others give others."""
    assert list(orders(1, 6)) == list(orders(1, 6))
    assert len({tuple(orders(seed, 6)) for seed in range(20)}) > 15
