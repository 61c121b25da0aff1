"""Digits with signs and spaces: the one place where a number is rounded."""

import math

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
#: Between a number and its unit, so that no line breaks there.
SPACE = "\N{NO-BREAK SPACE}"
#: Between groups of three digits (SI Brochure, 9th edition, 5.4.4).
THIN = "\N{NARROW NO-BREAK SPACE}"
#: Behind a ratio.
TIMES = "\N{MULTIPLICATION SIGN}"


def count(value: int | None) -> str:
    """Write an integer in groups of three.

    Examples
    --------
    >>> count(42), count(10_000).replace(THIN, " ")
    ('42', '10 000')
    """
    if value is None:
        return NONE
    return true_minus(f"{value:,}".replace(",", THIN))


def about(number: float | None) -> str:
    """Write a number that is an estimate with 3 significant digits, rounded up.

    Examples
    --------
    >>> [about(number).replace(THIN, " ") for number in (85, 7701, 1234567)]
    ['85', '7 710', '1 240 000']
    """
    if number is None:
        return NONE
    unit = 10 ** max(math.floor(math.log10(max(number, 1))) - 2, 0)
    return count(math.ceil(number / unit - 1e-9) * unit)


def fixed(value: float | None, digits: int, *, apart_from: tuple[float, ...] = ()) -> str:
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
    return grouped(text)


def grouped(text: str) -> str:
    """Put the digits of a number before its decimal mark into groups of three.

    Examples
    --------
    >>> grouped("-22092.9235").replace(THIN, " ").replace(MINUS, "-")
    '-22 092.9235'
    """
    sign = "-" if text.startswith("-") else ""
    whole, mark, rest = text.removeprefix("-").partition(".")
    return true_minus(sign) + f"{int(whole):,}".replace(",", THIN) + mark + rest


def _moved(value: float, written: float, mark: float) -> bool:
    # Within 1e-12 of a mark the difference is floating point's, not the data's.
    return abs(value - mark) > 1e-12 and (value - mark) * (written - mark) <= 0


def signed(value: float | None, digits: int) -> str:
    """Write as :func:`fixed` does, with a sign unless it reads as 0."""
    text = fixed(value, digits, apart_from=(0.0,))
    positive = value is not None and value > 0 and any(d in text for d in "123456789∞")
    return f"+{text}" if positive else text


def significant(value: float, digits: int) -> str:
    """Write a positive number with significant digits and no exponent.

    Examples
    --------
    >>> significant(9.999, 3), significant(123.4, 3), significant(0.00421, 2)
    ('10.0', '123', '0.0042')
    """
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(rounded)) if rounded else 0
    return f"{rounded:.{max(digits - 1 - exponent, 0)}f}"


def interval(low: str, high: str) -> str:
    """Write an interval of two ends; no line breaks inside it."""
    return f"[{low},{SPACE}{high}]"


def true_minus(text: str) -> str:
    """Write hyphens as minus signs."""
    return text.replace("-", MINUS)
