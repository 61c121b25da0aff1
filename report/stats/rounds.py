"""Ratios of times over rounds on a shared machine: trimmed, and wary of drift."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.ratios import (
    BETWEEN,
    LEAST_FLOOR,
    SLOW_BY,
    SLOW_SHARE,
    WITHIN,
)

Values = NDArray[np.float64]
Witness = Literal["wall", "cpu", "none"]

#: Share of the rounds that is trimmed on each side, whole rounds, fixed in advance;
#: at least 3 rounds stay. 20 % would lose a slowed worker too often: of 10 rounds with
#: 10 % of the workers slowed, a change of 20 % was found in 88 % of studies, not 94 %.
TRIMMED = 0.3
#: The correlation of successive rounds that is assumed where none was detected.
ASSUMED = 0.7
#: By what a detected correlation is multiplied: few rounds show too little of it.
_CAUTION = 1.3
#: How fast the correlation of rounds falls with their distance, where it was detected.
_DECAY = 0.8
#: The correlation of successive rounds is not taken to be larger than this.
_MOST = 0.9
#: A round whose ratio is further than this many deviations from the median is outlying.
_OUTLYING = 3.5
#: Fewer rounds show no correlation.
_LEAST_ROUNDS = 6


@dataclass(frozen=True)
class RoundNoise:
    """What the rounds show about the machine.

    Attributes
    ----------
    autocorrelation : float
        Of successive rounds' log ratios, bias-corrected; 0 under 6 rounds.
    widening : float
        By what the interval is multiplied for drift.
    outlying : tuple of int
        Positions of rounds further than 3.5 deviations from the median. They stay
        in the trimmed mean's count; to be measured again, whichever case they favor.
    """

    autocorrelation: float
    widening: float
    outlying: tuple[int, ...]


def log_ratio(
    first: ArrayLike, second: ArrayLike, n_calls: int
) -> tuple[PairedInference, RoundNoise] | None:
    """Return the inference of the logarithm of a ratio of times.

    The 30 % trimmed mean of the rounds' log ratios with Yuen's t: a round in which
    a neighbor slowed one of the workers does not move it, and does not widen it
    much. Pairing cancels what both cases of a round share. The error is multiplied
    for what does not cancel: the larger of the correlation that these rounds show
    and that of the fixed noise model.

    Parameters
    ----------
    first, second : array_like of float, shape (n_rounds,)
        Times of the same rounds; a round with one that is not finite and above 0
        is left out.
    n_calls : int
        Timed calls that a round's value is the median of.

    Returns
    -------
    tuple of (PairedInference, RoundNoise) or None
        Of ``log(second / first)``. None under 2 rounds.

    References
    ----------
    K. K. Yuen (1974), "The two-sample trimmed t for unequal population variances",
    Biometrika 61, 165-170; one sample: J. W. Tukey and D. H. McLaughlin (1963),
    Sankhya A 25, 331-352. F. H. C. Marriott and J. A. Pope (1954), "Bias in the
    estimation of autocorrelations", Biometrika 41, 390-402. Outlying: B. Iglewicz
    and D. C. Hoaglin (1993), "How to Detect and Handle Outliers".

    Examples
    --------
    >>> found = log_ratio([1.0, 1.1, 1.0, 1.0, 1.1], [1.2, 1.3, 1.2, 1.21, 2.9], 5)
    >>> round(math.exp(found[0].estimate), 2), found[1].outlying
    (1.2, (4,))
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    usable = np.isfinite(one) & np.isfinite(two) & (one > 0) & (two > 0)
    logs = np.log(two[usable] / one[usable])
    n = len(logs)
    if n < 2:
        return None
    estimate, error, kept = trimmed_mean(logs)
    correlation = float(autocorrelation(logs))
    factor = float(drift_factor(np.array(correlation), n, n_calls))
    same = float(np.ptp(logs)) <= 1e-12
    inference = student(
        float(estimate),
        0.0 if same else float(error) * factor,
        kept - 1,
        method="trimmed t on log ratios, widened for drift",
        n_units=n,
        n_informative=kept,
    )
    places = np.flatnonzero(usable)[outlying(logs)]
    return inference, RoundNoise(correlation, factor, tuple(int(i) for i in places))


