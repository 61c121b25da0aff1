"""Estimators by import path: built as the study says, and checked before anything long."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from runner import models
from runner.errors import StudyError
from runner.schema import GridSearch, ModelSpec, Params, Study

KNN = "sklearn.neighbors.KNeighborsClassifier"
LOGREG = "sklearn.linear_model.LogisticRegression"
SCALER = "sklearn.preprocessing.StandardScaler"

Write = Callable[[str, str], None]


def spec(estimator: str = KNN, **fields: Any) -> ModelSpec:
    """Make a model of a study."""
    return ModelSpec(**{"name": "m", "estimator": estimator, **fields})


def problems(*specs: ModelSpec) -> list[str]:
    """Return the lines that `check` tells, without the first."""
    study = Study(name="s", title="s", dataset="digits", models=specs)
    with pytest.raises(StudyError) as caught:
        models.check(study)
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


def test_parameters_lie_over_the_models_own() -> None:
    """A candidate's parameters replace the baseline's, and the others stay."""
    built = models.build(
        spec(params={"n_neighbors": 3, "p": 1}), {"n_neighbors": 7}, seed=0
    )
    assert isinstance(built, KNeighborsClassifier)
    assert (built.n_neighbors, built.p) == (7, 1)


def test_seed_is_the_random_state_unless_the_study_sets_one() -> None:
    """Only an estimator that has a random_state is given the seed."""
    assert models.build(spec(LOGREG), {}, seed=5).random_state == 5
    own = spec(LOGREG, params={"random_state": 1})
    assert models.build(own, {}, seed=5).random_state == 1
    assert not hasattr(models.build(spec(KNN), {}, seed=5), "random_state")


def test_preprocessing_makes_a_pipeline_with_the_seed_in_every_step() -> None:
    """Transformers come before the classifier, and are as reproducible as it is."""
    built = models.build(
        spec(LOGREG, preprocess=(SCALER, "sklearn.decomposition.PCA")), {"C": 2.0}, seed=5
    )
    assert isinstance(built, Pipeline)
    scaler, pca, final = (step for _, step in built.steps)
    assert isinstance(scaler, StandardScaler)
    assert isinstance(pca, PCA)
    assert isinstance(final, LogisticRegression)
    assert (pca.random_state, final.random_state, final.C) == (5, 5, 2.0)
    assert models.final_step(built) is final


def test_a_transformer_may_stand_twice() -> None:
    """Steps of the same class get names of their own."""
    built = models.build(spec(preprocess=(SCALER, SCALER)), {}, seed=0)
    assert [name for name, _ in built.steps] == [
        "standardscaler",
        "standardscaler-2",
        "model",
    ]


def test_candidates_of_a_pipeline_are_prefixed() -> None:
    """Parameters of the classifier are set through the pipeline, or directly."""
    params = {"n_neighbors": 3}
    piped = spec(preprocess=(SCALER,))
    built = models.build(piped, {}, 0).set_params(**models.prefixed(piped, params))
    assert models.final_step(built).n_neighbors == 3
    assert models.prefixed(spec(), params) == params


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (spec(), {}),
        (spec(LOGREG, params={"max_iter": 500}), {"C": 0.1234567890123456789}),
        (spec(preprocess=(SCALER, "sklearn.decomposition.PCA")), {"n_neighbors": 3}),
        (
            spec("sklearn.neural_network.MLPClassifier"),
            {"hidden_layer_sizes": (50, 20), "activation": "tanh"},
        ),
    ],
)
def test_python_lines_build_the_same_estimator(model: ModelSpec, params: Params) -> None:
    """The lines to copy, run as they are, make an equal estimator."""
    lines = models.python_lines(model, params, seed=3)
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)  # noqa: S102 # our own lines, which are to be run
    ours = models.build(model, params, seed=3)
    assert repr(namespace["model"]) == repr(ours)
    final, expected = models.final_step(namespace["model"]), models.final_step(ours)
    assert final.get_params() == expected.get_params()


def test_python_lines_of_a_class_with_a_repr_of_its_own(write: Write) -> None:
    """A class that overrides __repr__ is still written as a line to copy."""
    write(
        "own_repr",
        """
        from sklearn.neighbors import KNeighborsClassifier
        class Named(KNeighborsClassifier):
            def __repr__(self):
                return "<a name>"
        """,
    )
    lines = models.python_lines(spec("own_repr.Named"), {"n_neighbors": 3}, seed=0)
    assert lines == ("from own_repr import Named", "model = Named(n_neighbors=3)")


def test_a_good_study_passes() -> None:
    """Nothing is told of a study that can be run."""
    search = GridSearch(strategy="grid", space={"n_neighbors": (1, 3)})
    models.check(
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
                "Tunecard compares classifiers; regressors and transformers are not "
                "supported."
            ),
        ),
        (
            spec("sklearn.preprocessing.scale"),
            (
                "estimator: 'sklearn.preprocessing.scale' is no scikit-learn estimator "
                "class; name a class with fit, predict and get_params."
            ),
        ),
        (
            spec(SCALER),
            (
                f"estimator: {SCALER!r} is no scikit-learn estimator class; name a class "
                "with fit, predict and get_params."
            ),
        ),
        (
            spec("sklearn.multiclass.OneVsRestClassifier"),
            (
                "estimator: 'sklearn.multiclass.OneVsRestClassifier' cannot be made "
                "without arguments (TypeError: "
            ),
        ),
        (
            spec(params={"n_neighbours": 3}),
            (
                "params: KNeighborsClassifier has no parameter 'n_neighbours'. Did you "
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
                f"preprocess[0]: {KNN!r} is no scikit-learn transformer class; name a "
                "class with fit, transform and get_params."
            ),
        ),
        (
            spec(preprocess=("StandardScaler",)),
            (
                "preprocess[0]: 'StandardScaler' is no import path; write the module too, "
                "as in sklearn.preprocessing.StandardScaler."
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
                raise RuntimeError("no licence")
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
    assert refusing.endswith("cannot be made without arguments (RuntimeError: no licence).")
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
