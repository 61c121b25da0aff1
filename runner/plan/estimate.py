"""plan(): what a study would take, from a small measured part of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tunecard.runner import models
from tunecard.runner.clock import timing
from tunecard.runner.clock.size import is_little
from tunecard.runner.datasets import Dataset
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.inputs import inputs_of
from tunecard.runner.metrics import Labels, scorer
from tunecard.runner.plan import probe
from tunecard.runner.plan.cost import FitCost, cost
from tunecard.runner.plan.probe import Child, Probed
from tunecard.runner.plan.values import Method, Plan, PlannedModel
from tunecard.runner.rows import n_bytes
from tunecard.runner.schema import ModelSpec, Params, Strategy, Study
from tunecard.runner.search import own_values, shares, strata_of

# Seconds on the machine of the committed samples. They are small beside the rest.
KERNEL = 0.25  # one reading of the calibration kernel
FORK = 0.1  # a worker's start and end, once its template has imported what it needs
FIXED = 8.0  # libraries, the data, the page
LIBRARIES = 200 * 2**20  # bytes of a process with all of them
MEASURING, SHORTEST = 0.05, 1.0  # of a budget, and seconds, for measuring a model
TRAIN_ROWS = 10_000  # training rows whose labels are predicted, at most


def plan(
    study: Study,
    dataset: Dataset,
    *,
    jobs: int,
    budget: float | None = None,
    work: Path | None = None,
    child: Child | None = None,
    clock: Callable[[], float] = perf_counter,
) -> Plan:
    """Estimate what a study costs, from a small measured part of it.

    Parameters
    ----------
    study : Study
        The effective study.
    dataset : Dataset
        Its data.
    jobs : int
        Parallel processes of a search.
    budget : float or None
        Seconds that the run may take; measuring then takes a small part of them.
    work : Path or None
        Where files are kept meanwhile; None for the system's temporary folder.
    child : Child or None
        The limits of the processes that measure; None for the usual.
    clock : callable
        Seconds.

    Returns
    -------
    Plan
        A model that cannot be measured has times of 0, and a problem with the reason.
    """
    begun = clock()
    child = child or Child(threads=logical_cores(), work=work)
    if budget is not None:
        most = MEASURING * budget / len(study.models)
        child = replace(child, seconds=min(child.seconds, max(most, SHORTEST)))
    n_seeds = len(study.all_seeds)
    n_timed = 1 if study.split.n_outer > 1 else n_seeds
    made = [_plan_model(spec, study, dataset, jobs, child) for spec in study.models]
    planned = tuple(_times(item, n_seeds, n_timed) for item, _ in made)
    n_rounds = 0
    if study.timing.enabled:
        one_round = sum(item.round_seconds for item in planned)
        n_rounds = timing.rounds(study.timing.budget, one_round)
    whole = Plan(
        models=planned,
        n_cases=n_seeds * sum(2 if spec.has_tuned else 1 for spec in study.models),
        n_rounds=n_rounds,
        total_seconds=0.0,
        memory=max(_main_memory(dataset), *(item.memory for item in planned)),
        fixed_seconds=FIXED,
        kernel_seconds=KERNEL,
        start_seconds=max(start for _, start in made),
        planning_seconds=clock() - begun,
    )
    search = sum(item.search_seconds for item in planned)
    return replace(whole, total_seconds=whole.seconds(search, n_rounds))


def _times(planned: PlannedModel, n_seeds: int, n_timed: int) -> PlannedModel:
    """Count a model's work once for each seed."""
    return replace(
        planned,
        n_fits=n_seeds * planned.n_fits,
        search_seconds=n_seeds * planned.search_seconds,
        round_seconds=n_timed * planned.round_seconds,
        once_seconds=n_seeds * planned.once_seconds,
    )


