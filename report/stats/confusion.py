"""Functions of the confusion matrix: paired permutation, scaled at every shift."""

import math
from collections.abc import Sequence

import numpy as np

from tunecard.report.stats.inference import PairedInference, inverted
from tunecard.report.stats.labels import Cells, Counts, both_metrics, by_class, values_of
from tunecard.report.stats.linear import influences
from tunecard.report.stats.references import symmetric_reference
from tunecard.runner.metrics import Codes, Confusion, Metric, Values

METHOD = "paired permutation test"
#: Exchanges of the two cases' answers, the least of them where very many distinct cells
#: are discordant, the counts drawn in all, and those handled at once.
N_PERMUTATIONS, MIN_PERMUTATIONS = 4_000, 500
_MAX_DRAWS = 8_000_000
_CHUNK = 1_000_000
#: Sums in another order differ by 1e-16: smaller differences than this count as 0.
_SAME = 1e-12
#: Discordant rows that are added to the variance: what few of them did not show.
ADDED_ROWS = 2.0


def confusion_differences(
    table: Cells,
    metrics: Sequence[Metric],
    rng: np.random.Generator,
    *,
    n_permutations: int | None = None,
) -> dict[str, PairedInference]:
    """Return the inference of differences of functions of the confusion matrix.

    Where the two cases are exchangeable, exchanging their answers on a row changes
    nothing: that is the reference. The difference and the exchanges are each divided
    by their own standard error (that of the difference from influence values, and at
    least that of the exchanges), so that the reference also applies at shifts other
    than 0, and p is at least that of the permutation test. Two discordant rows, shared
    equally by the classes, are added to the variance of the difference: identical
    predictions on the two rows of a rare class are not proof of equivalence.

    Parameters
    ----------
    table : Cells
        Distinct (true, first, second) class codes and the rows of each.
    metrics : sequence of Metric
        Functions of the confusion matrix; all of them see the same exchanges.
    rng : numpy.random.Generator
        Made from the study's seed.
    n_permutations : int, optional
        4,000, and down to 500 where very many cells are discordant. Where so many are
        that 500 take too long, and with 0, the reference is the normal distribution.

    Returns
    -------
    dict of PairedInference
        By the metric's name, of those that have a value for both cases.

    References
    ----------
    E. Chung and J. P. Romano (2013), "Exact and asymptotically robust permutation
    tests", Annals of Statistics 41, 484-507. Added rows: A. Agresti and Y. Min
    (2005), "Simple improved confidence intervals for comparing matched
    proportions", Statistics in Medicine 24, 729-740.
    """
    observed = both_metrics(table, metrics)
    errors = _errors(table, metrics)
    exchanged = _exchange(table, metrics, rng, n_permutations)
    results = {}
    for metric, error in zip(metrics, errors, strict=True):
        first, second = (float(values[metric.name]) for values in observed)
        estimate = second - first
        if math.isfinite(estimate):
            if abs(estimate) < _SAME:
                estimate = 0.0
            draws = exchanged.get(metric.name)
            results[metric.name] = _invert(table, metric, estimate, float(error), draws)
    return results


def _errors(table: Cells, metrics: Sequence[Metric]) -> Values:
    """Return the standard errors of differences, the added rows included."""
    (first, switch_first), (second, switch_second) = (
        influences(table, metrics, predicted) for predicted in (table.first, table.second)
    )
    squares = (switch_first**2 + switch_second**2) / 2
    return _spread(table, second - first, squares)


def case_errors(table: Cells, metrics: Sequence[Metric]) -> Values:
    """Return the standard errors of the first case's metrics, two wrong rows added."""
    influence, switch = influences(table, metrics, table.first)
    return _spread(table, influence, switch**2)


