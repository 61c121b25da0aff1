"""Times, sizes, ratios and shares as text."""

import math
from decimal import Decimal

from tunecard.report.formats.digits import (
    MINUS,
    NONE,
    SPACE,
    count,
    fixed,
    grouped,
    interval,
    significant,
)


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
        if float(significant(scaled, 3)) < 1000:
            return f"{significant(scaled, 3)}{SPACE}{unit}"
    return f"{significant(value, 3)}{SPACE}s"


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
        text = significant(value / 1024**power, 3)
        if float(text) < 1000:
            return f"{text}{SPACE}{unit}"
    return f"{significant(value / 1024**4, 3)}{SPACE}TiB"


def ratio(value: float | None) -> str:
    """Write how many times as much: 2 decimals below 10, whole above.

    What no float can hold is not written.

    Examples
    --------
    >>> ratio(1.012), ratio(41.3), ratio(0.0042)
    ('1.01', '41', '0.0042')
    """
    if value is None or math.isinf(value):
        return NONE
    if float(f"{value:.2f}") >= 10:
        return count(round(value))
    return f"{value:.2f}" if value >= 0.1 or value == 0 else significant(value, 2)


def ratio_interval(low: float, high: float) -> str:
    """Write an interval of a ratio; an end that is not 1 is not written as 1.00."""
    ends = (
        fixed(end, 2, apart_from=(1.0,)) if 0.1 <= end < 9.995 else ratio(end)
        for end in (low, high)
    )
    return interval(*ends)


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
    text = fixed(value, digits, apart_from=(0.0, 100.0))
    return f"{text.removesuffix('.0')}{SPACE}%"


def percent_up(share: float | None) -> str:
    """Write a bound in per cent, rounded up: "no difference beyond 3 %".

    A bound above 100 % has no exact figure: it bounds next to nothing.

    Examples
    --------
    >>> percent_up(0.0301).replace(SPACE, " "), percent_up(57609.3).replace(SPACE, " ")
    ('3.1 %', 'over 100 %')
    """
    if share is None:
        return NONE
    if share > 1:
        return f"over 100{SPACE}%"
    # The small term keeps 0.03 * 100 = 3.0000000000000004 from becoming 3.1.
    step = 10 if share < 0.1 else 1
    return percent(math.ceil(share * 100 * step - 1e-9) / step / 100)


def limit(value: float, scale: int = 1) -> str:
    """Write a number that a person chose, exactly as it was chosen, times a scale.

    Examples
    --------
    >>> limit(0.96), limit(-0.0025, 100).replace(MINUS, "-"), limit(0.07, 100)
    ('0.96', '-0.25', '7')
    >>> limit(20_000.0).split()
    ['20', '000']
    """
    # Decimal arithmetic: 0.07 * 100 is 7.000000000000001 in binary.
    scaled = (Decimal(repr(value)) * scale).normalize()
    return grouped(f"{scaled:f}")
