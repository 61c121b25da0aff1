"""One case in a worker process, round by round."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import outputs
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.finished import ARRAYS, add_spent, describe_end, rounds_of
from tunecard.runner.clock.jobs import Finished, Job
from tunecard.runner.errors import OutputError
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.metrics import get
from tunecard.runner.processes.process import run_worker, run_workers
from tunecard.runner.schema import (
    write_file,
)
from tunecard.runner.schema.base import remove
from tunecard.runner.store.hashes import hashes_of
from tunecard.runner.store.journal import Checkpoint, NullCheckpoint, recall_as


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
        Not measured yet, or for its quality alone; a failed one is returned as it is.
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
    if case.status != "ok":
        return case
    job, folder = _first_job(case, bench, scored=scored, timed=True)
    key = f"{'first' if scored else 'cold'} {case.key}"
    finished, case = _recall_or_run(case, key, job, bench, folder, memory, 0)
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
        finished = describe_end(job, 0, folder, ended, seconds)
        case = _note(case, f"first {case.key}", finished, memory)
        yield number, _after_first_pass(case, finished, folder)


def _first_job(
    case: MeasuredCase, bench: BenchSettings, *, scored: bool, timed: bool
) -> tuple[Job, Path]:
    """Make the job of a first pass, and name its folder."""
    name = "first" if scored else "cold"
    folder = bench.work / f"{case.key.replace('/', '-')}-{name}"
    return _job(case, bench, {"scored": scored, "timed": timed}), folder


def _after_first_pass(case: MeasuredCase, finished: Finished, folder: Path) -> MeasuredCase:
    """Take over what a first pass left, where it ended well."""
    case = _advance(case, finished)
    if finished.outcome is None or case.status != "ok":
        return case
    if case.outputs is not None:  # it has answered before
        return replace(case, first=finished.outcome)
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
    rounds = rounds_of(finished.outcome, round_number, finished.position, cold)
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
    if finished is not None and job.scored and hashes_of(folder, ARRAYS) != finished.files:
        memory.reject(key)
        return None
    return finished


def _note(
    case: MeasuredCase, key: str, finished: Finished, memory: Checkpoint
) -> MeasuredCase:
    """Record what has been run just now, and book its seconds."""
    memory.record(key, finished.model_dump(mode="json"))
    return replace(case, spent=add_spent(case.spent, finished))


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
    return describe_end(job, position, folder, ended, perf_counter() - start)


def _prepare(job: Job, bench: BenchSettings, folder: Path) -> None:
    """Write the files of a job for its worker."""
    remove(folder)  # of a run that was killed meanwhile
    if not Path(job.data).is_dir():
        raise OutputError(
            f"{job.data}: the rows were removed while the run was at work, perhaps by an "
            "estimator. What is finished is kept; run the same command to resume."
        )
    write_file(folder / "job.json", job.model_dump_json(), durable=False)
    needing = [m for m in map(get, bench.metrics) if m.needs == "estimator"]
    if job.scored and needing:
        outputs.save_metrics(folder, needing)


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


def _load(path: Path) -> NDArray[Any] | None:
    return np.load(path) if path.exists() else None
