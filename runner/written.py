"""What a run writes into its folder: the tables, then results.json."""

from collections.abc import Sequence
from pathlib import Path

from tunecard.runner import assemble
from tunecard.runner.assemble import Searched
from tunecard.runner.clock.measure import MeasuredCase
from tunecard.runner.datasets import Dataset
from tunecard.runner.parts import SeedSplit
from tunecard.runner.schema import (
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    WEIGHTS,
    Results,
    Study,
    dump,
)
from tunecard.runner.store.out_of_fold import write_out_of_fold
from tunecard.runner.store.predictions import (
    PredictedRows,
    differing_images,
    write_tables,
    write_weights,
)


def write_outputs(
    searched: Sequence[Searched],
    parts: Sequence[SeedSplit],
    dataset: Dataset,
    folder: Path,
) -> None:
    """Write what the candidates of the searches answered out of fold, if anything."""
    of_seed = {part.seed: part for part in parts}
    outputs = [assemble.outputs_of(item, of_seed[item.seed]) for item in searched]
    kept = [each for each in outputs if each is not None]
    if kept:
        classes = tuple(label.name for label in dataset.info.classes)
        write_out_of_fold(folder / OUT_OF_FOLD, kept, classes)


def write_run(
    results: Results,
    measured: Sequence[MeasuredCase],
    parts: Sequence[SeedSplit],
    folder: Path,
) -> None:
    """Write results.json last: it is the sign of a whole run."""
    ok = [case for case in measured if case.status == "ok"]
    tables = [_gather_rows(part, ok, results.study) for part in parts]
    weights = {case.key: case.weights for case in ok if case.weights is not None}
    if weights and results.dataset.image_shape is not None:
        write_weights(folder / WEIGHTS, weights)
    write_tables(folder / PREDICTIONS, tables)
    dump(results, folder / RESULTS)


def _gather_rows(
    part: SeedSplit, ok: Sequence[MeasuredCase], study: Study
) -> PredictedRows:
    """Gather the predictions of a seed's cases for its test rows."""
    outputs = {
        (case.spec.name, case.variant): (case.key, case.outputs)
        for case in ok
        if case.seed == part.seed and case.outputs is not None
    }
    images = {}
    if part.dataset.info.image_shape is not None:
        pairs = [
            (outputs[spec.name, "baseline"][1], outputs[spec.name, "tuned"][1])
            for spec in study.models
            if {(spec.name, "baseline"), (spec.name, "tuned")} <= set(outputs)
        ]
        images = differing_images(
            part.dataset.X_test,
            [
                (before.labels, after.labels)
                for before, after in pairs
                if before.labels is not None and after.labels is not None
            ],
        )
    return PredictedRows(
        index=part.dataset.test_index,
        y_true=part.dataset.task.encode(part.dataset.y_test),
        classes=tuple(label.name for label in part.dataset.info.classes),
        cases=dict(outputs.values()),
        images=images,
        seed=part.seed if study.repetitions else None,
        unit=part.dataset.test_unit,
    )
