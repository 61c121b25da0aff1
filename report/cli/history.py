"""``tunecard history``: all runs with their verdicts, times and what is unusual."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tunecard.report.cli.options import Css, OneStudy, Reports, Templates


def history(
    *,
    reports: Reports = Path("reports"),
    study: OneStudy = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for scripts.")
    ] = False,
    templates: Templates = None,
    css: Css = None,
) -> None:
    """List the runs, the newest first, and write reports/index.html again.

    Each run is compared with the earlier ones on the same machine with the same
    versions and data; values outside their band are counted.

    Example: tunecard history --study mnist
    """
    from tunecard.report.errors import ReadError
    from tunecard.report.history import group_runs, of_study, read_history, update_index
    from tunecard.report.history.lines import to_data, to_lines
    from tunecard.report.theme import PageTheme
    from tunecard.runner.schema import OutputError

    looks = PageTheme(templates, css)
    looks.check()
    if not reports.is_dir():
        raise ReadError(
            f"--reports {reports}: is not a folder. "
            "Give the one that 'tunecard run' writes into."
        )
    try:
        runs = update_index(reports, looks).history
    except OutputError as error:
        typer.echo(f"The index stays as it was: {error}", err=True)
        runs = read_history(reports)
    entries, left = of_study(runs, study)
    groups = group_runs(entries)
    if as_json:
        typer.echo(json.dumps(to_data(groups, left, runs.pages), indent=1))
        return
    text = to_lines(groups, left)
    typer.echo(text or f"No run in {reports} yet: 'tunecard run' makes one.\n", nl=False)
