"""Metrics, their differences and p-values as text."""

import math

from tunecard.report.formats.digits import (
    NONE,
    SPACE,
    fixed,
    interval,
    signed,
)
from tunecard.report.formats.quantities import limit
from tunecard.runner.schema import MetricSpec


def metric(value: float | None) -> str:
    """Write a metric with 4 decimals, more where it would look like 0 or 1.

    One of 10 or more, as of a regression, has 4 digits; one below 0.001 has 3.

    Examples
    --------
    >>> metric(0.96885), metric(0.99999), metric(1.0)
    ('0.9688', '0.99999', '1.0000')
    >>> metric(44.9227), metric(22092.9235).split(), metric(0.00012345)
    ('44.92', ['22', '093'], '0.000123')
    """
    return fixed(value, _decimals(value), apart_from=(0.0, 1.0))


def _decimals(*values: float | None) -> int:
    """Return the decimals that numbers of their size are written with."""
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value)]
    size = max(sizes, default=0.0)
    if size == 0 or 0.001 <= size < 10:
        return 4
    exponent = math.floor(math.log10(size))
    if size >= 10:
        return max(3 - exponent, 0)
    written = f"{size:.{2 - exponent}f}".rstrip("0")
    return max(len(written.partition(".")[2]), 4)


def metric_interval(low: float, high: float) -> str:
    """Write an interval of a metric: ``[0.9652, 0.9720]``, with no break inside it."""
    digits = _decimals(low, high)
    return interval(*(fixed(end, digits, apart_from=(0.0, 1.0)) for end in (low, high)))


def points(delta: float | None) -> str:
    """Write a difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> points(0.0026), points(0.0), points(0.00001)
    ('+0.26', '0.00', '+0.001')
    """
    return signed(None if delta is None else delta * 100, 2)


def unsigned_points(size_of_difference: float | None) -> str:
    """Write the size of a difference of shares in percentage points, without a sign.

    Examples
    --------
    >>> unsigned_points(0.0025)
    '0.25'
    """
    scaled = None if size_of_difference is None else abs(size_of_difference) * 100
    return fixed(scaled, 2, apart_from=(0.0,))


def points_interval(low: float, high: float) -> str:
    """Write an interval of a difference of shares, in percentage points.

    Examples
    --------
    >>> points_interval(0.0005, 0.0047).replace(SPACE, " ")
    '[0.05, 0.47]'
    """
    return interval(*(fixed(end * 100, 2, apart_from=(0.0,)) for end in (low, high)))


def delta(value: float | None, spec: MetricSpec, beside: tuple[float, ...] = ()) -> str:
    """Write a difference of a metric: in points for shares, else in its own unit.

    Numbers `beside` it, such as the ends of its interval, have as many decimals.

    Examples
    --------
    >>> from tunecard.runner.metrics import get
    >>> from tunecard.runner.schema import spec_of
    >>> recall, loss = spec_of(get("recall_macro")), spec_of(get("log_loss"))
    >>> delta(0.0026, recall), delta(0.0026, loss), delta(21.0, loss, (-860.8, 902.8))
    ('+0.26', '+0.0026', '+21.0')
    >>> delta(0.000105, spec_of(get("r2"))), delta(0.000105, loss)
    ('+0.0001', '+0.000105')
    """
    if spec.is_share:
        return points(value)
    return signed(value, _decimals_of(spec, value, *beside))


def delta_size(value: float | None, spec: MetricSpec) -> str:
    """Write the size of a difference of a metric with its unit, without a sign.

    Examples
    --------
    >>> from tunecard.runner.metrics import get
    >>> from tunecard.runner.schema import spec_of
    >>> delta_size(0.0025, spec_of(get("recall_macro")))
    '0.25 points'
    """
    text = delta(None if value is None else abs(value), spec).removeprefix("+")
    return f"{text} {spec.delta_unit}".rstrip()


def margin(value: float | None, spec: MetricSpec) -> str:
    """Write a margin with its unit: in points for shares, else as it was chosen.

    Examples
    --------
    >>> from tunecard.runner.metrics import get
    >>> from tunecard.runner.schema import spec_of
    >>> error = spec_of(get("mean_absolute_error"), unit="EUR")
    >>> margin(2.0, error), margin(0.005, spec_of(get("recall_macro")))
    ('2 EUR', '0.50 points')
    """
    if value is None or spec.is_share:
        return delta_size(value, spec)
    # One that was computed may have more digits than a reader wants.
    return f"{limit(float(f'{value:.6g}'))} {spec.delta_unit}".rstrip()


