"""The rounds: how many there are, and who runs in them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunecard.runner.clock import calibration, pace, rounds
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.jobs import SLACK, Outcome, Timed
from tunecard.runner.clock.timing import Repeats
from tunecard.runner.progress import Silent
from tunecard.runner.schema import Calibration, ModelSpec
from tunecard.runner.store.journal import NullCheckpoint

FAILS = {"fails-at-once": 1, "fails-later": 3}  # the round in which a case fails
BENCH = BenchSettings(
    data=Path("data"),
    work=Path("work"),
    seed=0,
    threads=1,
    case_seconds=1800,
    memory=2**30,
)


def case(name: str) -> MeasuredCase:
    """Make a case that is not measured yet."""
    spec = ModelSpec(name=name, estimator="sklearn.svm.SVC")
    return MeasuredCase(spec, "baseline", {})


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Keep which case ran in which round; "slow" times out, others fail as they are."""
    kept: list[tuple[int, str]] = []

    def run_round(item: MeasuredCase, number: int, *_: Any) -> MeasuredCase:
        if item.status != "ok":
            return item
        kept.append((number, item.spec.name))
        if number == FAILS.get(item.spec.name):
            return replace(item, status="failed", elapsed=item.elapsed + 2.0)
        if item.spec.name == "slow":
            return replace(item, status="timeout", elapsed=1800.0)
        return replace(item, elapsed=item.elapsed + 2.0)

    monkeypatch.setattr(rounds, "run_round", run_round)
    monkeypatch.setattr(calibration, "calibrate", calibrated)
    return kept


def calibrated(moment: str, *_: object) -> Calibration:
    """Make a reading of the kernel."""
    return Calibration(moment=moment, sgemm_ns=1, copy_ns=1)


def run(cases: list[MeasuredCase], budget: float) -> list[MeasuredCase]:
    """Run the rounds within a budget."""
    return rounds.run_rounds(cases, BENCH, NullCheckpoint(), Silent(), budget=budget).cases


def test_the_first_round_tells_how_many_there_are(ran: list[tuple[int, str]]) -> None:
    """Two cases of 2 s in a budget of 21 s make five rounds."""
    run([case("a"), case("b")], budget=21)
    assert [number for number, _ in ran] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_case_that_failed_costs_the_others_no_round(ran: list[tuple[int, str]]) -> None:
    """What timed out in round 1 is no part of a further round's cost."""
    run([case("slow"), case("a")], budget=13)
    assert [name for _, name in ran].count("a") == 6
    assert [name for _, name in ran].count("slow") == 1


@pytest.mark.parametrize(
    ("names", "moments"),
    [
        (["fails-at-once"], ["start", "round 1"]),
        (["fails-at-once", "fails-later"], ["start", "round 1", "round 2", "round 3"]),
    ],
)
@pytest.mark.usefixtures("ran")
def test_nothing_is_timed_once_all_cases_have_failed(
    names: list[str], moments: list[str]
) -> None:
    """The kernel, which takes a second or two, tells the speed of rounds that are run."""
    found = rounds.run_rounds(
        [case(name) for name in names], BENCH, NullCheckpoint(), Silent(), budget=100
    )
    assert [item.moment for item in found.calibrations] == moments


@pytest.mark.parametrize(
    ("seconds", "moments"),
    [
        (0.1, ["start", "round 1", "round 2", "round 3", "round 4", "round 5"]),
        (0.25, ["start", "round 1", "round 2", "round 5"]),
        (0.5, ["start", "round 2", "round 5"]),
    ],
)
@pytest.mark.usefixtures("ran")
def test_all_readings_of_the_kernel_are_boxed(
    seconds: float, moments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start, after round 2, at the end, and more while one second has room."""
    now = [0.0]

    def calibrate(moment: str, *_: object) -> Calibration:
        now[0] += seconds
        return calibrated(moment)

    monkeypatch.setattr(calibration, "calibrate", calibrate)
    found = rounds.run_rounds(
        [case("a")], BENCH, NullCheckpoint(), Silent(), budget=10.5, clock=lambda: now[0]
    )
    assert [item.moment for item in found.calibrations] == moments


@pytest.mark.usefixtures("ran")
def test_a_kernel_that_takes_too_long_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rounds go on without it."""
    tried: list[str] = []
    monkeypatch.setattr(calibration, "calibrate", lambda moment, *_: tried.append(moment))
    found = rounds.run_rounds([case("a")], BENCH, NullCheckpoint(), Silent(), budget=8)
    assert (tried, found.calibrations) == (["start"], ())
    assert found.cases[0].elapsed == 8.0


class SlowingDown:
    """A machine on which rounds take 4 s first, and 60 s from the second on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slack: list[float] = []

    def run_round(
        self, item: MeasuredCase, number: int, _: int, bench: BenchSettings, *__: Any
    ) -> MeasuredCase:
        """Run a round of the only case."""
        seconds = 4.0 if number == 1 else 60.0
        self.now += seconds
        self.slack.append(bench.slack)
        return replace(item, elapsed=item.elapsed + seconds)


def test_a_budget_holds_on_a_machine_that_slows_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten rounds were planned in 100 s; a fourth of 60 s would end far beyond them."""
    slowing = SlowingDown()
    monkeypatch.setattr(rounds, "run_round", slowing.run_round)
    monkeypatch.setattr(calibration, "calibrate", calibrated)
    planned = Timed(
        operation="fit", n_rows=9, repeats=Repeats(5, 1, 0, 2 * 10**8), samples=()
    )
    start = replace(case("a"), first=Outcome(status="ok", timed=(planned,)))
    rounds.run_rounds(
        [start],
        BENCH,
        NullCheckpoint(),
        Silent(),
        budget=100,
        clock=lambda: slowing.now,
    )
    # A second under the clock was planned a round. In the third one 36 s are left, but
    # the one before took 60 s with all that surrounds the clock.
    assert slowing.slack == [SLACK, SLACK, pace.LEAST]


def test_cases_come_back_in_the_order_given(ran: list[tuple[int, str]]) -> None:
    """However the rounds were ordered, the cases are not."""
    names = ["d", "a", "c", "b"]
    done = run([case(name) for name in names], budget=1)
    assert [item.spec.name for item in done] == names
    assert len({tuple(n for r, n in ran if r == number) for number in (1, 2, 3)}) > 1


def test_where_the_time_went_is_added_up(
    ran: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts of all cases are one sum each, beside three readings of the kernel."""
    now = iter(float(number) for number in range(100))
    cases = [
        replace(case("a"), spent={"clock": 1.5, "start": 2.0}),
        replace(case("b"), spent={"clock": 0.5}),
    ]
    spent = rounds.run_rounds(
        cases, BENCH, NullCheckpoint(), Silent(), budget=1, clock=lambda: next(now)
    ).spent
    assert spent == {"clock": 2.0, "start": 2.0, "kernel": 3.0}
