"""fit_into(): as many candidates and rounds as a budget for the whole run has time for."""

import math
from collections.abc import Mapping, Sequence

from tunecard.runner.clock import timing
from tunecard.runner.plan.values import Plan, PlannedModel
from tunecard.runner.schema import (
    HalvingRandomSearch,
    ModelSpec,
    RandomSearch,
    Search,
    Study,
)

FEWEST = 2  # candidates that are left of a search, and values of a parameter


def fit_into(study: Study, planned: Plan, budget: float) -> tuple[Study, tuple[str, ...]]:
    """Fit a study's candidates and rounds to a budget for the whole run.

    Rounds are cut first, down to three; then candidates of searches that take the
    longer the more candidates there are. Where time is left, there are more rounds
    than the study's own budget for timing gives, up to ten.

    Parameters
    ----------
    study : Study
        The effective study.
    planned : Plan
        Its plan.
    budget : float
        Seconds for the whole run, the plan included.

    Returns
    -------
    Study, tuple of str
        The study that fits, and what it changes, a sentence each.
    """
    said: list[str] = []
    budget -= planned.planning_seconds
    fixed = sum(m.search_seconds for m in planned.models if m.method != "parallel")
    free = sum(m.search_seconds for m in planned.models if m.method == "parallel")
    spare = budget - planned.seconds(fixed, timing.MIN_ROUNDS)
    share = max(spare, 0.0) / max(free, 1e-9)
    specs: list[ModelSpec] = []
    search = fixed
    for spec, item in zip(study.models, planned.models, strict=True):
        kept, seconds = spec, 0.0
        if item.method == "parallel":
            kept, seconds = _kept(spec, item, share, said)
        specs.append(kept)
        search += seconds
    left = budget - planned.seconds(search, 0)
    each = planned.round_seconds + planned.kernel_seconds
    affordable = int(min(max(left / max(each, 1e-9), timing.MIN_ROUNDS), timing.MAX_ROUNDS))
    if affordable < planned.n_rounds:
        said.append(f"{affordable} of {planned.n_rounds} rounds")
    elif affordable > planned.n_rounds:
        said.append(f"{affordable} rounds in place of {planned.n_rounds}")
    needed = planned.planning_seconds + planned.seconds(search, affordable)
    if needed > planned.planning_seconds + budget:
        said.append(
            f"even so it will take about {needed:,.0f} s: the searches that are left and "
            f"{affordable} rounds of timing do"
        )
    seconds = study.timing.budget
    if affordable != planned.n_rounds:
        seconds = max(affordable * planned.round_seconds, 1.0)
    smaller = study.model_copy(
        update={
            "models": tuple(specs),
            "timing": study.timing.model_copy(update={"budget": seconds}),
        }
    )
    return smaller, tuple(said)


def _kept(
    spec: ModelSpec, item: PlannedModel, share: float, said: list[str]
) -> tuple[ModelSpec, float]:
    """Keep a share of a model's candidates; returns what is left and its seconds."""
    assert spec.search is not None  # it has a method
    if share >= 1:
        return spec, item.search_seconds
    smaller = _fewer(spec.search, share, item.n_candidates)
    before, after = item.n_candidates, _number(smaller, item.n_candidates)
    if after < before:
        said.append(f"{spec.label}: {after} of {before} candidates")
    # The baseline's own folds are scored in any case.
    seconds = item.search_seconds * (after + 1) / (before + 1)
    return spec.model_copy(update={"search": smaller}), seconds


def _fewer(search: Search, share: float, n_drawn: int) -> Search:
    """Keep a share of a search's candidates: fewer draws, or a thinner grid."""
    most = max(int(n_drawn * share), min(FEWEST, n_drawn))
    if isinstance(search, RandomSearch):
        return search.model_copy(update={"n_iter": most})
    if isinstance(search, HalvingRandomSearch):
        return search.model_copy(update={"n_candidates": most})
    space = dict(search.space)
    while _size(space) > most:
        longest = max(space, key=lambda name: len(space[name]))
        if len(space[longest]) <= FEWEST:
            break
        # Every second value, and the last: the space keeps its ends.
        values = space[longest]
        space[longest] = tuple(dict.fromkeys((*values[:-1:2], values[-1])))
    return search.model_copy(update={"space": space})


def _number(search: Search, n_drawn: int) -> int:
    """Count the candidates of a search that was cut from `n_drawn`."""
    if isinstance(search, RandomSearch):
        return min(search.n_iter, n_drawn)
    if isinstance(search, HalvingRandomSearch):
        return min(int(search.n_candidates), n_drawn)
    return _size(search.space)


def _size(space: Mapping[str, Sequence[object]]) -> int:
    return math.prod(len(values) for values in space.values())
