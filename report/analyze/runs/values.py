"""A case of two regressions on other test rows: two independent samples of rows."""

import math
from typing import NamedTuple

from tunecard.report.analyze.resampled import resampled_test
from tunecard.report.load import Loaded
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.row_means import kurtosis_freedom
from tunecard.runner.metrics import find
from tunecard.runner.schema import Case, MetricSpec

METHOD = "t test of two independent samples"


class _Side(NamedTuple):
    """A metric of one run: its value, standard error, degrees of freedom, and rows."""

    value: float
    error: float
    freedom: float
    n: int


def independent_values(
    first: Loaded, second: Loaded, cases: tuple[Case, Case]
) -> dict[str, PairedInference] | None:
    """Return the inference of the difference of each metric, second minus first.

    Parameters
    ----------
    first, second : Loaded
        Both of regressions.
    cases : tuple of Case
        The same model and variant, of each run.

    Returns
    -------
    dict of PairedInference or None
        By metric, of those that both have; None without the predictions of both.

    References
    ----------
    B. L. Welch (1947), "The generalization of 'Student's' problem when several
    different population variances are involved", Biometrika 34, 28-35.
    """
    runs = list(zip((first, second), cases, strict=True))
    if any(not _has_rows(run, case) for run, case in runs):
        return None
    made = {}
    for spec in second.results.metrics:
        sides = [_side(run, case, spec) for run, case in runs]
        if sides[0] is not None and sides[1] is not None:
            made[spec.name] = _difference(sides[0], sides[1], spec)
    return made


def _has_rows(run: Loaded, case: Case) -> bool:
    return (
        run.predictions is not None
        and case.key in run.predictions.predicted
        and len(run.predictions.y_true) > 0
    )


def _side(run: Loaded, case: Case, spec: MetricSpec) -> _Side | None:
    """Return the metric of one run; None where it has no standard error."""
    rows, metric = run.predictions, find(spec.name, spec.task)
    assert rows is not None  # as the caller has checked
    if metric is None or metric.needs != "values":
        return None
    if metric.row_losses is not None:
        losses = metric.row_losses(rows.y_true, rows.outputs(case.key))
        n = len(losses)
        error = float(losses.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        side = _Side(float(losses.mean()), error, kurtosis_freedom(losses), n)
    else:
        alone = resampled_test(rows, (case.key,), spec)
        if alone is None:
            return None
        n = alone.n_units
        side = _Side(alone.estimate, alone.sd / math.sqrt(n), n - 1.0, n)
    return side if math.isfinite(side.value) and math.isfinite(side.error) else None


def _difference(first: _Side, second: _Side, spec: MetricSpec) -> PairedInference:
    """Compare two sides by Welch's t test."""
    squares = [side.error**2 for side in (first, second)]
    spread = sum(
        square**2 / side.freedom
        for square, side in zip(squares, (first, second), strict=True)
    )
    return student(
        second.value - first.value,
        math.sqrt(sum(squares)),
        sum(squares) ** 2 / spread if spread else math.inf,
        method=METHOD,
        n_units=min(first.n, second.n),
        bounds=(-spec.width, spec.width),
    )
