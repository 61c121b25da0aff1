"""A search object given as a model: baseline and search are taken out of it."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 # it registers two
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner import config, models
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import scorer
from tunecard.runner.models import checks
from tunecard.runner.models.objects import models_of
from tunecard.runner.overrides import make_overrides
from tunecard.runner.resampling import STRATIFIED, GroupedRows
from tunecard.runner.schema import ModelSpec, Study
from tunecard.runner.search.scoring import score_fold

LOGREG = LogisticRegression(max_iter=500, solver="liblinear")
SPACE = {"C": [0.01, 1.0]}
DRAWS = {"C": stats.loguniform(1e-2, 1e2)}
SEEDED = StratifiedKFold(4, shuffle=True, random_state=7)


def two_irises() -> tuple[Any, Any]:
    """Give two classes of few rows, which are quick to learn."""
    X, y = load_iris(return_X_y=True)
    return X[:100], y[:100]


def study_of(search: Any) -> Study:
    """Give the study that `tunecard.run` makes of a search object."""
    overrides = make_overrides([("m", search)], two_irises())
    assert overrides is not None
    return overrides.apply_to(None, Path())


def test_a_fitted_grid_search_is_taken_apart() -> None:
    """Its estimator is the baseline; its space, folds and scorer are the search."""
    X, y = two_irises()
    fitted = GridSearchCV(LOGREG, SPACE, cv=3, scoring="f1_macro").fit(X, y)
    study = study_of(fitted)
    (spec,) = study.models
    assert spec.search is not None
    assert (spec.search.strategy, spec.search.folds) == ("grid", 3)
    assert study.metric == "f1_macro"
    built = models.build(spec, {}, 0)
    assert type(built) is LogisticRegression
    assert (built.C, built.max_iter) == (1.0, 500)
    assert spec.estimator == "sklearn.linear_model.LogisticRegression"
    checks.check(study)


def test_fold_scores_are_those_of_the_search_object() -> None:
    """With shuffled folds of a seed, candidates and fold scores are the object's own."""
    X, y = two_irises()
    theirs = GridSearchCV(LOGREG, SPACE, cv=SEEDED).fit(X, y)
    study = study_of(theirs)
    search = study.models[0].search
    assert search is not None
    assert search.strategy == "grid"
    assert study.seed == 7
    assert list(search.candidates(y, study.seed)) == theirs.cv_results_["params"]
    for number, fold in enumerate(STRATIFIED.inner(y, search.folds, study.seed)):
        for position, params in enumerate(search.candidates(y, study.seed)):
            found = score_fold(LOGREG, params, (X, y), fold, scorer(study.metric))
            key = f"split{number}_test_score"
            assert found.score == theirs.cv_results_[key][position]


@pytest.mark.parametrize(
    "cv",
    [
        StratifiedKFold(3),
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=1),
        [(np.arange(0, 100, 2), np.arange(1, 100, 2)), (np.arange(40, 70), np.arange(9))],
        ((train, test) for train, test in StratifiedKFold(4).split(*two_irises())),
    ],
)
def test_the_splitter_of_a_search_object_makes_the_folds(cv: Any) -> None:
    """A splitter, index pairs or a generator of them: the object's own fold scores."""
    X, y = two_irises()
    given_search = GridSearchCV(LOGREG, SPACE, cv=cv)
    overrides = make_overrides([("m", given_search)], two_irises())
    assert overrides is not None
    assert overrides.splits is not None
    (spec,) = overrides.apply_to(None, Path()).models
    assert spec.search is not None
    folds = overrides.splits.around(STRATIFIED, None, spec).inner(y, spec.search.folds, 0)
    assert len(folds) == spec.search.folds
    theirs = GridSearchCV(LOGREG, SPACE, cv=folds).fit(X, y)
    if not isinstance(cv, Generator):
        theirs = given_search.fit(X, y)
    for number, fold in enumerate(folds):
        for position, params in enumerate(spec.search.candidates(y, 0)):
            found = score_fold(LOGREG, params, (X, y), fold, scorer("accuracy"))
            key = f"split{number}_test_score"
            assert found.score == theirs.cv_results_[key][position]


def test_each_search_object_keeps_its_own_splitter_and_groups() -> None:
    """Two of them in a study; the groups of the call reach the one that needs them."""
    X, y = two_irises()
    groups = np.arange(100) % 10
    overrides = make_overrides(
        [
            ("a", GridSearchCV(LOGREG, SPACE, cv=LeaveOneGroupOut())),
            ("b", GridSearchCV(LOGREG, SPACE, cv=GroupKFold(4))),
            ("c", GridSearchCV(LOGREG, SPACE, cv=2)),
        ],
        (X, y),
        groups=groups,
    )
    assert overrides is not None
    assert overrides.splits is not None
    specs = overrides.apply_to(None, Path()).models
    assert [spec.search and spec.search.folds for spec in specs] == [10, 4, 2]
    own = GroupedRows(groups)
    for spec, n_folds in zip(specs, (10, 4, 2), strict=True):
        folds = overrides.splits.around(own, groups, spec).inner(y, n_folds, 0)
        assert len(folds) == n_folds
        for train, valid in folds:
            assert not set(groups[train]) & set(groups[valid])


