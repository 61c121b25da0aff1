"""Quality against cost, the search's progress, the waits of single calls."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.builders import KNN, LOGREG, make_run
from tunecard.report import formats
from tunecard.report.analyze import Analysis, ModelAnalysis, analyze
from tunecard.report.charts import (
    Chart,
    latency,
    quality_against_cost,
    search_chart,
    search_progress,
)
from tunecard.runner.schema import Latency


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """An ordinary run of two models with single calls timed."""
    waits = (
        Latency(batch=1, wall_ns=tuple(range(1_000_000, 1_300_000, 1_000))),
        Latency(batch=32, wall_ns=tuple(range(2_000_000, 2_060_000, 1_000))),
        Latency(batch=256, wall_ns=(4_000_000, 5_000_000, 9_000_000)),
    )
    return analyze(make_run(case={"knn/baseline": {"latencies": waits}}))


def texts(chart: Chart) -> list[str]:
    """All texts of a chart's first drawing."""
    first = next(iter(ET.fromstring(f"<div>{chart.svg}</div>")))  # noqa: S314  # our own
    return ["".join(element.itertext()) for element in first.iter("text")]


def narrow_texts(chart: Chart) -> list[str]:
    """All texts of the drawing for a narrow screen."""
    *_, last = ET.fromstring(f"<div>{chart.svg}</div>")  # noqa: S314  # our own
    return ["".join(element.itertext()) for element in last.iter("text")]


def no_search() -> ModelAnalysis:
    """A model that was not tuned."""
    alone = KNN.model_copy(update={"search": None})
    return analyze(make_run(models=(alone,))).models[0]


def test_every_case_stands_on_the_tradeoff(analysis: Analysis) -> None:
    """A row a case with its metric and the seconds of fit and predict."""
    chart = quality_against_cost(analysis)
    assert chart is not None
    assert [row[0].rsplit(", ", 1)[1] for row in chart.rows] == ["baseline", "tuned"] * 2
    case = analysis.models[0].baseline
    assert case is not None
    value = case.metric("accuracy")
    assert value is not None
    assert chart.rows[0][2] == formats.metric(value.test)
    assert {"K-nearest neighbors", "Logistic regression", "Pareto front"} <= set(
        texts(chart)
    )


def test_the_front_holds_what_nothing_beats() -> None:
    """Slower and less often right is beaten; slower and more often right is not."""
    run = make_run(
        accuracy={"knn/baseline": 0.9, "knn/tuned": 0.95, "logreg/baseline": 0.8},
        tuned_time=2.0,
    )
    chart = quality_against_cost(analyze(run))
    assert chart is not None
    # knn takes 0.2 s and 0.4 s, logistic regression 2.5 s and 5 s, less often right.
    assert [row[-1] for row in chart.rows] == ["yes", "yes", "no", "no"]
    assert "other 2\N{NO-BREAK SPACE}cases are worse than" in chart.caption


def test_no_times_no_tradeoff() -> None:
    """Without rounds there is no cost to draw."""
    assert quality_against_cost(analyze(make_run(rounds=0))) is None


def test_a_long_name_finds_room_on_a_narrow_screen() -> None:
    """Where it fits on neither side of its point it stands across it."""
    label = "Gradient-boosted decisions"
    model = KNN.model_copy(update={"label": label})
    chart = quality_against_cost(analyze(make_run(models=(model,))))
    assert chart is not None
    assert label in narrow_texts(chart)


def test_many_models_find_room_on_the_tradeoff() -> None:
    """Names of models that are not on the front give way."""
    models = [KNN.model_copy(update={"name": f"m{i}", "label": f"m{i}"}) for i in range(20)]
    chart = quality_against_cost(analyze(make_run(models=models, n_test=60)))
    assert chart is not None
    assert len(chart.rows) == 40
    assert len([text for text in texts(chart) if re.fullmatch(r"M\d+", text)]) < 20