def delta_interval(low: float, high: float, spec: MetricSpec) -> str:
    """Write an interval of a difference of a metric, as :func:`delta` does."""
    if spec.is_share:
        return points_interval(low, high)
    digits = _decimals_of(spec, low, high)
    return interval(*(fixed(end, digits, apart_from=(0.0,)) for end in (low, high)))


def _decimals_of(spec: MetricSpec, *values: float | None) -> int:
    """Return the decimals of differences: 4 of R2 and its like, 4 digits of an error."""
    decimals = _decimals(*values)
    if spec.range[1] == 1 and not spec.unit:
        return min(decimals, 4)
    sizes = [abs(value) for value in values if value is not None and math.isfinite(value)]
    size = max(sizes, default=0.0)
    if spec.task == "regression" and 1 <= size < 10:
        return 3
    return decimals


def delta_scale(spec: MetricSpec) -> float:
    """Return what a metric's differences are multiplied by where they are drawn."""
    return 100.0 if spec.is_share else 1.0


def level(value: float) -> str:
    """Write the level of an interval.

    Examples
    --------
    >>> level(0.95), level(1 - 0.05 / 2), level(1 - 0.05 / 3)
    ('95 %', '97.5 %', '98.33 %')
    """
    return f"{100 * value:.4g} %"


def p_value(p: float | None) -> str:
    """Write a p-value, never as 0 and never rounded across 0.05.

    Examples
    --------
    >>> p_value(0.0164), p_value(1e-9), p_value(0.4321), p_value(0.0496)
    ('0.016', '< 0.001', '0.43', '0.0496')
    """
    if p is None or math.isnan(p):
        return NONE
    if p < 0.001:
        return "< 0.001"
    if 0.995 <= p < 1:
        return "> 0.99"
    return fixed(p, 3 if p < 0.0995 else 2, apart_from=(0.05,))


def p_equation(p: float | None) -> str:
    """Write ``p = 0.016`` or ``p < 0.001``, with no break inside it."""
    text = p_value(p)
    return (f"p {text}" if text[0] in "<>" else f"p = {text}").replace(" ", SPACE)


def value(number: float | None, unit: str = "") -> str:
    """Write a value of a regression's target with at least 4 digits, and its unit.

    Examples
    --------
    >>> value(151.0), value(22092.9235).split(), value(0.00123456), value(3.25)
    ('151', ['22', '093'], '0.001235', '3.25')
    >>> value(12.5, "kg").replace(SPACE, " ")
    '12.5 kg'
    """
    if number is None or not math.isfinite(number):
        return fixed(number, 0)
    digits = 0 if number == 0 else max(3 - math.floor(math.log10(abs(number))), 0)
    text = fixed(number, digits, apart_from=(0.0,))
    text = _without_zeros(text)
    return f"{text}{SPACE}{unit}" if unit else text


def signed_value(number: float | None, unit: str = "") -> str:
    """Write a difference of such values, with its sign.

    Examples
    --------
    >>> signed_value(2.5), signed_value(0.0)
    ('+2.5', '0')
    """
    text = value(number, unit)
    return f"+{text}" if number is not None and number > 0 else text


def value_interval(low: float, high: float) -> str:
    """Write an interval of such values.

    Examples
    --------
    >>> value_interval(1.5, 22.0).replace(SPACE, " ")
    '[1.5, 22]'
    >>> value_interval(0.00087, 0.3832).replace(SPACE, " ")  # as many decimals
    '[0.0009, 0.3832]'
    """
    size = max((abs(end) for end in (low, high) if math.isfinite(end)), default=0.0)
    digits = 0 if size == 0 else max(3 - math.floor(math.log10(size)), 0)
    return interval(
        *(_without_zeros(fixed(e, digits, apart_from=(0.0,))) for e in (low, high))
    )


def _without_zeros(text: str) -> str:
    """Drop zeros at the end of decimals."""
    return text.rstrip("0").rstrip(".") if "." in text else text
