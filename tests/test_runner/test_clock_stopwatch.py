"""Where the wall time of a run went, by a clock that is passed in."""

import pytest

from tunecard.runner.clock.stopwatch import OWN, ROUNDS, Stopwatch


def test_laps_of_one_name_are_one_stage() -> None:
    """Stages come in the order of their first lap, and their seconds add up."""
    now = iter([0.0, 1.0, 3.0, 7.0, 8.0])
    watch = Stopwatch(lambda: next(now))
    for name in ("data", "search", "data"):
        watch.lap(name)
    assert [(s.name, s.wall_seconds) for s in watch.stages()] == [
        ("data", 5.0),
        ("search", 2.0),
    ]
    assert watch.total() == 8.0


def test_a_lap_is_split_into_its_parts() -> None:
    """What the parts do not account for is a part of its own; nothing is counted twice."""
    now = iter([0.0, 1.0, 11.0, 12.0])
    watch = Stopwatch(lambda: next(now))
    watch.lap("data")
    watch.split({"kernel": 2.0, "clock": 5.0, "start": 2.5, "latency": 0.0})
    watch.lap("scoring")
    assert [(s.name, s.wall_seconds) for s in watch.stages()] == [
        ("data", 1.0),
        (ROUNDS["clock"], 5.0),
        (ROUNDS["start"], 2.5),
        (ROUNDS["kernel"], 2.0),
        (OWN, pytest.approx(0.5)),
        ("scoring", 1.0),
    ]


def test_parts_that_exceed_their_lap_leave_no_negative_rest() -> None:
    """Clocks of two processes may differ in their last digits."""
    now = iter([0.0, 1.0])
    watch = Stopwatch(lambda: next(now))
    watch.split({"clock": 1.0001})
    assert watch.stages()[-1].wall_seconds == 0
