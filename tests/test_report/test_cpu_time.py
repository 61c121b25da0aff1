"""CPU time as a second witness: real rounds, disturbed and doubled on purpose."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from tests.builders import KNN, make_run
from tests.make_samples import ROOT
from tests.two_runs import calibrations, with_gates
from tunecard.report.analyze import analyze
from tunecard.report.analyze.runs.times import case_series, compare_series
from tunecard.report.analyze.types import Analysis, TimeComparison
from tunecard.report.conclusion import conclude
from tunecard.report.gates import GateResult, judge
from tunecard.report.load import Loaded
from tunecard.report.render.spreadsheets import metrics_csv
from tunecard.report.verdicts import verdicts_frame
from tunecard.report.view import build_view
from tunecard.runner.schema import RESULTS, Gate, TimedRound, load

#: By what a neighbor slows the wall time of each round's worker: baseline, then tuned.
SLOWED = ((1, 9, 1.4), (6, 1, 1.1))


@cache
def sample_rounds() -> Mapping[str, tuple[TimedRound, ...]]:
    """The rounds of k-nearest neighbors in the committed sample of digits."""
    results = load(ROOT / "reports" / "sample-digits" / RESULTS)
    return {case.key: case.timings for case in results.cases if case.model == "knn"}


def planted(
    doubled: float, *, slowed: Any = SLOWED, contaminated: Sequence[bool] = (False, False)
) -> Loaded:
    """The sample's rounds with predict of the tuned case ``doubled`` times as long."""
    cases = {}
    for side, (key, timings) in enumerate(sorted(sample_rounds().items())):
        rounds = []
        for timed in timings:
            factor = doubled if (side, timed.operation) == (1, "predict") else 1.0
            wall = factor * slowed[side][timed.round - 1]
            samples = tuple(
                sample.model_copy(
                    update={
                        "wall_ns": round(sample.wall_ns * wall),
                        "cpu_ns": round(sample.cpu_ns * factor),
                        "contaminated": contaminated[side],
                    }
                )
                for sample in timed.samples
            )
            rounds.append(timed.model_copy(update={"samples": samples}))
        cases[key] = {"timings": tuple(rounds)}
    return make_run(models=(KNN,), case=cases)


def predict(run: Loaded) -> TimeComparison:
    """How predict compares."""
    time = analyze(run).model("knn").time("predict")
    assert time is not None
    return time


def judged(limit: Mapping[str, float], run: Loaded) -> GateResult:
    """Decide a gate on the time of predict."""
    gated = with_gates(run, Gate(model="knn", time="predict", **limit))
    return judge(gated, analyze(gated))[0]


def card_of(run: Loaded, analysis: Analysis) -> dict[str, Any]:
    """The costs on the card, by their name."""
    (card,) = build_view(run, analysis, (), conclude(analysis)).verdicts
    return {cost.name: cost for cost in card.costs} | {"scope": card.scope_of_times}


def test_a_doubling_that_wall_time_cannot_show_is_seen_by_cpu_time() -> None:
    """The sample's ratio of 0.86, doubled; wall time ranges over a factor of nine."""
    time = predict(planted(2.0))
    assert time.word == "inconclusive"
    assert time.cpu is not None
    assert (time.cpu.word, time.cpu.interval.level) == ("slower", 0.975)
    assert time.cpu.interval.low < time.cpu.ratio < time.cpu.interval.high
    assert time.cpu.ratio == pytest.approx(1.69, abs=0.01)  # 0.846 of the medians, twice


def test_cpu_time_is_not_consulted_where_wall_time_is_steady() -> None:
    """A verdict on wall time stands alone, and so does an open one on narrow rounds."""
    quiet = ((1, 1, 1), (1, 1, 1))
    assert predict(planted(2.0, slowed=quiet)).cpu is None
    assert predict(planted(1.0, slowed=quiet)).cpu is None


def test_like_is_compared_with_like() -> None:
    """Rounds that other processes disturbed in one case alone count for neither clock."""
    assert predict(planted(2.0, contaminated=(True, False))).cpu is None
    both = predict(planted(2.0, contaminated=(True, True)))
    assert both.ratio is None
    assert both.cpu is not None
    assert both.cpu.word == "slower"


def test_card_table_csv_and_frame_have_both_clocks() -> None:
    """The same sentence wherever the word stands, and a row of numbers of its own."""
    run = planted(2.0)
    analysis = analyze(run)
    time = predict(run)
    assert time.cpu is not None
    card = card_of(run, analysis)
    words = card["Predict"].word
    assert words.startswith("wall time: inconclusive; CPU time: 1.69 [1.")
    assert "are not adjusted for their number" in card["scope"]
    assert "CPU time of predicting is 1.69 [" in conclude(analysis).models[0].sentence
    rows = list(csv.DictReader(io.StringIO(metrics_csv(analysis, "run"))))
    cpu_rows = [row for row in rows if row["unit"] == "tuned / baseline, CPU time"]
    row = next(row for row in cpu_rows if row["metric"] == "predict")
    assert float(row["value"]) == pytest.approx(time.cpu.ratio)
    assert float(row["level"]) == 0.975
    frame = verdicts_frame(analysis)
    assert frame[["predict", "predict_cpu"]].values.tolist() == [["inconclusive", "slower"]]


def test_cpu_time_fails_a_gate_that_wall_time_leaves_open() -> None:
    """And never passes one: a call that waits takes longer without CPU time."""
    failed = judged({"at_most": 1.1}, planted(2.0))
    assert failed.status == "failed"
    assert failed.observed.remark.startswith("by CPU time")
    assert judged({"at_most": 9.0}, planted(2.0, contaminated=(True, True))).red
    assert judged({"at_most": 3.0}, planted(2.0)).status == "inconclusive"


def test_two_runs_on_a_busy_machine_are_compared_by_cpu_time() -> None:
    """The tuned case's predict doubled against the same run before, kernel alike."""
    moments = calibrations(1.0)
    series = []
    for factor, slowed in ((1.0, SLOWED), (2.0, SLOWED[::-1])):
        run = planted(factor, slowed=slowed).results
        run = run.model_copy(update={"calibrations": moments})
        series.append(case_series(run, run.cases[1])["predict"])
    found = compare_series("predict", series[0], series[1], [], 1, 1)
    assert found.word == "inconclusive"
    assert found.cpu is not None
    assert found.cpu.word == "slower"
    assert found.cpu.ratio == pytest.approx(2.0)


def test_a_run_with_steady_rounds_is_not_compared_by_cpu_time() -> None:
    """Wall time decides, relative to the kernel, and CPU time is not consulted."""
    quiet = ((1, 1, 1), (1, 1, 1))
    series = []
    for factor in (1.0, 2.0):
        run = planted(factor, slowed=quiet).results
        run = run.model_copy(update={"calibrations": calibrations(1.0)})
        series.append(case_series(run, run.cases[1])["predict"])
    found = compare_series("predict", series[0], series[1], [], 1, 1)
    assert (found.word, found.cpu) == ("slower", None)
