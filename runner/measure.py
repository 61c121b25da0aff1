"""One case in a worker process, round by round -> Case."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

import runner
from runner.errors import OutputError
from runner.jobs import Job, Outcome, WarningCount
from runner.schema import ModelSpec, Params, Status, TimedRound, Variant, write_file

# What a worker may see of the caller's environment; the rest could change a
# measurement without leaving a trace in the results.
ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
)
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_TAIL = 2_000  # characters of a failed worker's stderr that are kept


@dataclass(frozen=True)
class Measured:
    """A case as far as its rounds have come.

    Attributes
    ----------
    spec, variant, params
        What the case is; `params` are on top of the model's own.
    status : str
        ``ok`` until a round fails; a failed case runs no further round.
    outcome : Outcome or None
        What the last worker left.
    y_pred, probabilities, y_train_pred : ndarray or None
        From round 1: codes (n_test,), float32 (n_test, n_classes), codes
        (n_train_rows,).
    elapsed : float
        Seconds its workers ran.
    """

    spec: ModelSpec
    variant: Variant
    params: Params
    status: Status = "ok"
    reason: str | None = None
    stderr_tail: str | None = None
    outcome: Outcome | None = None
    rounds: tuple[TimedRound, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    y_pred: NDArray[np.int64] | None = None
    probabilities: NDArray[np.float32] | None = None
    y_train_pred: NDArray[np.int64] | None = None
    elapsed: float = 0.0
    peak_memory: int = 0

    @property
    def key(self) -> str:
        """``model/variant``."""
        return f"{self.spec.name}/{self.variant}"


@dataclass(frozen=True)
class Bench:
    """What all workers of a run share.

    Attributes
    ----------
    data : Path
        Folder of the memory-mapped arrays.
    work : Path
        Where jobs and outcomes are exchanged.
    threads : int
        For BLAS and OpenMP in each worker.
    case_seconds : float
        A worker that runs longer is ended.
    memory : int
        Bytes of data a worker may hold.
    """

    data: Path
    work: Path
    seed: int
    n_classes: int
    threads: int
    case_seconds: float
    memory: int
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def run_round(case: Measured, round_number: int, position: int, bench: Bench) -> Measured:
    """Run one round of a case in a fresh worker process.

    Parameters
    ----------
    case : Measured
        The case so far; a failed one is returned as it is.
    round_number : int
        From 1; round 1 also leaves labels, probabilities and training labels.
    position : int
        The case's place in the round's order.
    bench : Bench
        What all workers share.

    Returns
    -------
    Measured
        With the round's samples, or with the status and reason of its failure.
    """
    if case.status != "ok":
        return case
    folder = bench.work / f"{case.spec.name}-{case.variant}-{round_number}"
    job = Job(
        data=str(bench.data),
        model=case.spec,
        params=case.params,
        seed=bench.seed,
        n_classes=bench.n_classes,
        repeats={}
        if case.outcome is None
        else {t.operation: t.repeats for t in case.outcome.timed},
        quality=round_number == 1,
        parent=os.getpid(),
        memory=bench.memory,
    )
    write_file(folder / "job.json", job.model_dump_json())
    start = time.perf_counter()
    ended = _work(folder, bench)
    case = replace(case, elapsed=case.elapsed + time.perf_counter() - start)
    outcome = _read_outcome(folder)
    if ended.status != "ok" or outcome is None:
        status, reason = ended.status, ended.reason
        if status == "ok":
            status, reason = "failed", "the worker left no outcome"
        return replace(case, status=status, reason=reason, stderr_tail=ended.stderr_tail)
    case = replace(
        case,
        status=outcome.status,
        reason=outcome.reason,
        outcome=outcome,
        stderr_tail=ended.stderr_tail if outcome.status != "ok" else None,
        rounds=case.rounds + _rounds(outcome, round_number, position),
        warnings=case.warnings + outcome.warnings,
        peak_memory=max(case.peak_memory, outcome.peak_memory or 0),
    )
    if case.status != "ok" or round_number > 1:
        return case
    return replace(
        case,
        y_pred=_load(folder / "y_pred.npy"),
        probabilities=_load(folder / "probabilities.npy"),
        y_train_pred=_load(folder / "y_train_pred.npy"),
    )


def worker_environment(environ: Mapping[str, str], threads: int) -> dict[str, str]:
    """Return the environment of a worker: a whitelist, and the thread variables.

    Parameters
    ----------
    environ : mapping
        The caller's environment.
    threads : int
        For every native thread pool; they read it when NumPy loads.
    """
    kept = {name: environ[name] for name in ENVIRONMENT if name in environ}
    return {
        **kept,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "PYTHONPATH": str(Path(runner.__file__).parent.parent),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


@dataclass(frozen=True)
class _Ended:
    """How a worker process ended."""

    status: Status
    reason: str | None = None
    stderr_tail: str | None = None


def _work(folder: Path, bench: Bench) -> _Ended:
    """Run a worker to its end, or end it and all it started."""
    errors = folder / "stderr.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 # our own interpreter and module
            [sys.executable, "-P", "-m", "runner.worker", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            env=worker_environment(bench.environ, bench.threads),
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=bench.case_seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end_group(process)
    tail = errors.read_bytes()[-_TAIL:].decode("utf-8", "replace").strip() or None
    if code is None:
        return _Ended(
            "timeout",
            f"ran longer than limits.case_seconds = {bench.case_seconds:g} s",
            tail,
        )
    if code < 0:
        return _Ended("killed", f"ended by {signal.Signals(-code).name}", tail)
    if code > 0:
        last = tail.splitlines()[-1] if tail else "no message"
        return _Ended("failed", f"worker ended with code {code}: {last}"[:500], tail)
    return _Ended("ok", stderr_tail=tail)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker's process group, and reap the worker."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_outcome(folder: Path) -> Outcome | None:
    path = folder / "outcome.json"
    try:
        return Outcome.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise OutputError(
            f"{path}: what a worker wrote cannot be read ({error})."
        ) from error


def _rounds(outcome: Outcome, round_number: int, position: int) -> tuple[TimedRound, ...]:
    return tuple(
        TimedRound(
            round=round_number,
            position=position,
            operation=timed.operation,
            n_rows=timed.n_rows,
            warm_rows=timed.repeats.warm_rows,
            samples=timed.samples,
        )
        for timed in outcome.timed
    )


def _load(path: Path) -> NDArray[Any] | None:
    return np.load(path) if path.exists() else None


def round_cost(case: Measured) -> float:
    """Return the seconds that a further round of a case takes, told by its first."""
    return max(case.elapsed - (case.outcome.once_seconds if case.outcome else 0.0), 0.0)


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays as .npy files for the workers to map.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}). "
            "Choose a reports folder with enough space."
        ) from error
