"""Builders of runs of several seeds, from those of one seed each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.builders import make_run
from tunecard.report.load import Loaded
from tunecard.runner.schema import Split


def several(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    resplit: bool = True,
    of_seed: Callable[[int], Mapping[str, Any]] = lambda seed: {},  # noqa: ARG005 # the same for all
    **overrides: Any,
) -> Loaded:
    """Build a run of several seeds, as :func:`tunecard.report.load.load` returns it.

    Parameters
    ----------
    seeds : sequence of int
        The study's.
    resplit : bool
        Whether each seed has test rows of its own.
    of_seed : callable
        What to override in the run of a seed.
    **overrides
        Those of :func:`tests.builders.make_run`, for all seeds.
    """
    runs = {
        seed: make_run(**{"seed": seed, **overrides, **of_seed(seed)}) for seed in seeds
    }
    first = next(iter(runs.values())).results
    study = first.study.model_copy(update={"seed": seeds[0], "seeds": tuple(seeds)})
    cases = [
        case.model_copy(update={"seed": seed, "n_seeds": len(seeds)})
        for seed, run in runs.items()
        for case in run.results.cases
    ]
    names = [model.name for model in study.models]
    results = first.model_copy(
        update={
            "study": study,
            "cases": tuple(sorted(cases, key=lambda c: (names.index(c.model), c.variant))),
            "searches": tuple(
                search.model_copy(update={"seed": seed})
                for seed, run in runs.items()
                for search in run.results.searches
            ),
            "splits": tuple(
                Split(seed=seed, dataset=run.results.dataset)
                for seed, run in runs.items()
                if resplit
            ),
        }
    )
    known = {
        seed: run.predictions for seed, run in runs.items() if run.predictions is not None
    }
    whole = replace(runs[seeds[0]], results=results, predictions=None, of_seeds=known)
    return replace(whole, predictions_reason="each seed has test rows of its own")
