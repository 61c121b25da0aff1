"""A finished run in Python and in a notebook: its results, page, tables and figures."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tunecard.report import frames
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.conclusion import conclude
from tunecard.report.errors import ReadError
from tunecard.report.findings import find
from tunecard.report.gates import GateResult, judge
from tunecard.report.load import Loaded
from tunecard.report.render import HTML, to_html
from tunecard.report.render.latex import latex_table
from tunecard.report.render.notebook import figure_html, summary_html
from tunecard.report.verdicts import verdicts_frame
from tunecard.report.view import ReportView, build_view
from tunecard.report.view.figures import figures_of, tables_of
from tunecard.report.view.types import Figure
from tunecard.runner.schema import Results

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure of the page, to be shown in a notebook.

    Parameters
    ----------
    figure : Figure
        What the page shows.
    """

    figure: Figure

    @property
    def title(self) -> str:
        """What it shows."""
        return self.figure.title

    @property
    def caption(self) -> str:
        """What to see in it, in plain words."""
        return self.figure.caption

    @property
    def description(self) -> str:
        """Its numbers in sentences."""
        return self.figure.description

    def __repr__(self) -> str:
        return f"{self.title}\n{self.caption}\n{self.description}"

    def _repr_html_(self) -> str:
        return figure_html(self.figure)


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run, as ``tunecard.run`` and ``tunecard.load`` return it.

    Parameters
    ----------
    loaded : Loaded
        What :func:`tunecard.report.load.load` read.
    reference : Loaded or None
        The run that gates against a reference look at.

    Examples
    --------
    >>> import tunecard
    >>> run = tunecard.load("reports/latest")
    >>> run.page.name
    'report.html'
    >>> test = run.to_frame().query("part == 'test' and metric == 'accuracy'")
    >>> sorted(test["variant"].unique())
    ['baseline', 'tuned']
    >>> list(run.figures)
    [..., 'machine']
    """

    loaded: Loaded
    reference: Loaded | None = None

    @property
    def results(self) -> Results:
        """Every raw value that was measured: what results.json holds."""
        return self.loaded.results

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.loaded.folder

    @property
    def page(self) -> Path:
        """The report: one HTML file."""
        return self.folder / HTML

    def page_html(self) -> str:
        """Return the page as it would be rendered now; the file may be older."""
        return to_html(self._view)

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        """What became of the study's gates, in its order."""
        if not self.results.study.gates:
            return ()
        return judge(self.loaded, self._analysis, self.reference)

    @property
    def verdicts(self) -> "pd.DataFrame":
        """The verdict on each model (`tunecard.report.verdicts`)."""
        return verdicts_frame(self._analysis)

    @property
    def conclusion(self) -> str:
        """The Conclusion of the page: its summary, then a paragraph a model."""
        conclusion = self._view.content("conclusion")
        paragraphs = (
            conclusion.summary,
            *(text for _, text in conclusion.models),
            *conclusion.between,
            *filter(None, [conclusion.claim]),
        )
        return "\n\n".join(paragraphs)

    @cached_property
    def figures(self) -> Mapping[str, Picture]:
        """The figures of the page by name, such as ``search-knn``, in its order."""
        figures = sorted(figures_of(self._view), key=lambda figure: int(figure.number))
        return MappingProxyType(
            {figure.id.removeprefix("figure-"): Picture(figure) for figure in figures}
        )

    def figure(self, name: str) -> Picture:
        """Return one figure of the page.

        Parameters
        ----------
        name : str
            One of ``figures``.

        Raises
        ------
        ReadError
            If the page has no such figure; the message lists those it has.
        """
        if name not in self.figures:
            close = difflib.get_close_matches(name, self.figures, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ReadError(
                f"the page has no figure {name!r}.{hint} It has: {', '.join(self.figures)}."
            )
        return self.figures[name]

    def to_latex(self) -> str:
        """Return the page's tables of gates, quality, times and engines in LaTeX."""
        parts = [self._view.content(n) for n in ("gates", "quality", "time", "engines")]
        return "\n".join(map(latex_table, tables_of(tuple(parts))))

    def to_frame(self) -> "pd.DataFrame":
        """Return every metric of every case (`tunecard.report.frames`)."""
        return frames.metrics_frame(self.results)

    def timings_frame(self) -> "pd.DataFrame":
        """Return every timed sample, raw: :func:`tunecard.report.frames.timings_frame`."""
        return frames.timings_frame(self.results)

    def candidates_frame(self) -> "pd.DataFrame":
        """Return every candidate's folds (`tunecard.report.frames`)."""
        return frames.candidates_frame(self.results)

    def __repr__(self) -> str:
        return f"{self.results.study.title}\n{self._view.summary}\n{self.page}"

    def _repr_html_(self) -> str:
        return summary_html(self._view, str(self.page))

    @cached_property
    def _analysis(self) -> Analysis:
        return analyze(self.loaded)

    @cached_property
    def _view(self) -> ReportView:
        analysis = self._analysis
        conclusion = conclude(analysis)
        return build_view(self.loaded, analysis, find(analysis), conclusion, self.gates)
