"""Times of models that were handed over: the clock's own rounds, on the caller's rows."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import PlatformUnsupported, StudyError
from tunecard.runner.judge.labels import as_texts
from tunecard.runner.judge.study import Judged
from tunecard.runner.judge.values import HandedOver
from tunecard.runner.progress import Progress
from tunecard.runner.schema import Calibration, Case, ModelSpec, Study, Variant


def with_times(
    cases: Sequence[Case],
    judged: Sequence[Judged],
    handed: HandedOver,
    study: Study,
    progress: Progress,
) -> tuple[tuple[Case, ...], tuple[Calibration, ...]]:
    """Time predict, and fit where the training rows are there, and add it to the cases.

    Parameters
    ----------
    cases : sequence of Case
        Without times.
    judged : sequence of Judged
        Their estimators.
    handed : HandedOver
        The rows.
    study : Study
        Its budget, seed and limits.
    progress : Progress
        Progress reporter.

    Raises
    ------
    StudyError
        If a case is not an estimator, or cannot be pickled.
    PlatformUnsupported
        On Windows, where nothing is timed.
    """
    if sys.platform == "win32":
        raise PlatformUnsupported
    from tunecard.runner.clock.case import BenchSettings, MeasuredCase
    from tunecard.runner.clock.rounds import first_passes, run_rounds
    from tunecard.runner.host.cores import logical_cores
    from tunecard.runner.rows import write_arrays
    from tunecard.runner.store.journal import NullCheckpoint

    fitted = handed.X_train is None
    specs = _specs(judged, study, fitted=fitted)
    with tempfile.TemporaryDirectory(prefix="tunecard-") as name:
        work = Path(name)
        classes = np.empty(0) if study.task == "regression" else _classes(handed)
        arrays = {"X_test": handed.X_test, "classes": classes}
        if not fitted:
            arrays |= {
                "X_train": handed.X_train,
                "y_train": np.asarray(handed.y_train).reshape(len(handed.X_train)),
            }
        write_arrays(work / "data", arrays)
        bench = BenchSettings(
            data=work / "data",
            work=work,
            seed=study.seed,
            threads=logical_cores(),
            case_seconds=study.limits.case_seconds,
            memory=study.limits.memory,
        )
        new = [
            MeasuredCase(spec, variant, {}, seed=study.seed, fitted=fitted)
            for (_, variant), spec in specs.items()
        ]
        memory = NullCheckpoint()
        first = first_passes(new, bench, memory, progress, scored=False)
        measured, calibrations, _ = run_rounds(
            first.cases, bench, memory, progress, budget=study.timing.budget
        )
    by_key = {case.key: case for case in measured}
    return tuple(_timed(case, by_key[case.key]) for case in cases), calibrations


def _specs(
    judged: Sequence[Judged], study: Study, *, fitted: bool
) -> dict[tuple[str, Variant], ModelSpec]:
    """Return what each case is built from: its estimator, pickled."""
    from tunecard.runner.models.pickled import fitted_object, unfitted_object

    made: dict[tuple[str, Variant], ModelSpec] = {}
    for spec, model in zip(study.models, judged, strict=True):
        for variant, answers in model.cases:
            estimator = getattr(answers.estimator, "best_estimator_", answers.estimator)
            place = f"{model.label}, {variant}"
            if estimator is None:
                raise StudyError(
                    f"time: {place}: is an array of predictions, which cannot be timed. "
                    "Hand over the fitted estimator, or leave out time=True."
                )
            content = (fitted_object if fitted else unfitted_object)(estimator, place)
            made[model.name, variant] = spec.model_copy(
                update={"object": content, "search": None, "origin": "measured"}
            )
    return made


def _classes(handed: HandedOver) -> NDArray[Any]:
    """Return the classes as the estimators have them."""
    parts = [handed.y_test] + ([] if handed.y_train is None else [handed.y_train])
    labels = [np.asarray(part).ravel() for part in parts]
    try:
        return np.unique(np.concatenate(labels))
    except TypeError:  # of several types, which only their text orders
        return np.unique(as_texts(np.concatenate(labels), "y_test"))


def _timed(case: Case, measured: object) -> Case:
    """Add the times of a case, or the reason why it has none."""
    from tunecard.runner.clock.case import MeasuredCase

    assert isinstance(measured, MeasuredCase)
    if measured.status != "ok":
        reason = (
            f"timing it {measured.status}: {measured.reason or 'no reason was recorded'}"
        )
        return case.model_copy(update={"unmeasured": {"timings": reason}})
    outcome = measured.outcome
    pools = outcome.thread_pools if outcome else ()
    return case.model_copy(
        update={
            "timings": measured.rounds,
            "latencies": measured.latencies,
            "elapsed": measured.elapsed,
            "peak_memory": measured.peak_memory or None,
            "model_bytes": measured.first.model_bytes if measured.first else None,
            "threads": max((pool.num_threads for pool in pools), default=None),
            "thread_pools": pools,
            "n_changed_rows": measured.n_changed_rows,
            "unmeasured": {},
        }
    )
