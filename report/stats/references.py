"""Reference distributions from draws, as functions that ends can be read from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Values = NDArray[np.float64]

#: Draws within this distance of each other, relative to the largest, are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class SymmetricReference:
    """The distribution of a statistic that chance turns around, from its draws.

    Attributes
    ----------
    sizes : ndarray of float, shape (n_distinct,)
        Distinct absolute values, ascending, from 0.
    tails : ndarray of float, shape (n_distinct,)
        Of each, the share of draws beyond it with half of those at it: a mid-p-value.
    """

    sizes: Values
    tails: Values

    def root(self, value: float) -> float:
        """Return the statistic as a normal quantile.

        Between two distinct values linear; beyond the largest as the line from 0 to
        it goes on, so that every end of an interval is finite.
        """
        size = abs(value)
        roots = -special.ndtri(self.tails / 2)
        if size <= self.sizes[-1]:
            root = float(np.interp(size, self.sizes, roots))
        else:
            root = float(roots[-1] * size / self.sizes[-1])
        return root if value >= 0 else -root


def symmetric_reference(draws: Values) -> SymmetricReference | None:
    """Return the reference of draws whose signs chance may turn around.

    Parameters
    ----------
    draws : ndarray of float, shape (n_draws,)
        Statistics; only their absolute values count.

    Returns
    -------
    SymmetricReference or None
        None where all are 0. The observed statistic counts as one more draw, so
        that the tail beyond the largest is not 0.

    References
    ----------
    B. Phipson and G. K. Smyth (2010), "Permutation p-values should never be zero",
    Statistical Applications in Genetics and Molecular Biology 9, article 39. H. O.
    Lancaster (1961), "Significance tests in discrete distributions", JASA 56,
    223-234 (mid-p).
    """
    sizes = np.abs(draws)
    largest = float(sizes.max(initial=0.0))
    if largest == 0:
        return None
    grid = np.round(sizes / (largest * _SAME)) * (largest * _SAME)
    distinct, counts = np.unique(grid, return_counts=True)
    beyond = len(draws) - np.cumsum(counts)
    tails = (beyond + counts / 2 + 0.5) / (len(draws) + 1)
    positive = distinct > 0
    return SymmetricReference(
        np.concatenate([[0.0], distinct[positive]]),
        np.concatenate([[1.0], tails[positive]]),
    )
