"""Loading by name: the split, the subset, and what is told of the rows."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from tunecard.runner.datasets import Dataset, known_datasets, load
from tunecard.runner.datasets.subset import take_rows
from tunecard.runner.datasets.values import DataPart, DatasetEntry, Places, Whole
from tunecard.runner.errors import StudyError
from tunecard.runner.schema import Subset


def loaded(name: str = "digits", **overrides: Any) -> Dataset:
    """Load with the arguments that most tests share."""
    arguments: dict[str, Any] = {
        "seed": 0,
        "test_size": 0.25,
        "subset": None,
        "data_dir": None,
        "offline": True,
        "notice": print,
    }
    return load(name, **(arguments | overrides))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a test put a dataset of its own under every name."""

    def put(whole: Whole) -> None:
        entry = DatasetEntry("own", "Own", "any", lambda _: whole, lambda *_: "here")
        monkeypatch.setattr("tunecard.runner.datasets.dataset.entry_of", lambda _: entry)

    return put


def numbered(n_rows: int, *, start: int = 0, n_classes: int = 2) -> DataPart:
    """Make rows that carry their own number as their only feature."""
    numbers = np.arange(start, start + n_rows)
    return DataPart(
        X=numbers[:, None].astype(np.float32), y=(numbers % n_classes).astype(np.int64)
    )


def test_digits_are_scikit_learns_own() -> None:
    """Each test row is the image that its index names, pixels / 16, with its label."""
    dataset = loaded()
    bunch = load_digits()
    expected = (bunch.data / 16)[dataset.test_index]
    np.testing.assert_array_equal(dataset.X_test, expected.astype(np.float32))
    np.testing.assert_array_equal(dataset.y_test, bunch.target[dataset.test_index])


def test_arrays_are_as_the_protocol_says() -> None:
    """Rows are float32 in C order within [0, 1], classes int64."""
    dataset = loaded()
    for X, y in ((dataset.X_train, dataset.y_train), (dataset.X_test, dataset.y_test)):
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        assert (X.min(), X.max()) == (0, 1)
        assert y.dtype == np.int64
        assert X.shape == (len(y), 64)
    assert dataset.test_index.dtype == np.int64


def test_the_split_is_scikit_learns_stratified_one() -> None:
    """The test rows are those that train_test_split draws, in ascending order."""
    target = load_digits().target
    _, expected = train_test_split(
        np.arange(len(target)), test_size=0.3, random_state=7, stratify=target
    )
    dataset = loaded(seed=7, test_size=0.3)
    np.testing.assert_array_equal(dataset.test_index, np.sort(expected))


def test_every_row_is_in_one_part_alone(shelf: Any) -> None:
    """Of data split by seed no row is in both parts and none is lost."""
    shelf(Whole("a test", None, ("even", "odd"), train=numbered(101), test=None))
    dataset = loaded("own")
    train, test = set(dataset.X_train[:, 0]), set(dataset.X_test[:, 0])
    assert not train & test
    assert train | test == set(range(101))
    np.testing.assert_array_equal(dataset.X_test[:, 0], dataset.test_index)
    assert dataset.info.split == "stratified"


@pytest.mark.parametrize("subset", [None, Subset(train=30, test=10)])
def test_a_split_of_its_own_is_kept(shelf: Any, subset: Subset | None) -> None:
    """Training rows come from the training part alone, test rows from the test part."""
    parts = {"train": numbered(100), "test": numbered(40, start=1000)}
    shelf(Whole("a test", None, ("even", "odd"), train=parts["train"], test=parts["test"]))
    dataset = loaded("own", subset=subset)
    assert dataset.X_train.max() < 1000
    np.testing.assert_array_equal(dataset.X_test[:, 0], 1000 + dataset.test_index)
    assert dataset.info.split == "own"
    assert dataset.info.n_test_rows_in_train == 0


@pytest.mark.parametrize("test_size", [0.001, 0.999])
def test_a_part_with_fewer_rows_than_classes_is_refused(test_size: float) -> None:
    """The error names the share, the rows it leaves and the classes."""
    words = rf"test_size = {test_size} leaves [12] .* rows .* its 10 classes; choose"
    with pytest.raises(StudyError, match=words):
        loaded(test_size=test_size)


def test_a_subset_is_stratified() -> None:
    """Each class has its share of the whole, to within one row."""
    whole, part = loaded(), loaded(subset=Subset(train=300, test=100))
    for all_of_it, some in zip(whole.info.classes, part.info.classes, strict=True):
        assert abs(some.n_train - all_of_it.n_train * 300 / whole.info.n_train) <= 1
        assert abs(some.n_test - all_of_it.n_test * 100 / whole.info.n_test) <= 1
    assert (part.info.n_train, part.info.n_test) == (300, 100)


def test_a_subset_says_what_it_is_a_part_of() -> None:
    """Only what leaves rows out is called a subset."""
    described = "scikit-learn's digits (1,347 training and 450 test rows)"
    assert loaded(subset=Subset(train=300, test=100)).info.subset_of == described
    assert loaded(subset=Subset(train=1347, test=449)).info.subset_of == described
    assert loaded(subset=Subset(train=1347, test=450)).info.subset_of is None