def test_a_splitter_adds_to_the_split_of_a_study() -> None:
    """Its groups stay, and so do its outer splits."""
    study = config.parse(
        'name = "s"\ntitle = "S"\ndataset = "t.csv"\n[[models]]\nname = "tree"\n'
        'estimator = "sklearn.tree.DecisionTreeClassifier"\n[data]\ntarget = "y"\n'
        '[split]\nkind = "repeated"\ngroups = "patient"\n',
        "study.toml",
    )
    search = GridSearchCV(LOGREG, SPACE, cv=GroupKFold(3))
    overrides = make_overrides([("m", search)])
    assert overrides is not None
    split = overrides.apply_to(study, Path()).split
    assert (split.kind, split.groups) == ("repeated", "patient")
    assert split.inner == "m: GroupKFold(n_splits=3, random_state=None, shuffle=False)"


def test_a_splitter_is_given_in_one_place() -> None:
    """That of a search object, or the argument `inner`."""
    with pytest.raises(StudyError, match="'m' has a splitter of its own"):
        make_overrides(
            [("m", GridSearchCV(LOGREG, SPACE, cv=GroupKFold(3)))],
            two_irises(),
            inner=StratifiedKFold(3),
        )


def test_draws_are_those_of_the_search_object() -> None:
    """A randomized search keeps its number of draws and its seed."""
    X, y = two_irises()
    theirs = RandomizedSearchCV(LOGREG, DRAWS, n_iter=3, random_state=5, cv=2).fit(X, y)
    study = study_of(theirs)
    search = study.models[0].search
    assert search is not None
    assert search.strategy == "random"
    assert list(search.candidates(y, study.seed)) == theirs.cv_results_["params"]


@pytest.mark.parametrize(
    ("search", "n_candidates", "least"),
    [
        (HalvingRandomSearchCV(LOGREG, DRAWS, n_candidates=9, factor=2), 9, "smallest"),
        (HalvingGridSearchCV(LOGREG, {"C": [1, 2, 3], "tol": [1, 2]}), 6, "exhaust"),
    ],
)
def test_halving_keeps_its_rules(search: Any, n_candidates: int, least: str) -> None:
    """A halving grid is as many draws without repeats as it has points."""
    found = study_of(search).models[0].search
    assert found is not None
    assert found.strategy == "halving-random"
    assert (found.n_candidates, found.min_resources) == (n_candidates, least)
    assert (found.factor, found.folds) == (search.factor, 5)


class BayesSearchCV(GridSearchCV):  # type: ignore[misc] # it has no types
    """A search of another package's."""


@pytest.mark.parametrize(
    ("given_models", "expected"),
    [
        ([GridSearchCV(LOGREG, SPACE, cv=ShuffleSplit(3))], "give it a random_state"),
        ([GridSearchCV(LOGREG, SPACE, cv="five")], "cv: must be a splitter"),
        ([GridSearchCV(LOGREG, SPACE, scoring=["accuracy", "f1"])], "several scorers"),
        ([GridSearchCV(LOGREG, SPACE, scoring="r2")], "is of regressions"),
        ([GridSearchCV(LOGREG, SPACE, scoring=lambda *_: 0.0)], "takes 0 arguments"),
        ([GridSearchCV(LOGREG, SPACE, refit=lambda _: 0)], "leave refit out"),
        (
            [RandomizedSearchCV(LOGREG, DRAWS, random_state=np.random.RandomState(0))],
            "random_state that is RandomState",
        ),
        (
            [RandomizedSearchCV(LOGREG, DRAWS, random_state=1, cv=SEEDED)],
            "different seeds, 1 and 7",
        ),
        ([BayesSearchCV(LOGREG, SPACE)], "BayesSearchCV cannot be taken over"),
        ([("m", GridSearchCV(LOGREG, SPACE), SPACE)], "is a search already"),
        (
            [make_pipeline(StandardScaler(), GridSearchCV(LOGREG, SPACE))],
            "stands inside Pipeline",
        ),
        (
            [
                GridSearchCV(LOGREG, SPACE, scoring="f1_macro"),
                GridSearchCV(LOGREG, SPACE, scoring="accuracy"),
            ],
            "different values of scoring",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_refused(given_models: Any, expected: str) -> None:
    """Each in one sentence that begins with its place and ends with what to do."""
    with pytest.raises(StudyError) as caught:
        models_of(given_models)
    told = str(caught.value)
    assert told.startswith("models")
    assert expected.lower() in told.lower()


def test_a_search_by_its_path_is_refused() -> None:
    """A study file cannot name a search as an estimator either."""
    path = "sklearn.model_selection.GridSearchCV"
    params = {"estimator": "sklearn.svm.SVC", "param_grid": {"C": 1.0}}
    spec = ModelSpec(name="m", estimator=path, params=params)
    study = Study(name="s", title="s", dataset="iris", models=(spec,))
    with pytest.raises(StudyError, match=r"is a search, which would be timed"):
        checks.check(study)
