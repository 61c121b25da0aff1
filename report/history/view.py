"""History -> PageView: all texts of the page, as strings."""

import shlex
from collections.abc import Sequence

from tunecard.report import formats
from tunecard.report.history import texts
from tunecard.report.history.figures import figure, points_of
from tunecard.report.history.legend import legend_sign, legend_signs
from tunecard.report.history.lists import (
    breaks_table,
    left_table,
    marks_table,
    overview,
    runs_tables,
)
from tunecard.report.history.page_types import FigureView, GroupView, PageView
from tunecard.report.history.read import History
from tunecard.report.history.trend import VARIANTS, Group, group_runs
from tunecard.report.history.types import started

#: What a page has room for below 3 MB: sections, figures, cells of lists, listed marks.
MOST_GROUPS, MOST_FIGURES, MOST_CELLS, MOST_MARKS = 100, 30, 16_000, 600
#: Marks that one group lists.
_GROUP_MARKS = 40


def page_view(history: History, folder_name: str) -> PageView:
    """View a history.

    Parameters
    ----------
    history : History
        The runs.
    folder_name : str
        What the reports folder is called, for commands to copy.

    Returns
    -------
    PageView
    """
    groups = group_runs(history.entries)
    shown = groups[:MOST_GROUPS]
    anchors = [f"group-{number}" for number in range(1, len(shown) + 1)]
    drawn = _drawn(shown)
    points = points_of(drawn)
    views: list[GroupView] = []
    n_figures = n_cells = n_marks = 0
    for anchor, group in zip(anchors, shown, strict=True):
        figures: tuple[FigureView, ...] = ()
        if group in drawn:
            figures = _figures(group, anchor, n_figures, points)
        n_figures += len(figures)
        views.append(
            _group(
                group,
                history,
                anchor,
                figures,
                cells=max(MOST_CELLS - n_cells, 0),
                marks=min(_GROUP_MARKS, max(MOST_MARKS - n_marks, 0)),
                folder_name=folder_name,
            )
        )
        tables = (views[-1].runs, views[-1].older)
        n_cells += sum(len(t.rows) * len(t.columns) for t in tables if t)
        n_marks += len(views[-1].marks.rows) if views[-1].marks else 0
    return PageView(
        title="Runs over time",
        dataset=_facts(history, groups),
        banners=(),
        overview=overview(groups, anchors, history.pages),
        groups=tuple(views),
        more=_more(len(groups) - len(shown)),
        rule=texts.rule(),
        legend=(
            *((legend_sign(variant), variant) for variant in VARIANTS),
            *legend_signs(),
        ),
        left=left_table(history.left),
    )


def _drawn(groups: Sequence[Group]) -> list[Group]:
    """Choose the groups whose trends are drawn: from the newest, while there is room."""
    chosen: list[Group] = []
    n_figures = 0
    for group in groups:
        n_figures += len(group.models)
        if len(group.runs) > 1 and (n_figures <= MOST_FIGURES or not chosen):
            chosen.append(group)
    return chosen


def _figures(group: Group, anchor: str, before: int, points: int) -> tuple[FigureView, ...]:
    models = [model for model in group.models if model.panels][:MOST_FIGURES]
    return tuple(
        figure(
            model,
            group,
            chart_id=f"{anchor}-trend-{position}",
            number=before + position,
            points=points,
        )
        for position, model in enumerate(models, start=1)
    )


def _group(
    group: Group,
    history: History,
    anchor: str,
    figures: tuple[FigureView, ...],
    *,
    cells: int,
    marks: int,
    folder_name: str,
) -> GroupView:
    run = group.newest
    first, last = started(group.runs[-1].run)[:10], started(run.run)[:10]
    runs, older = runs_tables(group, history.pages, anchor, cells)
    return GroupView(
        id=anchor,
        title=run.title,
        facts=(
            texts.group_name(run),
            run.dataset_title,
            formats.counted(len(group.runs), "run"),
            first if first == last else f"{first} to {last}",
        ),
        newest=texts.newest(group),
        figures=figures,
        absent=_absent(group, figures),
        compare=_compare(group, folder_name),
        breaks=breaks_table(group, history.pages, anchor),
        marks=marks_table(group, history.pages, anchor, marks) if marks else None,
        runs=runs,
        older=older,
    )


def _absent(group: Group, figures: Sequence[FigureView]) -> str:
    if figures:
        return ""
    if len(group.runs) == 1:
        return "One run has no trend; a second one draws it."
    if not any(model.panels for model in group.models):
        return "No run has a value to draw."
    return (
        f"The page draws {MOST_FIGURES} figures, and other studies have newer runs. "
        f"'tunecard history --study {group.newest.study} --json' has the numbers."
    )


def _compare(group: Group, folder_name: str) -> str:
    if len(group.runs) < 2:
        return ""
    newest, before = group.runs[0].run, group.runs[1].run
    names = [f"{folder_name}/{name}" for name in (before, newest)]
    return shlex.join(["tunecard", "compare", *names])


def _facts(history: History, groups: Sequence[Group]) -> tuple[str, ...]:
    facts = [
        formats.counted(len(history.entries), "run"),
        formats.counted(len(groups), "study", "studies"),
    ]
    if history.entries:
        facts.append(f"the newest of {started(history.entries[0].run)} UTC")
    if history.left:
        facts.append(f"{formats.counted(len(history.left), 'folder')} left out")
    return tuple(facts)


def _more(number: int) -> str:
    if not number:
        return ""
    studies = formats.counted(number, "more study", "more studies")
    return f"{studies} in the table above alone; 'tunecard history' lists all runs."
