"""ReportView -> the page, its Markdown twins and the CSV files."""

from pathlib import Path

from report.analyse import analyse
from report.conclusion import conclude
from report.findings import find
from report.load import Loaded
from report.render.environment import (
    assets,
    html_environment,
    markdown_environment,
    package_loader,
)
from report.render.markdown import squeeze
from report.render.pytest_benchmark import pytest_benchmark_json
from report.render.spreadsheets import candidates_csv, metrics_csv
from report.view import ReportView, build_view
from runner.schema import write_file

__all__ = ["HTML", "render", "to_html", "to_markdown"]

HTML = "report.html"


def render(loaded: Loaded, out: Path) -> tuple[Path, ...]:
    """Render a run into a folder.

    The same run gives the same bytes: no clock is read, nothing is random.

    Parameters
    ----------
    loaded : Loaded
        A run, as :func:`report.load.load` returns it.
    out : Path
        The folder; it is made if need be.

    Returns
    -------
    tuple of Path
        The files written, report.html first.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    analysis = analyse(loaded)
    view = build_view(loaded.results, analysis, find(analysis), conclude(analysis))
    run_id = loaded.results.run_id
    files = {
        HTML: to_html(view),
        "report.md": to_markdown(view, "report"),
        "summary.md": to_markdown(view, "summary"),
        "metrics.csv": metrics_csv(analysis, run_id),
        "candidates.csv": candidates_csv(analysis, run_id),
        "pytest-benchmark.json": pytest_benchmark_json(loaded.results),
    }
    for name, content in files.items():
        write_file(out / name, content)
    return tuple(out / name for name in files)


def to_html(view: ReportView, *, theme: str = "auto") -> str:
    """Write the page: one file that asks nothing of the network.

    Parameters
    ----------
    view : ReportView
        What it says.
    theme : str
        ``auto``, ``light`` or ``dark``: what it opens in.
    """
    environment = html_environment(package_loader())
    template = environment.get_template("html/report.html.j2")
    return template.render(view=view, theme=theme, assets=assets(environment)) + "\n"


def to_markdown(view: ReportView, name: str) -> str:
    """Write ``report`` (all of it) or ``summary`` (its top) as Markdown."""
    environment = markdown_environment(package_loader())
    return squeeze(environment.get_template(f"markdown/{name}.md.j2").render(view=view))