def _plan_model(
    spec: ModelSpec, study: Study, dataset: Dataset, jobs: int, child: Child
) -> tuple[PlannedModel, float]:
    """Plan a model; the second value is the seconds that its process takes to start."""
    drawn: Sequence[dict[str, Any]] = ()
    method: Method = "none"
    n_folds = 0
    pieces: tuple[PlannedPiece, ...] = ()
    own: Params = {}
    inputs = inputs_of(spec, dataset, study.seed)
    if spec.search is not None:
        n_folds = spec.search.folds
        strata = strata_of(dataset.y_train, study.task)
        drawn = spec.search.candidates(strata, study.seed)
        pieces = _plan_pieces(spec.search, strata)
        estimator = models.build(spec, {}, study.seed, inputs.encoding)
        n_features = inputs.X_train.shape[1]
        score = scorer(study.metric, task=study.task)

        def rename(params: dict[str, Any]) -> dict[str, Any]:
            return models.prefixed(spec, params, inputs.encoding)

        settings = [rename(params) for params in drawn]
        shared = dataset.weight is None and shares(
            estimator, spec.search, settings, n_features, score
        )
        method = "shared-neighbors" if shared else "parallel"
        own = own_values(estimator, spec.search.space, rename)
        drawn = spec.search.at_full_effort(drawn)
    probed = probe.measure(spec, drawn, study, inputs, child)
    fit_cost = cost(probed.points)
    planned = PlannedModel(
        label=spec.label,
        n_candidates=pieces[1].n_candidates if pieces[1:] else 0,
        n_folds=n_folds,
        n_fits=n_folds * sum(piece.n_candidates for piece in pieces),
        method=method,
        search_seconds=0.0,
        round_seconds=0.0,
        once_seconds=0.0,
        problem=_problem(spec, probed, fit_cost),
        own=own,
    )
    if fit_cost is not None:
        planned = _add_times(planned, fit_cost, probed, study, dataset, (pieces, jobs))
    return planned, probed.start


class PlannedPiece(NamedTuple):
    """Candidates that are scored on the same rows, a share of them all.

    `effort` is what a fit of theirs takes, in fits of candidates as they were
    measured; `own` whether they are the baseline's.
    """

    n_candidates: int
    share: float = 1.0
    effort: float = 1.0
    own: bool = False


def _plan_pieces(search: Strategy, y: Labels) -> tuple[PlannedPiece, ...]:
    """List what a search scores: the baseline once, and its candidates, in stages."""
    return PlannedPiece(1, own=True), *(
        PlannedPiece(stage.n_candidates, stage.rows, stage.effort)
        for stage in search.stages(y)
    )


def _problem(spec: ModelSpec, probed: Probed, fit_cost: FitCost | None) -> str | None:
    """Return what went wrong with a measurement, and what that means for the plan."""
    if probed.problem is None:
        return None
    rows = max((point.n_rows for point in probed.points), default=0)
    if fit_cost is None:
        return (
            f"{spec.label}: could not be measured on a small part of the data "
            f"({probed.problem}); its time is not in the total, and its cases may fail."
        )
    return (
        f"{spec.label}: measured on up to {rows:,} rows; then {probed.problem}. Its time "
        "may be far more than is estimated here."
    )


def _add_times(
    planned: PlannedModel,
    fit_cost: FitCost,
    probed: Probed,
    study: Study,
    dataset: Dataset,
    search: tuple[Sequence[PlannedPiece], int],
) -> PlannedModel:
    """Carry a model's cost on to the whole data and to each part of a run."""
    n_rows, n_test = len(dataset.X_train), len(dataset.X_test)
    collect = probed.ready.collect if probed.ready else 0.0
    cases = [(1.0, 1.0)]  # the fits and rows of the baseline, in those of the baseline
    if planned.n_candidates:
        cases.append((fit_cost.candidates, fit_cost.candidates_rows))
    is_answered_apart = study.split.n_outer == 1 and is_little(dataset)
    round_seconds = once_seconds = longest = 0.0
    for fits, rows in cases:
        fit = fits * fit_cost.fit.at(n_rows)
        predict = rows * fit_cost.predict(n_rows, n_test)
        few_fit = fits * fit_cost.fit.at(min(timing.WARM_ROWS, n_rows))
        few_rows = rows * fit_cost.predict(n_rows, min(timing.WARM_ROWS, n_test))
        again = 0.0
        once = FORK + rows * fit_cost.predict(n_rows, min(n_rows, TRAIN_ROWS)) + predict
        if study.timing.enabled:
            again = FORK + _counted(fit, few_fit, collect)
            again += _counted(predict, few_rows, collect)
            once += _cold(fit) + _cold(predict)
            once += sum(
                _latency(rows * fit_cost.predict(n_rows, size))
                for size in timing.BATCHES
                if size < n_test
            )
        if not study.timing.enabled or is_answered_apart:
            once += fit + predict
        round_seconds += again
        once_seconds += once
        longest = max(longest, again + once)
    problem = planned.problem
    if problem is None and longest > study.limits.case_seconds:
        problem = (
            f"{planned.label}: one worker would take about {longest / 60:,.0f} min, more "
            f"than limits.case_seconds = {study.limits.case_seconds:g} s: its case would "
            "be ended. Raise the limit, or take fewer rows."
        )
    return replace(
        planned,
        search_seconds=_search(planned, fit_cost, probed.start, n_rows, *search),
        round_seconds=round_seconds,
        once_seconds=once_seconds,
        memory=_memory(planned, fit_cost, probed, dataset),
        problem=problem,
    )


