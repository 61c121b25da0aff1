"""Latency of calls on few rows, and the calibration kernel over the run."""

import math
from collections.abc import Sequence
from statistics import median

from tunecard.report.analyze.types import KernelAnalysis, KernelMoment, LatencyAnalysis
from tunecard.runner.schema import Calibration, Latency

#: Calls from which a percentile is reported: 3 of them lie beyond it.
MIN_CALLS_P95, MIN_CALLS_P99 = 60, 300


def latencies(measured: Sequence[Latency]) -> tuple[LatencyAnalysis, ...]:
    """Summarize the calls of each batch size.

    Parameters
    ----------
    measured : sequence of Latency
        Of one case.

    Returns
    -------
    tuple of LatencyAnalysis
        From the smallest batch; batches without a call are left out.
    """
    timed = [latency for latency in measured if latency.wall_ns]
    return tuple(
        _latency(latency) for latency in sorted(timed, key=lambda latency: latency.batch)
    )


def _latency(measured: Latency) -> LatencyAnalysis:
    seconds = sorted(ns / 1e9 for ns in measured.wall_ns)
    middle = median(seconds)
    return LatencyAnalysis(
        batch=measured.batch,
        n_calls=len(seconds),
        median=middle,
        p95=_nearest_rank(seconds, 0.95, MIN_CALLS_P95),
        p99=_nearest_rank(seconds, 0.99, MIN_CALLS_P99),
        rows_per_second=measured.batch / middle if middle > 0 else None,
    )


def _nearest_rank(ordered: Sequence[float], share: float, least: int) -> float | None:
    """Return the smallest value that so large a share does not exceed.

    Definition 1 of R. J. Hyndman and Y. Fan (1996), "Sample quantiles in
    statistical packages", The American Statistician 50, 361-365.
    """
    if len(ordered) < least:
        return None
    return ordered[math.ceil(share * len(ordered)) - 1]


def kernel(calibrations: Sequence[Calibration]) -> KernelAnalysis | None:
    """Compare the calibration kernel's times over the run.

    Parameters
    ----------
    calibrations : sequence of Calibration
        In the order they were taken.

    Returns
    -------
    KernelAnalysis or None
        None where the kernel was not timed.
    """
    if not calibrations:
        return None
    moments = tuple(
        KernelMoment(
            calibration.moment, calibration.product_seconds, calibration.copy_seconds
        )
        for calibration in calibrations
    )
    return KernelAnalysis(
        moments=moments,
        sgemm_drift=_drift([moment.sgemm for moment in moments]),
        copy_drift=_drift([moment.copy for moment in moments]),
    )


def _drift(seconds: Sequence[float]) -> float:
    return max(seconds) / min(seconds) - 1