def _spread(table: Cells, influence: Values, squares: Values) -> Values:
    moved, counts = np.nan_to_num(influence), table.counts.astype(np.float64)
    variance = moved**2 @ counts - (moved @ counts) ** 2 / counts.sum()
    support = by_class(counts, table.true, table.n_classes)
    rows = support / (support + ADDED_ROWS) / np.count_nonzero(support)
    errors: Values = np.sqrt(
        variance.clip(0) + ADDED_ROWS * (np.nan_to_num(squares) @ rows)
    )
    return errors


def _invert(
    table: Cells, metric: Metric, estimate: float, error: float, draws: Values | None
) -> PairedInference:
    n = int(table.counts.sum())
    discordant = table.first != table.second
    reference = None
    if draws is not None and (spread := float(np.sqrt((draws**2).mean()))) > 0:
        reference = symmetric_reference(draws / spread)
        # Where rare classes come and go the metric is not smooth; at no difference the
        # test is then that of the exchanges themselves.
        error = max(error, spread)

    def root(shift: float) -> float:
        statistic = (estimate - shift) / error if error > 0 else 0.0
        return statistic if reference is None else reference.root(statistic)

    width = metric.range[1] - metric.range[0]
    return inverted(
        estimate,
        root,
        bounds=(-width, width),
        method=METHOD,
        n_units=n,
        n_informative=int(table.counts[discordant].sum()),
        sd=error * math.sqrt(n),
    )


def _matrix(table: Cells, counts: Counts, which: int) -> Confusion:
    """Return one case's confusion in rows of each cell, (n_draws, n_cells)."""
    predicted = table.second if which else table.first
    right = predicted == table.true
    rows = counts.astype(np.float64)
    return Confusion(
        by_class(rows[..., right], table.true[right], table.n_classes),
        by_class(rows, predicted, table.n_classes),
        by_class(rows, table.true, table.n_classes),
        table.positive,
    )


def _exchange(
    table: Cells,
    metrics: Sequence[Metric],
    rng: np.random.Generator,
    n_permutations: int | None,
) -> dict[str, Values]:
    """Return the differences where the two answers of each row change places by chance.

    Only what the exchanges move is counted: hits and predicted rows of the classes.
    """
    discordant = np.flatnonzero(table.first != table.second)
    if len(discordant) == 0 or n_permutations == 0:
        return {}
    if n_permutations is None:
        most = _MAX_DRAWS // len(discordant)
        if most < MIN_PERMUTATIONS:
            return {}
        n_permutations = min(most, N_PERMUTATIONS)
    counts = table.counts[discordant]
    first, second = (_matrix(table, table.counts[None, :], which) for which in (0, 1))
    moves = _moves(table, discordant)
    size = max(_CHUNK // len(discordant), 1)
    parts: dict[str, list[Values]] = {metric.name: [] for metric in metrics}
    for at in range(0, n_permutations, size):
        n_draws = min(size, n_permutations - at)
        moved = rng.binomial(counts, 0.5, (n_draws, len(discordant))).astype(np.float64)
        hits, predicted = (moved @ move for move in moves)
        values = [
            values_of(
                Confusion(
                    case.hits + sign * hits,
                    case.predicted + sign * predicted,
                    np.broadcast_to(case.support, hits.shape),
                    table.positive,
                ),
                metrics,
            )
            for case, sign in ((first, 1.0), (second, -1.0))
        ]
        for metric in metrics:
            parts[metric.name].append(values[1][metric.name] - values[0][metric.name])
    return {
        name: np.nan_to_num(np.concatenate(draws), nan=0.0) for name, draws in parts.items()
    }


def _moves(table: Cells, discordant: Codes) -> tuple[Values, Values]:
    """Return what an exchanged row of each cell adds to the first case, by class."""
    true, first, second = (
        codes[discordant] for codes in (table.true, table.first, table.second)
    )
    cells, classes = np.arange(len(discordant)), np.arange(table.n_classes)
    predicted = np.zeros((len(discordant), table.n_classes))
    predicted[cells, second] += 1.0
    predicted[cells, first] -= 1.0
    gained = (second == true).astype(np.float64) - (first == true)
    return gained[:, None] * (classes == true[:, None]), predicted
