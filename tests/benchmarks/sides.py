"""Two ways to do the same work, side by side in one run, and the table they make."""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from tests.benchmarks.growth import Point

Direction = Literal["at least", "at most"]


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, against what, and what it should reach.

    Attributes
    ----------
    work, against : str
        What was done, and the other way to do it (or ``-``).
    ours, theirs : tuple of float
        One value a run, in `unit`; `theirs` is empty where there is no other side.
    figure : float
        What the goal is about: the ratio of the medians, or the median of `ours`.
    figure_unit : str
        ``x``, ``s`` or ``%``.
    goal, aim : float or None
        Of a run on the whole data; None on a part of it, where no goal was set.
    always : bool
        Whether the goal holds on a part of the data, too.
    more : mapping
        What else a reader of the JSON should know.
    """

    work: str
    against: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    figure: float
    figure_unit: str
    unit: str = "s"
    direction: Direction = "at least"
    goal: float | None = None
    aim: float | None = None
    always: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        if self.direction == "at least":
            return self.figure >= self.goal
        return self.figure <= self.goal

    def record(self) -> dict[str, Any]:
        """Give the row for JSON."""
        sides = {"ours": self.ours, "theirs": self.theirs}
        spread = {
            name: {"min": min(values), "median": statistics.median(values)}
            for name, values in sides.items()
            if values
        }
        return {**asdict(self), "reached": self.reached, "spread": spread}


@contextmanager
def stopwatch(seconds: list[float]) -> Iterator[None]:
    """Append the wall seconds of what is done inside."""
    start = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - start)


def interleaved(
    benchmark: Any,
    ours: Callable[[], Any],
    others: Mapping[str, Callable[[], Any]],
    *,
    rounds: int,
) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]], Any, dict[str, Any]]:
    """Time all sides in turns: the others, ours, the others, ours.

    Parameters
    ----------
    benchmark : BenchmarkFixture
        Its own statistics are those of `ours`.
    ours : callable
    others : mapping of str to callable
    rounds : int

    Returns
    -------
    tuple
        Seconds of ours; of the others by name; what ours and the others returned last.
    """
    seconds: dict[str, list[float]] = {name: [] for name in others}
    returned: dict[str, Any] = {}

    def before() -> None:
        for name, call in others.items():
            with stopwatch(seconds[name]):
                returned[name] = call()

    value = benchmark.pedantic(ours, setup=before, rounds=rounds)
    own = tuple(benchmark.stats.stats.data)
    return own, {name: tuple(times) for name, times in seconds.items()}, value, returned


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times longer the other side takes: median by median."""
    return statistics.median(theirs) / statistics.median(ours)


class Watched:
    """The highest resident set of a process and its descendants, while it runs.

    Each process's own high-water mark is read again and again: that of a process
    that has ended tells nothing any more, and ``getrusage`` would give a child what
    its parent held when it was started.
    """

    def __init__(self, pid: int, every: float = 0.2) -> None:
        self._root = psutil.Process(pid)
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.highest = 0

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self._every):
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in family:
                self.highest = max(self.highest, _high_water(process.pid))


def _high_water(pid: int) -> int:
    """Bytes of a process's highest resident set; 0 where it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    lines = [line for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def table(rows: Sequence[Row]) -> list[str]:
    """Write rows as lines of a Markdown table."""
    lines = [
        "| work | against | ours: min, median | theirs: min, median | figure | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = "-"
        if row.goal is not None:
            goal = f"{row.direction} {row.goal:g} {row.figure_unit}"
        if row.aim is not None:
            goal += f" ({row.aim:g})"
        told = {True: "reached", False: "MISSED", None: ""}[row.reached]
        cells = (
            row.work,
            row.against,
            _spread(row.ours, row.unit),
            _spread(row.theirs, row.unit),
            f"{row.figure:.3g} {row.figure_unit}",
            goal,
            told,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return "-"
    return f"{min(values):.4g}, {statistics.median(values):.4g} {unit} ({len(values)})"


def write(rows: Sequence[Row], points: Sequence[Point], path: Path) -> None:
    """Write rows and points as JSON."""
    whole = {
        "rows": [row.record() for row in rows],
        "growth": [asdict(point) for point in points],
    }
    path.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
