"""Gates: each decided on an end of its interval, shown as exactly as it is decided."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.two_runs import (
    calibrations,
    new_run,
    of_seeds,
    reference_run,
    with_environment,
    with_gates,
    with_times,
)
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.gates import GateResult, exit_code_of, judge
from tunecard.report.gates.decide import decide
from tunecard.report.gates.types import Observed
from tunecard.report.load import Loaded
from tunecard.report.render.lines import gates_lines
from tunecard.report.stats.binomial import clopper_pearson
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.shares import share_difference
from tunecard.report.view.gates import gates_table, numbers, rule
from tunecard.runner.metrics import get
from tunecard.runner.schema import Gate, spec_of

ACCURACY = {"model": "knn", "metric": "accuracy"}
FIT = {"model": "logreg", "time": "fit"}


@cache
def plain_run() -> Loaded:
    """A run like any other, analyzed once for all tests."""
    return new_run()


@cache
def plain_analysis() -> Analysis:
    """Its analysis, in which no gate stands."""
    return analyze(plain_run())


def judged(
    gate: Mapping[str, Any], run: Loaded, reference: Loaded | None = None
) -> GateResult:
    """Decide one gate of a run."""
    analysis = plain_analysis() if run is plain_run() else analyze(run)
    return judge(with_gates(run, Gate(**gate)), analysis, reference)[0]


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        ({"at_least": 0.89}, "passed"),
        ({"at_least": 0.92}, "inconclusive"),
        ({"at_least": 0.99}, "failed"),
        ({"at_most": 0.99}, "passed"),
        ({"at_most": 0.94}, "inconclusive"),
        ({"at_most": 0.80}, "failed"),
    ],
)
def test_a_metric_is_decided_on_its_exact_interval(
    limit: Mapping[str, float], status: str
) -> None:
    """372 of 400 rows right: all of the interval, a part of it, or none is allowed."""
    result = judged({**ACCURACY, **limit}, plain_run())
    assert result.observed == Observed(0.93, clopper_pearson(372, 400))
    assert result.status == status


def test_a_difference_is_decided_on_its_bound() -> None:
    """Not worse than the baseline by a margin: the lower end decides, not the estimate."""
    run = new_run(accuracy={"knn/tuned": 0.905})
    gate = {**ACCURACY, "against": "baseline"}
    passed = judged({**gate, "at_least": -0.01}, run)
    expected = share_difference(0, 2, 400).interval(0.975)  # one of two models
    assert passed.observed.value == pytest.approx(0.005)
    assert passed.observed.interval == expected
    assert (passed.status, passed.bound) == ("passed", expected.low)
    assert passed.slack == pytest.approx(expected.low + 0.01)
    assert judged({**gate, "at_least": 0.004}, run).status == "inconclusive"
    better = new_run(accuracy={"knn/tuned": 0.96})
    failed = judged({**gate, "within": 0.01}, better)
    assert failed.status == "failed"
    assert failed.slack == pytest.approx(
        0.01 - share_difference(0, 24, 400).interval(0.975).low
    )


def test_a_tuned_fit_made_slower_within_a_run_fails_its_gate() -> None:
    """15 % longer in each of five rounds: the page says slower, a gate of 5 % fails."""
    run = with_times(new_run(rounds=5), "logreg/tuned", 1.15)
    time = analyze(run).model("logreg").time("fit")
    assert time is not None
    assert time.word == "slower"
    result = judged({**FIT, "at_most": 1.05}, run)
    assert (result.kind, result.status) == ("ratio", "failed")
    assert result.observed.value == pytest.approx(1.15, abs=0.03)
    assert judged({**FIT, "at_most": 1.5}, run).status == "passed"


def test_a_time_is_never_decided_within_its_noise_floor() -> None:
    """A narrow interval around 1 is widened to 2 % either way at least."""
    result = judged({**FIT, "at_most": 1.015}, new_run(rounds=10))
    assert result.observed.interval is not None
    assert result.observed.interval.high >= 1.02 * (result.observed.value or 0) - 1e-12
    assert result.status == "inconclusive"


def test_under_three_rounds_a_time_is_inconclusive() -> None:
    """And says how many there were."""
    result = judged({**FIT, "at_most": 9}, new_run(rounds=2))
    assert result.status == "inconclusive"
    assert result.observed.reason == "2 rounds, and at least 3 are needed"


def test_seconds_of_a_call_are_decided_on_their_rounds() -> None:
    """The geometric mean over rounds, in seconds."""
    run = plain_run()
    result = judged({**FIT, "against": "value", "at_most": 4}, run)
    walls = plain_analysis().model("logreg").cases[1].times["fit"].rounds
    expected = stats.gmean([value.wall for value in walls])
    assert (result.kind, result.status) == ("seconds", "passed")
    assert result.observed.value == pytest.approx(expected)
    both = judged(
        {"model": "knn", "time": "fit+predict", "against": "value", "at_most": 0.1}, run
    )
    assert both.status == "failed"


NOT_MEASURED: Mapping[str, tuple[dict[str, Any], Callable[[], Loaded], str]] = {
    "failed case": (
        {**ACCURACY, "at_least": 0.1},
        lambda: new_run(failed={"knn/tuned": ("oom", "it needed 9 GiB")}),
        "the tuned case ran out of memory (it needed 9 GiB)",
    ),
    "failed baseline": (
        {**FIT, "at_most": 9},
        lambda: new_run(failed={"logreg/baseline": ("timeout", "it took 30 min")}),
        "the baseline case ran out of time (it took 30 min)",
    ),
    "not timed": (
        {**FIT, "at_most": 9},
        lambda: new_run(rounds=0),
        "it was not timed in both cases",
    ),
    "no seconds": (
        {**FIT, "against": "value", "at_most": 9},
        lambda: new_run(rounds=0),
        "it was not timed",
    ),
    "no predictions": (
        {**ACCURACY, "against": "baseline", "at_least": -0.5},
        lambda: replace(new_run(), predictions=None, predictions_reason="it is not there"),
        "it is not there",
    ),
}


@pytest.mark.parametrize(
    ("gate", "run", "reason"), NOT_MEASURED.values(), ids=list(NOT_MEASURED)
)
def test_what_was_not_measured_never_passes(
    gate: dict[str, Any], run: Callable[[], Loaded], reason: str
) -> None:
    """However generous the limit: red, with the reason."""
    result = judged(gate, run())
    assert (result.status, result.red) == ("not measured", True)
    assert result.observed.reason == reason


def test_without_a_reference_a_gate_is_open() -> None:
    """The first run of a study has none: nothing failed, and nothing was shown."""
    gate = {**ACCURACY, "against": "reference", "at_least": -0.5}
    result = judged(gate, plain_run())
    assert (result.status, result.red, result.undecided) == ("inconclusive", False, False)
    assert result.observed.reason == "no reference run was given; name one by --against"
    assert judged({**gate, "undecided": "fail"}, plain_run()).undecided
    failed = new_run(failed={"knn/tuned": ("oom", "it needed 9 GiB")})
    assert judged(gate, failed).status == "not measured"


def test_a_reference_gate_holds_the_run_against_another() -> None:
    """The difference from, and the ratio to, the same case of the reference."""
    reference = reference_run()
    gate = {**ACCURACY, "against": "reference", "at_least": -0.02}
    assert judged(gate, plain_run(), reference).status == "passed"
    worse = new_run(accuracy={"knn/tuned": 0.85})
    assert judged(gate, worse, reference).status == "failed"
    slow = with_times(new_run(seed=1), "logreg/tuned", 1.6)
    time = {**FIT, "against": "reference"}
    assert judged({**time, "at_most": 1.25}, slow, reference).status == "failed"
    assert judged({**time, "at_most": 1.25}, new_run(seed=1), reference).status == "passed"
    assert judged({**time, "at_most": 1.05}, new_run(seed=1), reference).status == (
        "inconclusive"
    )


def test_a_reference_that_cannot_be_compared_never_passes() -> None:
    """Another machine, no kernel, no such case."""
    gate = {**FIT, "against": "reference", "at_most": 100}
    other = judged(gate, plain_run(), with_environment(reference_run(), cpu="Old CPU"))
    assert (other.status, other.observed.reason) == (
        "not measured",
        "processor is Old CPU in the reference, Example CPU in the new run",
    )
    assert judged(gate, plain_run(), reference_run(calibrations=())).red
    models = new_run().results.study.models[:1]
    gone = judged(gate, new_run(calibrations=calibrations()), reference_run(models=models))
    assert gone.observed.reason == "the reference run has no such case"


def test_the_end_that_equals_the_limit_passes() -> None:
    """What is allowed includes its ends, whatever floating point makes of them."""
    assert decide(Interval(0.1 + 0.2, 0.5), 0.3, 1.0)[0] == "passed"
    assert decide(Interval(0.2, 0.1 + 0.2), -1.0, 0.3)[0] == "passed"


ENDS = st.integers(-200, 200).map(lambda number: number / 100)


@given(ENDS, ENDS, ENDS, ENDS)
def test_a_status_is_where_the_interval_lies(
    a: float, b: float, c: float, d: float
) -> None:
    """Passed inside, failed outside, inconclusive across; the slack's sign agrees."""
    (low, high), (least, most) = sorted((a, b)), sorted((c, d))
    status, bound, slack = decide(Interval(low, high), least, most)
    assert bound in (low, high)
    if status == "passed":
        assert slack >= 0
        assert low >= least - 1e-9
        assert high <= most + 1e-9
    else:
        assert slack < 0
        outside = high < least or low > most
        assert outside == (status == "failed")


