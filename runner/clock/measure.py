"""One case in a worker process, round by round."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from tunecard.runner import outputs
from tunecard.runner.clock.jobs import SLACK, Finished, Job, Outcome, Timed
from tunecard.runner.clock.room import check_room
from tunecard.runner.errors import OutputError
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.metrics import Outputs, get
from tunecard.runner.models.fitting import WarningCount
from tunecard.runner.processes.process import Ended, run_worker, run_workers
from tunecard.runner.processes.template import Templates
from tunecard.runner.rows import Rows, save
from tunecard.runner.schema import (
    Encoding,
    Latency,
    ModelSpec,
    Params,
    Status,
    TimedRound,
    Variant,
    write_file,
)
from tunecard.runner.schema.base import remove
from tunecard.runner.store.hashes import hashes_of
from tunecard.runner.store.journal import Checkpoint, NullCheckpoint, recall_as

_ARRAYS = "*.npy"


@dataclass(frozen=True)
class MeasuredCase:
    """A case as far as its rounds have come.

    Attributes
    ----------
    spec, variant, params
        What the case is; `params` are on top of the model's own.
    status : str
        ``ok`` until a worker fails; a failed case runs no further round.
    first, outcome : Outcome or None
        What the worker of the first pass left, and the last worker.
    latencies
        From round 1: calls on few rows.
    outputs, y_train_pred, weights
        From the first pass: what it answered for the test rows; class codes or values
        (n_train_rows,), float32 (n_outputs, n_features).
    elapsed : float
        Seconds its workers ran.
    peak_memory : int
        Highest resident set of its workers, in bytes: as they report it, or from above
        (see :class:`tunecard.runner.processes.process.Ended`) where they cannot.
    spent : dict
        Seconds of `elapsed` by part, of the workers that ran in this session; the
        parts of :class:`tunecard.runner.clock.jobs.Outcome`, and ``start`` for the rest.
    data : Path or None
        Folder of its rows; None for the bench's.
    encoding : Encoding or None
        What these rows need before the model can take them.
    fitted : bool
        Whether the model's object is fitted already, so that predict alone is timed.
    scored : dict
        From round 1: values of metrics that need the estimator itself, or why not.
    n_changed_rows : int or None
        Test rows that a round predicts otherwise than the first pass, with the
        same seed, in the round with the most; None before there is a round.
    """

    spec: ModelSpec
    variant: Variant
    params: Params
    status: Status = "ok"
    reason: str | None = None
    stderr_tail: str | None = None
    first: Outcome | None = None
    outcome: Outcome | None = None
    rounds: tuple[TimedRound, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    latencies: tuple[Latency, ...] = ()
    outputs: Outputs | None = None
    y_train_pred: NDArray[Any] | None = None
    weights: NDArray[np.float32] | None = None
    elapsed: float = 0.0
    peak_memory: int = 0
    spent: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    n_seeds: int = 1
    data: Path | None = None
    encoding: Encoding | None = None
    fitted: bool = False
    scored: Mapping[str, float | str] = field(default_factory=dict)
    n_changed_rows: int | None = None

    @property
    def key(self) -> str:
        """``model/variant``, or with ``@seed`` where there are several."""
        key = f"{self.spec.name}/{self.variant}"
        return key if self.n_seeds == 1 else f"{key}@{self.seed}"


@dataclass(frozen=True)
class BenchSettings:
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
    templates : Templates or None
        Where workers are forked from; None for a new process each.
    slack : float
        As in :class:`tunecard.runner.clock.jobs.Job`.
    path : tuple of str
        Where this process looks for modules, and so a worker does.
    metrics : tuple of str
        Metrics that the study names: what their values are computed from is left.
    """

    data: Path
    work: Path
    seed: int
    threads: int
    case_seconds: float
    memory: int
    templates: Templates | None = None
    slack: float = SLACK
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    path: tuple[str, ...] = field(
        default_factory=lambda: tuple(str(Path(entry).absolute()) for entry in sys.path)
    )
    metrics: tuple[str, ...] = ()


