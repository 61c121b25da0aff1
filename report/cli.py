"""``tunecard report``: render a run again."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[
        Path, typer.Argument(help="A run folder, or a results.json.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write to; the run's own when not given.", show_default=False
        ),
    ] = None,
) -> None:
    """Render a run again: report.html, report.md, summary.md and two CSV files.

    Example: tunecard report reports/latest
    """
    from report.load import load

    loaded = load(run)
    # Loaded late: drawing charts takes longer to import than all other commands.
    from report.render import render

    files = render(loaded, out if out is not None else loaded.folder)
    typer.echo(files[0])
