"""Estimators by import path: built as the study says, and written as lines to copy."""

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

from tunecard.runner import models
from tunecard.runner.schema import ModelSpec, Params

KNN = "sklearn.neighbors.KNeighborsClassifier"
LOGREG = "sklearn.linear_model.LogisticRegression"
SCALER = "sklearn.preprocessing.StandardScaler"

Write = Callable[[str, str], None]


def spec(estimator: str = KNN, **fields: Any) -> ModelSpec:
    """Make a model of a study."""
    return ModelSpec(**{"name": "m", "estimator": estimator, **fields})


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
            spec(
                LOGREG,
                preprocess=({"transformer": SCALER, "params": {"with_mean": False}},),
            ),
            {"standardscaler__with_std": False, "C": 2.0},
        ),
        (
            spec(
                "sklearn.ensemble.VotingClassifier",
                params={"estimators": (LOGREG, KNN), "kneighborsclassifier__p": 1},
            ),
            {"logisticregression__C": 2.0},
        ),
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
    # An estimator inside another is equal to none but itself.
    assert repr(final.get_params()) == repr(expected.get_params())


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


def test_steps_take_parameters_of_their_own() -> None:
    """A transformer has its own parameters, and a candidate may set them by its name."""
    pca = {"transformer": "sklearn.decomposition.PCA", "params": {"whiten": True}}
    model = spec(LOGREG, preprocess=(pca,), params={"pca__n_components": 5})
    built = models.build(model, {"pca__n_components": 3, "C": 2.0}, seed=4)
    assert (built.steps[0][1].whiten, built.steps[0][1].n_components) == (True, 3)
    assert (built.steps[0][1].random_state, built.steps[1][1].C) == (4, 2.0)


def test_estimators_inside_an_estimator_are_named_by_import_path() -> None:
    """A meta-estimator's own estimator is made from its path, with the seed."""
    model = spec("sklearn.ensemble.BaggingClassifier", params={"estimator": LOGREG})
    built = models.build(model, {"estimator__C": 3.0}, seed=4)
    assert isinstance(built.estimator, LogisticRegression)
    assert (built.estimator.C, built.estimator.random_state) == (3.0, 4)
