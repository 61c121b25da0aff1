"""Estimators given as objects: named, pickled, and told apart by what they are."""

import base64
import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner import models
from tunecard.runner.errors import StudyError
from tunecard.runner.models import checks
from tunecard.runner.models.objects import models_of
from tunecard.runner.models.pickled import digest
from tunecard.runner.schema import (
    Distribution,
    GridSearch,
    HalvingRandomSearch,
    ModelSpec,
    RandomSearch,
    Study,
)

ROOT = Path(__file__).resolve().parents[2]


class Keeps(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # they have no types
    """Keeps whatever it is given."""

    def __init__(self, what: Any = None) -> None:
        self.what = what

    def fit(self, X: Any, y: Any) -> "Keeps":  # noqa: ARG002 # scikit-learn's own
        """Learn nothing."""
        return self

    def predict(self, X: Any) -> Any:
        """Answer class 0."""
        return np.zeros(len(X), dtype=int)


class Forgets(LogisticRegression):  # type: ignore[misc] # it has no types
    """Takes a parameter that it does not keep."""

    def __init__(self, kept: Any = None) -> None:  # noqa: ARG002 # what it is for
        super().__init__()


def test_estimators_get_names() -> None:
    """A class gives its name; a second of it a number; a Pipeline its last step's."""
    pipe = make_pipeline(StandardScaler(), KNeighborsClassifier())
    given = [
        LogisticRegression(),
        LogisticRegression(C=2),
        pipe,
        ("own", LogisticRegression()),
    ]
    specs = models_of(given).specs
    assert [spec.name for spec in specs] == [
        "logisticregression",
        "logisticregression-2",
        "kneighborsclassifier",
        "own",
    ]
    assert [spec.label for spec in specs][:1] == ["LogisticRegression"]
    assert specs[0].estimator == "sklearn.linear_model.LogisticRegression"


def test_what_is_built_is_what_was_given() -> None:
    """The object's own parameters stand, whatever their type, and the seed is put in."""
    pipe = make_pipeline(StandardScaler(), MLPClassifier((50, 20), alpha=0.5))
    (spec,) = models_of([pipe]).specs
    built = models.build(spec, {}, seed=3)
    mlp = models.final_step(built)
    assert (mlp.hidden_layer_sizes, mlp.alpha, mlp.random_state) == ((50, 20), 0.5, 3)
    assert spec.params == {"mlpclassifier__alpha": 0.5}
    tuned = models.build(spec, {"mlpclassifier__alpha": 2.0}, seed=3)
    assert models.final_step(tuned).alpha == 2.0


def test_a_fitted_object_is_taken_unfitted() -> None:
    """What an object has learned before is left behind."""
    fitted = KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, 1])
    (spec,) = models_of([fitted]).specs
    assert not hasattr(models.build(spec, {}, 0), "classes_")


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (
            {"C": [0.1, 1], "solver": ("lbfgs",)},
            GridSearch(strategy="grid", space={"C": (0.1, 1), "solver": ("lbfgs",)}),
        ),
        (
            {"C": np.logspace(-1, 1, 3)},
            GridSearch(strategy="grid", space={"C": (0.1, 1.0, 10.0)}),
        ),
        (
            {"C": stats.loguniform(1e-3, 1e2), "max_iter": stats.randint(50, 101)},
            RandomSearch(
                strategy="random",
                space={
                    "C": Distribution(distribution="loguniform", low=1e-3, high=1e2),
                    "max_iter": Distribution(distribution="randint", low=50, high=100),
                },
            ),
        ),
        (
            {
                "strategy": "halving-random",
                "folds": 3,
                "space": {"C": stats.uniform(1, 2)},
            },
            HalvingRandomSearch(
                strategy="halving-random",
                folds=3,
                space={"C": Distribution(distribution="uniform", low=1, high=3)},
            ),
        ),
        ({"strategy": "none"}, None),
    ],
)
def test_a_space_tells_its_strategy(search: Any, expected: Any) -> None:
    """Lists make a grid, distributions a randomized search, anything else is named."""
    (spec,) = models_of([("m", LogisticRegression(), search)]).specs
    assert spec.search == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (LogisticRegression(), "models: give a list of estimators, as in "),
        ([], "models: give a list of estimators, as in "),
        (
            [LogisticRegression],
            (
                "models[0]: LogisticRegression is a class; give an estimator, as in "
                "LogisticRegression()."
            ),
        ),
        (["knn"], "models[0]: str is not an estimator; "),
        ([StandardScaler()], "models[0]: StandardScaler is not an estimator; "),
        ([("m",)], "models[0]: must be an estimator, "),
        (
            [("m", LogisticRegression()), ("m", KNeighborsClassifier())],
            "models[1].name: 'm' is another model's, too; ",
        ),
        ([Forgets()], "models[0]: Forgets cannot be cloned (AttributeError: "),
        ([("m", LogisticRegression(), {})], "models[0].search: the space is empty; "),
        ([("m", LogisticRegression(), [1])], "models[0].search: list is not a search; "),
        (
            [("m", LogisticRegression(), {"C": stats.norm(0, 1)})],
            "models[0].search.C: the distribution 'norm' of SciPy's has no place",
        ),
        (
            [Keeps(threading.Lock())],
            "models[0]: Keeps cannot be cloned (TypeError: cannot pickle '_thread.lock'",
        ),
        ([("m", LogisticRegression(), {"C": 3})], "models[0].search."),
    ],
)
def test_what_is_no_model_is_told(given: Any, expected: str) -> None:
    """Each mistake has its place and a sentence."""
    with pytest.raises(StudyError) as caught:
        models_of(given)
    assert str(caught.value).startswith(expected)


