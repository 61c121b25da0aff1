"""What a run would do, how long, and in how much memory, before anything long.

Each model's baseline is fitted and asked on two small parts of the training
rows; the growth from one to the other is carried on to the full size. That is
an estimate, good to a factor of about two, and called one.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner import models, timing
from runner.datasets import Dataset
from runner.fitting import captured
from runner.schema import GridSearch, ModelSpec, RandomSearch, Study
from runner.search import candidates, shares_neighbours

PROBE_ROWS = 3_000  # of the larger part
PROBE_QUERIES = 500
STARTUP = 3.0  # seconds of a worker process, nearly all of it importing
MIN_CANDIDATES = 2


@dataclass(frozen=True)
class PlannedModel:
    """The work that one model makes; seconds are estimates.

    Attributes
    ----------
    n_candidates, n_folds, n_fits : int
        Of its search, the baseline's folds included; 0 without one.
    method : str
        ``shared-neighbours``, ``parallel`` or ``none``.
    search_seconds : float
        Wall time of the search.
    round_seconds : float
        Wall time of one round of its cases.
    once_seconds : float
        Cold calls, latencies, probabilities and training labels, in round 1.
    """

    label: str
    n_candidates: int
    n_folds: int
    n_fits: int
    method: str
    search_seconds: float
    round_seconds: float
    once_seconds: float


@dataclass(frozen=True)
class Plan:
    """What a run would do; seconds and bytes are estimates.

    Attributes
    ----------
    n_cases, n_rounds : int
    total_seconds : float
        Wall time of the whole run.
    memory : int
        Bytes of the largest process.
    """

    models: tuple[PlannedModel, ...]
    n_cases: int
    n_rounds: int
    total_seconds: float
    memory: int


@dataclass(frozen=True)
class _Cost:
    """Seconds of fit on n rows and of predicting q rows after it, as power laws."""

    fit_seconds: float
    fit_growth: float
    row_seconds: float
    row_growth: float
    n_rows: int

    def fit(self, n_rows: int) -> float:
        return self.fit_seconds * float((n_rows / self.n_rows) ** self.fit_growth)

    def predict(self, n_rows: int, n_queries: int) -> float:
        grown = float((n_rows / self.n_rows) ** self.row_growth)
        return self.row_seconds * grown * n_queries


def plan(
    study: Study,
    dataset: Dataset,
    *,
    jobs: int,
    clock: Callable[[], float] = time.perf_counter,
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
    clock : callable
        Seconds.

    Returns
    -------
    Plan
    """
    planned = tuple(_model(spec, study, dataset, jobs, clock) for spec in study.models)
    cost = sum(item.round_seconds for item in planned)
    n_rounds = timing.rounds(study.timing.budget, cost)
    data = dataset.X_train.nbytes + dataset.X_test.nbytes
    return Plan(
        models=planned,
        n_cases=sum(2 if spec.search else 1 for spec in study.models),
        n_rounds=n_rounds,
        total_seconds=sum(item.search_seconds + item.once_seconds for item in planned)
        + n_rounds * cost,
        # The data, a fold's copy of it, and about 200 MB of libraries.
        memory=3 * data + 200 * 2**20,
    )


def fit_into(study: Study, planned: Plan, budget: float) -> tuple[Study, tuple[str, ...]]:
    """Cut a study's candidates and rounds so that it takes no longer than a budget.

    Parameters
    ----------
    study : Study
        The effective study.
    planned : Plan
        Its plan.
    budget : float
        Seconds for the whole run.

    Returns
    -------
    Study, tuple of str
        The smaller study, and what was cut, a sentence each.
    """
    cost = sum(item.round_seconds for item in planned.models)
    once = sum(item.once_seconds for item in planned.models)
    search = sum(item.search_seconds for item in planned.models)
    fixed = sum(m.search_seconds for m in planned.models if m.method != "parallel")
    spare = budget - once - timing.MIN_ROUNDS * cost - fixed
    share = max(spare, 0.0) / max(search - fixed, 1e-9)
    said: list[str] = []
    specs: list[ModelSpec] = []
    for spec, item in zip(study.models, planned.models, strict=True):
        kept = spec
        if spec.search and item.method == "parallel" and share < 1:
            kept = _fewer(spec, spec.search, share)
        if kept is not spec and kept.search and spec.search:
            before, after = _n_drawn(spec.search), _n_drawn(kept.search)
            said.append(f"{spec.label}: {after} of {before} candidates")
        specs.append(kept)
    rest = budget - once - fixed - min(share, 1.0) * (search - fixed)
    seconds = max(min(study.timing.budget, rest), timing.MIN_ROUNDS * cost)
    n_rounds = timing.rounds(seconds, cost)
    if n_rounds < planned.n_rounds:
        said.append(f"{n_rounds} of {planned.n_rounds} rounds")
    if spare < 0:
        said.append("even so it will take longer than the budget: the timed calls alone do")
    smaller = study.model_copy(
        update={
            "models": tuple(specs),
            "timing": study.timing.model_copy(update={"budget": max(seconds, 1.0)}),
        }
    )
    return smaller, tuple(said)


