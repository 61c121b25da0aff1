"""The commands that need the runner alone: plan, datasets, schema, validate."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runner import datasets
from runner.progress import Silent
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


def plan(
    study: Annotated[
        str | None,
        typer.Argument(
            help="A shipped study's name or a TOML file; none: mnist.", show_default=False
        ),
    ] = None,
    *,
    data_dir: DataDir = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not use the network.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A subset of MNIST.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Parallel processes of a search.", show_default="one a core"
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell what a study would do, how long, and in how much memory; nothing is kept."""
    from runner import plan as planning
    from runner.environment import logical_cores
    from runner.session import ready

    effective, dataset = ready(
        study, data_dir=data_dir, offline=offline, quick=quick, progress=Silent()
    )
    planned = planning.plan(effective, dataset, jobs=jobs or logical_cores())
    if as_json:
        sys.stdout.write(json.dumps(asdict(planned), indent=1) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("model", "search", "candidates", "folds", "fits", "search s", "a round s"):
        table.add_column(head, justify="left" if head in ("model", "search") else "right")
    for item in planned.models:
        table.add_row(
            escape(item.label),
            item.method,
            f"{item.n_candidates}",
            f"{item.n_folds}",
            f"{item.n_fits}",
            f"{item.search_seconds:,.0f}",
            f"{item.round_seconds:,.0f}",
        )
    _stdout().print(table)
    sys.stdout.write(
        f"{effective.title}\n"
        f"{planned.n_cases} cases in {planned.n_rounds} rounds of timing; about "
        f"{planned.total_seconds / 60:.1f} minutes, {planned.memory / 2**30:.1f} GiB in "
        "the largest process.\nEstimated from a small measured part: right to a factor of "
        "about two.\n"
    )


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
    _stdout().print(table)


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


def _stdout() -> Console:
    """Make a console for results: as wide as the terminal, or wide without one."""
    return Console(width=None if sys.stdout.isatty() else 160)
