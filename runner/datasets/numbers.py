"""Numbers as people write them: decimal marks, thousands, currencies, percent, limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BLANKS = "[ \u00a0\u2009\u202f]"
_CURRENCY = (
    "(?:[A-Z]{0,2}[$]|[¢£¥฿\u20a0-\u20cf]|kr\\.?|zł|Fr\\.?"
    "|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR)"
)
_SHOWN = 40  # characters of a cell in a sentence


def _pattern(decimal: str) -> re.Pattern[str]:
    """Return what a number with marks looks like, for a decimal mark."""
    group = f"(?:[.,'\u2019]|{_BLANKS})".replace(decimal, "")
    mark = re.escape(decimal)
    digits = (
        # 1,234,567; the lakh of 12,34,567; any number of digits; a fraction alone
        f"(?:[1-9][0-9]{{0,2}}(?P<sep>{group})(?:[0-9]{{2,3}}(?P=sep))*[0-9]{{3}}"
        f"|[0-9]+)(?:{mark}[0-9]*)?|{mark}[0-9]+"
    )
    return re.compile(
        f"(?P<limit><=|>=|<|>|≤|≥)?{_BLANKS}*(?P<open>\\()?(?P<minus>[-+\u2212])?"
        f"(?P<before>{_CURRENCY})?{_BLANKS}*(?P<minus2>[-+\u2212])?"
        f"(?P<digits>{digits})(?P<exponent>[eE][+-]?[0-9]+)?"
        f"{_BLANKS}*(?P<after>{_CURRENCY}|%)?(?(open)\\))"
    )


_PATTERNS = {decimal: _pattern(decimal) for decimal in ".,"}


@dataclass(frozen=True)
class Numerals:
    """The numbers that distinct texts stand for, and how each is written.

    Attributes
    ----------
    values : ndarray (n_texts,) of float64
        NaN where a text is not a finite number.
    kinds : tuple of str
        Of each text: ``plain``, ``marked`` (a currency, percent, thousands),
        ``limit`` (``<0.1``), ``infinite`` or ``word``.
    signs : frozenset of str
        Currencies and percent signs that stand with the numbers.
    """

    values: npt.NDArray[np.float64]
    kinds: tuple[str, ...]
    signs: frozenset[str]

    def of_kind(self, kind: str) -> npt.NDArray[np.bool_]:
        """Return which texts are of a kind."""
        return np.array([text_kind == kind for text_kind in self.kinds], dtype=bool)


def parsed(texts: Sequence[str], decimal: str) -> npt.NDArray[np.float64]:
    """Return the numbers that plain texts are; NaN where one is not a number."""
    import pandas as pd

    if decimal == ",":
        texts = [text.replace(".", "?").replace(",", ".") for text in texts]
    numbers = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    return numbers.to_numpy(dtype=np.float64)


def numerals(texts: Sequence[str], decimal: str) -> Numerals:
    """Read texts as numbers, whatever marks people add to them.

    The decimal mark is that of the file, unless more texts are numbers with the
    other one: a column has one mark.

    Parameters
    ----------
    texts : sequence of str
        Distinct and trimmed.
    decimal : str
        ``.`` or ``,``.

    Examples
    --------
    >>> read = numerals(["$1,200.50", "(3)", "12%", "<0.1", "inf", "none"], ".")
    >>> read.values.tolist()
    [1200.5, -3.0, 12.0, 0.1, nan, nan]
    >>> read.kinds
    ('marked', 'marked', 'marked', 'limit', 'infinite', 'word')
    >>> numerals(["1.234,5", "2"], ".").values.tolist()
    [1234.5, 2.0]
    """
    other = {".": ",", ",": "."}[decimal]
    if n_numbers(texts, other) > n_numbers(texts, decimal):
        decimal = other
    values = parsed(texts, decimal).copy()
    kinds, signs = [], set()
    for position, text in enumerate(texts):
        if np.isfinite(values[position]):
            kinds.append("plain")
        elif np.isinf(values[position]):
            kinds.append("infinite")
            values[position] = np.nan
        elif match := _PATTERNS[decimal].fullmatch(text):
            values[position] = _parse_match(match, decimal)
            signs |= {match[name] for name in ("before", "after") if match[name]}
            kinds.append("limit" if match["limit"] else "marked")
        else:
            kinds.append("word")
    return Numerals(values, tuple(kinds), frozenset(signs))


def n_numbers(texts: Sequence[str], decimal: str) -> int:
    """Count the texts that are numbers, with marks or without, for a decimal mark."""
    return sum(_PATTERNS[decimal].fullmatch(text) is not None for text in texts)


def _parse_match(match: re.Match[str], decimal: str) -> float:
    whole, _, fraction = match["digits"].partition(decimal)
    digits = "".join(char for char in whole if char.isdigit())
    value = float(f"{digits or '0'}.{fraction or '0'}{match['exponent'] or ''}")
    minus = {"-", "\u2212"} & {match["minus"], match["minus2"]}
    return -value if minus or match["open"] else value


def reading_note(
    name: str,
    texts: Sequence[str],
    counts: npt.NDArray[np.int64],
    read: Numerals,
) -> str:
    """Return a sentence on how a column's cells become numbers.

    Parameters
    ----------
    name : str
        The column's.
    texts : sequence of str
        Distinct.
    counts : ndarray (n_texts,)
        Rows of each text.
    read : Numerals
        The texts, read.
    """
    read_as = []
    for kind in ("marked", "limit", "word", "infinite"):
        where = np.flatnonzero(read.of_kind(kind))
        if not len(where):
            continue
        number = f"{read.values[where[0]]:.10g}"  # noqa: PD011 # an array
        outcome = {"marked": number, "limit": f"its limit, {number}"}.get(kind, "missing")
        n_rows = int(counts[where].sum())
        cells = "1 such cell" if n_rows == 1 else f"{n_rows:,} such cells"
        read_as.append(f"{cut(texts[where[0]])} as {outcome} ({cells})")
    return f"Column {name!r} is read as numbers: {'; '.join(read_as)}."


def cut(text: str, most: int = _SHOWN) -> str:
    """Quote a cell's text for a sentence, its first characters where it is long.

    Examples
    --------
    >>> cut("PC 1000")
    "'PC 1000'"
    """
    return repr(text if len(text) <= most else f"{text[: most - 1]}…")
