"""The public names of Tunecard: its Python API and its command line.

They are imported on first use. Every module below this package imports it, the worker
processes' own included, so importing it loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecard.command_line import app, main
    from tunecard.judging import judge
    from tunecard.python import compare, load, run
    from tunecard.runner.errors import EveryCaseFailed

__all__ = ["EveryCaseFailed", "app", "compare", "judge", "load", "main", "run"]

_HOMES = {
    "app": "tunecard.command_line",
    "main": "tunecard.command_line",
    "compare": "tunecard.python",
    "judge": "tunecard.judging",
    "load": "tunecard.python",
    "run": "tunecard.python",
    "EveryCaseFailed": "tunecard.runner.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use.

    Raises
    ------
    AttributeError
        If it is not a public name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, whether they are imported yet or not."""
    return sorted({*globals(), *__all__})
