"""The word of each model's verdict on quality, the same as on the run's own page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunecard.report import formats
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.analyze.gains import SearchGain, search_gains
from tunecard.report.analyze.lookup import case_of, metric_of
from tunecard.report.analyze.types import TuningGain
from tunecard.report.analyze.verdicts import pairs_of, tests_of
from tunecard.report.errors import ReadError
from tunecard.report.history.types import Word
from tunecard.report.load import Contradiction, Loaded, load, read_predictions
from tunecard.runner.schema import Results

#: Rows above which a run's predictions are not read for a list of runs.
MOST_ROWS = 5_000_000


def quality_words(
    results: Results, path: Path, analysis: Analysis | None = None
) -> dict[str, Word]:
    """Judge each model of a run as its page does.

    Parameters
    ----------
    results : Results
        The run.
    path : Path
        Its predictions.parquet, read for the labels alone; it may be missing.
    analysis : Analysis or None
        The run's, where it has been made already.

    Returns
    -------
    dict of str
        By model: a verdict, or why there is none.

    Raises
    ------
    Contradiction
        If the rows are not those of the results.
    """
    if analysis is not None:
        return {model.name: model.word for model in analysis.models}
    if results.study.repetitions:
        return _over_seeds(results, path.parent)
    words: dict[str, Word] = {}
    for spec in results.study.models:
        cases = [case for case in results.cases if case.model == spec.name]
        if any(case.status != "ok" for case in cases):
            words[spec.name] = "failed"
        elif case_of(results, spec.name, "tuned") is None:
            words[spec.name] = "not tuned"
        else:
            words[spec.name] = "not compared"
    if path.is_file():
        for name, word in _judged(results, path).items():
            if words[name] != "failed":
                words[name] = word
    return words


def corrected_gains(
    results: Results, folder: Path, analysis: Analysis | None = None
) -> dict[str, dict[str, Any]]:
    """Return the corrected gain of each search of a run of one seed, with its text."""
    if results.study.repetitions:
        return {}
    gains: Mapping[str, SearchGain | TuningGain]
    if analysis is not None:
        searches = {m.name: m.search for m in analysis.models if m.search is not None}
        gains = {name: s.gain for name, s in searches.items() if s.gain is not None}
    else:
        try:
            gains = search_gains(Loaded(results, None, None, folder))
        except ReadError:  # the outputs are not those of the results
            return {}
    return {
        name: {
            "gain": gain.corrected.value,
            "gain_text": formats.change(gain.corrected.value, None, gain.metric),
        }
        for name, gain in gains.items()
        if gain.corrected.value is not None
    }


def _over_seeds(results: Results, folder: Path) -> dict[str, Word]:
    """Judge each model over several seeds: the slow part runs once and is then cached."""
    try:
        analysis = analyze(load(folder))
    except Contradiction:
        raise
    except ReadError:  # the run is listed all the same
        return dict.fromkeys((model.name for model in results.study.models), "not compared")
    return {model.name: model.word for model in analysis.models}


def _judged(results: Results, path: Path) -> dict[str, Word]:
    """Test the models that have both cases."""
    if not 0 < results.dataset.n_test <= MOST_ROWS:
        return {}
    try:
        by_labels = metric_of(results).needs == "labels"
        rows = read_predictions(path, results, labels_only=by_labels)
    except Contradiction:
        raise
    except ReadError:  # the run is listed all the same
        return {}
    words = tests_of(results, pairs_of(results, rows, every_metric=False))
    return {name: test.word for name, test in words.items()}
