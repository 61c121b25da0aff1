"""The samples of one worker: cold call, warm-up, counted calls, what surrounds them."""

import contextlib
import gc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.clock import timing
from tunecard.runner.clock.jobs import Job, Part, Timed
from tunecard.runner.host import cores, machine
from tunecard.runner.host.clocks import perf_counter, perf_counter_ns, process_time_ns
from tunecard.runner.models import fallbacks, weighting
from tunecard.runner.models.fitting import WarningCount, as_list, captured
from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import Latency, Operation, Sample

T = TypeVar("T")


class ProcessClock:
    """The monotonic wall clock and this process's CPU time."""

    def wall_ns(self) -> int:
        """Read the wall clock."""
        return perf_counter_ns()

    def cpu_ns(self) -> int:
        """Read the CPU time of all threads of this process."""
        return process_time_ns()


class Bench:
    """Collector of the samples and warnings of one worker, and where its time went.

    Attributes
    ----------
    spent : dict
        Wall seconds by part of the work; the parts do not overlap.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.clock = ProcessClock()
        self.timed: list[Timed] = []
        self.warnings: list[WarningCount] = []
        self.fit_warnings: dict[tuple[str, str], int] = {}
        self.spent: dict[Part, float] = {}
        self._highest: int | None = None

    @contextlib.contextmanager
    def part(self, name: Part) -> Iterator[None]:
        """Book what is done inside as a part of the work, also when it fails."""
        start, booked = perf_counter(), sum(self.spent.values())
        try:
            yield
        finally:
            inner = sum(self.spent.values()) - booked
            own = perf_counter() - start - inner
            self.spent[name] = self.spent.get(name, 0.0) + max(own, 0.0)

    @contextlib.contextmanager
    def without_peak(self) -> Iterator[None]:
        """Leave the memory of what is done inside out of the highest resident set."""
        self.peak_memory()
        try:
            yield
        finally:
            machine.reset_resident_peak()

    def peak_memory(self) -> int | None:
        """Return the highest resident set of this process so far, in bytes.

        Its own, read from /proc, and None elsewhere. A peak that was reset for a
        sample was recorded before.
        """
        now = machine.resident_peak()
        if now is not None:
            self._highest = max(self._highest or 0, now)
        return self._highest

    def fit(
        self,
        estimator: Any,
        X: Rows,
        y: NDArray[Any],
        weight: NDArray[Any] | None = None,
    ) -> Any:
        """Time the fit of a fresh clone; returns the last fitted one."""
        from sklearn.base import clone

        few = timing.WARM_ROWS
        # The first rows may lack a class; rows spread over the data rarely do.
        rows = np.unique(np.linspace(0, len(X) - 1, min(few, len(X))).astype(np.intp))
        few_weights = None if weight is None else weight[rows]
        warm = weighting.fit_call(estimator, take(X, rows), y[rows], few_weights)
        return self._time(
            "fit",
            lambda: clone(estimator),
            weighting.fit_call(estimator, X, y, weight),
            lambda: warm(clone(estimator)),
            len(X),
        )

    def predict(self, model: Any, X: Rows) -> Any:
        """Time predicting all rows at once; returns what the last call returned."""
        few = take(X, slice(timing.WARM_ROWS))
        return self._time(
            "predict",
            lambda: model,
            lambda fitted: fitted.predict(X),
            lambda: model.predict(few),
            len(X),
        )

    def latencies(self, model: Any, X: Rows) -> tuple[Latency, ...]:
        """Time single calls of predict on few rows, each reading one call."""
        sizes = [size for size in timing.BATCHES if size < len(X)]
        with (
            self.part("latency"),
            captured(),
        ):  # the same warnings as those of the timed predict
            return tuple(
                Latency(batch=size, wall_ns=self._latency(model, X, size)) for size in sizes
            )

    def _latency(self, model: Any, X: Rows, size: int) -> tuple[int, ...]:
        readings: list[int] = []
        last = len(X) - size
        model.predict(take(X, slice(size)))
        while len(readings) < timing.LATENCY_CALLS and sum(readings) < timing.LATENCY_NS:
            begin = len(readings) * size % (last + 1)
            rows = take(X, slice(begin, begin + size))
            gc.collect(0)
            reading, _ = timing.read(partial(model.predict, rows), self.clock)
            readings.append(reading.wall_ns)
        return tuple(readings)

    def _time(
        self,
        operation: Operation,
        prepare: Callable[[], Any],
        call: Callable[[Any], T],
        warm: Callable[[], object],
        n_rows: int,
    ) -> T:
        """Time one operation: the cold call of the first pass, or a round's calls."""
        samples: list[Sample] = []
        with self.part("around"), captured() as counts:
            plan = self.job.repeats.get(operation)
            if plan is None:
                plan, value = self._first(samples, prepare, call)
            else:
                if plan.warm_rows:
                    _warm_up(warm)
                else:
                    call(prepare())
                value = self._counted(samples, prepare, call, plan)
        if operation == "fit":
            self.fit_warnings = counts
        self.warnings += as_list(counts, operation)
        self.timed.append(
            Timed(operation=operation, n_rows=n_rows, repeats=plan, samples=tuple(samples))
        )
        return value

    def _first(
        self,
        samples: list[Sample],
        prepare: Callable[[], Any],
        call: Callable[[Any], T],
    ) -> tuple[timing.Repeats, T]:
        """Take the cold call, then the pilot that decides how every round repeats it.

        The first call also loads code and data, so that the second gives the cost; of a
        short one a few more readings give the precision.
        """
        # Every call of a case is alike: the uncounted one shows for all of them
        # whether the engine did it, and no clock runs into its log.
        with fallbacks.raise_on_fallback(prepare()):
            value = self._sample(samples, prepare, call, 1, cold=True)
        cost = samples[0].wall_ns
        if not self.job.timed or cost >= timing.LONG_NS:
            return timing.repeats(cost), value
        reading, value = self._read(prepare, call, 1)
        cost = reading.wall_ns
        if cost >= timing.LOOP_NS:
            return timing.repeats(cost), value
        loops = timing.pilot_loops(cost)
        pilot = [self._read(prepare, call, loops)[0] for _ in range(timing.PILOT_CALLS)]
        costs = np.array([reading.wall_ns / reading.loops for reading in pilot])
        spread = float(costs.std(ddof=1) / costs.mean())
        return timing.repeats(int(np.median(costs)), spread), value

    def _read(
        self, prepare: Callable[[], Any], call: Callable[[Any], T], loops: int
    ) -> tuple[timing.Reading, T]:
        """Take a reading, each call with a subject of its own: a fresh clone for a fit."""
        subjects = [prepare() for _ in range(loops)]
        gc.collect()
        most = timing.CUT * timing.LOOP_NS
        return timing.read(_bound(call, subjects), self.clock, loops, most)

    def _counted(
        self,
        samples: list[Sample],
        prepare: Callable[[], Any],
        call: Callable[[Any], T],
        plan: timing.Repeats,
    ) -> T:
        """Take the counted samples; once more where others used the machine.

        There is at least one; the others end where they have taken as many times their
        planned seconds as the job allows.
        """
        loops, left = plan.loops, self.job.slack * plan.seconds * 1e9
        for _ in range(2):
            before = machine.ticks()
            block: list[Sample] = []
            for _ in range(plan.calls):
                value = self._sample(block, prepare, call, loops)
                # A loop that was cut is as long as the machine, slower now, allows.
                loops = block[-1].loops
                left -= block[-1].wall_ns
                if left <= 0 < plan.cost_ns:
                    break
            share = machine.foreign_share(before, machine.ticks())
            other, steal = share or (None, None)
            dirty = share is not None and (
                share[0] > machine.CONTAMINATED_CPU or share[1] > machine.CONTAMINATED_STEAL
            )
            samples += [
                sample.model_copy(
                    update={"other_cpu": other, "steal": steal, "contaminated": dirty}
                )
                for sample in block
            ]
            if not dirty or left <= 0 < plan.cost_ns:
                break
        return value

    def _sample(
        self,
        samples: list[Sample],
        prepare: Callable[[], Any],
        call: Callable[[Any], T],
        loops: int,
        *,
        cold: bool = False,
    ) -> T:
        subjects = [prepare() for _ in range(loops)]
        gc.collect()
        self.peak_memory()
        resident = machine.reset_resident_peak()
        used = machine.usage()
        most = timing.CUT * timing.LOOP_NS
        reading, value = timing.read(_bound(call, subjects), self.clock, loops, most)
        now = machine.usage()
        self.spent["clock"] = self.spent.get("clock", 0.0) + reading.wall_ns / 1e9
        peak = machine.resident_peak() if resident is not None else None
        samples.append(
            Sample(
                wall_ns=reading.wall_ns,
                cpu_ns=reading.cpu_ns,
                loops=reading.loops,
                cold=cold,
                peak_memory=None
                if peak is None or resident is None
                else max(peak - resident, 0),
                minor_faults=now.minor_faults - used.minor_faults,
                major_faults=now.major_faults - used.major_faults,
                voluntary_switches=now.voluntary_switches - used.voluntary_switches,
                involuntary_switches=now.involuntary_switches - used.involuntary_switches,
                load_1m=cores.load_1m(),
            )
        )
        return value


def _warm_up(warm: Callable[[], object]) -> None:
    """Warm up on a few rows; warnings and failures there do not concern the case."""
    with captured(), contextlib.suppress(Exception):
        warm()


def _bound(call: Callable[[Any], T], subjects: list[Any]) -> Callable[[], T]:
    """Give each call a subject of its own: a fresh clone for a fit."""
    return lambda: call(subjects.pop())
