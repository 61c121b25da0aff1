"""Exactly what a template may use: formatted strings, nothing to compute."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tunecard.report.charts import Drawing
from tunecard.runner.metrics import TaskName

#: The meaning of something, for its looks; a word next to it always states the same.
Tone: TypeAlias = Literal["good", "bad", "same", "unclear", "none"]


@dataclass(frozen=True)
class Column:
    """A column's head.

    ``number`` sets its cells flush right; ``group`` is the head above several
    columns.
    """

    label: str
    number: bool = False
    group: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell: its text, what it sorts by where that is not the text, its tone.

    ``sign`` stands before the text and repeats its tone, ``href`` is where it leads.
    """

    text: str
    value: str = ""
    tone: Tone | Literal[""] = ""
    code: bool = False
    href: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Row:
    """A row of cells; ``role`` sets it apart: the one that was chosen."""

    cells: tuple[Cell, ...]
    role: Literal["", "chosen"] = ""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is the row's head.

    ``note`` stands below it; a ``long`` table is better folded away.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    sortable: bool = False
    long: bool = False

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
class TileView:
    """One image of a sheet.

    ``box`` is the view of the sprite that shows it alone, in the form of SVG's
    viewBox; ``alt`` is its alternative text, ``lines`` stand below it.
    """

    box: str
    alt: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class SheetView:
    """Images out of one sprite: its ``data:`` address, its size, titled groups.

    With ``ink`` they are dark on a transparent ground, so that a dark page inverts them.
    ``scale`` is the color scale: its low end in words, its image, its high end.
    """

    sprite: str
    width: str
    height: str
    groups: tuple[tuple[str, tuple[TileView, ...]], ...]
    ink: bool
    scale: tuple[str, TileView, str] | None
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure with its words and the table of its numbers.

    ``svg`` is the picture, drawn when it is written; ``broad`` keeps its width
    on a narrow screen, where it scrolls in its own box. ``sheet`` stands in its
    place where the figure is made of images.
    """

    id: str
    number: str
    svg: Drawing
    title: str
    caption: str
    description: str
    reading: str
    table: Table
    broad: bool = False
    sheet: SheetView | None = None


@dataclass(frozen=True)
class LabeledValue:
    """A label and its value; ``code`` sets the value in the fixed-width type."""

    term: str
    text: str
    code: bool = False


@dataclass(frozen=True)
class CostRow:
    """One cost on a verdict card: its name, the figure, its verdict, the detail below."""

    name: str
    text: str
    word: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """The card of one model at the top of the page.

    ``change`` is the change of the study's metric with its interval, empty where nothing
    was compared; ``sentence`` continues it.
    ``metrics`` is the headline table, None where no case has any; ``open_times``
    is why its times are inconclusive and what to do, empty where they are not;
    ``scope_of_times`` is what its words on time hold for, empty without any;
    ``href`` leads to the evidence.
    """

    id: str
    label: str
    tone: Tone
    sign: str
    word: str
    sentence: str
    metrics: Table | None
    costs: tuple[CostRow, ...]
    open_times: str
    href: str
    scope_of_times: str = ""
    change: str = ""


@dataclass(frozen=True)
class Message:
    """Findings of one kind: severity as a word and a tone, and links to the evidence.

    ``links`` are pairs of a label and an address; with a single model the label is empty.
    """

    code: str
    tone: Tone
    severity: str
    title: str
    evidence: str
    what_to_do: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    """Lines to copy, and what they are."""

    title: str
    text: str
    language: str = ""


@dataclass(frozen=True)
class QualityPart:
    """Quality of one model.

    ``reason`` is why its two cases cannot be compared, empty where they can;
    ``absent`` names figures that are not there, each with its reason. ``seeds`` is
    there where the study has several. ``summary`` is the verdict in a line.
    """

    name: str
    label: str
    reason: str
    metrics: Table | None
    more: Table | None
    test: tuple[LabeledValue, ...]
    class_change: Figure | None
    classes: Table | None
    change: Figure | None
    matrices: tuple[Figure, ...]
    images: Figure | None
    errors: Figure | None
    weights: Figure | None
    calibration: Figure | None
    absent: tuple[LabeledValue, ...]
    seeds: Table | None = None
    seeds_figure: Figure | None = None
    summary: str = ""


@dataclass(frozen=True)
class QualityContent:
    """Quality of all models: between them, and a part each.

    ``seed_pages`` names the pages of single seeds, each with its path up to the ending.
    """

    change: Figure | None
    tradeoff: Figure | None
    models: tuple[QualityPart, ...]
    between: Table | None
    seed_pages: tuple[tuple[str, str], ...]
    absent: tuple[LabeledValue, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The answer to a reader's question, with its own anchor on the page."""

    id: str
    term: str
    text: str


