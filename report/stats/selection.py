"""How much of a search's gain is the winner's luck, from what the search stored."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from tunecard.report.stats.interval import INTERVAL_LEVEL, Interval

Values = NDArray[np.float64]
Numbers = NDArray[np.floating]

METHOD = "bootstrap bias-corrected cross-validation"
N_RESAMPLES = 1_000
#: Rows whose effect is added to the variance: what few discordant rows did not show.
_ADDED_ROWS = 2.0
#: Draws of rows handled at once, which keeps them within some 50 MB in float32.
_CHUNK = 6_000_000


@dataclass(frozen=True, eq=False)
class Resamples:
    """Mean gains of each candidate over the baseline, in every resample.

    Attributes
    ----------
    drawn, left_out : ndarray of float, shape (n_resamples, n_candidates)
        On the units that were drawn, and on those that were not.
    all_rows : ndarray of float, shape (n_candidates,)
        On all of them, once each.
    unit_effect : float
        The most that one unit contributes to a mean gain.
    """

    drawn: Numbers
    left_out: Numbers
    all_rows: Numbers
    unit_effect: float


@dataclass(frozen=True, eq=False)
class CorrectedGain:
    """The winner's gain over the baseline, before and after the correction.

    Attributes
    ----------
    naive : float
        Of the candidate that is best on all rows, on these rows.
    corrected : float
        Of the candidate that is best on resampled rows, on the rows left out.
    interval : Interval
        Of the corrected gain.
    wins : ndarray of float, shape (n_candidates,)
        Share of resamples in which each candidate is best.
    """

    naive: float
    corrected: float
    interval: Interval
    wins: Values


@dataclass(frozen=True, eq=False)
class BestCurve:
    """What the best of n candidates gains on rows that did not choose it.

    Attributes
    ----------
    mean, low, high : ndarray of float, shape (n_candidates,)
        For the best of 1, 2, ... candidates; the ends are 95 % of the resamples'.
    """

    mean: Values
    low: Values
    high: Values


def resample_gains(
    candidates: ArrayLike,
    baseline: ArrayLike,
    rng: np.random.Generator,
    *,
    units: ArrayLike | None = None,
    n_resamples: int = N_RESAMPLES,
) -> Resamples:
    """Draw rows with replacement, and take each candidate's gain on both sides.

    Parameters
    ----------
    candidates : array_like of float, shape (n_rows, n_candidates)
        A value for each row, higher is better, from the fold in which the row was
        not fitted: 1 where right, or a loss with its sign changed.
    baseline : array_like of float, shape (n_rows,)
        The same of the baseline.
    rng : numpy.random.Generator
        Made from the study's seed.
    units : array_like, shape (n_rows,), optional
        What is drawn whole, such as a row that several folds scored.
    n_resamples : int
        Resamples; those that leave nothing out are dropped.
    """
    sums, sizes = _gains(candidates, baseline, units)
    pairs = list(_resampled(sums, sizes, rng, n_resamples))
    drawn, left_out = (np.concatenate(side) for side in zip(*pairs, strict=True))
    usable = np.isfinite(left_out).all(axis=1)
    return Resamples(
        drawn[usable],
        left_out[usable],
        sums.sum(axis=0) / sizes.sum(),
        float(np.abs(sums).max() / sizes.sum()),
    )


def corrected_gain(resamples: Resamples, *, level: float = INTERVAL_LEVEL) -> CorrectedGain:
    """Return the bootstrap bias-corrected gain over the baseline.

    The best candidate is chosen on the rows that were drawn, and its gain is taken on
    those that were not: so the choice and the value never rest on the same row. The
    gain is corrected, not the score, because refitting on more rows changes both
    scores alike. Where few rows are discordant the resamples vary too little: the effect
    of two rows is added to the variance of the interval.

    Parameters
    ----------
    resamples : Resamples
        From :func:`resample_gains`.
    level : float
        Nominal coverage.

    References
    ----------
    I. Tsamardinos, E. Greasidou and G. Borboudakis (2018), "Bootstrapping the
    out-of-sample predictions for efficient and accurate cross-validation", Machine
    Learning 107, 1895-1922, algorithm 4 (BBC-CV) and section 4.2 (interval). Added rows:
    A. Agresti and Y. Min (2005), Statistics in Medicine 24, 729-740.
    """
    best = resamples.drawn.argmax(axis=1)
    gains = np.take_along_axis(resamples.left_out, best[:, None], axis=1)[:, 0]
    corrected = float(gains.mean(dtype=float))
    ends = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2]) - corrected
    added = _ADDED_ROWS * (special.ndtri((1 + level) / 2) * resamples.unit_effect) ** 2
    low, high = corrected + np.array([-1.0, 1.0]) * np.sqrt(ends**2 + added)
    n_candidates = len(resamples.all_rows)
    return CorrectedGain(
        naive=float(resamples.all_rows.max()),
        corrected=corrected,
        interval=Interval(float(low), float(high), level, METHOD),
        wins=np.bincount(best, minlength=n_candidates) / len(best),
    )


def best_curve(
    resamples: Resamples, rng: np.random.Generator | None, *, level: float = INTERVAL_LEVEL
) -> BestCurve:
    """Return the gain of the best of n candidates, on rows that did not choose it.

    As :func:`corrected_gain`, for the first n candidates.

    Parameters
    ----------
    resamples : Resamples
        From :func:`resample_gains`.
    rng : numpy.random.Generator or None
        Puts the candidates into another random order in every resample; None keeps
        their own order, for a search whose later candidates follow from earlier scores.
    level : float
        Share of the resamples between the two ends.
    """
    drawn, left_out = resamples.drawn, resamples.left_out
    n_candidates = drawn.shape[1]
    order = np.broadcast_to(np.arange(n_candidates), drawn.shape)
    if rng is not None:
        order = rng.permuted(order, axis=1)
    tried = np.take_along_axis(drawn, order, axis=1)
    leads = tried > np.maximum.accumulate(
        np.pad(tried[:, :-1], ((0, 0), (1, 0)), constant_values=-np.inf), axis=1
    )
    places = np.where(leads, np.arange(n_candidates), 0)
    best = np.take_along_axis(order, np.maximum.accumulate(places, axis=1), axis=1)
    table = np.take_along_axis(left_out, best, axis=1)
    low, high = np.quantile(table, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return BestCurve(table.mean(axis=0, dtype=float), low, high)


def fold_bias(scores: ArrayLike) -> float:
    """Return the winner's luck from fold scores alone.

    Parameters
    ----------
    scores : array_like of float, shape (n_folds, n_candidates)
        Higher is better.

    Returns
    -------
    float
        To be subtracted from the winner's mean score: by how much, on average over
        the folds, the best candidate of a fold exceeds the overall winner there.

    References
    ----------
    R. J. Tibshirani and R. Tibshirani (2009), "A bias correction for the minimum
    error rate in cross-validation", Annals of Applied Statistics 3, 822-829,
    equation 4.

    Examples
    --------
    >>> round(fold_bias([[0.9, 0.8], [0.7, 0.9], [0.9, 0.7]]), 4)
    0.0667
    """
    table = np.asarray(scores, dtype=float)
    winner = int(table.mean(axis=0).argmax())
    return float((table.max(axis=1) - table[:, winner]).mean())


def expected_best(scores: ArrayLike) -> Values:
    """Return the expected best score of n candidates, 1 to all of them.

    Parameters
    ----------
    scores : array_like of float, shape (n_candidates,)
        Validation scores, higher is better; n of them are drawn without replacement.

    Returns
    -------
    ndarray of float, shape (n_candidates,)
        The mean of the best over all subsets of each size.

    References
    ----------
    J. Dodge, S. Gururangan, D. Card, R. Schwartz and N. A. Smith (2019), "Show your
    work: improved reporting of experimental results", EMNLP; without replacement, R. Tang
    et al. (2020), "Showing your work doesn't always work", ACL, equation 5.

    Examples
    --------
    >>> [round(value, 4) for value in expected_best([0.0, 1.0, 0.5])]
    [0.5, 0.8333, 1.0]
    """
    ordered = np.sort(np.asarray(scores, dtype=float))
    n = len(ordered)
    mean = np.empty(n)
    # P(the i-th smallest is the best of k) = C(i - 1, k - 1) / C(n, k), from i = n down.
    for k in range(1, n + 1):
        chance, total = k / n, 0.0
        for i in range(n, k - 1, -1):
            total += chance * ordered[i - 1]
            chance *= (i - k) / (i - 1) if i > 1 else 0.0
        mean[k - 1] = total
    return mean


def _gains(
    candidates: ArrayLike, baseline: ArrayLike, units: ArrayLike | None
) -> tuple[Numbers, Numbers]:
    """Return each unit's sums of gains, (n_units, n_candidates), and its rows."""
    gains = np.asarray(candidates, dtype=np.float32) - np.asarray(
        baseline, dtype=np.float32
    ).reshape(-1, 1)
    if units is None:
        return gains, np.ones(len(gains), dtype=np.float32)
    names, member = np.unique(np.asarray(units), return_inverse=True)
    sums = np.zeros((len(names), gains.shape[1]))
    np.add.at(sums, member, gains)
    return sums, np.bincount(member).astype(np.float64)


def _resampled(
    sums: Numbers, sizes: Numbers, rng: np.random.Generator, n_resamples: int
) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield mean gains on the drawn units and on those left out, in chunks."""
    n = len(sums)
    chunk = max(_CHUNK // n, 1)
    for at in range(0, n_resamples, chunk):
        n_draws = min(chunk, n_resamples - at)
        drawn = np.empty((n_draws, n), dtype=sums.dtype)
        for i in range(n_draws):
            drawn[i] = np.bincount(rng.integers(0, n, n), minlength=n)
        left = (drawn == 0).astype(sums.dtype)
        with np.errstate(invalid="ignore", divide="ignore"):
            outside = left @ sums / (left @ sizes)[:, None]
        yield drawn @ sums / (drawn @ sizes)[:, None], outside
