"""Measures one case in one round, in a process of its own, for `clock.measure`.

Started as ``python -P start.py tunecard.runner.clock.worker JOB``; JOB is a folder that
holds ``job.json``. It leaves ``outcome.json`` (and what the model answered, as .npy
files) beside it. Nothing is read from stdin or written to stdout.
"""

import gc
import pickle
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import environment, models, outputs, rows
from tunecard.runner.clock.bench import Bench
from tunecard.runner.clock.jobs import Job, Outcome
from tunecard.runner.host import child
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.metrics import Scorer, TaskName
from tunecard.runner.models import fallbacks
from tunecard.runner.models.fitting import as_list, captured, converged, describe
from tunecard.runner.models.linear import weights_of
from tunecard.runner.neighbors.kept import KeptNeighbors
from tunecard.runner.rows import Rows
from tunecard.runner.schema import Latency
from tunecard.runner.task import AnyTask, task_of

#: No iteration counter of a user's own comes near; the contract allows no more.
_LARGEST_COUNT = 2**53


class Invalid(ValueError):
    """What an estimator returned is not a prediction."""


def main(folder: Path) -> None:
    """Do the job in `folder` and leave its outcome there."""
    folder = folder.absolute()  # an estimator may change the working folder
    job = Job.model_validate_json((folder / "job.json").read_bytes())
    sys.path += [entry for entry in job.path if entry not in sys.path]
    child.limit_memory(job.memory)
    outcome = run(job, folder)
    (folder / "outcome.part").write_text(outcome.model_dump_json(), "utf-8")
    (folder / "outcome.part").rename(folder / "outcome.json")


def run(job: Job, folder: Path) -> Outcome:
    """Time fit and predict of one case, then score it if the job requires it.

    Parameters
    ----------
    job : Job
        What to do.
    folder : Path
        Where the predicted labels and probabilities are left.

    Returns
    -------
    Outcome
        ``ok`` with samples, or ``failed`` / ``invalid`` / ``oom`` with the reason.
    """
    bench = Bench(job)
    gc.collect()
    gc.disable()  # a collection inside a timed call would be a lottery
    status: Literal["failed", "invalid", "oom"]
    try:
        return _measure(job, folder, bench)
    except MemoryError as error:
        limit = f"limits.memory = {job.memory / 2**30:g} GiB"
        status, reason = "oom", f"needed more than {limit} ({describe(error)})"
    except Invalid as error:
        status, reason = "invalid", str(error)
    except BaseException as error:  # noqa: BLE001 # a user's estimator may
        status, reason = "failed", describe(error)
    finally:
        gc.unfreeze()
        gc.enable()
    return Outcome(
        status=status,
        reason=reason,
        timed=bench.timed,
        warnings=tuple(bench.warnings),
        spent=bench.spent,
        peak_memory=bench.peak_memory(),
    )


def _measure(job: Job, folder: Path, bench: Bench) -> Outcome:
    with bench.part("data"):
        data = Path(job.data).absolute()
        X_test = _rows(data, "X_test")
        if not job.fitted:
            X, y = (_rows(data, name) for name in ("X_train", "y_train"))
            is_weighted = rows.is_saved(data, "sample_weight")
            weight = _rows(data, "sample_weight") if is_weighted else None
        task = task_of(np.asarray(rows.load(data, "classes")))
    with bench.part("import"):
        estimator = (
            models.given_object(job.model)
            if job.fitted
            else models.build(job.model, job.params, job.seed, job.encoding)
        )
    # Libraries make some 200,000 objects, and looking through them before each timed
    # call took 90 ms: they are set aside, and only what is made from here on counts.
    gc.freeze()
    model = estimator if job.fitted else bench.fit(estimator, X, y, weight)
    neighbors = KeptNeighbors(model)
    with neighbors.noting() if job.scored else nullcontext():
        y_pred = bench.predict(model, X_test)
    outputs.save_predicted(folder, _encode(y_pred, len(X_test), task))
    final = models.final_step(model)
    model_bytes = None
    of_metrics: dict[str, float | str] = {}
    with bench.part("quality"):
        if not job.repeats:  # that of the first pass is each round's
            model_bytes = _pickled_size(model)
        if job.scored:
            arrays = X, X_test, rows.load(data, "train_rows")
            with neighbors.answering():
                _score(model, task, folder, arrays, bench, neighbors, y, scores=job.scores)
                of_metrics = _scored(model, task, folder, data, X_test)
    start = perf_counter()
    latencies: tuple[Latency, ...] = ()
    if job.latency:
        latencies = bench.latencies(model, X_test)
    return Outcome(
        status="ok",
        timed=bench.timed,
        warnings=tuple(bench.warnings),
        converged=converged(model, bench.fit_warnings),
        n_iter=_iterations(final),
        max_iter=_whole(getattr(final, "max_iter", None)),
        model_bytes=model_bytes,
        thread_pools=environment.thread_pools(),
        latencies=latencies,
        once_seconds=perf_counter() - start,
        spent=bench.spent,
        peak_memory=bench.peak_memory(),
        scored=of_metrics,
    )


