"""Rows in groups: a group is the unit that chance draws, not a row."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunecard.report.stats.auc import placements
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.row_means import kurtosis_freedom

Values = NDArray[np.float64]

#: Fewer groups decide nothing.
LEAST_GROUPS = 10


def grouped_mean_difference(
    first: ArrayLike, second: ArrayLike, groups: ArrayLike
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
    gaps = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    member, n_groups = _members(groups)
    if n_groups < 2 or not np.isfinite(gaps).all():
        return None
    sizes = np.bincount(member)
    sums = np.bincount(member, weights=gaps)
    estimate = float(gaps.mean())
    rest = sums - estimate * sizes
    squares = float((rest**2).sum())
    if squares <= 1e-24 * max(float((gaps**2).sum()), 1e-300):
        squares = 0.0
    return student(
        estimate,
        math.sqrt(n_groups / (n_groups - 1) * squares) / len(gaps),
        kurtosis_freedom(rest),
        method="t-test on groups' sums",
        n_units=n_groups,
        n_informative=int(np.count_nonzero(sums)),
    )


def grouped_auc_difference(
    y_true: ArrayLike, first: ArrayLike, second: ArrayLike, groups: ArrayLike
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
    placed = placements(positive, np.stack([np.asarray(first), np.asarray(second)]))
    member, n_groups = _members(groups)
    parts, counts = [], []
    estimate = float(placed.auc[1] - placed.auc[0]) if positive.any() else math.nan
    for rows, values in ((positive, placed.positive), (~positive, placed.negative)):
        held = np.bincount(member[rows], minlength=n_groups)
        gap = values[1] - values[0]
        sums = np.bincount(member[rows], weights=gap, minlength=n_groups)
        parts.append((sums - held * estimate) / max(int(rows.sum()), 1))
        counts.append(int(np.count_nonzero(held)))
    if min(counts) < 2:
        return None
    variance = sum(
        count / (count - 1) * float((part**2).sum())
        for part, count in zip(parts, counts, strict=True)
    )
    variance += 2 * n_groups / (n_groups - 1) * float((parts[0] * parts[1]).sum())
    return student(
        estimate,
        math.sqrt(max(variance, 0.0)),
        min(kurtosis_freedom(parts[0] + parts[1]), min(counts) - 1),
        method="DeLong's test by groups (Obuchowski)",
        n_units=n_groups,
        n_informative=int(np.count_nonzero(np.abs(parts[0] + parts[1]) > 1e-12)),
        bounds=(-1.0, 1.0),
    )


def _members(groups: ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Return the position of each row's group, and the number of groups."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    return member, len(names)
