"""The view of quality: metrics, classes, confusion matrices, tuned models compared."""

from collections.abc import Iterator, Sequence

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    MetricComparison,
    ModelAnalysis,
    QualityComparison,
)
from tunecard.report.charts import Chart, calibration, seeds_chart
from tunecard.report.load import Loaded
from tunecard.report.view.classes import (
    change_figure,
    class_figure,
    classes_table,
    matrices,
)
from tunecard.report.view.pictures import images, weights
from tunecard.report.view.seeds import seeds_table
from tunecard.report.view.tables import cell, columns, figure, row, with_unit, without_empty
from tunecard.report.view.types import Cell, Fact, Figure, QualityPart, Row, Table
from tunecard.runner.schema import MetricSpec

_CHANGE = (
    "Change is tuned less baseline, in percentage points unless the metric has a unit of "
    "its own. Only the study's metric is tested; the other intervals describe."
)
_ONE_SEED = "They belong to the test rows of one seed, and are on the page of that seed."


def quality_part(
    model: ModelAnalysis, analysis: Analysis, run: Loaded, numbers: Iterator[int]
) -> QualityPart:
    """View one model's quality.

    Parameters
    ----------
    model : ModelAnalysis
        The model.
    run : Loaded
        Where the images and weights are.
    analysis : Analysis
        The run it belongs to.
    numbers : iterator of int
        Gives each figure its number.
    """
    headline = [spec.name for spec in analysis.headline]
    known = [value.spec for case in model.cases for value in case.metrics]
    others = [spec for spec in dict.fromkeys(known) if spec.name not in headline]
    absent: list[Fact] = []
    of_seeds = analysis.seeds is not None
    if of_seeds and any(case.ok for case in model.cases):
        absent.append(Fact("Confusion matrices and images", _ONE_SEED))

    def shown(name: str, made: tuple[Chart | None, str]) -> Figure | None:
        chart, reason = made
        if reason:
            absent.append(Fact(name, f"{formats.capital(reason)}."))
        return figure(chart, next(numbers)) if chart is not None else None

    # Keyword arguments are evaluated in their order: that of the page.
    return QualityPart(
        name=model.name,
        label=formats.capital(model.label),
        reason=model.quality_reason or "",
        seeds=seeds_table(model, analysis),
        seeds_figure=shown("", (seeds_chart(model, analysis), "")),
        metrics=metrics_table(model, analysis.headline, f"metrics-{model.name}"),
        more=metrics_table(model, others, f"more-metrics-{model.name}"),
        test=tuple(_test(model.quality, analysis)) if model.quality else (),
        class_change=class_figure(model, numbers),
        classes=classes_table(model),
        change=None if of_seeds else change_figure(model, analysis, numbers),
        matrices=tuple(matrices(model, analysis, numbers)),
        images=shown(
            "Images that tuning fixed and broke",
            (None, "") if of_seeds else images(model, run),
        ),
        weights=shown("Weights as images", (None, "") if of_seeds else weights(model, run)),
        calibration=shown("Calibration", _calibration(model)),
        absent=tuple(absent),
    )


def _calibration(model: ModelAnalysis) -> tuple[Chart | None, str]:
    """Draw the calibration, or say why no case has any; failed cases have their reason."""
    chart = calibration(model)
    if chart is not None:
        return chart, ""
    reasons = [c.calibration_reason for c in model.cases if c.ok and c.calibration_reason]
    return None, reasons[0] if reasons else ""


def metrics_table(
    model: ModelAnalysis, specs: Sequence[MetricSpec], table_id: str
) -> Table | None:
    """Make the table of some metrics, baseline beside tuned; None where there are none."""
    rows = [_metric(model, spec) for spec in specs if _is_known(model, spec)]
    if not rows:
        return None
    table = Table(
        id=table_id,
        caption="Metrics on the test rows",
        columns=columns(
            "Metric",
            "#Baseline",
            "#Tuned",
            with_unit("#Change", *specs),
            "#95 % interval",
            "#Train, tuned",
        ),
        rows=tuple(rows),
        note=_note(model, specs),
    )
    return without_empty(table)


def _note(model: ModelAnalysis, specs: Sequence[MetricSpec]) -> str:
    """Say what the columns mean, and why an interval is missing."""
    if model.quality is None:
        return ""
    told = [_CHANGE]
    reasons: dict[str, list[str]] = {}
    for spec in specs:
        change = model.quality.metric(spec.name)
        if change is not None and change.interval is None and change.interval_reason:
            reasons.setdefault(change.interval_reason, []).append(spec.label)
    told += [
        f"{formats.capital(formats.listed(labels))}: {reason}."
        for reason, labels in reasons.items()
    ]
    return " ".join(told)


