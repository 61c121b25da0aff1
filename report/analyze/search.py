"""A search: its candidates over folds, its curve, its edges and what it chose."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from tunecard.report.analyze.cost import search_cost
from tunecard.report.analyze.space import Axis, edges, number, numeric_axes
from tunecard.report.analyze.types import (
    CandidateAnalysis,
    CaseAnalysis,
    CurvePoint,
    CurveSeries,
    HalvingStep,
    OneStandardError,
    QualityComparison,
    SearchAnalysis,
    SearchCurve,
)
from tunecard.report.stats.means import over_folds
from tunecard.runner.schema import (
    Candidate,
    MetricSpec,
    ModelSpec,
    Params,
    SearchRecord,
)

#: Points that make a curve; fewer candidates of a last iteration are shown by rank.
_FEWEST_POINTS = 3
_IMPORTED = {
    "grid": "grid search",
    "random": "randomized search",
    "halving-grid": "halving grid search",
    "halving-random": "randomized halving search",
    "optuna": "search by Optuna",
}


def analyze_search(
    record: SearchRecord,
    spec: ModelSpec,
    baseline: CaseAnalysis | None,
    tuned: CaseAnalysis | None,
    compared: QualityComparison | None,
    metric: MetricSpec,
) -> SearchAnalysis:
    """Analyze one search.

    Parameters
    ----------
    record : SearchRecord
        What the runner recorded.
    spec : ModelSpec
        The model with its space.
    baseline, tuned : CaseAnalysis or None
        The model's cases.
    compared : QualityComparison or None
        Baseline against tuned.
    metric : MetricSpec
        What the search optimized.

    Returns
    -------
    SearchAnalysis
    """
    candidates = _candidates(record, metric)
    best = next(candidate for candidate in candidates if candidate.index == record.best)
    first = next((candidate for candidate in candidates if not candidate.eligible), None)
    axes = numeric_axes(spec.search) if spec.search else ()
    halving = _halving(record)
    final = [candidate for candidate in candidates if candidate.iteration == best.iteration]
    curved = len(axes) == 1 and (not halving or len(final) > _FEWEST_POINTS)
    value = tuned.metric(record.metric) if tuned else None
    score = value.test if value else None
    optimism = None
    if best.mean is not None and score is not None:
        optimism = metric.gain(best.mean, score)
    return SearchAnalysis(
        strategy=_title(record, spec),
        method=record.method,
        metric=metric,
        folds=record.folds,
        candidates=candidates,
        best=best,
        baseline=first,
        one_se=_one_standard_error(candidates, best, spec.search.simpler, metric)
        if spec.search
        else None,
        curve=_curve(final, first, best, axes[0], spec) if curved else None,
        edges=edges(best.params, axes),
        test_score=score,
        optimism=optimism,
        n_failed=_n_failed(candidates),
        joint_products=record.joint_products,
        n_requeried_rows=record.n_requeried_rows,
        cost=search_cost(record, spec, baseline, tuned, compared),
        halving=halving,
        resource=spec.search.resource_name if spec.search else None,
        cluster=record.cluster,
        outputs_reason=record.unmeasured.get("outputs"),
    )


def _title(record: SearchRecord, spec: ModelSpec) -> str:
    """Return how the page calls a search; one that was imported keeps its own name."""
    if record.origin == "imported":
        return _IMPORTED.get(record.strategy, record.strategy)
    return spec.search.title if spec.search else record.strategy


def _halving(record: SearchRecord) -> tuple[HalvingStep, ...]:
    """Return how many candidates each iteration had, and on what."""
    steps: dict[int, list[int]] = {}
    for candidate in record.candidates:
        if (
            candidate.eligible
            and candidate.iteration is not None
            and candidate.resources is not None
        ):
            steps.setdefault(candidate.iteration, []).append(candidate.resources)
    return tuple(HalvingStep(len(steps[i]), steps[i][0]) for i in sorted(steps))


def _n_failed(candidates: Sequence[CandidateAnalysis]) -> int:
    """Count the candidates that failed, one that failed in two iterations once."""
    failed = [candidate for candidate in candidates if candidate.status == "failed"]
    once = {
        repr(candidate.params) for candidate in failed if candidate.iteration is not None
    }
    return len(once) + sum(candidate.iteration is None for candidate in failed)


def _candidates(record: SearchRecord, metric: MetricSpec) -> tuple[CandidateAnalysis, ...]:
    means = {candidate.index: _mean(candidate) for candidate in record.candidates}
    last = max((candidate.iteration or 0 for candidate in record.candidates), default=0)
    ranked = [
        mean
        for candidate in record.candidates
        if candidate.eligible
        and (candidate.iteration or 0) == last
        and (mean := means[candidate.index]) is not None
    ]
    return tuple(
        _candidate(
            candidate,
            means[candidate.index],
            ranked if (candidate.iteration or 0) == last else None,
            record.folds,
            metric,
        )
        for candidate in sorted(record.candidates, key=lambda candidate: candidate.index)
    )


def _whole(scores: Sequence[float | None]) -> list[float] | None:
    """Return the scores if there is one for every fold."""
    numbers = [score for score in scores if score is not None]
    return numbers if numbers and len(numbers) == len(scores) else None


def _mean(candidate: Candidate) -> float | None:
    scores = _whole(candidate.scores)
    return float(np.mean(scores)) if scores else None


def _candidate(
    candidate: Candidate,
    mean: float | None,
    ranked: Sequence[float] | None,
    folds: tuple[tuple[int, int] | None, ...],
    metric: MetricSpec,
) -> CandidateAnalysis:
    scores = _whole(candidate.scores)
    sd = float(np.std(scores, ddof=1)) if scores and len(scores) > 1 else None
    seconds = _whole(candidate.cpu_seconds)
    rank, sizes = None, tuple(size for size in folds if size is not None)
    if candidate.eligible and mean is not None and ranked is not None:
        rank = 1 + sum(metric.gain(other, mean) > 0 for other in ranked)
    return CandidateAnalysis(
        index=candidate.index,
        eligible=candidate.eligible,
        params=candidate.params,
        scores=candidate.scores,
        mean=mean,
        sd=sd,
        se=sd / math.sqrt(len(scores)) if scores and sd is not None else None,
        interval=over_folds(scores, sizes) if scores and len(sizes) == len(folds) else None,
        rank=rank,
        cpu_seconds=sum(seconds) if seconds else None,
        status=candidate.status,
        reason=candidate.reason,
        converged=candidate.converged,
        iteration=candidate.iteration,
        resources=candidate.resources,
        fold_seconds=candidate.fold_seconds,
    )


def _one_standard_error(
    candidates: Sequence[CandidateAnalysis],
    best: CandidateAnalysis,
    simpler: Mapping[str, Literal["larger", "smaller"]],
    metric: MetricSpec,
) -> OneStandardError | None:
    """Return the simplest candidate within one standard error of the best.

    L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone (1984),
    "Classification and Regression Trees", section 3.4.3. With several
    parameters in ``simpler``, the first declared decides, then the next; of
    equally simple candidates the better mean is taken.
    """
    if not simpler or best.mean is None or best.se is None:
        return None
    threshold = best.mean - best.se if metric.greater_is_better else best.mean + best.se
    within = [
        candidate
        for candidate in candidates
        if candidate.rank is not None
        and candidate.mean is not None
        and metric.gain(candidate.mean, threshold) >= 0
        and all(number(candidate.params.get(name)) is not None for name in simpler)
    ]
    if not within:
        return None

    def simplicity(candidate: CandidateAnalysis) -> tuple[float, ...]:
        signs = {"larger": 1.0, "smaller": -1.0}
        values = [
            signs[way] * (number(candidate.params.get(name)) or 0.0)
            for name, way in simpler.items()
        ]
        return (*values, metric.gain(candidate.mean or 0.0, 0.0))

    chosen = max(within, key=simplicity)
    return OneStandardError(
        candidate=chosen.index,
        params=chosen.params,
        mean=chosen.mean or 0.0,
        threshold=threshold,
        same=chosen.index == best.index,
    )


def _curve(
    candidates: Sequence[CandidateAnalysis],
    baseline: CandidateAnalysis | None,
    best: CandidateAnalysis,
    axis: Axis,
    spec: ModelSpec,
) -> SearchCurve:
    lines: dict[tuple[tuple[str, str], ...], tuple[Params, list[CurvePoint]]] = {}
    for candidate in candidates:
        if not candidate.eligible:
            continue
        point = _point(candidate, candidate.params.get(axis.name))
        others = {name: v for name, v in candidate.params.items() if name != axis.name}
        key = tuple(sorted((name, repr(value)) for name, value in others.items()))
        points = lines.setdefault(key, (others, []))[1]
        if point is not None:
            points.append(point)
    own = None
    if baseline is not None:
        value = baseline.params.get(axis.name, spec.params.get(axis.name))
        own = _point(baseline, value)
    return SearchCurve(
        parameter=axis.name,
        scale=axis.scale,
        low=axis.low,
        high=axis.high,
        series=tuple(
            CurveSeries(others, tuple(sorted(points, key=lambda point: point.x)))
            for others, points in lines.values()
        ),
        baseline=own,
        best=best.index,
    )


def _point(candidate: CandidateAnalysis, value: object) -> CurvePoint | None:
    x = number(value)
    if x is None or candidate.mean is None:
        return None
    return CurvePoint(candidate.index, x, candidate.mean, candidate.se, candidate.scores)
