"""Results -> tidy data frames: one row a value, with what it belongs to."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tunecard.runner.schema import Results, Sample

if TYPE_CHECKING:
    import pandas as pd

METRICS = (
    "model",
    "variant",
    "status",
    "part",
    "metric",
    "value",
    "unit",
    "greater_is_better",
)
TIMINGS = (
    "model", "variant", "operation", "round", "position", "sample", "n_rows", "loops",
    "seconds", "cpu_seconds", "cold", "contaminated", "peak_memory",
)  # fmt: skip
CANDIDATES = (
    "model", "candidate", "eligible", "chosen", "status", "fold", "score", "cpu_seconds",
)  # fmt: skip
HALVING = ("iteration", "resources")

#: Columns in which None is a missing number.
_NUMBERS = {"value", "score", "seconds", "cpu_seconds", "peak_memory"}


def metrics_frame(results: Results) -> "pd.DataFrame":
    """Return every metric of every case.

    Parameters
    ----------
    results : Results
        A run's results.

    Returns
    -------
    DataFrame
        A row a case, part (``test`` or ``train``) and metric. ``value`` is NaN
        where the metric is not defined or the case is not ok; ``status`` shows
        which. A column ``seed`` where there are several.
    """
    return _by_seed(results, lambda result: _frame(METRICS, _metrics(result)))


def timings_frame(results: Results) -> "pd.DataFrame":
    """Return every timed sample, raw.

    Parameters
    ----------
    results : Results
        A run's results.

    Returns
    -------
    DataFrame
        A row a sample. ``seconds`` and ``cpu_seconds`` are those of one call:
        the reading divided by its ``loops`` calls. ``peak_memory`` is in bytes.
        Cold samples are in it and marked; they are never counted.
    """
    return _by_seed(results, _timings)


def _timings(results: Results) -> "pd.DataFrame":
    rows = (
        (
            case.model, case.variant, timed.operation, timed.round, timed.position, number,
            timed.n_rows, *_sample(sample),
        )
        for case in results.cases
        for timed in case.timings
        for number, sample in enumerate(timed.samples)
    )  # fmt: skip
    return _frame(TIMINGS, rows)


def candidates_frame(results: Results) -> "pd.DataFrame":
    """Return every candidate of every search, fold by fold.

    Parameters
    ----------
    results : Results
        A run's results.

    Returns
    -------
    DataFrame
        A row a candidate and fold; ``fold`` counts from 1. Candidate 0 is the
        baseline, which is not eligible. A column ``param_<name>`` for each
        parameter that some search varied, as in scikit-learn's ``cv_results_``.
        ``iteration`` (from 0) and ``resources`` come after them where a search
        halves its candidates.
    """
    return _by_seed(results, _candidates)


def _by_seed(results: Results, make: "Callable[[Results], pd.DataFrame]") -> "pd.DataFrame":
    """Make a frame, or of several seeds one below the other, with a column of seeds."""
    if not results.study.repetitions:
        return make(results)
    import pandas as pd

    frames = [
        make(results.of_seed(seed)).assign(seed=seed) for seed in results.study.repetitions
    ]
    return pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)


def _candidates(results: Results) -> "pd.DataFrame":
    names = sorted(
        {
            name
            for model in results.study.models
            if model.search
            for name in model.search.space
        }
        | {
            name
            for search in results.searches
            if search.origin == "imported"
            for candidate in search.candidates
            for name in candidate.params
        }
    )
    halving = any(
        candidate.iteration is not None
        for search in results.searches
        for candidate in search.candidates
    )
    rows = (
        (
            search.model, candidate.index, candidate.eligible,
            candidate.index == search.best, candidate.status,
            fold, score, seconds, *(candidate.params.get(name) for name in names),
            *((candidate.iteration, candidate.resources) if halving else ()),
        )
        for search in results.searches
        for candidate in search.candidates
        for fold, (score, seconds) in enumerate(
            zip(candidate.scores, candidate.cpu_seconds, strict=True), start=1
        )
    )  # fmt: skip
    columns = (*CANDIDATES, *(f"param_{name}" for name in names))
    return _frame((*columns, *(HALVING if halving else ())), rows)


def _metrics(results: Results) -> Iterator[tuple[Any, ...]]:
    for case in results.cases:
        for part in ("test", "train"):
            values = getattr(case.quality, part) if case.quality else {}
            for spec in results.metrics:
                # Metrics of probabilities are not scored on training rows.
                if case.quality and spec.name not in values:
                    continue
                yield (
                    case.model, case.variant, case.status, part, spec.name,
                    values.get(spec.name), spec.unit, spec.greater_is_better,
                )  # fmt: skip


def _sample(sample: Sample) -> tuple[Any, ...]:
    return (
        sample.loops,
        sample.wall_ns / sample.loops / 1e9,
        sample.cpu_ns / sample.loops / 1e9,
        sample.cold,
        sample.contaminated,
        sample.peak_memory,
    )


def _frame(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for name in columns:
        if name in _NUMBERS:
            frame[name] = frame[name].astype("float64")
        elif not name.startswith("param_"):
            # A parameter stays what it was: 5 next to a missing value is not 5.0.
            frame[name] = frame[name].infer_objects()
    return frame
