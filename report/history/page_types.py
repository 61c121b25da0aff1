"""Exactly what the template of the history may use: strings, nothing to compute."""

from dataclasses import dataclass

from markupsafe import Markup

from tunecard.report.view.types import Table


@dataclass(frozen=True)
class PanelView:
    """One drawing: its name, its unit, and the markup that report.history.drawing made."""

    title: str
    unit: str
    svg: Markup


@dataclass(frozen=True)
class FigureView:
    """The trends of one model; its words are those of a report's figure."""

    id: str
    number: str
    title: str
    caption: str
    panels: tuple[PanelView, ...]
    description: str
    reading: str
    table: Table


@dataclass(frozen=True)
class GroupView:
    """The runs of one study on one dataset.

    ``newest`` compares the newest run with the earlier ones; ``absent`` is the reason
    why there are no figures.
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
class BandRule:
    """The numbers of the band's rule (report.history.band)."""

    window: str
    fewest: str
    one_in: str
    least_time: str
    least_metric: str
    least_share: str


@dataclass(frozen=True)
class PageView:
    """The whole page; ``dataset`` and ``banners`` are what the masthead shows below it."""

    title: str
    dataset: tuple[str, ...]
    banners: tuple[tuple[str, str], ...]
    overview: Table | None
    groups: tuple[GroupView, ...]
    more: str
    rule: BandRule
    legend: tuple[tuple[Markup, str], ...]
    left: Table | None
