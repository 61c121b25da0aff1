"""``tunecard init``: a first study of somebody's data, commented, ready to run."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.runner.cli.options import (
    DataDir,
    Encoding,
    Missing,
    NoHeader,
    Numeric,
    Separator,
    SkipRows,
    column,
    columns,
    data_of,
    naming_options,
)

if TYPE_CHECKING:
    from tunecard.runner.metrics import TaskName


def init(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A file (CSV, TSV, Parquet, NPZ), a folder of IDX files, a known name, or "
            "openml:<number>.",
            show_default=False,
        ),
    ],
    *,
    target: Annotated[
        str | None,
        typer.Option(
            help="The column to predict: its name, or its number from 0.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option(help="Where the study is written.")] = Path(
        "study.toml"
    ),
    models: Annotated[
        str | None,
        typer.Option(
            help="Of knn, logreg, forest, boosting, svm, as in knn,logreg; of a regression "
            "ridge in place of logreg.",
            show_default="two or three, by the size of the data",
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="A column to leave out; may be repeated.", show_default=False),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(
            help="A column of numbers that are names; may be repeated.", show_default=False
        ),
    ] = None,
    numeric: Numeric = None,
    missing: Missing = None,
    split: Annotated[
        str | None,
        typer.Option(help="A column of train and test.", show_default="auto-detected"),
    ] = None,
    positive: Annotated[
        str | None,
        typer.Option(
            help="Of two classes, the one that is looked for.",
            show_default="by its name, else the rarer one",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="The metric of the verdicts, as in f1_macro.",
            show_default="accuracy, or f1_macro where a class is rare; r2 of a regression",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What the target is: classification or regression.",
            show_default="by its values",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite an existing file.")
    ] = False,
    separator: Separator = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
    skip_rows: SkipRows = 0,
    data_dir: DataDir = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not use the network.")
    ] = False,
) -> None:
    """Write a study of your data, with models and search spaces to begin with."""
    from tunecard.runner.errors import OutputError
    from tunecard.runner.init.command import write_study

    if output.exists() and not force:
        raise OutputError(
            f"{output} exists already. Name another with --output, or use --force to "
            "overwrite it."
        )
    options = data_of(
        target=column(target),
        drop=columns(drop),
        categorical=columns(categorical),
        numeric=columns(numeric),
        missing=tuple(missing) if missing else None,
        split=column(split),
        positive=positive,
        separator=separator,
        encoding=encoding,
        no_header=no_header,
        skip_rows=skip_rows,
    )
    with naming_options(of_study=True):
        decisions = write_study(
            data,
            options,
            output=output,
            models=tuple(models.split(",")) if models else (),
            metric=metric,
            data_dir=data_dir,
            offline=offline,
            origin=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            notice=_print,
            task=_named_task(task),
        )
    for sentence in decisions:
        _print(sentence)
    path = shlex.quote(os.fspath(output))
    _print(f"How long it takes: tunecard plan {path}")
    _print(f"Now: tunecard run {path}")
    sys.stdout.write(f"{output}\n")


def _named_task(task: str | None) -> "TaskName | None":
    """Check the name of a task."""
    from tunecard.runner.errors import StudyError

    if task in (None, "classification", "regression"):
        return task  # type: ignore[return-value] # one of the names
    raise StudyError(f"--task {task}: must be classification or regression.")


def _print(text: str) -> None:
    sys.stderr.write(f"{text}\n")
