"""The view of quality: metrics, classes, confusion matrices, tuned models compared."""

from collections.abc import Iterator

from report import formats
from report.analyse.types import (
    Analysis,
    CaseAnalysis,
    ClassChange,
    MetricComparison,
    ModelAnalysis,
    QualityComparison,
)
from report.charts import confusion_change, confusion_matrix
from report.view.tables import cell, columns, figure, row, without_empty
from report.view.types import Cell, Fact, Figure, QualityPart, Row, Table
from runner.schema import ClassQuality, MetricSpec

#: Tables of classes longer than this are folded away.
LONG = 12


def quality_part(
    model: ModelAnalysis, analysis: Analysis, numbers: Iterator[int]
) -> QualityPart:
    """View one model's quality.

    Parameters
    ----------
    model : ModelAnalysis
        The model.
    analysis : Analysis
        The run it belongs to.
    numbers : iterator of int
        Gives each figure its number.
    """
    headline = [spec.name for spec in analysis.headline]
    known = [value.spec for case in model.cases for value in case.metrics]
    others = [spec for spec in dict.fromkeys(known) if spec.name not in headline]
    return QualityPart(
        name=model.name,
        label=formats.capital(model.label),
        reason=model.quality_reason or "",
        metrics=metrics_table(model, analysis.headline, f"metrics-{model.name}"),
        more=metrics_table(model, others, f"more-metrics-{model.name}"),
        test=tuple(_test(model.quality, analysis)) if model.quality else (),
        classes=_classes(model),
        change=_change(model, analysis, numbers),
        matrices=tuple(_matrices(model, analysis, numbers)),
    )


def metrics_table(
    model: ModelAnalysis, specs: tuple[MetricSpec, ...] | list[MetricSpec], table_id: str
) -> Table | None:
    """Make the table of some metrics, baseline beside tuned; None where there are none."""
    rows = [_metric(model, spec) for spec in specs if any(_values(model, spec))]
    if not rows:
        return None
    table = Table(
        id=table_id,
        caption="Metrics on the test rows",
        columns=columns(
            "Metric", "#Baseline", "#Tuned", "#Change", "#95 % interval", "#Train, tuned"
        ),
        rows=tuple(rows),
        note=(
            "Change is tuned less baseline, in percentage points unless the metric has a "
            "unit of its own. Only the study's metric is tested; the other intervals "
            "describe."
        ),
    )
    return without_empty(table)


def headline_table(model: ModelAnalysis, specs: tuple[MetricSpec, ...]) -> Table | None:
    """Make the short table of a verdict card: before, after, change."""
    rows = [_metric(model, spec) for spec in specs if any(_values(model, spec))]
    if not rows:
        return None
    table = Table(
        id=f"headline-{model.name}",
        caption=f"{model.label}: headline metrics",
        columns=columns("Metric", "#Baseline", "#Tuned", "#Change"),
        rows=tuple(Row(whole.cells[:4], whole.role) for whole in rows),
    )
    return without_empty(table)


def _values(model: ModelAnalysis, spec: MetricSpec) -> tuple[float | None, float | None]:
    def value(case: CaseAnalysis | None) -> float | None:
        found = case.metric(spec.name) if case is not None else None
        return found.test if found is not None else None

    return value(model.baseline), value(model.tuned)


def _metric(model: ModelAnalysis, spec: MetricSpec) -> Row:
    baseline, tuned = _values(model, spec)
    change = model.quality.metric(spec.name) if model.quality is not None else None
    name = formats.capital(spec.label)
    if not spec.greater_is_better:
        name += " (less is better)"
    train = model.tuned.metric(spec.name) if model.tuned is not None else None
    return row(
        (
            name,
            cell(formats.metric(baseline), baseline),
            cell(formats.metric(tuned), tuned),
            _delta(change),
            _interval(change),
            cell(
                formats.metric(train.train if train else None),
                train.train if train else None,
            ),
        )
    )


def _delta(change: MetricComparison | None) -> Cell:
    if change is None or change.delta is None:
        return cell(formats.NONE)
    return cell(formats.delta(change.delta, change.spec.name), change.delta)


def _interval(change: MetricComparison | None) -> Cell:
    if change is None or change.interval is None:
        return cell(formats.NONE)
    low, high = change.interval.low, change.interval.high
    return cell(formats.delta_interval(low, high, change.spec.name), low)


