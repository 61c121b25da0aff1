"""Predicted against true values, and residuals against predicted ones."""

from typing import Final

import numpy as np
from matplotlib.figure import Figure

from tunecard.report import formats
from tunecard.report.analyze.types import ErrorAnalysis, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import MUTED
from tunecard.report.charts.panels import COLORS, panels, with_unit
from tunecard.report.charts.rowwise import MARKS, MOST_DOTS, Floats, draw_rows, limits
from tunecard.report.charts.svg import picture
from tunecard.runner.schema import Variant

_R2: Final = "r2"


def predicted_chart(model: ModelAnalysis) -> Chart | None:
    """Draw the predictions of each case against the true values.

    Parameters
    ----------
    model : ModelAnalysis
        Of a regression.

    Returns
    -------
    Chart or None
        None without predictions.
    """
    errors = model.errors
    if errors is None:
        return None
    chart_id = f"figure-predicted-{model.name}"
    low, high = float(errors.true.min()), float(errors.true.max())
    spans = [
        f"from {formats.value(float(values.min()))} to "
        f"{formats.value(float(values.max()), errors.unit)} ({variant})"
        for variant, values in errors.predicted.items()
    ]
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw_predicted(errors, width)),
        header=("Values", "Lowest", "Median", "Highest", "SD", "R²"),
        rows=(
            ("true", *_numbers(errors.true), formats.NONE),
            *(
                (f"predicted, {variant}", *_numbers(values), _r2(model, variant))
                for variant, values in errors.predicted.items()
            ),
        ),
        title=f"{formats.capital(model.label)}: predicted against true values",
        caption=(
            f"True values range from {formats.value(low)} to "
            f"{formats.value(high, errors.unit)}, predictions {formats.listed(spans)}."
        ),
        description=" ".join(
            f"{variant.capitalize()}: R² {_r2(model, variant)}, "
            f"{formats.count(int((values > errors.true).sum()))} of "
            f"{formats.counted(len(values), 'prediction')} above the true value."
            for variant, values in errors.predicted.items()
        ),
        reading=(
            f"{_marks(errors)} On the dashed line the prediction is the true value; below "
            "it the prediction is too low. A cloud that is flatter than the line shows "
            "predictions that are drawn towards the middle."
        ),
    )


def residuals_chart(model: ModelAnalysis) -> Chart | None:
    """Draw the residuals of each case against its predictions.

    Parameters
    ----------
    model : ModelAnalysis
        Of a regression.

    Returns
    -------
    Chart or None
        None without predictions.
    """
    errors = model.errors
    if errors is None:
        return None
    chart_id = f"figure-residuals-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw_residuals(errors, width)),
        header=(
            "Case", "Lowest", "Median", "Highest", "SD", "Mean", "Rank correlation", "p",
        ),
        rows=tuple(_residual_row(errors, variant) for variant in errors.predicted),
        title=f"{formats.capital(model.label)}: residuals against predicted values",
        caption=" ".join(_residual_words(errors, variant) for variant in errors.predicted),
        description=" ".join(_sides(errors, variant) for variant in errors.predicted),
        reading=(
            f"{_marks(errors)} A residual is the true value minus the predicted one: above "
            "the line at 0 the prediction is too low. A cloud that bends shows what the "
            "model misses, one that opens like a fan shows errors that grow with the "
            "prediction. The rank correlation (Spearman) is that of the residual's size "
            "with the predicted value."
        ),
    )  # fmt: skip


def _marks(errors: ErrorAnalysis) -> str:
    return MARKS[len(errors.true) > MOST_DOTS]


def _numbers(values: Floats) -> tuple[str, ...]:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    numbers = (values.min(), np.median(values), values.max(), spread)
    return tuple(formats.value(float(number)) for number in numbers)


def _r2(model: ModelAnalysis, variant: Variant) -> str:
    case = next(case for case in model.cases if case.variant == variant)
    stored = case.metric(_R2)
    return formats.metric(stored.test if stored is not None else None)


def _mean(residuals: Floats) -> float:
    """Return the mean of residuals; 0 where it is floating point's alone."""
    mean = float(residuals.mean())
    return 0.0 if abs(mean) <= 1e-12 * float(np.abs(residuals).max()) else mean


def _residual_row(errors: ErrorAnalysis, variant: Variant) -> tuple[str, ...]:
    residuals = errors.true - errors.predicted[variant]
    spread = errors.spread.get(variant)
    return (
        variant,
        *_numbers(residuals),
        formats.signed_value(_mean(residuals)),
        formats.NONE if spread is None else formats.metric(spread.rho),
        formats.NONE if spread is None else formats.p_value(spread.p),
    )


def _residual_words(errors: ErrorAnalysis, variant: Variant) -> str:
    residuals = errors.true - errors.predicted[variant]
    text = (
        f"{variant.capitalize()}: mean residual "
        f"{formats.signed_value(_mean(residuals), errors.unit)}"
    )
    spread = errors.spread.get(variant)
    if spread is not None:
        text += (
            f", rank correlation of its size with the predicted value "
            f"{formats.metric(spread.rho)} ({formats.p_equation(spread.p)})"
        )
    return f"{text}."


def _sides(errors: ErrorAnalysis, variant: Variant) -> str:
    residuals = errors.true - errors.predicted[variant]
    return (
        f"{variant.capitalize()}: {formats.count(int((residuals > 0).sum()))} of "
        f"{formats.counted(len(residuals), 'residual')} above 0, the largest "
        f"{formats.signed_value(float(residuals.max()), errors.unit)}, the lowest "
        f"{formats.signed_value(float(residuals.min()), errors.unit)}."
    )


def _draw_predicted(errors: ErrorAnalysis, width: float) -> Figure:
    upward = with_unit("predicted", errors.unit)
    ends = limits(errors.true, *errors.predicted.values())
    across = with_unit("true value", errors.unit)
    figure, cases = panels(errors, width, across, upward, ends)
    for variant, axes in cases:
        axes.set_xlim(*ends)
        axes.set_ylim(*ends)
        draw_rows(axes, errors.true, errors.predicted[variant], COLORS[variant])
        axes.plot(ends, ends, color=MUTED, linewidth=1.25, dashes=(4, 3), zorder=3)
    return figure


def _draw_residuals(errors: ErrorAnalysis, width: float) -> Figure:
    upward = with_unit("true minus predicted", errors.unit)
    residuals = {name: errors.true - each for name, each in errors.predicted.items()}
    across, ends = limits(*errors.predicted.values()), limits(*residuals.values())
    title = with_unit("predicted", errors.unit)
    figure, cases = panels(errors, width, title, upward, ends)
    for variant, axes in cases:
        axes.set_xlim(*across)
        axes.set_ylim(*ends)
        draw_rows(axes, errors.predicted[variant], residuals[variant], COLORS[variant])
        axes.axhline(0, color=MUTED, linewidth=1.25, dashes=(4, 3), zorder=3)
    return figure
