"""What tuning changed class by class, and calibration."""

import xml.etree.ElementTree as ET

import pytest

from tests.builders import KNN, LOGREG, make_run
from tunecard.report import formats
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.charts import Chart, calibration, class_change


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """An ordinary run of two models."""
    return analyze(make_run())


def texts(chart: Chart) -> list[str]:
    """All texts of a chart's first drawing."""
    first = next(iter(ET.fromstring(f"<div>{chart.svg}</div>")))  # noqa: S314  # our own
    return ["".join(element.itertext()) for element in first.iter("text")]


def test_every_class_has_its_change(analysis: Analysis) -> None:
    """The table holds each class's recall, its interval and the change of F1."""
    model = analysis.model("knn")
    chart = class_change(model)
    assert chart is not None
    assert model.quality is not None
    for row, change in zip(chart.rows, model.quality.per_class, strict=True):
        assert row[0] == change.name
        assert row[4] == formats.points(change.recall_delta)
        assert change.recall_interval is not None
        ends = change.recall_interval
        assert row[5] == formats.points_interval(ends.low, ends.high)
        assert row[6] == formats.points(change.f1_delta)
    assert "F1" in texts(chart)


def test_the_worst_class_is_named() -> None:
    """The caption names the class whose F1 fell most."""
    run = make_run(accuracy={"knn/baseline": 0.95, "knn/tuned": 0.9}, models=(KNN,))
    model = analyze(run).models[0]
    assert model.quality is not None
    assert model.quality.most_lost is not None
    chart = class_change(model)
    assert chart is not None
    assert f"The largest fall is that of {model.quality.most_lost.name}:" in chart.caption


def test_small_classes_have_no_interval() -> None:
    """Under 50 test rows of a class its interval is left out."""
    chart = class_change(analyze(make_run(n_test=160, models=(KNN,))).models[0])
    assert chart is not None
    assert {row[5] for row in chart.rows} == {formats.NONE}


def test_of_many_classes_those_that_changed_are_drawn() -> None:
    """15 are drawn, the table has all and the caption says so."""
    names = [f"species {i}" for i in range(40)]
    chart = class_change(analyze(make_run(classes=names, models=(KNN,))).models[0])
    assert chart is not None
    assert len(chart.rows) == 40
    assert sum(text.startswith("species") for text in texts(chart)) == 15
    assert "the table has all" in chart.caption


def test_nothing_to_compare_no_classes() -> None:
    """A model that was not tuned has no change."""
    alone = KNN.model_copy(update={"search": None})
    assert class_change(analyze(make_run(models=(alone,))).models[0]) is None


def test_calibration_counts_every_row(analysis: Analysis) -> None:
    """The rows of a case's groups add up to the test rows; ECE stands in the caption."""
    model = analysis.model("logreg")
    chart = calibration(model)
    assert chart is not None
    for case in model.cases:
        counted = sum(int(row[2]) for row in chart.rows if row[0] == case.variant)
        assert counted == analysis.n_test
        assert case.calibration is not None
        assert formats.metric(case.calibration.ece) in chart.caption
    assert {"perfect calibration", "baseline", "tuned", "rows"} <= set(texts(chart))


def test_no_probabilities_no_calibration() -> None:
    """Without probabilities there is nothing to calibrate."""
    run = make_run(models=(LOGREG,), probabilities=())
    assert calibration(analyze(run).models[0]) is None
