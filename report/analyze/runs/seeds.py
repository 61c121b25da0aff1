"""Runs of several seeds are compared by one seed: rows of seeds are never pooled."""

from collections.abc import Sequence

from tunecard.report.load import Loaded
from tunecard.report.seeds import by_seed
from tunecard.runner.schema import Results


def of_one_seed(first: Loaded, second: Loaded) -> tuple[Loaded, Loaded, str]:
    """Take from two runs the seed that they are compared by.

    Parameters
    ----------
    first, second : Loaded
        Each of one seed or of several.

    Returns
    -------
    first, second : Loaded
        Of one seed each: the new run's first that the reference has too, else the
        first of each.
    note : str
        Which seed, in a sentence; empty where both runs have but one.
    """
    if not first.results.study.repetitions and not second.results.study.repetitions:
        return first, second, ""
    ones, twos = (
        {run.results.study.seed: run for run in by_seed(both)} for both in (first, second)
    )
    seed = next((seed for seed in twos if seed in ones), None)
    if seed is None:
        first_seed, second_seed = next(iter(ones)), next(iter(twos))
        note = (
            f"The runs share no seed: the reference is of seed {first_seed}, "
            f"the new run of {second_seed}."
        )
        return ones[first_seed], twos[second_seed], note
    return ones[seed], twos[seed], f"The runs are compared by seed {seed} alone."


def earlier_of_seed(runs: Sequence[Results], seed: int) -> tuple[Results, ...]:
    """Take a seed of each earlier run; runs of several others are left out."""
    return tuple(
        run.of_seed(seed) if run.study.repetitions else run
        for run in runs
        if not run.study.repetitions or seed in run.study.repetitions
    )
