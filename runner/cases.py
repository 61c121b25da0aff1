"""The cases of a study: which there are, which are timed, and how the others run."""

from collections.abc import Sequence

from tunecard.runner.assemble import Searched
from tunecard.runner.clock import size
from tunecard.runner.clock.case import MeasuredCase
from tunecard.runner.datasets import Dataset
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.parts import SeedSplit
from tunecard.runner.schema import Params, Study, Variant


def make_cases(
    searched: Sequence[Searched], parts: Sequence[SeedSplit]
) -> list[MeasuredCase]:
    """List the cases of all seeds; of a single one they bear no seed in their names."""
    of_seed = {part.seed: part for part in parts}
    cases = []
    for item in searched:
        spec, part = item.spec, of_seed[item.seed]
        params: dict[Variant, Params] = {"baseline": spec.given_params("baseline") or {}}
        fixed_params = spec.given_params("tuned")
        if item.tuned is not None or fixed_params is not None:
            params["tuned"] = (
                item.tuned.params if item.tuned is not None else fixed_params or {}
            )
        cases += [
            MeasuredCase(
                spec.of_variant(variant),
                variant,
                values,
                seed=item.seed,
                n_seeds=len(parts),
                data=part.folder_of(spec, variant),
                encoding=part.inputs_of(spec, variant).encoding,
            )
            for variant, values in params.items()
        ]
    return cases


def apart(
    study: Study, dataset: Dataset, cases: Sequence[MeasuredCase]
) -> tuple[list[MeasuredCase], list[MeasuredCase]]:
    """Return the cases that answer before anything is timed, and those timed as they do.

    Where a fit is little work, all answer first: the page need not wait for the clock. Else
    the first timed calls answer too. Of several outer splits those that are not timed
    answer apart; a timed case has all threads, as its rounds have.
    """
    timed, others = split_by_timing(cases, study)
    if study.split.n_outer == 1 and size.is_little(dataset):
        return [*timed, *others], []
    return others, timed


def split_by_timing(
    cases: Sequence[MeasuredCase], study: Study
) -> tuple[list[MeasuredCase], list[MeasuredCase]]:
    """Return the cases that are timed, and the others."""
    seeds = timed_seeds(study)
    timed = [case for case in cases if case.seed in seeds]
    return timed, [case for case in cases if case.seed not in seeds]


def untimed_threads(study: Study, dataset: Dataset, jobs: int) -> tuple[int, int]:
    """Return the threads of a case that is not timed, and how many run side by side.

    With another number of threads a fit that has not converged ends elsewhere. So the
    cases of one split have as many as timed ones, and run alone where OpenBLAS uses them.
    Each of several outer splits stands for others that might have been drawn: there a
    small fit has one.
    """
    if study.split.n_outer > 1 and size.is_little(dataset):
        return 1, jobs
    return logical_cores(), jobs if size.has_one_thread(dataset) else 1


def timed_seeds(study: Study) -> tuple[int, ...]:
    """Return the seeds whose cases are timed: of several outer splits the first."""
    if not study.timing.enabled:
        return ()
    return study.all_seeds[:1] if study.split.n_outer > 1 else study.all_seeds
