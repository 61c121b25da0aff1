"""The words and the table next to the figure of a search."""

from typing import Final

from tunecard.report import formats
from tunecard.report.analyze.types import CandidateAnalysis, SearchAnalysis

_HEADER: Final = (
    "Setting",
    "Mean score",
    "SD over folds",
    "Lowest fold",
    "Highest fold",
    "Note",
)


def ranked(search: SearchAnalysis) -> list[CandidateAnalysis]:
    """List the candidates that have a rank, best first."""
    candidates = [
        candidate for candidate in search.candidates if candidate.rank is not None
    ]
    return sorted(candidates, key=lambda candidate: (candidate.rank or 0, candidate.index))


def table(search: SearchAnalysis) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Write every candidate as a row, best first, those without a rank last."""
    ordered = sorted(
        search.candidates,
        key=lambda c: (c.rank is None, c.rank or 0, -(c.iteration or 0), c.index),
    )
    return _HEADER, tuple(_cells(search, candidate) for candidate in ordered)


def _cells(search: SearchAnalysis, candidate: CandidateAnalysis) -> tuple[str, ...]:
    scores = [score for score in candidate.scores if score is not None]
    return (
        formats.parameters(candidate.params),
        formats.metric(candidate.mean),
        formats.metric(candidate.sd),
        formats.metric(min(scores, default=None)),
        formats.metric(max(scores, default=None)),
        _note(search, candidate),
    )


def _note(search: SearchAnalysis, candidate: CandidateAnalysis) -> str:
    """Name what is special about a candidate, in a few words."""
    notes = []
    if candidate.index == search.best.index:
        notes.append("chosen")
    if search.one_se is not None and candidate.index == search.one_se.candidate:
        notes.append("simplest within one standard error")
    if candidate.iteration is not None and candidate.resources is not None:
        notes.append(
            f"iteration {candidate.iteration + 1} of {len(search.halving)}, "
            f"{amount(search, candidate.resources)}"
        )
    if not candidate.eligible:
        notes.append("baseline, not eligible")
    if candidate.status == "failed":
        notes.append(f"failed: {candidate.reason or 'no reason was recorded'}")
    if candidate.converged is False:
        notes.append("stopped at its iteration limit")
    return ", ".join(notes)


def amount(search: SearchAnalysis, resources: int) -> str:
    """Write what an iteration of a halving search gave its candidates."""
    if search.resource == "n_samples":
        return f"on {formats.counted(resources, 'row')}"
    return f"with {search.resource} = {formats.count(resources)}"


def caption(search: SearchAnalysis) -> str:
    """State what was chosen, its score and the baseline's, and at which end it lies."""
    best = search.best
    text = (
        f"Chosen: {formats.parameters(best.params)}, with {formats.metric(best.mean)} "
        f"on average over {formats.counted(len(search.folds), 'fold')}"
    )
    if search.baseline is not None and search.baseline.mean is not None:
        text += (
            f"; the baseline has {formats.metric(search.baseline.mean)} on the same folds"
        )
    text += "."
    if search.halving:
        n_first = formats.counted(search.halving[0].n_candidates, "candidate")
        text += (
            f" Of {n_first} those in the figure reached the last of "
            f"{formats.counted(len(search.halving), 'iteration')}; the others were dropped "
            "on fewer resources, and their scores do not compare with these."
        )
    for edge in search.edges:
        side = "lower" if edge.side == "low" else "upper"
        text += (
            f" It lies at the {side} end of the space of {edge.parameter}: "
            "a wider space may hold a better one."
        )
    return text


def description(search: SearchAnalysis) -> str:
    """Describe the best, the worst and the baseline in numbers."""
    settings = [
        f"{formats.parameters(c.params)}: {formats.metric(c.mean)}" for c in ranked(search)
    ]
    text = "Best means over folds: " + "; ".join(settings[:5]) + "."
    if len(settings) > 5:
        text += f" The worst of {formats.count(len(settings))}: {settings[-1]}."
    if search.baseline is not None:
        text += f" Baseline: {formats.metric(search.baseline.mean)}."
    return text


def reading(search: SearchAnalysis, parameter: str) -> str:
    """Explain the marks of a validation curve."""
    text = (
        "Each small mark is the score on one fold, the line joins the means over folds, "
        f"its band is one standard error either way. The star is the {parameter} that was "
        "chosen; the baseline, on the same folds, is the open diamond, or a level line "
        "where its place is not on record. Dotted upright lines are the ends of the space. "
        "The scores of the best candidate are optimistic: it was chosen on these folds."
    )
    if search.one_se is not None:
        text += (
            " Candidates above the dashed level line are within one standard error of the "
            "best; these folds cannot distinguish a simpler one among them from the best."
        )
    return text
