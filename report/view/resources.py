"""The view of what the whole run took: wall time a stage, memory a kind of process."""

from collections.abc import Mapping
from typing import Final

from tunecard.report import formats
from tunecard.report.view.tables import cell, columns, row, without_empty
from tunecard.report.view.types import Row, Table
from tunecard.runner.schema import Results

#: What the stages are that the runner records, by how their names begin. A name that
#: is not among them stands without words.
_STAGES: Final[Mapping[str, str]] = {
    "data on disk": "the rows are written where every process can map them",
    "search": "candidates fitted and scored on folds of the training rows",
    "timing and predicting": (
        "rounds of fit and predict in fresh processes, and the passes for quality"
    ),
    "timing: fit and predict": "the calls that all times on this page rest on",
    "timing: warm-ups": "calls that do not count, and garbage collected between calls",
    "latency": "single calls of predict, one after another",
    "quality": "what the timed calls do not give, computed once and not timed",
    "workers: start": "each case of each round is a fresh process",
    "workers: import": "loading the estimators' library in each worker",
    "workers: data": "the rows are mapped in each worker",
    "calibration kernel": "the fixed work that shows how steady the machine was",
    "own work": "Tunecard itself",
    "scoring": "metrics are computed from the predictions",
}
#: Wall time outside all stages is shown from this share of the whole on.
_LEAST_REST: Final = 0.005


def stages(results: Results) -> Table:
    """Show where the wall time went: each stage that was recorded, and its share."""
    whole = results.wall_seconds
    rows = [
        _stage(stage.name, stage.wall_seconds, whole, _meaning(stage.name))
        for stage in results.stages
    ]
    rest = whole - sum(stage.wall_seconds for stage in results.stages)
    if results.stages and rest > _LEAST_REST * whole:
        rows.append(_stage("the rest", rest, whole, "between the stages above"))
    rows.append(_stage("all", whole, whole, "", "chosen"))
    again = "The run was stopped and resumed; this is its last session."
    return without_empty(
        Table(
            id="table-stages",
            caption="Where the wall time went",
            columns=columns("Stage", "#Wall time", "#Share", "What it is"),
            rows=tuple(rows),
            note=again if results.n_sessions > 1 else "",
        )
    )


def _stage(name: str, seconds: float, whole: float, meaning: str, role: str = "") -> Row:
    share = seconds / whole if whole > 0 else None
    return row(
        (
            name,
            cell(formats.seconds(seconds), seconds),
            cell(formats.percent(share), share),
            meaning,
        ),
        role,
    )


def _meaning(name: str) -> str:
    """Describe a stage, by the longest matching beginning of its name."""
    beginnings = [begin for begin in _STAGES if name.startswith(begin)]
    return _STAGES[max(beginnings, key=len)] if beginnings else ""


def memory(results: Results) -> Table | None:
    """Show the highest memory of each kind of process; None where it was not measured."""
    if not results.peak_memory:
        return None
    return Table(
        id="table-peak-memory",
        caption="Highest resident memory of each kind of process",
        columns=columns("Process", "#Memory"),
        rows=tuple(
            row((kind, cell(formats.size(size), size)))
            for kind, size in sorted(results.peak_memory.items())
        ),
    )
