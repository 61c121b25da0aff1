"""The distribution of absolute errors before and after: the share of rows below each."""

from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from tunecard.report import formats
from tunecard.report.analyze.types import ErrorAnalysis, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import SMALL, WIDE, new_axes, new_figure
from tunecard.report.charts.panels import COLORS, with_unit
from tunecard.report.charts.svg import picture
from tunecard.runner.schema import Variant

_TOP: Final = 30.0
_BOTTOM: Final = 46.0
_HEIGHT: Final = 250.0
#: Points of a curve that are drawn at most: a screen shows no more of them.
_POINTS: Final = 300
_SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def error_curve(model: ModelAnalysis) -> Chart | None:
    """Draw the share of test rows whose absolute error is at most a value.

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
    chart_id = f"figure-error-curve-{model.name}"
    quantiles = {variant: _quantiles(errors, variant) for variant in errors.predicted}
    half = [f"{formats.value(each[2])} ({name})" for name, each in quantiles.items()]
    most = [
        f"{formats.value(each[4], errors.unit)} ({name})"
        for name, each in quantiles.items()
    ]
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(errors, width)),
        header=(
            "Case",
            *(f"{formats.percent(share)} of rows" for share in _SHARES),
            "All rows",
        ),
        rows=tuple(
            (variant, *(formats.value(number) for number in each))
            for variant, each in quantiles.items()
        ),
        title=f"{formats.capital(model.label)}: absolute errors of the test rows",
        caption=(
            f"Half of the test rows have an absolute error of at most "
            f"{formats.listed(half)}, 90 % of at most {formats.listed(most)}."
        ),
        description=" ".join(
            f"{variant.capitalize()}: largest absolute error "
            f"{formats.value(each[-1], errors.unit)}."
            for variant, each in quantiles.items()
        ),
        reading=(
            "Each point of a curve is a bound on the absolute error and the share of the "
            "test rows within it. Higher and further left is better. Where the curves "
            "cross, one case has more rows with small errors and the other fewer with "
            "large ones. The table has the bound that each share of rows stays within."
        ),
    )


def _quantiles(errors: ErrorAnalysis, variant: Variant) -> list[float]:
    """Return the bound that each share of rows stays within: an error that occurs."""
    gaps = errors.absolute(variant)
    shares = (*_SHARES, 1.0)
    return [float(np.quantile(gaps, share, method="inverted_cdf")) for share in shares]


def _draw(errors: ErrorAnalysis, width: float) -> Figure:
    figure = new_figure(width, _TOP + _HEIGHT + _BOTTOM)
    axes = new_axes(figure, left=64.0, right=20.0, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_locator(MultipleLocator(0.25))
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}".replace("%", " %"))
    axes.grid()
    highest = max(float(errors.absolute(variant).max()) for variant in errors.predicted)
    axes.set_xlim(0, 1.02 * highest or 1.0)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=7 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    axes.xaxis.set_major_formatter(lambda value, _: formats.value(value))
    axes.set_xlabel(with_unit("absolute error", errors.unit))
    axes.set_ylabel("share of test rows")
    for variant in errors.predicted:
        gaps = np.concatenate([[0.0], np.sort(errors.absolute(variant))])
        n = len(gaps) - 1
        shown = np.unique(np.linspace(0, n, min(n, _POINTS) + 1).astype(np.intp))
        axes.plot(
            gaps[shown],
            shown / n,
            drawstyle="steps-post",
            color=COLORS[variant],
            linestyle="-" if variant == "tuned" else (0, (5, 2)),
            label=variant,
        )
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(64.0 / width, 1),
        borderaxespad=0.2,
        ncols=2,
        fontsize=SMALL,
    )
    return figure
