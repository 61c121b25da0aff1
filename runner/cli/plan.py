"""``tunecard plan``: what a study would do, how long, in how much memory."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tunecard.runner.cli.options import DataDir, JsonFlag, stdout


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
            min=1, help="Parallel processes of a search.", show_default="one per core"
        ),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="Engine of every model, as of run.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Estimate what a study would do, how long, in how much memory; nothing is kept."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from tunecard.runner import plan as planning
    from tunecard.runner.host.cores import logical_cores
    from tunecard.runner.source import Source
    from tunecard.runner.terminal import watcher

    source = Source(study, data_dir=data_dir, offline=offline)
    with watcher(Console(stderr=True), quiet=True) as progress:
        effective, dataset = source.ready(quick=quick, progress=progress, on=engine or ())
    planned = planning.plan(effective, dataset, jobs=jobs or logical_cores())
    if as_json:
        sys.stdout.write(json.dumps(asdict(planned), indent=1) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for head in (
        "model",
        "search",
        "candidates",
        "folds",
        "fits",
        "search s",
        "s per round",
    ):
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
    stdout().print(table)
    sys.stdout.write(
        f"{effective.title}\n"
        f"{planned.n_cases} cases in {planned.n_rounds} rounds of timing; about "
        f"{_format_duration(planned.total_seconds)}, {planned.memory / 2**30:.1f} GiB in "
        "the largest process.\nEstimated from a small measured part.\n"
    )
    for item in planned.models:
        if item.problem is not None:
            sys.stdout.write(f"{item.problem}\n")


def _format_duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"
