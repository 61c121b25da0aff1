"""Exactly what the template of the history may see: strings, nothing to compute."""

from dataclasses import dataclass

from markupsafe import Markup

from tunecard.report.view.words import LOOKS


@dataclass(frozen=True)
class Column:
    """A column's head; ``group`` is the head above several columns."""

    label: str
    number: bool = False
    group: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell: its text, where it leads, what it sorts by, and its verdict word if any."""

    text: str
    href: str = ""
    value: str = ""
    word: str = ""

    @property
    def tone(self) -> str:
        """The tone of its word, as on a report's cards; empty without a word."""
        return LOOKS[self.word][0] if self.word else ""

    @property
    def sign(self) -> str:
        """The sign of its word, which repeats it for those who do not see the tone."""
        return LOOKS[self.word][1] if self.word else ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is the row's head."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    sortable: bool = False

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Heads above the heads, each with the number of columns that it spans."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and column.group and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return tuple(spans) if any(group for group, _ in spans) else ()


@dataclass(frozen=True)
class PanelView:
    """One drawing: its name, its unit, and the markup that report.history.drawing made."""

    title: str
    unit: str
    svg: Markup


@dataclass(frozen=True)
class FigureView:
    """The trends of one model."""

    id: str
    number: str
    title: str
    caption: str
    panels: tuple[PanelView, ...]
    description: str
    table: Table


@dataclass(frozen=True)
class GroupView:
    """The runs of one study on one dataset.

    ``newest`` says how the newest run stands against the earlier ones; ``absent``
    says why there is no figure.
    """

    id: str
    title: str
    facts: tuple[str, ...]
    newest: str
    figures: tuple[FigureView, ...]
    absent: str
    compare: str
    breaks: Table | None
    marks: Table | None
    runs: Table
    older: Table | None


@dataclass(frozen=True)
class Rule:
    """The numbers of the band's rule (report.history.band)."""

    window: str
    fewest: str
    one_in: str
    least_time: str
    least_metric: str


@dataclass(frozen=True)
class PageView:
    """The whole page."""

    facts: tuple[str, ...]
    overview: Table | None
    groups: tuple[GroupView, ...]
    more: str
    rule: Rule
    legend: tuple[tuple[Markup, str], ...]
    left: Table | None
