"""The view of a search: its figure, what it chose and what it cost."""

import math
from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import (
    ModelAnalysis,
    SearchAnalysis,
    SearchCost,
)
from tunecard.report.charts import search_chart, search_progress
from tunecard.report.charts.search_words import amount
from tunecard.report.view.gain import gain_part
from tunecard.report.view.tables import cell, columns, figure, row
from tunecard.report.view.types import LabeledValue, Row, SearchPart, Table
from tunecard.runner.schema import ClusterUse

_METHODS = {
    "shared-neighbors": "each fold's neighbors computed once, shared by all candidates",
    "joint-products": "several candidates of a fold fitted in step, with one matrix "
    "product for them at each step; the scores are those of separate fits",
    "parallel": "candidates and folds in parallel processes",
    "imported": "by another tool; its record was handed over, and nothing of it was "
    "measured here",
}

_SINGLE = (
    LabeledValue("Figures of the search", "It has one candidate, which leaves no choice."),
)


def search_part(model: ModelAnalysis, numbers: Iterator[int]) -> SearchPart:
    """View one model's search; ``numbers`` gives each figure its number."""
    search = model.search
    if search is None:
        return SearchPart(
            name=model.name,
            label=formats.capital(model.label),
            reason=model.search_reason or "not searched",
            sentence="",
            gain=None,
            figure=None,
            progress=None,
            cost=None,
            facts=(),
        )
    gain = gain_part(model, numbers)
    single = search.cost.n_candidates == 1
    chart = None if single else search_chart(model, search.metric.label)
    progress = None if single else search_progress(model, search.metric.label)
    return SearchPart(
        name=model.name,
        label=formats.capital(model.label),
        reason="",
        sentence=_sentence(search),
        gain=gain,
        figure=figure(chart, next(numbers)) if chart is not None else None,
        progress=figure(progress, next(numbers)) if progress is not None else None,
        cost=_cost(model, search.cost),
        facts=tuple(_facts(search)),
        absent=_SINGLE if single else (),
    )


def _sentence(search: SearchAnalysis) -> str:
    cost = search.cost
    return (
        f"A {search.strategy} over {formats.counted(cost.n_candidates, 'candidate')} and "
        f"{formats.counted(cost.n_folds, 'fold')} chose "
        f"{formats.parameters(search.best.params)}."
    )


def _cost(model: ModelAnalysis, cost: SearchCost) -> Table | None:
    if cost.cpu_seconds is None:
        return None
    shared = cost.usual_cpu_seconds is not None
    name = "This search, with the baseline on the same folds"
    rows = [_line(name, cost.n_fits_run, cost.cpu_seconds, cost, "chosen")]
    if cost.baseline_cpu_seconds is not None:
        name = "The baseline: one fit and one predict"
        rows.append(_line(name, 1, cost.baseline_cpu_seconds, cost))
    if cost.usual_cpu_seconds is not None:
        name = "Without sharing neighbors, each candidate fitted on each fold (at least)"
        rows.append(_line(name, cost.n_fits, cost.usual_cpu_seconds, cost))
    notes = []
    if shared:
        notes.append(
            f"One fit per fold computed the neighbors that all "
            f"{formats.counted(cost.n_candidates, 'candidate')} share. Without sharing, "
            "each of them takes as long or longer: scikit-learn's own product is float64."
        )
    if cost.grid is not None:
        grid = cost.grid
        listed = formats.listed(list(grid.parameters))
        name = f"A grid of {grid.n_values} values of {listed} (estimate)"
        rows.append(_line(name, grid.n_fits, grid.cpu_seconds, cost))
        notes.append(_grid_note(cost))
    return Table(
        id=f"table-cost-{model.name}",
        caption="What the search cost",
        columns=columns("Work", "#Fits", "#CPU time", "#Relative to this search"),
        rows=tuple(rows),
        note=" ".join([*notes, *_threads_note(model, cost)]),
    )


def _threads_note(model: ModelAnalysis, cost: SearchCost) -> Iterator[str]:
    """Note where CPU times are of different numbers of threads."""
    own = model.baseline.threads if model.baseline is not None else None
    if cost.baseline_cpu_seconds is not None and own not in (None, cost.threads):
        yield (
            f"The baseline ran with {formats.counted(own, 'thread')}, each process of the "
            f"search with {formats.count(cost.threads)}: CPU times of different numbers of "
            "threads compare only roughly."
        )


def _line(
    name: str, fits: int, seconds: float | None, cost: SearchCost, role: str = ""
) -> Row:
    share = seconds / cost.cpu_seconds if seconds and cost.cpu_seconds else None
    if share is not None and math.isinf(share):  # of a time that no clock can measure
        share = None
    return row(
        (
            name,
            cell(formats.count(fits), fits),
            cell(formats.seconds(seconds), seconds),
            cell(formats.ratio(share), share),
        ),
        role,
    )


def _grid_note(cost: SearchCost) -> str:
    grid = cost.grid
    assert grid is not None
    if grid.saves:
        return (
            f"A grid that tries as many values of each parameter needs "
            f"{formats.counted(grid.n_candidates, 'candidate')}; drawing at random tried "
            f"{formats.count(cost.n_candidates)}."
        )
    if grid.n_candidates < cost.n_candidates:
        return (
            f"A grid of all {formats.counted(grid.n_candidates, 'value')} costs less: the "
            "randomized search drew some of them more than once."
        )
    text = (
        "With one continuous parameter a grid of as many values costs the same: the "
        "randomized search saved nothing here."
    )
    if grid.widest_gap is None or grid.n_grid_same_gap is None:
        return text
    return (
        f"{text} The widest gap between neighboring values is "
        f"{formats.parameter(grid.widest_gap)} {grid.spacing}; an even grid has gaps no "
        f"wider with {formats.counted(grid.n_grid_same_gap, 'value')}."
    )


