"""Models and data given in Python: put into a study, or made one of."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split

from tunecard.runner import config, datasets
from tunecard.runner.datasets import GIVEN, Dataset
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.overrides import Overrides, make_overrides
from tunecard.runner.schema import Data, Study

IRIS = load_iris(as_frame=True)


def load(overrides: Overrides | None, study: Study | None = None) -> Dataset:
    """Load what was given, as a run does."""
    assert overrides is not None
    whole = overrides.apply_to(study, Path())
    return datasets.load(
        whole.dataset,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        data=whole.data,
        entry=overrides.entry,
    )


def models() -> list[Any]:
    """Give a model to make a study of."""
    return [LogisticRegression()]


def frame() -> pd.DataFrame:
    """Give the irises as a data frame, their species in words."""
    names = IRIS.target_names[IRIS.target]
    return IRIS.data.assign(species=names)  # type: ignore[no-any-return] # it has no types


def test_nothing_given_is_nothing() -> None:
    """A study alone is left as it is."""
    assert make_overrides() is None


def test_models_and_data_make_a_study() -> None:
    """Without a study its name and title are told by what was given."""
    overrides = make_overrides(models(), load_wine(return_X_y=True))
    assert overrides is not None
    study = overrides.apply_to(None, Path())
    assert (study.name, study.dataset) == ("study", GIVEN)
    assert study.title == "LogisticRegression, before and after tuning"


def test_arrays_are_split_as_scikit_learn_splits_them() -> None:
    """Rows of arrays become a training and a test part, stratified by seed."""
    X, y = load_wine(return_X_y=True)
    data = load(make_overrides(models(), (X, y)))
    expected = train_test_split(
        np.arange(len(y)), test_size=0.25, stratify=y, random_state=0
    )
    np.testing.assert_array_equal(data.test_index, np.sort(expected[1]))
    np.testing.assert_array_equal(data.X_test, X[data.test_index].astype(np.float32))
    assert [one.name for one in data.info.classes] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "data",
    [
        frame(),
        (IRIS.data, pd.Series(IRIS.target_names[IRIS.target], name="species")),
        (IRIS.data.to_numpy(), IRIS.target_names[IRIS.target].tolist()),
        (pa.Table.from_pandas(IRIS.data), IRIS.target_names[IRIS.target]),
        (IRIS.data.to_numpy().tolist(), IRIS.target_names[IRIS.target].astype(object)),
    ],
)
def test_any_form_of_the_same_data_is_the_same(data: Any) -> None:
    """A frame with its target, rows and labels apart, and lists hold the same rows."""
    target = "species" if isinstance(data, pd.DataFrame) else None
    data_set = load(make_overrides(models(), data, target))
    plain = load(
        make_overrides(models(), (IRIS.data.to_numpy(), IRIS.target_names[IRIS.target]))
    )
    rows = np.asarray(data_set.X_train, dtype=np.float32)
    np.testing.assert_array_equal(rows, plain.X_train)
    np.testing.assert_array_equal(data_set.y_test, plain.y_test)
    assert [c.name for c in data_set.info.classes] == ["setosa", "versicolor", "virginica"]
    assert {**data_set.info.sha256, "frame": ""} == {**plain.info.sha256, "frame": ""}


def test_a_bunch_of_scikit_learns_is_data() -> None:
    """What ``load_iris()`` returns, with the names of its classes."""
    info = load(make_overrides(models(), load_iris())).info
    assert [entry.name for entry in info.classes] == ["setosa", "versicolor", "virginica"]
    digits = load(make_overrides(models(), load_digits())).info
    assert [entry.name for entry in digits.classes] == list("0123456789")


def test_text_and_gaps_of_a_frame_are_encoded() -> None:
    """A frame is read as a table from a file: categories and missing values are known."""
    table = pd.DataFrame(
        {
            "color": ["red", "blue", None, "red"] * 5,
            "size": [1.0, np.nan, 3.0, 4.0] * 5,
            3: [1, 2, 3, 4] * 5,
            "kind": pd.Categorical(["a", "b"] * 10),
        }
    )
    data = load(make_overrides(models(), table, target="kind"))
    kinds = {column.name: column.kind for column in data.info.columns}
    assert kinds == {"color": "category", "size": "number", "3": "number"}
    assert data.encoding is not None


def test_images_keep_their_shape() -> None:
    """Arrays of pictures are shown as such."""
    rng = np.random.default_rng(0)
    data = load(make_overrides(models(), (rng.random((40, 5, 4)), np.arange(40) % 2)))
    assert data.info.image_shape == (5, 4)
    assert data.info.n_features == 20


def test_a_target_that_the_frame_has_is_needed() -> None:
    """A frame alone does not tell its classes."""
    with pytest.raises(StudyError, match=r'^target: is missing; .*target="species"'):
        load(make_overrides(models(), frame()))
    with pytest.raises(
        StudyError, match=r"not a column of the table\. Did you mean 'species'"
    ):
        load(make_overrides(models(), frame(), target="specie"))


ROWS: NDArray[np.float64] = np.zeros((4, 2))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ROWS, "data: ndarray is not supported; give (X, y), a data frame, a path or"),
        ((ROWS,), "data: a tuple of 1; give (X, y)"),
        ((sparse.csr_matrix(ROWS), [0, 1, 0, 1]), "data: X is a sparse matrix"),
        (
            (ROWS, np.eye(4)),
            "data given in Python: y has the shape (4, 4); expected is one",
        ),
        ((ROWS, [0.5, 1.5, 0.5, 1.5]), "data given in Python: the array 'y' holds 0.5,"),
        (
            (ROWS, ["a", None, "b", "a"]),
            "data given in Python: y has no value in 1 of 4 rows (first in row 1); ",
        ),
        ((ROWS, [0, 1, 0]), "data given in Python: 'X' has the shape (4, 2) and 'y' (3,)"),
        ((ROWS, np.array(["a", 1, "a", 1], object)), "data given in Python: y mixes text"),
        (([[1], [1, 2]], [0, 1]), "data given in Python: X is not an array ("),
        ((pd.DataFrame(ROWS), [0, 1, 0]), "data given in Python: X has 4 rows and y 3 "),
        (
            (pd.DataFrame({"a": [1, "x", 2.5, None]}), [0, 1, 0, 1]),
            "data given in Python: the column 'a' holds values of several kinds",
        ),
        (
            (pd.DataFrame(ROWS, columns=["a", "a"]), [0, 1, 0, 1]),
            "data given in Python: two columns are named 'a'",
        ),
    ],
)
def test_what_is_no_data_is_told(data: Any, expected: str) -> None:
    """Sparse rows, several labels a row, quantities and odd lengths are refused."""
    with pytest.raises((DataError, StudyError)) as caught:
        load(make_overrides(models(), data))
    assert str(caught.value).startswith(expected)


def test_a_study_keeps_what_is_not_replaced(tmp_path: Path) -> None:
    """Models alone take the place of a file's; its data, from its folder, stays."""
    digits = config.load_study("digits")
    overrides = make_overrides(models=[("own", LogisticRegression())])
    assert overrides is not None
    changed = overrides.apply_to(digits, tmp_path)
    assert [model.name for model in changed.models] == ["own"]
    assert changed.model_copy(update={"models": digits.models}) == digits


