"""The sections of the page, in its order, and how to add one of your own."""

from collections.abc import Iterator

from tunecard.report.analyze.types import Analysis
from tunecard.report.charts import metric_change, quality_against_cost
from tunecard.report.errors import ReadError
from tunecard.report.findings import add_rule, remove_rule
from tunecard.report.view.curves import curves_part, no_curves
from tunecard.report.view.engines import engine_parts
from tunecard.report.view.errors import errors_parts, no_errors
from tunecard.report.view.gates import gates_table
from tunecard.report.view.procedure import no_procedure, procedure
from tunecard.report.view.quality import quality_part
from tunecard.report.view.search import search_part
from tunecard.report.view.section import Material, Section
from tunecard.report.view.seeds import page_of
from tunecard.report.view.time import time_part
from tunecard.report.view.trust import trust
from tunecard.report.view.types import (
    ConclusionPart,
    EnginesPart,
    LabeledValue,
    QualityContent,
    SearchPart,
    Table,
    TimePart,
    Trust,
)
from tunecard.report.view.verdicts import between_table

#: Blocks of the page's frame, which no section may be named after.
_FRAME = ("title", "skip", "masthead", "contents", "body", "foot")


def _quality(material: Material) -> QualityContent:
    analysis, seeds = material.analysis, material.analysis.seeds
    change, tradeoff = metric_change(analysis), quality_against_cost(analysis)
    absent = tuple(_without_content(analysis))
    if absent:
        change = tradeoff = None
    return QualityContent(
        change=material.figure(change) if change is not None else None,
        tradeoff=material.figure(tradeoff) if tradeoff is not None else None,
        models=tuple(
            quality_part(model, analysis, material.run, material.numbers)
            for model in analysis.models
        ),
        between=between_table(analysis),
        seed_pages=tuple(
            (seeds.name_of(seed), page_of(seed))
            for seed in (seeds.seeds if seeds and seeds.have_pages else ())
            if seeds is not None
        ),
        absent=absent,
    )


def _without_content(analysis: Analysis) -> Iterator[LabeledValue]:
    """Name the figures that would show no difference, because none is decided."""
    compared = [model for model in analysis.models if model.quality is not None]
    words = [model.quality_word for model in compared]
    words += [pair.test.word for pair in analysis.between]
    times = [time.word for model in compared for time in model.times]
    if compared and {*words, *times} == {"inconclusive"}:
        metric = analysis.metric.label
        yield LabeledValue(
            f"What tuning changed, and {metric} against time",
            f"No difference in {metric} or in time is decided. The intervals stand below.",
        )


def _no_gates(material: Material) -> str:
    return "" if material.gates else "the study has none"


def _gates(material: Material) -> Table | None:
    return gates_table(material.gates)


def _no_search(material: Material) -> str:
    results = material.run.results
    if results.searches or any(spec.search for spec in results.study.models):
        return ""
    if all(spec.origin == "imported" for spec in results.study.models):
        return "no record of a search was handed over"
    return "the study searches no model"


def _search(material: Material) -> tuple[SearchPart, ...]:
    return tuple(search_part(model, material.numbers) for model in material.analysis.models)


def _no_time(material: Material) -> str:
    cases = material.analysis.cases
    if any(case.times for case in cases):
        return ""
    reasons = sorted({case.timings_reason for case in cases if case.timings_reason})
    return f"no call was timed{': ' if reasons else ''}{' and '.join(reasons)}"


def _time(material: Material) -> tuple[TimePart, ...]:
    scopes = {part.model: part.scope_of_times for part in material.conclusion.models}
    return tuple(
        time_part(model, material.numbers, scopes[model.name])
        for model in material.analysis.models
    )


def _no_engines(material: Material) -> str:
    return "" if material.analysis.engines else "no model runs on two engines"


def _engines(material: Material) -> tuple[EnginesPart, ...]:
    return engine_parts(material.analysis)


