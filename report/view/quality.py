"""The view of quality: metrics, classes, confusion matrices, tuned models compared."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    MetricComparison,
    ModelAnalysis,
)
from tunecard.report.charts import Chart, calibration, seeds_chart
from tunecard.report.load import Loaded
from tunecard.report.view.classes import (
    change_figure,
    class_figure,
    classes_table,
    matrices,
)
from tunecard.report.view.pictures import errors, images, weights
from tunecard.report.view.seeds import seeds_table
from tunecard.report.view.tables import cell, columns, figure, row, with_unit, without_empty
from tunecard.report.view.types import Cell, Figure, LabeledValue, QualityPart, Row, Table
from tunecard.report.view.verdicts import name_interval, verdict_facts
from tunecard.report.view.words import LOOKS, change_words
from tunecard.runner.schema import MetricSpec

_IN_POINTS = ", in percentage points unless the metric has a unit of its own"
_IN_UNIT = ", in the unit of the metric"
_TESTED = "Only the study's metric is tested; the other intervals describe."
_CLIPPED = "clipped"
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
    specs = [value.spec for case in model.cases for value in case.metrics]
    others = [spec for spec in dict.fromkeys(specs) if spec.name not in headline]
    absent: list[LabeledValue] = []
    of_seeds = analysis.seeds is not None
    if of_seeds and analysis.class_names and any(case.ok for case in model.cases):
        absent.append(LabeledValue("Confusion matrices and images", _not_of_all(analysis)))

    def shown(name: str, made: tuple[Chart | None, str]) -> Figure | None:
        chart, reason = made
        if reason:
            absent.append(LabeledValue(name, f"{formats.capital(reason)}."))
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
        test=tuple(verdict_facts(model.quality, analysis)) if model.quality else (),
        class_change=class_figure(model, numbers),
        classes=classes_table(model),
        change=None if of_seeds else change_figure(model, analysis, numbers),
        matrices=tuple(matrices(model, analysis, numbers)),
        images=shown(
            "Images that tuning fixed and broke",
            (None, "") if of_seeds else images(model, run),
        ),
        errors=shown(
            "All test errors as images",
            (None, "") if of_seeds else errors(model, analysis, run),
        ),
        weights=shown("Weights as images", (None, "") if of_seeds else weights(model, run)),
        calibration=shown("Calibration", _calibration(model, analysis)),
        absent=tuple(absent),
        summary=_summary(model),
    )


def _not_of_all(analysis: Analysis) -> str:
    if analysis.seeds is not None and not analysis.seeds.have_pages:
        return "They belong to the test rows of one split."
    return _ONE_SEED


def _summary(model: ModelAnalysis) -> str:
    """Write the verdict in a line; nothing where there is none."""
    if model.quality is None:
        return ""
    test = model.quality.test
    return f"{formats.capital(test.word)}: {change_words(test)}"


def _calibration(model: ModelAnalysis, analysis: Analysis) -> tuple[Chart | None, str]:
    """Draw the calibration, or return why there is none; failed cases have a reason."""
    if not analysis.class_names:
        return None, ""  # of a regression
    chart = calibration(model)
    if chart is not None:
        return chart, ""
    reasons = [c.calibration_reason for c in model.cases if c.ok and c.calibration_reason]
    return None, reasons[0] if reasons else ""


def metrics_table(
    model: ModelAnalysis, specs: Sequence[MetricSpec], table_id: str
) -> Table | None:
    """Make the table of some metrics, baseline next to tuned; None where there are none."""
    rows = [_metric(model, spec) for spec in specs if _has_value(model, spec)]
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
    """Explain the columns, and why an interval is missing."""
    if model.quality is None:
        return ""
    notes = [_change_note(specs)]
    notes += [
        f"{formats.capital(spec.label)} is infinite where the true class was given "
        f"probability 0, and {_CLIPPED} there."
        for spec in specs
        if any(_is_clipped(spec, case) for case in model.cases)
    ]
    test = model.quality.test
    if test.interval.adjusted and test.metric.name in [spec.name for spec in specs]:
        notes.append(
            f"The interval of {test.metric.label} is the {name_interval(test)}, as its "
            "verdict is."
        )
    reasons: dict[str, list[str]] = {}
    for spec in specs:
        change = model.quality.metric(spec.name)
        if change is not None and change.interval is None and change.interval_reason:
            reasons.setdefault(change.interval_reason, []).append(spec.label)
    notes += [
        f"{formats.capital(formats.listed(labels))}: {reason}."
        for reason, labels in reasons.items()
    ]
    return " ".join(notes)


def _change_note(specs: Sequence[MetricSpec]) -> str:
    """Explain the column of changes: its sign, its unit, and what it is worth."""
    unit = _IN_POINTS if any(spec.is_share for spec in specs) else ""
    if not unit and any(spec.unit for spec in specs):
        unit = _IN_UNIT
    return f"Change is tuned minus baseline{unit}. {_TESTED}"


def headline_table(model: ModelAnalysis, specs: tuple[MetricSpec, ...]) -> Table | None:
    """Make the short table of a verdict card: before, after, change."""
    if not any(_has_value(model, spec) for spec in specs):
        return None
    table = Table(
        id=f"headline-{model.name}",
        caption=f"{model.label}: headline metrics",
        columns=columns("Metric", "#Baseline", "#Tuned", with_unit("#Change", *specs)),
        rows=tuple(_headline_row(model, spec) for spec in specs if _has_value(model, spec)),
        note=_change_note(specs) if len({spec.delta_unit for spec in specs}) > 1 else "",
    )
    return without_empty(table)


def _headline_row(model: ModelAnalysis, spec: MetricSpec) -> Row:
    """Make a row of it; the change that is tested has the tone and sign of its verdict."""
    whole = _metric(model, spec)
    *values, change = whole.cells[:4]
    if model.quality is not None and spec.name == model.quality.test.metric.name:
        tone, sign = LOOKS[model.quality.test.word]
        change = replace(change, tone=tone, sign=sign)
    return Row((*values, change), whole.role)


def _has_value(model: ModelAnalysis, spec: MetricSpec) -> bool:
    return any(value is not None for value in _values(model, spec))


def _values(model: ModelAnalysis, spec: MetricSpec) -> tuple[float | None, float | None]:
    def value(case: CaseAnalysis | None) -> float | None:
        metric = case.metric(spec.name) if case is not None else None
        return metric.test if metric is not None else None

    return value(model.baseline), value(model.tuned)


def _metric(model: ModelAnalysis, spec: MetricSpec) -> Row:
    baseline, tuned = _values(model, spec)
    change = model.quality.metric(spec.name) if model.quality is not None else None
    name = formats.capital(spec.label)
    if spec.unit:
        name += f", {spec.unit}"
    if not spec.greater_is_better:
        name += " (lower is better)"
    train = model.tuned.metric(spec.name) if model.tuned is not None else None
    return row(
        (
            name,
            cell(_value(baseline, spec, model.baseline), baseline),
            cell(_value(tuned, spec, model.tuned), tuned),
            _delta(change),
            _interval(change),
            cell(
                formats.metric(train.train if train else None),
                train.train if train else None,
            ),
        )
    )


def _value(value: float | None, spec: MetricSpec, case: CaseAnalysis | None) -> str:
    """Write a metric; one that is infinite, were it not clipped, is marked."""
    text = formats.metric(value)
    return f"{text} ({_CLIPPED})" if value is not None and _is_clipped(spec, case) else text


def _is_clipped(spec: MetricSpec, case: CaseAnalysis | None) -> bool:
    """Return whether the value stands for an infinite one."""
    unlimited = spec.needs == "probabilities" and spec.range[1] is None
    return unlimited and case is not None and bool(case.zero_probability)


def _delta(change: MetricComparison | None) -> Cell:
    if change is None or change.delta is None:
        return cell(formats.NONE)
    return cell(formats.delta(change.delta, change.spec), change.delta)


def _interval(change: MetricComparison | None) -> Cell:
    if change is None or change.interval is None:
        return cell(formats.NONE)
    low, high = change.interval.low, change.interval.high
    return cell(formats.delta_interval(low, high, change.spec), low)
