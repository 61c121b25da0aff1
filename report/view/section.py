"""A section of the page: its needs, its content, its templates and its findings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tunecard.report.analyze.types import Analysis
from tunecard.report.charts import Chart
from tunecard.report.conclusion import Conclusion
from tunecard.report.findings import Rule
from tunecard.report.gates import GateResult
from tunecard.report.load import Loaded
from tunecard.report.view.tables import figure
from tunecard.report.view.types import Figure
from tunecard.runner.metrics import TaskName


@dataclass(frozen=True)
class Material:
    """What a section is made of.

    Attributes
    ----------
    run : Loaded
        The run.
    analysis : Analysis
        Its numbers and words.
    conclusion : Conclusion
        Its verdicts in sentences.
    gates : sequence of GateResult
        The outcome of each of the study's gates.
    numbers : iterator of int
        The numbers of figures that are left, in the order of the page.
    """

    run: Loaded
    analysis: Analysis
    conclusion: Conclusion
    gates: Sequence[GateResult]
    numbers: Iterator[int]

    def figure(self, chart: Chart) -> Figure:
        """Give a chart the next number of the page."""
        return figure(chart, next(self.numbers))


def _always(_material: Material) -> str:
    return ""


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading of its own.

    Attributes
    ----------
    name : str
        An identifier: of the section, and of its block in the page's template.
    title : str
        Its heading, and its line in the list of contents.
    content : callable
        Makes from the material what the templates receive as ``section.content``; a
        :class:`~tunecard.report.view.types.PlainContent` for the default templates.
    needs : callable
        Returns why a run has no such section; empty where it has.
    html, markdown : str
        Its templates; without Markdown it is on the HTML page alone, or part of another
        section there.
    rules : tuple of Rule
        Findings of its own.
    anchor : str
        Its id on the page; its name by default.
    task : str or None
        The task that it is of: another one's pages do not name it; None for both.
    """

    name: str
    title: str
    content: Callable[[Material], object]
    needs: Callable[[Material], str] = _always
    html: str = "html/sections/plain.html.j2"
    markdown: str = "markdown/sections/plain.md.j2"
    rules: tuple[Rule, ...] = ()
    anchor: str = ""
    task: TaskName | None = None

    @property
    def id(self) -> str:
        """Its id on the page."""
        return self.anchor or self.name
