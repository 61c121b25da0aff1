"""Two runs compared, in Python and in a notebook: verdicts, a table, the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tunecard.report.analyze import analyze
from tunecard.report.analyze.types.runs import RunComparison
from tunecard.report.compare.data import COLUMNS, rows, to_json
from tunecard.report.compare.types import CompareView
from tunecard.report.compare.view import build_view
from tunecard.report.gates import GateResult, against_reference, evaluate
from tunecard.report.load import Loaded
from tunecard.report.render.notebook import framed
from tunecard.report.render.pages import html_page, markdown_page
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import write_file

if TYPE_CHECKING:
    import pandas as pd

HTML, MARKDOWN, JSON = "compare.html", "compare.md", "compare.json"
#: What Tunecard ships, unchanged.
_SHIPPED = PageTheme()


@dataclass(frozen=True, repr=False)
class Comparison:
    """A run against a reference, as ``tunecard.compare`` returns it.

    Parameters
    ----------
    reference, new : Loaded
        What :func:`tunecard.report.load.load` read.

    Examples
    --------
    >>> import tunecard
    >>> compared = tunecard.compare("reports/latest", "reports/latest")
    >>> sorted(compared.verdicts)
    ['tree/baseline', 'tree/tuned']
    >>> compared.verdicts["tree/tuned"]["quality"]
    'inconclusive'
    >>> list(compared.to_frame().query("kind == 'time' and variant == 'tuned'")["name"])
    ['fit', 'predict', 'fit+predict']
    """

    reference: Loaded
    new: Loaded

    @cached_property
    def compared(self) -> RunComparison:
        """Every number and word of the comparison."""
        return against_reference(self.new, self.reference)

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        """What became of the new run's gates."""
        gates = self.new.results.study.gates
        return evaluate(analyze(self.new), gates, self.compared) if gates else ()

    @property
    def verdicts(self) -> Mapping[str, Mapping[str, str]]:
        """The words of each case in both runs: ``verdicts["knn/tuned"]["quality"]``.

        ``quality`` is better, worse, equivalent, inconclusive or not compared;
        ``fit``, ``predict`` and ``fit+predict`` are there where times are compared.
        """
        return MappingProxyType(
            {
                case.key: MappingProxyType(
                    {
                        "quality": case.test.word if case.test else "not compared",
                        **{time.operation: time.word for time in case.times},
                    }
                )
                for case in self.compared.cases
                if case.state == "shared"
            }
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return a row a case and metric, and a row a case and timed operation.

        ``change`` is new minus reference for a metric, new / reference relative to
        the calibration kernel for a time; ``low`` and ``high`` are its 95 %
        interval, next to a verdict adjusted as the verdict is; ``word`` is the verdict
        where there is one.
        """
        import pandas as pd

        frame = pd.DataFrame(list(rows(self.compared)), columns=list(COLUMNS))
        numbers = ["reference", "new", "change", "low", "high", "p"]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def to_json(self) -> str:
        """Write everything as JSON."""
        return to_json(self.compared, self.gates)

    def to_html(self, looks: PageTheme = _SHIPPED) -> str:
        """Write the page: one file that needs no network."""
        return html_page("html/compare.html.j2", self.view, looks)

    def to_markdown(self, looks: PageTheme = _SHIPPED) -> str:
        """Write the same in Markdown."""
        return markdown_page("markdown/compare.md.j2", self.view, looks)

    def write(self, out: Path, looks: PageTheme = _SHIPPED) -> tuple[Path, ...]:
        """Write compare.html, compare.md and compare.json into a folder.

        Returns
        -------
        tuple of Path
            The files, the page first.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        files = {
            HTML: self.to_html(looks),
            MARKDOWN: self.to_markdown(looks),
            JSON: self.to_json(),
        }
        for name, content in files.items():
            write_file(out / name, content)
        return tuple(out / name for name in files)

    def __repr__(self) -> str:
        reference, new = self.compared.first.run_id, self.compared.second.run_id
        reasons = (" ".join(banner) for banner in self.view.banners)
        return "\n".join([f"{new} against {reference}", self.view.summary, *reasons])

    def _repr_html_(self) -> str:
        cards = 230 * ((len(self.view.verdicts) + 1) // 2)
        return framed(
            "summary",
            height=220 + cards + 90 * len(self.view.banners),
            title=self.view.title,
            words=self.view.summary,
            page="",
            view=self.view,
        )

    @cached_property
    def view(self) -> CompareView:
        """What the page shows."""
        return build_view(self.compared, self.gates)
