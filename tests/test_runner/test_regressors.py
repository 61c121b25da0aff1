"""The search of a regression: scikit-learn's folds, scores and winner, by either path."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 # an opt-in
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from tunecard.runner.config import parse
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import Outputs, find, scorer
from tunecard.runner.models.checks import check
from tunecard.runner.quality import check_metrics_of_values
from tunecard.runner.resampling import SHUFFLED, GroupedRows
from tunecard.runner.schema import (
    Distribution,
    GridSearch,
    HalvingRandomSearch,
    RandomSearch,
)
from tunecard.runner.schema.strategies import OptunaSearch
from tunecard.runner.search import neighbors, tune

pytestmark = pytest.mark.usefixtures("forked")

Data = tuple[Any, Any]
N_FOLDS = 3
SCORERS = {"r2": "r2", "mean_absolute_error": "neg_mean_absolute_error"}


@pytest.fixture(scope="module")
def data() -> Data:
    """Give 150 patients, of whom a measure of progression is predicted."""
    X, y = load_diabetes(return_X_y=True)
    return X[:150], y[:150]


def folds(seed: int) -> KFold:
    """Make scikit-learn's folds of the seed."""
    return KFold(N_FOLDS, shuffle=True, random_state=seed)


def split_scores(outer: Any, sign: float = 1.0) -> list[list[float]]:
    """Return scikit-learn's fold scores, a list a candidate."""
    columns = [outer.cv_results_[f"split{i}_test_score"] for i in range(N_FOLDS)]
    return (sign * np.stack(columns, axis=1)).tolist()  # type: ignore[no-any-return] # NumPy


KNN = KNeighborsRegressor()


@pytest.mark.parametrize(
    ("estimator", "space", "metric"),
    [
        (Ridge(), {"alpha": (0.01, 1.0, 100.0)}, "r2"),
        (KNN, {"n_neighbors": (1, 5, 17), "weights": ("distance",)}, "r2"),
        (KNN, {"n_neighbors": (1, 5, 17)}, "mean_absolute_error"),
        (DecisionTreeRegressor(random_state=0), {"max_depth": (1, 4)}, "r2"),
        (
            RandomForestRegressor(5, random_state=0),
            {"max_depth": (1, 4)},
            "mean_absolute_error",
        ),
        (
            HistGradientBoostingRegressor(max_iter=5, random_state=0),
            {"learning_rate": (0.1, 0.3)},
            "r2",
        ),
    ],
)
def test_fold_scores_are_grid_searchs_to_the_bit(
    data: Data, estimator: Any, space: dict[str, Any], metric: str
) -> None:
    """Of five regressors, each fold's score and the winner are GridSearchCV's."""
    search = GridSearch(strategy="grid", folds=N_FOLDS, space=space)
    ours = tune(
        estimator, search, *data,
        seed=3, n_jobs=1, progress=lambda _: None, metric=metric,
        resampling=SHUFFLED, task="regression",
    )  # fmt: skip
    grid = {name: list(values) for name, values in space.items()}
    theirs = GridSearchCV(
        estimator, grid, scoring=SCORERS[metric], cv=folds(3), refit=False
    ).fit(*data)
    rows = [list(row.scores) for row in ours.candidates[1:]]
    assert rows == split_scores(theirs, 1.0 if metric == "r2" else -1.0)
    assert ours.best == theirs.best_index_ + 1
    shared = isinstance(estimator, KNeighborsRegressor)
    assert (ours.method == "shared-neighbors") == shared


def test_optuna_scores_a_regressor_as_cross_validation_does(data: Data) -> None:
    """Each fold's score is scikit-learn's to the bit, and the best mean wins."""
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    space = {"alpha": Distribution(distribution="loguniform", low=1e-3, high=1e2)}
    search = OptunaSearch(strategy="optuna", n_trials=4, folds=N_FOLDS, space=space)
    ours = tune(
        Ridge(), search, *data,
        seed=5, n_jobs=1, progress=lambda _: None, metric="mean_absolute_error",
        resampling=SHUFFLED, task="regression",
    )  # fmt: skip
    means = []
    for row in ours.candidates[1:]:
        scoring = SCORERS["mean_absolute_error"]
        theirs = cross_val_score(Ridge(**row.params), *data, scoring=scoring, cv=folds(5))
        assert list(row.scores) == (-theirs).tolist()
        means.append(-theirs.mean())
    assert len(means) == 4
    assert ours.best == 1 + int(np.argmin(means))