def _scored(
    model: Any, task: AnyTask, folder: Path, data: Path, X: Rows
) -> dict[str, float | str]:
    """Return the values of metrics that need the estimator, or why one has none."""
    values: dict[str, float | str] = {}
    for metric in outputs.load_metrics(folder):
        y = np.asarray(rows.load(data, "y_test"))
        try:
            task_name: TaskName = "regression" if task.is_regression else "classification"
            score = Scorer(metric, task=task_name)
            value = score.of_model(model, X, y, task.labels)
            values[metric.name] = value if np.isfinite(value) else f"its value is {value}"
        except Exception as error:  # noqa: BLE001 # a user's scorer may raise anything
            values[metric.name] = f"its scorer fails ({describe(error)})"
    return values


def _score(
    model: Any,
    task: AnyTask,
    folder: Path,
    data: tuple[Rows, Rows, NDArray[np.int64]],
    bench: Bench,
    neighbors: KeptNeighbors,
    y: Any,
    *,
    scores: bool,
) -> None:
    """Leave probabilities or scores, some training rows' labels, linear weights."""
    X, X_test, scored = data
    weights = weights_of(model, X.shape[1], through_scalers=task.is_regression)
    if weights is not None:
        np.save(folder / "weights.npy", weights)
    if hasattr(model, "predict_proba"):
        with captured() as counts, fallbacks.warn_on_fallback(model):
            outputs.save_probabilities(folder, _probabilities(model, task, X_test))
        bench.warnings += as_list(counts, "probabilities")
    without = not hasattr(model, "predict_proba")
    if (without or scores) and hasattr(model, "decision_function"):
        with captured() as counts, fallbacks.warn_on_fallback(model):
            _save_scores(model, task, folder, X_test)
        bench.warnings += as_list(counts, "probabilities")
    of_train = rows.take(X, scored)
    # The quicker search takes more memory, which is not the model's.
    is_quick = neighbors.finds(X, of_train)
    with captured() as counts, bench.without_peak() if is_quick else nullcontext():
        with neighbors.finding(X, y, of_train):
            predicted = model.predict(of_train)
        y_train_pred = _encode(predicted, len(scored), task)
        np.save(folder / "y_train_pred.npy", y_train_pred)
    bench.warnings += as_list(counts, "train")


def _encode(returned: Any, n_rows: int, task: AnyTask) -> NDArray[Any]:
    """Check what predict returned, one answer a row: class codes of it, or values."""
    labels = np.asarray(returned)
    if task.is_regression and labels.shape == (n_rows, 1):
        labels = labels[:, 0]  # as some regressors return one target
    if labels.shape != (n_rows,):
        raise Invalid(f"predict returned shape {labels.shape}, expected ({n_rows},)")
    try:
        return task.encode(labels)
    except ValueError as error:
        raise Invalid(f"predict returned {error}") from error


def _probabilities(model: Any, task: AnyTask, X: Rows) -> NDArray[np.float32]:
    """Class probabilities with a column for every class of the data.

    A class that the training rows lack has probability 0.
    """
    classes = task.encode(getattr(model, "classes_", task.labels))
    returned = np.asarray(model.predict_proba(X))
    if returned.shape != (len(X), len(classes)):
        expected = f"({len(X)}, {len(classes)})"
        raise Invalid(f"predict_proba returned shape {returned.shape}, expected {expected}")
    if not np.isfinite(returned).all():
        raise Invalid("predict_proba returned values that are not numbers")
    try:
        shares = outputs.unit_rows(returned)
    except ValueError as error:
        row, total, lowest = error.args
        raise Invalid(
            "predict_proba returned rows that are not probabilities: from 0 to 1, with sum "
            f"1 (row {row} sums to {total:g}, the lowest value is {lowest:g})"
        ) from error
    whole = np.zeros((len(X), len(task.labels)), dtype=np.float32)
    whole[:, classes] = shares
    return whole


def _save_scores(model: Any, task: AnyTask, folder: Path, X: Rows) -> None:
    """Leave decision scores: of the second of two classes, or one for each class."""
    scores = np.asarray(model.decision_function(X), dtype=np.float32)
    n_classes = len(task.labels)
    if len(getattr(model, "classes_", task.labels)) != n_classes:
        return  # a class without a training row has no score
    if scores.shape not in ((len(X),), (len(X), n_classes)):
        return  # of pairs of classes
    if not np.isfinite(scores).all():
        raise Invalid("decision_function returned values that are not numbers")
    outputs.save_scores(folder, scores)


def _rows(folder: Path, name: str) -> Rows:
    """Read rows; each page of a mapped array is touched, so that no call reads the disk."""
    array = rows.load(folder, name)
    if isinstance(array, np.memmap) and array.dtype.kind in "biuf":
        array.max(initial=0)
    elif isinstance(array, np.memmap):
        array = np.array(array)
    return array


def _pickled_size(model: Any) -> int | None:
    """Return the bytes of a serialized model, or None where it cannot be serialized."""
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=5).dump(model)
    except Exception:  # noqa: BLE001 # whatever a user's class raises; its times still count
        return None
    return counter.size


class _Counter:
    """A file that keeps nothing but the size of what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        size = memoryview(data).nbytes
        self.size += size
        return size


def _iterations(model: Any) -> int | None:
    """Return the most iterations of a fit; None where it counted none."""
    n_iter = _whole(np.max(model.n_iter_)) if hasattr(model, "n_iter_") else None
    return n_iter if n_iter is not None and 0 <= n_iter <= _LARGEST_COUNT else None


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None
