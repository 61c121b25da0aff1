"""A study's models are checked before anything long, each problem in a sentence."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.runner.errors import StudyError
from tunecard.runner.models import checks
from tunecard.runner.models.estimators import import_object
from tunecard.runner.schema import GridSearch, HalvingRandomSearch, ModelSpec, Study

KNN = "sklearn.neighbors.KNeighborsClassifier"
SCALER = "sklearn.preprocessing.StandardScaler"

Write = Callable[[str, str], None]


def spec(estimator: str = KNN, **fields: Any) -> ModelSpec:
    """Make a model of a study."""
    return ModelSpec(**{"name": "m", "estimator": estimator, **fields})


def problems(*specs: ModelSpec) -> list[str]:
    """Return the lines that `check` tells, without the first."""
    study = Study(name="s", title="s", dataset="digits", models=specs)
    with pytest.raises(StudyError) as caught:
        checks.check(study)
    first, *lines = str(caught.value).splitlines()
    assert first == "The study cannot be run:"
    return lines


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Give a function that writes an importable module of the user's own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)

    return put


def test_a_good_study_passes() -> None:
    """Nothing is told of a study that can be run."""
    search = GridSearch(strategy="grid", space={"n_neighbors": (1, 3)})
    checks.check(
        Study(
            name="s",
            title="s",
            dataset="digits",
            models=(spec(search=search, preprocess=(SCALER,)),),
        )
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            spec("no_such_package.Model"),
            (
                "estimator: 'no_such_package.Model' cannot be imported (No module named "
                "'no_such_package'). Check the spelling, and that the package is "
                "installed in the environment of Tunecard."
            ),
        ),
        (
            spec("sklearn.neighbors.KNeighborClassifier"),
            (
                "estimator: module 'sklearn.neighbors' has no 'KNeighborClassifier'. Did "
                "you mean sklearn.neighbors.KNeighborsClassifier?"
            ),
        ),
        (
            spec("sklearn.linear_model.LinearRegression"),
            (
                "estimator: 'sklearn.linear_model.LinearRegression' is not a classifier. "
                "It is a regressor. The task of this study is classification: name a "
                'classifier, or set task = "regression".'
            ),
        ),
        (
            spec("sklearn.preprocessing.scale"),
            (
                "estimator: 'sklearn.preprocessing.scale' is not a scikit-learn estimator "
                "class; name a class with fit, predict, get_params and set_params."
            ),
        ),
        (
            spec(SCALER),
            (
                f"estimator: {SCALER!r} is not a scikit-learn estimator class; name "
                "a class with fit, predict, get_params and set_params."
            ),
        ),
        (
            spec("sklearn.multiclass.OneVsRestClassifier"),
            (
                "params: OneVsRestClassifier needs 'estimator'; give it, as in params = { "
                'estimator = "sklearn.linear_model.LogisticRegression" }.'
            ),
        ),
        (
            spec(params={"n_neigbors": 3}),
            (
                "params: KNeighborsClassifier has no parameter 'n_neigbors'. Did you "
                "mean 'n_neighbors'?"
            ),
        ),
        (
            spec(params={"zzz": 3}),
            (
                "params: KNeighborsClassifier has no parameter 'zzz'. It has: algorithm, "
                "leaf_size, metric, metric_params, n_jobs, n_neighbors, p, weights."
            ),
        ),
        (
            spec(search=GridSearch(strategy="grid", space={"C": (1,)})),
            "search.space: KNeighborsClassifier has no parameter 'C'. ",
        ),
        (
            spec(preprocess=(KNN,)),
            (
                f"preprocess[0]: {KNN!r} is not a scikit-learn transformer class; name a "
                "class with fit, transform, get_params and set_params."
            ),
        ),
        (
            spec(preprocess=("StandardScaler",)),
            (
                "preprocess[0]: 'StandardScaler' is not an import path; write the module "
                "too, as in sklearn.preprocessing.StandardScaler."
            ),
        ),
        (
            spec(preprocess=("sklearn.preprocessing.StandardScalr",)),
            (
                "preprocess[0]: module 'sklearn.preprocessing' has no 'StandardScalr'. "
                "Did you mean sklearn.preprocessing.StandardScaler?"
            ),
        ),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(model: ModelSpec, expected: str) -> None:
    """Each kind of wrong model has its field, its value and what to do."""
    (line,) = problems(model)
    assert line.startswith(f"  models[0] ('m'): {expected}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def broken(:", "SyntaxError: "),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_module_that_raises_is_told(write: Write, text: str, reason: str) -> None:
    """A user's own module that cannot be imported gives a sentence, no traceback."""
    write("broken_module", text)
    (line,) = problems(spec("broken_module.Model"))
    assert "its module 'broken_module' raises " + reason in line


