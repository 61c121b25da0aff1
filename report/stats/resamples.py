"""The bootstrap of label metrics over the test rows, paired between two cases.

Drawing test rows with replacement is drawing the counts of their distinct
combinations from a multinomial, of which there are far fewer than rows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import Cells, both_metrics
from tunecard.report.stats.linear import linear_draws
from tunecard.runner.metrics import AVERAGES, Metric, Values

Part: TypeAlias = Literal["first", "second"]

#: Resamples, and the least of them where there are very many distinct cells.
N_RESAMPLES, MIN_RESAMPLES = 5_000, 2_000
#: Draws of one bootstrap; with it 100 classes stay under a second.
_MAX_DRAWS = 4_000_000
#: Draws handled at once, which keeps them within some 16 MB.
_CHUNK = 2_000_000
#: Cells above which metrics are resampled by their linear part: there are as many
#: rows at least, and a million rows of 100 classes would take a minute.
MAX_CELLS = 4_000


@dataclass(frozen=True)
class Bootstrap:
    """Resampled label metrics of two cases on the same rows.

    A metric moves with few of the rows: the wrong ones of a case (the right
    ones, where they are fewer). Percentiles of resamples of so few rows are too narrow
    (simulated: 5.5 to 6.5 % false alarms at 1,000 rows), so they are expanded
    by Student's t for that number of rows.

    Attributes
    ----------
    first, second : dict of ndarray, shape (n_resamples,)
        Values by the metric's name, resample by resample on the same drawn rows.
    observed : pair of dict
        Every metric of the two cases on the rows themselves.
    informative : dict of int
        Rows that ``first`` and ``second`` rest on.

    References
    ----------
    T. C. Hesterberg (2015), "What teachers should know about the bootstrap",
    The American Statistician 69, 371-386: the expanded percentile interval,
    with tails ``Phi(-sqrt(n / (n - 1)) t(1 - alpha / 2, n - 1))``.
    """

    first: Mapping[str, Values]
    second: Mapping[str, Values]
    observed: tuple[Mapping[str, Values], Mapping[str, Values]]
    informative: Mapping[Part, int]

    def defined(self, metric: str) -> bool:
        """Return whether a metric has a value for both cases in every resample."""
        every = (*self.observed, self.first, self.second)
        return all(
            metric in values and bool(np.isfinite(values[metric]).all()) for values in every
        )

    def interval(
        self, which: Literal["first", "second"], metric: str, level: float = 0.95
    ) -> Interval | None:
        """Return the expanded percentile interval of a metric of one case.

        Parameters
        ----------
        which : str
            ``first`` or ``second``.
        metric : str
            Name of one of the resampled metrics.
        level : float
            Nominal coverage.

        Returns
        -------
        Interval or None
            None for a case that is right, or wrong, on every row: resampling
            shows no spread; and where a resample has no value.
        """
        if self.informative[which] == 0 or not self.defined(metric):
            return None
        values = self.first if which == "first" else self.second
        low, high = _ends(values[metric], level, self.informative[which])
        return Interval(low, high, level, "bootstrap, expanded percentile")


def _expansion(n_informative: int) -> tuple[int, float]:
    """Return Student's degrees of freedom and sqrt(n / (n - 1)); 2 rows at least."""
    n = max(n_informative, 2)
    return n - 1, math.sqrt(n / (n - 1))


def _ends(values: Values, level: float, n_informative: int) -> tuple[float, float]:
    freedom, stretch = _expansion(n_informative)
    t = float(special.stdtrit(freedom, (1 + level) / 2))
    tail = float(special.ndtr(-stretch * t))
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap(
    table: Cells,
    rng: np.random.Generator,
    n_resamples: int | None = None,
    metrics: Sequence[Metric] = AVERAGES,
) -> Bootstrap:
    """Resample the test rows and compute metrics of both cases.

    Parameters
    ----------
    table : Cells
        The distinct combinations and their counts.
    rng : numpy.random.Generator
        Made from the study's seed.
    n_resamples : int, optional
        5,000, and down to 2,000 where the cells are very many.
    metrics : sequence of Metric
        Functions of the confusion matrix; by default the averages over classes.

    Returns
    -------
    Bootstrap

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap",
    chapters 13 and 16.
    """
    n_cells = len(table.counts)
    if n_resamples is None:
        n_resamples = int(np.clip(_MAX_DRAWS // n_cells, MIN_RESAMPLES, N_RESAMPLES))
    if n_cells > MAX_CELLS:
        first, second = linear_draws(table, rng, n_resamples, metrics)
    else:
        first, second = _draws(table, metrics, rng, n_resamples)
    return Bootstrap(
        first,
        second,
        both_metrics(table, metrics),
        _informative(table),
    )


def _draws(
    table: Cells, metrics: Sequence[Metric], rng: np.random.Generator, n_resamples: int
) -> tuple[dict[str, Values], dict[str, Values]]:
    n = int(table.counts.sum())
    shares = table.counts / n
    chunk = max(_CHUNK // len(table.counts), 1)
    parts = [
        both_metrics(
            table, metrics, rng.multinomial(n, shares, size=min(chunk, n_resamples - at))
        )
        for at in range(0, n_resamples, chunk)
    ]
    first, second = (
        {
            metric.name: np.concatenate([part[side][metric.name] for part in parts])
            for metric in metrics
        }
        for side in (0, 1)
    )
    return first, second


def _informative(table: Cells) -> dict[Part, int]:
    n = int(table.counts.sum())
    wrong = [
        int(table.counts[predicted != table.true].sum())
        for predicted in (table.first, table.second)
    ]
    return {
        "first": min(wrong[0], n - wrong[0]),
        "second": min(wrong[1], n - wrong[1]),
    }
