"""The tables of what the whole run took."""

from typing import Any

import pytest

from tests.builders import make_results
from tunecard.report import formats
from tunecard.report.view.resources import memory, stages
from tunecard.report.view.types import Table
from tunecard.runner.clock.stopwatch import OWN, ROUNDS
from tunecard.runner.schema import Results, Stage


def results_of(*named: tuple[str, float], **fields: Any) -> Results:
    """Give the results of a run of 100 s with these stages."""
    recorded = tuple(Stage(name=name, wall_seconds=seconds) for name, seconds in named)
    changes = {"stages": recorded, "wall_seconds": 100.0, **fields}
    return make_results().model_copy(update=changes)


def lines(table: Table) -> list[tuple[str, ...]]:
    """Cells of a table in ordinary spaces."""
    return [
        tuple(cell.text.replace(formats.SPACE, " ") for cell in row.cells)
        for row in table.rows
    ]


def test_each_stage_has_its_time_and_share_and_what_it_is() -> None:
    """Whatever stages are recorded, in their order, and all of them together."""
    table = stages(results_of(("search: knn", 25.0), ("scoring", 74.9)))
    assert [line[:3] for line in lines(table)] == [
        ("search: knn", "25.0 s", "25 %"),
        ("scoring", "74.9 s", "75 %"),
        ("all", "100 s", "100 %"),
    ]
    assert lines(table)[0][3].startswith("candidates fitted and scored on folds")


def test_time_outside_all_stages_is_told() -> None:
    """So that the shares add up."""
    assert ("the rest", "40.0 s", "40 %", "between the stages above") in lines(
        stages(results_of(("scoring", 60.0)))
    )


def test_every_stage_of_the_runner_has_words() -> None:
    """Those of its rounds by the names it gives them."""
    names = ["data on disk", "search: knn", *ROUNDS.values(), OWN, "scoring"]
    shown = lines(stages(results_of(*((name, 1.0) for name in names))))
    assert all(len(line) == 4 and line[3] for line in shown[: len(names)])


def test_a_stage_of_another_name_is_shown_without_words() -> None:
    """A later runner may record others."""
    assert lines(stages(results_of(("napping", 100.0))))[0] == ("napping", "100 s", "100 %")


def test_a_run_that_went_on_says_which_part_this_is() -> None:
    """Its wall time is that of the last session."""
    assert "last session" in stages(results_of(("scoring", 100.0), n_sessions=2)).note
    assert stages(results_of(("scoring", 100.0))).note == ""


@pytest.mark.parametrize("peaks", [{}, {"worker": 2**20, "main": 2**30}])
def test_memory_is_shown_where_it_is_known(peaks: dict[str, int]) -> None:
    """A row a kind of process."""
    table = memory(results_of(("scoring", 100.0), peak_memory=peaks))
    if not peaks:
        assert table is None
        return
    assert table is not None
    assert lines(table) == [("main", "1.00 GiB"), ("worker", "1.00 MiB")]
