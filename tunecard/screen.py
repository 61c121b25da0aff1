"""Notices and progress: lines on stderr."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def print_notice(text: str) -> None:
    """Print a line, or several, as they are."""
    stderr().print(text, markup=False, highlight=False, soft_wrap=True)


def stderr() -> "Console":
    """Make a console for notices and progress."""
    from rich.console import Console

    # In a notebook too: a line is text on stderr, not a display of its own.
    return Console(stderr=True, force_jupyter=False)
