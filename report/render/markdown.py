"""Markdown that hostile names cannot break: escaping, and code blocks."""

import re
from typing import Any

from tunecard.report.render.visible import visible
from tunecard.report.view.types import Code

#: A backslash keeps these from meaning anything to CommonMark or GitHub. An underscore
#: inside a word and a bracket that starts no link are harmless, and read better alone.
_PUNCTUATION = re.compile(
    r"[\\`*|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=[(\[:])|!(?=\[)"
)
#: What begins a heading, a list or a rule, where a value begins a line.
_OPENING = re.compile(r"^(?:[-+#](?=[\s#-])|\d+(?=[.)]\s)|=(?==))")
_BLANKS = re.compile("[ \t]+")
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
    >>> print(escape("a|b `c` <i>\n*d* max_iter [0, 1]"))
    a\|b \`c\` &lt;i&gt; \*d\* max_iter [0, 1]
    """
    if isinstance(value, Raw):
        return value
    # A line that begins with a tab or four spaces would be code; HTML shows one anyway.
    text = _BLANKS.sub(" ", " ".join(str(visible(value)).splitlines())).strip(" ")
    text = _PUNCTUATION.sub(r"\\\g<0>", text)
    text = _OPENING.sub(lambda match: _open(match[0]), text)
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)


def _open(opening: str) -> str:
    # A digit cannot be escaped, the point behind it can.
    return f"{opening}\\" if opening.isdigit() else f"\\{opening}"


def fenced(code: Code) -> Raw:
    """Write lines as a code block whose fence is longer than any run of backticks in it."""
    text = str(visible(code.text)).rstrip()
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Raw(f"{fence}{code.language}\n{text}\n{fence}")


def squeeze(text: str) -> str:
    """Leave at most one empty line in a row, none at the start, one line end at the end."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