def _counted(call: float, few: float, collect: float) -> float:
    """Return the seconds of one round's calls of an operation, with the warm-up."""
    repeats = timing.repeats(int(call * 1e9))
    warm = few if repeats.warm_rows else call
    return warm + repeats.calls * (repeats.loops * call + collect)


def _cold(call: float) -> float:
    """Return the first pass's calls: once cold, a short one again, and its pilot."""
    if call * 1e9 >= timing.LONG_NS:
        return call
    pilot = timing.PILOT_CALLS * timing.pilot_loops(int(call * 1e9)) * call
    return 2 * call + (pilot if call * 1e9 < timing.LOOP_NS else 0.0)


def _latency(call: float) -> float:
    """Return the seconds of all single calls on one number of rows."""
    enough = math.ceil(timing.LATENCY_NS / 1e9 / max(call, 1e-9))
    return (1 + min(timing.LATENCY_CALLS, enough)) * call


def _search(
    planned: PlannedModel,
    fit_cost: FitCost,
    start: float,
    n_rows: int,
    pieces: Sequence[PlannedPiece],
    jobs: int,
) -> float:
    """Return the wall seconds of a model's search."""
    if not pieces:
        return 0.0
    n_valid = n_rows // planned.n_folds
    n_fold = n_rows - n_valid
    if planned.method == "shared-neighbors":
        # One table, from which all candidates vote; fitting one checks the data.
        table = fit_cost.predict(n_fold, n_valid)
        n_settings = sum(piece.n_candidates for piece in pieces)
        return planned.n_folds * (table + n_settings * fit_cost.fit.at(n_fold))
    total = 0.0
    for piece in pieces:
        fits, rows = (
            (1.0, 1.0) if piece.own else (fit_cost.candidates, fit_cost.candidates_rows)
        )
        train, valid = max(int(piece.share * n_fold), 1), int(piece.share * n_valid)
        fit = fits * piece.effort * fit_cost.fit_alone.at(train)
        predict = rows * valid * fit_cost.row_alone.at(train)
        total += piece.n_candidates * planned.n_folds * (fit + predict)
    return start + total / min(jobs, planned.n_fits)


def _memory(
    planned: PlannedModel, fit_cost: FitCost, probed: Probed, dataset: Dataset
) -> int:
    """Return the bytes of the larger of a worker and a process of the search."""
    base = probed.ready.memory if probed.ready else LIBRARIES
    n_rows = len(dataset.X_train)
    call = fit_cost.memory.at(n_rows) if fit_cost.memory else n_bytes(dataset.X_train)
    data = n_bytes(dataset.X_train) + n_bytes(dataset.X_test)
    # A process of the search holds its fold's rows as a copy.
    fold = n_bytes(dataset.X_train) if planned.n_candidates else 0
    return int(base + data + fold + call)


def _main_memory(dataset: Dataset) -> int:
    """Return the bytes of the main process: the data as read, as mapped, and a fold."""
    return 3 * (n_bytes(dataset.X_train) + n_bytes(dataset.X_test)) + LIBRARIES