def test_neighbors_on_an_engine_score_as_grid_search_does(data: Data) -> None:
    """The engine's own regressor, in float32 as a run hands it over."""
    engine = pytest.importorskip("sklearnex.neighbors", reason="needs sklearnex")
    X, y = np.ascontiguousarray(data[0], dtype=np.float32), data[1]
    space = {"n_neighbors": (1, 5, 17), "weights": ("uniform", "distance")}
    search = GridSearch(strategy="grid", folds=N_FOLDS, space=space)
    model = engine.KNeighborsRegressor()
    ours = tune(
        model, search, X, y,
        seed=3, n_jobs=1, progress=lambda _: None, metric="r2",
        resampling=SHUFFLED, task="regression",
    )  # fmt: skip
    grid = {name: list(values) for name, values in space.items()}
    theirs = GridSearchCV(model, grid, scoring="r2", cv=folds(3), refit=False).fit(X, y)
    np.testing.assert_array_equal(
        [row.scores for row in ours.candidates[1:]], split_scores(theirs)
    )


def test_fold_scores_are_randomized_searchs_to_the_bit(data: Data) -> None:
    """The same seed draws the same candidates and scores them the same."""
    space = {"alpha": Distribution(distribution="loguniform", low=1e-3, high=1e2)}
    search = RandomSearch(strategy="random", n_iter=4, folds=N_FOLDS, space=space)
    ours = tune(
        Ridge(), search, *data,
        seed=5, n_jobs=1, progress=lambda _: None, metric="r2",
        resampling=SHUFFLED, task="regression",
    )  # fmt: skip
    theirs = RandomizedSearchCV(
        Ridge(), {"alpha": stats.loguniform(1e-3, 1e2)}, n_iter=4, random_state=5,
        scoring="r2", cv=folds(5), refit=False,
    ).fit(*data)  # fmt: skip
    assert [row.params for row in ours.candidates[1:]] == theirs.cv_results_["params"]
    assert [list(row.scores) for row in ours.candidates[1:]] == split_scores(theirs)


def test_halving_is_scikit_learns_to_the_bit(data: Data) -> None:
    """Rows of each iteration, candidates and scores are HalvingRandomSearchCV's."""
    space = {"max_depth": Distribution(distribution="randint", low=1, high=12)}
    search = HalvingRandomSearch(strategy="halving-random", folds=N_FOLDS, space=space)
    ours = tune(
        DecisionTreeRegressor(random_state=0), search, *data,
        seed=4, n_jobs=1, progress=lambda _: None, metric="r2",
        resampling=SHUFFLED, task="regression",
    )  # fmt: skip
    theirs = HalvingRandomSearchCV(
        DecisionTreeRegressor(random_state=0), {"max_depth": stats.randint(1, 13)},
        cv=folds(4), random_state=4, refit=False,
    ).fit(*data)  # fmt: skip
    rows = ours.candidates[1:]
    assert [row.params for row in rows] == theirs.cv_results_["params"]
    assert [row.resources for row in rows] == theirs.cv_results_["n_resources"].tolist()
    assert [list(row.scores) for row in rows] == split_scores(theirs)
    assert len(set(theirs.cv_results_["iter"])) > 1


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("plain", np.float64), ("ties", np.float32), ("counts", np.float32)],
)
def test_shared_neighbors_of_a_regressor_score_to_the_bit(kind: str, dtype: Any) -> None:
    """Also where many distances are equal, and where targets are counts."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(210, 4))
    if kind == "ties":
        X = rng.integers(0, 3, size=X.shape).astype(float)
    y = 3 * X[:, 0] + rng.normal(size=len(X))
    if kind == "counts":
        y = rng.poisson(3, size=len(X)).astype(float)
    rows: Data = (X.astype(dtype), y)
    estimator = KNeighborsRegressor(algorithm="brute")
    grid = {"n_neighbors": [1, 2, 5, 9, 20], "weights": ["uniform", "distance"]}
    theirs = GridSearchCV(estimator, grid, cv=folds(0), scoring="r2", refit=False)
    theirs.fit(*rows)
    settings = theirs.cv_results_["params"]
    assert neighbors.applies(estimator, settings)
    score = scorer("r2", task="regression")
    parts = [
        neighbors.score_candidates(estimator, settings, rows, fold, score)
        for fold in SHUFFLED.inner(rows[1], N_FOLDS, 0)
    ]
    ours = [[part.scores[i].score for part in parts] for i in range(len(settings))]
    assert ours == split_scores(theirs)


def test_folds_of_groups_are_group_k_folds() -> None:
    """Values have no classes to keep in shares: GroupKFold, shuffled with the seed."""
    groups = np.repeat(np.arange(12), 5)
    y = np.random.default_rng(0).normal(size=60)
    ours = GroupedRows(groups, stratified=False).inner(y, 3, 4)
    theirs = GroupKFold(3, shuffle=True, random_state=4).split(y, y, groups)
    for fold, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(fold[0], expected[0])
        np.testing.assert_array_equal(fold[1], expected[1])


@pytest.mark.parametrize(
    ("name", "function", "arguments"),
    [
        ("mse", "mean_squared_error", {}),
        ("mape", "mean_absolute_percentage_error", {}),
        ("neg_mean_poisson_deviance", "mean_poisson_deviance", {}),
        ("neg_mean_gamma_deviance", "mean_gamma_deviance", {}),
        ("neg_mean_squared_log_error", "mean_squared_log_error", {}),
        ("mean_tweedie_deviance(power=1.5)", "mean_tweedie_deviance", {"power": 1.5}),
        ("mean_pinball_loss(alpha=0.9)", "mean_pinball_loss", {"alpha": 0.9}),
        ("neg_max_error", "max_error", {}),
        ("explained_variance", "explained_variance_score", {}),
    ],
)
def test_a_metric_by_name_is_scikit_learns(
    name: str, function: str, arguments: dict[str, float]
) -> None:
    """Its value on rows is the function's; means of row losses are those of their rows."""
    import sklearn.metrics

    rng = np.random.default_rng(2)
    y, guess = rng.gamma(2.0, size=(2, 50)) + 0.1
    metric = find(name)
    assert metric is not None
    outputs = Outputs(values=guess)
    expected = getattr(sklearn.metrics, function)(y, guess, **arguments)
    assert metric.for_task("regression").value(y, outputs) == pytest.approx(expected)
    if metric.row_losses is not None:
        losses = metric.row_losses(y, outputs)
        assert losses.mean() == pytest.approx(expected, rel=1e-12)


