"""The tables of the history: overview, runs, changes, marks, folders left out."""

from collections.abc import Sequence

from tunecard.report import formats
from tunecard.report.history import texts
from tunecard.report.history.breaks import Break
from tunecard.report.history.trend import Group, Mark
from tunecard.report.history.types import HistoryCase, HistoryEntry, Left, Model, started
from tunecard.report.view.tables import row
from tunecard.report.view.types import Cell, Column, Row, Table
from tunecard.report.view.words import LOOKS

PAGE = "report.html"
#: Models that the list of runs has columns for, and rows before the fold.
MOST_MODELS, NEWEST = 3, 10
MOST_BREAKS = 12
_MOST_LEFT = 200
_OUTSIDE, _CHANGED = "Outside the band", "Changed"
_KINDS = {"damaged": "damaged", "unfinished": "not finished", "running": "running now"}


def run_cell(run: str, pages: frozenset[str]) -> Cell:
    """Name a run by its time; a link where it has a page."""
    return Cell(started(run), href=f"{run}/{PAGE}" if run in pages else "")


def overview(
    groups: Sequence[Group], anchors: Sequence[str], pages: frozenset[str]
) -> Table | None:
    """List the studies with their newest run; None without any.

    ``anchors`` are the ids of the groups that have a section, from the first on.
    """
    if not groups:
        return None
    rows = []
    for number, group in enumerate(groups):
        run = group.newest
        words = "; ".join(f"{texts.short(m.label)}: {m.word}" for m in run.models[:4])
        outside = len(group.marks.get(run.run, ())) if group.has_band else None
        rows.append(
            row(
                (
                    Cell(
                        texts.group_name(run),
                        href=f"#{anchors[number]}" if number < len(anchors) else "",
                    ),
                    run_cell(run.run, pages),
                    Cell(formats.count(len(group.runs)), value=str(len(group.runs))),
                    Cell(words),
                    Cell(
                        formats.count(outside),
                        value="" if outside is None else str(outside),
                    ),
                )
            )
        )
    return Table(
        id="table-overview",
        caption="Each study with its newest run",
        columns=(
            Column("Study"),
            Column("Newest run, UTC"),
            Column("Runs", number=True),
            Column("Verdicts of the newest"),
            Column("Values outside the band", number=True),
        ),
        rows=tuple(rows),
        sortable=len(rows) > 1,
    )


