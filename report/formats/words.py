"""Numbers with their nouns, parameters and lists, as sentences have them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tunecard.report.formats.digits import SPACE, count, true_minus
from tunecard.runner.schema import Cut, Status

#: Halves of characters, which no UTF-8 file can hold, and Unicode's noncharacters, two of
#: which XML 1.0 forbids and all of which HTML does.
_NO_CHARACTER = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}"
        for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)


#: How a case ended.
STATUSES: Final[Mapping[Status, str]] = {
    "ok": "ok",
    "failed": "failed",
    "timeout": "ran out of time",
    "oom": "ran out of memory",
    "killed": "was killed",
    "invalid": "gave no valid result",
}


def whole(text: str) -> str:
    r"""Put U+FFFD where there is half of a character, or none that a page may hold.

    Examples
    --------
    >>> whole("caf\udce9") == "caf\N{REPLACEMENT CHARACTER}"
    True
    >>> whole("no\uffff") == "no\N{REPLACEMENT CHARACTER}"
    True
    """
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)


def counted(value: int | None, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "class", "classes").split()
    ['1', 'class']
    """
    noun = singular if value == 1 else (plural or f"{singular}s")
    return f"{count(value)}{SPACE}{noun}"


def parameter(value: Any) -> str:
    """Write a parameter's value for reading; the exact one stands in the code lines.

    Examples
    --------
    >>> parameter(0.0316227766), parameter(5), parameter(None), parameter("distance")
    ('0.03162', '5', 'None', 'distance')
    """
    if isinstance(value, float):
        return true_minus(f"{value:.4g}")
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


def of_planned(cut: Cut) -> str:
    """Write what a budget left of a search.

    Examples
    --------
    >>> of_planned(Cut(planned=18, run=4, reason="a budget of 40 s for the run"))
    '4 of 18 candidates were run; the others were cut for a budget of 40 s for the run'
    """
    return (
        f"{cut.run} of {cut.planned} candidates were run; the others were cut for "
        f"{cut.reason}"
    )


def ended(status: Status, reason: str | None) -> str:
    """Write how a case ended, and why where that is recorded.

    Examples
    --------
    >>> ended("oom", "it needed 9 GiB"), ended("killed", None)
    ('ran out of memory (it needed 9 GiB)', 'was killed')
    """
    return f"{STATUSES[status]} ({reason})" if reason else STATUSES[status]


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
    >>> capital("k-nearest neighbors of SVHN")
    'K-nearest neighbors of SVHN'
    """
    return text[:1].upper() + text[1:]
