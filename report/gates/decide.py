"""A limit and an interval -> the status of a gate. Every rule of a decision stands here."""

import math

from tunecard.report.gates.types import Kind, Status
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import Gate

#: Two ends this close are equal: the rest is floating point's.
_EQUAL = 1e-12
#: Exit codes, the weightiest first: a gate failed, a case is not ok, a gate is open.
EXIT_GATE_FAILED, EXIT_NOT_OK, EXIT_UNDECIDED = 4, 5, 6


def allowed(gate: Gate, kind: Kind) -> tuple[float, float]:
    """Return the values that a gate allows, both ends included.

    Examples
    --------
    >>> low, high = allowed(Gate(model="m", time="fit", within=0.25), "ratio")
    >>> low, high
    (0.8, 1.25)
    """
    name, limit = gate.limit
    if name == "at_least":
        return limit, math.inf
    if name == "at_most":
        return -math.inf, limit
    if kind == "ratio":
        return 1 / (1 + limit), 1 + limit
    return -limit, limit


def decide(interval: Interval, low: float, high: float) -> tuple[Status, float, float]:
    """Decide where an interval lies.

    Parameters
    ----------
    interval : Interval
        Of what was observed.
    low, high : float
        What is allowed.

    Returns
    -------
    status : str
        ``passed``: all of the interval is allowed; ``failed``: none of it;
        ``inconclusive``: a part.
    bound : float
        The end of the interval that decided.
    slack : float
        How far it lies within what is allowed; below 0: beyond.

    Examples
    --------
    >>> decide(Interval(0.96, 0.98), 0.95, 1.0)[0]
    'passed'
    """
    inner = min((interval.low - low, interval.low), (high - interval.high, interval.high))
    if inner[0] >= -_EQUAL:
        return "passed", inner[1], max(inner[0], 0.0)
    if interval.high < low - _EQUAL:
        return "failed", interval.high, interval.high - low
    if interval.low > high + _EQUAL:
        return "failed", interval.low, high - interval.low
    return "inconclusive", inner[1], inner[0]


def exit_code(*, red: bool, not_ok: bool, undecided: bool) -> int:
    """Return the exit code of a finished run; the weightiest reason wins.

    Parameters
    ----------
    red : bool
        Whether a gate failed, or had nothing measured.
    not_ok : bool
        Whether a case is not ok.
    undecided : bool
        Whether a gate that requires a decision is inconclusive.

    Examples
    --------
    >>> exit_code(red=True, not_ok=True, undecided=True)
    4
    """
    if red:
        return EXIT_GATE_FAILED
    if not_ok:
        return EXIT_NOT_OK
    return EXIT_UNDECIDED if undecided else 0
