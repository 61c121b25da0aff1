"""The view of a regression's errors: predictions, residuals, groups and single rows."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    ErrorAnalysis,
    ModelAnalysis,
    MovedRow,
    QuantileShare,
)
from tunecard.report.charts import (
    coefficients_chart,
    column_errors,
    error_curve,
    error_groups,
    predicted_chart,
    residuals_chart,
)
from tunecard.report.charts.panels import with_unit
from tunecard.report.view.section import Material
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import ErrorsPart, LabeledValue, Row, Table


def no_errors(material: Material) -> str:
    """Return why a regression has no section of its errors; empty where it has."""
    analysis = material.analysis
    if any(model.errors is not None for model in analysis.models):
        return ""
    if analysis.seeds is not None:
        noun = analysis.seeds.noun
        if analysis.seeds.have_pages:
            return f"they are on the page of each {noun}"
        return f"they belong to the test rows of one {noun}"
    return analysis.predictions_reason or "no case has predictions"


def errors_parts(material: Material) -> tuple[ErrorsPart, ...]:
    """Make the figures and tables of each model."""
    return tuple(
        _part(model, model.errors, material)
        for model in material.analysis.models
        if model.errors is not None
    )


def _part(model: ModelAnalysis, errors: ErrorAnalysis, material: Material) -> ErrorsPart:
    charts = (
        predicted_chart(model),
        residuals_chart(model),
        column_errors(model),
        error_groups(model),
        error_curve(model),
        coefficients_chart(model, _names(material.analysis)),
    )
    return ErrorsPart(
        name=model.name,
        label=formats.capital(model.label),
        summary=_summarize(errors),
        figures=tuple(material.figure(chart) for chart in charts if chart is not None),
        quantiles=_quantiles_table(model, errors),
        moved=_moved_table(model, errors),
        absent=tuple(_absent(model, errors)),
    )


def _names(analysis: Analysis) -> tuple[str, ...]:
    return tuple(column.name for column in analysis.dataset.columns)


def _summarize(errors: ErrorAnalysis) -> str:
    """Write the mean absolute error of each case."""
    means = [
        f"{formats.value(float(errors.absolute(variant).mean()), errors.unit)} ({variant})"
        for variant in errors.predicted
    ]
    return f"Mean absolute error: {formats.listed(means)}"


def _absent(model: ModelAnalysis, errors: ErrorAnalysis) -> Iterator[LabeledValue]:
    """Name the figures that are missing, and why."""
    if not errors.columns:
        yield LabeledValue(
            "Residuals against columns",
            "The run kept no column of numbers of its test rows: keep_columns is false, no "
            "such column has two values, or the rows were not handed over.",
        )
    if not errors.compares:
        return
    if len(errors.groups) < 2:
        yield LabeledValue(
            "Change of the absolute error by the true value",
            f"{formats.counted(len(errors.true), 'test row')} do not make two groups of "
            "10 rows with different true values.",
        )
    if not errors.moved:
        yield LabeledValue(
            "Rows that changed most", "Both cases have the same error on every test row."
        )
    if not errors.weights and ".linear_model." in model.estimator:
        yield LabeledValue(
            "Coefficients",
            "The run stored none: the model weighs columns that preprocessing made, or an "
            "earlier version made it.",
        )


def _quantiles_table(model: ModelAnalysis, errors: ErrorAnalysis) -> Table | None:
    """Make the table of predicted quantiles; None where none are predicted."""
    if not errors.quantiles:
        return None
    return Table(
        id=f"table-quantiles-{model.name}",
        caption="Calibration of the predicted quantile",
        columns=columns(
            "Case",
            "#Quantile",
            "#Test rows at or below it",
            "#Share",
            "#95 % interval",
            "Predictions are",
        ),
        rows=tuple(
            _quantile_row(variant, share) for variant, share in errors.quantiles.items()
        ),
        note=(
            "Of a calibrated model the share of test rows with a true value at or below "
            "the predicted one is the quantile that it is made for. Method of the "
            f"intervals: {next(iter(errors.quantiles.values())).interval.method}. They "
            "describe and enter no verdict."
        ),
    )


def _quantile_row(variant: str, own: QuantileShare) -> Row:
    word = "as stated"
    if own.interval.high < own.quantile:
        word = "too low"
    elif own.interval.low > own.quantile:
        word = "too high"
    low, share, high = (
        formats.level(round(each, 3))
        for each in (own.interval.low, own.share, own.interval.high)
    )
    return row(
        (
            variant,
            cell(formats.level(own.quantile), own.quantile),
            cell(formats.count(own.n_below), own.n_below),
            cell(share, own.share),
            f"[{low}, {high}]",
            word,
        )
    )


def _moved_table(model: ModelAnalysis, errors: ErrorAnalysis) -> Table | None:
    """Make the table of the rows that changed most; None where none did."""
    if not errors.moved:
        return None
    unit = errors.unit
    return Table(
        id=f"table-moved-{model.name}",
        caption="Rows whose absolute error changed most",
        columns=columns(
            "Row",
            with_unit("#True value", unit),
            "#Baseline",
            "#Tuned",
            "#Change of the absolute error",
        ),
        rows=tuple(_moved_row(moved) for moved in errors.moved),
        sortable=True,
        note="The row is its number in the data, from 0, as predictions.parquet has it.",
    )


def _moved_row(moved: MovedRow) -> Row:
    return row(
        (
            cell(formats.count(moved.index), moved.index),
            cell(formats.value(moved.true), moved.true),
            cell(formats.value(moved.baseline), moved.baseline),
            cell(formats.value(moved.tuned), moved.tuned),
            cell(formats.signed_value(moved.change), moved.change),
        )
    )
