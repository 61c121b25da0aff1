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
    templates: Annotated[
        Path | None,
        typer.Option(
            help="Folder of templates of your own, searched first.", show_default=False
        ),
    ] = None,
    css: Annotated[
        Path | None,
        typer.Option(help="Style sheet that comes after ours.", show_default=False),
    ] = None,
) -> None:
    """Render a run again: report.html, report.md, summary.md and two CSV files.

    Example: tunecard report reports/latest
    """
    from report.load import load
    from report.looks import Looks

    looks = Looks(templates, css)
    looks.check()
    loaded = load(run)
    # Loaded late: drawing charts takes longer to import than all other commands.
    from report.render import render

    files = render(loaded, out if out is not None else loaded.folder, looks)
    typer.echo(files[0])
