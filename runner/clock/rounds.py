"""The rounds: which case when, how many, and the kernel between them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pydantic import ValidationError

from tunecard.runner.clock import timing
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.jobs import SLACK
from tunecard.runner.clock.measure import first_pass, first_passes_at_once, run_round
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.processes.process import run_worker
from tunecard.runner.progress import TIMED, Progress
from tunecard.runner.schema import Calibration
from tunecard.runner.schema.base import remove
from tunecard.runner.store.journal import Checkpoint, recall_as

LEAST = 1e-3  # of its plan an operation may take at least: one reading
_NEAR = 1.1  # times the budget, up to which a round that was planned is begun
KERNEL_SECONDS = 60.0  # for the calibration kernel, which takes a quarter of one
#: Seconds for all readings of the kernel: at the start, after round 2, at the end, and as
#: many more as it has room for, one after each round at most. Of two readings alone, two
#: equal runs were called different in 6.1 % of pairs.
KERNEL_BOX = 1.0
_SURE = 2


class Rounds(NamedTuple):
    """First passes or all rounds, over.

    Attributes
    ----------
    cases : list of MeasuredCase
        In the order given.
    calibrations : tuple of Calibration
        The kernel's times at the start and after each round.
    spent : dict
        Wall seconds of this session by part: those of
        :class:`tunecard.runner.clock.case.MeasuredCase`, and ``kernel``.
    """

    cases: list[MeasuredCase]
    calibrations: tuple[Calibration, ...]
    spent: Mapping[str, float]


def first_passes(
    cases: Sequence[MeasuredCase],
    bench: BenchSettings,
    memory: Checkpoint,
    progress: Progress,
    *,
    scored: bool = True,
) -> Rounds:
    """Fit and predict every case once, one after another; see `clock.measure.first_pass`.

    Parameters
    ----------
    cases : sequence of MeasuredCase
        Not measured yet, or for their quality alone.
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.
    progress : Progress
        Progress reporter.
    scored : bool
        Whether their answers are needed.

    Returns
    -------
    Rounds
        The cases in the order given, with no round yet.
    """
    # The cold calls are timed, beside which nothing may run or import.
    if bench.templates is not None:
        bench.templates.settle()
    progress.stage(f"{TIMED}: first calls", len(cases))
    done = []
    for case in cases:
        done.append(first_pass(case, bench, memory, scored=scored))
        progress.step(f"{case.spec.label}, {case.variant}")
    booked = [replace(case, spent={}) for case in done]
    return Rounds(booked, (), _sum_spent(done))


def untimed_passes(
    cases: Sequence[MeasuredCase],
    bench: BenchSettings,
    memory: Checkpoint,
    progress: Progress,
    *,
    at_once: int,
    clock: Callable[[], float] = perf_counter,
) -> Rounds:
    """Fit and predict every case once, for its quality alone; see :func:`first_passes`.

    Parameters
    ----------
    cases, memory, progress
        As of :func:`first_passes`.
    bench : BenchSettings
        What all workers share. Each has as many threads as in a timed pass: with another
        number a fit that has not converged can end elsewhere.
    at_once : int
        Workers that run at the same time.
    clock : callable
        Seconds; measures where the time of the passes went.

    Returns
    -------
    Rounds
        The cases in the order given; no round follows.
    """
    progress.stage("fit and predict", len(cases))
    start, done = clock(), list(cases)
    for number, case in first_passes_at_once(cases, bench, memory, at_once=at_once):
        done[number] = case
        progress.step(f"{case.spec.label}, {case.variant}")
    booked = [replace(case, spent={}) for case in done]
    spent = _sum_spent(done)
    # Of workers that ran side by side, a share of the wall time each.
    share = min(1.0, (clock() - start) / max(sum(spent.values()), 1e-9))
    return Rounds(booked, (), {part: seconds * share for part, seconds in spent.items()})


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
        After their first passes.
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
    if all(case.status != "ok" for case in cases):
        return Rounds(list(cases), (), _sum_spent(cases))
    if bench.templates is not None:
        # One for each round that there will be; nothing may import beside the clock.
        bench.templates.prepare(timing.MIN_ROUNDS)
        bench.templates.settle()
    going = _Going({case.key: case for case in cases}, bench, memory, progress, clock)
    pace = _Pace(budget, clock)
    going.calibrate("start")
    progress.stage(f"{TIMED}: round 1", len(cases))
    n_rounds = timing.rounds(budget, going.run(1, timing.MIN_ROUNDS, pace))
    for number in range(2, n_rounds + 1):
        if all(case.status != "ok" for case in going.state.values()):
            break  # there is nothing left to time
        if number > timing.MIN_ROUNDS and not pace.has_room():
            progress.notice(
                f"The machine became slower: {number - 1} of {n_rounds} rounds of timing "
                f"fit the budget of {budget:g} s."
            )
            break
        if number == 2:
            stage = f"{TIMED}: rounds 2 to {n_rounds}"
            progress.stage(stage, len(cases) * (n_rounds - 1))
        going.run(number, n_rounds, pace)
    # The last round's end is the end of all timing.
    going.calibrate_at_the_end()
    done = [going.state[case.key] for case in cases]
    return Rounds(
        done,
        tuple(moment for moment in going.moments if moment),
        {**_sum_spent(done), "kernel": going.kernel_seconds},
    )


@dataclass
class _Going:
    """Rounds that are being run, and what they have given so far."""

    state: dict[str, MeasuredCase]
    bench: BenchSettings
    memory: Checkpoint
    progress: Progress
    clock: Callable[[], float]
    moments: list[Calibration | None] = field(default_factory=list)
    kernel_seconds: float = 0.0
    longest_kernel: float = 0.0
    uncalibrated: int = 0

    def calibrate(self, moment: str) -> None:
        """Time the kernel, unless it takes too long here, or cannot run at all."""
        if self.moments and self.moments[-1] is None:
            return
        start = self.clock()
        self.moments.append(calibrate(moment, self.bench, self.memory))
        seconds = self.clock() - start
        self.kernel_seconds += seconds
        self.longest_kernel = max(self.longest_kernel, seconds)

    def calibrate_after(self, number: int) -> None:
        """Time the kernel after a round, where that leaves room for its last reading."""
        self.uncalibrated = number
        room = self.kernel_seconds + 2 * self.longest_kernel <= KERNEL_BOX
        if room or number == _SURE:
            self.calibrate_at_the_end()

    def calibrate_at_the_end(self) -> None:
        """Time the kernel after the last round, where that has not been done."""
        if self.uncalibrated:
            self.calibrate(f"round {self.uncalibrated}")
            self.uncalibrated = 0

    def run(self, number: int, n_rounds: int, pace: "_Pace") -> float:
        """Run a round, and return the seconds that a further one takes."""
        state, begun = self.state, self.clock()
        before = {key: case.elapsed for key, case in state.items()}
        if self.bench.templates is not None and number > 1:
            self.bench.templates.renew()  # round 1 has that of the first passes
        paced = replace(self.bench, slack=pace.slack(state.values(), number, n_rounds))
        name = f"round {number}" if number == 1 else f"round {number} of {n_rounds}"
        for position, key in enumerate(timing.order(list(state), number, self.bench.seed)):
            state[key] = run_round(state[key], number, position, paced, self.memory)
            self.progress.step(f"{name}: {state[key].spec.label}, {state[key].variant}")
        self.calibrate_after(number)
        # A case that failed runs no further round, however long its first one took.
        ok = {key: case for key, case in state.items() if case.status == "ok"}
        lives = [case.elapsed - before[key] - _once(case) for key, case in ok.items()]
        pace.note(self.clock() - begun, ok.values(), number)
        return sum(max(life, 0.0) for life in lives)


class _Pace:
    """The ceiling over the rounds: how much longer than planned calls may take.

    Parameters
    ----------
    budget : float
        Seconds for all rounds.
    clock : callable
        Seconds.
    """

    def __init__(self, budget: float, clock: Callable[[], float]) -> None:
        self._budget, self._clock, self._begin = budget, clock, clock()
        self._last: float | None = None
        self._around: float | None = None

    def slack(self, cases: Iterable[MeasuredCase], number: int, n_rounds: int) -> float:
        """Return how many times its planned seconds a counted call of a round may take.

        What is left is shared out evenly over the rounds that will still fit, of which
        there are as many as a run has at least; starts, warm-ups and the kernel take what
        they took in the round before, or in the first pass.
        """
        ok = [case for case in cases if case.status == "ok"]
        planned = sum(_planned(case) for case in ok)
        around = self._around
        if around is None:
            around = sum(case.elapsed - _cold(case) for case in ok)
        left = self._budget - (self._clock() - self._begin)
        fit = n_rounds if self._last is None else int(left / max(self._last, 1e-9))
        to_go = min(n_rounds - number + 1, max(fit, timing.MIN_ROUNDS - number + 1, 1))
        return min(max((left / to_go - around) / max(planned, 1e-9), LEAST), SLACK)

    def note(self, seconds: float, cases: Iterable[MeasuredCase], number: int) -> None:
        """Note what a round took, and how much of it was not under the clock."""
        counted = sum(
            sample.wall_ns / 1e9
            for case in cases
            for timed in case.rounds
            if timed.round == number
            for sample in timed.samples
            if not sample.cold
        )
        self._last, self._around = seconds, max(seconds - counted, 0.0)

    def has_room(self) -> bool:
        """Return whether one more round, as long as the last, stays near the budget."""
        spent = self._clock() - self._begin
        return spent + (self._last or 0.0) <= _NEAR * self._budget


def _planned(case: MeasuredCase) -> float:
    timed = case.first.timed if case.first else ()
    return sum(operation.repeats.seconds for operation in timed)


def _cold(case: MeasuredCase) -> float:
    timed = case.first.timed if case.first else ()
    return sum(sample.wall_ns for item in timed for sample in item.samples) / 1e9


def _once(case: MeasuredCase) -> float:
    """Return the seconds of round 1 that no later round takes."""
    return case.outcome.once_seconds if case.outcome else 0.0


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
    remove(folder)
    folder.mkdir(parents=True)
    run_worker(
        folder,
        bench.environ,
        threads=bench.threads,
        seconds=min(bench.case_seconds, KERNEL_SECONDS),
        module="tunecard.runner.clock.kernel",
        templates=bench.templates,
    )
    try:
        timed = Calibration.model_validate_json((folder / "kernel.json").read_bytes())
    except (OSError, ValidationError):
        return None
    timed = timed.model_copy(update={"moment": moment})
    memory.record(key, timed.model_dump(mode="json"))
    return timed
