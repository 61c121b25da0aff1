"""Calls on few rows, and the machine's own speed during the run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LatencyAnalysis:
    """Single calls of predict on a few rows: what one caller waits.

    Attributes
    ----------
    batch : int
        Rows of a call.
    n_calls : int
        Calls that were timed.
    median : float
        Seconds of a call.
    p95, p99 : float or None
        Percentiles by nearest rank, in seconds: calls that were really that
        slow. None under 60 and under 300 calls: 3 calls at least lie beyond.
    rows_per_second : float or None
        ``batch / median``; None where the clock read 0.
    """

    batch: int
    n_calls: int
    median: float
    p95: float | None
    p99: float | None
    rows_per_second: float | None


@dataclass(frozen=True)
class KernelMoment:
    """The calibration kernel at one moment of the run, in seconds.

    ``moment`` is ``start`` or the round it came after; ``sgemm`` a product of
    two float32 matrices of 2048 x 2048; ``copy`` a copy of 200 MB,
    both in proportion to the work that was timed.
    """

    moment: str
    sgemm: float
    copy: float


@dataclass(frozen=True)
class KernelAnalysis:
    """How steady the machine was: the same fixed work at several moments.

    ``sgemm_drift`` and ``copy_drift`` are the slowest over the fastest moment,
    less 1: 0.1 means that one moment took 10 % longer than another.
    """

    moments: tuple[KernelMoment, ...]
    sgemm_drift: float
    copy_drift: float