def first_pass(
    case: MeasuredCase,
    bench: BenchSettings,
    memory: Checkpoint,
    *,
    scored: bool,
) -> MeasuredCase:
    """Fit and predict once in a fresh worker process: quality, and the cold calls.

    Parameters
    ----------
    case : MeasuredCase
        Not measured yet.
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.
    scored : bool
        Whether labels, probabilities and training labels are needed.

    Returns
    -------
    MeasuredCase
        With its outputs, or with the status and reason of its failure.
    """
    job, folder = _first_job(case, bench, scored=scored, timed=True)
    finished, case = _recall_or_run(
        case, f"first {case.key}", job, bench, folder, memory, 0
    )
    return _after_first_pass(case, finished, folder)


def first_passes_at_once(
    cases: Sequence[MeasuredCase], bench: BenchSettings, memory: Checkpoint, *, at_once: int
) -> Iterator[tuple[int, MeasuredCase]]:
    """Fit and predict several cases at the same time, for their quality alone.

    Parameters
    ----------
    cases : sequence of MeasuredCase
        Not measured yet; no rounds of timing follow.
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.
    at_once : int
        Workers that run at the same time.

    Yields
    ------
    int, MeasuredCase
        A case's position, and what :func:`first_pass` returns of it, in the order they
        end.
    """
    jobs = [_first_job(case, bench, scored=True, timed=False) for case in cases]
    todo = []
    for number, (case, (job, folder)) in enumerate(zip(cases, jobs, strict=True)):
        finished = _recall(memory, f"first {case.key}", job, folder)
        if finished is None:
            _prepare(job, bench, folder)
            todo.append(number)
        else:
            yield number, _after_first_pass(case, finished, folder)
    for place, ended, seconds in run_workers(
        [(jobs[number][1], cases[number].spec.name) for number in todo],
        bench.environ,
        threads=bench.threads,
        seconds=bench.case_seconds,
        at_once=at_once,
        templates=bench.templates,
    ):
        number = todo[place]
        case, (job, folder) = cases[number], jobs[number]
        finished = _finish(job, 0, folder, ended, seconds)
        case = _note(case, f"first {case.key}", finished, memory)
        yield number, _after_first_pass(case, finished, folder)


def _first_job(
    case: MeasuredCase, bench: BenchSettings, *, scored: bool, timed: bool
) -> tuple[Job, Path]:
    """Make the job of a first pass, and name its folder."""
    folder = bench.work / f"{case.key.replace('/', '-')}-first"
    return _job(case, bench, {"scored": scored, "timed": timed}), folder


def _after_first_pass(case: MeasuredCase, finished: Finished, folder: Path) -> MeasuredCase:
    """Take over what a first pass left, where it ended well."""
    case = _advance(case, finished)
    if finished.outcome is None or case.status != "ok":
        return case
    try:
        return replace(
            case,
            first=finished.outcome,
            scored=finished.outcome.scored,
            outputs=outputs.load(folder),
            y_train_pred=_load(folder / "y_train_pred.npy"),
            weights=_load(folder / "weights.npy"),
        )
    except (OSError, ValueError, EOFError) as error:
        # Such as of an estimator that forked: a copy of the worker wrote them too.
        reason = f"what its worker left cannot be read ({type(error).__name__}: {error})"
        return replace(case, status="failed", reason=reason)


