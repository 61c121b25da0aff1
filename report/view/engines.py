"""The view of engines: the same model on two of them, its times and its predictions."""

from dataclasses import replace
from itertools import groupby

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, EngineComparison, TimeComparison
from tunecard.report.stats.interval import Interval
from tunecard.report.view.tables import cell, columns, row, without_empty
from tunecard.report.view.types import Cell, EnginesPart, Table
from tunecard.report.view.words import LOOKS, time_word

_TIMES = (
    "Seconds of one call, median over rounds. Speed-up is the mean of the rounds' own "
    "ratios, on a logarithmic scale, with its 95 % interval; verdicts follow the rule of "
    "the section on time."
)
_OTHER = "Each engine's search chose its own parameters; they differ in: "
_AGREEMENT = "Test rows that get the same label from both, whether it is right or wrong."
_SEEDS = (
    "Accuracies are means over the seeds; the number of rows with the same label is on "
    "the page of each seed."
)


def engine_parts(analysis: Analysis) -> tuple[EnginesPart, ...]:
    """View what runs on two engines, a part for each pair of them; empty without any."""
    comparisons = sorted(analysis.engines, key=lambda engine: engine.engines)
    return tuple(
        _part(engines, list(of_pair), number, seeds=analysis.seeds is not None)
        for number, (engines, of_pair) in enumerate(
            groupby(comparisons, key=lambda comparison: comparison.engines), start=1
        )
    )


def _part(
    engines: tuple[str, str],
    compared: list[EngineComparison],
    number: int,
    *,
    seeds: bool,
) -> EnginesPart:
    first, second = engines
    return EnginesPart(
        title=f"{formats.capital(second)} against {first}",
        times=_times(engines, compared, f"table-engines-{number}-times"),
        agreement=_agreement(
            engines, compared, f"table-engines-{number}-agreement", seeds=seeds
        ),
    )


def _times(
    engines: tuple[str, str], compared: list[EngineComparison], table_id: str
) -> Table:
    heads = [
        (group, head)
        for group in ("Fit", "Predict")
        for head in (f"#{engines[0]}", f"#{engines[1]}", "#Speed-up", "#95 % interval")
    ]
    unlike = [_case(comparison) for comparison in compared if not comparison.alike]
    note = f"{_TIMES} {_OTHER}{formats.listed(unlike)}." if unlike else _TIMES
    return Table(
        id=table_id,
        caption="Times",
        columns=columns("Model", *heads),
        rows=tuple(
            row(
                (
                    _name(comparison),
                    *_of(comparison.time("fit")),
                    *_of(comparison.time("predict")),
                )
            )
            for comparison in compared
        ),
        note=note,
    )


def _of(time: TimeComparison | None) -> tuple[Cell, ...]:
    """Write one operation: both times, how many times as fast, its interval."""
    if time is None:
        return tuple(cell(formats.NONE) for _ in range(4))
    if time.ratio is None or time.indistinct or time.cpu is not None:
        return (
            cell(formats.seconds(time.baseline), time.baseline),
            cell(formats.seconds(time.tuned), time.tuned),
            cell(_open_word(time), tone=LOOKS[time.word][0]),
            cell(formats.NONE),
        )
    speed_up, ends = 1 / time.ratio, formats.NONE
    if time.interval is not None:
        ends = formats.ratio_interval(1 / time.interval.high, 1 / time.interval.low)
    return (
        cell(formats.seconds(time.baseline), time.baseline),
        cell(formats.seconds(time.tuned), time.tuned),
        cell(
            f"{formats.ratio(speed_up)}{formats.SPACE}{LOOKS[time.word][1]}"
            f"{formats.SPACE}{time_word(time)}",
            speed_up,
            tone=LOOKS[time.word][0],
        ),
        cell(ends),
    )


def _open_word(time: TimeComparison) -> str:
    """Write what is open, and the speed-up in CPU time where that decides."""
    if time.cpu is None:
        return time.word
    ends = Interval(1 / time.cpu.interval.high, 1 / time.cpu.interval.low)
    return time_word(
        replace(time, cpu=replace(time.cpu, ratio=1 / time.cpu.ratio, interval=ends))
    )


def _agreement(
    engines: tuple[str, str],
    compared: list[EngineComparison],
    table_id: str,
    *,
    seeds: bool,
) -> Table:
    table = Table(
        id=table_id,
        caption="Predictions",
        columns=columns(
            "Model",
            "#Same value" if any(each.of_values for each in compared) else "#Same label",
            "#Rows that differ",
            "#Test rows",
            f"#Accuracy, {engines[0]}",
            f"#Accuracy, {engines[1]}",
        ),
        rows=tuple(
            row(
                (
                    _name(comparison),
                    *_same(comparison),
                    cell(formats.metric(comparison.accuracy[0]), comparison.accuracy[0]),
                    cell(formats.metric(comparison.accuracy[1]), comparison.accuracy[1]),
                )
            )
            for comparison in compared
        ),
        note=_SEEDS if seeds else _AGREEMENT,
    )
    return without_empty(table)


def _same(comparison: EngineComparison) -> tuple[Cell, ...]:
    if comparison.n_same is None or not comparison.n_rows:
        return tuple(cell(formats.NONE) for _ in range(3))
    share, differing = (
        comparison.n_same / comparison.n_rows,
        comparison.n_rows - comparison.n_same,
    )
    return (
        cell(formats.percent(share), share),
        cell(formats.count(differing), differing),
        cell(formats.count(comparison.n_rows), comparison.n_rows),
    )


def _name(comparison: EngineComparison) -> str:
    return f"{formats.capital(comparison.label)}, {comparison.variant}"


def _case(comparison: EngineComparison) -> str:
    return f"{comparison.label}, {comparison.variant}"
