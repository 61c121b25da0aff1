"""Raw times: samples of a round, single calls, the calibration kernel."""

from typing import Literal, TypeAlias

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen, Nanoseconds, Size

Operation: TypeAlias = Literal["fit", "predict"]


class Sample(Frozen):
    """One timed call, or an inner loop of ``loops`` calls read as one.

    Attributes
    ----------
    wall_ns, cpu_ns : int
        For all ``loops`` together, in nanoseconds; CPU is the process's, all
        threads.
    cold : bool
        The first call of a case in round 1; kept apart, never counted.
    peak_memory : int or None
        Bytes above what was resident before the call; None where it cannot be
        read.
    load_1m : float or None
        The machine's load average after the call.
    other_cpu, steal : float or None
        Share of the machine's CPU time used by other processes, and stolen by
        the hypervisor, during the call.
    contaminated : bool
        ``other_cpu`` over 5 % or ``steal`` over 2 %.
    """

    wall_ns: Nanoseconds
    cpu_ns: Nanoseconds
    loops: int = Field(default=1, ge=1, le=2**53)
    cold: bool = False
    peak_memory: Count | None = None
    minor_faults: Count | None = None
    major_faults: Count | None = None
    voluntary_switches: Count | None = None
    involuntary_switches: Count | None = None
    load_1m: Size | None = None
    other_cpu: Size | None = None
    steal: Size | None = None
    contaminated: bool = False


class TimedRound(Frozen):
    """The samples of one operation of one case in one round.

    A round is one fresh worker process a case. ``position`` is the place of
    the case in the round's order; ``n_rows`` the rows of one call;
    ``warm_rows`` the rows of the untimed warm-up before the counted calls, 0
    where the calls before it were warm-up enough.
    """

    round: int = Field(ge=1, le=2**53)
    position: Count
    operation: Operation
    n_rows: Count
    warm_rows: Count = 0
    samples: tuple[Sample, ...]


class Latency(Frozen):
    """Single calls of predict on `batch` rows each, one reading a call.

    ``wall_ns`` are in the order they were taken, after one call that is not
    counted; the rows of the calls follow one another through the test part.
    """

    batch: int = Field(ge=1, le=2**53)
    wall_ns: tuple[Nanoseconds, ...]


# The kernel of version 1 of the contract, in whose seconds every kernel is reported.
SIDE, COPY_BYTES = 2048, 200_000_000


class Calibration(Frozen):
    """A fixed piece of work, timed in a process of its own, to compare machines.

    Attributes
    ----------
    moment : str
        ``start``, or the round it came after, as ``round 1``.
    side, copy_bytes : int
        Rows and columns of the matrices, and bytes of the copy.
    sgemm_ns : int
        A float32 matrix product of that size, the fastest of five.
    copy_ns : int
        The copy, the fastest of five.
    """

    moment: str
    sgemm_ns: int = Field(gt=0, le=2**60)
    copy_ns: int = Field(gt=0, le=2**60)
    side: int = Field(default=SIDE, gt=0, le=2**20)
    copy_bytes: int = Field(default=COPY_BYTES, gt=0, le=2**53)

    @property
    def product_seconds(self) -> float:
        """Seconds of a product of 2048 x 2048, in proportion to the operations."""
        return self.sgemm_ns / 1e9 * (SIDE / self.side) ** 3

    @property
    def copy_seconds(self) -> float:
        """Seconds of a copy of 200 MB, in proportion to the bytes."""
        return self.copy_ns / 1e9 * (COPY_BYTES / self.copy_bytes)
