"""Before anything long: the study is chosen, checked, and its data is there."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets import load as load_data
from tunecard.runner.errors import DataUnreachable, StudyError
from tunecard.runner.prepare import prepare
from tunecard.runner.progress import Silent
from tunecard.runner.schema import GridSearch, ModelSpec, Study, Subset

KNN = "sklearn.neighbors.KNeighborsClassifier"


class Watcher(Silent):
    """Keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        """Keep a notice."""
        self.notices.append(text)


def digits(study: Study, fallback_reason: str | None) -> Dataset:
    """Load the digits, whatever a study names."""
    return load_data(
        "digits",
        seed=study.seed,
        test_size=study.test_size,
        subset=study.subset,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        fallback_reason=fallback_reason,
    )


def unreachable(study: Study, fallback_reason: str | None) -> Dataset:
    """Have no MNIST."""
    if study.dataset == "mnist":
        raise DataUnreachable("MNIST is nowhere.")
    return digits(study, fallback_reason)


def study(**model: Any) -> Study:
    """Make a study of one model on the digits."""
    spec = ModelSpec(**{"name": "m", "estimator": KNN, **model})
    return Study(name="s", title="s", dataset="digits", models=(spec,))


def test_digits_stand_in_for_mnist_and_say_so() -> None:
    """With no study named and MNIST out of reach, the run goes on with the digits."""
    watcher = Watcher()
    begun: list[str] = []
    chosen, data = prepare(
        None,
        quick=False,
        load=unreachable,
        progress=watcher,
        begin=lambda study: begun.append(study.name),
    )
    assert begun == ["mnist", "digits"]
    assert (chosen.name, data.info.name) == ("digits", "digits")
    assert data.info.fallback_reason == "MNIST was out of reach when this was run"
    assert watcher.notices == [
        "MNIST is nowhere.\nContinuing with scikit-learn's embedded digits: NOT MNIST."
    ]


def test_a_study_that_was_named_does_not_fall_back() -> None:
    """Whoever asks for MNIST gets MNIST or an error."""
    with pytest.raises(DataUnreachable, match=r"MNIST is nowhere\."):
        prepare("mnist", quick=False, load=unreachable, progress=Silent())


def test_quick_takes_a_subset_of_mnist_alone() -> None:
    """A quick look is 6,000 and 1,000 rows of MNIST; small data stays whole."""
    seen: list[Subset | None] = []

    def load(chosen: Study, reason: str | None) -> Dataset:
        seen.append(chosen.subset)
        return digits(chosen.model_copy(update={"subset": None}), reason)

    for name in ("mnist", "digits"):
        prepare(name, quick=True, load=load, progress=Silent())
    assert seen == [Subset(train=6000, test=1000), None]


def test_a_wrong_model_is_told_before_the_data_is_loaded() -> None:
    """Checking the models takes no data."""

    def load(_study: Study, _reason: str | None) -> Dataset:
        pytest.fail("the data was loaded")

    wrong, begun = study(params={"k": 1}), list[Study]()
    with pytest.raises(StudyError, match="has no parameter 'k'"):
        prepare(wrong, quick=False, load=load, progress=Silent(), begin=begun.append)
    assert begun == [wrong]  # what the models need is imported beside the check


def test_folds_are_checked_before_anything_long() -> None:
    """More folds than any class has rows is told with the field, not after a search."""
    space = {"n_neighbors": (1,)}
    wrong = GridSearch(strategy="grid", folds=99, space=space)
    small = study(search=wrong).model_copy(update={"subset": Subset(train=100, test=50)})
    with pytest.raises(StudyError, match=r"search\.folds = 99: the training rows"):
        prepare(small, quick=False, load=digits, progress=Silent())


def test_an_estimator_may_stand_beside_its_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module in the folder of the study file is found, behind everything installed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_the_study.py").write_text(
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "class Own(KNeighborsClassifier):\n    pass\n",
        "utf-8",
    )
    (tmp_path / "json.py").write_text("1 / 0\n", "utf-8")  # hides no library
    path = tmp_path / "own.toml"
    path.write_text(
        'name = "own"\ntitle = "own"\ndataset = "digits"\n'
        '[[models]]\nname = "own"\nestimator = "beside_the_study.Own"\n',
        "utf-8",
    )
    chosen, _ = prepare(str(path), quick=False, load=digits, progress=Silent())
    assert chosen.models[0].estimator == "beside_the_study.Own"
    assert sys.path[-1] == str(tmp_path)
