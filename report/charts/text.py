"""Words inside drawings: cut to fit, without leaving a space for surprises."""

import unicodedata
from collections.abc import Sequence

from tunecard.report import formats


def shorten(text: str, limit: int) -> str:
    r"""Cut a name to ``limit`` characters, on one line and free of control characters.

    The whole name stands in the table next to the drawing.

    Examples
    --------
    >>> shorten("Iris-versicolor", 8)
    'Iris-ve…'
    >>> shorten("two\nlines", 20)
    'two lines'
    """
    clean = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char
        for char in formats.whole(text)
    )
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def shorten_all(names: Sequence[str], limit: int) -> list[str]:
    """Cut names to ``limit`` characters; by their ends where more stay distinct.

    Examples
    --------
    >>> shorten_all(["long name 1", "long name 2"], 5)
    ['…me 1', '…me 2']
    """
    starts = [shorten(name, limit) for name in names]
    whole = [shorten(name, 200) for name in names]
    ends = [name if len(name) <= limit else "…" + name[1 - limit :] for name in whole]
    return ends if len(set(ends)) > len(set(starts)) else starts


def signed_count(value: int) -> str:
    """Write an integer with its sign, 0 without one.

    Examples
    --------
    >>> signed_count(3), signed_count(0)
    ('+3', '0')
    """
    return ("+" if value > 0 else "") + formats.count(value)


def points_tick(value: float) -> str:
    """Write a tick of an axis in percentage points: signed, without idle zeros.

    Examples
    --------
    >>> points_tick(0.5), points_tick(2.0), points_tick(0.0)
    ('+0.5', '+2', '0')
    """
    text = formats.points(value / 100)
    return text.rstrip("0").rstrip(".") if "." in text and value else "0"