STUDY = """name = "t"
title = "T"
dataset = "rows.csv"
task = "{task}"
metric = "{metric}"
[data]
target = "y"
[[models]]
name = "m"
label = "M"
estimator = "{estimator}"
"""
RIDGE = "sklearn.linear_model.Ridge"
LOGISTIC = "sklearn.linear_model.LogisticRegression"


@pytest.mark.parametrize(
    ("task", "metric", "estimator", "sentence"),
    [
        ("regression", "accuracy", RIDGE, "task of this study is regression"),
        ("regression", "recal", RIDGE, "'recall' is of classifications"),
        ("classification", "rmse", LOGISTIC, "task of this study is classification"),
        (
            "classification",
            "mean_absolute_eror",
            LOGISTIC,
            "is not a metric; 'mean_absolute_error' is of regressions",
        ),
        ("regression", "acuracy", RIDGE, "'accuracy' is of classifications"),
        ("regression", "mean_absolut_error", RIDGE, "mean 'mean_absolute_error'?"),
    ],
)
def test_a_metric_of_another_task_is_refused(
    task: str, metric: str, estimator: str, sentence: str
) -> None:
    """In one sentence with what is allowed, before any row is read."""
    text = STUDY.format(task=task, metric=metric, estimator=estimator)
    with pytest.raises(StudyError) as error:
        parse(text, "study.toml")
    assert sentence in str(error.value)
    assert str(error.value).count("metric: ") == 1


@pytest.mark.parametrize(
    ("task", "estimator"), [("regression", LOGISTIC), ("classification", RIDGE)]
)
def test_a_model_of_another_task_is_refused(task: str, estimator: str) -> None:
    """A classifier in a regression, and the reverse, are named with what they are."""
    metric = "r2" if task == "regression" else "accuracy"
    study = parse(STUDY.format(task=task, metric=metric, estimator=estimator), "s.toml")
    with pytest.raises(StudyError) as error:
        check(study)
    other = "classifier" if task == "regression" else "regressor"
    assert f"is a {other}" in str(error.value)


@pytest.mark.parametrize(
    ("name", "y", "sentence"),
    [
        ("mean_absolute_percentage_error", [3, 0, 2], "which is 0 in 1 of 3 rows"),
        ("mean_gamma_deviance", [3, 0, 2], "where every value is right"),
        ("mean_poisson_deviance", [3, -1, 2], "where every value is right"),
    ],
)
def test_a_target_that_a_metric_has_no_value_for_is_refused(
    name: str, y: list[float], sentence: str
) -> None:
    """A share of 0 and a deviance of values that its distribution never has."""
    with pytest.raises(StudyError, match=sentence):
        check_metrics_of_values([name], np.array(y, dtype=float))


def test_counts_of_0_have_a_poisson_deviance() -> None:
    """Though a prediction of 0 has none."""
    check_metrics_of_values(["mean_poisson_deviance", "r2"], np.array([3.0, 0.0, 2.0]))