def test_a_subset_keeps_the_original_row_numbers() -> None:
    """test_index leads to the same images and is a part of the whole's test rows."""
    whole, part = loaded(), loaded(subset=Subset(train=300, test=100))
    expected = (load_digits().data[part.test_index] / 16).astype(np.float32)
    np.testing.assert_array_equal(part.X_test, expected)
    assert set(part.test_index) <= set(whole.test_index)
    assert (np.diff(part.test_index) > 0).all()


def test_the_seed_decides_the_subset() -> None:
    """The same seed takes the same rows, another seed others."""
    subset = Subset(train=300, test=100)
    first, again = loaded(subset=subset), loaded(subset=subset)
    assert first.info == again.info
    np.testing.assert_array_equal(first.X_train, again.X_train)
    other = loaded(subset=subset, seed=1)
    assert other.info.sha256["split"] != first.info.sha256["split"]


@pytest.mark.parametrize(
    ("subset", "words"),
    [
        (Subset(train=1348, test=100), r"subset.train = 1,348 is more than the 1,347 rows"),
        (Subset(train=300, test=451), r"subset.test = 451 is more than the 450 rows"),
        (Subset(train=9, test=100), r"subset.train = 9 is fewer than the 10 classes"),
        (Subset(train=300, test=2), r"subset.test = 2 is fewer than the 10 classes"),
    ],
)
def test_a_subset_that_cannot_be_is_refused(subset: Subset, words: str) -> None:
    """The error names the field, both numbers and what is allowed."""
    with pytest.raises(StudyError, match=words + r".*; choose 10 to "):
        loaded(subset=subset)


def test_no_class_may_be_lost_in_a_subset() -> None:
    """A class too rare for the subset's size is named."""
    y = np.repeat([0, 1], [98, 2])
    with pytest.raises(StudyError, match="leaves the class 'rare' of Own without a row"):
        take_rows(y, 4, seed=0, part="train", class_names=("often", "rare"), title="Own")


def test_hashes_are_those_of_the_bytes_used() -> None:
    """Anybody can compute the five hashes again from the arrays."""
    dataset = loaded(subset=Subset(train=300, test=100))
    for name in ("X_train", "y_train", "X_test", "y_test"):
        expected = hashlib.sha256(getattr(dataset, name).tobytes()).hexdigest()
        assert dataset.info.sha256[name] == expected
    assert set(dataset.info.sha256) == {"X_train", "y_train", "X_test", "y_test", "split"}


def test_the_split_hash_is_that_of_the_row_numbers(shelf: Any) -> None:
    """The hash of the split covers the training rows and then the test rows, as int64."""
    shelf(Whole("a test", None, ("even", "odd"), train=numbered(50), test=None))
    dataset = loaded("own")
    taken = np.concatenate([dataset.X_train[:, 0], dataset.X_test[:, 0]]).astype("<i8")
    assert dataset.info.sha256["split"] == hashlib.sha256(taken.tobytes()).hexdigest()


def test_test_rows_that_also_train_are_counted(shelf: Any) -> None:
    """Two test rows equal to training rows, one of them twice, count as three."""
    train, test = numbered(10), numbered(6, start=100)
    test.X[[0, 1, 5]] = train.X[[3, 3, 7]]
    shelf(Whole("a test", None, ("even", "odd"), train=train, test=test))
    assert loaded("own").info.n_test_rows_in_train == 3


def test_the_counts_of_the_classes_are_told() -> None:
    """Class names and counts are those of the rows."""
    dataset = loaded()
    info = dataset.info
    assert [c.name for c in info.classes] == list("0123456789")
    assert [c.n_train for c in info.classes] == np.bincount(dataset.y_train).tolist()
    assert [c.n_test for c in info.classes] == np.bincount(dataset.y_test).tolist()
    assert (info.n_features, info.image_shape, info.dtype) == (64, (8, 8), "float32")


def test_a_fallback_keeps_its_reason() -> None:
    """Data that stands in for other data carries the reason along."""
    assert loaded(fallback_reason="no network").info.fallback_reason == "no network"
    assert loaded().info.fallback_reason is None


def test_an_unknown_name_gets_a_guess_and_the_list() -> None:
    """A slip of the pen is guessed, and the known names are listed."""
    with pytest.raises(StudyError, match=r'"mnits" is not known; did you mean "mnist"\?'):
        loaded("mnits")
    with pytest.raises(StudyError, match=r'not known\. Known are .*"digits", "iris"'):
        loaded("tulips")


def test_known_tells_where_each_is(tmp_path: Path) -> None:
    """Nothing is fetched: digits are embedded, MNIST is named with its remotes."""
    listed = {
        entry.name: entry for entry in known_datasets(None, places=Places(cache=tmp_path))
    }
    assert listed["digits"].where == "embedded in scikit-learn"
    assert listed["mnist"].where.startswith(
        "not on this machine; would be fetched from ossci-"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_listing_loads_nothing_heavy() -> None:
    """Importing the package and listing leave scikit-learn and pooch unloaded."""
    code = (
        "import sys; from tunecard.runner.datasets import known_datasets;"
        "known_datasets(None);"
        "print([m for m in ('sklearn', 'pooch', 'requests', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
