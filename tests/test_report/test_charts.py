"""What each chart shows, and that words and numbers say the same."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.builders import KNN, LOGREG, make_run
from tunecard.report import formats
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.charts import (
    Chart,
    confusion_change,
    confusion_matrix,
    metric_change,
    search_chart,
    time_samples,
)
from tunecard.report.charts.canvas import log_axis, new_axes, new_figure


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """An ordinary run of two models."""
    return analyze(make_run())


def parse(svg: str) -> ET.Element:
    """Parse drawings, wrapped because there may be two of them."""
    return ET.fromstring(f"<div>{svg}</div>")  # noqa: S314  # the code's own output


def texts(chart: Chart) -> list[str]:
    """All texts of a chart's first drawing."""
    first = next(iter(parse(str(chart.svg))))
    return ["".join(element.itertext()) for element in first.iter("text")]


def test_metric_change_tells_every_headline_metric(analysis: Analysis) -> None:
    """Drawing and table hold each model's change as formats writes it."""
    chart = metric_change(analysis)
    assert chart is not None
    assert len(chart.rows) == 2 * len(analysis.headline)
    drawn = texts(chart)
    for model in analysis.models:
        assert model.quality is not None
        change = model.quality.metric("accuracy")
        assert change is not None
        told = formats.delta(change.delta, change.spec)
        assert told in drawn
        assert (model.label, "accuracy") in {row[:2] for row in chart.rows}


def test_metric_change_needs_something_to_compare() -> None:
    """Without a tuned case there is no figure."""
    alone = KNN.model_copy(update={"search": None})
    assert metric_change(analyze(make_run(models=(alone,)))) is None


def test_many_models_show_the_studys_metric_alone() -> None:
    """With many models the figure keeps to what was tested."""
    models = [KNN.model_copy(update={"name": f"m{i}", "label": f"m{i}"}) for i in range(8)]
    chart = metric_change(analyze(make_run(models=models)))
    assert chart is not None
    assert {row[1] for row in chart.rows} == {"accuracy"}


def test_matrix_holds_every_count() -> None:
    """The table beside the matrix is the matrix."""
    counts = np.array([[5, 1], [0, 7]])
    chart = confusion_matrix("f", "a model", "tuned", counts, ("no", "yes"))
    assert chart.rows == (("no", "5", "1"), ("yes", "0", "7"))
    assert chart.caption.replace(formats.SPACE, " ") == (
        "1 error. The most common: no predicted as yes, 1 test row."
    )
    assert {"5", "1", "7", "no", "yes"} <= set(texts(chart))


def test_matrix_without_errors_says_so() -> None:
    """A perfect case has no commonest error."""
    chart = confusion_matrix("f", "a model", "tuned", np.diag([3, 4]), ("no", "yes"))
    assert "no error" in chart.caption


def test_many_classes_are_drawn_by_their_errors() -> None:
    """Beyond 15 classes those with the most errors are drawn; the list has pairs."""
    n = 40
    counts = np.diag([10] * n)
    counts[30, 31] = 7
    names = [f"class {i}" for i in range(n)]
    chart = confusion_matrix("f", "a model", "tuned", counts, names)
    assert "15 of 40" in chart.caption
    assert chart.rows == (("class 30", "class 31", "7"),)
    assert "class 30" in texts(chart)


def test_names_with_one_beginning_are_told_apart() -> None:
    """Names cut at the same place would all look alike; their ends are kept instead."""
    names = [f"a long class name {i}" for i in range(3)]
    drawn = texts(confusion_matrix("f", "m", "tuned", np.diag([1, 2, 3]), names))
    assert sum(text.startswith("…") and text.endswith("2") for text in drawn) == 2


def test_change_marks_what_hurts_without_color() -> None:
    """More right answers have a plus; the caption names both directions."""
    change = np.array([[2, -2], [1, -1]])
    chart = confusion_change("f", "a model", change, ("no", "yes"))
    assert {"+2", "+1"} <= set(texts(chart))
    assert "largest decrease: no predicted as yes" in chart.caption
    assert "largest increase: yes predicted as no" in chart.caption


def test_curve_draws_a_line_a_setting(analysis: Analysis) -> None:
    """The legend names each weights, the winner, the baseline and the space's ends."""
    chart = search_chart(analysis.model("knn"), "accuracy")
    assert chart is not None
    assert {
        "weights = uniform",
        "weights = distance",
        "chosen",
        "baseline",
        "ends of the space",
    } <= set(texts(chart))
    search = analysis.model("knn").search
    assert search is not None
    assert len(chart.rows) == len(search.candidates)
    assert "chosen" in chart.rows[0][-1]


def test_curve_over_decades_is_logarithmic(analysis: Analysis) -> None:
    """C is drawn on a log axis that says so."""
    chart = search_chart(analysis.model("logreg"), "accuracy")
    assert chart is not None
    assert "C (logarithmic)" in texts(chart)


def test_two_numeric_parameters_are_ranked() -> None:
    """Where no single curve exists the candidates stand by rank."""
    assert LOGREG.search is not None
    space = {"C": (0.1, 1.0, 10.0), "tol": (1e-4, 1e-3, 1e-2)}
    search = LOGREG.search.model_copy(update={"space": space})
    model = LOGREG.model_copy(update={"search": search})
    chart = search_chart(analyze(make_run(models=(model,))).models[0], "accuracy")
    assert chart is not None
    assert "by rank" in chart.title


def test_no_search_no_figure() -> None:
    """A model without a search has no curve."""
    alone = KNN.model_copy(update={"search": None})
    assert search_chart(analyze(make_run(models=(alone,))).models[0], "accuracy") is None


def test_every_call_is_a_mark(analysis: Analysis) -> None:
    """As many dots are drawn as calls count, and the table counts them."""
    model = analysis.model("knn")
    chart = time_samples(model)
    assert chart is not None
    wide = next(iter(parse(str(chart.svg))))
    marks = [use for use in wide.iter("use") if use.get("stroke-width") is None]
    n_counted = sum(
        sample.counted
        for case in model.cases
        for times in case.times.values()
        for sample in times.samples
    )
    assert len(marks) == n_counted + 1  # and the one that the legend explains
    assert [row[5] for row in chart.rows] == ["6"] * 4  # 3 rounds of 2 counted calls
    assert {"first call, not counted", "95 % interval"} <= set(texts(chart))
    assert all(" to " in row[3] for row in chart.rows)


def test_no_timings_no_figure() -> None:
    """A run without rounds has no figure of times."""
    assert time_samples(analyze(make_run(rounds=0)).models[0]) is None


def test_each_drawing_is_small(analysis: Analysis) -> None:
    """No single SVG of an ordinary run exceeds 60 kB."""
    model = analysis.model("knn")
    charts = [metric_change(analysis), search_chart(model, "accuracy"), time_samples(model)]
    for chart in charts:
        assert chart is not None
        for svg in parse(str(chart.svg)):
            assert len(ET.tostring(svg)) < 60_000


@pytest.mark.parametrize("n_ticks", [4, 8])
@pytest.mark.parametrize(
    ("low", "high"), [(0.86, 1.6), (270, 960), (0.99, 1.03), (1e-3, 5e2), (3, 4.5)]
)
def test_a_logarithmic_axis_has_ticks_with_room(
    low: float, high: float, n_ticks: int
) -> None:
    """Two at least, so that it tells its scale, and none over another."""
    axes = new_axes(new_figure(400, 200), left=20, right=20, top=20, bottom=40)
    log_axis(axes, low, high, n_ticks)
    shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 2 <= len(shown) <= n_ticks + 1
