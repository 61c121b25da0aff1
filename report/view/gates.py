"""The view of gates: rule, observed, margin, status, as exact as they are decided."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tunecard.report import formats
from tunecard.report.formats.digits import fixed, interval, signed
from tunecard.report.gates import GateResult, allowed
from tunecard.report.view.tables import cell, columns, row, without_empty
from tunecard.report.view.types import Row, Table, Tone
from tunecard.report.view.words import LOOKS
from tunecard.runner.schema import Gate, MetricSpec

_NOTE = (
    "A gate is decided on the ends of the interval: passed where all of it is "
    "allowed, failed where none of it is, inconclusive in between. Margin is how far the "
    "end that decides lies within the limit, in the unit of what is observed; below 0 it "
    "lies beyond."
)
_TIMES = {"fit": "time of fit", "predict": "time of predict"}
_LIMITS = {"at_least": "at least", "at_most": "at most", "within": "within"}


def rule(result: GateResult) -> str:
    """Write in words what a gate requires, its limit as the study has it.

    Examples
    --------
    ``k-nearest neighbors, tuned: accuracy at least 0.96``
    """
    gate = result.gate
    if gate.time is not None:
        what = _TIMES.get(gate.time, "time of fit + predict")
    else:
        what = result.metric.label if result.metric is not None else str(gate.metric)
    demand = _demand(gate, result.metric)
    return f"{formats.capital(result.label)}, {gate.variant}: {what} {demand}"


def _demand(gate: Gate, metric: MetricSpec | None) -> str:
    name, limit = gate.limit
    words, exact = _LIMITS[name], formats.limit(limit)
    if gate.against == "value":
        return f"{words} {exact}" + (f"{formats.SPACE}s" if gate.time else "")
    other = "the baseline" if gate.against == "baseline" else "the reference"
    if gate.time is not None:
        if name == "within":
            return f"within {formats.limit(limit, 100)}{formats.SPACE}% of {other}'s"
        return f"{words} {exact} times {other}'s"
    assert metric is not None  # it is not a time
    size = f"{formats.limit(abs(limit))} {metric.delta_unit}".rstrip()
    if metric.is_share:
        number = formats.limit(abs(limit), 100)
        size = f"{number}{formats.SPACE}{'point' if number == '1' else 'points'}"
    if name == "within":
        return f"within {size} of {other}'s"
    if limit == 0:
        return f"{words} {other}'s"
    # "At least -2 points" is written as what it allows: at most 2 points below.
    at_most = (name == "at_most") == (limit > 0)
    side = "above" if limit > 0 else "below"
    return f"at {'most' if at_most else 'least'} {size} {side} {other}'s"


def gates_table(results: Sequence[GateResult]) -> Table | None:
    """Make the table of all gates; None without any."""
    if not results:
        return None
    table = Table(
        id="table-gates",
        caption=f"What the study requires: {_counts(results)}",
        columns=columns(
            "Gate",
            "Status",
            "#Observed",
            f"#{_name_interval(results)}",
            "#Margin",
            "Remark",
        ),
        rows=tuple(_row(result) for result in results),
        note=_NOTE,
    )
    return without_empty(table)


def _counts(results: Sequence[GateResult]) -> str:
    """Count the gates by their status: ``2 passed, 1 failed``."""
    statuses = Counter(result.status for result in results)
    return ", ".join(f"{formats.count(n)} {name}" for name, n in statuses.items())


def _row(result: GateResult) -> Row:
    observed = result.observed
    ends = observed.interval
    texts = numbers(result)
    return row(
        (
            rule(result),
            cell(status_text(result), tone=tone(result)),
            cell(texts.value, observed.value),
            cell(texts.interval, ends.low if ends else None),
            cell(texts.margin, result.slack),
            formats.capital(
                "; ".join(text for text in (observed.remark, _level(result)) if text)
            ),
        )
    )


def _name_interval(results: Sequence[GateResult]) -> str:
    """Name the column of intervals, by their level where it is the same for all."""
    adjusted = any(_level(result) for result in results)
    return "Interval" if adjusted else "95 % interval"


def _level(result: GateResult) -> str:
    """Name the level of an interval that is adjusted as its verdict is."""
    ends = result.observed.interval
    if ends is None or not ends.adjusted:
        return ""
    return f"{formats.level(ends.level)} interval, as of the verdict"


def status_text(result: GateResult) -> str:
    """Write the status with its sign, and whether an undecided one fails the run."""
    text = f"{LOOKS[result.status][1]}{formats.SPACE}{result.status}"
    return f'{text} (fails because undecided = "fail")' if result.undecided else text


def tone(result: GateResult) -> Tone:
    """Return the tone of a status; an inconclusive gate that must be decided is bad."""
    return "bad" if result.undecided else LOOKS[result.status][0]


@dataclass(frozen=True)
class Numbers:
    """The numbers of a gate as text; the value with its unit, which the others share."""

    value: str
    interval: str
    margin: str


def numbers(result: GateResult) -> Numbers:
    """Write the numbers of a gate, none of them rounded across its limit."""
    observed, ends = result.observed, result.observed.interval
    spec = result.metric
    points = result.kind == "difference" and spec is not None and spec.is_share
    scale = 100.0 if points else 1.0
    digits = _digits(result, points=points)
    marks = [e * scale for e in allowed(result.gate, result.kind) if math.isfinite(e)]

    def text(value: float | None) -> str:
        if value is None:
            return formats.NONE
        return fixed(value * scale, digits, apart_from=tuple(marks))

    sign = "+" if result.kind == "difference" and (observed.value or 0) > 0 else ""
    unit = _unit(result, points=points) if observed.value is not None else ""
    slack = None if result.slack is None else result.slack * scale
    return Numbers(
        value=sign + text(observed.value) + unit,
        interval=interval(text(ends.low), text(ends.high)) if ends else formats.NONE,
        margin=signed(slack, digits),
    )


def _unit(result: GateResult, *, points: bool) -> str:
    if points:
        return f"{formats.SPACE}points"
    if result.kind == "seconds":
        return f"{formats.SPACE}s"
    if result.kind == "ratio":
        return formats.TIMES
    unit = result.metric.unit if result.metric is not None else ""
    return f"{formats.SPACE}{unit}" if unit else ""


def _digits(result: GateResult, *, points: bool) -> int:
    """Return the decimals that suit a gate's numbers where none is close to the limit."""
    if result.kind == "seconds" and result.observed.value:
        return max(2 - math.floor(math.log10(result.observed.value)), 0)
    return 2 if points or result.kind == "ratio" else 4
