"""Weights of linear models: what one unit more of a column adds to the prediction."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

from tunecard.runner.models.linear import weights_of

X, Y = load_diabetes(return_X_y=True, scaled=False)


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        Ridge(alpha=10.0),
        make_pipeline(StandardScaler(), Ridge(alpha=10.0)),
        make_pipeline(StandardScaler(with_std=False), Ridge(alpha=10.0)),
        make_pipeline(RobustScaler(), Lasso(alpha=1.0)),
        make_pipeline(MaxAbsScaler(), Ridge()),
        make_pipeline(MinMaxScaler(), StandardScaler(), Ridge()),
    ],
    ids=repr,
)
def test_a_weight_is_the_slope_of_the_prediction(model: Any) -> None:
    """Each column is moved by one unit, and nothing else."""
    fitted = model.fit(X, Y)
    weights = weights_of(fitted, X.shape[1], through_scalers=True)
    assert weights is not None
    start = fitted.predict(X[:1])[0]
    slopes = [fitted.predict(X[:1] + unit)[0] - start for unit in np.eye(X.shape[1])]
    np.testing.assert_allclose(weights, [slopes], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(max_depth=2),
        make_pipeline(PCA(), Ridge()),
        make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=2)),
    ],
    ids=repr,
)
def test_other_models_have_none(model: Any) -> None:
    """Columns that a transformer mixes are others, though they are as many."""
    assert weights_of(model.fit(X, Y), X.shape[1], through_scalers=True) is None


def test_pixels_are_not_weighed_through_scalers() -> None:
    """Pictures of weights are of models that get the pixels as they are."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y > 140)
    assert weights_of(model, X.shape[1], through_scalers=False) is None
    weights = weights_of(model, X.shape[1], through_scalers=True)
    assert weights is not None
    assert weights.shape == (1, 10)
