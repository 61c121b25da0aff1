"""What more rounds would cost, and how small a difference they would show."""

import math

from tunecard.report.analyze.types import MoreRounds, TimeComparison
from tunecard.report.stats.ratios import LEAST_FLOOR
from tunecard.report.stats.rounds import typical_half_width
from tunecard.runner.schema import Results

#: A run has no more rounds than this: ``tunecard.runner.clock.timing.MAX_ROUNDS``.
MOST_ROUNDS = 10


def more_rounds(results: Results) -> MoreRounds | None:
    """Return the budget for a whole run that gives as many rounds as there can be.

    Workers' lives, imports and the passes of round 1 included, are an upper bound of
    what a round costs. What else there is, the searches above all, comes to it.

    Parameters
    ----------
    results : Results
        A run with or without timings.

    Returns
    -------
    MoreRounds or None
        None where nothing was timed, or the run has had that many.
    """
    cases = [case for case in results.cases if case.status == "ok" and case.timings]
    n_rounds = max((timed.round for case in cases for timed in case.timings), default=0)
    if not 0 < n_rounds < MOST_ROUNDS:
        return None
    lives = sum(case.elapsed or 0.0 for case in cases)
    searched = sum(search.wall_seconds or 0.0 for search in results.searches)
    # A resumed run records the wall time of its last sitting only.
    other = max(results.wall_seconds - lives, searched)
    return MoreRounds(MOST_ROUNDS, MOST_ROUNDS * lives / n_rounds + other)


def shown_by(time: TimeComparison, n_rounds: int) -> float | None:
    """Return about how large a difference must be for so many rounds to show it.

    The interval's half-width shrinks as that of normal rounds typically does.

    Parameters
    ----------
    time : TimeComparison
        What was measured.
    n_rounds : int
        At least 2.

    Returns
    -------
    float or None
        A share (0.05 = 5 %), at least the least noise floor; for the measured
        number of rounds what these rounds show. None under 2 measured rounds.
    """
    if time.detectable is None or time.n_rounds < 2:
        return None
    here, there = (typical_half_width(n, time.n_calls) for n in (time.n_rounds, n_rounds))
    half = math.expm1(math.log1p(time.detectable) * there / here)
    return max(half, LEAST_FLOOR)
