"""``tunecard export``: tables for LaTeX, a figure as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.report.errors import ReadError

if TYPE_CHECKING:
    from tunecard.report.run import Run


def export(
    run: Annotated[
        Path, typer.Argument(help="A run folder, or a results.json.", show_default=False)
    ],
    *,
    latex: Annotated[
        bool, typer.Option("--latex", help="The main tables in LaTeX, with booktabs.")
    ] = False,
    svg: Annotated[
        str | None,
        typer.Option(help="A figure as SVG, by its name.", show_default=False),
    ] = None,
    png: Annotated[
        str | None,
        typer.Option(help="A figure as PNG, by its name.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write; LaTeX is printed and a figure is FIGURE.svg or "
            "FIGURE.png when not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Export tables or a figure of a run for a paper or a slide.

    Example: tunecard export reports/latest --svg metric-change
    """
    if [latex, svg is not None, png is not None].count(True) != 1:
        raise ReadError("give exactly one of --latex, --svg FIGURE and --png FIGURE.")
    from tunecard.report.load import load
    from tunecard.report.load.manifest import check_target
    from tunecard.report.run import Run

    if out is not None:
        check_target(out)
    content, path = _content(Run(load(run)), svg, png)
    path = out if out is not None else path
    if path is None:
        typer.echo(content, nl=False)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ReadError(
            f"{path}: cannot be written ({error.strerror or error}). Give another --out."
        ) from error
    typer.echo(path)


def _content(run: "Run", svg: str | None, png: str | None) -> tuple[bytes, Path | None]:
    """Return the content of the file, and its name where it has one of its own."""
    from tunecard.report.render.pictures import figure_png, figure_svg

    if svg is not None:
        return figure_svg(run.figure(svg).figure).encode(), Path(f"{svg}.svg")
    if png is not None:
        return figure_png(run.figure(png).figure), Path(f"{png}.png")
    return run.to_latex().encode(), None