@given(st.floats(0.5, 1), st.floats(0.0001, 0.9999), st.floats(0, 0.05))
def test_what_is_shown_never_contradicts_what_was_decided(
    limit: float, middle: float, half: float
) -> None:
    """As numbers, limit and ends compare as they were compared; never 0.97 against 0.97."""
    limit = round(limit, 3)
    interval = Interval(max(middle - half, 0), min(middle + half, 1))
    gate = Gate(model="knn", metric="accuracy", at_least=limit)
    status, bound, slack = decide(interval, limit, float("inf"))
    result = GateResult(
        gate, "knn", None, "value", Observed(middle, interval), bound, slack, status
    )
    low, high = numbers(result).interval.strip("[]").split(",")
    shown = decide(Interval(float(low), float(high)), limit, float("inf"))[0]
    assert shown == status
    margin = float(numbers(result).margin.replace("\N{MINUS SIGN}", "-"))
    assert (margin >= 0) == (status == "passed")


RULES = {
    "Knn, tuned: accuracy at least 0.96": {**ACCURACY, "at_least": 0.96},
    "Knn, baseline: accuracy at most 0.9": {
        **ACCURACY, "variant": "baseline", "at_most": 0.9,
    },
    "Knn, tuned: accuracy at most 0.25 points below the baseline's": {
        **ACCURACY, "against": "baseline", "at_least": -0.0025,
    },
    "Knn, tuned: accuracy at least 1 point above the reference's": {
        **ACCURACY, "against": "reference", "at_least": 0.01,
    },
    "Knn, tuned: accuracy within 7 points of the baseline's": {
        **ACCURACY, "against": "baseline", "within": 0.07,
    },
    "Knn, tuned: log loss at most 0.05 above the baseline's": {
        "model": "knn", "metric": "log_loss", "against": "baseline", "at_most": 0.05,
    },
    "Knn, tuned: time of predict at most 1.1 times the baseline's": {
        "model": "knn", "time": "predict", "at_most": 1.1,
    },
    "Knn, tuned: time of fit + predict within 10 % of the reference's": {
        "model": "knn", "time": "fit+predict", "against": "reference", "within": 0.1,
    },
    "Knn, tuned: time of fit at most 2.5 s": {
        "model": "knn", "time": "fit", "against": "value", "at_most": 2.5,
    },
}  # fmt: skip


