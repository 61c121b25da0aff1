"""Rounds, inner loops and the clock: raw samples from a clock that is passed in.

Only the call itself lies between two readings of the clock. What is counted,
how often a call is repeated and how many rounds there are is decided here, by
pure functions; nothing here depends on what a model is.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

LOOP_NS = 100_000_000  # a shorter call is looped until one reading spans this
LONG_NS = 2_000_000_000  # a call from here on is warmed on a few rows, counted once
SHORT_CALLS = 5  # counted readings a round of a looped call
MEDIUM_CALLS = 3  # counted readings a round of a call between the two limits
WARM_ROWS = 1_000
MIN_ROUNDS, MAX_ROUNDS = 3, 10

BATCHES = (1, 32, 1_000)  # rows of a call whose latency is taken
LATENCY_CALLS = 300  # enough for a 99th percentile
LATENCY_NS = 5_000_000_000  # or as many as this time holds

T = TypeVar("T")
Item = TypeVar("Item")


class Clock(Protocol):
    """Wall and CPU time of this process, in integer nanoseconds."""

    def wall_ns(self) -> int:
        """Read the wall clock."""
        ...

    def cpu_ns(self) -> int:
        """Read the CPU time of all threads of this process."""
        ...


class Reading(NamedTuple):
    """Wall and CPU nanoseconds of `loops` calls."""

    wall_ns: int
    cpu_ns: int
    loops: int


class Repeats(NamedTuple):
    """How one operation is repeated within a round.

    Attributes
    ----------
    calls : int
        Counted readings.
    loops : int
        Calls in one reading.
    warm_rows : int
        Rows of the untimed warm-up call; 0 where the warm-up is a whole call.
    """

    calls: int
    loops: int
    warm_rows: int


def read(call: Callable[[], T], clock: Clock, loops: int = 1) -> tuple[Reading, T]:
    """Time `loops` calls as one reading.

    Parameters
    ----------
    call : callable
        What to time, without arguments.
    clock : Clock
        Where the time comes from.
    loops : int
        Calls between the two readings of the clock.

    Returns
    -------
    Reading, object
        The time, and what the last call returned.
    """
    cpu = clock.cpu_ns()
    wall = clock.wall_ns()
    for _ in range(loops):
        value = call()
    wall = clock.wall_ns() - wall
    cpu = clock.cpu_ns() - cpu
    return Reading(wall, cpu, loops), value


def repeats(cost_ns: int) -> Repeats:
    """Decide how a call that takes `cost_ns` is repeated within a round.

    Examples
    --------
    >>> repeats(20_000_000)
    Repeats(calls=5, loops=5, warm_rows=0)
    >>> repeats(12_000_000_000)
    Repeats(calls=1, loops=1, warm_rows=1000)
    """
    if cost_ns >= LONG_NS:
        return Repeats(1, 1, WARM_ROWS)
    if cost_ns >= LOOP_NS:
        return Repeats(MEDIUM_CALLS, 1, 0)
    return Repeats(SHORT_CALLS, math.ceil(LOOP_NS / max(cost_ns, 1)), 0)


def rounds(budget: float, first_round: float) -> int:
    """Decide the number of rounds from the cost of the first, before the second.

    Parameters
    ----------
    budget, first_round : float
        Seconds for all rounds, and the seconds the first one took.

    Returns
    -------
    int
        ``clip(floor(budget / first_round), 3, 10)``.

    Examples
    --------
    >>> rounds(180.0, 50.0), rounds(10.0, 50.0), rounds(180.0, 0.5)
    (3, 3, 10)
    """
    return int(min(max(budget / max(first_round, 1e-9), MIN_ROUNDS), MAX_ROUNDS))


def order(items: Sequence[Item], round_number: int, seed: int) -> tuple[Item, ...]:
    """Order the cases of a round: drawn by seed, and reversed every second round.

    The reversal lets a slow drift of the machine fall on each case in equal
    parts, instead of always on the same one.
    """
    drawn = list(items)
    random.Random(f"{seed}/{(round_number - 1) // 2}").shuffle(drawn)  # noqa: S311 # no secret
    return tuple(drawn if round_number % 2 else reversed(drawn))
