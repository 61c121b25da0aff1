"""Small tables and studies of regressions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

import tunecard
from tests.builders import KNN, LOGREG, make_run
from tunecard.report.load import Loaded, Predictions, StoredColumns
from tunecard.report.run import Run
from tunecard.runner.datasets.numeric_target import describe_target
from tunecard.runner.datasets.ranges import column_ranges
from tunecard.runner.datasets.values import DataPart
from tunecard.runner.quality import quality_of_values, specs_for
from tunecard.runner.schema import ColumnInfo, ColumnRange

Values = NDArray[np.float64]

RIDGE = LOGREG.model_copy(
    update={
        "name": "ridge",
        "label": "ridge regression",
        "estimator": "sklearn.linear_model.Ridge",
    }
)
NEIGHBORS = KNN.model_copy(update={"estimator": "sklearn.neighbors.KNeighborsRegressor"})
#: Standard deviation of a case's errors, unless overridden.
SPREAD = {
    "ridge/baseline": 12.0,
    "ridge/tuned": 10.0,
    "knn/baseline": 15.0,
    "knn/tuned": 15.0,
}


def table(n_rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Rows of two numbers and a group, with a price that depends on them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "area": rng.uniform(30, 200, n_rows).round(1),
            "rooms": rng.integers(1, 7, n_rows),
            "house": np.arange(n_rows) // 4,
        }
    )
    noise = rng.normal(0, 10, n_rows)
    frame["price"] = (2 * frame["area"] + 15 * frame["rooms"] + noise).round(2)
    return frame


def small_run(reports: Any, **changes: Any) -> Run:
    """A run of three regressors without timing, the cheapest there is."""
    frame = table()
    settings: dict[str, Any] = {
        "models": [
            ("ridge", Ridge(alpha=1000.0), {"alpha": [0.1, 10.0, 1000.0]}),
            ("tree", DecisionTreeRegressor(random_state=0), {"max_depth": [2, 4, 6]}),
            ("knn", KNeighborsRegressor(), {"n_neighbors": [1, 3, 9]}),
        ],
        "data": frame,
        "target": "price",
        "margin": 0.02,
        "timing": False,
        "jobs": 1,
        "quiet": True,
        **changes,
    }
    return tunecard.run(reports=reports, **settings)


def made_run(
    *,
    n_test: int = 400,
    true: Values | None = None,
    train: Values | None = None,
    predicted: Mapping[str, Values] | None = None,
    unit: str = "EUR",
    columns: Mapping[str, tuple[Values, Values]] | None = None,
    metric: str = "r2",
    study: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Loaded:
    """Build a run of a regression whose numbers fit together, without measuring.

    Parameters
    ----------
    n_test : int
        Test rows.
    true, train : ndarray of float, optional
        Targets of both parts; by default normal, with mean 200 and SD 40.
    predicted : dict of ndarray, optional
        By case key, over the true values with normal errors of :data:`SPREAD`.
    unit : str
        Of the target.
    columns : dict of (ndarray, ndarray), optional
        Columns of numbers that the run kept, training and test rows; none by default.
    metric : str
        The study's.
    study : dict, optional
        Fields to override.
    **overrides
        As of :func:`tests.builders.make_run`.
    """
    rng = np.random.default_rng(0)
    true = rng.normal(200, 40, n_test) if true is None else true
    train = rng.normal(200, 40, 1200) if train is None else train
    noise = rng.normal(size=len(true))
    guesses = {
        key: true + spread * (noise + 0.2 * rng.normal(size=len(true)))
        for key, spread in SPREAD.items()
    }
    guesses |= predicted or {}
    base = make_run(
        n_test=len(true), models=(RIDGE, NEIGHBORS), classes=("a", "b"), **overrides
    )
    results = base.results
    data = results.dataset.model_copy(
        update={
            "name": "flats",
            "title": "Rents of flats",
            "classes": (),
            "image_shape": None,
            "n_features": 2,
            "n_train": len(train),
            "columns": (ColumnInfo(name="area"), ColumnInfo(name="rooms")),
            "target": "rent",
            "values": describe_target(unit, train, true),
            "ranges": ranges_of(columns or {}),
        }
    )
    cases = tuple(
        case.model_copy(
            update={
                "quality": quality_of_values(
                    true, guesses[case.key], (true, guesses[case.key]), names=(metric,)
                )
            }
        )
        if case.status == "ok"
        else case
        for case in results.cases
    )
    ok = [case.key for case in cases if case.status == "ok"]
    results = results.model_copy(
        update={
            "study": results.study.model_copy(
                update={
                    "task": "regression",
                    "dataset": "flats.csv",
                    "metric": metric,
                    **(study or {}),
                }
            ),
            "dataset": data,
            "metrics": specs_for(data, (metric,)),
            "cases": cases,
            "searches": tuple(
                search.model_copy(update={"metric": metric}) for search in results.searches
            ),
        }
    )
    predictions = Predictions(
        index=np.arange(len(true), dtype=np.int64),
        y_true=true,
        predicted={key: guesses[key] for key in ok},
        of_values=True,
        kept=None if columns is None else _kept(columns),
    )
    weights = {
        key: rng.normal(size=(1, 2)).astype(np.float32)
        for key in ok
        if key.startswith("ridge/")
    }
    return replace(base, results=results, predictions=predictions, weights=weights)


def ranges_of(columns: Mapping[str, tuple[Values, Values]]) -> tuple[ColumnRange, ...]:
    """Describe columns of numbers as the runner does."""
    if not columns:
        return ()
    train, test = (
        DataPart(X=np.column_stack(side).astype(np.float32), y=np.arange(len(side[0])))
        for side in zip(*columns.values(), strict=True)
    )
    return column_ranges(train, test, [ColumnInfo(name=name) for name in columns])


def _kept(columns: Mapping[str, tuple[Values, Values]]) -> StoredColumns:
    tested = {name: test.astype(np.float32) for name, (_, test) in columns.items()}
    return StoredColumns(np.arange(len(next(iter(tested.values())))), tested)
