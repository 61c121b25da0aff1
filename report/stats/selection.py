"""How much of a search's gain is the winner's luck, from what the search stored."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunecard.report.stats.interval import Interval

Values = NDArray[np.float64]

N_RESAMPLES = 1_000
#: Draws of rows handled at once, which keeps them within some 50 MB in float32.
_CHUNK = 6_000_000


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class BestCurve:
    """What a search of n candidates may be expected to gain.

    Attributes
    ----------
    mean, low, high : ndarray of float, shape (n_candidates,)
        For the best of 1, 2, ... candidates; the ends are 95 % of the resamples'.
    """

    mean: Values
    low: Values
    high: Values


def corrected_gain(
    candidates: ArrayLike,
    baseline: ArrayLike,
    rng: np.random.Generator,
    *,
    units: ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
) -> CorrectedGain:
    """Return the bootstrap bias-corrected gain over the baseline.

    Rows are drawn with replacement, the best candidate is chosen on them, and its
    gain is taken on the rows that were not drawn: so the choice and the value never
    rest on the same row. The gain is corrected, not the score, because refitting on
    more rows changes both scores alike.

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
        Groups, or blocks of time, that are drawn whole.
    level : float
        Nominal coverage.
    n_resamples : int
        Resamples.

    Returns
    -------
    CorrectedGain

    References
    ----------
    I. Tsamardinos, E. Greasidou and G. Borboudakis (2018), "Bootstrapping the
    out-of-sample predictions for efficient and accurate cross-validation", Machine
    Learning 107, 1895-1922, algorithm 4 (BBC-CV) and section 4.2 (interval).
    """
    sums, sizes = _gains(candidates, baseline, units)
    draws, winners = [], []
    for inside, outside in _resampled(sums, sizes, rng, n_resamples):
        best = inside.argmax(axis=1)
        draws.append(outside[np.arange(len(best)), best])
        winners.append(best)
    gains = np.concatenate(draws)
    gains = gains[np.isfinite(gains)]
    low, high = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    chosen = np.concatenate(winners)
    return CorrectedGain(
        naive=float((sums.sum(axis=0) / sizes.sum()).max()),
        corrected=float(gains.mean()),
        interval=Interval(float(low), float(high), level, "bootstrap bias-corrected CV"),
        wins=np.bincount(chosen, minlength=sums.shape[1]) / len(chosen),
    )


def best_curve(
    candidates: ArrayLike,
    baseline: ArrayLike,
    rng: np.random.Generator,
    *,
    units: ArrayLike | None = None,
    n_resamples: int = N_RESAMPLES,
) -> BestCurve:
    """Return the gain of the best of n candidates, on rows that did not choose it.

    As :func:`corrected_gain`, with the candidates in another random order in every
    resample: for searches that draw candidates independently (random search).

    Parameters
    ----------
    candidates, baseline, rng, units, n_resamples
        As in :func:`corrected_gain`.
    """
    sums, sizes = _gains(candidates, baseline, units)
    rows = []
    for inside, outside in _resampled(sums, sizes, rng, n_resamples):
        order = rng.permuted(
            np.broadcast_to(np.arange(sums.shape[1]), inside.shape), axis=1
        )
        shown = np.take_along_axis(inside, order, axis=1)
        place = np.where(
            shown >= np.maximum.accumulate(shown, axis=1), np.arange(shown.shape[1]), 0
        )
        best = np.take_along_axis(order, np.maximum.accumulate(place, axis=1), axis=1)
        rows.append(np.take_along_axis(outside, best, axis=1))
    table = np.concatenate(rows)
    table = table[np.isfinite(table).all(axis=1)]
    low, high = np.quantile(table, [0.025, 0.975], axis=0)
    return BestCurve(table.mean(axis=0), low, high)


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


def expected_best(scores: ArrayLike) -> tuple[Values, Values]:
    """Return the expected best score of n independent candidates, and its deviation.

    Parameters
    ----------
    scores : array_like of float, shape (n_candidates,)
        Validation scores of candidates drawn independently, higher is better.

    Returns
    -------
    mean, deviation : ndarray of float, shape (n_candidates,)
        For the best of 1, 2, ... candidates.

    References
    ----------
    J. Dodge, S. Gururangan, D. Card, R. Schwartz and N. A. Smith (2019), "Show your
    work: improved reporting of experimental results", EMNLP, equations 6 to 8.

    Examples
    --------
    >>> expected_best([0.0, 1.0])[0].tolist()
    [0.5, 0.75]
    """
    ordered = np.sort(np.asarray(scores, dtype=float))
    n = len(ordered)
    shares = np.arange(n + 1) / n
    mass = np.diff(shares[None, :] ** np.arange(1, n + 1)[:, None], axis=1)
    mean = mass @ ordered
    variance = mass @ ordered**2 - mean**2
    return mean, np.sqrt(variance.clip(0))


def _gains(
    candidates: ArrayLike, baseline: ArrayLike, units: ArrayLike | None
) -> tuple[Values, Values]:
    """Return each unit's sums of gains, (n_units, n_candidates), and its rows."""
    gains = np.asarray(candidates, dtype=np.float32) - np.asarray(
        baseline, dtype=np.float32
    ).reshape(-1, 1)
    if units is None:
        return gains, np.ones(len(gains), dtype=np.float32)  # type: ignore[return-value] # half the memory
    names, member = np.unique(np.asarray(units), return_inverse=True)
    sums = np.zeros((len(names), gains.shape[1]))
    np.add.at(sums, member, gains)
    return sums, np.bincount(member).astype(np.float64)


def _resampled(
    sums: Values, sizes: Values, rng: np.random.Generator, n_resamples: int
) -> list[tuple[Values, Values]]:
    """Return mean gains on the drawn units and on those left out, in chunks."""
    n = len(sums)
    chunk = max(_CHUNK // n, 1)
    parts = []
    for at in range(0, n_resamples, chunk):
        n_draws = min(chunk, n_resamples - at)
        drawn = np.zeros((n_draws, n), dtype=sums.dtype)
        for i in range(n_draws):
            drawn[i] = np.bincount(rng.integers(0, n, n), minlength=n)
        left = (drawn == 0).astype(sums.dtype)
        with np.errstate(invalid="ignore", divide="ignore"):
            outside = left @ sums / (left @ sizes)[:, None]
        parts.append((drawn @ sums / (drawn @ sizes)[:, None], outside))
    return parts
