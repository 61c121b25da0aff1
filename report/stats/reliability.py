"""Do probabilities mean what they say: confidence against accuracy, bin by bin."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.binomial import clopper_pearson
from tunecard.report.stats.calibration import CalibrationError, calibration_error
from tunecard.report.stats.interval import Interval

#: Bins of equal width, as Guo et al. (2017) have them.
N_BINS = 15
#: A third of 1 as float32 is above a third; this keeps it in its bin.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class ReliabilityBin:
    """The test rows whose confidence lies in (low, high].

    Attributes
    ----------
    count : int
        Rows.
    confidence : float or None
        Their mean confidence; None without rows.
    accuracy : float or None
        The share of them that is right; None without rows.
    interval : Interval or None
        95 % of the accuracy, Clopper and Pearson.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Reliability:
    """How far the confidence of a case is from its accuracy.

    The confidence of a row is the largest of its probabilities; the row is
    right where that is the true class's.

    Attributes
    ----------
    bins : tuple of ReliabilityBin
        15 of equal width, empty ones included.
    confidence, accuracy : float
        Means over all rows.
    ece : float
        Expected calibration error: the mean over the rows of
        ``|accuracy - confidence|`` of their bin. It is above 0 by chance alone and
        has no interval: compare with ``chance`` and ``debiased``.
    chance : float
        What ``ece`` would be on average, on as many rows, if every probability
        were exact.
    debiased : CalibrationError or None
        The root mean square error without what chance adds, with its interval;
        None on too few rows.
    n : int
        Rows.
    """

    bins: tuple[ReliabilityBin, ...]
    confidence: float
    accuracy: float
    ece: float
    chance: float
    debiased: CalibrationError | None
    n: int


def reliability(
    probability: NDArray[np.floating[Any]],
    y_true: NDArray[np.integer[Any]],
    n_bins: int = N_BINS,
) -> Reliability | None:
    """Return the reliability of class probabilities.

    Parameters
    ----------
    probability : ndarray of float, shape (n_rows, n_classes)
        Class probabilities.
    y_true : ndarray of int, shape (n_rows,)
        Class codes.
    n_bins : int
        Bins of equal width over (0, 1].

    Returns
    -------
    Reliability or None
        None under 2 rows, or where a probability is not finite.

    References
    ----------
    M. P. Naeini, G. F. Cooper and M. Hauskrecht (2015), "Obtaining well
    calibrated probabilities using Bayesian binning", AAAI; C. Guo, G. Pleiss,
    Y. Sun and K. Q. Weinberger (2017), "On calibration of modern neural
    networks", ICML, equations 2 and 3. That ``ece`` is above 0 by chance
    alone: J. Bröcker and L. A. Smith (2007), "Increasing the reliability of
    reliability diagrams", Weather and Forecasting 22; here for normal errors,
    ``sqrt(2 / pi) sum_bins sqrt(sum_rows c (1 - c)) / n``.
    """
    n = len(y_true)
    if n < 2 or not np.isfinite(probability).all():
        return None
    confidence = probability.max(axis=1).astype(np.float64)
    right = (probability.argmax(axis=1) == y_true).astype(np.float64)
    place = np.ceil(confidence * n_bins - _ROUNDING).astype(np.intp) - 1
    place = place.clip(0, n_bins - 1)
    counts, sums, hits, spread = (
        np.bincount(place, weights=weights, minlength=n_bins)
        for weights in (np.ones(n), confidence, right, confidence * (1 - confidence))
    )
    return Reliability(
        bins=tuple(
            _bin(i, n_bins, int(counts[i]), float(sums[i]), round(hits[i]))
            for i in range(n_bins)
        ),
        confidence=float(confidence.mean()),
        accuracy=float(right.mean()),
        ece=float(np.abs(hits - sums).sum()) / n,
        chance=math.sqrt(2 / math.pi) * float(np.sqrt(spread.clip(0)).sum()) / n,
        debiased=calibration_error(confidence, right),
        n=n,
    )


def _bin(i: int, n_bins: int, count: int, total: float, hits: int) -> ReliabilityBin:
    low, high = i / n_bins, (i + 1) / n_bins
    if count == 0:
        return ReliabilityBin(low, high, 0, None, None, None)
    return ReliabilityBin(
        low, high, count, total / count, hits / count, clopper_pearson(hits, count)
    )
