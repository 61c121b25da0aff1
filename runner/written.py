"""What a run writes into its folder: the tables, then results.json."""

from collections.abc import Sequence
from pathlib import Path

from tunecard.runner import assemble
from tunecard.runner.assemble import Searched
from tunecard.runner.clock.case import MeasuredCase
from tunecard.runner.datasets import Dataset
from tunecard.runner.metrics import Codes
from tunecard.runner.parts import SeedSplit
from tunecard.runner.schema import (
    COLUMNS,
    MANIFEST,
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    WEIGHTS,
    Results,
    Study,
    dump,
)
from tunecard.runner.store.kept_columns import keep_columns, write_columns
from tunecard.runner.store.out_of_fold import write_out_of_fold
from tunecard.runner.store.predictions import (
    PredictedRows,
    error_images,
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
    (folder / MANIFEST).unlink(missing_ok=True)
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
    (folder / MANIFEST).unlink(missing_ok=True)
    ok = [case for case in measured if case.status == "ok"]
    tables = [_gather_rows(part, ok, results.study) for part in parts]
    weights = {case.key: case.weights for case in ok if case.weights is not None}
    data = results.dataset
    # What the page shows: pixels as images, coefficients of a regression.
    if weights and (data.image_shape is not None or data.values is not None):
        write_weights(folder / WEIGHTS, weights)
    if any(part.dataset.info.ranges for part in parts):
        kept = [
            keep_columns(part.dataset, part.seed if results.study.repetitions else None)
            for part in parts
        ]
        write_columns(folder / COLUMNS, kept)
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
    y_true = part.dataset.task.encode(part.dataset.y_test)
    images = {}
    if part.dataset.info.image_shape is not None and part.dataset.info.classes:
        by_model: dict[str, list[Codes]] = {}
        for (model, _), (_, answers) in outputs.items():
            if answers.labels is not None:
                by_model.setdefault(model, []).append(answers.labels)
        images = error_images(part.dataset.X_test, y_true, [*by_model.values()])
    return PredictedRows(
        index=part.dataset.test_index,
        y_true=y_true,
        classes=tuple(label.name for label in part.dataset.info.classes),
        cases=dict(outputs.values()),
        images=images,
        seed=part.seed if study.repetitions else None,
        unit=part.dataset.test_unit,
    )
