"""Numbers -> text, once, the same for HTML, Markdown and terminal.

Rounding must not lie: a share below 1 is never written as 1, a difference that
is not 0 never as 0, a p-value never on the other side of 0.05. ``None`` is an
en dash; its reason stands beside it, written by the caller.
"""

import math
from collections.abc import Mapping
from typing import Any

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
#: Between a number and its unit, so that no line breaks there.
SPACE = "\N{NO-BREAK SPACE}"
#: Between groups of three digits (SI Brochure, 9th edition, 5.4.4).
THIN = "\N{NARROW NO-BREAK SPACE}"
#: Metrics that are no share of 1, so that their differences are no percentage points.
_OWN_UNIT = frozenset({"log_loss", "brier"})


def count(value: int | None) -> str:
    """Write a whole number in groups of three.

    Examples
    --------
    >>> count(42), count(10_000).replace(THIN, " ")
    ('42', '10 000')
    """
    if value is None:
        return NONE
    return _true_minus(f"{value:,}".replace(",", THIN))


def counted(value: int | None, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "class", "classes").split()
    ['1', 'class']
    """
    noun = singular if value == 1 else (plural or f"{singular}s")
    return f"{count(value)}{SPACE}{noun}"


def metric(value: float | None) -> str:
    """Write a metric with 4 decimals, more where it would look like 0 or 1.

    Examples
    --------
    >>> metric(0.96885), metric(0.99999), metric(1.0)
    ('0.9688', '0.99999', '1.0000')
    """
    return _fixed(value, 4, apart_from=(0.0, 1.0))


def metric_interval(low: float, high: float) -> str:
    """Write an interval of a metric: ``[0.9652, 0.9720]``."""
    return f"[{metric(low)}, {metric(high)}]"


def points(delta: float | None) -> str:
    """Write a difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> points(0.0026), points(0.0), points(0.00001)
    ('+0.26', '0.00', '+0.001')
    """
    return _signed(None if delta is None else delta * 100, 2)


def unsigned_points(size_of_difference: float | None) -> str:
    """Write the size of a difference of shares in percentage points, without a sign.

    Examples
    --------
    >>> unsigned_points(0.0025)
    '0.25'
    """
    scaled = None if size_of_difference is None else abs(size_of_difference) * 100
    return _fixed(scaled, 2, apart_from=(0.0,))


def points_interval(low: float, high: float) -> str:
    """Write an interval of a difference of shares, in percentage points.

    Examples
    --------
    >>> points_interval(0.0005, 0.0047)
    '[0.05, 0.47]'
    """
    ends = (_fixed(end * 100, 2, apart_from=(0.0,)) for end in (low, high))
    return f"[{', '.join(ends)}]"


def delta(value: float | None, metric_name: str) -> str:
    """Write a difference of a metric: in points for shares, else in its own unit.

    Examples
    --------
    >>> delta(0.0026, "accuracy"), delta(0.0026, "log_loss")
    ('+0.26', '+0.0026')
    """
    return _signed(value, 4) if metric_name in _OWN_UNIT else points(value)


def delta_interval(low: float, high: float, metric_name: str) -> str:
    """Write an interval of a difference of a metric, as :func:`delta` does."""
    if metric_name not in _OWN_UNIT:
        return points_interval(low, high)
    ends = (_fixed(end, 4, apart_from=(0.0,)) for end in (low, high))
    return f"[{', '.join(ends)}]"


def delta_unit(metric_name: str) -> str:
    """Return the unit of a metric's difference: ``points``, or nothing."""
    return "" if metric_name in _OWN_UNIT else "points"


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
    return _fixed(p, 3 if p < 0.0995 else 2, apart_from=(0.05,))


def p_equation(p: float | None) -> str:
    """Write ``p = 0.016`` or ``p < 0.001``."""
    text = p_value(p)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def seconds(value: float | None) -> str:
    """Write a time with 3 significant digits in the unit that suits it.

    Examples
    --------
    >>> [seconds(s).replace(SPACE, " ") for s in (12.345, 0.0123, 4.2e-6, 0)]
    ['12.3 s', '12.3 ms', '4.20 µs', '0 s']
    >>> seconds(1113).replace(SPACE, " ")
    '18 min 33 s'
    """
    if value is None:
        return NONE
    if value < 0:
        return MINUS + seconds(-value)
    if value == 0:
        return f"0{SPACE}s"
    if round(value) >= 3600:
        minutes = round(value / 60)
        return f"{count(minutes // 60)}{SPACE}h{SPACE}{minutes % 60:02d}{SPACE}min"
    if round(value) >= 120:
        return f"{round(value) // 60}{SPACE}min{SPACE}{round(value) % 60:02d}{SPACE}s"
    for unit, scale in (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)):
        scaled = value / scale
        if float(_significant(scaled, 3)) < 1000:
            return f"{_significant(scaled, 3)}{SPACE}{unit}"
    return f"{_significant(value, 3)}{SPACE}s"


