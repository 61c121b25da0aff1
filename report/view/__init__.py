"""Analysis -> ReportView: everything the page says, in strings already formatted."""

from collections.abc import Sequence
from itertools import count

from tunecard.report.analyse.types import Analysis
from tunecard.report.charts import metric_change, quality_against_cost
from tunecard.report.conclusion import Conclusion
from tunecard.report.findings import Finding
from tunecard.report.gates import GateResult
from tunecard.report.load import Loaded
from tunecard.report.view.engines import engine_parts
from tunecard.report.view.gates import gates_table
from tunecard.report.view.quality import between_table, quality_part
from tunecard.report.view.search import search_part
from tunecard.report.view.seeds import banner, page_of
from tunecard.report.view.tables import figure
from tunecard.report.view.time import time_part
from tunecard.report.view.top import banners, dataset_line, messages, run_line, verdicts
from tunecard.report.view.trust import trust
from tunecard.report.view.types import ConclusionPart, ReportView

__all__ = ["ReportView", "build_view"]


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
    results, seeds, numbers = run.results, analysis.seeds, count(1)
    change = metric_change(analysis)
    change_figure = figure(change, next(numbers)) if change is not None else None
    tradeoff = quality_against_cost(analysis)
    tradeoff_figure = figure(tradeoff, next(numbers)) if tradeoff is not None else None
    quality = tuple(
        quality_part(model, analysis, run, numbers) for model in analysis.models
    )
    search = tuple(search_part(model, numbers) for model in analysis.models)
    time = tuple(time_part(model, numbers) for model in analysis.models)
    anchors = _anchors(analysis)
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
        findings=messages(weighty, anchors),
        notes=messages(notes, anchors),
        change=change_figure,
        tradeoff=tradeoff_figure,
        quality=quality,
        between=between_table(analysis),
        search=search,
        time=time,
        conclusion=_conclusion(analysis, conclusion),
        trust=trust(results, analysis.kernel, numbers),
        gates=gates_table(gates),
        seed_pages=tuple(
            (f"seed {seed}", page_of(seed)) for seed in (seeds.seeds if seeds else ())
        ),
        engines=engine_parts(analysis),
    )


def _anchors(analysis: Analysis) -> set[str]:
    """List the ids that findings may point to; the templates put them on the page."""
    anchors = {"quality", "search", "time", "data", "environment"}
    for model in analysis.models:
        anchors |= {f"{part}-{model.name}" for part in ("quality", "search", "time")}
        if any(case.per_class for case in model.cases):
            anchors.add(f"classes-{model.name}")
    return anchors


def _conclusion(analysis: Analysis, conclusion: Conclusion) -> ConclusionPart:
    return ConclusionPart(
        summary=conclusion.summary,
        models=tuple(
            (analysis.model(one.model).label, one.sentence) for one in conclusion.models
        ),
        between=conclusion.between,
        limits=conclusion.limits,
    )