def runs_tables(
    group: Group, pages: frozenset[str], group_id: str, most: int
) -> tuple[Table, Table | None]:
    """List a group's runs, the newest first: those to show at once, and the older ones.

    Parameters
    ----------
    group : Group
        The runs.
    pages : frozenset of str
        Runs that have a page.
    group_id : str
        Id of its section.
    most : int
        Cells that the page has room for.
    """
    names = group.newest.models[:MOST_MODELS]
    heads = _heads(group, names)
    room = max(most // len(heads), NEWEST)
    breaks = {break_.run: break_ for break_ in group.breaks}
    rows = tuple(
        _row(
            run,
            (group.newest.metric, names),
            group.marks.get(run.run, ()),
            breaks.get(run.run),
            pages,
        )
        for run in group.runs[:room]
    )
    note = _note(group, len(rows))
    # A column that is empty for all runs is left out.
    nothing = ("", formats.NONE)
    shown = [
        i
        for i in range(len(heads))
        if any(row.cells[i].text not in nothing for row in rows)
    ]
    heads = tuple(heads[i] for i in shown)
    rows = tuple(Row(tuple(row.cells[i] for i in shown)) for row in rows)
    split = len(rows) > NEWEST + 5
    first = rows[:NEWEST] if split else rows
    older = None
    if split:
        older = Table(
            id=f"{group_id}-older",
            caption=f"{formats.counted(len(rows) - NEWEST, 'older run')}",
            columns=heads,
            rows=rows[NEWEST:],
            note=note,
            sortable=True,
            long=True,
        )
    caption = f"The newest {len(first)} runs" if split else "The runs, the newest first"
    return (
        Table(
            f"{group_id}-runs", caption, heads, first,
            note="" if split else note, sortable=len(first) > 1,
        ),
        older,
    )  # fmt: skip


def _heads(group: Group, names: Sequence[Model]) -> tuple[Column, ...]:
    run = group.newest
    label = next((m.label for m in run.measures if m.name == run.metric), run.metric)
    metric = formats.capital(label)
    heads = [Column("Run, UTC"), Column(_OUTSIDE), Column(_CHANGED)]
    for model in names:
        label = formats.capital(texts.short(model.label))
        heads += [
            Column("Verdict", group=label),
            Column(metric, number=True, group=label),
            Column("Corrected gain", number=True, group=label),
            Column("Fit", number=True, group=label),
            Column("Predict", number=True, group=label),
        ]
    return (*heads, Column("Commit"))


def _row(
    run: HistoryEntry,
    shown: tuple[str, Sequence[Model]],
    marks: Sequence[Mark],
    changed: Break | None,
    pages: frozenset[str],
) -> Row:
    kinds = formats.listed(list(changed.kinds)) if changed else ""
    cells = [run_cell(run.run, pages), Cell(texts.counts(marks)), Cell(kinds)]
    own = {model.name: model for model in run.models}
    metric, names = shown
    for name in names:
        model = own.get(name.name)
        if model is None:
            cells += [Cell("not in this run"), *(Cell("") for _ in range(4))]
            continue
        case = model.cases.get("tuned") or model.cases.get("baseline")
        score = case.metrics.get(metric) if case else None
        cells += [
            _word(model.word),
            Cell(texts.scores(model, metric), value=_key(score)),
            Cell(model.gain_text, value=_key(model.gain)),
            _time(case, "fit"),
            _time(case, "predict"),
        ]
    return Row((*cells, Cell(run.commit)))


def _word(word: str) -> Cell:
    tone, sign = LOOKS[word]
    return Cell(word, tone=tone, sign=sign)


def _time(case: HistoryCase | None, operation: str) -> Cell:
    seconds = None if case is None else (case.fit if operation == "fit" else case.predict)
    return Cell(formats.seconds(seconds), value=_key(seconds))


def _key(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _note(group: Group, shown: int) -> str:
    notes = ["Fit and Predict: one call of the tuned case."]
    if group.breaks:
        notes.insert(0, f"{_CHANGED}: since the run before it.")
    if not group.has_band:
        notes.append(f"{texts.no_range(texts.comparable(group))}.")
    elif not group.marks:
        notes.append("No value is outside the band.")
    more = len(group.newest.models) - MOST_MODELS
    if more > 0:
        notes.append(
            f"{formats.counted(more, 'more model')} on the page of each run, and in "
            "'tunecard history'."
        )
    if shown < len(group.runs):
        older = formats.counted(len(group.runs) - shown, "older run")
        notes.append(f"{older} in 'tunecard history --study {group.newest.study}'.")
    return " ".join(notes)


def breaks_table(group: Group, pages: frozenset[str], group_id: str) -> Table | None:
    """List what changed and when, the newest first; None where nothing did."""
    if not group.breaks:
        return None
    numbered = list(enumerate(group.breaks, start=1))[-MOST_BREAKS:]
    rows = tuple(
        row(
            (
                str(number),
                run_cell(break_.run, pages),
                formats.listed(list(break_.kinds)),
                texts.changes(break_.changes),
            )
        )
        for number, break_ in reversed(numbered)
    )
    left = len(group.breaks) - len(rows)
    return Table(
        id=f"{group_id}-breaks",
        caption="What changed, and from which run on",
        columns=(
            Column("Break"),
            Column("From the run, UTC"),
            Column("Changed"),
            Column("Before and after"),
        ),
        rows=rows,
        note=f"{formats.counted(left, 'earlier change')} not listed." if left else "",
    )


def marks_table(
    group: Group, pages: frozenset[str], group_id: str, most: int
) -> Table | None:
    """List the values outside the band, the newest first; None where there is none."""
    marks = [mark for run in group.runs for mark in group.marks.get(run.run, ())]
    shown = marks[:most]
    if not shown:
        return None
    rows = tuple(
        row(
            (
                run_cell(mark.run, pages),
                Cell(f"{texts.short(mark.label)}, {mark.variant}"),
                Cell(formats.capital(mark.panel.label)),
                Cell(texts.value(mark.panel, mark.value)),
                Cell(texts.value(mark.panel, mark.band.median)),
                Cell(
                    f"{texts.value(mark.panel, mark.band.low)} to "
                    f"{texts.value(mark.panel, mark.band.high)}"
                ),
                _word(mark.word),
            )
        )
        for mark in shown
    )
    left = len(marks) - len(shown)
    return Table(
        id=f"{group_id}-marks",
        caption=f"Values outside the band: {formats.count(len(marks))}",
        columns=(
            Column("Run, UTC"),
            Column("Case"),
            Column("Measure"),
            Column("Value", number=True),
            Column("Median", number=True),
            Column("Band", number=True),
            Column("Meaning"),
        ),
        rows=rows,
        note=f"{formats.counted(left, 'earlier value')} not listed." if left else "",
        long=True,
    )


def left_table(left: Sequence[Left]) -> Table | None:
    """List the folders that hold no run to list, each with its reason."""
    if not left:
        return None
    rows = tuple(
        row((folder.run, _KINDS[folder.state], folder.reason))
        for folder in left[:_MOST_LEFT]
    )
    more = len(left) - len(rows)
    return Table(
        id="table-left",
        caption="Folders that are not in the trends",
        columns=(Column("Folder"), Column("State"), Column("Why")),
        rows=rows,
        note=f"{formats.counted(more, 'older folder')} not listed." if more else "",
    )
