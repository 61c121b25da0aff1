"""Regression as the second task: from a numeric target to verdicts and a page."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn import metrics
from sklearn.linear_model import Ridge

from tests.regressions import small_run, table
from tunecard.report.run import Run
from tunecard.runner.schema import load

pytestmark = pytest.mark.usefixtures("forked", "no_drawing")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, forked: None, no_drawing: None) -> Run:
    """A small run, made once."""
    return small_run(tmp_path_factory.mktemp("regression"))


def test_its_task_and_metric_follow_from_the_models(run: Run) -> None:
    """Regressors make a study a regression, scored by R2; the contract holds both."""
    study = load(run.folder / "results.json").study
    assert (study.task, study.metric) == ("regression", "r2")
    assert [spec.name for spec in run.results.metrics if spec.headline] == [
        "r2",
        "mean_absolute_error",
        "root_mean_squared_error",
    ]
    assert {spec.needs for spec in run.results.metrics} == {"values"}


def test_each_metric_is_that_of_the_stored_values(run: Run) -> None:
    """scikit-learn's functions of predictions.parquet give every value of the results."""
    stored = pq.read_table(run.folder / "predictions.parquet").to_pandas()
    truth = stored["y_true"]
    assert truth.dtype == np.float64
    functions = {
        "r2": metrics.r2_score,
        "mean_absolute_error": metrics.mean_absolute_error,
        "root_mean_squared_error": metrics.root_mean_squared_error,
        "median_absolute_error": metrics.median_absolute_error,
    }
    for case in run.results.cases:
        assert case.quality is not None
        expected = {
            name: function(truth, stored[f"predicted:{case.key}"])
            for name, function in functions.items()
        }
        assert case.quality.test == pytest.approx(expected, rel=1e-12)


def test_the_coefficients_of_a_linear_model_are_stored(run: Run) -> None:
    """They are those that scikit-learn fits to the rows that are not test rows."""
    frame = table()
    test = pq.read_table(run.folder / "predictions.parquet").column("index").to_numpy()
    train = frame.drop(index=test)
    stored = pq.read_table(run.folder / "weights.parquet").to_pydict()
    for variant, alpha in (("baseline", 1000.0), ("tuned", None)):
        case = next(c for c in run.results.cases if c.key == f"ridge/{variant}")
        fitted = Ridge(alpha=alpha or case.params["alpha"])
        fitted.fit(train.drop(columns="price"), train["price"])
        column = stored[f"weight:ridge/{variant}:0"]
        assert column == pytest.approx(fitted.coef_, rel=1e-5)


def test_the_numeric_columns_of_the_test_rows_are_kept(run: Run) -> None:
    """The cells of the table, listed with their ranges in the manifest's data."""
    test = pq.read_table(run.folder / "predictions.parquet").column("index").to_numpy()
    stored = pq.read_table(run.folder / "columns.parquet").to_pandas()
    for name in ("area", "rooms", "house"):
        kept = stored[f"column:{name}"]
        assert kept.tolist() == table()[name].astype(np.float32)[test].tolist()
    assert (
        "columns.parquet" in json.loads((run.folder / "manifest.json").read_text())["data"]
    )


def test_the_target_is_described(run: Run) -> None:
    """Lowest, mean and highest value of each part are those of the table's rows."""
    data = run.results.dataset
    assert data.classes == ()
    assert data.values is not None
    assert data.values.train is not None
    assert data.values.test is not None
    price = table()["price"]
    assert min(data.values.train.low, data.values.test.low) == price.min()
    n_train, n_test = data.n_train, data.n_test
    mean = n_train * data.values.train.mean + n_test * data.values.test.mean
    assert mean / len(price) == pytest.approx(price.mean())


def test_the_page_has_verdicts_and_nothing_of_classes(run: Run) -> None:
    """Verdicts, the table before and after; no confusion matrix, curve or calibration."""
    html = run.page.read_text("utf-8")
    markdown = run.page.with_suffix(".md").read_text("utf-8").partition("## Glossary")[0]
    for page in (html, markdown):
        assert "R²" in page
        assert "RMSE" in page
    for word in ("onfusion", "**Calibration", " classes", "recision", "accuracy"):
        assert word not in markdown, word
    for part in ("confusion", "calibration", "class-change"):
        assert f"figure-{part}" not in html
    assert "table-class" not in html
    assert run.verdicts["word"].tolist()[0] == "better"


def doubled_above(y_true: Any, y_pred: Any) -> float:
    """A cost of one's own: errors above the true value count double."""
    gaps = y_pred - y_true
    return float(np.maximum(-gaps, 2 * gaps).mean())


def test_a_function_of_ones_own_is_tested(tmp_path: Path) -> None:
    """Its name as module:name, a test on rows, and an interval."""
    ridge = ("ridge", Ridge(alpha=1000.0), {"alpha": [0.1]})
    own = small_run(tmp_path, models=[ridge], metric=doubled_above, margin=None)
    verdict = own.verdicts.iloc[0]
    stored = pq.read_table(own.folder / "predictions.parquet").to_pandas()
    values = [
        doubled_above(stored["y_true"], stored[f"predicted:ridge/{variant}"])
        for variant in ("baseline", "tuned")
    ]
    assert verdict["difference"] == pytest.approx(values[1] - values[0])
    assert verdict["low"] < verdict["difference"] < verdict["high"]


def test_the_row_counts_are_of_nearer_predictions(run: Run) -> None:
    """Rows where each case is nearer to the true value, from the stored values."""
    stored = pq.read_table(run.folder / "predictions.parquet").to_pandas()
    errors = {
        variant: (stored[f"predicted:knn/{variant}"] - stored["y_true"]).abs()
        for variant in ("baseline", "tuned")
    }
    quality = run._analysis.model("knn").quality
    assert quality is not None
    assert quality.table.only_first == (errors["baseline"] < errors["tuned"]).sum()
    assert quality.table.only_second == (errors["tuned"] < errors["baseline"]).sum()
    assert quality.table.n == len(stored)
