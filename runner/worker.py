"""The other side of :mod:`runner.measure`: one case, one round, one fresh process.

Started as ``python -P -m runner.worker JOB``; JOB is a folder that holds
``job.json``. It leaves ``outcome.json`` (and the predicted labels as .npy
files) beside it. Nothing is read from stdin or written to stdout.
"""

import contextlib
import ctypes
import gc
import os
import pickle
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner import environment, models
from runner.bench import Bench
from runner.fitting import as_list, captured, converged, describe
from runner.jobs import Job, Outcome


def main(folder: Path) -> None:
    """Do the job in `folder` and leave its outcome there."""
    job = Job.model_validate_json((folder / "job.json").read_bytes())
    die_with(job.parent)
    resource.setrlimit(resource.RLIMIT_DATA, (job.memory, job.memory))
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
        ``ok`` with samples, or ``failed`` / ``invalid`` with the reason.
    """
    X, y, X_test = (
        _array(Path(job.data), name) for name in ("X_train", "y_train", "X_test")
    )
    estimator = models.build(job.model, job.params, job.seed)
    bench = Bench(job)
    gc.collect()
    gc.disable()  # a collection inside a timed call would be a lottery
    try:
        model = bench.fit(estimator, X, y)
        y_pred = np.asarray(bench.predict(model, X_test))
    except MemoryError as error:
        return Outcome(status="oom", reason=describe(error), timed=bench.timed)
    except Exception as error:  # noqa: BLE001 # whatever a user's estimator raises
        return Outcome(status="failed", reason=describe(error), timed=bench.timed)
    finally:
        gc.enable()
    invalid = _invalid(y_pred, len(X_test))
    if invalid:
        return Outcome(status="invalid", reason=invalid, timed=bench.timed)
    np.save(folder / "y_pred.npy", y_pred.astype(np.int64))
    final = models.final_step(model)
    outcome = Outcome(
        status="ok",
        timed=bench.timed,
        converged=converged(model, bench.fit_warnings),
        n_iter=_whole(np.max(final.n_iter_)) if hasattr(final, "n_iter_") else None,
        max_iter=_whole(getattr(final, "max_iter", None)),
        model_bytes=len(pickle.dumps(model)),
        thread_pools=environment.thread_pools(),
    )
    start = time.perf_counter()
    if job.quality:
        outcome = outcome.model_copy(update={"latencies": bench.latencies(model, X_test)})
        _score(model, job, folder, X, X_test, bench)
    cold = sum(s.wall_ns for timed in bench.timed for s in timed.samples if s.cold)
    return outcome.model_copy(
        update={
            "warnings": tuple(bench.warnings),
            "once_seconds": time.perf_counter() - start + cold / 1e9,
        }
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
        with captured() as counts:
            np.save(folder / "probabilities.npy", _probabilities(model, job, X_test))
        bench.warnings += as_list(counts, "probabilities")
    with captured() as counts:
        np.save(
            folder / "y_train_pred.npy", np.asarray(model.predict(X[rows])).astype(np.int64)
        )
    bench.warnings += as_list(counts, "train")


def _probabilities(model: Any, job: Job, X: NDArray[Any]) -> NDArray[np.float32]:
    """Class probabilities with a column for every class of the data.

    A class that the training rows lack has probability 0.
    """
    whole = np.zeros((len(X), job.n_classes), dtype=np.float32)
    whole[:, np.asarray(model.classes_, dtype=np.intp)] = model.predict_proba(X)
    return whole


def _invalid(y_pred: NDArray[Any], n_rows: int) -> str | None:
    """Say what is wrong with predicted labels, or None."""
    if y_pred.shape != (n_rows,):
        return f"predict returned shape {y_pred.shape}, expected ({n_rows},)"
    if y_pred.dtype.kind == "f" and not np.isfinite(y_pred).all():
        count = int((~np.isfinite(y_pred)).sum())
        return f"predict returned {count} labels that are no number"
    return None


def _array(folder: Path, name: str) -> NDArray[Any]:
    """Map an array from disk and touch each page, so that no timed call reads the disk."""
    array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r")
    array.max(initial=0)
    return array


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None


def die_with(parent: int) -> None:
    """End this process when its parent dies.

    Parameters
    ----------
    parent : int
        The parent's process id.
    """
    if sys.platform.startswith("linux"):
        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        return
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