def test_progress_ends_at_the_whole_cost(analysis: Analysis) -> None:
    """The last candidate stands where all CPU seconds of the search have been spent."""
    for model in analysis.models:
        chart = search_progress(model, "accuracy")
        assert chart is not None
        assert model.search is not None
        assert chart.rows[-1][2] == formats.seconds(
            max(
                model.search.cost.cpu_seconds or 0,
                sum(c.cpu_seconds or 0 for c in model.search.candidates),
            )
        )
        assert chart.rows[0][0] == "baseline"
        assert chart.rows[-1][4] == formats.metric(model.search.best.mean)


def test_progress_begins_with_what_candidates_share() -> None:
    """A shared table of neighbors is paid for before any of them has a score."""
    run = make_run(models=(KNN,))
    record = run.results.searches[0]
    n = len(record.candidates)
    cheap = tuple(
        c.model_copy(update={"cpu_seconds": (0.1,) * len(c.scores)})
        for c in record.candidates
    )
    change = {"knn": {"candidates": cheap, "cpu_seconds": 30 + 0.5 * n}}
    model = analyze(make_run(models=(KNN,), search=change)).models[0]
    chart = search_progress(model, "accuracy")
    assert chart is not None
    assert chart.rows[0][2] == formats.seconds(30.5)
    assert chart.rows[1][2] == formats.seconds(31.0)
    assert chart.caption.replace(formats.SPACE, " ").startswith(
        f"30.0 s of the search's {30 + 0.5 * n:.1f} s of CPU time computed the neighbors"
    )


def test_progress_spreads_what_no_candidate_has() -> None:
    """Starting processes is paid for evenly by candidates that each are fitted."""
    record = make_run(models=(LOGREG,)).results.searches[0]
    n = len(record.candidates)
    own = sum(sum(s or 0 for s in c.cpu_seconds) for c in record.candidates) / n
    change = {"logreg": {"cpu_seconds": n * (own + 2.0)}}
    model = analyze(make_run(models=(LOGREG,), search=change)).models[0]
    chart = search_progress(model, "accuracy")
    assert chart is not None
    assert chart.rows[0][2] == formats.seconds(own + 2.0)


def test_progress_says_when_nothing_beats_the_baseline() -> None:
    """A search that brought nothing is called one."""
    record = make_run(models=(LOGREG,)).results.searches[0]
    first, *others = record.candidates
    level = first.model_copy(update={"scores": (0.99,) * len(first.scores)})
    change = {"logreg": {"candidates": (level, *others)}}
    model = analyze(make_run(models=(LOGREG,), search=change)).models[0]
    chart = search_progress(model, "accuracy")
    assert chart is not None
    assert "No candidate scores above the baseline." in chart.caption


def test_no_search_no_progress() -> None:
    """A model that was not searched has no figure of it."""
    assert search_progress(no_search(), "accuracy") is None


def test_the_baseline_has_its_place_on_the_curve() -> None:
    """Where candidate 0 names its value the baseline is a diamond at it, not a level."""
    record = make_run(models=(LOGREG,)).results.searches[0]
    first, *others = record.candidates
    placed = first.model_copy(update={"params": {"C": 1.0}})
    change = {"logreg": {"candidates": (placed, *others)}}
    model = analyze(make_run(models=(LOGREG,), search=change)).models[0]
    assert model.search is not None
    assert model.search.curve is not None
    assert model.search.curve.baseline is not None
    assert model.search.curve.baseline.x == 1.0
    chart = search_chart(model, "accuracy")
    assert chart is not None
    assert "baseline" in texts(chart)


def test_slow_calls_are_told_only_from_enough_calls(analysis: Analysis) -> None:
    """p95 stands from 60 calls on, p99 from 300; rows per second are batch over median."""
    chart = latency(analysis.model("knn"))
    assert chart is not None
    none = formats.NONE
    batches = {row[0]: row for row in chart.rows}
    assert none not in batches["1"]
    assert (batches["32"][4] == none, batches["32"][5]) == (False, none)
    assert batches["256"][4:6] == (none, none)
    assert batches["256"][3] == formats.seconds(0.005)
    assert batches["256"][6] == formats.count(51_200)
    assert {"median", "p95", "p99", "rows per second"} <= set(texts(chart))


def test_no_single_calls_no_waits(analysis: Analysis) -> None:
    """A model without such calls has no figure of them."""
    assert latency(analysis.model("logreg")) is None
