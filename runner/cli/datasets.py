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
    naming_options,
    stdout,
)

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from tunecard.runner.datasets import Description
    from tunecard.runner.schema import Data

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

    rows = datasets.known(data_dir)
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
        typer.Option(help="The column with the classes.", show_default=False),
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
    """Tell what is in a dataset: shape, classes, columns, gaps, duplicates, hashes."""
    said = data_of(
        target=column(target),
        numeric=columns(numeric),
        missing=tuple(missing) if missing else None,
        separator=separator,
        encoding=encoding,
        no_header=no_header,
        skip_rows=skip_rows,
    )
    with naming_options():
        found = _described(data, said, data_dir=data_dir, offline=offline)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n")
        return
    stdout().print(_shown(found))


def _described(
    name: str, said: "Data", *, data_dir: Path | None, offline: bool
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
        name, base = study.dataset, Path(name).parent
        said = (study.data or Data()).model_copy(
            update={field: getattr(said, field) for field in said.model_fields_set}
        )
    elif datasets.is_table(name):
        read = as_read(Path(name), said)
        said, reasons = read.data, read.sentences
    found = datasets.describe(
        name,
        datasets.Request(
            data_dir=data_dir,
            offline=offline,
            places=datasets.user_places(),
            notice=lambda text: print(text, file=sys.stderr),  # noqa: T201 # a command tells
            data=said,
            base=base,
        ),
    )
    return replace(found, notes=tuple(dict.fromkeys((*reasons, *found.notes))))


def _shown(found: "Description") -> "Group":
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table

    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(found):
        facts.add_row(name, escape(value))
    parts: list[Table | str] = [facts]
    if found.classes:
        parts += ["", _classes(found)]
    if found.columns:
        parts += ["", _columns(found)]
    return Group(*parts)


def _classes(found: "Description") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table("class", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("share", justify="right")
    for name, count in found.classes.items():
        table.add_row(escape(_cut(name)), f"{count:,}", f"{count / found.n_rows:.1%}")
    return table


def _columns(found: "Description") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table("column", "kind", box=None, pad_edge=False)
    table.add_column("values", justify="right")
    table.add_column("missing", justify="right")
    table.add_column("such as", overflow="fold")
    for entry in found.columns:
        table.add_row(
            escape(_cut(entry.name)),
            "target" if entry.name == found.target else entry.kind,
            f"{entry.n_distinct:,}" if entry.n_distinct else "",
            f"{entry.n_missing:,}" if entry.n_missing else "",
            escape(entry.problem or ", ".join(map(_cut, entry.examples))),
        )
    return table


def _cut(text: str) -> str:
    """Return a cell on one line, its first characters where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _facts(found: "Description") -> list[tuple[str, str]]:
    rows = f"{found.n_rows:,}"
    if found.n_train is not None:
        rows += f" ({found.n_train:,} training, {found.n_test:,} test)"
    features = f"{found.n_features:,}"
    if found.image_shape:
        features += " (images of {} x {} pixels)".format(*found.image_shape)
    odd = [c.name for c in found.columns if c.kind == "problem" and c.name != found.target]
    if odd and found.classes:
        shown = ", ".join(odd[:5]) + (f" and {len(odd) - 5:,} more" if odd[5:] else "")
        features += f", not counting what no model can learn from as it is: {shown}"
    facts = [
        ("data", found.title),
        ("source", found.source),
        ("rows", rows),
        ("features" if found.classes else "columns", features),
        ("missing cells", f"{found.n_missing:,}"),
    ]
    if found.n_duplicates is not None:
        facts.append(("repeated rows", f"{found.n_duplicates:,}"))
    if found.constant:
        facts.append(("one value only", ", ".join(found.constant)))
    facts += [(f"SHA-256 {part}", digest) for part, digest in found.sha256.items()]
    facts += [("note", note) for note in found.notes]
    if not found.classes:
        facts.append(("target", "none named: --target COLUMN counts its classes"))
    return facts
