"""Wrong calls of tunecard.judge: each ends with one sentence that says what to do."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

import tunecard
from tunecard.runner.errors import InputError

GRID = {"max_depth": [1, 2, 3]}


class Work(NamedTuple):
    """What a user has at the end of a notebook."""

    X: pd.DataFrame
    y: pd.Series
    X_train: pd.DataFrame
    y_train: pd.Series
    before: DecisionTreeClassifier
    after: DecisionTreeClassifier
    search: GridSearchCV
    guess: np.ndarray[Any, np.dtype[Any]]
    shares: np.ndarray[Any, np.dtype[Any]]


@cache
def work() -> Work:
    """Fit two trees and a search on every second iris."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map(dict(enumerate(("setosa", "versicolor", "virginica"))))
    X_train, y_train, X_test, y_test = X[::2], names[::2], X[1::2], names[1::2]
    before = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X_train, y_train)
    after = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X_train, y_train)
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), GRID, cv=3)
    search.fit(X_train, y_train)
    shares = after.predict_proba(X_test)
    guess = after.predict(X_test)
    return Work(X_test, y_test, X_train, y_train, before, after, search, guess, shares)


def unrefitted(w: Work, **settings: Any) -> Any:
    """Fit a search that keeps no winner."""
    tree = DecisionTreeClassifier(random_state=0)
    return GridSearchCV(tree, GRID, cv=3, refit=False, **settings).fit(w.X_train, w.y_train)


