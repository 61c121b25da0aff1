"""Rounds, inner loops and the clock: raw samples from a clock that is passed in.

Only the call itself lies between two readings of the clock. What is counted,
how often a call is repeated and how many rounds there are is decided here, by
pure functions; nothing here depends on what a model is.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

LOOP_NS = 100_000_000  # a shorter call is looped, until a reading spans at most this
PILOT_NS = 10_000_000  # what a reading of the pilot spans, and a counted one at least
PILOT_CALLS = 5  # readings of the pilot
# Relative standard error within a round that a looped call's readings aim at: a quarter
# of the smallest noise floor between rounds that a report assumes.
PRECISION = 0.005
LONG_NS = 2_000_000_000  # a call from here on is warmed on a few rows, counted once
SHORT_CALLS = 5  # counted readings a round of a looped call
MEDIUM_CALLS = 3  # counted readings a round of a call between the two limits
WARM_ROWS = 1_000
MIN_ROUNDS, MAX_ROUNDS = 3, 10

BATCHES = (1, 32, 1_000)  # rows of a call whose latency is taken
LATENCY_CALLS = 300  # enough for a 99th percentile
LATENCY_NS = 1_000_000_000  # or as many as this time holds
CUT = 2  # times LOOP_NS: the longest that a loop of short calls may become
_CHECKS = 16  # looks at the clock within a loop, each under 100 ns

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
    cost_ns : int
        What one call took when this was planned; 0 where it is unknown.
    """

    calls: int
    loops: int
    warm_rows: int
    cost_ns: int = 0

    @property
    def seconds(self) -> float:
        """Seconds that all counted readings of a round take."""
        return self.calls * self.loops * self.cost_ns / 1e9


def read(
    call: Callable[[], T], clock: Clock, loops: int = 1, most_ns: float = math.inf
) -> tuple[Reading, T]:
    """Time `loops` calls as one reading.

    Parameters
    ----------
    call : callable
        What to time, without arguments.
    clock : Clock
        Where the time comes from.
    loops : int
        Calls between the two readings of the clock.
    most_ns : float
        A loop that has lasted longer ends early: the machine has slowed down.

    Returns
    -------
    Reading, object
        The time, of how many calls, and what the last call returned.
    """
    done, step = 0, -(-loops // _CHECKS)
    cpu = clock.cpu_ns()
    begin = clock.wall_ns()
    while True:
        step = min(step, loops - done)
        for _ in range(step):
            value = call()
        done += step
        wall = clock.wall_ns() - begin
        if done == loops or wall > most_ns:
            break
    cpu = clock.cpu_ns() - cpu
    return Reading(wall, cpu, done), value


def repeats(cost_ns: int, spread: float = math.inf) -> Repeats:
    """Decide how a call that takes `cost_ns` is repeated within a round.

    A call from 2 s on is counted once, one from 0.1 s on three times. Five readings of a
    shorter call span between 10 and 100 ms each: as long as the standard error of their
    median, by the pilot's spread, needs to be `PRECISION` of it. Independent calls are
    assumed, so that the variance of a reading falls with what it spans; the median's is
    pi/2 of the mean's.

    Parameters
    ----------
    cost_ns : int
        Nanoseconds of a call.
    spread : float
        Relative standard deviation of the pilot's readings; where there was no pilot the
        longest readings are taken.

    Examples
    --------
    >>> repeats(1_000_000)[:3], repeats(1_000_000, spread=0.001)[:3]
    ((5, 100, 0), (5, 10, 0))
    >>> repeats(12_000_000_000)[:3]
    (1, 1, 1000)
    """
    if cost_ns >= LONG_NS:
        return Repeats(1, 1, WARM_ROWS, cost_ns)
    if cost_ns >= LOOP_NS:
        return Repeats(MEDIUM_CALLS, 1, 0, cost_ns)
    needed = PILOT_NS * math.pi / 2 / SHORT_CALLS * (spread / PRECISION) ** 2
    span = min(max(needed, PILOT_NS), LOOP_NS)
    return Repeats(SHORT_CALLS, math.ceil(span / max(cost_ns, 1)), 0, cost_ns)


def pilot_loops(cost_ns: int) -> int:
    """Return the calls in a reading of the pilot."""
    return math.ceil(PILOT_NS / max(cost_ns, 1))


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
