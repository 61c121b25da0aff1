"""The CSV files: metrics and candidates in full precision, tables of own sections."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, CaseAnalysis
from tunecard.report.stats.interval import Interval
from tunecard.report.view import ReportView
from tunecard.report.view.types import PlainContent, Table

_Value: TypeAlias = str | int | float | None

METRICS_HEADER = (
    "run_id", "model", "variant", "part", "metric", "class", "unit", "value", "low", "high",
    "level", "method",
)  # fmt: skip
CANDIDATES_HEADER = (
    "run_id", "model", "candidate", "eligible", "chosen", "status", "params", "fold",
    "score", "rank", "cpu_seconds_all_folds", "reason",
)  # fmt: skip
HALVING_HEADER = ("iteration", "resources")


def metrics_csv(analysis: Analysis, run_id: str) -> str:
    """Write every metric and time of every case in long form.

    Metrics are fractions, times seconds a call; ``low`` and ``high`` are the ends
    of the interval where there is one.
    """
    if analysis.seeds is not None:
        return _write((*METRICS_HEADER, "seed"), _of_seeds(analysis, run_id))
    return _write(METRICS_HEADER, _metrics(analysis, run_id))


def _of_seeds(analysis: Analysis, run_id: str) -> Iterator[tuple[_Value, ...]]:
    """Write the means over the seeds, which have none, then each seed."""
    assert analysis.seeds is not None  # the caller has checked it
    parts: list[tuple[int | None, Analysis]] = [(None, analysis)]
    parts += zip(analysis.seeds.seeds, analysis.seeds.analyses, strict=True)
    for seed, part in parts:
        for row in _metrics(part, run_id):
            yield (*row, seed)


def _metrics(analysis: Analysis, run_id: str) -> list[tuple[_Value, ...]]:
    rows = [
        (run_id, case.model, case.variant, *values)
        for case in analysis.cases
        for values in _case(case)
    ]
    changes = [
        (run_id, model.name, "change", "test", change.spec.name, "", change.spec.unit,
         change.delta, *_ends(change.interval))
        for model in analysis.models
        if model.quality is not None
        for change in model.quality.metrics
    ]  # fmt: skip
    ratios = [
        (run_id, model.name, "ratio", "", time.operation, "", "tuned / baseline",
         time.ratio, *_ends(time.interval))
        for model in analysis.models
        for time in model.times
    ]  # fmt: skip
    ratios += [
        (run_id, model.name, "ratio", "", time.operation, "", "tuned / baseline, CPU time",
         time.cpu.ratio, *_ends(time.cpu.interval))
        for model in analysis.models
        for time in model.times
        if time.cpu is not None
    ]  # fmt: skip
    gains = [
        (run_id, model.name, "gain", part, gain.metric.name, "", gain.metric.unit,
         step.value, *_ends(step.interval))
        for model in analysis.models
        if model.search is not None and (gain := model.search.gain) is not None
        for part, step in (("folds", gain.cv), ("folds, corrected", gain.corrected))
        if step.value is not None
    ]  # fmt: skip
    return [*rows, *changes, *gains, *ratios, *_engines(analysis, run_id)]


def _engines(analysis: Analysis, run_id: str) -> Iterator[tuple[_Value, ...]]:
    """Write the second model of each pair of engines, against the first."""
    for engine in analysis.engines:
        head, engines = (
            (run_id, engine.models[1], engine.variant),
            " / ".join(engine.engines[::-1]),
        )
        for time in engine.times:
            yield (
                *head, "engines", time.operation, "", engines, time.ratio,
                *_ends(time.interval),
            )  # fmt: skip
        if engine.n_same is not None and engine.n_rows:
            share = engine.n_same / engine.n_rows
            what = "same value" if engine.of_values else "same label"
            yield (*head, "engines", what, "", "", share, *_ends(None))


def candidates_csv(analysis: Analysis, run_id: str) -> str:
    """Write every candidate of every search, one fold a row.

    A candidate of a halving search has its folds once for each of its iterations.
    With several seeds the last column is the seed of the search.
    """
    parts: list[tuple[int | None, Analysis]] = [(None, analysis)]
    if analysis.seeds is not None:
        parts = list(zip(analysis.seeds.seeds, analysis.seeds.analyses, strict=True))
    rows = [(*row, seed) for seed, part in parts for row in _candidates(part, run_id)]
    header: tuple[str, ...] = (*CANDIDATES_HEADER, *HALVING_HEADER, "seed")
    models = [model for _, part in parts for model in part.models]
    left_out = set()
    if not any(model.search and model.search.halving for model in models):
        left_out |= set(HALVING_HEADER)
    if analysis.seeds is None:
        left_out.add("seed")
    kept = [number for number, name in enumerate(header) if name not in left_out]
    return _write(
        [header[number] for number in kept], [[row[i] for i in kept] for row in rows]
    )


def own_tables(view: ReportView) -> tuple[Table, ...]:
    """Return the tables of the sections that the default templates show."""
    contents = [section.content for section in view.sections]
    plain = [content for content in contents if isinstance(content, PlainContent)]
    return tuple(table for content in plain for table in content.tables)


def table_csv(table: Table) -> str:
    """Write a table of the page: of each cell what it sorts by, or else its text."""
    heads = [
        ", ".join(filter(None, (column.group, column.label))) for column in table.columns
    ]
    return _write(
        heads, [[cell.value or cell.text for cell in row.cells] for row in table.rows]
    )


def _case(case: CaseAnalysis) -> Iterator[tuple[_Value, ...]]:
    for metric in case.metrics:
        name, unit = metric.spec.name, metric.spec.unit
        yield ("test", name, "", unit, metric.test, *_ends(metric.interval))
        yield ("train", name, "", unit, metric.train, *_ends(None))
    for quality in case.per_class:
        for name in ("precision", "recall", "f1"):
            yield ("test", name, quality.name, "", getattr(quality, name), *_ends(None))
    for operation, times in case.times.items():
        yield ("", operation, "", "s", times.seconds, *_ends(None))


def _candidates(analysis: Analysis, run_id: str) -> Iterator[tuple[_Value, ...]]:
    for model in analysis.models:
        if model.search is None:
            continue
        for candidate in model.search.candidates:
            for fold, score in enumerate(candidate.scores, start=1):
                yield (
                    run_id, model.name, candidate.index, _yes(candidate.eligible),
                    _yes(candidate.index == model.search.best.index), candidate.status,
                    json.dumps(candidate.params, sort_keys=True), fold, score,
                    candidate.rank, candidate.cpu_seconds, candidate.reason,
                    candidate.iteration, candidate.resources,
                )  # fmt: skip


def _yes(value: bool) -> str:  # noqa: FBT001  # it is the value, not a switch
    return "yes" if value else "no"


def _write(header: Sequence[str], rows: Iterable[Sequence[_Value]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    return buffer.getvalue()


def _safe(value: _Value) -> str:
    """Write a value; text that a spreadsheet would run as a formula gets an apostrophe.

    Examples
    --------
    >>> _safe("=1+1"), _safe(-0.5), _safe(None)
    ("'=1+1", '-0.5', '')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    value = formats.whole(value)
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _ends(interval: Interval | None) -> tuple[_Value, ...]:
    if interval is None:
        return (None, None, None, "")
    return (interval.low, interval.high, interval.level, interval.method)
