"""The passes and the rounds: which case when, and how many."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tunecard.runner.clock import timing
from tunecard.runner.clock.calibration import KernelReadings
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.measure import first_pass, first_passes_at_once, run_round
from tunecard.runner.clock.pace import Pace
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.progress import TIMED, Progress
from tunecard.runner.schema import Calibration
from tunecard.runner.store.journal import Checkpoint


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
    pace = Pace(budget, clock)
    going.kernel.read("start")
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
    going.kernel.read_at_the_end()
    done = [going.state[case.key] for case in cases]
    return Rounds(
        done,
        going.kernel.found,
        {**_sum_spent(done), "kernel": going.kernel.seconds},
    )


@dataclass
class _Going:
    """Rounds that are being run, and what they have given so far."""

    state: dict[str, MeasuredCase]
    bench: BenchSettings
    memory: Checkpoint
    progress: Progress
    clock: Callable[[], float]
    kernel: KernelReadings = field(init=False)

    def __post_init__(self) -> None:
        self.kernel = KernelReadings(self.bench, self.memory, self.clock)

    def run(self, number: int, n_rounds: int, pace: Pace) -> float:
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
        self.kernel.read_after(number)
        # A case that failed runs no further round, however long its first one took.
        ok = {key: case for key, case in state.items() if case.status == "ok"}
        lives = [case.elapsed - before[key] - _once(case) for key, case in ok.items()]
        pace.note(self.clock() - begun, ok.values(), number)
        return sum(max(life, 0.0) for life in lives)


def _once(case: MeasuredCase) -> float:
    """Return the seconds of round 1 that no later round takes."""
    return case.outcome.once_seconds if case.outcome else 0.0


def _sum_spent(cases: Sequence[MeasuredCase]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for case in cases:
        total.update(case.spent)
    return dict(total)
