"""Fit and predict of the four configurations of the default study, on two inputs.

These time the estimators alone, in one process; `tunecard run` is what measures
with fresh processes and rounds. They tell when a version of scikit-learn, NumPy
or BLAS changes what everything else rests on.
"""

from typing import Any, Literal

import pytest

from tunecard.runner import models
from tunecard.runner.datasets import Dataset
from tunecard.runner.schema import Params, Study, Variant

#: What the searches of the shipped studies choose, on their whole data.
TUNED: dict[tuple[str, str], Params] = {
    ("digits", "knn"): {"n_neighbors": 1, "weights": "uniform"},
    ("digits", "logreg"): {"C": 3.7665768415992953},
    ("mnist", "knn"): {"n_neighbors": 4, "weights": "distance"},
    ("mnist", "logreg"): {"C": 0.15414734761817095},
}
#: Far below what any of them gets right on either input; chance is 0.1.
LEAST_ACCURACY = 0.85

Model = Literal["knn", "logreg"]

configurations = pytest.mark.parametrize(
    ("model", "variant"),
    [
        ("knn", "baseline"),
        ("knn", "tuned"),
        ("logreg", "baseline"),
        ("logreg", "tuned"),
    ],
)
# The default study's own baseline stops at scikit-learn's limit of 100 iterations.
may_not_converge = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


def build(study: Study, model: Model, variant: Variant) -> Any:
    """Make the unfitted estimator of a configuration."""
    spec = next(spec for spec in study.models if spec.name == model)
    params = TUNED[study.name, model] if variant == "tuned" else {}
    return models.build(spec, params, study.seed)


@configurations
@may_not_converge
def test_fit(
    benchmark: Any, study: Study, dataset: Dataset, model: Model, variant: Variant
) -> None:
    """Fit on the training rows."""
    benchmark.group = f"{study.name}: {model} fit"
    estimator = build(study, model, variant)
    fitted = benchmark(estimator.fit, dataset.X_train, dataset.y_train)
    assert fitted.score(dataset.X_test, dataset.y_test) > LEAST_ACCURACY


@configurations
@may_not_converge
def test_predict(
    benchmark: Any, study: Study, dataset: Dataset, model: Model, variant: Variant
) -> None:
    """Predict the test rows."""
    benchmark.group = f"{study.name}: {model} predict"
    estimator = build(study, model, variant).fit(dataset.X_train, dataset.y_train)
    predicted = benchmark(estimator.predict, dataset.X_test)
    assert (predicted == dataset.y_test).mean() > LEAST_ACCURACY
