"""The section of a regression's errors: its numbers, and what the page does not name."""

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn import metrics

from tests.builders import make_run, write_run
from tests.pages import page_files, regression_run
from tests.regressions import made_run
from tests.two_runs import of_seeds
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import Analysis, ErrorAnalysis
from tunecard.report.charts.base import Drawing
from tunecard.report.charts.rowwise import MOST_DOTS
from tunecard.report.compare.comparison import Comparison
from tunecard.report.render import render

#: Words of classes that have no place on a page about values.
OF_CLASSES = re.compile(
    r"\b(class(es)?|percentage points?|\d points?|accuracy|precision|recall|confusion|"
    r"F1|discordant|rows right|both right)\b"
)
MARKUP = re.compile(r"<(style|script)[^>]*>.*?</\1>|<[^>]+>", re.DOTALL)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """Of the run with everything to show."""
    return analyze(regression_run())


@pytest.fixture(scope="module")
def ridge(analysis: Analysis) -> ErrorAnalysis:
    """The errors of its first model."""
    errors = analysis.model("ridge").errors
    assert errors is not None
    return errors


def test_the_metric_table_is_that_of_the_stored_predictions(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Every value is scikit-learn's on predictions.parquet, as the page prints numbers."""
    folder = write_run(regression_run(), tmp_path_factory.mktemp("run"))
    stored = pq.read_table(folder / "predictions.parquet").to_pydict()
    page = page_files("regression")["report.md"]
    functions = {
        "R²": metrics.r2_score,
        "MAE, EUR (lower is better)": metrics.mean_absolute_error,
        "RMSE, EUR (lower is better)": metrics.root_mean_squared_error,
        "Median absolute error, EUR (lower is better)": metrics.median_absolute_error,
    }
    tables = page.partition("## Quality")[2].partition("## Predictions and errors")[0]
    for name, function in functions.items():
        lines = [line for line in tables.splitlines() if line.startswith(f"| {name} |")]
        rows = [line.split(" | ") for line in lines]
        assert len(rows) == 2  # a table each of two models
        for cells, model in zip(rows, ("ridge", "knn"), strict=True):
            before, after = (
                function(stored["y_true"], stored[f"predicted:{model}/{variant}"])
                for variant in ("baseline", "tuned")
            )
            assert cells[1:3] == [formats.metric(before), formats.metric(after)]
            change = float(cells[3].replace(formats.MINUS, "-"))
            assert change == pytest.approx(after - before, rel=1e-3, abs=1e-4)


def test_the_interval_of_the_mean_absolute_error_is_a_t_interval(
    analysis: Analysis,
) -> None:
    """Of the rows' differences, by SciPy, with the freedom that their kurtosis leaves."""
    quality, errors = analysis.model("ridge").quality, analysis.model("ridge").errors
    assert quality is not None
    assert errors is not None
    gaps = errors.absolute("tuned") - errors.absolute("baseline")
    change = quality.metric("mean_absolute_error")
    assert change is not None
    assert change.interval is not None
    excess = max(stats.kurtosis(gaps), 0)
    freedom = 2 / (2 / (len(gaps) - 1) + excess / len(gaps))
    expected = stats.t.interval(0.95, freedom, gaps.mean(), stats.sem(gaps))
    assert (change.interval.low, change.interval.high) == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_the_last_digits_of_a_sum_are_no_difference(scale: float) -> None:
    """Predictions that rounding alone distinguishes have no change in any metric."""
    rng = np.random.default_rng(0)
    true = scale * rng.normal(5, 1, 200)
    before = true + scale * rng.normal(0, 0.3, 200)
    after = before * (1 + 1e-15 * rng.integers(-1, 2, 200))
    guesses = {"ridge/baseline": before, "ridge/tuned": after}
    model = analyze(made_run(true=true, train=true, predicted=guesses)).model("ridge")
    assert model.quality is not None
    assert model.errors is not None
    assert {change.delta for change in model.quality.metrics} == {0.0}
    assert model.errors.moved == ()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_equal_predictions_have_intervals_of_the_size_of_errors(scale: float) -> None:
    """Of each metric about 0, and none of floating point's own size."""
    rng = np.random.default_rng(6)
    true = scale * rng.normal(5, 1, 200)
    constant = np.full(200, true.mean())
    guesses = {"ridge/baseline": constant, "ridge/tuned": constant.copy()}
    quality = analyze(made_run(true=true, train=true, predicted=guesses)).model("ridge")
    assert quality.quality is not None
    for change in quality.quality.metrics:
        assert change.interval is not None
        size = 1.0 if change.spec.name == "r2" else scale
        assert change.interval.low == pytest.approx(-change.interval.high)
        assert 1e-3 * size < change.interval.high < size


def test_groups_are_tenths_of_the_true_values(ridge: ErrorAnalysis) -> None:
    """Each has a tenth of the rows, and the mean absolute errors of scikit-learn."""
    assert [group.n_rows for group in ridge.groups] == [60] * 10
    order = np.argsort(ridge.true)
    for group, own in zip(ridge.groups, np.split(order, 10), strict=True):
        assert (group.low, group.high) == (ridge.true[own[0]], ridge.true[own[-1]])
        before, after = (
            metrics.mean_absolute_error(ridge.true[own], ridge.predicted[variant][own])
            for variant in ("baseline", "tuned")
        )
        assert (group.baseline, group.tuned) == pytest.approx((before, after))
        assert group.change == pytest.approx(after - before)


def test_equal_values_stay_in_one_group() -> None:
    """Counts with many zeros have fewer groups, and no value is in two of them."""
    true = np.repeat([0.0, 1.0, 2.0, 7.0], [120, 40, 30, 10])
    errors = analyze(made_run(true=true)).model("ridge").errors
    assert errors is not None
    ends = [(group.low, group.high) for group in errors.groups]
    assert ends[0] == (0.0, 0.0)
    assert all(before[1] < after[0] for before, after in pairwise(ends))
    assert sum(group.n_rows for group in errors.groups) == 200


def test_the_rows_that_changed_most_come_first(ridge: ErrorAnalysis) -> None:
    """Ten rows, by the size of the change of the absolute error."""
    change = ridge.absolute("tuned") - ridge.absolute("baseline")
    expected = np.argsort(-np.abs(change), kind="stable")[:10]
    assert [row.index for row in ridge.moved] == expected.tolist()
    assert [row.change for row in ridge.moved] == pytest.approx(change[expected])


@pytest.mark.parametrize(
    "name", ["report.html", "report.md", "summary.md", "summary.json", "junit.xml"]
)
def test_nothing_names_what_classes_have(name: str) -> None:
    """Neither captions, glossary and findings nor the files beside the page."""
    text = MARKUP.sub(" ", page_files("regression")[name])
    assert OF_CLASSES.findall(text) == []


@pytest.mark.slow
def test_several_seeds_name_no_classes_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the page of all seeds, which has no errors of rows, nor that of one."""
    monkeypatch.setattr(Drawing, "parts", property(lambda _: ['<svg role="img"></svg>']))
    monkeypatch.setattr("tunecard.report.charts.together.may_fork", lambda: False)
    whole, *_ = render(of_seeds(made_run(rounds=0), 0, 1), tmp_path)
    text = MARKUP.sub(" ", whole.read_text("utf-8"))
    assert OF_CLASSES.findall(text) == []
    assert "Predictions and errors (they are on the page of each seed)" in text
    page = (tmp_path / "seed-0" / "report.html").read_text("utf-8")
    assert OF_CLASSES.findall(MARKUP.sub(" ", page)) == []
    assert 'id="figure-predicted-ridge"' in page


def test_a_page_of_classes_does_not_name_the_section() -> None:
    """Not even among what is not on the page."""
    assert "Predictions and errors" not in page_files("bare")["report.html"]
    assert "Predictions and errors" in page_files("regression")["report.html"]


def test_the_page_of_two_regressions_names_no_classes() -> None:
    """Its glossary and its tables are those of values."""
    page = Comparison(made_run(), made_run(unit="EUR", n_test=300)).to_html()
    text = MARKUP.sub(" ", page)
    assert "Median absolute error" in text
    assert OF_CLASSES.findall(text) == []


def test_targets_in_two_units_are_not_compared() -> None:
    """The reason names both."""
    compared = Comparison(made_run(unit="EUR"), made_run(unit="kEUR")).compared
    assert compared.pairing == "refused"
    assert "EUR in the reference, kEUR in the new run" in (compared.pairing_reason or "")


@pytest.mark.parametrize("metric", ["mean_absolute_error", "mean_squared_error"])
def test_other_test_rows_are_compared_by_welchs_test(metric: str) -> None:
    """The p-value of SciPy, on losses without excess kurtosis."""
    old, new = made_run(metric=metric, n_test=150), made_run(metric=metric, n_test=100)
    rng = np.random.default_rng(3)
    pairs = []
    for run in (old, new):
        assert run.predictions is not None
        true = run.predictions.y_true
        guess = true + rng.uniform(2, 5, len(true)) * rng.choice([-1, 1], len(true))
        pairs.append((true, guess))
    old, new = (
        made_run(metric=metric, true=true, predicted={"ridge/tuned": guess})
        for true, guess in pairs
    )
    (case,) = (
        case for case in Comparison(old, new).compared.cases if case.key == "ridge/tuned"
    )
    power = 1 if metric == "mean_absolute_error" else 2
    losses = [np.abs(guess - true) ** power for true, guess in pairs]
    expected = stats.ttest_ind(losses[1], losses[0], equal_var=False)
    assert case.test is not None
    assert case.test.delta == pytest.approx(losses[1].mean() - losses[0].mean())
    assert case.test.p == pytest.approx(expected.pvalue, rel=1e-6)


def test_many_rows_are_hexagons_in_a_few_paths() -> None:
    """A page of 3,000 rows is not larger than one of 2,000."""
    sizes: Mapping[int, int] = {n: len(_figure(n)) for n in (MOST_DOTS, MOST_DOTS + 1000)}
    assert sizes[MOST_DOTS + 1000] < sizes[MOST_DOTS]


def _figure(n: int) -> str:
    from tunecard.report.charts import predicted_chart

    chart = predicted_chart(analyze(made_run(n_test=n, rounds=0)).model("ridge"))
    assert chart is not None
    return chart.svg.svg


def test_classes_have_no_errors_of_values() -> None:
    """The analysis of a classification leaves them out."""
    assert {model.errors for model in analyze(make_run()).models} == {None}
