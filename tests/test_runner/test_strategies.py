"""Strategies as values: one new file adds one, and each answers about itself."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedKFold
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tests.builders import make_results, make_run, write_run
from tunecard.report.load import load as load_run
from tunecard.report.run import Run as ReportedRun
from tunecard.runner import config
from tunecard.runner.assemble import Searched, search_record
from tunecard.runner.errors import StudyError
from tunecard.runner.schema import (
    GridSearch,
    ModelSpec,
    RandomSearch,
    Results,
    Strategy,
    Study,
)
from tunecard.runner.schema.search import READING
from tunecard.runner.schema.space import Distribution
from tunecard.runner.schema.strategies import HalvingRandomSearch, register, registry
from tunecard.runner.search import n_steps, tune
from tunecard.runner.search.tune import Tuned
from tunecard.runner.store.journal import NullCheckpoint, Value

pytestmark = pytest.mark.usefixtures("forked", "no_drawing")

#: A file of a user's own: a search that walks to the deeper tree as long as it scores more.
CLIMB = '''
"""Hill climbing: twice the last value, as long as the score rises."""

from typing import ClassVar, Literal

from tunecard.runner.schema.space import Dimension
from tunecard.runner.schema.strategies import Batch, SearchStage, Strategy, Trials, register


@register
class Climb(Strategy):
    """Climb one parameter."""

    title: ClassVar[str] = "hill climb"

    strategy: Literal["climb"]
    most: int = 4
    space: dict[str, Dimension]

    def begin(self, y, seed):
        return Climbing(self)

    def stages(self, y):
        return (SearchStage(self.most),)

    def thinned(self, n_candidates, own):
        return self.model_copy(update={"most": min(n_candidates, self.most)})


class Climbing(Trials):
    def __init__(self, search):
        self.search, self.scores = search, []
        (self.name,) = search.space

    def ask(self):
        rises = self.scores == sorted(set(self.scores))
        if len(self.scores) == self.search.most or not rises:
            return None
        return Batch(({self.name: 2 ** len(self.scores)},))

    def tell(self, scores):
        self.scores += scores
'''
STUDY = """
name = "climbing"
title = "A tree, climbed"
dataset = "iris"
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[models.search]
strategy = "climb"
folds = 3
space = { max_depth = [1, 16] }
"""
X, y = load_iris(return_X_y=True)


@pytest.fixture
def climb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the file, and forget its strategy afterwards."""
    monkeypatch.setattr(registry, "_KINDS", dict(registry._KINDS))  # restored
    (tmp_path / "climb.py").write_text(CLIMB, "utf-8")
    spec = importlib.util.spec_from_file_location("climb", tmp_path / "climb.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "climb", module)
    spec.loader.exec_module(module)
    return module


class Notes(NullCheckpoint):
    """A journal in memory, which counts what is scored."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}
        self.n_recorded = 0

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it."""
        self.n_recorded += 1
        self.kept[key] = value


def run(search: Strategy, memory: Any = None, estimator: Any = None) -> Tuned:
    """Search a tree on iris."""
    return tune(
        estimator or DecisionTreeClassifier(random_state=0),
        search,
        X,
        y,
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
        memory=memory,
    )


def searched(study: Study) -> tuple[ModelSpec, Strategy]:
    """Return a study's only model and its search."""
    (spec,) = study.models
    assert spec.search is not None
    return spec, spec.search


@pytest.mark.usefixtures("climb")
def test_one_new_file_adds_a_strategy(tmp_path: Path) -> None:
    """Named in a study it runs, is resumed, and stands in results and on the page."""
    study = config.parse(STUDY, "study.toml")
    spec, search = searched(study)
    notes = Notes()
    tuned = run(search, notes)
    depths = [one.params["max_depth"] for one in tuned.candidates[1:]]
    assert depths == [2**n for n in range(len(depths))]
    assert len(depths) >= 3  # 1 and 2 score more than the one before
    assert n_steps(DecisionTreeClassifier(), search, 0, y) == 3 * (4 + 1)
    # Half of a journal is the same dialog again, from what was told.
    half = Notes()
    half.kept = dict(list(notes.kept.items())[:6])
    again = run(search, half)
    assert [(c.params, c.scores) for c in again.candidates] == [
        (c.params, c.scores) for c in tuned.candidates
    ]
    assert set(half.kept) == set(notes.kept)
    assert half.n_recorded == notes.n_recorded - 6

    record = search_record(Searched(spec, 0), tuned, study, jobs=1, threads=1)
    made = make_run(models=(spec.model_copy(update={"search": GRID}),))
    results = made.results.model_copy(
        update={
            "study": made.results.study.model_copy(update={"models": (spec,)}),
            "searches": (record,),
        }
    )
    folder = write_run(type(made)(**{**vars(made), "results": results}), tmp_path / "run")
    page = ReportedRun(load_run(folder)).page_html()
    assert "A hill climb over" in page


GRID = GridSearch(strategy="grid", folds=3, space={"max_depth": (1, 2, 4)})


@pytest.mark.usefixtures("climb")
def test_what_is_wrong_in_a_registered_strategy_is_named() -> None:
    """Its own fields are checked as those of a shipped one."""
    for wrong, line in (
        ("most = 'x'", "models[0].search.most: 'x': must be an integer"),
        ("mots = 3", "models[0].search.mots: unknown key. Did you mean 'most'?"),
    ):
        text = STUDY.replace("folds = 3", wrong)
        with pytest.raises(StudyError) as refused:
            config.parse(text, "study.toml")
        assert line in str(refused.value)


def test_results_of_a_strategy_that_is_not_registered_are_read(climb: ModuleType) -> None:
    """Whoever reads results need not have what made them; a study needs it."""
    search = climb.Climb(strategy="climb", most=3, space={"max_depth": (1, 2)})
    results = make_results()
    models = (
        results.study.models[0].model_copy(update={"search": search}),
        *results.study.models[1:],
    )
    text = results.model_copy(
        update={"study": results.study.model_copy(update={"models": models})}
    ).model_dump_json()
    del registry._KINDS["climb"]  # restored by the fixture
    read = Results.model_validate_json(text, context=READING)
    found = read.study.models[0].search
    assert found is not None
    assert (found.strategy, found.folds) == ("climb", 5)
    assert json.loads(read.model_dump_json()) == json.loads(text)
    with pytest.raises(StudyError, match="'climb' is not allowed; use 'grid', 'random'"):
        config.parse(STUDY, "study.toml")


def test_a_name_is_given_once() -> None:
    """Another strategy of the same name is refused, and one without a name."""

    class Grid(RandomSearch):
        strategy: Any  # it has no name

    with pytest.raises(ValueError, match=r"needs the field strategy: Literal"):
        register(Grid)

    class Second(GridSearch):
        """Has the name of its base."""

    with pytest.raises(ValueError, match="has the name 'grid'; choose another"):
        register(Second)


def test_a_grid_of_several_tables_is_scikit_learns() -> None:
    """Candidates, order and fold scores are those of GridSearchCV with a list of grids."""
    text = STUDY.replace("DecisionTreeClassifier", "x")
    text = text[: text.index("[[models]]")] + (
        '[[models]]\nname = "svm"\nestimator = "sklearn.svm.SVC"\n'
        '[models.search]\nstrategy = "grid"\nfolds = 3\n'
        '[[models.search.space]]\nkernel = ["linear"]\nC = [1, 10]\n'
        '[[models.search.space]]\nkernel = ["rbf"]\nC = [1]\ngamma = [0.1, 1]\n'
    )
    _, search = searched(config.parse(text, "study.toml"))
    grids = [
        {"kernel": ["linear"], "C": [1, 10]},
        {"kernel": ["rbf"], "C": [1], "gamma": [0.1, 1]},
    ]
    assert list(search.candidates(y, 0)) == list(ParameterGrid(grids))
    theirs = GridSearchCV(
        SVC(), grids, cv=StratifiedKFold(3, shuffle=True, random_state=0), refit=False
    ).fit(X, y)
    tuned = run(search, estimator=SVC())
    scores = [
        [theirs.cv_results_[f"split{f}_test_score"][c] for f in range(3)] for c in range(4)
    ]
    np.testing.assert_array_equal([one.scores for one in tuned.candidates[1:]], scores)
    assert search.space == {"kernel": ("linear", "rbf"), "C": (1, 10), "gamma": (0.1, 1)}


@pytest.mark.parametrize(
    ("search", "n_left", "name"),
    [
        (GRID, 2, "GridSearchCV"),
        (
            RandomSearch(
                strategy="random",
                n_iter=9,
                space={"C": Distribution(distribution="uniform", low=0, high=1)},
            ),
            2,
            "RandomizedSearchCV",
        ),
        (
            HalvingRandomSearch(
                strategy="halving-random",
                n_candidates=9,
                space={"C": Distribution(distribution="uniform", low=0, high=1)},
            ),
            2,
            "HalvingRandomSearchCV",
        ),
    ],
)
def test_each_strategy_is_thinned_by_itself(
    search: Strategy, n_left: int, name: str
) -> None:
    """To two candidates, of the same kind, which scikit-learn has by this name."""
    smaller = search.thinned(2, {})
    assert type(smaller) is type(search)
    assert len(smaller.candidates(y, 0)) == smaller.n_proposed == n_left
    assert smaller.equivalent == name


def test_no_search_is_a_model_without_one() -> None:
    """The strategy "none", whatever stands beside it, measures the baseline alone."""
    text = STUDY.replace('"climb"', '"none"')
    assert config.parse(text, "study.toml").models[0].search is None
