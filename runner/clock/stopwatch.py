"""Where the wall time of a run goes: stages, and the parts of a stage."""

from collections.abc import Callable, Mapping

from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.schema import Stage

# What the rounds are made of, in the words of the results. The first is what the
# timed figures rest on; all others are what it takes to get them, or untimed.
ROUNDS = {
    "clock": "timing: fit and predict under the clock",
    "around": "timing: warm-ups and what surrounds a timed call",
    "latency": "latency: single calls on few rows",
    "quality": "quality: probabilities, labels of training rows, model size",
    "start": "workers: start, end and imports of our own",
    "import": "workers: import of the estimators",
    "data": "workers: data",
    "kernel": "calibration kernel",
}
#: Of passes that answer and are not timed.
ANSWERS = {**ROUNDS, **dict.fromkeys(("clock", "around"), "quality: fit and predict")}
OWN = "own work: journal, jobs and outcomes"


class Stopwatch:
    """Wall seconds of each stage, in the order they came.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._start = self._last = clock()
        self._seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Book the time since the last lap under a name."""
        now = self._clock()
        self._book(name, now - self._last)
        self._last = now

    def split(
        self, parts: Mapping[str, float], names: Mapping[str, str] = ROUNDS, rest: str = OWN
    ) -> None:
        """Book the time since the last lap by its parts.

        Parameters
        ----------
        parts : dict
            Seconds by the keys of `names`.
        names : dict
            The stages' names, in their order; a part that took no time is left out.
        rest : str
            The name of what the parts do not account for.
        """
        now = self._clock()
        for part, name in names.items():
            if parts.get(part):
                self._book(name, parts[part])
        booked = sum(parts.get(part, 0.0) for part in names)
        self._book(rest, max(now - self._last - booked, 0.0))
        self._last = now

    def total(self) -> float:
        """Return the seconds since the start."""
        return self._clock() - self._start

    def stages(self) -> tuple[Stage, ...]:
        """Return what was booked."""
        return tuple(Stage(name=n, wall_seconds=s) for n, s in self._seconds.items())

    def _book(self, name: str, seconds: float) -> None:
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds
