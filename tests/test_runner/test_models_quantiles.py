"""Which regressors predict a quantile, and which one."""

from typing import Any

import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, QuantileRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner.models.quantiles import quantile_of


class Boosted:
    """As LightGBM's and XGBoost's regressors hold their parameters."""

    def __init__(self, **params: Any) -> None:
        self.params = params

    def get_params(self, *, deep: bool) -> dict[str, Any]:  # noqa: ARG002 # its signature
        """Return them."""
        return self.params


@pytest.mark.parametrize(
    ("estimator", "quantile"),
    [
        (GradientBoostingRegressor(loss="quantile"), 0.9),  # its default
        (GradientBoostingRegressor(alpha=0.8), None),
        (GradientBoostingRegressor(loss="huber", alpha=0.8), None),
        (HistGradientBoostingRegressor(loss="quantile", quantile=0.05), 0.05),
        (HistGradientBoostingRegressor(loss="quantile"), None),  # fit refuses it
        (HistGradientBoostingRegressor(quantile=0.05), None),
        (QuantileRegressor(), 0.5),
        (QuantileRegressor(quantile=1), None),
        (LinearRegression(), None),
        (make_pipeline(StandardScaler(), QuantileRegressor(quantile=0.25)), 0.25),
        (Boosted(objective="quantile", alpha=0.7), 0.7),
        (Boosted(objective="reg:quantileerror", quantile_alpha=0.6), 0.6),
        (Boosted(objective="reg:quantileerror", quantile_alpha=[0.1, 0.9]), None),
        (object(), None),
    ],
)
def test_the_quantile_is_that_of_its_parameters(estimator: Any, quantile: Any) -> None:
    """Only where the loss makes it one."""
    assert quantile_of(estimator) == quantile
