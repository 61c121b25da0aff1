"""Metrics of any function of the test rows: their difference and their interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load import Predictions
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.row_means import without_spread
from tunecard.report.stats.scorers import (
    METHOD,
    LeftOut,
    jackknife_interval,
    jackknife_test,
    leave_out,
    left_by_influence,
)
from tunecard.report.stats.value_ratios import ratio_difference
from tunecard.runner.metrics import Metric, Outputs, find
from tunecard.runner.schema import MetricSpec

#: Sets of rows that are left out: as many as there are rows, up to the most; fewer
#: where there are many rows, so that a metric of a millisecond takes under a second.
_ROW_VALUES, _FEWEST, _MOST = 40_000, 50, 200


def resampled_test(
    rows: Predictions, keys: Sequence[str], spec: MetricSpec
) -> PairedInference | None:
    """Test the difference of two cases, second minus first, or the value of one.

    Parameters
    ----------
    rows : Predictions
        Of the test rows.
    keys : sequence of str
        Both cases, or the one, as ``rows`` names them.
    spec : MetricSpec
        The metric; its function is looked up.

    Returns
    -------
    PairedInference or None
        None without a test: :func:`why_not_resampled` has the reason.
    """
    usable = _find_usable(rows, keys, spec)
    if usable is None:
        return None
    metric, whole = usable
    low, high = _range(spec)
    bounds = (low, high) if len(keys) == 1 else (low - high, high - low)
    if metric.ratio is not None and not rows.in_time:
        answered = [rows.outputs(key) for key in keys]
        return _ratio_test(metric.ratio, rows, answered, bounds)
    effect, in_time = _row_effect(rows.y_true, spec.width), _n_rows_in_time(rows)
    left = _left_out(rows, keys, metric, whole)
    if not effect and len(keys) == 2 and (left.without == left.estimate).all():
        # Without limits the error would be floating point's alone.
        reach = abs(whole[0]) or 1.0
        same = without_spread(left.estimate, left.n_units, reach, bounds)
        return replace(same, method=METHOD)
    return jackknife_test(left, bounds, effect, n_rows_in_time=in_time)


def resampled_interval(rows: Predictions, key: str, spec: MetricSpec) -> Interval | None:
    """Return the 95 % interval of one case's metric; None as :func:`resampled_test`."""
    usable = _find_usable(rows, (key,), spec)
    if usable is None:
        return None
    metric, whole = usable
    if metric.ratio is not None and not rows.in_time:
        test = _ratio_test(metric.ratio, rows, [rows.outputs(key)], _range(spec))
        return None if test is None else test.interval()
    effect, in_time = _row_effect(rows.y_true, spec.width), _n_rows_in_time(rows)
    left = _left_out(rows, (key,), metric, whole)
    return jackknife_interval(left, _range(spec), effect, n_rows_in_time=in_time)


def _find_usable(
    rows: Predictions, keys: Sequence[str], spec: MetricSpec
) -> tuple[Metric, Sequence[float]] | None:
    """Return a metric and its values on all rows; None without a test."""
    metric = find(spec.name, spec.task)
    if metric is None or _why_unfit(metric, rows, keys, spec) is not None:
        return None
    whole = _whole_values(metric, rows, keys)
    return None if _why_undefined(whole, rows) is not None else (metric, whole)


def _left_out(
    rows: Predictions, keys: Sequence[str], metric: Metric, whole: Sequence[float]
) -> LeftOut:
    """Leave rows out of the value of one case, or of the difference of two."""
    answered = [rows.outputs(key) for key in keys]
    signs = (1.0,) if len(keys) == 1 else (-1.0, 1.0)

    def value(mask: NDArray[np.bool_]) -> float:
        values = [_value(metric, rows.y_true, outputs, mask) for outputs in answered]
        return sum(sign * each for sign, each in zip(signs, values, strict=True))

    influence = _influence(metric, rows, answered, signs)
    if influence is not None:
        unit = np.arange(len(rows.y_true)) if rows.unit is None else rows.unit
        estimate = sum(sign * each for sign, each in zip(signs, whole, strict=True))
        return left_by_influence(estimate, influence, unit)
    member, alike = _sets(metric, rows, answered)
    return leave_out(value, member, alike=alike, n_units=rows.n_units)


def _ratio_test(
    ratio: Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]],
    rows: Predictions,
    answered: Sequence[Outputs],
    bounds: tuple[float, float],
) -> PairedInference | None:
    """Test a ratio of means of rows, of one case or of the difference of two."""
    numerators, denominators = ratio(rows.y_true, answered)
    largest = max(float(np.abs(ratio(rows.y_true, [each])[0]).max()) for each in answered)
    reach = largest / max(float(denominators.mean()), 1e-300)
    return ratio_difference(
        numerators, denominators, unit=rows.unit, reach=reach or 1.0, bounds=bounds
    )


