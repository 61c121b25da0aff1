"""``tunecard report``: render a run again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.report import collector
from tunecard.report.cli.options import Against, Css, Templates

if TYPE_CHECKING:
    from tunecard.report.theme import PageTheme


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
    against: Against = None,
    templates: Templates = None,
    css: Css = None,
) -> None:
    """Render a run again, its gates included: HTML, Markdown, CSV, JUnit's XML.

    Example: tunecard report reports/latest
    """
    # Loaded late: what a page rests on takes longer to import than all other commands.
    from tunecard.report.theme import PageTheme

    with collector.relaxed_gc():
        _report(run, out, against, PageTheme(templates, css))
    collector.spare_the_end()


def _report(run: Path, out: Path | None, against: Path | None, looks: "PageTheme") -> None:
    from tunecard.report.errors import ReadError
    from tunecard.report.gates import exit_code_of
    from tunecard.report.history.places import is_live
    from tunecard.report.load import load
    from tunecard.runner.schema import RESULTS

    looks.check()
    loaded = load(run)
    if out is not None and (out / RESULTS).exists() and not out.samefile(loaded.folder):
        raise ReadError(
            f"--out {out}: holds another run, whose page stays. Give another folder."
        )
    folder = out if out is not None else loaded.folder
    if is_live(folder):
        # The page of what is measured so far could replace the one that it writes last.
        raise ReadError(
            f"{folder}: a run is at work there, and writes its page itself. Wait for its "
            "end, or give another folder by --out."
        )
    reference = load(against) if against is not None else None
    from tunecard.report.render import render
    from tunecard.report.render.lines import gates_lines
    from tunecard.report.run import Run

    files = render(loaded, folder, looks, reference)
    gates = Run(loaded, reference).gates
    if gates:
        typer.echo(gates_lines(gates), err=True)
    typer.echo(files[0])
    code = exit_code_of(gates)
    if code:
        raise typer.Exit(code)
