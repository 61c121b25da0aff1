"""Characters that would act on the page instead of being read, made visible."""

import re
from typing import Any

from markupsafe import Markup

from tunecard.report import formats

#: Control characters, those that turn the direction of all the text that follows, and
#: those of no width that make two names look the same (joiners stay: scripts need them).
_ACTING = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u2069\ufeff]"
)


def visible(value: Any) -> Any:
    r"""Write the characters that act as their escapes; leave markup of ours alone.

    Half a character becomes U+FFFD.

    Examples
    --------
    >>> visible("abc\u202edef")
    'abc\\u202edef'
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _ACTING.sub(lambda match: f"\\u{ord(match[0]):04x}", formats.whole(value))
