"""Functions of the confusion matrix: paired permutation, studentized at every shift."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from tunecard.report.stats.inference import PairedInference, inverted
from tunecard.report.stats.labels import Cells, Counts, Values, by_class, label_metrics
from tunecard.report.stats.references import symmetric_reference

#: A metric of the rows of each class that were right, that were predicted as it, and
#: that truly are it, each of shape (..., n_classes).
ClassMetric = Callable[[Values, Values, Values], Values]

METHOD = "studentized paired permutation"
#: Exchanges of the two cases' answers, and counts handled at once.
N_PERMUTATIONS = 4_000
_CHUNK = 1_000_000
#: Half a row: metrics are smooth in counts this large.
_STEP = 0.5
#: Discordant rows that are added to the variance: what few of them did not show.
_ADDED_ROWS = 2.0


def _cohen_kappa(hits: Values, predicted: Values, support: Values) -> Values:
    n = support.sum(axis=-1)
    chance = (predicted * support).sum(axis=-1) / n
    return _ratio(hits.sum(axis=-1) - chance, n - chance)


def _matthews(hits: Values, predicted: Values, support: Values) -> Values:
    n = support.sum(axis=-1)
    above = n * hits.sum(axis=-1) - (predicted * support).sum(axis=-1)
    spread = (n**2 - (predicted**2).sum(axis=-1)) * (n**2 - (support**2).sum(axis=-1))
    return _ratio(above, np.sqrt(spread.clip(0)))


def _jaccard_macro(hits: Values, predicted: Values, support: Values) -> Values:
    either = predicted + support - hits
    mean: Values = _ratio(hits, either).sum(axis=-1) / (either > 0).sum(axis=-1)
    return mean


def _label_metric(name: str) -> ClassMetric:
    return lambda hits, predicted, support: label_metrics(hits, predicted, support)[name]


#: By the names of scikit-learn's scorers, and ``cohen_kappa``.
CLASS_METRICS: Mapping[str, ClassMetric] = MappingProxyType(
    {
        **{
            name: _label_metric(name)
            for name in (
                "accuracy",
                "balanced_accuracy",
                "precision_macro",
                "recall_macro",
                "f1_macro",
                "precision_weighted",
                "recall_weighted",
                "f1_weighted",
            )
        },
        "matthews_corrcoef": _matthews,
        "cohen_kappa": _cohen_kappa,
        "jaccard_macro": _jaccard_macro,
    }
)


def binary_metric(name: str, positive: int) -> ClassMetric:
    """Return precision, recall, F1 or Jaccard of one class.

    Parameters
    ----------
    name : str
        ``precision``, ``recall``, ``f1`` or ``jaccard``; 0 where undefined.
    positive : int
        Code of the positive class.
    """
    forms: dict[str, ClassMetric] = {
        "precision": lambda hits, predicted, _: _ratio(hits, predicted),
        "recall": lambda hits, _, support: _ratio(hits, support),
        "f1": lambda hits, predicted, support: _ratio(2 * hits, predicted + support),
        "jaccard": lambda hits, predicted, support: _ratio(
            hits, predicted + support - hits
        ),
    }
    form = forms[name]
    return lambda hits, predicted, support: form(hits, predicted, support)[..., positive]


def confusion_difference(
    table: Cells,
    metric: ClassMetric,
    rng: np.random.Generator,
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
    n_permutations: int = N_PERMUTATIONS,
) -> PairedInference:
    """Return the inference of the difference of a function of the confusion matrix.

    Where the two cases are exchangeable, exchanging their answers on a row changes
    nothing. The statistic is divided by its standard error
    (from influence values), in every exchange again, which makes the test valid
    also where the two differ in other ways than in the metric, and its distribution
    a reference at every shift. Two discordant rows, shared equally by the classes, are
    added to the variance, but not in the exchanges: identical predictions on the two
    rows of a rare class are not proof of equivalence. The test is then a little more
    careful than the exact one.

    Parameters
    ----------
    table : Cells
        Distinct (true, first, second) class codes and the rows of each.
    metric : callable
        One of :data:`CLASS_METRICS`, or of :func:`binary_metric`.
    rng : numpy.random.Generator
        Made from the study's seed.
    bounds : tuple of float
        Smallest and largest difference that is possible; (-2, 2) for Matthews and
        kappa.
    n_permutations : int
        Exchanges.

    Returns
    -------
    PairedInference

    References
    ----------
    E. Chung and J. P. Romano (2013), "Exact and asymptotically robust permutation
    tests", Annals of Statistics 41, 484-507. Added rows: A. Agresti and Y. Min
    (2005), "Simple improved confidence intervals for comparing matched
    proportions", Statistics in Medicine 24, 729-740.
    """
    discordant = np.flatnonzero(table.first != table.second)
    n = int(table.counts.sum())
    n_discordant = int(table.counts[discordant].sum())
    observed, error = _studentized(table, table.counts[None, :], metric, _ADDED_ROWS)
    estimate, scale = float(observed[0]), float(error[0])
    reference = None
    if n_discordant:
        reference = symmetric_reference(
            _permuted(table, discordant, metric, rng, n_permutations)
        )

    def root(shift: float) -> float:
        statistic = (estimate - shift) / scale if scale > 0 else 0.0
        return statistic if reference is None else reference.root(statistic)

    return inverted(
        estimate,
        root,
        bounds=bounds,
        method=METHOD,
        n_units=n,
        n_informative=n_discordant,
        sd=scale * math.sqrt(n),
    )


def class_counts(
    table: Cells, counts: Counts | Values, which: int
) -> tuple[Values, Values, Values]:
    """Return hits, predicted and support of one case (0 or 1), (..., n_classes)."""
    predicted = table.second if which else table.first
    right = predicted == table.true
    rows = counts.astype(np.float64)
    return (
        by_class(rows[..., right], table.true[right], table.n_classes),
        by_class(rows, predicted, table.n_classes),
        by_class(rows, table.true, table.n_classes),
    )


def _permuted(
    table: Cells,
    discordant: Counts,
    metric: ClassMetric,
    rng: np.random.Generator,
    n_permutations: int,
) -> Values:
    """Return the statistic where the two answers of each row change places by chance."""
    both, mirror = _mirrored(table, discordant)
    counts = np.zeros(len(both.true), dtype=np.int64)
    counts[: len(table.counts)] = table.counts
    size = max(_CHUNK // len(counts), 1)
    parts = []
    for at in range(0, n_permutations, size):
        n_draws = min(size, n_permutations - at)
        drawn = np.repeat(counts[None, :], n_draws, axis=0)
        moved = rng.binomial(table.counts[discordant], 0.5, (n_draws, len(discordant)))
        for j, (cell, other) in enumerate(zip(discordant, mirror, strict=True)):
            drawn[:, cell] -= moved[:, j]
            drawn[:, other] += moved[:, j]
        values, errors = _studentized(both, drawn, metric, 0.0)
        parts.append(np.divide(values, errors, out=np.zeros_like(values), where=errors > 0))
    return np.concatenate(parts)


def _mirrored(table: Cells, discordant: Counts) -> tuple[Cells, list[int]]:
    """Add the cells with both answers exchanged, and where each discordant one goes."""
    places = {
        key: i
        for i, key in enumerate(
            zip(
                table.true.tolist(),
                table.first.tolist(),
                table.second.tolist(),
                strict=True,
            )
        )
    }
    mirror = []
    for i in discordant:
        key = (int(table.true[i]), int(table.second[i]), int(table.first[i]))
        mirror.append(places.setdefault(key, len(places)))
    cells = np.array(list(places), dtype=np.int64)
    counts = np.zeros(len(cells), dtype=np.int64)
    return Cells(cells[:, 0], cells[:, 1], cells[:, 2], counts, table.n_classes), mirror


def _studentized(
    table: Cells, counts: Counts, metric: ClassMetric, added_rows: float
) -> tuple[Values, Values]:
    """Return differences and their standard errors, each of shape (n_draws,)."""
    n = counts[0].sum()
    values, influences, weights = [], [], []
    for which, predicted in enumerate((table.first, table.second)):
        numbers = class_counts(table, counts, which)
        values.append(metric(*numbers))
        by_hit, by_guess, by_truth = (gradient(metric, numbers, i) for i in range(3))
        right = predicted == table.true
        influences.append(
            by_hit[:, table.true] * right + by_guess[:, predicted] + by_truth[:, table.true]
        )
        weights.append(switch_weights(by_hit, by_guess))
    moved = influences[1] - influences[0]
    shares = counts / n
    mean = (shares * moved).sum(axis=1)
    variance = (shares * moved**2).sum(axis=1) - mean**2
    # What a discordant row moves: its answer, from the class to the others' average.
    switched = (weights[0] ** 2 + weights[1] ** 2) / 2
    support = by_class(counts[:1].astype(np.float64), table.true, table.n_classes)
    rows = support / (support + _ADDED_ROWS) / np.count_nonzero(support)
    total = n * variance.clip(0) + added_rows * (rows * switched).sum(axis=1)
    difference = values[1] - values[0]
    # Two sums in another order differ by 1e-16, which is no difference.
    difference = np.where(np.abs(difference) < 1e-12, 0.0, difference)
    return difference, np.sqrt(total)


def switch_weights(by_hit: Values, by_guess: Values) -> Values:
    """Return what a right row of each class moves when its answer becomes wrong."""
    n_classes = by_guess.shape[1]
    others = (by_guess.sum(axis=1, keepdims=True) - by_guess) / max(n_classes - 1, 1)
    moved: Values = by_hit + by_guess - others
    return moved


def gradient(
    metric: ClassMetric, counts: tuple[Values, Values, Values], which: int
) -> Values:
    """Return the derivative by one kind of count, (n_draws, n_classes)."""
    columns = []
    for k in range(counts[which].shape[1]):
        sides = []
        for step in (_STEP, -_STEP):
            changed = counts[which].copy()
            changed[:, k] += step
            sides.append(
                metric(*(changed if i == which else one for i, one in enumerate(counts)))
            )
        columns.append((sides[0] - sides[1]) / (2 * _STEP))
    return np.stack(columns, axis=1)


def _ratio(above: Values, below: Values) -> Values:
    out = np.zeros(np.broadcast(above, below).shape)
    return np.divide(above, below, out=out, where=below > 0)
