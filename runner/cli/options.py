"""Options and the console that the commands share."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from tunecard.runner.metrics import TaskName
    from tunecard.runner.schema import Data

DATA_DIR = "TUNECARD_DATA_DIR"
#: What an error advises to write in a study, and the option for it.
_READING = {
    "separator = ": "--separator",
    "encoding = ": "--encoding",
    "skip_rows = ": "--skip-rows",
    "header = false": "--no-header",
    "missing = ": "--missing",
    "numeric = ": "--numeric",
    "data.numeric": "--numeric",
}
#: The same for fields of a first study alone.
_STUDY = {
    "drop = ": "--drop",
    "data.drop": "--drop",
    "categorical = ": "--categorical",
    "data.categorical": "--categorical",
    "data.positive": "--positive",
}

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR,
        help="Folder with MNIST's four IDX files; no other place is then searched.",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        help="Character between the cells of a text file.", show_default="auto-detected"
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(help="Encoding of a text file, as in cp1252.", show_default="UTF-8"),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The first line names no columns.")
]
Numeric = Annotated[
    list[str] | None,
    typer.Option(
        help="A column to read as numbers, whatever marks it has; may be repeated.",
        show_default="auto-detected",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        help="A word that means 'no value'; may be repeated.",
        show_default="those of pandas",
    ),
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


def columns(texts: Sequence[str] | None) -> tuple[str | int, ...] | None:
    """Read several columns, as :func:`column` does; None where none is named."""
    named = [column(text) for text in texts or ()]
    return tuple(item for item in named if item is not None) or None


def data_of(
    *,
    separator: str | None,
    no_header: bool,
    skip_rows: int,
    **others: Any,
) -> "Data":
    """Make ``[data]`` of the options of a command; what they leave out stays unset.

    Parameters
    ----------
    separator : str or None
    no_header : bool
    skip_rows : int
    **others
        Fields of a study's ``[data]`` by name; None where an option is not given.

    Raises
    ------
    StudyError
        If a value is not one that a study may have.
    """
    from pydantic import ValidationError

    from tunecard.runner.errors import StudyError
    from tunecard.runner.schema import Data

    values = {
        **others,
        # What a shell makes of "\\t" is two characters.
        "separator": {"\\t": "\t", "tab": "\t"}.get(separator or "", separator),
        "header": False if no_header else None,
        "skip_rows": skip_rows or None,
    }
    try:
        return Data.model_validate({k: v for k, v in values.items() if v is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        reason = problem.get("ctx", {}).get("error", problem["msg"])
        if not problem["loc"]:  # two options that contradict each other
            raise StudyError(f"The options contradict each other: {reason}.") from error
        name = str(problem["loc"][0]).replace("_", "-")
        raise StudyError(f"--{name} {problem['input']!r}: {reason}.") from error


def named_task(task: str | None) -> "TaskName | None":
    """Check the name of a task."""
    from tunecard.runner.errors import StudyError

    if task in (None, "classification", "regression"):
        return task  # type: ignore[return-value] # one of the names
    raise StudyError(f"--task {task}: must be classification or regression.")


@contextmanager
def naming_options(*, of_study: bool = False) -> Iterator[None]:
    """Name the options for the fields of a study that an error's advice names.

    Parameters
    ----------
    of_study : bool
        Whether the command has the options that only a first study needs.

    Raises
    ------
    InputError
        The same, of its own kind.
    """
    from tunecard.runner.errors import InputError

    by_field = {**_READING, **(_STUDY if of_study else {})}
    try:
        yield
    except InputError as error:
        options = [option for field, option in by_field.items() if field in str(error)]
        if not options:
            raise
        named = ", ".join(dict.fromkeys(options))
        raise type(error)(f"{error} Here: {named}.") from error


def stdout() -> "Console":
    """Make a console for results: as wide as the terminal, or wide without one."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
