"""Trends: groups, series against earlier runs of the same place, breaks, marks."""

import pytest

from tests.histories import make_entry
from tunecard.report.history import Group, HistoryEntry, group_runs
from tunecard.report.history.breaks import changes_between
from tunecard.report.history.trend import Panel


def only(entries: list[HistoryEntry]) -> Group:
    """Group runs, given the oldest first, of which all belong together."""
    (group,) = group_runs(entries[::-1])
    return group


def panel(group: Group, name: str) -> Panel:
    """Give a panel of the one model."""
    return next(one for one in group.models[0].panels if one.name == name)


def steady(n_runs: int, **fields: object) -> list[HistoryEntry]:
    """Make runs that differ by little, the oldest first."""
    return [
        make_entry(i, seconds={"baseline": 1 + i % 3 / 100, "tuned": 2.0}, **fields)  # type: ignore[arg-type] # fields of the builder
        for i in range(n_runs)
    ]


def test_a_slow_run_is_marked_and_the_next_ones_are_not() -> None:
    """30 % slower than ten alike; what comes after is held against the median."""
    slow = make_entry(10, seconds={"baseline": 1.0, "tuned": 2.6})
    runs = [*steady(10), slow, make_entry(11)]
    group = only(runs)
    assert set(group.marks) == {slow.run}
    found = [(mark.panel.name, mark.variant, mark.word) for mark in group.marks[slow.run]]
    assert found == [("fit", "tuned", "slower"), ("predict", "tuned", "slower")]
    mark = group.marks[slow.run][0]
    # Of a kernel of 0.1 s.
    assert (mark.value, mark.band.median) == pytest.approx((26.0, 20.0))
    assert mark.band.n_runs == 10


@pytest.mark.parametrize(
    ("value", "greater", "word"),
    [
        (0.99, True, "better"),
        (0.9, True, "worse"),
        (0.99, False, "worse"),
        (0.9, False, "better"),
    ],
)
def test_the_word_of_a_metric_knows_its_direction(
    value: float, word: str, *, greater: bool
) -> None:
    """Above is better where greater is better."""
    odd = make_entry(
        9, accuracy={"baseline": 0.9, "tuned": value}, greater_is_better=greater
    )
    runs = [make_entry(i, greater_is_better=greater) for i in range(9)]
    group = only([*runs, odd])
    assert [mark.word for mark in group.marks[odd.run]] == [word]


def test_the_margin_is_the_least_that_is_marked() -> None:
    """What the study calls no difference is none here."""
    odd = make_entry(9, accuracy={"baseline": 0.9, "tuned": 0.945}, margin=0.01)
    assert only([*steady(9, margin=0.01), odd]).marks == {}
    strict = make_entry(9, accuracy={"baseline": 0.9, "tuned": 0.945}, margin=0.004)
    assert set(only([*steady(9), strict]).marks) == {strict.run}


def test_five_earlier_runs_are_needed() -> None:
    """The fifth run has no band, the sixth has one."""
    bands = panel(only(steady(7)), "accuracy").series[0].bands
    assert [band is not None for band in bands] == [False] * 5 + [True] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"machine": {"processor": "B"}},
        {"versions": {"numpy": "2.1.0"}},
        {"data": "01"},
    ],
    ids=["machine", "versions", "data"],
)
def test_a_change_is_a_break_and_begins_a_new_band(fields: dict[str, object]) -> None:
    """Runs of twice the time on another machine are no outliers, and are said."""
    kind = next(iter(fields))
    changed = [
        make_entry(i, seconds={"baseline": 5.0, "tuned": 9.0}, **fields)  # type: ignore[arg-type] # fields of the builder
        for i in range(8, 15)
    ]
    group = only([*steady(8), *changed])
    assert group.marks == {}
    (only_break,) = group.breaks
    assert (only_break.position, only_break.run) == (8, changed[0].run)
    assert only_break.kinds == (kind,)
    bands = panel(group, "fit").series[0].bands
    assert [band is not None for band in bands[8:]] == [False] * 5 + [True] * 2


def test_two_machines_in_turn_have_a_band_each() -> None:
    """A run is held against all earlier ones of its own machine, not the last alone."""
    runs = [
        make_entry(
            i,
            machine={"processor": "AB"[i % 2]},
            seconds={"baseline": 1.0 + i % 2, "tuned": 2.0},
        )
        for i in range(20)
    ]
    slow = make_entry(
        20, machine={"processor": "A"}, seconds={"baseline": 2.0, "tuned": 2.0}
    )
    group = only([*runs, slow])
    assert len(group.breaks) == 20
    assert {mark.variant for mark in group.marks[slow.run]} == {"baseline"}
    assert set(group.marks) == {slow.run}


def test_times_are_relative_to_the_kernel() -> None:
    """A machine at half its speed makes no run slow."""
    half = make_entry(9, seconds={"baseline": 2.0, "tuned": 4.0}, kernel=0.2)
    group = only([*steady(9), half])
    assert group.marks == {}
    assert panel(group, "fit").series[1].values[-1] == pytest.approx(20.0)


def test_runs_without_a_kernel_are_left_out_of_the_times() -> None:
    """Beside runs that have one; their metrics stay."""
    group = only([*steady(3), make_entry(3, kernel=None)])
    assert panel(group, "fit").series[0].values[-1] is None
    assert panel(group, "accuracy").series[0].values[-1] is not None


def test_without_any_kernel_times_are_seconds() -> None:
    """And the panel says so."""
    fit = panel(only(steady(3, kernel=None)), "fit")
    assert fit.in_seconds
    assert fit.series[1].values == (2.0, 2.0, 2.0)


def test_groups_are_apart() -> None:
    """Another study, dataset or part of it has a trend of its own, the newest first."""
    runs = [
        make_entry(0),
        make_entry(1, study="other"),
        make_entry(2, dataset="mnist"),
        make_entry(3, subset="10 + 5"),
        make_entry(4),
    ]
    groups = group_runs(runs[::-1])
    assert [[run.run for run in group.runs] for group in groups] == [
        [runs[4].run, runs[0].run], [runs[3].run], [runs[2].run], [runs[1].run],
    ]  # fmt: skip


def test_a_model_that_came_later_has_no_value_before() -> None:
    """Its series begins where it does."""
    first = make_entry(0)
    late = first.models[0].model_copy(update={"name": "late", "label": "Late"})
    second = make_entry(1, models=(*first.models, late))
    group = only([first, second])
    assert [model.name for model in group.models] == ["knn", "late"]
    assert group.models[1].panels[0].series[0].values == (None, 0.9)


def test_a_case_that_failed_is_a_gap() -> None:
    """No value, no mark, and no part of later bands."""
    gap = make_entry(
        6,
        accuracy={"baseline": 0.9, "tuned": None},
        seconds={"baseline": 1.0, "tuned": None},
    )
    group = only([*steady(6), gap, *[make_entry(i) for i in range(7, 9)]])
    series = panel(group, "accuracy").series[1]
    assert series.values[6] is None
    assert series.bands[8] is not None
    assert series.bands[8].n_runs == 7
    assert group.marks == {}


def test_what_differs_is_named() -> None:
    """Each key with both values; what is not there is said to be so."""
    before = make_entry(0, versions={"numpy": "2.0.0", "gone": "1"})
    after = make_entry(1, versions={"numpy": "2.1.0", "new": "3"}, data="01")
    told = [(one.name, one.before, one.after) for one in changes_between(before, after)]
    assert told == [
        ("gone", "1", "not there"),
        ("new", "not there", "3"),
        ("numpy", "2.0.0", "2.1.0"),
        ("hashes of the data", "00", "01"),
    ]
