"""Whether predicted quantiles are what they are meant to be."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types import QuantileShare
from tunecard.report.load import Predictions
from tunecard.report.stats.binomial import clopper_pearson
from tunecard.report.stats.grouped import LEAST_GROUPS, grouped_mean_difference
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import Values
from tunecard.runner.schema import Variant


def quantile_shares(
    rows: Predictions,
    predicted: Mapping[Variant, Values],
    quantiles: Mapping[Variant, float],
) -> dict[Variant, QuantileShare]:
    """Return the share of test rows at or below the quantiles that two cases predict.

    Parameters
    ----------
    rows : Predictions
        Of a regression.
    predicted : dict of ndarray of float64, shape (n_test,)
        By variant.
    quantiles : dict of float
        By variant, of the cases that predict one.

    Returns
    -------
    dict of QuantileShare
        By variant; empty unless both cases predict a quantile, or with fewer than 10
        groups or blocks of rows.
    """
    if set(quantiles) != {"baseline", "tuned"} or set(predicted) != set(quantiles):
        return {}
    shares = {}
    for variant, values in predicted.items():
        below = rows.y_true <= values
        interval = _interval(below, rows)
        if interval is not None:
            shares[variant] = QuantileShare(
                quantile=quantiles[variant],
                n_below=int(below.sum()),
                share=float(below.mean()),
                interval=interval,
            )
    return shares


def _interval(below: NDArray[np.bool_], rows: Predictions) -> Interval | None:
    """Return the interval of a share of rows: exact, or that of groups of rows."""
    if rows.unit is None:
        return clopper_pearson(int(below.sum()), len(below))
    if rows.n_units < LEAST_GROUPS:
        return None
    inference = grouped_mean_difference(
        np.zeros(len(below)), below, rows.unit, bounds=(0.0, 1.0), in_time=rows.in_time
    )
    return None if inference is None else inference.interval()
