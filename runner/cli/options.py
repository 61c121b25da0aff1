"""Options and the console that the commands share."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

DATA_DIR = "TUNECARD_DATA_DIR"

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR,
        help="Folder with data files, such as MNIST's four IDX files.",
        show_default=False,
    ),
]


def stdout() -> "Console":
    """Make a console for results: as wide as the terminal, or wide without one."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
