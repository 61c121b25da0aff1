"""ReportView -> the page, its Markdown twins and the CSV files."""

from dataclasses import replace
from pathlib import Path

from tunecard.report import collector
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.analyze.types import SeedsAnalysis
from tunecard.report.charts.together import cores, draw_together
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.gates import judge
from tunecard.report.load import Loaded
from tunecard.report.load.manifest import write_manifest
from tunecard.report.render.junit import junit_xml
from tunecard.report.render.pages import html_page, markdown_page
from tunecard.report.render.pytest_benchmark import pytest_benchmark_json
from tunecard.report.render.spreadsheets import (
    candidates_csv,
    metrics_csv,
    own_tables,
    table_csv,
)
from tunecard.report.render.summary_json import summary_json
from tunecard.report.seeds import by_seed
from tunecard.report.theme import PageTheme
from tunecard.report.view import ReportView, build_view
from tunecard.report.view.figures import figures_of
from tunecard.report.view.seeds import page_of
from tunecard.runner.schema import write_file

__all__ = ["HTML", "render", "to_html", "to_markdown"]

HTML = "report.html"
#: What Tunecard ships, unchanged.
SHIPPED = PageTheme()


def render(
    loaded: Loaded,
    out: Path,
    looks: PageTheme = SHIPPED,
    reference: Loaded | None = None,
    analysis: Analysis | None = None,
) -> tuple[Path, ...]:
    """Render a run into a folder.

    The same run gives the same bytes: no clock is read, nothing is random.

    Parameters
    ----------
    loaded : Loaded
        A run, as :func:`tunecard.report.load.load` returns it.
    out : Path
        The folder; it is made if need be.
    looks : PageTheme
        The user's own templates and styles.
    reference : Loaded or None
        The run that gates against a reference compare with.
    analysis : Analysis or None
        The run's own, where the caller has made it already.

    Returns
    -------
    tuple of Path
        The files written, report.html first; the manifest of the folder comes last and
        is not among them.

    Raises
    ------
    OutputError
        If a file cannot be written.
    ReadError
        If a template of the user's is broken; the message names file and line.
    """
    looks.check()
    analysis = analysis or analyze(loaded)
    gates = judge(loaded, analysis, reference)
    findings, conclusion = find(analysis), conclude(analysis)
    view = build_view(loaded, analysis, findings, conclusion, gates)
    run_id, draft = loaded.results.run_id, loaded.results.in_progress
    files = {
        HTML: to_html(view, looks=looks, draft=draft),
        "report.md": to_markdown(view, "report", looks=looks),
        "summary.md": to_markdown(view, "summary", looks=looks),
        "metrics.csv": metrics_csv(analysis, run_id),
        "candidates.csv": candidates_csv(analysis, run_id),
        "pytest-benchmark.json": pytest_benchmark_json(loaded.results),
        "summary.json": summary_json(loaded.results, analysis, conclusion, findings, gates),
        "junit.xml": junit_xml(loaded.results, gates),
    }
    files |= {f"{table.id}.csv": table_csv(table) for table in own_tables(view)}
    if analysis.seeds is not None and analysis.seeds.have_pages:
        files |= _of_seeds(loaded, analysis.seeds, looks)
    for name, content in files.items():
        write_file(out / name, content)
    write_manifest(out, files, shipped=looks == SHIPPED and reference is None)
    return tuple(out / name for name in files)


def _of_seeds(loaded: Loaded, seeds: SeedsAnalysis, looks: PageTheme) -> dict[str, str]:
    """Write the page of each of several seeds, as of a run of its own."""
    files = {}
    for run, seed, analysis in zip(
        by_seed(loaded), seeds.seeds, seeds.analyses, strict=True
    ):
        view = build_view(run, analysis, find(analysis), conclude(analysis))
        view = replace(view, title=f"{view.title}: seed {seed}")
        draft = loaded.results.in_progress
        files[f"{page_of(seed)}.html"] = to_html(view, looks=looks, draft=draft)
        files[f"{page_of(seed)}.md"] = to_markdown(view, "report", looks=looks)
    return files


def to_html(
    view: ReportView,
    *,
    theme: str = "auto",
    looks: PageTheme = SHIPPED,
    draft: bool = False,
) -> str:
    """Write the page: one file that makes no network requests.

    Parameters
    ----------
    view : ReportView
        Its content.
    theme : str
        ``auto``, ``light`` or ``dark``: the theme it opens in.
    looks : PageTheme
        The user's own templates and styles.
    draft : bool
        The page is completed soon: its figures are drawn for wide screens alone, which
        takes half the time.
    """
    drawings = [figure.svg for figure in figures_of(view)]
    with collector.relaxed_gc():
        for drawing in drawings if draft else ():
            drawing.for_one_width()
        draw_together(drawings, cores())
    return html_page("html/report.html.j2", view, looks, theme=theme)


def to_markdown(view: ReportView, name: str, *, looks: PageTheme = SHIPPED) -> str:
    """Write ``report`` (all of it) or ``summary`` (its top) as Markdown."""
    return markdown_page(f"markdown/{name}.md.j2", view, looks)
