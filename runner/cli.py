"""The commands that need the runner alone: datasets, schema, validate."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runner import datasets
from runner.schema import RESULTS, json_schema
from runner.schema import load as load_results

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


def list_datasets(*, data_dir: DataDir = None, as_json: JsonFlag = False) -> None:
    """List the datasets that a study can name, and where each is now."""
    rows = datasets.known(data_dir)
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        return
    table = Table(
        "name", "what it is", "shape", "where it is now", box=None, pad_edge=False
    )
    for row in rows:
        table.add_row(row.name, row.title, row.shape, row.where)
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def schema() -> None:
    """Print the JSON Schema of results.json."""
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


def validate(
    file: Annotated[Path, typer.Argument(help="A results.json, or a run folder.")],
) -> None:
    """Check that a results.json follows the contract."""
    path = file / RESULTS if file.is_dir() else file
    results = load_results(path)
    sys.stdout.write(
        f"{path}: follows the contract (schema_version {results.schema_version}, "
        f"run {results.run_id}, {len(results.cases)} cases)\n"
    )
