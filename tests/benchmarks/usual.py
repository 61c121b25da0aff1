"""The usual way: what a notebook does to compare two models before and after tuning.

``python -m tests.benchmarks.usual STUDY DATA OUT`` does all of it once, with
scikit-learn's own searches on all cores and one timing of each step.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.config import load_study
from tunecard.runner.schema import Strategy, Study


def grid_search(
    search: Strategy,
    study: Study,
    X: NDArray[Any],
    y: NDArray[Any],
    estimator: Any = None,
    **more: Any,
) -> Any:
    """Search for k as GridSearchCV does, on all cores, without the refit."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier

    return GridSearchCV(
        estimator or KNeighborsClassifier(),
        {name: list(values) for name, values in search.space.items()},
        cv=StratifiedKFold(search.folds, shuffle=True, random_state=study.seed),
        **{"n_jobs": -1, "refit": False, **more},
    ).fit(X, y)


def randomized_search(
    search: Strategy, study: Study, X: NDArray[Any], y: NDArray[Any], **more: Any
) -> Any:
    """Search for C as RandomizedSearchCV does, without the refit."""
    from scipy.stats import loguniform
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

    values: Any = search.space["C"]
    return RandomizedSearchCV(
        LogisticRegression(),
        {"C": loguniform(values.low, values.high)},
        n_iter=search.n_draws,
        cv=StratifiedKFold(search.folds, shuffle=True, random_state=study.seed),
        random_state=study.seed,
        **{"refit": False, **more},
    ).fit(X, y)


def fold_scores(outer: Any, n_folds: int) -> NDArray[Any]:
    """Give the scores of a search of scikit-learn's, (n_candidates, n_folds)."""
    return np.transpose(
        [outer.cv_results_[f"split{fold}_test_score"] for fold in range(n_folds)]
    )


def notebook(data: Path, study: Study, figure: Path) -> dict[str, Any]:
    """Do a notebook's work on arrays in an .npz: fit, tune, score, plot; each step once.

    Returns
    -------
    dict
        ``cases``: seconds and the report of each ``model/variant``; ``searches``: of
        each model seconds without the refit, fold scores and the winner's parameters.
    """
    from matplotlib.figure import Figure
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import ConfusionMatrixDisplay, classification_report
    from sklearn.neighbors import KNeighborsClassifier

    with np.load(data) as arrays:
        X_train, X_test = arrays["X_train"] / 255.0, arrays["X_test"] / 255.0
        y_train, y_test = arrays["y_train"], arrays["y_test"]
    knn, logreg = (spec.search for spec in study.models)
    assert knn is not None
    assert logreg is not None
    searches: dict[str, tuple[Any, Callable[[], Any]]] = {
        "knn": (
            KNeighborsClassifier(),
            lambda: grid_search(knn, study, X_train, y_train, refit=True),
        ),
        "logreg": (
            LogisticRegression(),
            lambda: randomized_search(
                logreg, study, X_train, y_train, refit=True, n_jobs=-1
            ),
        ),
    }
    cases: dict[str, Any] = {}
    found: dict[str, Any] = {}
    page = Figure(figsize=(12, 12))
    axes = iter(page.subplots(2, 2).flat)
    for name, (estimator, search) in searches.items():
        start = time.perf_counter()
        outer = search()
        found[name] = {
            "seconds": time.perf_counter() - start - outer.refit_time_,
            "scores": fold_scores(outer, outer.n_splits_).tolist(),
            "params": {
                k: v if isinstance(v, str) else float(v)
                for k, v in outer.best_params_.items()
            },
        }
        for variant, model in (("baseline", estimator), ("tuned", outer.best_estimator_)):
            start = time.perf_counter()
            model.fit(X_train, y_train)
            fitted = time.perf_counter()
            predicted = model.predict(X_test)
            ended = time.perf_counter()
            cases[f"{name}/{variant}"] = {
                "fit": fitted - start,
                "predict": ended - fitted,
                "report": classification_report(y_test, predicted, output_dict=True),
            }
            ConfusionMatrixDisplay.from_predictions(y_test, predicted, ax=next(axes))
    page.savefig(figure)
    return {"cases": cases, "searches": found}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    out = Path(sys.argv[3])
    result = notebook(Path(sys.argv[2]), load_study(sys.argv[1]), out.with_suffix(".png"))
    out.write_text(json.dumps(result), "utf-8")