def test_a_class_that_raises_when_made_is_told(write: Write) -> None:
    """An estimator may refuse to be made; whatever it raises is told."""
    write(
        "refusing",
        """
        from sklearn.neighbors import KNeighborsClassifier
        class Refusing(KNeighborsClassifier):
            def __init__(self):
                raise RuntimeError("no license")
        class Choosy(KNeighborsClassifier):
            def __init__(self, n_neighbors=1):
                if n_neighbors != 1:
                    raise ValueError("only 1")
                super().__init__(n_neighbors)
        """,
    )
    refusing, choosy = problems(
        spec("refusing.Refusing"),
        spec("refusing.Choosy", name="n", params={"n_neighbors": 2}),
    )
    assert refusing.endswith("cannot be made (RuntimeError: no license).")
    assert choosy.endswith("'refusing.Choosy' cannot be made (ValueError: only 1).")


def test_a_class_that_is_not_scikit_learns_is_told(write: Write) -> None:
    """A class with the methods but without scikit-learn's tags is no classifier."""
    write(
        "ducks",
        """
        class Duck:
            def fit(self, X, y): return self
            def predict(self, X): return [0] * len(X)
            def get_params(self, deep=True): return {}
            def set_params(self, **params): return self
        """,
    )
    (line,) = problems(spec("ducks.Duck"))
    assert "ducks.Duck" in line
    assert "Traceback" not in line


def test_all_problems_are_told_at_once() -> None:
    """Every model's problems are told together, each with its place."""
    lines = problems(
        spec(
            params={"kk": 1},
            search=GridSearch(strategy="grid", space={"weigths": ("uniform",)}),
            preprocess=("sklearn.nothing.Scaler",),
        ),
        spec("sklearn.svm.SVR", name="svr"),
    )
    assert [line.split(": ")[1] for line in lines] == [
        "preprocess[0]",
        "params",
        "search.space",
        "estimator",
    ]
    assert [line.split(": ")[0] for line in lines] == ["  models[0] ('m')"] * 3 + [
        "  models[1] ('svr')"
    ]


OVR = "sklearn.multiclass.OneVsRestClassifier"
LOGREG = "sklearn.linear_model.LogisticRegression"


def grid(**space: Any) -> GridSearch:
    """Make a grid search over a space."""
    return GridSearch(strategy="grid", space=space)


