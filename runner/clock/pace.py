"""How much longer than planned the calls of a round may take, within a budget."""

from collections.abc import Callable, Iterable

from tunecard.runner.clock import timing
from tunecard.runner.clock.case import MeasuredCase
from tunecard.runner.clock.jobs import SLACK

LEAST = 1e-3  # of its plan an operation may take at least: one reading
_NEAR = 1.1  # times the budget, up to which a round that was planned is begun


class Pace:
    """The ceiling over the rounds: how much longer than planned calls may take.

    Parameters
    ----------
    budget : float
        Seconds for all rounds.
    clock : callable
        Seconds.
    """

    def __init__(self, budget: float, clock: Callable[[], float]) -> None:
        self._budget, self._clock, self._begin = budget, clock, clock()
        self._last: float | None = None
        self._around: float | None = None

    def slack(self, cases: Iterable[MeasuredCase], number: int, n_rounds: int) -> float:
        """Return how many times its planned seconds a counted call of a round may take.

        What is left is shared out evenly over the rounds that will still fit, of which
        there are as many as a run has at least; starts, warm-ups and the kernel take what
        they took in the round before, or in the first pass.
        """
        ok = [case for case in cases if case.status == "ok"]
        planned = sum(_planned(case) for case in ok)
        around = self._around
        if around is None:
            around = sum(case.elapsed - _cold(case) for case in ok)
        left = self._budget - (self._clock() - self._begin)
        fit = n_rounds if self._last is None else int(left / max(self._last, 1e-9))
        to_go = min(n_rounds - number + 1, max(fit, timing.MIN_ROUNDS - number + 1, 1))
        return min(max((left / to_go - around) / max(planned, 1e-9), LEAST), SLACK)

    def note(self, seconds: float, cases: Iterable[MeasuredCase], number: int) -> None:
        """Note what a round took, and how much of it was not under the clock."""
        counted = sum(
            sample.wall_ns / 1e9
            for case in cases
            for timed in case.rounds
            if timed.round == number
            for sample in timed.samples
            if not sample.cold
        )
        self._last, self._around = seconds, max(seconds - counted, 0.0)

    def has_room(self) -> bool:
        """Return whether one more round, as long as the last, stays near the budget."""
        spent = self._clock() - self._begin
        return spent + (self._last or 0.0) <= _NEAR * self._budget


def _planned(case: MeasuredCase) -> float:
    timed = case.first.timed if case.first else ()
    return sum(operation.repeats.seconds for operation in timed)


def _cold(case: MeasuredCase) -> float:
    timed = case.first.timed if case.first else ()
    return sum(sample.wall_ns for item in timed for sample in item.samples) / 1e9
