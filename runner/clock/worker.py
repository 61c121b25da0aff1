"""Measures one case in one round, in a process of its own, for `clock.measure`.

Started as ``python -P start.py tunecard.runner.clock.worker JOB``; JOB is a folder that
holds ``job.json``. It leaves ``outcome.json`` (and the predicted labels as .npy
files) beside it. Nothing is read from stdin or written to stdout.
"""

import gc
import pickle
import sys
import time
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import environment, models
from tunecard.runner.clock.bench import Bench
from tunecard.runner.clock.jobs import Job, Outcome
from tunecard.runner.host import child
from tunecard.runner.models import engines
from tunecard.runner.models.fitting import as_list, captured, converged, describe
from tunecard.runner.schema import Latency


class Invalid(ValueError):
    """What an estimator returned is no prediction."""


def main(folder: Path) -> None:
    """Do the job in `folder` and leave its outcome there."""
    job = Job.model_validate_json((folder / "job.json").read_bytes())
    child.die_with(job.parent)
    sys.path += [entry for entry in job.path if entry not in sys.path]
    child.limit_memory(job.memory)
    outcome = run(job, folder)
    (folder / "outcome.part").write_text(outcome.model_dump_json(), "utf-8")
    (folder / "outcome.part").rename(folder / "outcome.json")


def run(job: Job, folder: Path) -> Outcome:
    """Time fit and predict of one case, then score it if the job says so.

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
    except (Exception, SystemExit) as error:  # noqa: BLE001 # a user's estimator may
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
        X, y, X_test = (
            _array(Path(job.data), name) for name in ("X_train", "y_train", "X_test")
        )
    with bench.part("import"):
        estimator = models.build(job.model, job.params, job.seed, job.encoding)
    # Libraries make some 200,000 objects, and looking through them before each timed
    # call took 90 ms: they are set aside, and only what is made from here on counts.
    gc.freeze()
    model = bench.fit(estimator, X, y)
    y_pred = bench.predict(model, X_test)
    np.save(folder / "y_pred.npy", _labels(y_pred, len(X_test), job.n_classes))
    final = models.final_step(model)
    with bench.part("quality"):
        model_bytes = _pickled_size(model)
    start = time.perf_counter()
    latencies: tuple[Latency, ...] = ()
    if job.quality:
        latencies = bench.latencies(model, X_test)
        with bench.part("quality"):
            _score(model, job, folder, X, X_test, bench)
    cold = sum(s.wall_ns for timed in bench.timed for s in timed.samples if s.cold)
    return Outcome(
        status="ok",
        timed=bench.timed,
        warnings=tuple(bench.warnings),
        converged=converged(model, bench.fit_warnings),
        n_iter=_whole(np.max(final.n_iter_)) if hasattr(final, "n_iter_") else None,
        max_iter=_whole(getattr(final, "max_iter", None)),
        model_bytes=model_bytes,
        thread_pools=environment.thread_pools(),
        latencies=latencies,
        once_seconds=time.perf_counter() - start + cold / 1e9,
        spent=bench.spent,
        peak_memory=bench.peak_memory(),
    )


def _score(
    model: Any, job: Job, folder: Path, X: NDArray[Any], X_test: NDArray[Any], bench: Bench
) -> None:
    """Leave probabilities, labels of some training rows, and a linear model's weights."""
    rows = np.load(Path(job.data) / "train_rows.npy")
    weights = getattr(model, "coef_", None)  # a pipeline has none: its features are others
    if (
        isinstance(weights, np.ndarray)
        and weights.ndim == 2
        and weights.shape[1] == X.shape[1]
    ):
        np.save(folder / "weights.npy", weights.astype(np.float32))
    if hasattr(model, "predict_proba"):
        with captured() as counts, engines.noted(model):
            np.save(folder / "probabilities.npy", _probabilities(model, job, X_test))
        bench.warnings += as_list(counts, "probabilities")
    with captured() as counts:
        y_train_pred = _labels(model.predict(X[rows]), len(rows), job.n_classes)
        np.save(folder / "y_train_pred.npy", y_train_pred)
    bench.warnings += as_list(counts, "train")


def _labels(returned: Any, n_rows: int, n_classes: int) -> NDArray[np.int64]:
    """Check what predict returned: one class code a row."""
    labels = np.asarray(returned)
    if labels.shape != (n_rows,):
        raise Invalid(f"predict returned shape {labels.shape}, expected ({n_rows},)")
    if labels.dtype.kind not in "biuf":
        raise Invalid(f"predict returned labels of type {labels.dtype}, not class codes")
    lost = int(np.count_nonzero(~np.isfinite(labels)))
    if lost:
        raise Invalid(f"predict returned {lost} labels that are no number")
    unknown = labels[~np.isin(labels, np.arange(n_classes))]
    if len(unknown):
        raise Invalid(
            f"predict returned {len(unknown)} labels that are no class, such as "
            f"{unknown[0]}"
        )
    return labels.astype(np.int64)


def _probabilities(model: Any, job: Job, X: NDArray[Any]) -> NDArray[np.float32]:
    """Class probabilities with a column for every class of the data.

    A class that the training rows lack has probability 0.
    """
    classes = np.asarray(getattr(model, "classes_", range(job.n_classes)), dtype=np.intp)
    returned = np.asarray(model.predict_proba(X))
    if returned.shape != (len(X), len(classes)):
        expected = f"({len(X)}, {len(classes)})"
        raise Invalid(f"predict_proba returned shape {returned.shape}, expected {expected}")
    if not np.isfinite(returned).all():
        raise Invalid("predict_proba returned values that are no number")
    sums = returned.sum(axis=1)
    # The square root of float32's epsilon: an estimator may compute in float32.
    if returned.min() < -1e-6 or not np.allclose(sums, 1, rtol=0, atol=3.5e-4):
        row = int(np.argmax(np.abs(sums - 1)))
        raise Invalid(
            "predict_proba returned rows that are no probabilities: from 0 to 1, with sum "
            f"1 (row {row} sums to {sums[row]:g}, the lowest value is {returned.min():g})"
        )
    whole = np.zeros((len(X), job.n_classes), dtype=np.float32)
    whole[:, classes] = np.clip(returned, 0, 1)
    return whole


def _array(folder: Path, name: str) -> NDArray[Any]:
    """Map an array from disk and touch each page, so that no timed call reads the disk."""
    array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r")
    array.max(initial=0)
    return array


def _pickled_size(model: Any) -> int | None:
    """Return the bytes of a serialised model, or None where it cannot be serialised."""
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


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None
