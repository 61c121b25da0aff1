"""Engines beside scikit-learn, and how close the search comes to the processor's limit."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from tests.benchmarks.sides import Row, interleaved, ratio
from tests.benchmarks.test_search import ours
from tests.benchmarks.usual import fold_scores, grid_search
from tunecard.runner.datasets import Dataset
from tunecard.runner.models import import_object
from tunecard.runner.schema import Study

may_not_converge = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


@pytest.fixture
def intelex() -> Callable[[Any], Any]:
    """Give a function that makes the engine's estimator of one of scikit-learn's."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")

    def make(estimator: Any) -> Any:
        module = type(estimator).__module__.split(".")[1]
        kind = import_object(f"sklearnex.{module}.{type(estimator).__name__}")
        return kind(**estimator.get_params())

    return make


def sgemm_rate(n_queries: int, n_rows: int, n_features: int) -> float:
    """Measure float32 operations a second of a product of that shape, the best of 3."""
    rng = np.random.default_rng(0)
    # A block of the queries is as fast as all of them, and fits into memory.
    block = min(n_queries, 2_000)
    a = rng.random((block, n_features), dtype=np.float32)
    b = rng.random((n_features, n_rows), dtype=np.float32)
    product = np.empty((block, n_rows), dtype=np.float32)
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        np.matmul(a, b, out=product)
        seconds.append(time.perf_counter() - start)
    return 2.0 * block * n_rows * n_features / min(seconds[1:])


def test_grid_over_k_on_intelex(
    benchmark: Any,
    study: Study,
    dataset: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    intelex: Callable[[Any], Any],
) -> None:
    """Every score is that of GridSearchCV over the engine's estimator, to the bit."""
    benchmark.group = f"{study.name}: search for k on intelex"
    search = study.models[0].search
    assert search is not None
    usual = partial(grid_search, search, study, dataset.X_train, dataset.y_train)
    name = "GridSearchCV, n_jobs=-1"
    engine = intelex(KNeighborsClassifier())
    own, seconds, tuned, returned = interleaved(
        benchmark,
        partial(ours, engine, search, study, dataset),
        {name: usual},
        rounds=rounds(3),
    )
    assert tuned.method == "shared-neighbors"
    scores = [candidate.scores for candidate in tuned.candidates[1:]]
    theirs = fold_scores(returned[name], search.folds)
    goal = 35 if study.name == "mnist" else None
    work = f"{study.name} {dataset.info.n_train:,} rows: k on intelex, 20 x 5 folds"
    differing = float(np.max(np.abs(np.array(scores) - theirs)))
    note(
        Row(
            work=work,
            against=name,
            ours=own,
            theirs=seconds[name],
            figure=ratio(own, seconds[name]),
            figure_unit="x",
            aim=goal,
            more={
                "largest difference of a fold score from scikit-learn's": differing,
                "rows asked again": tuned.n_requeried_rows,
            },
        )
    )
    n_train, n_valid = tuned.folds[0]
    flops = 2.0 * n_train * n_valid * dataset.X_train.shape[1] * len(tuned.folds)
    rate = sgemm_rate(n_valid, n_train, dataset.X_train.shape[1])
    note(
        Row(
            work=work,
            against="sgemm of as many operations",
            ours=own,
            theirs=(flops / rate,),
            figure=100 * flops / rate / min(own),
            figure_unit="%",
            goal=70 if study.name == "mnist" else None,
            more={"sgemm, GFLOP/s": rate / 1e9},
        )
    )
    same = grid_search(
        search,
        study,
        dataset.X_train,
        dataset.y_train,
        estimator=engine,
        n_jobs=None,
    )
    np.testing.assert_array_equal(scores, fold_scores(same, search.folds))


@may_not_converge
@pytest.mark.parametrize("operation", ["predict", "fit"])
def test_a_call_on_intelex(
    benchmark: Any,
    study: Study,
    dataset: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    intelex: Callable[[Any], Any],
    operation: str,
) -> None:
    """Predicting with neighbors and fitting a regression, with the defaults of both."""
    benchmark.group = f"{study.name}: {operation} on intelex"
    train, X_test = (dataset.X_train, dataset.y_train), dataset.X_test
    label, theirs = {
        "predict": ("5 neighbors, predict", KNeighborsClassifier()),
        "fit": ("logistic regression, fit", LogisticRegression()),
    }[operation]
    engine = intelex(theirs)
    models = [engine.fit(*train), theirs.fit(*train)]
    calls: list[Callable[[], Any]] = [
        partial(model.predict, X_test)
        if operation == "predict"
        else partial(model.fit, *train)
        for model in models
    ]
    own, seconds, _, _ = interleaved(
        benchmark, calls[0], {"scikit-learn": calls[1]}, rounds=rounds(3)
    )
    first, second = (model.predict(X_test) for model in models)
    note(
        Row(
            work=f"{study.name} {dataset.info.n_train:,} rows: {label}, intelex",
            against="scikit-learn",
            ours=own,
            theirs=seconds["scikit-learn"],
            figure=ratio(own, seconds["scikit-learn"]),
            figure_unit="x",
            more={
                "test rows with another label": int(np.count_nonzero(first != second)),
                "accuracy": float(accuracy_score(dataset.y_test, first)),
                "accuracy of scikit-learn": float(accuracy_score(dataset.y_test, second)),
            },
        )
    )