def _facts(search: SearchAnalysis) -> Iterator[LabeledValue]:
    best, cost = search.best, search.cost
    yield LabeledValue("Chosen", formats.parameters(best.params), code=True)
    yield LabeledValue("Folds", _folds(search))
    if search.halving:
        steps = [
            f"{formats.counted(step.n_candidates, 'candidate')} "
            f"{amount(search, step.resources)}"
            for step in search.halving
        ]
        yield LabeledValue("Halving", "; then ".join(steps))
    method = "joint-products" if search.joint_products else search.method
    yield LabeledValue("How it ran", _METHODS[method] + _elsewhere(search.cluster))
    if search.outputs_reason is not None:
        yield LabeledValue(
            "Out-of-fold outputs", f"not kept, fold scores alone: {search.outputs_reason}"
        )
    yield _wall_time(cost)
    yield LabeledValue("Best mean over folds", _best(search))
    if search.test_score is not None and search.optimism is not None:
        below = (search.optimism < 0) == search.metric.greater_is_better
        yield LabeledValue(
            "On the test rows",
            f"{formats.metric(search.test_score)}; the mean over folds lies "
            f"{formats.delta_size(search.optimism, search.metric)} "
            f"{'below' if below else 'above'} it. {_unseen(search)}",
        )
    if search.one_se is not None:
        simplest = search.one_se
        same = "the one chosen" if simplest.same else formats.parameters(simplest.params)
        yield LabeledValue(
            "Simplest within one standard error",
            f"{same}, {formats.metric(simplest.mean)} on average (limit "
            f"{formats.metric(simplest.threshold)})",
        )
    if search.n_requeried_rows:
        yield LabeledValue(
            "Rows with tied distances",
            f"{formats.count(search.n_requeried_rows)}, searched again with each "
            "candidate's own number of neighbors",
        )
    if search.n_failed:
        yield LabeledValue("Failed candidates", formats.count(search.n_failed))
    yield from _break_even(cost)


def _folds(search: SearchAnalysis) -> str:
    number = formats.count(len(search.folds))
    size = search.folds[0] if search.folds else None
    if size is None:
        return f"{number}; their sizes are not on record"
    return (
        f"{number}, each fitted on {formats.count(size[0])} rows "
        f"and scored on {formats.count(size[1])} training rows held out"
    )


def _wall_time(cost: SearchCost) -> LabeledValue:
    if cost.wall_seconds is not None:
        return LabeledValue(
            "Wall time",
            f"{formats.seconds(cost.wall_seconds)} with "
            f"{formats.counted(cost.jobs, 'process', 'processes')} of "
            f"{formats.counted(cost.threads, 'thread')}",
        )
    if cost.fit_seconds is not None:
        fits = formats.counted(cost.n_fits, "fit")
        return LabeledValue(
            "Time of fits",
            f"{formats.seconds(cost.fit_seconds)} of wall time for {fits} and their "
            "scoring, added up, as the search recorded them",
        )
    return LabeledValue("Time", "not on record")


def _unseen(search: SearchAnalysis) -> str:
    if search.method == "imported":
        return "That the search never saw these rows is declared by the caller"
    return "The search never used these rows"


def _best(search: SearchAnalysis) -> str:
    """Write the winner's mean, and the limits of its interval over folds."""
    best = search.best
    if best.interval is None:
        return formats.metric(best.mean)
    # A metric lies within its range, which Student's t does not respect.
    low, high = search.metric.range
    ends = formats.metric_interval(
        best.interval.low if low is None else max(best.interval.low, low),
        best.interval.high if high is None else min(best.interval.high, high),
    )
    return (
        f"{formats.metric(best.mean)}, 95 % interval {ends} (Nadeau and Bengio, 2003: "
        "corrected for the rows that folds share); optimistic, as it was chosen on them"
    )


def _elsewhere(cluster: ClusterUse | None) -> str:
    """State what ran on a cluster; empty where all ran on this machine."""
    if cluster is None:
        return ""
    part = "" if cluster.share == 1 else f"{formats.percent(cluster.share)} of it "
    rest = "" if cluster.share == 1 else " and the rest on this machine"
    workers = formats.counted(cluster.workers, "worker process", "worker processes")
    return f"; {part}on {workers} of a Dask cluster{rest}. Times were taken on this machine"


def _break_even(cost: SearchCost) -> Iterator[LabeledValue]:
    even = cost.break_even
    if even.predictions is not None:
        yield LabeledValue(
            "Break-even",
            f"after {formats.count(round(even.predictions))} predicted rows, the time "
            "saved equals the time of the search",
        )
    elif even.reason:
        yield LabeledValue("Break-even", even.reason)
    if even.cpu_seconds_per_point is not None:
        value, low, high = map(formats.seconds, even.cpu_seconds_per_point)
        yield LabeledValue(
            "CPU time per point gained",
            f"{value}; {low} to {high} by the interval of the gain",
        )
