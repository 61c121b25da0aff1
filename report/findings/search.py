"""Rules about the search and the fits."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, Edge
from tunecard.report.findings.types import Evidence


def best_on_the_edge(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a winner at an end of its space."""
    for model in analysis.models:
        if model.search is not None and model.search.edges:
            ends = [_describe_edge(edge) for edge in model.search.edges]
            evidence = f"The search for {model.label} chose {formats.listed(ends)}."
            yield Evidence("tip", evidence, "search", model.name)


def _describe_edge(edge: Edge) -> str:
    side = "lower" if edge.side == "low" else "upper"
    low, high = formats.parameter(edge.low), formats.parameter(edge.high)
    value = formats.parameter(edge.value)
    return f"{edge.parameter} = {value}, at the {side} end of {low} to {high}"


def not_converged(analysis: Analysis) -> Iterator[Evidence]:
    """Detect fits that stopped at their iteration limit."""
    for model in analysis.models:
        stopped = [case for case in model.cases if case.converged is False]
        fits = [
            f"the {case.variant} fit stopped after {formats.count(case.n_iter)} iterations"
            for case in stopped
        ]
        search = model.search
        if search is not None:
            tried = [
                candidate
                for candidate in search.candidates
                if candidate.eligible and candidate.converged is not None
            ]
            n_stopped = sum(candidate.converged is False for candidate in tried)
            if n_stopped and fits:
                fits.append(f"so did {n_stopped} of {len(tried)} candidates of the search")
            elif n_stopped:
                fits.append(
                    f"{n_stopped} of {len(tried)} candidates of the search stopped at "
                    "their iteration limit"
                )
        if fits:
            evidence = f"{model.label}: {formats.listed(fits)}."
            yield Evidence(
                "issue" if stopped else "tip",
                evidence,
                "search",
                model.name,
            )


def optimistic_folds(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a best fold score that the test rows do not support."""
    for model in analysis.models:
        search = model.search
        value = model.tuned.metric(search.metric.name) if search and model.tuned else None
        if search is None or value is None or search.best.mean is None:
            continue
        interval = value.interval
        if interval is None:
            continue
        ends = interval.low, interval.high
        if all(search.metric.gain(search.best.mean, end) > 0 for end in ends):
            evidence = (
                f"{model.label}: {formats.metric(search.best.mean)} over the folds, "
                f"{formats.metric(value.test)} "
                f"{formats.metric_interval(interval.low, interval.high)} on the test rows."
            )
            yield Evidence("note", evidence, "search", model.name)


def another_metric(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a search whose metric is not the one that the verdict is about."""
    for model in analysis.models:
        search = model.search
        if search is None or search.metric.name == analysis.metric.name:
            continue
        evidence = (
            f"The search for {model.label} chose by {search.metric.label}; the verdict is "
            f"about {analysis.metric.label}."
        )
        yield Evidence("note", evidence, "search", model.name)


def mostly_luck(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a search whose gain goes for the most part to the choice of the winner."""
    for model in analysis.models:
        gain = model.search.gain if model.search is not None else None
        if gain is None or gain.cv.value is None or gain.corrected.value is None:
            continue
        if gain.mostly_luck:
            after = formats.change(
                gain.corrected.value, gain.corrected.interval, gain.metric
            )
            before = formats.change(gain.cv.value, None, gain.metric)
            evidence = (
                f"{model.label}: of {before} over the folds, {after} remain after "
                f"correction ({gain.method})."
            )
            yield Evidence("tip", evidence, "search", model.name)


def same_parameters(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a tuned model that is the baseline."""
    for model in analysis.models:
        baseline, tuned = model.baseline, model.tuned
        if not baseline or not tuned or baseline.python != tuned.python:
            continue
        if any(not line.startswith("#") for line in baseline.python):  # else no estimator
            evidence = f"For {model.label} the search chose what the baseline has already."
            yield Evidence("note", evidence, "search", model.name)


def failed_candidates(analysis: Analysis) -> Iterator[Evidence]:
    """Detect candidates that could not be scored."""
    for model in analysis.models:
        search = model.search
        if search is None or not search.n_failed:
            continue
        first = next(
            candidate for candidate in search.candidates if candidate.status == "failed"
        )
        evidence = (
            f"{model.label}: {search.n_failed} of {search.cost.n_candidates + 1} "
            f"candidates failed; the first, {formats.parameters(first.params)}: "
            f"{first.reason or 'no reason was recorded'}."
        )
        yield Evidence("issue", evidence, "search", model.name)


def cut_by_budget(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a search that a budget left candidates out of."""
    for model in analysis.models:
        if model.cut is not None:
            evidence = f"{model.label}: {formats.of_planned(model.cut)}."
            yield Evidence("issue", evidence, "search", model.name)


def random_saves_nothing(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a randomized search that a grid would have matched at the same cost.

    The draws of a search that a budget cut are not those that the study requests.
    """
    for model in analysis.models:
        grid = model.search.cost.grid if model.search else None
        if model.search is None or model.cut or grid is None or grid.saves:
            continue
        evidence = (
            f"{model.label}: the search drew {model.search.cost.n_candidates} "
            f"values of {formats.listed(list(grid.parameters))}, and a grid of "
        )
        if grid.n_candidates < model.search.cost.n_candidates:
            evidence += f"all {grid.n_candidates} that there are costs less."
            yield Evidence("note", evidence, "search", model.name)
            continue
        evidence += "as many values costs the same."
        if grid.widest_gap is not None and grid.n_grid_same_gap is not None:
            evidence += (
                f" The widest gap between drawn values is {grid.widest_gap:.2g} "
                f"{grid.spacing}; an even grid of {grid.n_grid_same_gap} leaves none wider."
            )
        yield Evidence("note", evidence, "search", model.name)
