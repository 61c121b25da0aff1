"""First fits: a model that fails on a few rows stops the run before anything long."""

from pathlib import Path
from typing import Any

import pytest

from tunecard.runner import datasets
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import StudyError
from tunecard.runner.plan import Child, check_first_fits
from tunecard.runner.schema import GridSearch, ModelSpec, Study

HERE = Path(__file__).parent
KNN = "sklearn.neighbors.KNeighborsClassifier"


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """Load the digits: 1,347 rows to train on."""
    return datasets.load(
        "digits",
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
    )


def spec(estimator: str, name: str = "m", **fields: Any) -> ModelSpec:
    """Make a model."""
    return ModelSpec(name=name, estimator=estimator, **fields)


def check(dataset: Dataset, *models: ModelSpec, work: Path | None = None) -> None:
    """Check the first fits of some models."""
    study = Study(name="s", title="S", dataset="digits", models=models)
    child = Child(threads=1, work=work, path=(str(HERE),))
    check_first_fits(study, dataset, child)


def told(dataset: Dataset, *models: ModelSpec, work: Path | None = None) -> list[str]:
    """Return the lines of the refusal, without its head."""
    with pytest.raises(StudyError) as refused:
        check(dataset, *models, work=work)
    return str(refused.value).splitlines()[1:]


def test_a_typo_in_a_parameter_is_told_with_what_is_meant(digits: Dataset) -> None:
    """The estimator's own message, the model, and the value that is close."""
    wrong = spec(KNN, params={"weights": "uniforn"})
    (line,) = told(digits, spec(KNN, "fine"), wrong)
    assert line.startswith("  models[1] ('m'): InvalidParameterError: The 'weights' ")
    assert line.endswith(" Did you mean weights = 'uniform'?")


def test_a_typo_in_a_space_is_told_before_the_search(digits: Dataset) -> None:
    """A text of the space that no candidate could be fitted with, each once."""
    search = GridSearch(
        strategy="grid", space={"n_neighbors": (1, 5), "weights": ("uniform", "distanse")}
    )
    (line,) = told(digits, spec(KNN, search=search))
    assert line.startswith("  models[0] ('m'): search.space: InvalidParameterError: ")
    assert line.endswith(" Did you mean weights = 'distance'?")


def test_parameters_that_do_not_go_together_are_told(digits: Dataset) -> None:
    """What only a fit finds out: no value is wrong by itself."""
    logreg = "sklearn.linear_model.LogisticRegression"
    (line,) = told(digits, spec(logreg, params={"solver": "lbfgs", "l1_ratio": 0.5}))
    assert "ValueError: Solver lbfgs supports only" in line


def test_a_model_that_needs_more_rows_is_no_failure(digits: Dataset) -> None:
    """600 neighbors are more than the few rows, and fewer than all; so are components."""
    pca = {"transformer": "sklearn.decomposition.PCA", "params": {"n_components": 60}}
    check(
        digits,
        spec(KNN, "many", params={"n_neighbors": 600}),
        spec(KNN, "pca", preprocess=(pca,)),
    )
    (line,) = told(digits, spec(KNN, params={"n_neighbors": 1400}))
    assert "n_neighbors = 1400" in line


def test_a_class_of_the_users_own_is_tried_in_a_child(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end its process; that is left to its case, and the others are told."""
    monkeypatch.syspath_prepend(HERE)
    crashes = spec("hostile.Right", "crashes", params={"crash": 9})
    raises = spec("hostile.Raises", "raises")
    lines = told(digits, raises, crashes, work=tmp_path / "work")
    assert lines == ["  models[0] ('raises'): RuntimeError: no license"]
    assert list((tmp_path / "work").iterdir()) == []
