"""Analysis -> ReportView: all texts of the page, as formatted strings."""

from collections.abc import Sequence
from itertools import count

from tunecard.report.analyze.types import Analysis
from tunecard.report.conclusion import Conclusion
from tunecard.report.findings import Finding
from tunecard.report.gates import GateResult
from tunecard.report.load import Loaded
from tunecard.report.view.section import Material, Section
from tunecard.report.view.sections import page_sections, register, unregister
from tunecard.report.view.seeds import banner
from tunecard.report.view.top import banners, dataset_line, messages, run_line, verdicts
from tunecard.report.view.types import PlainContent, ReportView, SectionView

__all__ = [
    "Material",
    "PlainContent",
    "ReportView",
    "Section",
    "build_view",
    "page_sections",
    "register",
    "unregister",
]


def build_view(
    run: Loaded,
    analysis: Analysis,
    findings: Sequence[Finding],
    conclusion: Conclusion,
    gates: Sequence[GateResult] = (),
) -> ReportView:
    """Bring a run into the form that templates read.

    Parameters
    ----------
    run : Loaded
        The run, as :func:`tunecard.report.load.load` returns it.
    analysis : Analysis
        Its numbers.
    findings : sequence of Finding
        What a reader should know, the weightiest first.
    conclusion : Conclusion
        Its verdicts in sentences.
    gates : sequence of GateResult
        What became of the study's gates.

    Returns
    -------
    ReportView
        Figures are numbered in the order of the page.
    """
    results, seeds = run.results, analysis.seeds
    material = Material(run, analysis, conclusion, gates, count(1))
    of_task = [each for each in page_sections() if each.task in (None, analysis.task)]
    reasons = {section.name: section.needs(material) for section in of_task}
    there = [section for section in of_task if not reasons[section.name]]
    anchors = _anchors(analysis, [section.id for section in there])
    weighty = [finding for finding in findings if finding.severity != "note"]
    notes = [finding for finding in findings if finding.severity == "note"]
    return ReportView(
        title=results.study.title,
        run_id=results.run_id,
        dataset=dataset_line(results),
        run=run_line(results),
        banners=(*([banner(seeds)] if seeds else []), *banners(results)),
        summary=conclusion.summary,
        verdicts=verdicts(analysis, conclusion),
        findings=messages(weighty, anchors, analysis),
        notes=messages(notes, anchors, analysis),
        sections=tuple(
            SectionView(section.name, section.id, section.title, section.content(material))
            for section in there
        ),
        absent=tuple(
            (page_section.title, reasons[page_section.name])
            for page_section in of_task
            if page_section not in there
        ),
        task=analysis.task,
    )


def _anchors(analysis: Analysis, sections: Sequence[str]) -> set[str]:
    """List the ids that findings may point to; the templates put them on the page."""
    anchors = {*sections, "data", "environment"}
    for model in analysis.models:
        parts = anchors & {"quality", "errors", "search", "time"}
        anchors |= {f"{part}-{model.name}" for part in parts}
        if any(case.per_class for case in model.cases):
            anchors.add(f"classes-{model.name}")
    return anchors