@pytest.mark.parametrize(("words", "gate"), RULES.items(), ids=list(RULES))
def test_a_rule_is_told_in_words(words: str, gate: dict[str, Any]) -> None:
    """With the limit as it was written."""
    made = Gate(**gate)
    spec = spec_of(get(made.metric)) if made.metric is not None else None
    result = GateResult(
        made, "knn", spec, "value", Observed(None, None), None, None, "failed"
    )
    assert rule(result).replace("\N{NO-BREAK SPACE}", " ") == words


def test_the_table_has_a_row_a_gate() -> None:
    """Rule, observed, interval, margin, status; the reason where there is one."""
    run = with_gates(
        new_run(failed={"logreg/tuned": ("oom", "it needed 9 GiB")}),
        Gate(model="knn", metric="accuracy", at_least=0.9),
        Gate(model="logreg", metric="accuracy", at_least=0.1),
    )
    table = gates_table(judge(run, analyze(run)))
    assert table is not None
    texts = [
        [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells]
        for row in table.rows
    ]
    assert [column.label for column in table.columns] == [
        "Gate", "Status", "Observed", "95 % interval", "Margin", "Remark",
    ]  # fmt: skip
    assert texts[0][1:] == ["✓ passed", "0.9300", "[0.9004, 0.9530]", "+0.0004", ""]
    assert texts[1][1] == "\N{EN DASH} not measured"
    assert texts[1][5] == "The tuned case ran out of memory (it needed 9 GiB)"
    assert gates_table(()) is None