def size(value: int | None) -> str:
    """Write a number of bytes with 3 significant digits.

    Examples
    --------
    >>> [size(n).replace(SPACE, " ") for n in (512, 1536, 3 * 2**30)]
    ['512 B', '1.50 KiB', '3.00 GiB']
    """
    if value is None:
        return NONE
    if value < 0:
        return MINUS + size(-value)
    if value < 1024:
        return f"{value}{SPACE}B"
    for power, unit in enumerate(("KiB", "MiB", "GiB"), start=1):
        text = _significant(value / 1024**power, 3)
        if float(text) < 1000:
            return f"{text}{SPACE}{unit}"
    return f"{_significant(value / 1024**4, 3)}{SPACE}TiB"


def ratio(value: float | None) -> str:
    """Write how many times as much: 2 decimals below 10, whole above.

    Examples
    --------
    >>> ratio(1.012), ratio(41.3), ratio(0.0042)
    ('1.01', '41', '0.0042')
    """
    if value is None:
        return NONE
    if float(f"{value:.2f}") >= 10:
        return count(round(value))
    return f"{value:.2f}" if value >= 0.1 or value == 0 else _significant(value, 2)


def ratio_interval(low: float, high: float) -> str:
    """Write an interval of a ratio; an end that is not 1 is not written as 1.00."""
    ends = (
        _fixed(end, 2, apart_from=(1.0,)) if 0.1 <= end < 9.995 else ratio(end)
        for end in (low, high)
    )
    return f"[{', '.join(ends)}]"


def percent(share: float | None) -> str:
    """Write a share in per cent: one decimal below 10 %, none above.

    Examples
    --------
    >>> [percent(x).replace(SPACE, " ") for x in (0.0213, 0.03, 0.42, 0.9999, 1.0)]
    ['2.1 %', '3 %', '42 %', '99.99 %', '100 %']
    """
    if share is None:
        return NONE
    value = share * 100
    digits = 1 if abs(value) < 9.95 else 0
    text = _fixed(value, digits, apart_from=(0.0, 100.0))
    return f"{text.removesuffix('.0')}{SPACE}%"


def percent_up(share: float | None) -> str:
    """Write a bound in per cent, rounded up: "no difference beyond 3 %".

    Examples
    --------
    >>> percent_up(0.0301).replace(SPACE, " ")
    '3.1 %'
    """
    if share is None:
        return NONE
    # The small term keeps 0.03 * 100 = 3.0000000000000004 from becoming 3.1.
    step = 10 if share < 0.1 else 1
    return percent(math.ceil(share * 100 * step - 1e-9) / step / 100)


def parameter(value: Any) -> str:
    """Write a parameter's value for reading; the exact one stands in the code lines.

    Examples
    --------
    >>> parameter(0.0316227766), parameter(5), parameter(None), parameter("distance")
    ('0.03162', '5', 'None', 'distance')
    """
    if isinstance(value, float):
        return _true_minus(f"{value:.4g}")
    if isinstance(value, tuple | list):
        return f"({', '.join(parameter(part) for part in value)})"
    return str(value)


def parameters(params: Mapping[str, Any]) -> str:
    """Write a setting: ``n_neighbors = 3, weights = distance``, or ``defaults``.

    Examples
    --------
    >>> parameters({"C": 0.1}), parameters({})
    ('C = 0.1', 'defaults')
    """
    if not params:
        return "defaults"
    return ", ".join(f"{name} = {parameter(value)}" for name, value in params.items())


def listed(words: list[str]) -> str:
    """Join words as a sentence does: ``a, b and c``.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def capital(text: str) -> str:
    """Begin a sentence, and leave the rest as it is.

    Examples
    --------
    >>> capital("k-nearest neighbours of SVHN")
    'K-nearest neighbours of SVHN'
    """
    return text[:1].upper() + text[1:]


def _fixed(value: float | None, digits: int, *, apart_from: tuple[float, ...] = ()) -> str:
    """Write with fixed decimals, and more while it would read as a value it is not.

    Text on the wrong side of such a value is refused too: for 0.05, both 0.050
    and 0.051 would lie about 0.0496.
    """
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{digits}f}"
    while digits < 17 and any(_moved(value, float(text), mark) for mark in apart_from):
        digits += 1
        text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return _true_minus(text)


def _moved(value: float, written: float, mark: float) -> bool:
    # Within 1e-12 of a mark the difference is floating point's, not the data's.
    return abs(value - mark) > 1e-12 and (value - mark) * (written - mark) <= 0


def _signed(value: float | None, digits: int) -> str:
    text = _fixed(value, digits, apart_from=(0.0,))
    positive = value is not None and value > 0 and any(d in text for d in "123456789∞")
    return f"+{text}" if positive else text


def _significant(value: float, digits: int) -> str:
    """Write a positive number with significant digits and no exponent.

    Examples
    --------
    >>> _significant(9.999, 3), _significant(123.4, 3), _significant(0.00421, 2)
    ('10.0', '123', '0.0042')
    """
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(rounded)) if rounded else 0
    return f"{rounded:.{max(digits - 1 - exponent, 0)}f}"


def _true_minus(text: str) -> str:
    return text.replace("-", MINUS)
