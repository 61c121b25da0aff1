"""``tunecard compare``: two runs side by side."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tunecard.report.cli.options import Css, Templates


def compare(
    reference: Annotated[
        Path,
        typer.Argument(help="A run folder, or a results.json.", show_default=False),
    ],
    new: Annotated[
        Path, typer.Argument(help="The run that is judged.", show_default=False)
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for compare.html, .md and .json; the new run's when not given.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; write files only with --out.")
    ] = False,
    templates: Templates = None,
    css: Css = None,
) -> None:
    """Compare a run with a reference: quality, times, what differs; decide its gates.

    Example: tunecard compare reports/20261101T080000Z-mnist-1f3a9c reports/latest
    """
    from tunecard.report.load import load
    from tunecard.report.theme import PageTheme

    looks = PageTheme(templates, css)
    looks.check()
    first, second = load(reference), load(new)
    # Loaded late: drawing charts takes longer to import than all other commands.
    from tunecard.report.compare.comparison import Comparison
    from tunecard.report.compare.terminal import comparison_text
    from tunecard.report.gates import exit_code_of

    compared = Comparison(first, second)
    place = out if out is not None else second.folder
    if as_json:
        sys.stdout.write(compared.to_json())
        if out is not None:
            compared.write(out, looks)
    else:
        sys.stdout.write(comparison_text(compared))
        typer.echo(compared.write(place, looks)[0])
    code = exit_code_of(compared.gates)
    if code:
        raise typer.Exit(code)