def test_a_gate_of_several_seeds_tells_the_one_that_it_rests_on() -> None:
    """Against a reference one seed alone is compared: in the table and the terminal."""
    gates = (
        Gate(model="knn", metric="accuracy", against="reference", at_least=-0.5),
        Gate(model="logreg", time="fit", against="reference", at_most=9),
        Gate(model="knn", metric="accuracy", at_least=0.5),
    )
    run = with_gates(of_seeds(new_run(), 2, 3), *gates)
    shared = judge(run, analyze(run), of_seeds(reference_run(), 0, 3))
    table = gates_table(shared)
    assert table is not None
    alone = "The runs are compared by seed 3 alone"
    assert [row.cells[-1].text for row in table.rows] == [
        f"{alone}; 98.75 % interval, as of the verdict",
        alone,
        "",
    ]
    assert gates_lines(shared).count(alone) == 2
    other = judge(run, analyze(run), reference_run())
    assert other[0].observed.remark == (
        "the runs share no seed: the reference is of seed 0, the new run of 2"
    )


def test_what_is_observed_has_its_unit() -> None:
    """Points of a difference, times as long of a ratio, seconds of a call."""
    run = plain_run()
    gates = [
        {**ACCURACY, "against": "baseline", "at_least": -0.01},
        {**FIT, "at_most": 1.5},
        {**FIT, "against": "value", "at_most": 4},
        {**ACCURACY, "at_least": 0.5},
    ]
    told = [numbers(judged(gate, run)).value for gate in gates]
    assert [text.lstrip("+-0123456789.\N{MINUS SIGN}").strip() for text in told] == [
        "points", "\N{MULTIPLICATION SIGN}", "s", "",
    ]  # fmt: skip


def test_the_weightiest_reason_sets_the_exit_code() -> None:
    """4 a gate failed or was not measured, 5 a case is not ok, 6 a decision is missing."""
    run = new_run(failed={"logreg/tuned": ("oom", "it needed 9 GiB")})
    passed = judged({**ACCURACY, "at_least": 0.5}, run)
    failed = judged({**ACCURACY, "at_least": 0.99}, run)
    undecided = judged({**ACCURACY, "at_least": 0.92}, run)
    asked = judged({**ACCURACY, "at_least": 0.92, "undecided": "fail"}, run)
    absent = judged({"model": "logreg", "metric": "accuracy", "at_least": 0.1}, run)
    assert [exit_code_of((passed, one)) for one in (passed, undecided, failed, absent)] == [
        0, 0, 4, 4,
    ]  # fmt: skip
    assert exit_code_of((passed, asked)) == 6
    assert exit_code_of((asked,), not_ok=True) == 5
    assert exit_code_of((asked, failed), not_ok=True) == 4
