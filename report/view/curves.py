"""The view of the curves of two classes: a ROC and a precision-recall figure a model."""

from tunecard.report import formats
from tunecard.report.analyze.types import CaseAnalysis, CaseCurves
from tunecard.report.charts import precision_chart, roc_chart
from tunecard.report.stats.interval import Interval
from tunecard.report.view.section import Material
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import Figure, PlainContent, Row, Table


def no_curves(material: Material) -> str:
    """Return why a run has no curves; empty where it has."""
    analysis = material.analysis
    if len(analysis.class_names) != 2:
        return f"they are of two classes, and there are {len(analysis.class_names)}"
    if analysis.seeds is not None:
        return "they are on the page of each seed"
    if not any(case.curves for case in analysis.cases):
        return "no case has probabilities or decision scores on the test rows"
    return ""


def curves_part(material: Material) -> PlainContent:
    """Make the figures of each model, and the table of their areas."""
    figures: list[Figure] = []
    rows: list[Row] = []
    for model in material.analysis.models:
        charts = (roc_chart(model), precision_chart(model))
        figures += [material.figure(chart) for chart in charts if chart is not None]
        rows += [_row(case, case.curves) for case in model.cases if case.curves is not None]
    curves = next(case.curves for case in material.analysis.cases if case.curves)
    n_rows = formats.counted(curves.n_positive, "test row")
    return PlainContent(
        lead=(
            f"How well each case ranks {curves.positive} ({n_rows}) above the other class "
            f"({formats.count(curves.n_negative)}), whatever the threshold."
        ),
        figures=tuple(figures),
        tables=(
            Table(
                id="table-curves",
                caption=f"ROC AUC and average precision of {curves.positive}",
                columns=columns(
                    "Model", "Case", "#ROC AUC", "#95 % interval",
                    "#Average precision", "#95 % interval",
                ),
                rows=tuple(rows),
            ),
        ),
    )  # fmt: skip


def _row(case: CaseAnalysis, curves: CaseCurves) -> Row:
    return row(
        [
            cell(formats.capital(case.label)),
            cell(case.variant),
            cell(formats.metric(curves.auc), curves.auc),
            cell(_ends(curves.auc_interval)),
            cell(formats.metric(curves.precision), curves.precision),
            cell(_ends(curves.precision_interval)),
        ]
    )


def _ends(interval: Interval | None) -> str:
    if interval is None:
        return formats.NONE
    return formats.metric_interval(interval.low, interval.high)