def _n_rows_in_time(rows: Predictions) -> int | None:
    return len(rows.y_true) if rows.in_time else None


def _range(spec: MetricSpec) -> tuple[float, float]:
    """Return the limits of a metric, infinite where it has none."""
    low, high = spec.range
    return -math.inf if low is None else low, math.inf if high is None else high


def why_not_resampled(
    rows: Predictions, keys: Sequence[str], spec: MetricSpec
) -> str | None:
    """Return why a metric has neither a test nor an interval; None where it has."""
    metric = find(spec.name, spec.task)
    reason = _why_unfit(metric, rows, keys, spec)
    if metric is None or reason is not None:
        return reason
    return _why_undefined(_whole_values(metric, rows, keys), rows)


def _why_unfit(
    metric: Metric | None, rows: Predictions, keys: Sequence[str], spec: MetricSpec
) -> str | None:
    """Return why the answers do not fit a metric; None where they do."""
    if metric is None or metric.needs != spec.needs:
        return f"the metric {spec.name} is not registered here"
    if not all(rows.outputs(key).have(spec.needs) for key in keys):
        return f"there are no {spec.needs} {'for both' if keys[1:] else 'for this case'}"
    return None


def _why_undefined(values: Sequence[float], rows: Predictions) -> str | None:
    """Return why values on all rows give no interval; None where they do."""
    if not all(math.isfinite(value) for value in values):
        return "the metric is not defined on these test rows"
    return None if len(rows.y_true) > 2 else "two test rows alone have no interval"


def _whole_values(
    metric: Metric, rows: Predictions, keys: Sequence[str]
) -> tuple[float, ...]:
    """Return the metric of each case on all rows."""
    whole = np.ones(len(rows.y_true), dtype=bool)
    return tuple(_value(metric, rows.y_true, rows.outputs(key), whole) for key in keys)


def _influence(
    metric: Metric, rows: Predictions, answered: Sequence[Outputs], signs: Sequence[float]
) -> NDArray[np.float64] | None:
    """Return what each row moves the difference by; None where rows are to be left out."""
    if metric.influence is None or any(o.ranking is not None for o in answered):
        return None
    each = [metric.influence(rows.y_true, outputs) for outputs in answered]
    signed = np.stack([sign * own for sign, own in zip(signs, each, strict=True)])
    total: NDArray[np.float64] = signed.sum(axis=0)
    return total


def _value(
    metric: Metric, y_true: NDArray[np.int32], outputs: Outputs, mask: NDArray[np.bool_]
) -> float:
    """Return a metric on some rows; nan where it is undefined or its function fails."""
    try:
        value = metric.value(y_true[mask], outputs.take(mask))
    except Exception:  # noqa: BLE001 # a user's function may raise anything
        return math.nan
    return math.nan if value is None else value


def _sets(
    metric: Metric, rows: Predictions, answered: Sequence[Outputs]
) -> tuple[NDArray[np.int64], bool]:
    """Return the set of each row, and whether the rows of a set are alike.

    Rows of a group are left out together; where the groups are many, several are.
    """
    n = len(rows.y_true)
    most = _most_sets(n)
    if rows.unit is not None:
        _, member = np.unique(rows.unit, return_inverse=True)
        n_groups = rows.n_units
        if rows.in_time:
            return member * min(n_groups, most) // n_groups, False
        numbers = np.random.default_rng(n_groups).permutation(n_groups) % most
        return (numbers if n_groups > most else np.arange(n_groups))[member], False
    if metric.needs == "labels":
        labels = [outputs.labels for outputs in answered if outputs.labels is not None]
        answers = np.column_stack([rows.y_true, *labels])
        cells, member = np.unique(answers, axis=0, return_inverse=True)
        if len(cells) <= most:
            return member.ravel().astype(np.int64), True
    return sets_left_out(n), False


def sets_left_out(n: int) -> NDArray[np.int64]:
    """Return the set of each of n rows: itself, or a random set where rows are many."""
    member, most = np.arange(n, dtype=np.int64), _most_sets(n)
    return np.random.default_rng(n).permutation(member) % most if n > most else member


def _most_sets(n: int) -> int:
    return int(np.clip(_ROW_VALUES // max(n, 1), _FEWEST, _MOST))


def _row_effect(y_true: NDArray[np.int32], width: float) -> float:
    """Return what one row of the smallest class may change a metric of classes by."""
    if not math.isfinite(width) or y_true.dtype.kind == "f":
        return 0.0
    support = np.bincount(y_true)
    present = support[support > 0]
    return width / (len(present) * float(present.min()))
