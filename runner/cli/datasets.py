"""``tunecard datasets``: what a study can name, where it is now, and what is in it."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.runner.cli.options import (
    DataDir,
    Encoding,
    JsonFlag,
    Missing,
    NoHeader,
    Numeric,
    Separator,
    SkipRows,
    column,
    columns,
    data_of,
    named_task,
    naming_options,
    stdout,
)

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from tunecard.runner.datasets import Description
    from tunecard.runner.metrics import TaskName
    from tunecard.runner.schema import Data

_OF_VALUES = ("low", "median", "mean", "high", "sd")
_SHOWN = 40  # characters of a cell


def datasets_app() -> typer.Typer:
    """Make the command group: the listing, and ``describe``."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.callback(invoke_without_command=True)(list_datasets)
    app.command("describe")(describe)
    return app


def list_datasets(
    context: typer.Context, *, data_dir: DataDir = None, as_json: JsonFlag = False
) -> None:
    """List the datasets that a study can name, and where each is now."""
    if context.invoked_subcommand is not None:
        return
    from rich.table import Table

    from tunecard.runner import datasets

    rows = datasets.known_datasets(data_dir)
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        return
    table = Table(
        "name", "what it is", "shape", "where it is now", box=None, pad_edge=False
    )
    for row in rows:
        table.add_row(row.name, row.title, row.shape, row.where)
    stdout().print(table)
    sys.stdout.write(
        "\nA study may also name a file (CSV, TSV, Parquet, NPZ), a folder of IDX files,\n"
        "or openml:<number>. 'tunecard init FILE --target COLUMN' writes a study of it.\n"
    )


def describe(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A known name, a file, openml:<number>, or a study file.",
            show_default=False,
        ),
    ],
    *,
    target: Annotated[
        str | None,
        typer.Option(help="The column with the classes or values.", show_default=False),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What the target is: classification or regression.",
            show_default="by its values",
        ),
    ] = None,
    numeric: Numeric = None,
    missing: Missing = None,
    separator: Separator = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
    skip_rows: SkipRows = 0,
    data_dir: DataDir = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not use the network.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Describe a dataset: shape, classes or values, columns, gaps, duplicates, hashes."""
    options = data_of(
        target=column(target),
        numeric=columns(numeric),
        missing=tuple(missing) if missing else None,
        separator=separator,
        encoding=encoding,
        no_header=no_header,
        skip_rows=skip_rows,
    )
    with naming_options():
        description = _describe(
            data, options, named_task(task), data_dir=data_dir, offline=offline
        )
    if as_json:
        sys.stdout.write(
            json.dumps(asdict(description), indent=1, ensure_ascii=False) + "\n"
        )
        return
    stdout().print(_render(description))


def _describe(
    name: str,
    options: "Data",
    task: "TaskName | None",
    *,
    data_dir: Path | None,
    offline: bool,
) -> "Description":
    """Describe data by its name; a table is read as ``init`` would read it."""
    from tunecard.runner import datasets
    from tunecard.runner.config import load_study
    from tunecard.runner.init import as_read
    from tunecard.runner.schema import Data

    base, name = Path(), datasets.as_typed(name)
    reasons: tuple[str, ...] = ()
    if name.endswith(".toml"):
        study = load_study(name)
        task = task or study.task
        name, base = study.dataset, Path(name).parent
        options = (study.data or Data()).model_copy(
            update={field: getattr(options, field) for field in options.model_fields_set}
        )
    elif datasets.is_table(name):
        read = as_read(Path(name), options, task)
        options, reasons, task = read.data, read.sentences, read.task
    description = datasets.describe(
        name,
        datasets.Request(
            data_dir=data_dir,
            offline=offline,
            places=datasets.user_places(),
            notice=lambda text: print(text, file=sys.stderr),  # noqa: T201 # a command prints
            data=options,
            base=base,
            task=task or "classification",
        ),
    )
    return replace(description, notes=tuple(dict.fromkeys((*reasons, *description.notes))))


def _render(description: "Description") -> "Group":
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table

    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _list_facts(description):
        facts.add_row(name, escape(value))
    parts: list[Table | str] = [facts]
    if description.classes:
        parts += ["", _tabulate_classes(description)]
    if description.columns:
        parts += ["", _tabulate_columns(description)]
    return Group(*parts)


def _tabulate_classes(description: "Description") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table("class", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("share", justify="right")
    for name, count in description.classes.items():
        table.add_row(escape(_cut(name)), f"{count:,}", f"{count / description.n_rows:.1%}")
    return table


def _tabulate_columns(description: "Description") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table("column", "kind", box=None, pad_edge=False)
    table.add_column("values", justify="right")
    table.add_column("missing", justify="right")
    table.add_column("such as", overflow="fold")
    for entry in description.columns:
        table.add_row(
            escape(_cut(entry.name)),
            "target" if entry.name == description.target else entry.kind,
            f"{entry.n_distinct:,}" if entry.n_distinct else "",
            f"{entry.n_missing:,}" if entry.n_missing else "",
            escape(entry.problem or ", ".join(map(_cut, entry.examples))),
        )
    return table


def _cut(text: str) -> str:
    """Return a cell on one line, its first characters where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _list_facts(description: "Description") -> list[tuple[str, str]]:
    rows = f"{description.n_rows:,}"
    if description.n_train is not None:
        rows += f" ({description.n_train:,} training, {description.n_test:,} test)"
    features = f"{description.n_features:,}"
    if description.image_shape:
        features += " (images of {} x {} pixels)".format(*description.image_shape)
    odd = [
        c.name
        for c in description.columns
        if c.kind == "problem" and c.name != description.target
    ]
    has_target = bool(description.classes or description.values)
    if odd and has_target:
        shown = ", ".join(odd[:5]) + (f" and {len(odd) - 5:,} more" if odd[5:] else "")
        features += f", not counting what no model can learn from as it is: {shown}"
    facts = [
        ("data", description.title),
        ("source", description.source),
        ("rows", rows),
        ("features" if has_target else "columns", features),
        ("missing cells", f"{description.n_missing:,}"),
    ]
    if description.n_duplicates is not None:
        facts.append(("repeated rows", f"{description.n_duplicates:,}"))
    if description.constant:
        facts.append(("one value only", ", ".join(description.constant)))
    facts += [(f"SHA-256 {part}", digest) for part, digest in description.sha256.items()]
    facts += [("note", note) for note in description.notes]
    if description.values:
        figures = ", ".join(f"{n} {description.values[n]:,.6g}" for n in _OF_VALUES)
        facts.append(("target", f"values: {figures}"))
    elif not has_target:
        facts.append(("target", "none named: --target COLUMN counts its classes"))
    return facts