@dataclass(frozen=True)
class GainPart:
    """Whether a search was worth it: the decision, its figures and its answers."""

    id: str
    decision: Answer
    figure: Figure | None
    answers: tuple[Answer, ...]
    budget: Figure | None


@dataclass(frozen=True)
class SearchPart:
    """The search of one model; ``reason`` is why there is nothing to show."""

    name: str
    label: str
    reason: str
    sentence: str
    gain: GainPart | None
    figure: Figure | None
    progress: Figure | None
    cost: Table | None
    facts: tuple[LabeledValue, ...]
    absent: tuple[LabeledValue, ...] = ()


@dataclass(frozen=True)
class TimePart:
    """Times and memory of one model; ``reason`` is why there are none.

    ``summary`` has the verdict on each operation, in a line.
    """

    name: str
    label: str
    reason: str
    times: Table | None
    figure: Figure | None
    latency: Figure | None
    memory: Table | None
    absent: tuple[LabeledValue, ...]
    summary: str = ""


@dataclass(frozen=True)
class EnginesPart:
    """The models that run on two engines: their times, and whether they agree."""

    title: str
    times: Table
    agreement: Table


@dataclass(frozen=True)
class ConclusionPart:
    """The Conclusion: a paragraph a model, pairs of models, and what it leaves open."""

    summary: str
    models: tuple[tuple[str, str], ...]
    between: tuple[str, ...]
    limits: tuple[str, ...]
    claim: str = ""


@dataclass(frozen=True)
class Trust:
    """Everything needed to judge the run and to reproduce it.

    ``machine`` shows how steady the machine was; where it is None, ``absent`` has
    the reason.
    """

    command: Code
    estimators: tuple[Code, ...]
    environment: tuple[LabeledValue, ...]
    packages: Table
    data: tuple[LabeledValue, ...]
    classes: Table
    hashes: Table
    cases: Table
    failures: tuple[tuple[str, str, str], ...]
    warnings: Table | None
    stages: Table
    memory: Table | None
    study: Code
    machine: Figure | None
    absent: tuple[LabeledValue, ...]


@dataclass(frozen=True)
class ErrorsPart:
    """One model's predictions and errors, of a regression.

    ``summary`` is its line where it is folded, ``moved`` has the rows that changed most,
    ``quantiles`` the shares of rows at or below predicted quantiles.
    """

    name: str
    label: str
    summary: str
    figures: tuple[Figure, ...]
    quantiles: Table | None
    moved: Table | None
    absent: tuple[LabeledValue, ...]


@dataclass(frozen=True)
class PlainContent:
    """What the default templates of a section show, in this order."""

    lead: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    facts: tuple[LabeledValue, ...] = ()


@dataclass(frozen=True)
class SectionView:
    """A section that the page has: its id, its heading, its content."""

    name: str
    id: str
    title: str
    content: Any


@dataclass(frozen=True)
class ReportView:
    """The whole page, ready to be written in any format.

    ``sections`` stand in the order of the page; ``absent`` names those that this run
    has no need of, each with the reason. ``task`` decides which terms the glossary has.
    """

    title: str
    run_id: str
    dataset: tuple[str, ...]
    run: tuple[str, ...]
    banners: tuple[tuple[str, str], ...]
    summary: str
    verdicts: tuple[Verdict, ...]
    findings: tuple[Message, ...]
    notes: tuple[Message, ...]
    sections: tuple[SectionView, ...]
    absent: tuple[tuple[str, str], ...]
    task: TaskName

    def section(self, name: str) -> SectionView | None:
        """Return a section by its name; None where the page does not have it."""
        return next((section for section in self.sections if section.name == name), None)

    def content(self, name: str) -> Any:
        """Return what a section of the page holds; None where the page lacks it."""
        section = self.section(name)
        return None if section is None else section.content