def run_round(
    case: MeasuredCase,
    round_number: int,
    position: int,
    bench: BenchSettings,
    memory: Checkpoint | None = None,
) -> MeasuredCase:
    """Run one round of a case in a fresh worker process.

    Parameters
    ----------
    case : MeasuredCase
        The case after its first pass; a failed one is returned as it is.
    round_number : int
        From 1; round 1 also times single calls of predict.
    position : int
        The case's place in the round's order.
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint or None
        What an earlier, unfinished run has measured already.

    Returns
    -------
    MeasuredCase
        With the round's samples, or with the status and reason of its failure.
    """
    if case.status != "ok":
        return case
    assert case.first is not None  # it is ok
    folder = bench.work / f"{case.key.replace('/', '-')}-{round_number}"
    repeats = {timed.operation: timed.repeats for timed in case.first.timed}
    job = _job(
        case,
        bench,
        {"repeats": repeats, "latency": round_number == 1, "slack": bench.slack},
    )
    finished, case = _recall_or_run(
        case,
        f"round {round_number} {case.key}",
        job,
        bench,
        folder,
        memory or NullCheckpoint(),
        position,
    )
    case = _advance(case, finished)
    if finished.outcome is None:
        return case
    cold = case.first.timed if round_number == 1 and case.first else ()
    rounds = _rounds(finished.outcome, round_number, finished.position, cold)
    return replace(
        case,
        rounds=case.rounds + rounds,
        latencies=case.latencies or finished.outcome.latencies,
    )


def _recall_or_run(
    case: MeasuredCase,
    key: str,
    job: Job,
    bench: BenchSettings,
    folder: Path,
    memory: Checkpoint,
    position: int,
) -> tuple[Finished, MeasuredCase]:
    """Return how a worker ended in an earlier session, else run it now.

    What it left for the results must be what it was: other arrays are made again.
    """
    finished = _recall(memory, key, job, folder)
    if finished is None:
        finished = _run(job, position, bench, folder)
        n_changed_rows = _count_changed_rows(case, finished, folder)
        finished = finished.model_copy(update={"n_changed_rows": n_changed_rows})
        case = _note(case, key, finished, memory)
    return finished, case


def _recall(memory: Checkpoint, key: str, job: Job, folder: Path) -> Finished | None:
    """Return how a worker ended in an earlier session, with its arrays as they were."""
    finished = recall_as(memory, key, Finished)
    if finished is not None and job.scored and hashes_of(folder, _ARRAYS) != finished.files:
        memory.reject(key)
        return None
    return finished


def _note(
    case: MeasuredCase, key: str, finished: Finished, memory: Checkpoint
) -> MeasuredCase:
    """Record what has been run just now, and book its seconds."""
    memory.record(key, finished.model_dump(mode="json"))
    return replace(case, spent=_add_spent(case.spent, finished))


def _job(case: MeasuredCase, bench: BenchSettings, extra: Mapping[str, Any]) -> Job:
    return Job(
        data=str(case.data or bench.data),
        model=case.spec.model_copy(update={"search": None}),  # its params are chosen
        params=case.params,
        fitted=case.fitted,
        seed=bench.seed if case.n_seeds == 1 else case.seed,
        scores=any(get(name).needs == "scores" for name in bench.metrics),
        memory=bench.memory,
        path=bench.path,
        encoding=case.encoding,
        **extra,
    )


def _run(job: Job, position: int, bench: BenchSettings, folder: Path) -> Finished:
    """Start a worker, wait for its end, and return how it ended."""
    _prepare(job, bench, folder)
    start = perf_counter()
    ended = run_worker(
        folder,
        bench.environ,
        threads=bench.threads,
        seconds=bench.case_seconds,
        templates=bench.templates,
        model=job.model.name,
    )
    return _finish(job, position, folder, ended, perf_counter() - start)


def _prepare(job: Job, bench: BenchSettings, folder: Path) -> None:
    """Write the files of a job for its worker."""
    remove(folder)  # of a run that was killed meanwhile
    if not Path(job.data).is_dir():
        raise OutputError(
            f"{job.data}: the rows were removed while the run was at work, perhaps by an "
            "estimator. What is finished is kept; run the same command to resume."
        )
    write_file(folder / "job.json", job.model_dump_json())
    needing = [m for m in map(get, bench.metrics) if m.needs == "estimator"]
    if job.scored and needing:
        outputs.save_metrics(folder, needing)