def test_a_regressor_is_refused_as_in_a_file() -> None:
    """Objects are checked as import paths are."""
    from sklearn.linear_model import Ridge

    study = Study(name="s", title="s", dataset="digits", models=models_of([Ridge()]).specs)
    with pytest.raises(StudyError, match=r"Ridge' is not a classifier\. It is a regressor"):
        checks.check(study)
    wrong = models_of([("m", LogisticRegression(), {"c": [1, 2]})]).specs
    with pytest.raises(StudyError, match=r"no parameter 'c'\. Did you mean"):
        checks.check(study.model_copy(update={"models": wrong}))


def test_results_keep_no_pickle() -> None:
    """Without its content a model still tells what it was, and cannot be built."""
    (spec,) = models_of([LogisticRegression()]).specs
    kept = spec.without_content()
    assert kept.object is not None
    assert spec.object is not None
    assert (kept.object.content, kept.object.sha256) == (None, spec.object.sha256)
    with pytest.raises(StudyError, match=r"Give it to tunecard\.run again"):
        models.build(kept, {}, 0)
    assert ModelSpec(name="m", estimator="a.B").without_content().object is None


SCRIPT = """
import json
import sys
sys.path.append(sys.argv[1])
from sklearn.base import BaseEstimator, ClassifierMixin
from tunecard.runner.models.objects import models_of
told = []
for answer, shift in json.loads(sys.argv[2]):
    exec(f'''
class Own(ClassifierMixin, BaseEstimator):
    def __init__(self, shift=0):
        self.shift = shift
    def fit(self, X, y):
        return self
    def predict(self, X):
        return [{answer}] * len(X)
''')
    (spec,) = models_of([Own(shift=shift)]).specs
    told.append([spec.object.sha256, spec.object.content])
sys.stdout.write(json.dumps(told))
"""


def defined(tmp_path: Path, *variants: tuple[int, int]) -> list[tuple[str, str]]:
    """Give hash and pickle of objects whose class a script defines: answer and shift."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    arguments = [str(ROOT), json.dumps(variants)]
    done = subprocess.run(
        [sys.executable, "-P", str(script), *arguments], capture_output=True, check=True
    )
    return [(sha256, content) for sha256, content in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the script, whose path its objects hold."""
    return tmp_path_factory.mktemp("script")


@pytest.fixture(scope="module")
def objects(place: Path) -> list[tuple[str, str]]:
    """Objects of one script: the second answers, the third shifts otherwise."""
    return defined(place, (7, 0), (1, 0), (7, 1))


def test_a_class_of_a_script_travels_by_value(objects: list[tuple[str, str]]) -> None:
    """What a script defines is made in another process, which has no such class."""
    _, content = objects[0]
    made = pickle.loads(base64.b64decode(content))  # noqa: S301 # our own
    assert made.predict([[1], [2]]) == [7, 7]


def test_a_hash_tells_what_an_object_is(
    objects: list[tuple[str, str]], place: Path
) -> None:
    """Equal in two processes; another where the code or a parameter is another."""
    (first, pickled), (answers, _), (shifted, _) = objects
    ((again, other),) = defined(place, (7, 0))
    assert first == again
    assert pickled != other
    assert len({first, answers, shifted}) == 3


def test_a_hash_does_not_depend_on_a_process_number() -> None:
    """A notebook's file is named by its process: neither its name nor its length counts."""
    names = ("/of/ipykernel_57/12.py", "/of/ipykernel_13200/12.py")
    pickled = [pickle.dumps(("code", name)) for name in names]
    assert len(pickled[0]) != len(pickled[1])
    assert digest(pickled[0]) == digest(pickled[1])
