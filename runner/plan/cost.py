"""What a call costs on the whole data, estimated from small parts of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tunecard.runner.plan.jobs import Point

# How a fit may grow with the rows. The plainest exponent that comes as near to the
# points as times are repeatable is believed: a steeper one is a large claim about
# the whole data. A row is predicted in linear time at most.
EXPONENTS = (1.0, 1.5, 2.0, 3.0)
REPEATABLE = 0.15  # root mean square of the relative distances
SHORT = 0.05  # seconds; of a shorter call's growth nothing is known
LAST = 4  # points that count; the shortest calls say least about long ones


@dataclass(frozen=True)
class CostCurve:
    """Seconds or bytes of a call by rows: ``constant + slope * rows ** exponent``."""

    constant: float
    slope: float
    exponent: float = 1.0

    def at(self, n_rows: int) -> float:
        """Return the value on so many rows."""
        grown: float = float(n_rows) ** self.exponent
        return self.constant + self.slope * grown


@dataclass(frozen=True)
class FitCost:
    """What the calls of a model cost, by its training rows.

    Attributes
    ----------
    fit, first_row, next_row : CostCurve
        Seconds of a fit, of predicting one row, of each further row.
    fit_alone, row_alone : CostCurve
        Of a fit and of a row, with one thread.
    candidates : float
        Of a candidate's fit, in fits of the baseline: their mean.
    candidates_rows : float
        The same of a row.
    memory : CostCurve or None
        Bytes of a fit and a predict, above what was resident.
    """

    fit: CostCurve
    first_row: CostCurve
    next_row: CostCurve
    fit_alone: CostCurve
    row_alone: CostCurve
    candidates: float = 1.0
    candidates_rows: float = 1.0
    memory: CostCurve | None = None

    def predict(self, n_rows: int, n_queries: int) -> float:
        """Return the seconds of predicting `n_queries` rows after `n_rows` of training."""
        further = max(n_queries - 1, 0) * self.next_row.at(n_rows)
        return self.first_row.at(n_rows) + further


def cost(points: Sequence[Point]) -> FitCost | None:
    """Make the cost of a model from what was measured of it.

    Parameters
    ----------
    points : sequence of Point
        The baseline on rising sizes first.

    Returns
    -------
    FitCost or None
        None where not even the baseline was measured.
    """
    well = [point for point in points if point.reason is None]
    baseline = [p for p in well if p.setting == 0 and not p.one_thread]
    if not baseline:
        return None
    alone = [p for p in well if p.setting == 0 and p.one_thread]
    alone = sorted(alone, key=lambda point: point.n_rows) or baseline
    memory = [(p.n_rows, float(p.memory)) for p in baseline if p.memory is not None]
    return FitCost(
        fit=_fit_curve([(p.n_rows, p.fit) for p in baseline], EXPONENTS),
        first_row=_fit_curve([(p.n_rows, p.first_row) for p in baseline]),
        next_row=_fit_curve([(p.n_rows, p.next_row) for p in baseline]),
        fit_alone=_fit_curve([(p.n_rows, p.fit) for p in alone], EXPONENTS),
        row_alone=_fit_curve([(p.n_rows, p.next_row) for p in alone]),
        candidates=_share([p for p in well if p.setting], alone, _fit),
        candidates_rows=_share([p for p in well if p.setting], alone, _row),
        memory=_fit_curve(memory) if memory else None,
    )


def _fit(point: Point) -> float:
    return point.fit


def _row(point: Point) -> float:
    return point.next_row


def _share(
    some: Sequence[Point], of: Sequence[Point], value: Callable[[Point], float]
) -> float:
    """Return the mean of some values, each in that of another on as many rows."""
    base = {point.n_rows: value(point) for point in of}
    shares = [
        value(p) / base[p.n_rows] for p in some if base.get(p.n_rows, 0.0) > 0 and value(p)
    ]
    return sum(shares) / len(shares) if shares else 1.0


def _fit_curve(
    points: Sequence[tuple[int, float]], exponents: Sequence[float] = EXPONENTS[:1]
) -> CostCurve:
    """Fit a curve through measured points, each with the same relative weight.

    No part is negative (C. L. Lawson and R. J. Hanson 1974, "Solving Least Squares
    Problems", chapter 23): a call never gets faster with more rows.
    """
    from scipy.optimize import nnls

    taken = [(n, value) for n, value in points[-LAST:] if value > 0]
    if not taken:
        return CostCurve(0.0, 0.0)
    if len(taken) == 1:
        n_rows, value = taken[0]
        return CostCurve(0.0, value / n_rows)
    rows, values = np.asarray(taken, dtype=np.float64).T
    # Two points determine a line and no exponent.
    if len(taken) == 2 or values[-1] < SHORT:
        exponents = EXPONENTS[:1]
    fits: list[tuple[float, CostCurve]] = []
    for exponent in exponents:
        grown = (rows / rows[-1]) ** exponent
        weighted = np.column_stack([1 / values, grown / values])
        (constant, slope), distance = nnls(weighted, np.ones(len(values)))
        slope /= rows[-1] ** exponent
        fits.append((distance, CostCurve(float(constant), float(slope), exponent)))
        if distance < REPEATABLE * math.sqrt(len(values)):
            return fits[-1][1]
    return min(fits, key=lambda item: item[0])[1]