def trimmed_mean(values: Values) -> tuple[Values, Values, int]:
    """Return the trimmed mean, its standard error and the values that are left.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        Leading axes are samples of their own.

    Returns
    -------
    mean, error : ndarray of float, shape (...)
    n_kept : int
        n less the trimmed ones; the error has ``n_kept - 1`` degrees of freedom.
    """
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    cut = _cut(n)
    kept = n - 2 * cut
    mean = ordered[..., cut : n - cut].mean(axis=-1)
    low, high = ordered[..., cut : cut + 1], ordered[..., n - cut - 1 : n - cut]
    winsorized = np.clip(ordered, low, high)
    spread = ((winsorized - winsorized.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    error: Values = np.sqrt(spread / (kept * (kept - 1)))
    return mean, error, kept


def _cut(n_rounds: int) -> int:
    """Return how many rounds are trimmed on each side."""
    return max(min(math.floor(TRIMMED * n_rounds + 1e-9), (n_rounds - 3) // 2), 0)


def autocorrelation(values: Values) -> Values:
    """Return the lag-1 correlation, corrected for its bias and with some caution.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        In the order of rounds. Outlying values are pulled in to the trimmed range,
        because one of them hides the correlation of all others.

    Returns
    -------
    ndarray of float, shape (...)
        0 to 0.9; 0 under 6 values.
    """
    n = values.shape[-1]
    if n < _LEAST_ROUNDS:
        return np.zeros(values.shape[:-1])
    cut = max(int(TRIMMED * n / 2), 1)
    ordered = np.sort(values, axis=-1)
    inner = np.clip(values, ordered[..., cut, None], ordered[..., n - cut - 1, None])
    centered = inner - inner.mean(axis=-1, keepdims=True)
    total = (centered**2).sum(axis=-1)
    products = (centered[..., 1:] * centered[..., :-1]).sum(axis=-1)
    raw = np.divide(products, total, out=np.zeros_like(total), where=total > 0)
    corrected: Values = (_CAUTION * (n * raw + 1) / (n - 4)).clip(0.0, _MOST)
    return corrected


def drift_factor(correlation: Values, n_rounds: int, n_calls: int) -> Values:
    """Return by what drift widens an interval: shown by the rounds, or assumed.

    Parameters
    ----------
    correlation : ndarray of float, shape (...)
        Of successive rounds, as :func:`autocorrelation` returns it.
    n_rounds, n_calls : int
        Rounds, and the timed calls that a round's value is the median of.

    Returns
    -------
    ndarray of float, shape (...)
        At least the factor of the noise model of
        :func:`tunecard.report.stats.ratios.widening` with a correlation of 0.7.

    References
    ----------
    G. V. Bayley and J. M. Hammersley (1946), see there.
    """
    lags = np.arange(1, n_rounds)
    falling = float(((1 - lags / n_rounds) * _DECAY ** (lags - 1)).sum())
    model = _drifting_share(n_rounds, n_calls) * ASSUMED**lags
    assumed = float(((1 - lags / n_rounds) * model).sum())
    v = 1 + 2 * np.maximum(correlation * falling, assumed)
    v = np.minimum(v, n_rounds - 0.5)
    factor: Values = np.sqrt(v * (n_rounds - 1) / (n_rounds - v))
    return factor


def _drifting_share(n_rounds: int, n_calls: int) -> float:
    """Return the part of a round's variance that stays from call to call."""
    within = WITHIN**2 * (math.pi / 2 if n_calls > 2 else 1.0) / max(n_calls, 1)
    if n_calls < 3 and _cut(n_rounds) == 0:  # a slow call is in it, and not trimmed
        slow = SLOW_SHARE * (1 - SLOW_SHARE) * math.log1p(SLOW_BY) ** 2
        within += slow / max(n_calls, 1)
    return BETWEEN**2 / (BETWEEN**2 + within)


def outlying(values: Values) -> NDArray[np.bool_]:
    """Return which values are outlying, by the median absolute deviation."""
    gaps = np.abs(values - np.median(values))
    deviation = 1.4826 * float(np.median(gaps))
    return gaps > _OUTLYING * max(deviation, math.log1p(LEAST_FLOOR) / _OUTLYING)


def witness(
    wall: PairedInference | None, cpu: PairedInference | None, alpha: float
) -> Witness:
    """Return which clock decides whether a time changed.

    Parameters
    ----------
    wall, cpu : PairedInference or None
        Of the log ratios of wall-clock and of CPU time.
    alpha : float
        Level of the family's decision.

    Returns
    -------
    str
        ``wall`` where it shows a change beyond 2 %; else ``cpu`` where that does,
        to be named as CPU time; else ``none``.
    """
    for name, inference in (("wall", wall), ("cpu", cpu)):
        if inference is not None and changed(inference, alpha):
            return "wall" if name == "wall" else "cpu"
    return "none"


def changed(inference: PairedInference, alpha: float = 0.05) -> bool:
    """Return whether a log ratio differs from 0 and is beyond 2 %."""
    return inference.p() < alpha and abs(inference.estimate) > math.log1p(LEAST_FLOOR)
