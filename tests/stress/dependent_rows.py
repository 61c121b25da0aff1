"""Equal and unequal models on rows in groups, and in time: how often a test is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import signal, special

from tunecard.report.stats.auc import auc_difference
from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_confusion_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.in_time import blocks_of
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.labels import cells
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.shares import share_difference
from tunecard.runner.metrics import Metric, find

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
METRICS = ("accuracy", "f1_macro", "roc_auc", "log_loss")
#: Rows before the first, so that a series has forgotten how it began.
_BURN_IN = 100


@dataclass(frozen=True)
class Answers:
    """What two models answer: classes, log odds of shape (2, n_rows), and groups."""

    y: Codes
    logits: Floats
    groups: NDArray[np.intp]

    @property
    def labels(self) -> Codes:
        """The predicted classes."""
        return (self.logits > 0).astype(np.int64)

    @property
    def losses(self) -> Floats:
        """The log losses."""
        shares = special.expit(np.where(self.y, self.logits, -self.logits))
        return np.asarray(-np.log(shares))


@dataclass(frozen=True)
class Errors:
    """Shares of studies.

    Attributes
    ----------
    words : dict of float
        That name a difference of two equal models, by metric.
    coverage : dict of float
        Whose interval holds the true difference of two unequal models.
    row_wise : dict of float
        As `words`, of the tests that take rows for independent.
    """

    words: Mapping[str, float]
    coverage: Mapping[str, float]
    row_wise: Mapping[str, float]


def in_groups(
    rng: Generator,
    n_groups: int,
    sizes: tuple[int, int],
    within: float,
    gain: float = 0.0,
) -> Answers:
    """Draw two models' answers for rows in groups.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_groups : int
    sizes : tuple of int
        Fewest and most rows of a group.
    within : float
        Correlation of a model's errors inside a group, a model and a group for itself;
        half of the other noise of a row is common to both models.
    gain : float
        What the second model's log odds are better by.
    """
    counts = rng.integers(sizes[0], sizes[1] + 1, n_groups)
    groups = np.repeat(np.arange(n_groups), counts)
    n_rows = len(groups)
    y = (rng.random(n_groups)[groups] < 0.5) ^ (rng.random(n_rows) < 0.25)
    noise = np.sqrt(0.5) * (rng.normal(size=n_rows) + rng.normal(size=(2, n_rows)))
    of_group = rng.normal(size=(2, n_groups))[:, groups]
    errors = np.sqrt(within) * of_group + np.sqrt(1 - within) * noise
    strength = np.array([[1.5], [1.5 + gain]])
    logits = strength * np.where(y, 1.0, -1.0) + 1.5 * errors
    return Answers(y.astype(np.int64), logits, groups)


def in_time(rng: Generator, n_rows: int, memory: float, gain: float = 0.0) -> Answers:
    """Draw two models' answers for rows in time: their errors are autoregressions."""
    shocks = rng.normal(size=(2, n_rows + _BURN_IN))
    errors = signal.lfilter([1], [1, -memory], shocks, axis=1)[:, _BURN_IN:]
    y = rng.random(n_rows) < 0.5
    strength = np.array([[1.5], [1.5 + gain]])
    logits = strength * np.where(y, 1.0, -1.0) + 1.5 * np.sqrt(1 - memory**2) * errors
    return Answers(y.astype(np.int64), logits, blocks_of(np.arange(n_rows)))


def dependent_test(answers: Answers, metric: str, *, time: bool) -> PairedInference | None:
    """Test the difference of the two models by groups, or in time."""
    y, labels, groups = answers.y, answers.labels, answers.groups
    if metric == "f1_macro":
        return grouped_confusion_difference(
            y, (labels[0], labels[1]), groups, _f1(), n_classes=2, in_time=time
        )
    if metric == "roc_auc":
        first, second = answers.logits
        return grouped_auc_difference(y == 1, first, second, groups, in_time=time)
    if metric == "accuracy":
        right = (labels == y).astype(float)
        return grouped_mean_difference(
            right[0], right[1], groups, bounds=(-1, 1), in_time=time
        )
    losses = answers.losses
    return grouped_mean_difference(losses[0], losses[1], groups, in_time=time)


def row_wise_test(answers: Answers, metric: str, rng: Generator) -> PairedInference | None:
    """Test the difference as if rows were independent."""
    y, labels = answers.y, answers.labels
    if metric == "f1_macro":
        counted = cells(y, labels[0], labels[1], 2, None)
        exchanged = confusion_differences(counted, [_f1()], rng, n_permutations=0)
        return exchanged.get("f1_macro")
    if metric == "roc_auc":
        return auc_difference(y == 1, answers.logits[0], answers.logits[1])
    if metric == "accuracy":
        right = labels == y
        only_first = int(np.count_nonzero(right[0] & ~right[1]))
        only_second = int(np.count_nonzero(~right[0] & right[1]))
        return share_difference(only_first, only_second, len(y))
    return mean_difference(*answers.losses)


def _f1() -> Metric:
    f1 = find("f1_macro")
    assert f1 is not None
    return f1


def errors_of(
    draw: Callable[[Generator, float], Answers],
    n_studies: int,
    seed: Sequence[int],
    *,
    time: bool,
    metrics: Sequence[str] = METRICS,
) -> Errors:
    """Simulate studies of two models.

    Parameters
    ----------
    draw : callable
        ``draw(rng, gain)``.
    n_studies : int
        Of equal models, and of unequal ones.
    seed : sequence of int
    time : bool
        Whether rows are in time.
    metrics : sequence of str
        Of `METRICS`.
    """
    rng = np.random.default_rng(list(seed))
    words, row_wise = (dict.fromkeys(metrics, 0) for _ in range(2))
    ends: dict[str, list[tuple[float, float, float]]] = {name: [] for name in metrics}
    for _ in range(n_studies):
        equal, unequal = draw(rng, 0.0), draw(rng, 0.5)
        for name in metrics:
            test = dependent_test(equal, name, time=time)
            words[name] += test is not None and test.p() < 0.05
            test = row_wise_test(equal, name, rng)
            row_wise[name] += test is not None and test.p() < 0.05
            test = dependent_test(unequal, name, time=time)
            assert test is not None
            interval = test.interval()
            ends[name].append((test.estimate, interval.low, interval.high))
    covered = {}
    for name, intervals in ends.items():
        estimates, lows, highs = np.array(intervals).T
        true = estimates.mean()  # over thousands of studies
        covered[name] = float(np.mean((lows <= true) & (true <= highs)))
    return Errors(
        {name: count / n_studies for name, count in words.items()},
        covered,
        {name: count / n_studies for name, count in row_wise.items()},
    )
