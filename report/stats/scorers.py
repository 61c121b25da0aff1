"""Any function of targets and outputs: a jackknife decides word and interval."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.row_means import kurtosis_freedom

#: A score of targets and outputs on the same rows; nan where it is undefined.
Scorer = Callable[[NDArray[Any], NDArray[Any]], float]

METHOD = "jackknife t-test"
#: Sets of rows that are left out one at a time.
MAX_SETS = 1_000


def scorer_difference(
    y_true: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    scorer: Scorer,
    rng: np.random.Generator,
    *,
    groups: NDArray[Any] | None = None,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    max_sets: int = MAX_SETS,
) -> PairedInference | None:
    """Return the inference of the difference of any score of two cases.

    For average precision, RMSE, R2, an AUC of many classes and scorers of the
    user's. Rows are left out one at a time, or in up to 1,000 random sets; the
    spread of the difference gives the standard error, and Student's t with the
    degrees of freedom that the kurtosis of the left-out differences leaves is the
    reference. In simulations on 40 and 150 rows it errs less than expanded
    percentiles, BCa (up to 10 % on a side where 2.5 % are meant) and a permutation
    scaled to the bootstrap.

    Parameters
    ----------
    y_true : ndarray, shape (n_rows,)
        Targets.
    first, second : ndarray, shape (n_rows, ...)
        Outputs of the two cases.
    scorer : callable
        ``scorer(y_true, outputs)``.
    rng : numpy.random.Generator
        Puts rows into sets where there are more of them than ``max_sets``.
    groups : ndarray, shape (n_rows,), optional
        Rows of a group are left out together.
    bounds : tuple of float
        Smallest and largest difference that is possible.
    max_sets : int
        Evaluations of the scorer, less one, for each case.

    Returns
    -------
    PairedInference or None
        None where a score is not finite on the rows themselves, or under 2 sets on
        which both are. A set that makes the score undefined (the only positive row)
        counts with the largest change that another makes.

    References
    ----------
    J. Tukey (1958), "Bias and confidence in not quite large samples", Annals of
    Mathematical Statistics 29, 614; B. Efron and C. Stein (1981), "The jackknife
    estimate of variance", Annals of Statistics 9, 586-596. Degrees of freedom: see
    :func:`tunecard.report.stats.row_means.mean_difference`.
    """
    units = np.arange(len(y_true)) if groups is None else groups
    names, member = np.unique(units, return_inverse=True)
    n_units = len(names)
    if n_units > max_sets:
        member = (rng.permutation(n_units) % max_sets)[member]
    n_sets = min(n_units, max_sets)

    def difference(rows: NDArray[np.bool_]) -> float:
        target = y_true[rows]
        return float(scorer(target, second[rows])) - float(scorer(target, first[rows]))

    estimate = difference(np.ones(len(y_true), dtype=bool))
    without = np.array([difference(member != i) for i in range(n_sets)])
    usable = np.isfinite(without)
    if not math.isfinite(estimate) or usable.sum() < 2:
        return None
    moved = without[usable] - without[usable].mean()
    if not usable.all():
        moved = np.append(moved, np.full((~usable).sum(), np.abs(moved).max()))
    spread = float((moved**2).sum())
    if spread <= (1e-12 * max(1.0, abs(estimate))) ** 2:
        spread = 0.0
    return student(
        estimate,
        math.sqrt((n_sets - 1) / n_sets * spread),
        kurtosis_freedom(moved),
        method=METHOD,
        n_units=n_units,
        n_informative=int(np.count_nonzero(np.abs(moved) > 1e-12)),
        bounds=bounds,
    )
