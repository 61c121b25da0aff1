"""Label metrics of very many cells, resampled by their linear part."""

import numpy as np

from tunecard.report.stats.labels import (
    LABEL_METRICS,
    Cells,
    Codes,
    Values,
    both_metrics,
    by_class,
    label_metrics,
)

#: Half a row: metrics are smooth in counts this large.
_STEP = 0.5


def linear_draws(
    table: Cells, rng: np.random.Generator, n_draws: int
) -> tuple[dict[str, Values], dict[str, Values]]:
    """Draw both cases' metrics as resampling so many rows would make them.

    To first order a metric moves by a fixed amount with each row, its influence
    value; the sum over rows drawn with replacement is normal, with the
    covariance of these values over all metrics of both cases.

    Parameters
    ----------
    table : Cells
        The distinct combinations and their counts.
    rng : numpy.random.Generator
        Made from the study's seed.
    n_draws : int
        Draws.

    Returns
    -------
    first, second : dict of ndarray, shape (n_draws,)

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap",
    chapter 21: the nonparametric delta method; the infinitesimal jackknife.
    """
    support = by_class(table.counts.astype(np.float64), table.true, table.n_classes)
    influence = np.concatenate(
        [_influence(table, guess, support) for guess in (table.first, table.second)]
    )
    weights = table.counts.astype(np.float64)
    centred = influence - (influence @ weights / weights.sum())[:, None]
    covariance = (centred * weights) @ centred.T
    # Metrics that are the same number twice make it singular; eigh does not mind.
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(values.clip(0))
    moved = rng.standard_normal((n_draws, len(root))) @ root.T
    n_metrics = len(LABEL_METRICS)
    drawn = []
    for side, observed in enumerate(both_metrics(table)):
        columns = moved[:, side * n_metrics : (side + 1) * n_metrics]
        drawn.append(
            {name: observed[name] + columns[:, j] for j, name in enumerate(LABEL_METRICS)}
        )
    return drawn[0], drawn[1]


def _influence(table: Cells, predicted: Codes, support: Values) -> Values:
    """Return what one more row of a cell does, shape (n_metrics, n_cells)."""
    rows = table.counts.astype(np.float64)
    right = predicted == table.true
    hits = by_class(rows[right], table.true[right], table.n_classes)
    totals = by_class(rows, predicted, table.n_classes)
    by_hit, by_prediction, by_truth = (
        _gradient((hits, totals, support), which) for which in range(3)
    )
    moved: Values = by_hit[:, table.true] * right
    moved += by_prediction[:, predicted] + by_truth[:, table.true]
    return moved


def _gradient(counts: tuple[Values, Values, Values], which: int) -> Values:
    """Return the derivative by one kind of count, shape (n_metrics, n_classes)."""
    step = _STEP * np.eye(len(counts[which]))
    ahead, behind = (
        label_metrics(
            *(
                one + sign * step if i == which else one + 0 * step
                for i, one in enumerate(counts)
            )
        )
        for sign in (1, -1)
    )
    return np.stack([(ahead[name] - behind[name]) / (2 * _STEP) for name in LABEL_METRICS])
