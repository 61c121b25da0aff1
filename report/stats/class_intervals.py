"""The interval of one case's function of the confusion matrix, class by class."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.confusion import ClassMetric, gradient, switch_weights
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.proportions import wilson


def class_metric_interval(
    matrix: NDArray[np.integer],
    metric: ClassMetric,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """Return the interval of one case's macro average, or the like.

    Each class contributes what its own rows leave open: the distance to Wilson's end
    of its share of right rows, times what the metric moves with that share; or its
    influence values' spread, where that is larger. The squared distances add up, on
    each side for itself. So the two rows of a rare class count as two, and no class
    is taken as certain because it has no error. Nothing is drawn at random.

    Parameters
    ----------
    matrix : ndarray of int, shape (n_classes, n_classes)
        Rows by true and predicted class.
    metric : callable
        One of :data:`tunecard.report.stats.confusion.CLASS_METRICS`.
    level : float
        Nominal coverage.
    bounds : tuple of float
        Range of the metric.

    Returns
    -------
    Interval

    References
    ----------
    G. Y. Zou and A. Donner (2008), "Construction of confidence limits about effect
    measures: a general approach", Statistics in Medicine 27, 1693-1702, equation 6
    (MOVER); R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    counts = np.asarray(matrix, dtype=float)
    support, n = counts.sum(axis=1), counts.sum()
    numbers = (np.diag(counts)[None, :], counts.sum(axis=0)[None, :], support[None, :])
    value = float(metric(*numbers)[0])
    by_hit, by_guess, by_truth = (gradient(metric, numbers, i) for i in range(3))
    influence = np.diag(by_hit[0]) + by_guess[0][None, :] + by_truth[0][:, None]
    rows = np.maximum(support, 1.0)
    means = (counts * influence).sum(axis=1) / rows
    within = (counts * (influence - means[:, None]) ** 2).sum(axis=1)
    between = float((support * means**2).sum() - (support * means).sum() ** 2 / n)
    slopes = np.abs(switch_weights(by_hit, by_guess)[0]) * support
    z = float(special.ndtri((1 + level) / 2))
    down, up = z**2 * max(between, 0.0), z**2 * max(between, 0.0)
    for k in np.flatnonzero(support):
        share = counts[k, k] / support[k]
        ends = wilson(int(counts[k, k]), int(support[k]), level)
        spread = z**2 * float(within[k])
        down += max(float(slopes[k] * (share - ends.low)) ** 2, spread)
        up += max(float(slopes[k] * (ends.high - share)) ** 2, spread)
    low, high = value - math.sqrt(down), value + math.sqrt(up)
    method = "square-and-add of Wilson intervals of the classes"
    return Interval(max(low, bounds[0]), min(high, bounds[1]), level, method)
