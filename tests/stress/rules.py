"""Rules by which people call a tuned model better, on scores of the same rows.

Each takes what one study measured and returns whether it calls the tuned model better.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.shares import share_difference

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Level of both tests, two-sided.
ALPHA = 0.05
#: What skore's checks SKD009 and SKD010 call significantly better than a baseline: a gap
#: of so much, or of so large a share of the baseline's score.
SKORE_FLOOR, SKORE_FRACTION = 0.01, 0.05


@dataclass(frozen=True)
class Measured:
    """What a study measured of baseline (first) and tuned (second).

    Attributes
    ----------
    folds : ndarray of float, shape (2, n_folds)
        Accuracy on each fold of a cross-validation.
    halves : ndarray of float, shape (2, 5, 2)
        Accuracy on either half, of five splits into halves.
    right : ndarray of bool, shape (2, n_test)
        Whether each test row is predicted correctly.
    """

    folds: Floats
    halves: Floats
    right: Flags


def higher_on_test(study: Measured) -> bool:
    """Compare two accuracies on test rows."""
    first, second = study.right.mean(axis=1)
    return bool(second > first)


def higher_over_folds(study: Measured) -> bool:
    """Compare two means over the folds."""
    first, second = study.folds.mean(axis=1)
    return bool(second > first)


def bars_apart(study: Measured) -> bool:
    """Compare means over folds, each with a bar of one standard deviation."""
    means, spreads = study.folds.mean(axis=1), study.folds.std(axis=1, ddof=1)
    return bool(means[1] - spreads[1] > means[0] + spreads[0])


def fixed_threshold(study: Measured) -> bool:
    """Compare the gap on test rows with a fixed threshold, as skore does."""
    first, second = study.right.mean(axis=1)
    return bool(second - first >= max(SKORE_FLOOR, SKORE_FRACTION * first))


def five_by_two(study: Measured) -> bool:
    """Test by the 5x2cv paired t-test, with the higher mean over the ten."""
    gaps = study.halves[1] - study.halves[0]
    _, p = paired_t_5x2(gaps)
    return p < ALPHA and bool(gaps.mean() > 0)


def paired_t_5x2(gaps: Floats) -> tuple[float, float]:
    """Return the statistic and the two-sided p-value of the 5x2cv paired t-test.

    The first difference over the root of the mean of the five variances, with 5 degrees
    of freedom, as ``mlxtend.evaluate.paired_ttest_5x2cv`` computes it.

    Parameters
    ----------
    gaps : ndarray of float, shape (5, 2)
        Differences of the scores on both halves of five splits.

    References
    ----------
    T. G. Dietterich (1998), "Approximate statistical tests for comparing supervised
    classification learning algorithms", Neural Computation 10, 1895-1923, section 3.5.
    """
    variances = ((gaps - gaps.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    error = math.sqrt(variances.mean())
    if error == 0:
        return (0.0, 1.0) if gaps[0, 0] == 0 else (math.inf, 0.0)
    t = float(gaps[0, 0]) / error
    return t, 2 * float(special.stdtr(5, -abs(t)))


def tunecard(study: Measured) -> bool:
    """Test the discordant rows of the test part, as Tunecard does for one model."""
    only_first = int(np.count_nonzero(study.right[0] & ~study.right[1]))
    only_second = int(np.count_nonzero(study.right[1] & ~study.right[0]))
    return (
        only_second > only_first
        and _p(only_first, only_second, len(study.right[0])) < ALPHA
    )


@cache
def _p(only_first: int, only_second: int, n: int) -> float:
    return share_difference(only_first, only_second, n).p()


RULES: Mapping[str, Callable[[Measured], bool]] = {
    "higher accuracy on the test part": higher_on_test,
    "higher mean over 5 folds": higher_over_folds,
    "bars of one standard deviation apart": bars_apart,
    "gap of 0.01 and of 5 % (skore)": fixed_threshold,
    "5x2cv paired t-test": five_by_two,
    "Tunecard": tunecard,
}
