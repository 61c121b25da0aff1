"""The word of each model's verdict on quality, the very one on the run's own page."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyse import analyse, pairs
from tunecard.report.analyse.lookup import case_of, metric_of
from tunecard.report.errors import InputError
from tunecard.report.history.types import Word
from tunecard.report.load import Predictions, load
from tunecard.report.load.columns import class_codes, values_of
from tunecard.report.stats.proportions import holm
from tunecard.runner.schema import Results

#: Rows above which a run's predictions are not read for a list of runs.
MOST_ROWS = 5_000_000


def quality_words(results: Results, path: Path) -> dict[str, Word]:
    """Judge each model of a run as its page does.

    Parameters
    ----------
    results : Results
        The run.
    path : Path
        Its predictions.parquet, read for the labels alone; it may be missing.

    Returns
    -------
    dict of str
        By model: a verdict, or why there is none.
    """
    if results.study.seeds:
        return _over_seeds(results, path.parent)
    found: dict[str, Word] = {}
    for spec in results.study.models:
        cases = [case for case in results.cases if case.model == spec.name]
        if any(case.status != "ok" for case in cases):
            found[spec.name] = "failed"
        elif case_of(results, spec.name, "tuned") is None:
            found[spec.name] = "not tuned"
        else:
            found[spec.name] = "not compared"
    labels = _labels(path, results) if path.is_file() else None
    if labels is not None:
        for name, word in _tested(results, labels).items():
            if found[name] != "failed":
                found[name] = word
    return found


def _over_seeds(results: Results, folder: Path) -> dict[str, Word]:
    """Judge each model over several seeds: what takes long is done once, then kept."""
    try:
        analysis = analyse(load(folder))
    except InputError:  # the predictions are not those of the results
        return dict.fromkeys((model.name for model in results.study.models), "not compared")
    return {model.name: model.word for model in analysis.models}


def _tested(results: Results, predictions: Predictions) -> dict[str, Word]:
    """Test the models that have both cases: one family, as report.analyse has it."""
    metric, spec = results.study.metric, metric_of(results)
    paired = {}
    for position, model in enumerate(results.study.models):
        cases = [case_of(results, model.name, v) for v in ("baseline", "tuned")]
        if any(case is None or case.key not in predictions.predicted for case in cases):
            continue
        # The page's own stream of resamples; counts alone decide about accuracy.
        seed = [results.study.seed, position]
        rng = None if metric == "accuracy" else np.random.default_rng(seed)
        first, second = (case for case in cases if case is not None)
        n_classes = len(results.dataset.classes)
        paired[model.name] = pairs.pair_up(first, second, predictions, n_classes, rng)
    untested = {name: pairs.untested(pair, metric) for name, pair in paired.items()}
    adjusted = holm([one.p for one in untested.values()])
    return {
        name: pairs.tested(
            pair,
            untested[name],
            spec=spec,
            p_holm=p_holm,
            n_tests=len(paired),
            margin=results.study.margin,
        ).word
        for (name, pair), p_holm in zip(paired.items(), adjusted, strict=True)
    }


def _labels(path: Path, results: Results) -> Predictions | None:
    """Read true and predicted labels, and no probabilities; None where they do not fit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = [case.key for case in results.cases if case.quality is not None]
    wanted = ["y_true", *(f"predicted:{key}" for key in keys)]
    try:
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            known = set(file.schema_arrow.names)
            if not 0 < rows == results.dataset.n_test <= MOST_ROWS or set(wanted) - known:
                return None
            table = file.read(columns=wanted, use_threads=False)
    except (OSError, pa.ArrowException):
        return None
    classes = [one.name for one in results.dataset.classes]
    try:
        codes = {
            name: class_codes(path, name, values_of(table.column(name)), classes)
            for name in wanted
        }
    except InputError:
        return None
    truth = codes["y_true"]
    predicted = {key: codes[f"predicted:{key}"] for key in keys}
    if not _same_accuracy(results, truth, predicted):
        return None
    index = np.arange(rows, dtype=np.int64)
    return Predictions(index=index, y_true=truth, predicted=predicted)


def _same_accuracy(
    results: Results, truth: NDArray[np.int32], predicted: Mapping[str, NDArray[np.int32]]
) -> bool:
    """Tell whether the labels give the accuracies that were stored, as report.load asks."""
    for case in results.cases:
        stored = case.quality.test.get("accuracy") if case.quality else None
        if stored is not None:
            share = float(np.mean(predicted[case.key] == truth))
            if abs(share - stored) > 1e-9:
                return False
    return True