def study(w: Work, directions: int = 1, trials: int = 0) -> Any:
    """Make an Optuna study."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = optuna.create_study(directions=["maximize"] * directions)
    made.optimize(lambda trial: [trial.suggest_int("a", 1, 9)] * directions, trials)
    return made


CALLS: dict[str, tuple[Callable[[Work], Any], str]] = {
    "nothing": (lambda _: (), "judge: nothing is handed over; call judge("),
    "rows before the search": (
        lambda w: (w.X, w.y, w.search),
        "argument 1 is a DataFrame, argument 3 an estimator. Estimators come before",
    ),
    "rows before the models": (
        lambda w: (w.X, w.y, w.before, w.after),
        "argument 1 is a DataFrame, argument 3 an estimator",
    ),
    "one model alone": (
        lambda w: (w.before, w.X, w.y),
        "one fitted DecisionTreeClassifier is handed over, and nothing to compare it with",
    ),
    "X and y swapped": (
        lambda w: (w.before, w.after, w.y, w.X),
        "X_test and y_test look swapped",
    ),
    "X and y of a search swapped": (
        lambda w: (w.search, w.y, w.X, w.X_train, w.y_train),
        "X_test and y_test look swapped",
    ),
    "training X and y swapped": (
        lambda w: (w.search, w.X, w.y, w.y_train, w.X_train),
        "X_train and y_train look swapped",
    ),
    "no classes": (lambda w: (w.before, w.after, w.X), "y_test: is missing"),
    "no rows": (lambda w: (w.before, w.after), "y_test: is missing"),
    "no rows but classes": (
        lambda w: ((w.before, w.after), {"y_test": w.y}),
        "X_test: is missing; give the rows to predict",
    ),
    "fewer classes than rows": (
        lambda w: (w.before, w.after, w.X, w.y[:-1]),
        "X_test has 75 rows, but y_test has 74",
    ),
    "fewer training classes than rows": (
        lambda w: (w.search, w.X, w.y, w.X_train, w.y_train[1:]),
        "X_train has 75 rows, but y_train has 74",
    ),
    "training rows without classes": (
        lambda w: (w.search, w.X, w.y, w.X_train),
        "y_train: is missing next to X_train",
    ),
    "too many arguments": (
        lambda w: (w.before, w.after, w.X, w.y, w.X_train, w.y_train, 3),
        "5 arguments follow the models",
    ),
    "no baseline of a search": (
        lambda w: (w.search, w.X, w.y),
        "Give X_train and y_train, or a fitted baseline=",
    ),
    "unfitted search": (
        lambda w: (GridSearchCV(w.before, GRID), w.X, w.y, w.X_train, w.y_train),
        "search: GridSearchCV is not fitted",
    ),
    "unfitted random search": (
        lambda w: (RandomizedSearchCV(w.before, GRID), w.X, w.y, w.X_train, w.y_train),
        "search: RandomizedSearchCV is not fitted",
    ),
    "search without refit": (
        lambda w: (unrefitted(w), w.X, w.y, w.X_train, w.y_train),
        "GridSearchCV was fitted with refit=False, so it holds no fitted winner",
    ),
    "several metrics without refit": (
        lambda w: (
            unrefitted(w, scoring=["accuracy", "f1_macro"]),
            w.X,
            w.y,
            w.X_train,
            w.y_train,
        ),
        "scored several metrics and was fitted with refit=False",
    ),
    "unfitted model before": (
        lambda w: (DecisionTreeClassifier(), w.after, w.X, w.y),
        "before: DecisionTreeClassifier is not fitted",
    ),
    "unfitted model after": (
        lambda w: (w.before, LogisticRegression(), w.X, w.y),
        "after: LogisticRegression is not fitted",
    ),
    "class in place of a model": (
        lambda w: (DecisionTreeClassifier, w.after, w.X, w.y),
        "DecisionTreeClassifier is a class; give a fitted estimator",
    ),
    "class after": (
        lambda w: (w.before, DecisionTreeClassifier, w.X, w.y),
        "DecisionTreeClassifier is a class; give a fitted estimator",
    ),
    "function in place of a model": (
        lambda w: (w.before.predict, w.after, w.X, w.y),
        "before: a method is not an estimator",
    ),
    "regressor before": (
        lambda w: (LinearRegression().fit(w.X, range(75)), w.after, w.X, w.y),
        "before: LinearRegression is a regressor, and after, DecisionTreeClassifier, is",
    ),
    "clusterer after": (
        lambda w: (w.before, KMeans(2, n_init=1).fit(w.X), w.X, w.y),
        "after: KMeans is a clusterer",
    ),
    "columns missing": (
        lambda w: (w.before, w.after, w.X.iloc[:, :3], w.y),
        "it lacks 'petal width (cm)'",
    ),
    "columns renamed": (
        lambda w: (w.before, w.after, w.X.rename(columns=str.title), w.y),
        "has 'Sepal Length (Cm)'",
    ),
    "columns in another order": (
        lambda w: (w.before, w.after, w.X.iloc[:, ::-1], w.y),
        "its columns are in another order",
    ),
    "columns too few, without names": (
        lambda w: (w.before, w.after, w.X.to_numpy()[:, :2], w.y),
        "X_test: has 2 columns, but before was fitted on 4",
    ),
    "classes that no model knows": (
        lambda w: (w.before, w.after, w.X, np.arange(75) % 3),
        "y_test: holds '0', '1', '2', which before (",
    ),
    "a class that the model does not know": (
        lambda w: (w.before, w.after, w.X, w.y.replace("setosa", "rosa")),
        "y_test: holds 'rosa', which before (",
    ),
    "classes missing": (
        lambda w: (w.before, w.after, w.X, w.y.where(w.y != "setosa")),
        "y_test: row 1 has no label",
    ),
    "a quantity in place of classes": (
        lambda w: (w.before, w.after, w.X, w.X.iloc[:, 0]),
        "y_test: holds numbers that are not class labels, such as 4.9",
    ),
    "classes of several columns": (
        lambda w: (w.before, w.after, w.X, pd.get_dummies(w.y)),
        "y_test: has the shape (75, 3); give one class label per row",
    ),
    "training rows as test rows": (
        lambda w: (w.search, w.X_train, w.y_train, w.X_train, w.y_train),
        "X_train: is the same object as X_test",
    ),
    "an empty dict": (lambda w: ({}, w.X, w.y), "the dict of pairs is empty"),
    "a dict of single models": (
        lambda w: ({"tree": w.after}, w.X, w.y),
        "tree: must be a pair, (before, after)",
    ),
    "a dict of three models": (
        lambda w: ({"tree": (w.before, w.after, w.after)}, w.X, w.y),
        "tree: must be a pair, (before, after)",
    ),
    "a name that is not text": (
        lambda w: ({1: (w.before, w.after)}, w.X, w.y),
        "1 is not a name",
    ),
    "predictions of other length": (
        lambda w: (w.guess[1:], w.guess, w.y),
        "before: has 74 rows, but y_test has 75",
    ),
    "predictions with NaN": (
        lambda w: (np.where(np.arange(75) == 4, np.nan, 1.0), w.guess, w.y),
        "before: 1 of 75 rows are NaN or infinite, the first of them row 5",
    ),
    "predictions without a label": (
        lambda w: (w.guess, np.array([None, *w.guess[1:]]), w.y),
        "after: row 1 has no label",
    ),
    "predictions of other classes": (
        lambda w: (np.zeros(75, int), w.guess, w.y),
        "before: holds '0', but y_test holds 'setosa'",
    ),
    "one column of probabilities": (
        lambda w: (w.shares[:, 0] / 2 + 0.1, w.guess, w.y),
        "give one column per class, of shape (n_rows, n_classes)",
    ),
    "probabilities of too few classes": (
        lambda w: (w.shares[:, :2], w.guess, w.y),
        "has 2 columns of probabilities, but y_test has 3 classes",
    ),
    "probabilities that do not sum to 1": (
        lambda w: (w.shares * 2, w.guess, w.y),
        "is not a row of probabilities",
    ),
    "probabilities with NaN": (
        lambda w: (np.where(w.shares == 1, np.nan, w.shares), w.guess, w.y),
        "holds NaN or infinity",
    ),
    "probabilities of another order of classes": (
        lambda w: ((w.guess, w.shares[:, ::-1]), w.guess, w.y),
        "the columns are not in the order of the classes",
    ),
    "one class alone": (
        lambda _: (["a"] * 75, ["a"] * 75, ["a"] * 75),
        "y_test: has one class only, 'a'",
    ),
    "an Optuna study alone": (
        lambda w: (study(w), w.X, w.y),
        "an Optuna study holds trials, but no fitted model",
    ),
    "an Optuna study without trials": (
        lambda w: ((w.before, w.after, w.X, w.y), {"search": study(w)}),
        "none of the 0 trials of the Optuna study has a value",
    ),
    "an Optuna study of two objectives": (
        lambda w: ((w.before, w.after, w.X, w.y), {"search": study(w, 2, 1)}),
        "the Optuna study has 2 objectives",
    ),
    "a search of several pairs": (
        lambda w: (({"a": (w.before, w.after)}, w.X, w.y), {"search": w.search}),
        "search: give a dict by name where several pairs are judged",
    ),
    "a search of another pair": (
        lambda w: (({"a": (w.before, w.after)}, w.X, w.y), {"search": {"b": w.search}}),
        "search: 'b' is not one of the pairs (a)",
    ),
    "times of predictions": (
        lambda w: ((w.guess, w.guess, w.y), {"time": True}),
        "is an array of predictions, which cannot be timed",
    ),
    "a budget that is not a duration": (
        lambda w: ((w.before, w.after, w.X, w.y), {"time": "soon"}),
        "budget",
    ),
    "an unknown metric": (
        lambda w: ((w.before, w.after, w.X, w.y), {"metric": "acuracy"}),
        "metric",
    ),
    "a margin in percent": (
        lambda w: ((w.before, w.after, w.X, w.y), {"margin": 1.5}),
        "margin",
    ),
    "an unknown positive class": (
        lambda w: ((w.before, w.after, w.X, w.y), {"positive": "rosa"}),
        "positive",
    ),
    "names of classes that do not occur": (
        lambda w: ((w.before, w.after, w.X, w.y), {"labels": {"rosa": "Rose"}}),
        "rosa",
    ),
    "a gate of another model": (
        lambda w: (
            (w.before, w.after, w.X, w.y),
            {"gates": [{"model": "forest", "metric": "accuracy", "at_least": 0.9}]},
        ),
        "forest",
    ),
    "a baseline that is not fitted": (
        lambda w: ((w.search, w.X, w.y), {"baseline": DummyClassifier()}),
        "before: DummyClassifier is not fitted",
    ),
}


@pytest.mark.parametrize(("make", "said"), CALLS.values(), ids=CALLS)
def test_wrong_call(make: Callable[[Work], Any], said: str, tmp_path: Path) -> None:
    """The message names the argument and what to give, and no run folder is left."""
    given = make(work())
    arguments, named = given, {}
    if len(given) == 2 and isinstance(given[1], dict):
        arguments, named = given
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        tunecard.judge(*arguments, **named, reports=tmp_path / "reports")
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert list(tmp_path.iterdir()) == []
