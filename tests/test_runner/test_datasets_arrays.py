"""Arrays: NPZ files, folders of IDX files, and the tables that scikit-learn embeds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from tunecard.runner.datasets import Dataset, load, write_idx
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data, encoding_of

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 3, 2), dtype=np.uint8)
DIGITS = np.array([3, 7] * 6, dtype=np.uint8)


def loaded(
    name: str, base: Path, task: TaskName = "classification", **data: Any
) -> Dataset:
    """Load from a folder, without words of the study's own."""
    return load(
        name,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=print,
        data=Data.model_validate(data),
        base=base,
        task=task,
    )


def test_x_and_y_are_split_by_seed(tmp_path: Path) -> None:
    """Rows keep their values; labels are named as they are."""
    X = RNG.normal(size=(12, 4))
    np.savez(tmp_path / "d.npz", X=X, y=np.array(["b", "a"] * 6))
    dataset = loaded("d.npz", tmp_path)
    np.testing.assert_array_equal(dataset.X_test, X[dataset.test_index].astype(np.float32))
    assert [entry.name for entry in dataset.info.classes] == ["a", "b"]
    assert dataset.info.split == "stratified"
    assert dataset.encoding is None


def test_a_given_split_is_kept(tmp_path: Path) -> None:
    """Four arrays are two parts, as Keras ships MNIST; bytes of images become [0, 1]."""
    path, train, test = tmp_path / "d.npz", slice(0, 8), slice(8, 12)
    np.savez(
        path,
        x_train=IMAGES[train],
        y_train=DIGITS[train],
        x_test=IMAGES[test],
        y_test=DIGITS[test],
    )
    dataset = loaded("d.npz", tmp_path)
    expected = IMAGES[8:].reshape(4, 6) / np.float32(255)
    np.testing.assert_array_equal(dataset.X_test, expected.astype(np.float32))
    assert (dataset.info.split, dataset.info.image_shape) == ("own", (3, 2))
    assert [entry.name for entry in dataset.info.classes] == ["3", "7"]
    assert dataset.info.source == "the file d.npz, pixels / 255"


def test_the_target_array_can_be_named(tmp_path: Path) -> None:
    """Another name for y is told by the study."""
    np.savez(tmp_path / "d.npz", X=np.eye(12), kind=np.array([0.0, 1.0] * 6), other=1)
    dataset = loaded("d.npz", tmp_path, target="kind")
    assert [entry.name for entry in dataset.info.classes] == ["0", "1"]
    assert dataset.info.target == "kind"


def test_gaps_in_arrays_are_imputed(tmp_path: Path) -> None:
    """NaN is no value, as in a table."""
    X = np.eye(12)
    X[3, 1] = np.nan
    np.savez(tmp_path / "d.npz", X=X, y=[0, 1] * 6)
    info = loaded("d.npz", tmp_path).info
    assert info.n_missing == 1
    encoding = encoding_of(info.columns)
    assert encoding is not None
    assert encoding.missing


def write_pair(folder: Path, prefix: str, rows: slice) -> None:
    """Write images and labels of some rows as IDX files."""
    write_idx(IMAGES[rows], folder / f"{prefix}images-idx3-ubyte")
    write_idx(DIGITS[rows], folder / f"{prefix}labels-idx1-ubyte")


def test_a_folder_of_idx_files_has_its_own_split(tmp_path: Path) -> None:
    """Names as MNIST's make two parts; pixels are scaled to [0, 1]."""
    write_pair(tmp_path / "fashion", "train-", slice(0, 8))
    write_pair(tmp_path / "fashion", "t10k-", slice(8, 12))
    dataset = loaded("./fashion", tmp_path, class_names={"3": "shirt", "7": "shoe"})
    assert (dataset.info.n_train, dataset.info.n_test) == (8, 4)
    assert [entry.name for entry in dataset.info.classes] == ["shirt", "shoe"]
    np.testing.assert_array_equal(
        dataset.X_train, IMAGES[:8].reshape(8, 6) / np.float32(255)
    )


def test_one_pair_of_idx_files_is_split_by_seed(tmp_path: Path) -> None:
    """Without two parts, the study's seed makes them."""
    write_pair(tmp_path / "one", "", slice(0, 12))
    assert loaded("./one", tmp_path).info.split == "stratified"


def test_parts_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """A third part, or labels without images, are no dataset."""
    write_pair(tmp_path / "odd", "train-", slice(0, 8))
    write_idx(DIGITS, tmp_path / "odd" / "test-labels-idx1-ubyte")
    with pytest.raises(DataError, match=r"has test-labels-idx1-ubyte, but no images"):
        loaded("./odd", tmp_path)
    write_pair(tmp_path / "odd", "test-", slice(8, 12))
    write_pair(tmp_path / "odd", "valid-", slice(8, 12))
    with pytest.raises(DataError, match=r"'test', 'train', 'valid'; expected is one part"):
        loaded("./odd", tmp_path)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_embedded_tables_are_scikit_learns(name: str, tmp_path: Path) -> None:
    """The rows, classes and names of columns are those of the function load_<name>."""
    dataset, bunch = loaded(name, tmp_path), getattr(sklearn.datasets, f"load_{name}")()
    expected = bunch.data[dataset.test_index].astype(np.float32)
    np.testing.assert_array_equal(dataset.X_test, expected)
    np.testing.assert_array_equal(dataset.y_test, bunch.target[dataset.test_index])
    assert [c.name for c in dataset.info.columns] == list(bunch.feature_names)
    assert [c.name for c in dataset.info.classes] == list(bunch.target_names)
    assert dataset.encoding is None


def test_the_diabetes_table_is_scikit_learns_in_its_own_units(tmp_path: Path) -> None:
    """A regression: targets in float64, columns as measured and not scaled."""
    dataset = loaded("diabetes", tmp_path, "regression")
    bunch = sklearn.datasets.load_diabetes(scaled=False)
    expected = bunch.data[dataset.test_index].astype(np.float32)
    np.testing.assert_array_equal(dataset.X_test, expected)
    np.testing.assert_array_equal(dataset.y_test, bunch.target[dataset.test_index])
    assert [c.name for c in dataset.info.columns] == list(bunch.feature_names)
    assert dataset.task.is_regression
    with pytest.raises(StudyError, match='Set task = "regression", or name other data'):
        loaded("diabetes", tmp_path)


def test_positive_is_for_two_classes(tmp_path: Path) -> None:
    """Of three classes none is the positive one."""
    with pytest.raises(
        StudyError, match=r"is for data of two classes; Fisher's iris has 3"
    ):
        loaded("iris", tmp_path, positive="setosa")
    info = loaded("breast_cancer", tmp_path, positive="malignant").info
    assert info.positive == "malignant"
