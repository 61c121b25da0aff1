"""Two independent samples: other test rows, or the rounds of another run."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.confusion import ADDED_ROWS, case_errors
from tunecard.report.stats.inference import PairedInference, inverted, student
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import Cells, both_metrics
from tunecard.report.stats.means import t_quantile
from tunecard.report.stats.ratios import LEAST_FLOOR, Ratio, widening
from tunecard.runner.metrics import Metric

#: Earlier runs of the same machine and study from which their own spread is used.
ENOUGH_RUNS = 5
#: Share by which two identical runs may differ by noise alone, with fewer runs than that.
RUN_FLOOR = 0.10
#: Standard errors from which an estimate is impossibly far from a shift.
_FAR = 1e6


def two_proportions(
    first: int, n_first: int, second: int, n_second: int
) -> PairedInference:
    """Return the inference of a difference of two independent proportions.

    Parameters
    ----------
    first, n_first : int
        Right rows and all rows of the first sample.
    second, n_second : int
        The same of the second; the difference is second less first.

    Returns
    -------
    PairedInference
        Of score tests; p is 1 where every row, or none, is right in both.

    References
    ----------
    O. Miettinen and M. Nurminen (1985), "Comparative analysis of two rates",
    Statistics in Medicine 4, 213-226, equations 8 to 10 and appendix I.

    Examples
    --------
    >>> interval = two_proportions(48, 80, 56, 70).interval()  # Newcombe 1998b, Table II
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0528, 0.3382)
    """
    estimate = second / n_second - first / n_first

    def root(shift: float) -> float:
        gap = estimate - shift
        deviation = _deviation(shift, first, n_first, second, n_second)
        if deviation == 0:
            return 0.0 if gap == 0 else math.copysign(_FAR, gap)
        return min(max(gap / deviation, -_FAR), _FAR)

    share, n = (first + second) / (n_first + n_second), min(n_first, n_second)
    spread = share * (1 - share) * (1 / n_first + 1 / n_second)
    return inverted(
        estimate,
        root,
        bounds=(-1.0, 1.0),
        method="score test of two independent proportions",
        n_units=n,
        n_informative=min(first + second, n_first + n_second - first - second),
        sd=math.sqrt(spread * n),
    )


def _deviation(delta: float, first: int, n_first: int, second: int, n_second: int) -> float:
    """Return the standard error of the difference where it is ``delta`` (appendix I)."""
    n, right = n_first + n_second, first + second
    c2 = (n_second + 2 * n_first) * delta - n - right
    c1 = (n_first * delta - n - 2 * first) * delta + right
    c0 = first * delta * (1 - delta)
    third = c2 / (3 * n)
    q = third**3 - c1 * c2 / (6 * n**2) + c0 / (2 * n)
    p = math.copysign(math.sqrt(max(third**2 - c1 / (3 * n), 0.0)), q)
    # Rounding can push the cosine of a double root beyond 1.
    cosine = q / p**3 if p else 0.0
    angle = (math.pi + math.acos(min(max(cosine, -1.0), 1.0))) / 3
    share_first = min(max(2 * p * math.cos(angle) - third, 0.0), 1.0)
    share_second = min(max(share_first + delta, 0.0), 1.0)
    variance = share_first * (1 - share_first) / n_first
    variance += share_second * (1 - share_second) / n_second
    return math.sqrt(variance * n / (n - 1))


def independent_differences(
    first: Cells, second: Cells, metrics: Sequence[Metric]
) -> dict[str, PairedInference]:
    """Return the inference of differences of two cases on different test rows.

    The variance of each case's metric follows from its influence values, with two
    wrong rows added as in :func:`tunecard.report.stats.confusion.confusion_differences`.
    The reference is Student's t; a metric moves with few of the rows, the wrong ones of
    a case (the right ones, where they are fewer), and the case with fewer of them gives
    the degrees of freedom.

    Parameters
    ----------
    first, second : Cells
        Each with the case's own predictions as both of its predictions.
    metrics : sequence of Metric
        Functions of the confusion matrix.

    Returns
    -------
    dict of PairedInference
        By the metric's name, of those that have a value for both; second less first.
    """
    values = [both_metrics(table, metrics)[0] for table in (first, second)]
    errors = [case_errors(table, metrics) for table in (first, second)]
    rows = [_informative(table) for table in (first, second)]
    n = min(int(table.counts.sum()) for table in (first, second))
    results = {}
    for place, metric in enumerate(metrics):
        ends = [float(of_case[metric.name]) for of_case in values]
        estimate = ends[1] - ends[0]
        if not math.isfinite(estimate):
            continue
        error = math.hypot(*(float(of_case[place]) for of_case in errors))
        width = metric.range[1] - metric.range[0]
        results[metric.name] = student(
            estimate,
            error,
            float(max(min(rows) + ADDED_ROWS - 1, 1)),
            method="t test of two independent samples",
            n_units=n,
            n_informative=min(rows),
            bounds=(-width, width),
        )
    return results


def _informative(table: Cells) -> int:
    wrong = int(table.counts[table.first != table.true].sum())
    return min(wrong, int(table.counts.sum()) - wrong)


def difference_of_means(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    level: float = 0.95,
    widened: tuple[float, float] = (1.0, 1.0),
) -> Interval | None:
    """Return Welch's interval of a difference of means, second less first.

    Parameters
    ----------
    first, second : ndarray of float, shape (n,)
        Values of each sample.
    level : float
        Nominal coverage.
    widened : tuple of float
        By what each sample's standard error is multiplied.

    Returns
    -------
    Interval or None
        None where a sample has under 2 values, or one that is not finite.

    References
    ----------
    B. L. Welch (1947), "The generalization of 'Student's' problem when several
    different population variances are involved", Biometrika 34, 28-35.
    """
    if min(len(first), len(second)) < 2:
        return None
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    parts = [
        (factor**2 * float(values.var(ddof=1)) / len(values), len(values) - 1)
        for values, factor in zip((first, second), widened, strict=True)
    ]
    variance = sum(part for part, _ in parts)
    estimate = float(second.mean() - first.mean())
    if variance == 0:
        return Interval(estimate, estimate, level, "Welch's t interval")
    freedom = variance**2 / sum(part**2 / n for part, n in parts)
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
    return Interval(estimate - half, estimate + half, level, "Welch's t interval")


def run_ratio(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    n_calls: tuple[int, int],
    floor: float,
    level: float = 0.95,
) -> Ratio | None:
    """Return the ratio of the times of two runs, with an interval that holds the floor.

    Rounds of two runs are not paired, and what a whole run had in common (the
    machine's state, where memory lay) does not show within it. So the half-width
    of Welch's interval of the logarithms is joined by the floor, what two runs
    may differ by through noise alone: the root of the sum of their squares.

    Parameters
    ----------
    first, second : ndarray of float, shape (n_rounds,)
        Values of the rounds of each run, above 0, already relative to the
        machine's speed.
    n_calls : tuple of int
        Timed calls that a round's value is the median of.
    floor : float
        A share: 95 % of pairs of equal runs differ by less.
    level : float
        Of Welch's interval: higher where several times are compared together and
        the floor does not allow for that.

    Returns
    -------
    Ratio or None
        ``n_rounds`` is the smaller of the two numbers. None without a round;
        no interval under 2 rounds in a run.
    """
    first_logs, second_logs = (np.log(values[values > 0]) for values in (first, second))
    n_rounds = min(len(first_logs), len(second_logs))
    if n_rounds == 0:
        return None
    value = math.exp(float(second_logs.mean() - first_logs.mean()))
    if n_rounds < 2:
        return Ratio(value, None, None, n_rounds)
    widened = (
        widening(len(first_logs), n_calls[0]),
        widening(len(second_logs), n_calls[1]),
    )
    within = difference_of_means(first_logs, second_logs, level=level, widened=widened)
    if within is None:
        return Ratio(value, None, None, n_rounds)
    half = math.hypot((within.high - within.low) / 2, math.log1p(floor))
    method = "Welch's t on log times, with the noise between runs"
    low, high = value * math.exp(-half), value * math.exp(half)
    return Ratio(value, Interval(low, high, 0.95, method), math.expm1(half), n_rounds)


def run_floor(logs: Sequence[float], n_tests: int) -> float:
    """Return the share by which two identical runs may differ by noise alone.

    Parameters
    ----------
    logs : sequence of float
        Logarithms of the relative time of the same case in earlier runs.
    n_tests : int
        Times that are compared together: in 95 % of pairs of equal runs none
        of them leaves its range (Bonferroni).

    Returns
    -------
    float
        10 % with fewer than 5 runs; then the prediction range of
        the difference of two more, ``t(n - 1) * s * sqrt(2)``, at least 2 %.

    References
    ----------
    G. J. Hahn and W. Q. Meeker (1991), "Statistical Intervals", section 4.7.
    """
    if len(logs) < ENOUGH_RUNS:
        return RUN_FLOOR
    spread = float(np.std(np.asarray(logs, dtype=float), ddof=1)) * math.sqrt(2)
    level = 1 - 0.05 / max(n_tests, 1)
    return max(math.expm1(t_quantile(level, len(logs) - 1) * spread), LEAST_FLOOR)
