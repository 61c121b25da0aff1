"""A run of several seeds as runs of one seed each: what each seed would be alone."""

from dataclasses import replace

from tunecard.report.load import Loaded


def by_seed(run: Loaded) -> tuple[Loaded, ...]:
    """Take a run of several seeds apart; a run of one is itself.

    Parameters
    ----------
    run : Loaded
        As :func:`tunecard.report.load.load` returns it.

    Returns
    -------
    tuple of Loaded
        In the study's order. Each has the seed's own cases, searches, rows and
        predictions, under the names that a run of this seed alone gives them.
    """
    if not run.results.study.repetitions:
        return (run,)
    return tuple(_one(run, seed) for seed in run.results.study.repetitions)


def _one(run: Loaded, seed: int) -> Loaded:
    ending = f"@{seed}"
    predictions = run.of_seeds.get(seed)
    return replace(
        run,
        results=run.results.of_seed(seed),
        predictions=predictions,
        predictions_reason=None if predictions is not None else run.predictions_reason,
        weights={
            key.removesuffix(ending): rows
            for key, rows in run.weights.items()
            if key.endswith(ending)
        },
        of_seeds={},
    )
