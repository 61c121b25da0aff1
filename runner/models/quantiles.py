"""Regressors that predict a quantile, and which one."""

from typing import Any

#: A parameter, its value where a quantile is predicted, and the parameters that hold the
#: quantile: scikit-learn's gradient boosting, LightGBM's, XGBoost's.
_LOSSES = (
    ("loss", "quantile", ("quantile", "alpha")),
    ("objective", "quantile", ("alpha",)),
    ("objective", "reg:quantileerror", ("quantile_alpha",)),
)
#: Estimators that predict a quantile whatever their parameters.
_ALWAYS = {"QuantileRegressor": "quantile"}


def quantile_of(estimator: Any) -> float | None:
    """Return the quantile that a regressor predicts.

    Parameters
    ----------
    estimator : estimator
        Fitted or not; of a Pipeline the last step counts.

    Returns
    -------
    float or None
        Between 0 and 1; None of a regressor that predicts no quantile, or several.

    Examples
    --------
    >>> from sklearn.ensemble import GradientBoostingRegressor
    >>> quantile_of(GradientBoostingRegressor(loss="quantile", alpha=0.9))
    0.9
    >>> quantile_of(GradientBoostingRegressor()) is None
    True
    """
    steps = getattr(estimator, "steps", None)
    final = steps[-1][1] if steps else estimator
    try:
        params = final.get_params(deep=False)
    except Exception:  # noqa: BLE001 # another library's estimator may have none
        return None
    names = [_ALWAYS[type(final).__name__]] if type(final).__name__ in _ALWAYS else []
    for loss, value, holders in _LOSSES:
        if params.get(loss) == value:
            names += holders
    for name in names:
        quantile = params.get(name)
        if isinstance(quantile, int | float) and 0 < quantile < 1:
            return float(quantile)
    return None