@pytest.mark.parametrize(
    "model",
    [
        spec(LOGREG, preprocess=("sklearn.decomposition.PCA",), search=grid(C=(1.0, 2.0))),
        spec(
            LOGREG,
            preprocess=("sklearn.decomposition.PCA",),
            search=grid(pca__n_components=(2, 3)),
        ),
        spec(preprocess=({"transformer": SCALER, "params": {"with_mean": False}},)),
        spec(OVR, params={"estimator": LOGREG, "estimator__C": 3.0}),
        spec(OVR, params={"estimator": LOGREG}, search=grid(estimator__C=(1.0, 2.0))),
        spec(
            "sklearn.ensemble.AdaBoostClassifier",
            search=grid(
                estimator=("sklearn.tree.DecisionTreeClassifier",),
                estimator__max_depth=(1, 2),
            ),
        ),
        spec(
            "sklearn.ensemble.VotingClassifier",
            params={"estimators": (LOGREG, KNN)},
            search=grid(logisticregression__C=(1.0, 2.0)),
        ),
    ],
)
def test_parameters_are_found_wherever_they_are(model: ModelSpec) -> None:
    """Of the classifier, of a step before it, and of an estimator inside it."""
    checks.check(Study(name="s", title="s", dataset="digits", models=(model,)))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            spec(
                LOGREG,
                preprocess=("sklearn.decomposition.PCA",),
                search=grid(pca__n_component=(2,)),
            ),
            (
                "search.space: the step 'pca' has no parameter 'n_component'. "
                "Did you mean 'n_components'?"
            ),
        ),
        (
            spec(
                LOGREG,
                preprocess=("sklearn.decomposition.PCA",),
                search=grid(pac__copy=(True,)),
            ),
            "search.space: LogisticRegression has no parameter 'pac__copy'. ",
        ),
        (
            spec(OVR, params={"estimator": LOGREG}, search=grid(estimator__c=(1.0,))),
            (
                "search.space: OneVsRestClassifier has no parameter 'estimator__c'. "
                "Did you mean 'estimator__C'?"
            ),
        ),
        (
            spec(OVR, params={"estimator": LOGREG, "estimator__c": 1.0}),
            f"params: {OVR!r} cannot be made (ValueError: Invalid parameter 'c' for ",
        ),
        (
            spec(OVR, params={"estimator": "sklearn.linear_model.Logistic"}),
            (
                "params: module 'sklearn.linear_model' has no 'Logistic'. Did you mean "
                "sklearn.linear_model.LogisticRegression?"
            ),
        ),
        (
            spec(preprocess=({"transformer": SCALER, "params": {"with_means": False}},)),
            (
                "preprocess[0].params: StandardScaler has no parameter 'with_means'. "
                "Did you mean 'with_mean'?"
            ),
        ),
        (
            spec("sklearn.multioutput.MultiOutputClassifier", params={"estimator": LOGREG}),
            (
                "estimator: 'sklearn.multioutput.MultiOutputClassifier' is for several "
                "labels a row (multilabel), which Tunecard does not compare; "
            ),
        ),
        (
            spec(
                search=HalvingRandomSearch(
                    strategy="halving-random",
                    space={"p": (1, 2)},
                    resource="n_trees",
                    max_resources=9,
                )
            ),
            "search.resource: KNeighborsClassifier has no parameter 'n_trees'. It has: ",
        ),
    ],
)
def test_what_is_wrong_further_inside_is_told(model: ModelSpec, expected: str) -> None:
    """Steps, estimators inside others and resources have sentences of their own."""
    (line,) = problems(model)
    assert line.startswith(f"  models[0] ('m'): {expected}")


def test_a_class_that_cannot_be_cloned_is_told(write: Write) -> None:
    """A search fits clones, so an __init__ that changes its arguments is refused."""
    write(
        "changing",
        """
        from sklearn.neighbors import KNeighborsClassifier
        class Changing(KNeighborsClassifier):
            def __init__(self, n_neighbors=5):
                super().__init__(n_neighbors=[n_neighbors])
        """,
    )
    (line,) = problems(spec("changing.Changing"))
    assert "'changing.Changing' cannot be cloned (RuntimeError: " in line
    assert line.endswith("must only store its arguments, each under its own name.")


def test_a_class_for_two_classes_is_refused_where_there_are_more() -> None:
    """What can only tell two classes apart is told of as soon as the data is known."""
    model = spec(
        "sklearn.model_selection.FixedThresholdClassifier", params={"estimator": LOGREG}
    )
    study = Study(name="s", title="s", dataset="digits", models=(model,))
    checks.check_classes(study, 2)
    with pytest.raises(
        StudyError, match="supports binary targets only, but the data has 10 classes"
    ):
        checks.check_classes(study, 10)


@pytest.mark.parametrize(
    "fields",
    [
        {"search": GridSearch(strategy="grid", space={"C": (1,)})},
        {"params": {"C": 1}},
    ],
)
def test_a_regressor_is_told_to_be_one_first(fields: dict[str, Any]) -> None:
    """Whatever its parameters are: they would not make it a classifier."""
    (line,) = problems(spec("sklearn.linear_model.Ridge", **fields))
    assert "'sklearn.linear_model.Ridge' is not a classifier. It is a regressor." in line


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KNeighbors", "KNeighborsClassifier"),
        ("KNeigborsClassifier", "KNeighborsClassifier"),
        ("KNeighborsTransfomer", "KNeighborsTransformer"),
    ],
)
def test_of_names_that_are_alike_the_classifier_is_meant(name: str, meant: str) -> None:
    """Unless another name is clearly closer."""
    with pytest.raises(StudyError, match=rf"Did you mean sklearn.neighbors.{meant}\?"):
        import_object(f"sklearn.neighbors.{name}")
