"""A finished run in Python and in a notebook: its results, page, tables and figures."""

from dataclasses import dataclass
from pathlib import Path

from report.load import Loaded
from report.render import HTML
from runner.schema import Results


@dataclass(frozen=True)
class Run:
    """A finished run.

    Parameters
    ----------
    loaded : Loaded
        What :func:`report.load.load` read.
    """

    loaded: Loaded

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
