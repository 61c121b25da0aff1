"""Options and the console that the commands share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from tunecard.runner.schema import Data

DATA_DIR = "TUNECARD_DATA_DIR"
#: What an error advises to say in a study, and the option that says it.
_OPTIONS = {
    "separator = ": "--separator",
    "encoding = ": "--encoding",
    "skip_rows = ": "--skip-rows",
    "header = false": "--no-header",
}

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR,
        help="Folder with MNIST's four IDX files; no other place is then asked.",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        help="Character between the cells of a text file.", show_default="found out"
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(help="Encoding of a text file, as in cp1252.", show_default="UTF-8"),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The first line names no columns.")
]
SkipRows = Annotated[
    int,
    typer.Option(
        "--skip-rows", min=0, help="Lines to skip before the header or first row."
    ),
]


def column(text: str | None) -> str | int | None:
    """Read a column as it is named on the command line: by name, or by number."""
    if text is not None and text.removeprefix("-").isdecimal():
        return int(text)
    return text


def data_of(
    *,
    target: str | int | None,
    separator: str | None,
    encoding: str | None,
    no_header: bool,
    skip_rows: int,
) -> "Data":
    """Put together what the options say of a file; what they leave out stays unsaid.

    Raises
    ------
    StudyError
        If a value is none that a study may have.
    """
    from pydantic import ValidationError

    from tunecard.runner.errors import StudyError
    from tunecard.runner.schema import Data

    said = {
        "target": target,
        # What a shell makes of "\\t" is two characters.
        "separator": {"\\t": "\t", "tab": "\t"}.get(separator or "", separator),
        "encoding": encoding,
        "header": False if no_header else None,
        "skip_rows": skip_rows or None,
    }
    try:
        return Data.model_validate({k: v for k, v in said.items() if v is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        name = str(problem["loc"][0]).replace("_", "-")
        reason = problem.get("ctx", {}).get("error", problem["msg"])
        raise StudyError(f"--{name} {problem['input']!r}: {reason}.") from error


@contextmanager
def naming_options() -> Iterator[None]:
    """Name the options beside the fields of a study that an error's advice speaks of.

    Raises
    ------
    InputError
        The same, of its own kind.
    """
    from tunecard.runner.errors import InputError

    try:
        yield
    except InputError as error:
        options = [option for field, option in _OPTIONS.items() if field in str(error)]
        if not options:
            raise
        raise type(error)(f"{error} Here: {', '.join(options)}.") from error


def stdout() -> "Console":
    """Make a console for results: as wide as the terminal, or wide without one."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
