"""Markdown that hostile names cannot break: escaping, and code blocks."""

import re
from typing import Any

from report.view.types import Code

#: Backslash works for these in CommonMark wherever a template puts a value.
_PUNCTUATION = re.compile(r"([\\`*_\[\]|~#])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "@": "&#64;"}
_ENTITY = re.compile("[&<>$@]")


class Raw(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escape(value: Any) -> str:
    r"""Write a value so that Markdown shows it as it is, on one line.

    The Markdown environment calls this for every ``{{ }}``, so that nothing is
    forgotten.

    Examples
    --------
    >>> print(escape("a|b `c` <i>\n*d*"))
    a\|b \`c\` &lt;i&gt; \*d\*
    """
    if isinstance(value, Raw):
        return value
    text = " ".join(str(value).split("\n")).replace("\r", " ")
    text = _PUNCTUATION.sub(r"\\\1", text)
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)


def fenced(code: Code) -> Raw:
    """Write lines as a code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", code.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Raw(f"{fence}{code.language}\n{code.text.rstrip()}\n{fence}")


def squeeze(text: str) -> str:
    """Leave at most one empty line in a row, none at the start, one line end at the end."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
