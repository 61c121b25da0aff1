"""Numbers -> text, once, the same for HTML, Markdown and terminal.

Rounding must not lie: a share below 1 is never written as 1, a difference that
is not 0 never as 0, a p-value never on the other side of 0.05. ``None`` is an
en dash; its reason stands next to it, written by the caller.
"""

from tunecard.report.formats.changes import change, change_interval
from tunecard.report.formats.digits import MINUS, NONE, SPACE, THIN, TIMES, about, count
from tunecard.report.formats.metrics import (
    delta,
    delta_interval,
    delta_scale,
    delta_size,
    level,
    margin,
    metric,
    metric_interval,
    p_equation,
    p_value,
    points,
    points_interval,
    signed_value,
    unsigned_points,
    value,
    value_interval,
)
from tunecard.report.formats.quantities import (
    limit,
    percent,
    percent_up,
    ratio,
    ratio_interval,
    seconds,
    size,
)
from tunecard.report.formats.words import (
    STATUSES,
    capital,
    counted,
    ended,
    listed,
    of_planned,
    parameter,
    parameters,
    whole,
)

__all__ = [
    "MINUS",
    "NONE",
    "SPACE",
    "STATUSES",
    "THIN",
    "TIMES",
    "about",
    "capital",
    "change",
    "change_interval",
    "count",
    "counted",
    "delta",
    "delta_interval",
    "delta_scale",
    "delta_size",
    "ended",
    "level",
    "limit",
    "listed",
    "margin",
    "metric",
    "metric_interval",
    "of_planned",
    "p_equation",
    "p_value",
    "parameter",
    "parameters",
    "percent",
    "percent_up",
    "points",
    "points_interval",
    "ratio",
    "ratio_interval",
    "seconds",
    "signed_value",
    "size",
    "unsigned_points",
    "value",
    "value_interval",
    "whole",
]
