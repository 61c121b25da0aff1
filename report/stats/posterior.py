"""Probabilities that a gain exceeds a margin, from paired counts or from fold scores."""

import math

import numpy as np
from scipy import special

#: Points of the quadrature; 400 give 5 digits.
_POINTS = 400


def paired_counts_beyond(worse: int, better: int, n: int, margin: float) -> float:
    """Return the posterior probability that a gain in accuracy exceeds a margin.

    The shares of rows that only the first gets right, that only the second does, and
    that do not decide have a Dirichlet posterior, uniform before the rows were seen.

    Parameters
    ----------
    worse, better : int
        Rows that only the first, and only the second gets right.
    n : int
        All rows.
    margin : float
        At least 0, as a share.

    References
    ----------
    A. Benavoli, G. Corani, J. Demsar and M. Zaffalon (2017), "Time for a change: a
    tutorial for comparing multiple classifiers through Bayesian analysis", Journal of
    Machine Learning Research 18, section 4, for three shares with a Dirichlet prior.

    Examples
    --------
    >>> round(paired_counts_beyond(5, 5, 100, 0.0), 6)
    0.5
    """
    discordant = worse + better
    ranks = (np.arange(_POINTS) + 0.5) / _POINTS
    shares = special.betaincinv(discordant + 2, n - discordant + 1, ranks)
    least = np.clip((1 + margin / shares) / 2, 0, 1)
    return float(special.betaincc(better + 1, worse + 1, least).mean())


def correlated_t_beyond(
    estimate: float, error: float, freedom: float, margin: float
) -> float:
    """Return the posterior probability that a mean over folds exceeds a margin.

    Parameters
    ----------
    estimate, error : float
        The mean and its standard error, corrected for the rows that folds share.
    freedom : float
        Folds less one.
    margin : float
        In the unit of the estimate.

    References
    ----------
    G. Corani and A. Benavoli (2015), "A Bayesian approach for comparing
    cross-validated algorithms on multiple data sets", Machine Learning 100, 285-304,
    equation 8.

    Examples
    --------
    >>> correlated_t_beyond(1.0, 0.5, 4, 1.0)
    0.5
    """
    if error == 0:
        return float(estimate > margin)
    value = float(special.stdtr(freedom, (estimate - margin) / error))
    return value if math.isfinite(value) else 0.5