def _finish(
    job: Job, position: int, folder: Path, ended: Ended, elapsed: float
) -> Finished:
    """Describe a worker's end by what it left and by how its process ended."""
    # Its outcome is the last that a worker writes: how the process ends does not matter.
    outcome = _read_outcome(folder) if ended.status != "timeout" else None
    status, reason = ended.status, ended.reason
    if outcome is not None:
        status, reason = outcome.status, outcome.reason
    elif status == "ok":
        status, reason = "failed", "the worker ended before its work was done"
    if status == "failed":
        check_room(folder, Path(job.data), f"{reason} {ended.stderr_tail}")
    return Finished(
        status=status,
        position=position,
        elapsed=elapsed,
        peak_memory=(outcome and outcome.peak_memory) or ended.peak_memory,
        reason=reason,
        stderr_tail=ended.stderr_tail if status != "ok" else None,
        outcome=outcome,
        files=hashes_of(folder, _ARRAYS, sync=True),
    )


def _advance(case: MeasuredCase, finished: Finished) -> MeasuredCase:
    """Add what each worker leaves to a case: how it ended, its cost, its warnings."""
    outcome = finished.outcome
    counts = (case.n_changed_rows, finished.n_changed_rows)
    changed = [count for count in counts if count is not None]
    return replace(
        case,
        status=finished.status,
        reason=finished.reason,
        stderr_tail=finished.stderr_tail,
        elapsed=case.elapsed + finished.elapsed,
        peak_memory=max(case.peak_memory, finished.peak_memory),
        outcome=outcome or case.outcome,
        warnings=case.warnings + (outcome.warnings if outcome else ()),
        n_changed_rows=max(changed) if changed else None,
    )


def _count_changed_rows(case: MeasuredCase, finished: Finished, folder: Path) -> int | None:
    """Count test rows predicted otherwise than in the first pass; None without both."""
    before = case.outputs.predicted if case.outputs else None
    after = outputs.load(folder) if finished.status == "ok" else None
    if before is None or after is None or after.predicted is None:
        return None
    return int(np.count_nonzero(before != after.predicted))


def _add_spent(spent: Mapping[str, float], finished: Finished) -> dict[str, float]:
    """Book a round that was run just now; what its worker did not book is its start."""
    own = finished.outcome.spent if finished.outcome else {}
    parts: dict[str, float] = {str(part): seconds for part, seconds in own.items()}
    parts["start"] = max(finished.elapsed - sum(parts.values()), 0.0)
    return {
        part: spent.get(part, 0.0) + parts.get(part, 0.0) for part in {**spent, **parts}
    }


def _read_outcome(folder: Path) -> Outcome | None:
    path = folder / "outcome.json"
    try:
        outcome = Outcome.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(
            f"{path}: what a worker wrote cannot be read ({error})."
        ) from error
    except ValidationError:
        reason = "its worker's outcome.json is not what a worker writes"
        return Outcome(status="failed", reason=reason)
    if outcome.status == "ok" and not outputs.are_saved(folder):
        reason = "its predictions were removed from the worker's folder"
        return outcome.model_copy(update={"status": "failed", "reason": reason})
    return outcome


def _rounds(
    outcome: Outcome, round_number: int, position: int, first: Sequence[Timed]
) -> tuple[TimedRound, ...]:
    """Make the rounds of a worker's samples; the cold calls lead those of round 1."""
    cold = {timed.operation: timed.samples for timed in first}
    return tuple(
        TimedRound(
            round=round_number,
            position=position,
            operation=timed.operation,
            n_rows=timed.n_rows,
            warm_rows=timed.repeats.warm_rows,
            samples=cold.get(timed.operation, ()) + timed.samples,
        )
        for timed in outcome.timed
        if timed.samples
    )


def _load(path: Path) -> NDArray[Any] | None:
    return np.load(path) if path.exists() else None


def write_arrays(folder: Path, arrays: Mapping[str, Rows]) -> None:
    """Write arrays for the workers to map, and data frames for them to read.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            save(folder, name, array)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}). "
            "Choose a reports folder with enough space."
        ) from error