def headline_table(model: ModelAnalysis, specs: tuple[MetricSpec, ...]) -> Table | None:
    """Make the short table of a verdict card: before, after, change."""
    rows = [_metric(model, spec) for spec in specs if _is_known(model, spec)]
    if not rows:
        return None
    table = Table(
        id=f"headline-{model.name}",
        caption=f"{model.label}: headline metrics",
        columns=columns("Metric", "#Baseline", "#Tuned", with_unit("#Change", *specs)),
        rows=tuple(Row(whole.cells[:4], whole.role) for whole in rows),
        note=_CHANGE if len({spec.delta_unit for spec in specs}) > 1 else "",
    )
    return without_empty(table)


def _is_known(model: ModelAnalysis, spec: MetricSpec) -> bool:
    return any(value is not None for value in _values(model, spec))


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
    return cell(formats.delta(change.delta, change.spec), change.delta)


def _interval(change: MetricComparison | None) -> Cell:
    if change is None or change.interval is None:
        return cell(formats.NONE)
    low, high = change.interval.low, change.interval.high
    return cell(formats.delta_interval(low, high, change.spec), low)


def _test(quality: QualityComparison, analysis: Analysis) -> Iterator[Fact]:
    """Say how the verdict came about, fact by fact."""
    test, table = quality.test, quality.table
    unit = test.metric.delta_unit
    yield Fact(
        "Verdict",
        f"{test.word}, by {test.method}: {formats.p_equation(test.p_holm)}"
        + (f" (Holm over {test.n_tests} models)" if test.n_tests > 1 else "")
        + (f"; {test.reason}" if test.reason else ""),
    )
    change = formats.delta(test.delta, test.metric)
    ends = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
    yield Fact("Change", f"{change} {unit}".rstrip() + f", 95 % interval {ends}")
    if test.margin is not None:
        margin = formats.delta_size(test.margin, test.metric)
        ends = formats.delta_interval(
            test.interval_90.low, test.interval_90.high, test.metric
        )
        yield Fact(
            "Margin",
            f"{margin} either way is too small to matter, says the study; the 90 % "
            f"interval, which decides what is equivalent, is {ends}",
        )
    if test.detectable is not None:
        seen = formats.delta_size(test.detectable, test.metric)
        yield Fact(
            "Detectable",
            f"a difference of {seen} or more with 80 % power on "
            f"{formats.counted(analysis.n_test, 'test row')}; a smaller one less often",
        )
    if test.n_seeds:
        return  # rows of different seeds are not counted together
    yield Fact(
        "Row by row",
        f"both right {formats.count(table.both_right)}, "
        f"only baseline {formats.count(table.only_first)}, "
        f"only tuned {formats.count(table.only_second)}, "
        f"both wrong {formats.count(table.both_wrong)}",
    )


def between_table(analysis: Analysis) -> Table | None:
    """Compare the tuned models with each other; None with fewer than two of them."""
    if not analysis.between:
        return None
    rows = []
    for pair in analysis.between:
        test = pair.test
        ends = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
        # Rows of different seeds are not counted together.
        counts: tuple[int | None, ...] = (pair.table.only_second, pair.table.only_first)
        if test.n_seeds:
            counts = (None, None)
        rows.append(
            row(
                (
                    f"{pair.second_label} against {pair.first_label}",
                    cell(formats.delta(test.delta, test.metric), test.delta),
                    cell(ends, test.interval.low),
                    cell(formats.p_value(test.p_holm), test.p_holm),
                    test.word,
                    *(cell(formats.count(number), number) for number in counts),
                )
            )
        )
    rested_on = "over the same seeds" if analysis.seeds else "on the same test rows"
    table = Table(
        id="table-between",
        caption=f"Tuned models against each other: {analysis.metric.label.lower()}",
        columns=columns(
            "Pair",
            with_unit("#Difference", analysis.metric),
            "#95 % interval",
            "#p (Holm)",
            "Verdict",
            "#Only the first right",
            "#Only the second right",
        ),
        rows=tuple(rows),
        note=f"A family of tests of its own, {rested_on}.",
    )
    return without_empty(table)
