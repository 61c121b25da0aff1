"""Ranks: their correlation, and how many values lie beyond those of another sample."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's correlation of two columns, with its two-sided p-value."""

    rho: float
    p: float
    n: int


def rank_correlation(first: ArrayLike, second: ArrayLike) -> RankCorrelation | None:
    """Return Spearman's rank correlation.

    Parameters
    ----------
    first, second : array_like of float, shape (n_rows,)
        Ties have their mean rank.

    Returns
    -------
    RankCorrelation or None
        None under 4 rows, or where all values of a column are equal.

    References
    ----------
    C. Spearman (1904), "The proof and measurement of association between two things",
    American Journal of Psychology 15, 72-101. The p-value is Student's t with n - 2
    degrees of freedom (M. G. Kendall and J. D. Gibbons, 1990, "Rank Correlation
    Methods", 5th edition, section 4.13).

    Examples
    --------
    >>> rank_correlation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).rho.__round__(4)
    0.8208
    """
    ranks = [mean_ranks(values) for values in (first, second)]
    n = len(ranks[0])
    if n < 4 or any(np.ptp(values) == 0 for values in ranks):
        return None
    rho = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    if 1 - abs(rho) < 1e-12:  # floating point's distance from a perfect order
        return RankCorrelation(math.copysign(1.0, rho), 0.0, n)
    t = abs(rho) * math.sqrt((n - 2) / (1 - rho**2))
    return RankCorrelation(rho, float(2 * special.stdtr(n - 2, -t)), n)


def rank_share(values: ArrayLike, groups: ArrayLike) -> float | None:
    """Return the share of the variance of ranks that groups of rows explain.

    Eta squared of the Kruskal-Wallis test, less what chance brings:
    ``(H - k + 1) / (n - k)`` of k groups, and 0 where that is below 0.

    Parameters
    ----------
    values : array_like of float, shape (n_rows,)
        Ties have their mean rank.
    groups : array_like, shape (n_rows,)
        Group of each row.

    Returns
    -------
    float or None
        From 0 to 1. None with less than two groups or no more rows than groups, or where
        all values are equal.

    References
    ----------
    W. H. Kruskal and W. A. Wallis (1952), "Use of ranks in one-criterion variance
    analysis", Journal of the American Statistical Association 47, 583-621. As a size of
    an effect: M. Tomczak and E. Tomczak (2014), "The need to report effect size
    estimates revisited", Trends in Sport Sciences 21, 19-25.

    Examples
    --------
    >>> rank_share([1, 2, 3, 7, 8, 9], [0, 0, 0, 1, 1, 1]).__round__(4)  # H = 3.857
    0.7143
    """
    ranks = mean_ranks(values)
    _, member, sizes = np.unique(
        np.asarray(groups), return_inverse=True, return_counts=True
    )
    n, k = len(ranks), len(sizes)
    if k < 2 or n <= k or np.ptp(ranks) == 0:
        return None
    means = np.bincount(member, weights=ranks) / sizes
    # With ties divided out, H is (n - 1) times the share of the sum of squares.
    between = float((sizes * (means - ranks.mean()) ** 2).sum())
    h = (n - 1) * between / float(((ranks - ranks.mean()) ** 2).sum())
    return min(max((h - k + 1) / (n - k), 0.0), 1.0)


def mean_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Return the ranks of values from 1; equal ones have their mean rank."""
    _, position, counts = np.unique(
        np.asarray(values, dtype=float), return_inverse=True, return_counts=True
    )
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[position]
    return ranks


def beyond_p(n_beyond: int, n_other: int, n_own: int) -> float:
    """Return the p-value of so many values above all of another sample.

    Were both samples drawn alike, the largest k values of all were of the first sample
    with the probability of drawing k of its values in a row.

    Parameters
    ----------
    n_beyond : int
        Values of a sample that exceed the largest of the other.
    n_other, n_own : int
        Sizes of the other sample and of its own.

    References
    ----------
    S. Rosenbaum (1954), "Tables for a nonparametric test of location", Annals of
    Mathematical Statistics 25, 146-150.

    Examples
    --------
    >>> round(beyond_p(2, 8, 4), 4)  # 4/12 * 3/11
    0.0909
    """
    n = n_other + n_own
    return math.prod((n_own - k) / (n - k) for k in range(n_beyond))