def _fewer(spec: ModelSpec, search: GridSearch | RandomSearch, share: float) -> ModelSpec:
    """Keep a share of a search's candidates: fewer draws, or a thinner grid."""
    if isinstance(search, RandomSearch):
        smaller: GridSearch | RandomSearch = search.model_copy(
            update={
                "n_iter": max(
                    int(search.n_iter * share), min(MIN_CANDIDATES, search.n_iter)
                )
            }
        )
    else:
        space = dict(search.space)
        while _n_drawn(search.model_copy(update={"space": space})) > max(
            _n_drawn(search) * share, MIN_CANDIDATES
        ):
            longest = max(space, key=lambda name: len(space[name]))
            if len(space[longest]) <= MIN_CANDIDATES:
                break
            # Every second value, and the last: the space keeps its ends.
            values = space[longest]
            space[longest] = tuple(dict.fromkeys((*values[:-1:2], values[-1])))
        smaller = search.model_copy(update={"space": space})
    return spec if smaller == search else spec.model_copy(update={"search": smaller})


def _n_drawn(search: GridSearch | RandomSearch) -> int:
    return len(candidates(search, 0))


def _model(
    spec: ModelSpec, study: Study, dataset: Dataset, jobs: int, clock: Callable[[], float]
) -> PlannedModel:
    n_train, n_test = len(dataset.X_train), len(dataset.X_test)
    estimator = models.build(spec, {}, study.seed, dataset.encoding)
    drawn: Sequence[dict[str, Any]] = ()
    if spec.search is not None:
        drawn = candidates(spec.search, study.seed)
    cost = _probe(spec, drawn, study.seed, dataset, clock)
    fit, predict = cost.fit(n_train), cost.predict(n_train, n_test)
    n_cases = 2 if spec.search else 1
    counted = timing.repeats(int(predict * 1e9)), timing.repeats(int(fit * 1e9))
    calls = [(plan.calls * plan.loops) + (0 if plan.warm_rows else 1) for plan in counted]
    round_seconds = n_cases * (STARTUP + calls[0] * predict + calls[1] * fit)
    scored = min(n_train, 10_000)
    once = fit + predict + predict + cost.predict(n_train, scored)
    once += sum(
        min(timing.LATENCY_NS / 1e9, timing.LATENCY_CALLS * cost.predict(n_train, size))
        for size in timing.BATCHES
    )
    method, search_seconds, n_folds = "none", 0.0, 0
    if spec.search is not None:
        n_folds = spec.search.folds
        n_fold = n_train - n_train // n_folds
        n_valid = n_train // n_folds
        if shares_neighbours(estimator, drawn):
            method = "shared-neighbours"
            # Fitting a candidate checks the data; voting is quick beside the table.
            each = cost.predict(n_fold, n_valid) + (len(drawn) + 1) * cost.fit(n_fold)
            search_seconds = n_folds * each
        else:
            method = "parallel"
            each = cost.fit(n_fold) + cost.predict(n_fold, n_valid)
            search_seconds = STARTUP + (len(drawn) + 1) * n_folds * each / min(jobs, 2**31)
    return PlannedModel(
        label=spec.label,
        n_candidates=len(drawn),
        n_folds=n_folds,
        n_fits=(len(drawn) + 1) * n_folds if drawn else 0,
        method=method,
        search_seconds=search_seconds,
        round_seconds=round_seconds,
        once_seconds=n_cases * once,
    )


def _probe(
    spec: ModelSpec,
    drawn: Sequence[dict[str, Any]],
    seed: int,
    dataset: Dataset,
    clock: Callable[[], float],
) -> _Cost:
    """Measure a model on two small parts of the training rows."""
    n_large = min(PROBE_ROWS, len(dataset.X_train))
    sizes = [max(n_large // 2, min(n_large, 50)), n_large]
    # The baseline and the ends of the draws: candidates may differ in cost.
    tried = [{}, *(drawn[i] for i in sorted({0, len(drawn) - 1}) if drawn)]
    fits, rows = [], []
    for size in sizes:
        chosen = np.linspace(0, len(dataset.X_train) - 1, size).astype(np.intp)
        X, y = dataset.X_train[chosen], dataset.y_train[chosen]
        seconds = [
            _once(
                partial(models.build, spec, params, seed, dataset.encoding),
                (X, y),
                dataset.X_test[:PROBE_QUERIES],
                clock,
            )
            for params in tried
        ]
        fits.append(sum(fit for fit, _ in seconds) / len(seconds))
        rows.append(sum(row for _, row in seconds) / len(seconds))
    step = math.log(sizes[1] / sizes[0]) or 1.0
    return _Cost(
        fit_seconds=fits[1],
        fit_growth=_growth(fits, step, highest=3.0),
        row_seconds=rows[1],
        row_growth=_growth(rows, step, highest=1.2),
        n_rows=sizes[1],
    )


def _growth(seconds: Sequence[float], step: float, *, highest: float) -> float:
    """Return the exponent of growth, within what is plausible."""
    exponent = math.log(max(seconds[1], 1e-9) / max(seconds[0], 1e-9)) / step
    return min(max(exponent, 0.0), highest)


def _once(
    build: Callable[[], Any],
    part: tuple[NDArray[Any], NDArray[Any]],
    queries: NDArray[Any],
    clock: Callable[[], float],
) -> tuple[float, float]:
    """Return the seconds of one fit, and of predicting one row among many."""
    with captured():
        best_fit = best_row = math.inf
        for _ in range(2):
            try:
                model = build()
                start = clock()
                model.fit(*part)
                best_fit = min(best_fit, clock() - start)
                start = clock()
                model.predict(queries)
                best_row = min(best_row, (clock() - start) / len(queries))
            except Exception:  # noqa: BLE001 # a candidate may fail; it then costs nothing
                return 0.0, 0.0
    return best_fit, best_row