def _test(quality: QualityComparison, analysis: Analysis) -> Iterator[Fact]:
    """Say how the verdict came about, fact by fact."""
    test, table = quality.test, quality.table
    unit = formats.delta_unit(test.metric)
    yield Fact(
        "Verdict",
        f"{test.word}, by {test.method}: {formats.p_equation(test.p_holm)}"
        + (f" (Holm over {test.n_tests} models)" if test.n_tests > 1 else "")
        + (f"; {test.reason}" if test.reason else ""),
    )
    change = formats.delta(test.delta, test.metric)
    ends = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
    yield Fact("Change", f"{change} {unit}, 95 % interval {ends}")
    if test.margin is not None:
        margin = formats.delta(test.margin, test.metric).lstrip("+")
        ends = formats.delta_interval(
            test.interval_90.low, test.interval_90.high, test.metric
        )
        yield Fact(
            "Margin",
            f"{margin} {unit} either way is too small to matter, says the study; the 90 % "
            f"interval to hold against it is {ends}",
        )
    if test.detectable is not None:
        seen = formats.delta(test.detectable, test.metric).lstrip("+")
        yield Fact(
            "Could be seen",
            f"a difference of {seen} {unit} or more, with 80 % power on "
            f"{formats.counted(analysis.n_test, 'test row')}",
        )
    yield Fact(
        "Row by row",
        f"both right {formats.count(table.both_right)}, "
        f"only baseline {formats.count(table.only_first)}, "
        f"only tuned {formats.count(table.only_second)}, "
        f"both wrong {formats.count(table.both_wrong)}",
    )


def _classes(model: ModelAnalysis) -> Table | None:
    if model.quality is not None:
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
        rows = [_class(one) for one in case.per_class]
    return Table(
        id=f"table-classes-{model.name}",
        caption="Precision, recall and F1 of each class",
        columns=columns("Class", "#Test rows", *heads),
        rows=tuple(rows),
        sortable=True,
        long=len(rows) > LONG,
        note=_most_lost(model),
    )


def _most_lost(model: ModelAnalysis) -> str:
    if model.quality is None:
        return ""
    lost = model.quality.most_lost
    if lost is None:
        return "No class lost F1."
    return (
        f"Class {lost.name} lost most: F1 {formats.metric(lost.baseline.f1)} before, "
        f"{formats.metric(lost.tuned.f1)} after ({formats.points(lost.f1_delta)} points)."
    )


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


def _class(one: ClassQuality) -> Row:
    values = (one.precision, one.recall, one.f1)
    return row(
        [
            cell(one.name),
            cell(formats.count(one.support), one.support),
            *(cell(formats.metric(value), value) for value in values),
        ]
    )


def _matrices(
    model: ModelAnalysis, analysis: Analysis, numbers: Iterator[int]
) -> Iterator[Figure]:
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


def _change(
    model: ModelAnalysis, analysis: Analysis, numbers: Iterator[int]
) -> Figure | None:
    if model.quality is None:
        return None
    chart = confusion_change(
        f"figure-confusion-{model.name}-change",
        model.label,
        model.quality.confusion_difference,
        analysis.class_names,
    )
    return figure(chart, next(numbers), broad=_broad(analysis))


def _broad(analysis: Analysis) -> bool:
    """Tell whether a matrix has too many cells to be shrunk to a phone."""
    return len(analysis.class_names) > 10


def between_table(analysis: Analysis) -> Table | None:
    """Compare the tuned models with each other; None with fewer than two of them."""
    if not analysis.between:
        return None
    rows = []
    for pair in analysis.between:
        test = pair.test
        ends = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
        rows.append(
            row(
                (
                    f"{pair.second_label} against {pair.first_label}",
                    cell(formats.delta(test.delta, test.metric), test.delta),
                    cell(ends, test.interval.low),
                    cell(formats.p_value(test.p_holm), test.p_holm),
                    test.word,
                    cell(formats.count(pair.table.only_second), pair.table.only_second),
                    cell(formats.count(pair.table.only_first), pair.table.only_first),
                )
            )
        )
    return Table(
        id="table-between",
        caption=f"Tuned models against each other: {analysis.metric.label.lower()}",
        columns=columns(
            "Pair",
            "#Difference",
            "#95 % interval",
            "#p (Holm)",
            "Verdict",
            "#Only it right",
            "#Only the other right",
        ),
        rows=tuple(rows),
        note="A family of tests of its own, on the same test rows.",
    )