def test_other_data_forgets_the_columns_of_the_first(tmp_path: Path) -> None:
    """What a study says of its table does not hold of another."""
    study = config.load_study("digits").model_copy(
        update={"dataset": "a.csv", "data": Data(target="y", drop=("id",))}
    )
    overrides = make_overrides(data=load_wine(return_X_y=True))
    assert overrides is not None
    assert overrides.apply_to(study, tmp_path).data is None
    same = make_overrides(target="z")
    assert same is not None
    assert same.apply_to(study, tmp_path).data == Data(target="z", drop=("id",))


def test_a_path_starts_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path given in Python is where the caller is, whichever folder the study is in."""
    monkeypatch.chdir(tmp_path)
    frame().to_csv("iris.csv", index=False)
    overrides = make_overrides(models(), "iris.csv", "species")
    assert overrides is not None
    study = config.load_study("digits")
    assert overrides.apply_to(study, tmp_path / "studies").dataset == "../iris.csv"
    assert overrides.apply_to(None, Path()).dataset == "iris.csv"
    assert load(overrides).info.n_train == 112


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"data": (ROWS, [0, 1, 0, 1])}, "models: is missing, and no study is named; "),
        ({"models": [LogisticRegression()]}, "data: is missing, and no study is named; "),
        ({"target": 1.5}, "target = 1.5: must be the name of the column"),
    ],
)
def test_what_is_missing_is_told(fields: dict[str, Any], expected: str) -> None:
    """A study is made of models and data; one alone is none."""
    with pytest.raises(StudyError) as caught:
        (make_overrides(**fields) or Overrides(None, None, None, None)).apply_to(
            None, Path()
        )
    assert str(caught.value).startswith(expected)


def test_results_of_given_data_say_so_when_run_again() -> None:
    """A study of data that was given cannot find it by its name."""
    with pytest.raises(
        StudyError, match=r"was given as an object in Python\. Give it again"
    ):
        datasets.load(
            GIVEN,
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=None,
            offline=True,
            notice=lambda _: None,
        )


def test_a_known_name_goes_before_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is called as a dataset is does not stand in for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    overrides = make_overrides(models(), "mnist")
    assert overrides is not None
    study = overrides.apply_to(None, tmp_path / "studies")
    assert study.dataset == "mnist"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 1]), "1"),
        (np.array([-1.0, 1.0]), "1"),
        (np.array([False, True]), "True"),
    ],
)
@pytest.mark.parametrize(
    "scoring",
    [
        {"scoring": "recall"},
        {"scoring": ["roc_auc", "recall"], "refit": "recall"},
        {"scoring": {"auc": "roc_auc", "own": "recall"}, "refit": "own"},
    ],
    ids=("a name", "a list", "a dict"),
)
def test_a_search_for_one_class_is_about_label_1(
    labels: NDArray[Any], expected: str, scoring: dict[str, Any]
) -> None:
    """As scikit-learn's scorers are; of several scorers the one that chooses counts."""
    X, y = load_breast_cancer(return_X_y=True)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, **scoring)
    overrides = make_overrides([search], (X, labels[y]))
    assert overrides is not None
    assert overrides.apply_to(None, Path()).metric == "recall"
    assert load(overrides).info.positive == expected
