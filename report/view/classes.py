"""The view of the classes: their metrics and their confusion matrices."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, ClassChange, ModelAnalysis
from tunecard.report.charts import class_change, confusion_change, confusion_matrix
from tunecard.report.view.tables import cell, columns, figure, row
from tunecard.report.view.types import Figure, Row, Table
from tunecard.runner.schema import ClassQuality

#: Tables of classes longer than this are folded away.
LONG = 12


def classes_table(model: ModelAnalysis) -> Table | None:
    """Make the table of classes, both cases side by side where they compare."""
    if model.quality is not None and model.quality.per_class:
        heads = [
            (group, label)
            for group in ("Precision", "Recall", "F1")
            for label in ("#Baseline", "#Tuned", "#Change")
        ]
        rows = [_class_change(change) for change in model.quality.per_class]
    else:
        case = next((case for case in model.cases if case.per_class), None)
        if case is None:
            return None
        heads = [("", f"#{label}") for label in ("Precision", "Recall", "F1")]
        rows = [_class(quality) for quality in case.per_class]
    return Table(
        id=f"table-classes-{model.name}",
        caption="Precision, recall and F1 of each class",
        columns=columns("Class", "#Test rows", *heads),
        rows=tuple(rows),
        sortable=True,
        long=len(rows) > LONG,
        note=_note(model),
    )


def _note(model: ModelAnalysis) -> str:
    """Name the unit of the changes."""
    return "" if model.quality is None else "Changes are in percentage points."


def _class_change(change: ClassChange) -> Row:
    cells = [cell(change.name), cell(formats.count(change.support), change.support)]
    for before, after, delta in (
        (change.baseline.precision, change.tuned.precision, change.precision_delta),
        (change.baseline.recall, change.tuned.recall, change.recall_delta),
        (change.baseline.f1, change.tuned.f1, change.f1_delta),
    ):
        cells += [
            cell(formats.metric(before), before),
            cell(formats.metric(after), after),
            cell(formats.points(delta), delta),
        ]
    return row(cells)


def _class(quality: ClassQuality) -> Row:
    values = (quality.precision, quality.recall, quality.f1)
    return row(
        [
            cell(quality.name),
            cell(formats.count(quality.support), quality.support),
            *(cell(formats.metric(value), value) for value in values),
        ]
    )


def matrices(
    model: ModelAnalysis, analysis: Analysis, numbers: Iterator[int]
) -> Iterator[Figure]:
    """Draw the confusion matrix of each case that has one."""
    for case in model.cases:
        if case.confusion is not None:
            chart = confusion_matrix(
                f"figure-confusion-{model.name}-{case.variant}",
                model.label,
                case.variant,
                case.confusion,
                analysis.class_names,
            )
            yield figure(chart, next(numbers), broad=_broad(analysis))


def class_figure(model: ModelAnalysis, numbers: Iterator[int]) -> Figure | None:
    """Draw what tuning changed class by class; None where the cases do not compare."""
    chart = class_change(model)
    return figure(chart, next(numbers)) if chart is not None else None


def change_figure(
    model: ModelAnalysis, analysis: Analysis, numbers: Iterator[int]
) -> Figure | None:
    """Draw what tuning changed; None where the two cases do not compare."""
    if model.quality is None or not analysis.class_names:
        return None
    chart = confusion_change(
        f"figure-confusion-{model.name}-change",
        model.label,
        model.quality.confusion_difference,
        analysis.class_names,
    )
    return figure(chart, next(numbers), broad=_broad(analysis))


def _broad(analysis: Analysis) -> bool:
    """Return whether a matrix has too many cells to fit on a phone."""
    return len(analysis.class_names) > 10
