"""columns.parquet: which columns of numbers a regression keeps, their ranges, the file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

from tests.regressions import table
from tunecard.runner import datasets
from tunecard.runner.datasets.given import given_entry
from tunecard.runner.datasets.ranges import column_ranges
from tunecard.runner.datasets.values import DataPart
from tunecard.runner.schema import ColumnInfo, Data
from tunecard.runner.store.kept_columns import keep_columns, write_columns


def _part(X: np.ndarray, y: np.ndarray | None = None) -> DataPart:
    values = np.zeros(len(X)) if y is None else y
    return DataPart(X=X.astype(np.float32), y=values)


def test_a_range_is_that_of_the_training_rows() -> None:
    """Ends and counts leave cells without a value out; a test row at an end is within."""
    train = np.array([[1.0], [5.0], [np.nan], [3.0]])
    test = np.array([[0.5], [1.0], [5.0], [6.0], [9.0], [np.nan]])
    (own,) = column_ranges(_part(train), _part(test), [ColumnInfo(name="age")])
    assert (own.column, own.low, own.high) == ("age", 1.0, 5.0)
    assert (own.n_below, own.n_above, own.n_train, own.n_test) == (1, 2, 3, 5)


def test_categories_and_columns_of_one_value_are_left_out() -> None:
    """Codes of categories have no order, and one value has no range."""
    X = np.column_stack([np.arange(9.0), np.arange(9.0) % 3, np.full(9, 2.0)])
    kinds = [
        ColumnInfo(name="size"),
        ColumnInfo(name="color", kind="category", categories=("a", "b", "c")),
        ColumnInfo(name="same"),
    ]
    assert [each.column for each in column_ranges(_part(X), _part(X), kinds)] == ["size"]


def test_columns_without_names_are_numbered_from_1() -> None:
    """As messages and figures number them."""
    X = np.random.default_rng(0).normal(size=(9, 2))
    names = [each.column for each in column_ranges(_part(X), _part(X), ())]
    assert names == ["column 1", "column 2"]


def test_of_many_columns_those_that_go_with_the_target_are_kept() -> None:
    """The 50 of SciPy's strongest rank correlations, in the order of X."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=300)
    X = rng.normal(size=(300, 70)) + np.outer(y, rng.normal(size=70))
    expected = np.argsort([-abs(stats.spearmanr(x, y).statistic) for x in X.T])[:50]
    kept = column_ranges(_part(X, y), _part(X, y), ())
    assert [each.position for each in kept] == np.sort(expected).tolist()


def _loaded(data: Data, n_rows: int = 240) -> datasets.Dataset:
    return datasets.load(
        "given-in-python", seed=0, test_size=0.5, subset=None, data_dir=None, offline=True,
        notice=lambda _: None, data=data, task="regression",
        entry=given_entry(table(n_rows)),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [None, 3])
def test_the_file_holds_the_test_rows(seed: int | None, tmp_path: Path) -> None:
    """Its cells are the table's, at most 2,000 rows of them, evenly spaced."""
    dataset = _loaded(Data(target="price"), 5_000)
    write_columns(tmp_path / "c.parquet", [keep_columns(dataset, seed)])
    stored = pq.read_table(tmp_path / "c.parquet").to_pandas()
    ending = "" if seed is None else "@3"
    names = [f"column{ending}:{name}" for name in ("area", "rooms", "house")]
    assert list(stored) == [f"row{ending}", *names]
    rows = stored[f"row{ending}"].to_numpy()
    assert (len(rows), rows[0], rows[-1]) == (2_000, 0, 2_499)
    assert set(np.diff(rows)) == {1, 2}
    expected = table(5_000).iloc[dataset.test_index[rows]]
    for name in ("area", "rooms", "house"):
        np.testing.assert_array_equal(
            stored[f"column{ending}:{name}"], expected[name].astype(np.float32)
        )


def test_seeds_of_other_sizes_share_a_file(tmp_path: Path) -> None:
    """The columns of the shorter end in cells without a value."""
    kept = keep_columns(_loaded(Data(target="price")), 0)
    fewer = replace(kept, seed=1, row=kept.row[:7], values={
        name: values[:7] for name, values in kept.values.items()
    })  # fmt: skip
    write_columns(tmp_path / "c.parquet", [kept, fewer])
    stored = pq.read_table(tmp_path / "c.parquet")
    assert stored.column("column@1:area").null_count == stored.num_rows - 7


def test_a_study_can_leave_them_out() -> None:
    """With keep_columns = false neither cells nor ranges are kept."""
    assert _loaded(Data(target="price")).info.ranges
    assert not _loaded(Data(target="price", keep_columns=False)).info.ranges
