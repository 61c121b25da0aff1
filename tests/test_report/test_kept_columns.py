"""Columns that a regression kept: read and checked, and its errors by them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from tests.builders import write_run
from tests.pages import page_files, regression_run
from tests.regressions import made_run
from tests.two_runs import of_seeds
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import ColumnErrors
from tunecard.report.errors import ReadError
from tunecard.report.load import load
from tunecard.report.load.kept_columns import read_kept
from tunecard.runner.schema import COLUMNS


def test_they_come_back_from_disk(tmp_path: Path) -> None:
    """By name, cells without a value as NaN."""
    kept = load(write_run(regression_run(), tmp_path)).predictions
    assert kept is not None
    assert kept.kept is not None
    expected = regression_run().predictions
    assert expected is not None
    assert expected.kept is not None
    for name, values in expected.kept.values.items():
        np.testing.assert_array_equal(kept.kept.values[name], values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"column:area": None}, "no column 'column:area'"),
        ({"column:more": np.zeros(600)}, "'column:more' that the results do not list"),
        ({"row": np.arange(600)[::-1]}, "ascending positions"),
        ({"row": np.arange(1, 601)}, "ascending positions"),
        ({"row": np.arange(600.0)}, "ascending positions"),
        ({"column:area": np.full(600, np.inf)}, "does not hold numbers alone"),
        ({"column:area": np.full(600, "a")}, "does not hold numbers alone"),
    ],
)
def test_a_file_of_another_run_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """The sentence names the file and what is wrong with it."""
    folder = write_run(regression_run(), tmp_path)
    stored = pq.read_table(folder / COLUMNS).to_pydict() | change
    kept = {name: cells for name, cells in stored.items() if cells is not None}
    pq.write_table(pa.table(kept), folder / COLUMNS)
    with pytest.raises(ReadError, match=message) as error:
        load(folder)
    assert COLUMNS in str(error.value)


def test_each_seed_has_its_own(tmp_path: Path) -> None:
    """Columns end in the seed, as those of predictions.parquet; another seed is refused."""
    run = of_seeds(regression_run(), 0, 7)
    rows = np.arange(600)
    columns = {
        f"{part}@{seed}{name}": values + seed
        for seed in (0, 7)
        for part, name, values in (
            ("row", "", rows - seed),
            ("column", ":area", rows / 2),
            ("column", ":rooms", rows % 5 + 0.0),
        )
    }
    pq.write_table(pa.table(columns), tmp_path / COLUMNS)
    kept = read_kept(tmp_path / COLUMNS, run.results)
    assert set(kept) == {0, 7}
    assert kept[7].row.tolist() == rows.tolist()
    assert kept[7].values["area"].tolist() == (rows / 2 + 7).tolist()
    pq.write_table(pa.table({**columns, "row@3": rows}), tmp_path / COLUMNS)
    with pytest.raises(ReadError, match="has a column 'row@3' that no run writes"):
        read_kept(tmp_path / COLUMNS, run.results)


def test_other_rows_are_refused(tmp_path: Path) -> None:
    """A run keeps all of 600 test rows."""
    folder = write_run(regression_run(), tmp_path)
    pq.write_table(pq.read_table(folder / COLUMNS).slice(0, 599), folder / COLUMNS)
    with pytest.raises(ReadError, match="has 599 rows, but a run keeps 600"):
        load(folder)


def _columns(**columns: np.ndarray) -> tuple[ColumnErrors, ...]:
    """Return the columns of a run whose tuned ridge misses a bend in "bend"."""
    rng = np.random.default_rng(2)
    bend = columns["bend"]
    true = rng.normal(200, 40, len(bend))
    noise = rng.normal(0, 3, len(bend))
    predicted = {
        "ridge/baseline": true + rng.normal(0, 3, len(bend)),
        "ridge/tuned": true + 30 * np.nan_to_num(bend) ** 2 + noise,
    }
    ends = np.linspace(-9, 9, 400)
    kept = {name: (ends, values) for name, values in columns.items()}
    errors = analyze(made_run(true=true, predicted=predicted, columns=kept)).model("ridge")
    assert errors.errors is not None
    return errors.errors.columns


def test_a_bend_comes_first_and_at_most_four_are_shown() -> None:
    """A trend without a rank correlation is found; its share is that of Kruskal-Wallis."""
    rng = np.random.default_rng(1)
    others = {f"noise {n}": rng.normal(size=400) for n in range(5)}
    first, *rest = _columns(**others, bend=rng.uniform(-1, 1, 400))
    assert first.name == "bend"
    assert len(rest) == 3
    residuals = first.residuals["tuned"]
    assert abs(float(stats.spearmanr(residuals, first.values).statistic)) < 0.1
    groups = [residuals[first.group == each] for each in range(10)]
    h = stats.kruskal(*groups).statistic
    assert first.trend["tuned"] == pytest.approx((h - 9) / (400 - 10))


def test_rows_without_a_value_are_counted_and_left_out() -> None:
    """Those with one are sorted by it."""
    bend = np.random.default_rng(1).uniform(-1, 1, 400)
    bend[:25] = np.nan
    (column,) = _columns(bend=bend)
    assert column.n_missing == 25
    np.testing.assert_array_equal(column.values, np.sort(bend[25:]).astype(np.float32))


def test_a_column_with_one_value_on_test_rows_is_not_shown() -> None:
    """It makes no two groups."""
    bend = np.random.default_rng(1).uniform(-1, 1, 400)
    flat = np.append(np.zeros(399), np.nan)
    assert [column.name for column in _columns(bend=bend, flat=flat)] == ["bend"]


def test_the_page_shows_them() -> None:
    """A figure a model, with the ends of training where test rows lie beyond."""
    page = page_files("regression")["report.html"]
    assert "figure-columns-ridge" in page
    assert "figure-columns-knn" in page
    assert "residuals against columns" in page_files("regression")["report.md"]
