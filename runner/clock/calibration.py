"""The calibration kernel of a run: how fast the machine is, around the rounds."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError

from tunecard.runner.clock.case import BenchSettings
from tunecard.runner.processes.process import run_worker
from tunecard.runner.schema import Calibration
from tunecard.runner.schema.base import remove
from tunecard.runner.store.journal import Checkpoint, recall_as

KERNEL_SECONDS = 60.0  # for the calibration kernel, which takes a quarter of one
#: Seconds for all readings of the kernel: at the start, after round 2, at the end, and as
#: many more as it has room for, one after each round at most. Of two readings alone, two
#: equal runs were called different in 6.1 % of pairs.
KERNEL_BOX = 1.0
_SURE = 2


@dataclass
class KernelReadings:
    """Readings of the kernel that are being taken, and the seconds they took.

    Parameters
    ----------
    bench : BenchSettings
        What all workers share.
    memory : Checkpoint
        What an earlier, unfinished run has measured already.
    clock : callable
        Seconds.
    """

    bench: BenchSettings
    memory: Checkpoint
    clock: Callable[[], float]
    seconds: float = 0.0
    _moments: list[Calibration | None] = field(default_factory=list)
    _longest: float = 0.0
    _unread: int = 0

    @property
    def found(self) -> tuple[Calibration, ...]:
        """The readings, in their order."""
        return tuple(moment for moment in self._moments if moment)

    def read(self, moment: str) -> None:
        """Time the kernel, unless it takes too long here, or cannot run at all."""
        if self._moments and self._moments[-1] is None:
            return
        start = self.clock()
        self._moments.append(calibrate(moment, self.bench, self.memory))
        seconds = self.clock() - start
        self.seconds += seconds
        self._longest = max(self._longest, seconds)

    def read_after(self, number: int) -> None:
        """Time the kernel after a round, where that leaves room for its last reading."""
        self._unread = number
        room = self.seconds + 2 * self._longest <= KERNEL_BOX
        if room or number == _SURE:
            self.read_at_the_end()

    def read_at_the_end(self) -> None:
        """Time the kernel after the last round, where that has not been done."""
        if self._unread:
            self.read(f"round {self._unread}")
            self._unread = 0


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
