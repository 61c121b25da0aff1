"""Rows in groups, or in the order of time: chance draws no single rows."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunecard.report.stats import in_time as time
from tunecard.report.stats.auc import placements
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.labels import values_of
from tunecard.report.stats.row_means import kurtosis_freedom, without_spread
from tunecard.runner.metrics import Codes, Confusion, Metric, Values

Members = NDArray[np.intp]
Bounds = tuple[float, float]

_OF_SUMS, _JACKKNIFE = "t-test on sums of groups", "jackknife over groups"
_OF_AREAS = "DeLong's test by groups (Obuchowski)"
#: Fewer groups decide nothing.
LEAST_GROUPS = 10
#: Sums within this share of the largest are the same number.
_SAME = 1e-12


def grouped_mean_difference(
    first: ArrayLike,
    second: ArrayLike,
    groups: ArrayLike,
    *,
    bounds: Bounds = (-math.inf, math.inf),
    in_time: bool = False,
) -> PairedInference | None:
    """Return the inference of a difference of row means whose rows come in groups.

    For shares of right rows (values 0 and 1) and means of row losses. Student's t on
    the groups' sums of differences, less what their sizes explain. At no difference
    and with groups of equal size its square is a monotone function of Durkalski's
    statistic, ``(sum d)**2 / sum d**2`` over the groups' sums.

    Parameters
    ----------
    first, second : array_like of float, shape (n_rows,)
        Values of the two cases on the same rows.
    groups : array_like, shape (n_rows,)
        Group of each row.
    bounds : tuple of float
        Smallest and largest difference that is possible.
    in_time : bool
        Whether the groups are consecutive rows, numbered in the order of time: each
        depends on those before it.

    Returns
    -------
    PairedInference or None
        Of second minus first, with groups as its units. None under 2 groups, or
        where a value is not finite.

    References
    ----------
    V. L. Durkalski, Y. Y. Palesch, S. R. Lipsitz and P. F. Rust (2003), "Analysis of
    clustered matched-pair data", Statistics in Medicine 22, 2417-2428. Variance of a
    ratio of sums: W. G. Cochran (1977), "Sampling Techniques", 3rd edition, equation
    6.13.
    """
    values = [np.asarray(each, dtype=float) for each in (first, second)]
    gaps = values[1] - values[0]
    member, n_groups = _members(groups)
    if n_groups < 2 or not np.isfinite(gaps).all():
        return None
    sizes = np.bincount(member)
    sums = np.bincount(member, weights=gaps)
    estimate = float(gaps.mean())
    rest = sums - estimate * sizes
    squares = float((rest**2).sum())
    if squares <= _SAME**2 * max(float((gaps**2).sum()), 1e-300):
        reach = max(float(np.ptp(values)), float(np.abs(values).max())) or 1.0
        return replace(without_spread(estimate, n_groups, reach, bounds), method=_OF_SUMS)
    error, freedom = _spread(rest, len(gaps), in_time=in_time)
    return student(
        estimate,
        error / len(gaps),
        freedom,
        method=time.METHOD if in_time else _OF_SUMS,
        n_units=n_groups,
        n_informative=int(np.count_nonzero(sums)),
        bounds=bounds,
    )


def grouped_auc_difference(
    y_true: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    groups: ArrayLike,
    *,
    in_time: bool = False,
) -> PairedInference | None:
    """Return the inference of a difference of AUCs whose rows come in groups.

    Parameters
    ----------
    y_true : array_like of bool, shape (n_rows,)
        Whether a row is of the positive class; a group may have rows of both.
    first, second : array_like of float, shape (n_rows,)
        Scores of the two cases, higher for the positive class.
    groups : array_like, shape (n_rows,)
        Group of each row.
    in_time : bool
        As :func:`grouped_mean_difference`.

    Returns
    -------
    PairedInference or None
        None where fewer than 2 groups have a row of a class.

    References
    ----------
    N. A. Obuchowski (1997), "Nonparametric analysis of clustered ROC curve data",
    Biometrics 53, 567-578, equations 4 to 7; with Student's t instead of the normal
    distribution.
    """
    positive = np.asarray(y_true, dtype=bool)
    if positive.all() or not positive.any():
        return None
    placed = placements(positive, np.stack([np.asarray(first), np.asarray(second)]))
    member, n_groups = _members(groups)
    parts, counts = [], []
    estimate = float(placed.auc[1] - placed.auc[0])
    for rows, values in ((positive, placed.positive), (~positive, placed.negative)):
        counted = np.bincount(member[rows], minlength=n_groups)
        gap = values[1] - values[0]
        sums = np.bincount(member[rows], weights=gap, minlength=n_groups)
        parts.append((sums - counted * estimate) / int(rows.sum()))
        counts.append(int(np.count_nonzero(counted)))
    if min(counts) < 2:
        return None
    variance = sum(
        count / (count - 1) * float((part**2).sum())
        for part, count in zip(parts, counts, strict=True)
    )
    variance += 2 * n_groups / (n_groups - 1) * float((parts[0] * parts[1]).sum())
    if variance <= _SAME:
        same = without_spread(estimate, min(counts), 1.0, (-1.0, 1.0))
        return replace(same, method=_OF_AREAS)
    error = math.sqrt(variance)
    freedom = kurtosis_freedom(parts[0] + parts[1])
    if in_time:
        error, freedom = time.error_of_sum(parts[0] + parts[1], len(positive))
    return student(
        estimate,
        error,
        min(freedom, min(counts) - 1),
        method=time.METHOD if in_time else _OF_AREAS,
        n_units=n_groups,
        n_informative=int(np.count_nonzero(np.abs(parts[0] + parts[1]) > _SAME)),
        bounds=(-1.0, 1.0),
    )


def grouped_confusion_difference(
    y_true: Codes,
    cases: Sequence[Codes],
    groups: ArrayLike,
    metric: Metric,
    *,
    n_classes: int,
    positive: int | None = None,
    in_time: bool = False,
) -> PairedInference | None:
    """Return the inference of a function of the confusion matrix, or of a difference.

    The jackknife that leaves out one group at a time: Student's t on its
    pseudo-values.

    Parameters
    ----------
    y_true : ndarray of int, shape (n_rows,)
        Class codes.
    cases : sequence of ndarray of int, each of shape (n_rows,)
        What the two cases predict, for second minus first; or what one does.
    groups : array_like, shape (n_rows,)
        Group of each row.
    metric : Metric
        A function of the confusion matrix.
    n_classes : int
        Classes of the dataset.
    positive : int or None
        Code of the positive class.
    in_time : bool
        As :func:`grouped_mean_difference`.

    Returns
    -------
    PairedInference or None
        None under 2 groups, or where the metric is not defined without one of them.

    References
    ----------
    B. Efron and C. Stein (1981), "The jackknife estimate of variance", Annals of
    Statistics 9, 586-596; pseudo-values with Student's t: J. W. Tukey (1958), Annals of
    Mathematical Statistics 29, 614.
    """
    member, n_groups = _members(groups)
    if n_groups < 2:
        return None
    values = [
        _left_out(y_true, predicted, (member, n_groups), metric, n_classes, positive)
        for predicted in cases
    ]
    gaps = values[-1] - (values[0] if len(values) == 2 else 0.0)
    estimate = float(gaps[0])
    pseudo = n_groups * estimate - (n_groups - 1) * gaps[1:]
    if not np.isfinite(gaps).all():
        return None
    width = metric.range[1] - metric.range[0]
    bounds = (-width, width) if len(values) == 2 else metric.range
    spread = float(pseudo.std(ddof=1))
    if spread <= _SAME:
        reach = width if math.isfinite(width) else 1.0
        same = without_spread(estimate, n_groups, reach, bounds)
        return replace(same, method=_JACKKNIFE)
    error, freedom = _spread(pseudo - pseudo.mean(), len(y_true), in_time=in_time)
    return student(
        estimate,
        error / n_groups,
        freedom,
        method=time.METHOD if in_time else _JACKKNIFE,
        n_units=n_groups,
        n_informative=int(np.count_nonzero(np.abs(pseudo) > _SAME)),
        bounds=bounds,
    )


def _left_out(
    y_true: Codes,
    predicted: Codes,
    groups: tuple[Members, int],
    metric: Metric,
    n_classes: int,
    positive: int | None,
) -> Values:
    """Return the metric of all rows, then of those without each group."""
    member, n_groups = groups
    right = y_true == predicted
    counts: list[Values] = []
    parts: Sequence[tuple[Members, Codes]] = (
        (member[right], y_true[right]),
        (member, predicted),
        (member, y_true),
    )
    for of_group, codes in parts:
        joint = of_group * n_classes + codes
        own = np.bincount(joint, minlength=n_groups * n_classes).reshape(n_groups, -1)
        whole = own.sum(axis=0, keepdims=True)
        counts.append(np.concatenate([whole, whole - own]).astype(np.float64))
    matrix = Confusion(counts[0], counts[1], counts[2], positive)
    return values_of(matrix, [metric])[metric.name]


def _spread(terms: Values, n_rows: int, *, in_time: bool) -> tuple[float, float]:
    """Return the standard error of a sum of groups' terms, and its degrees of freedom."""
    if in_time:
        return time.error_of_sum(terms, n_rows)
    n_groups = len(terms)
    error = math.sqrt(n_groups / (n_groups - 1) * float((terms**2).sum()))
    return error, kurtosis_freedom(terms)


def _members(groups: ArrayLike) -> tuple[Members, int]:
    """Return the position of each row's group, and the number of groups."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    return member, len(names)
