"""The committed sample of a regression: its numbers, computed again from its rows."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

from tests.make_samples import ROOT
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.load import load
from tunecard.runner.schema import COLUMNS, PREDICTIONS, RESULTS

FOLDER = ROOT / "reports" / "sample-diabetes"
FUNCTIONS = {
    "r2": metrics.r2_score,
    "mean_absolute_error": metrics.mean_absolute_error,
    "root_mean_squared_error": metrics.root_mean_squared_error,
    "median_absolute_error": metrics.median_absolute_error,
}
MODELS = ("ridge", "forest", "knn")


@pytest.fixture(scope="module")
def folder() -> Path:
    """Give the sample's folder, or skip while it is not there."""
    if not (FOLDER / RESULTS).exists():
        pytest.skip("reports/sample-diabetes is not there; 'tox run -e sample' makes it")
    return FOLDER


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    """Give its test rows with what each case predicts."""
    return pd.read_parquet(folder / PREDICTIONS)


@pytest.fixture(scope="module")
def analysis(folder: Path) -> Analysis:
    """Give the numbers of its page."""
    return analyze(load(folder))


def _absolute(rows: pd.DataFrame, model: str, variant: str) -> np.ndarray:
    gaps = rows[f"predicted:{model}/{variant}"] - rows["y_true"]
    sizes: np.ndarray = np.abs(gaps.to_numpy())
    return sizes


def test_each_metric_is_scikit_learns(folder: Path, rows: pd.DataFrame) -> None:
    """Every value of the test rows in metrics.csv."""
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as stream:
        listed = [row for row in csv.DictReader(stream) if row["part"] == "test"]
    checked = set()
    for row in listed:
        if row["metric"] in FUNCTIONS and row["variant"] in ("baseline", "tuned"):
            predicted = rows[f"predicted:{row['model']}/{row['variant']}"]
            expected = FUNCTIONS[row["metric"]](rows["y_true"], predicted)
            assert float(row["value"]) == pytest.approx(expected, rel=1e-9)
            checked.add((row["model"], row["variant"], row["metric"]))
    assert len(checked) == len(MODELS) * 2 * len(FUNCTIONS)


@pytest.mark.parametrize("model", MODELS)
def test_the_change_of_the_mean_absolute_error_is_scipys(
    rows: pd.DataFrame, analysis: Analysis, model: str
) -> None:
    """Its p-value and intervals, with the freedom that the rows' kurtosis leaves."""
    quality = analysis.model(model).quality
    assert quality is not None
    before, after = (_absolute(rows, model, each) for each in ("baseline", "tuned"))
    gaps = after - before
    freedom = 2 / (2 / (len(gaps) - 1) + max(stats.kurtosis(gaps), 0) / len(gaps))
    error = float(stats.sem(gaps))
    test = quality.test
    assert test.delta == pytest.approx(gaps.mean())
    assert test.p == pytest.approx(2 * stats.t.sf(abs(gaps.mean()) / error, freedom))
    expected = stats.t.interval(test.interval.level, freedom, gaps.mean(), error)
    assert (test.interval.low, test.interval.high) == pytest.approx(expected)


@pytest.mark.parametrize("model", MODELS)
def test_deciles_and_rows_are_counted_again(
    rows: pd.DataFrame, analysis: Analysis, model: str
) -> None:
    """Mean absolute errors of each group of true values, and the rows that changed most."""
    errors = analysis.model(model).errors
    assert errors is not None
    before, after = (_absolute(rows, model, each) for each in ("baseline", "tuned"))
    true = rows["y_true"].to_numpy()
    assert sum(group.n_rows for group in errors.groups) == len(true)
    for group in errors.groups:
        own = (true >= group.low) & (true <= group.high)
        assert group.n_rows == own.sum()
        means = before[own].mean(), after[own].mean()
        assert (group.baseline, group.tuned) == pytest.approx(means)
    sizes = np.sort(np.abs(after - before))[::-1]
    assert [abs(row.change) for row in errors.moved] == pytest.approx(
        sizes[: len(errors.moved)]
    )


@pytest.mark.parametrize("model", MODELS)
def test_residuals_by_column_are_kruskals(
    folder: Path, rows: pd.DataFrame, analysis: Analysis, model: str
) -> None:
    """The share of the variance of ranks of each column that the page draws."""
    errors = analysis.model(model).errors
    assert errors is not None
    assert len(errors.columns) == 4
    stored = pd.read_parquet(folder / COLUMNS)
    assert stored["row"].tolist() == list(range(len(rows)))
    for column in errors.columns:
        values = stored[f"column:{column.name}"].to_numpy()
        order = np.argsort(values, kind="stable")
        for variant, share in column.trend.items():
            predicted = rows[f"predicted:{model}/{variant}"].to_numpy()
            residuals = (rows["y_true"].to_numpy() - predicted)[order]
            n_groups = column.group.max() + 1
            parts = [residuals[column.group == each] for each in range(n_groups)]
            h = stats.kruskal(*parts).statistic
            expected = max((h - n_groups + 1) / (len(rows) - n_groups), 0.0)
            assert share == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_it_is_compared_with_the_training_median(
    folder: Path, rows: pd.DataFrame, analysis: Analysis, model: str
) -> None:
    """The constant that a metric of absolute errors goes by."""
    errors = analysis.model(model).errors
    assert errors is not None
    target = load(folder).results.dataset.model_dump()["values"]
    reached = np.abs(rows["y_true"] - target["train"]["median"]).mean()
    assert errors.constant["tuned"].reached == pytest.approx(reached)
