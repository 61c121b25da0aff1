"""``tunecard report`` and ``tunecard explain``: render a run again, explain a finding."""

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


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            help="Such as TC004; without it, all codes are listed.", show_default=False
        ),
    ] = None,
) -> None:
    """Explain a finding of the report: when it speaks, why it matters, what to do.

    Example: tunecard explain TC004
    """
    from report.findings import RULES
    from report.findings import explain as explanation

    if code is not None:
        typer.echo(explanation(code))
        return
    for rule in RULES:
        typer.echo(f"{rule.code}  {rule.title}")
