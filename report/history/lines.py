"""The history for a terminal: a table as lines of text, and the same as JSON."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from tunecard.report import formats
from tunecard.report.history import texts
from tunecard.report.history.breaks import Break
from tunecard.report.history.trend import Group, Mark
from tunecard.report.history.types import HistoryEntry, Left, Model, started

_HEADS = ("run", "model", "verdict", "", "fit", "predict", "outside the band", "changed")
_RIGHT = (4, 5)


def to_lines(groups: Sequence[Group], left: Sequence[Left]) -> str:
    """Write the runs as a table, the newest first.

    Parameters
    ----------
    groups : sequence of Group
        Those to list.
    left : sequence of Left
        Folders that hold no run to list.

    Returns
    -------
    str
        Lines of text without control characters.
    """
    blocks = [_table(group) for group in groups]
    if left:
        rows = [(folder.run, folder.state, folder.reason) for folder in left]
        blocks.append("\n".join(["left out", *_aligned(rows)]))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _table(group: Group) -> str:
    run = group.newest
    heads = list(_HEADS)
    heads[3] = next((m.label for m in run.measures if m.name == run.metric), run.metric)
    breaks = {break_.run: break_ for break_ in group.breaks}
    rows: list[tuple[str, ...]] = [tuple(heads)]
    for entry in group.runs:
        marks = group.marks.get(entry.run, ())
        rows += _rows(entry, run.metric, marks, breaks.get(entry.run))
    count = formats.counted(len(group.runs), "run")
    head = f"{texts.group_name(run)}: {count}"
    # A column that is empty for all runs is left out.
    nothing = ("", formats.NONE)
    shown = [i for i in range(len(heads)) if any(row[i] not in nothing for row in rows[1:])]
    right = {place for place, i in enumerate(shown) if i in _RIGHT}
    lines = _aligned([tuple(row[i] for i in shown) for row in rows], right)
    return "\n".join([_plain(head), *lines, _plain(texts.newest(group))])


def _rows(
    run: HistoryEntry, metric: str, marks: Sequence[Mark], changed: Break | None
) -> Iterable[tuple[str, ...]]:
    """Yield one line per model; the run's own cells stand in the first."""
    kinds = formats.listed(list(changed.kinds)) if changed else ""
    for number, model in enumerate(run.models):
        own = texts.counts([mark for mark in marks if mark.model == model.name])
        fit, predict = _seconds(model)
        yield (
            run.run if number == 0 else "",
            model.name,
            model.word,
            texts.scores(model, metric),
            fit,
            predict,
            own,
            kinds if number == 0 else "",
        )


def _seconds(model: Model) -> tuple[str, str]:
    case = model.cases.get("tuned") or model.cases.get("baseline")
    if case is None:
        return formats.NONE, formats.NONE
    return formats.seconds(case.fit), formats.seconds(case.predict)


def _aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Set cells below each other, two spaces apart; those of some columns flush right."""
    clean = [[_plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in clean) for i in range(len(clean[0]))]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in clean
    ]


def _plain(text: str) -> str:
    r"""Write characters that would act on a terminal as their escapes.

    Examples
    --------
    >>> _plain("red\x1b[31m")
    'red\\u001b[31m'
    """
    spaced = text.replace(formats.SPACE, " ").replace(formats.THIN, " ")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in spaced)


def to_data(
    groups: Sequence[Group], left: Sequence[Left], pages: frozenset[str]
) -> dict[str, Any]:
    """Return everything for JSON: raw numbers, seconds, no rounding.

    Parameters
    ----------
    groups : sequence of Group
        Those to list.
    left : sequence of Left
        Folders that hold no run to list.
    pages : frozenset of str
        Names of the runs that have a page.

    Returns
    -------
    dict
        ``studies``, each with its ``runs``, the newest first; ``left_out``.
    """
    return {
        "studies": [_group_data(group, pages) for group in groups],
        "left_out": [
            {"run": folder.run, "state": folder.state, "reason": folder.reason}
            for folder in left
        ],
    }


def _group_data(group: Group, pages: frozenset[str]) -> dict[str, Any]:
    run = group.newest
    breaks = {break_.run: break_ for break_ in group.breaks}
    return {
        "study": run.study,
        "dataset": run.dataset,
        "subset": run.subset or None,
        "runs": [
            {
                **entry.model_dump(mode="json", exclude={"study", "dataset", "subset"}),
                "started": f"{started(entry.run).replace(' ', 'T')}Z",
                "page": f"{entry.run}/report.html" if entry.run in pages else None,
                "changed": _changes(breaks.get(entry.run)),
                "outside": [_mark(mark) for mark in group.marks.get(entry.run, ())],
            }
            for entry in group.runs
        ],
    }


def _changes(changed: Break | None) -> list[dict[str, str]]:
    if changed is None:
        return []
    return [
        {
            "part": change.kind,
            "name": change.name,
            "before": change.before,
            "after": change.after,
        }
        for change in changed.changes
    ]


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "model": mark.model,
        "variant": mark.variant,
        "measure": mark.panel.name,
        "word": mark.word,
        "value": mark.value,
        "median": mark.band.median,
        "low": mark.band.low,
        "high": mark.band.high,
        "runs_before": mark.band.n_runs,
    }