def _conclusion(material: Material) -> ConclusionPart:
    analysis, conclusion = material.analysis, material.conclusion
    return ConclusionPart(
        summary=conclusion.summary,
        models=tuple(
            (analysis.model(model.model).label, model.sentence)
            for model in conclusion.models
        ),
        between=conclusion.between,
        limits=conclusion.limits,
        claim=conclusion.claim,
    )


def _trust(material: Material) -> Trust:
    return trust(material.run.results, material.analysis.kernel, material.numbers)


def _words_alone(_material: Material) -> None:
    """Make nothing: the templates have the words, or take them from the page's top."""


_PAGE: list[Section] = [
    Section(
        # In Markdown the gates stand with the verdicts, in the summary too.
        "gates", "Gates", _gates, _no_gates, "html/sections/gates.html.j2", "",
    ),
    Section(
        "top",
        "Verdicts",
        _words_alone,
        html="html/top.html.j2",
        markdown="markdown/sections/top.md.j2",
        anchor="verdicts",
    ),
    Section(
        "quality", "Quality", _quality,
        html="html/quality.html.j2", markdown="markdown/sections/quality.md.j2",
    ),
    Section(
        "curves", "ROC and precision-recall curves", curves_part, no_curves,
        task="classification",
    ),
    Section(
        "errors", "Predictions and errors", errors_parts, no_errors,
        "html/errors.html.j2", "markdown/sections/errors.md.j2", task="regression",
    ),
    Section("procedure", "Tuning as a procedure", procedure, no_procedure),
    Section(
        "search", "Search", _search, _no_search,
        "html/search.html.j2", "markdown/sections/search.md.j2",
    ),
    Section(
        "time", "Time and memory", _time, _no_time,
        "html/time.html.j2", "markdown/sections/time.md.j2",
    ),
    Section(
        "engines", "Engines", _engines, _no_engines,
        "html/sections/engines.html.j2", "markdown/sections/engines.md.j2",
    ),
    Section(
        "conclusion", "Conclusion", _conclusion,
        html="html/conclusion.html.j2", markdown="markdown/sections/conclusion.md.j2",
    ),
    Section(
        "trust", "Data and trust", _trust,
        html="html/trust.html.j2", markdown="markdown/sections/trust.md.j2",
    ),
    Section(
        "glossary", "Glossary", _words_alone,
        html="html/glossary.html.j2", markdown="markdown/glossary.md.j2",
    ),
]  # fmt: skip


def page_sections() -> tuple[Section, ...]:
    """Return the sections of the page, in its order."""
    return tuple(_PAGE)


def register(section: Section, *, after: str = "engines") -> None:
    """Add a section to every page that is rendered from now on.

    It is on the HTML page, in the Markdown file and in the list of contents; its tables
    are CSV files, and its rules are among the findings. A section of the same name is
    replaced, so that a notebook's cell can run again.

    Parameters
    ----------
    section : Section
        The section.
    after : str
        Name of the section that it follows.

    Raises
    ------
    ReadError
        If its name is not an identifier or belongs to the page's frame, if there is no
        section to follow, or if a rule has the code of another one.
    """
    if not section.name.isidentifier() or section.name in _FRAME:
        raise ReadError(
            f"section name {section.name!r} is not allowed: use letters, digits and "
            f"underscores, and none of {', '.join(_FRAME)}."
        )
    unregister(section.name)
    names = [other.name for other in _PAGE]
    if after not in names:
        raise ReadError(
            f"after = {after!r} is not a section; there are {', '.join(names)}."
        )
    for rule in section.rules:
        add_rule(rule)
    _PAGE.insert(names.index(after) + 1, section)


def unregister(name: str) -> None:
    """Remove a section, and the rules that came with it; nothing where there is none."""
    for section in [other for other in _PAGE if other.name == name]:
        _PAGE.remove(section)
        for rule in section.rules:
            remove_rule(rule.code)
