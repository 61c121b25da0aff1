"""The rounds: which case when, how many, and the kernel between them."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from tunecard.runner.clock import timing
from tunecard.runner.clock.measure import BenchSettings, MeasuredCase, round_cost, run_round
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.processes.process import run_worker
from tunecard.runner.progress import TIMED, Progress
from tunecard.runner.schema import Calibration
from tunecard.runner.store.journal import Checkpoint, recall_as

KERNEL_SECONDS = 60.0  # for the calibration kernel, which takes about one


class Rounds(NamedTuple):
    """All rounds, over.

    Attributes
    ----------
    cases : list of MeasuredCase
        In the order given.
    calibrations : tuple of Calibration
        The kernel's times at the start and after each round.
    spent : dict
        Wall seconds of this session by part: those of
        :class:`tunecard.runner.clock.measure.MeasuredCase`, and ``kernel``.
    """

    cases: list[MeasuredCase]
    calibrations: tuple[Calibration, ...]
    spent: Mapping[str, float]


def run_rounds(
    cases: Sequence[MeasuredCase],
    bench: BenchSettings,
    memory: Checkpoint,
    progress: Progress,
    *,
    budget: float,
    clock: Callable[[], float] = perf_counter,
) -> Rounds:
    """Run the rounds: the first determines how many there will be.

    Parameters
    ----------
    cases : sequence of MeasuredCase
        Not measured yet.
    bench : BenchSettings
        What all workers share; its seed orders the cases.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.
    progress : Progress
        Progress reporter.
    budget : float
        Seconds for all rounds.
    clock : callable
        Seconds; measures where the time of the rounds went.

    Returns
    -------
    Rounds
    """
    state = {case.key: case for case in cases}
    moments: list[Calibration | None] = []
    kernel = 0.0

    def note(moment: str) -> None:
        nonlocal kernel
        if moments and moments[-1] is None:
            return  # it takes too long here, or cannot run at all
        start = clock()
        moments.append(calibrate(moment, bench, memory))
        kernel += clock() - start

    def one(number: int, name: str) -> None:
        for position, key in enumerate(timing.order(list(state), number, bench.seed)):
            state[key] = run_round(state[key], number, position, bench, memory)
            progress.step(f"{name}: {state[key].spec.label}, {state[key].variant}")
        note(f"round {number}")

    note("start")
    progress.stage(f"{TIMED}: round 1", len(state))
    one(1, "round 1")
    # A case that failed runs no further round, however long its first one took.
    first = sum(round_cost(case) for case in state.values() if case.status == "ok")
    n_rounds = timing.rounds(budget, first)
    for number in range(2, n_rounds + 1):
        if all(case.status != "ok" for case in state.values()):
            break  # there is nothing left to time
        if number == 2:
            stage = f"{TIMED}: rounds 2 to {n_rounds}"
            progress.stage(stage, len(state) * (n_rounds - 1))
        one(number, f"round {number} of {n_rounds}")
    # The last round's end is the end of all timing.
    done = [state[case.key] for case in cases]
    return Rounds(
        done, tuple(m for m in moments if m), {**_sum_spent(done), "kernel": kernel}
    )


def _sum_spent(cases: Sequence[MeasuredCase]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for case in cases:
        total.update(case.spent)
    return dict(total)


def calibrate(moment: str, bench: BenchSettings, memory: Checkpoint) -> Calibration | None:
    """Time the calibration kernel in a process like a worker's.

    Parameters
    ----------
    moment : str
        When this is, for the results.
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.

    Returns
    -------
    Calibration or None
        None where the process did not finish in time.
    """
    key = f"calibration {moment}"
    recorded = recall_as(memory, key, Calibration)
    if recorded is not None:
        return recorded
    folder = bench.work / "kernel"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run_worker(
        folder,
        bench.environ,
        threads=bench.threads,
        seconds=min(bench.case_seconds, KERNEL_SECONDS),
        module="tunecard.runner.clock.kernel",
    )
    try:
        timed = Calibration.model_validate_json((folder / "kernel.json").read_bytes())
    except (OSError, ValidationError):
        return None
    timed = timed.model_copy(update={"moment": moment})
    memory.record(key, timed.model_dump(mode="json"))
    return timed
