"""``tunecard prune``: remove old runs, after listing them."""

import time
from pathlib import Path
from typing import Annotated

import typer

from tunecard.report.cli.options import Css, OneStudy, Reports, Templates


def prune(
    *,
    keep: Annotated[
        int,
        typer.Option(
            min=1, help="Runs to keep of each study and dataset.", show_default=False
        ),
    ],
    reports: Reports = Path("reports"),
    study: OneStudy = None,
    unfinished: Annotated[
        bool,
        typer.Option(
            "--unfinished",
            help="Remove runs without results as well, a day after they were touched last.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before removing.")
    ] = False,
    templates: Templates = None,
    css: Css = None,
) -> None:
    """Remove all but the newest runs of each study and dataset.

    Samples, runs that are being measured, runs that cannot be read and the run
    that reports/latest points to always stay.

    Example: tunecard prune --keep 30
    """
    from tunecard.report import formats
    from tunecard.report.history import plan_prune
    from tunecard.report.history import prune as remove
    from tunecard.report.theme import PageTheme

    looks = PageTheme(templates, css)
    looks.check()
    plan = plan_prune(
        reports, keep=keep, now=time.time(), study=study, unfinished=unfinished
    )
    kept = formats.counted(plan.kept, "run").replace(formats.SPACE, " ")
    if plan.spared:
        typer.echo(f"{plan.spared} stays: reports/latest points to it.", err=True)
    if not plan.all:
        typer.echo(f"Nothing to remove; {kept} there.")
        return
    for name in plan.all:
        typer.echo(name)
    many = formats.counted(len(plan.all), "folder").replace(formats.SPACE, " ")
    if not yes and not _confirm(many, kept):
        typer.echo("Nothing was removed.", err=True)
        return
    gone = remove(reports, plan.all, looks)
    for name in sorted(set(plan.all) - set(gone)):
        typer.echo(f"{name} stays: a process works in it.", err=True)
    many = formats.counted(len(gone), "folder").replace(formats.SPACE, " ")
    typer.echo(f"Removed {many}.", err=True)


def _confirm(many: str, kept: str) -> bool:
    """Return whether the user confirms; no answer is an error of the command."""
    from tunecard.report.errors import ReadError

    try:
        return typer.confirm(f"Remove {many} and keep {kept}?", err=True)
    except typer.Abort:
        typer.echo(err=True)
        raise ReadError(
            f"nobody answered whether to remove {many}; nothing was removed. "
            "Pass --yes to remove without the question."
        ) from None
