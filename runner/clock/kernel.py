"""The calibration kernel: a fixed piece of work that shows the current speed.

Started as ``python -P start.py runner.clock.kernel FOLDER``; leaves ``kernel.json`` there.
Times of different runs are compared relative to it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tunecard.runner.host.clocks import perf_counter_ns
from tunecard.runner.schema import Calibration

# Small enough that all readings of a run take less than a second; a copy that no cache
# of today's processors holds.
SIDE = 1024
COPY_BYTES = 64_000_000
REPEATS = 5


def main(folder: Path, moment: str = "") -> None:
    """Time the kernel and leave the figures in a folder."""
    a = np.random.default_rng(0).random((SIDE, SIDE), dtype=np.float32)
    b = a.T.copy()
    product = np.empty_like(a)
    source = np.ones(COPY_BYTES, dtype=np.uint8)
    target = np.zeros_like(source)
    calibration = Calibration(
        moment=moment,
        side=SIDE,
        copy_bytes=COPY_BYTES,
        sgemm_ns=_fastest(lambda: np.matmul(a, b, out=product)),
        copy_ns=_fastest(lambda: np.copyto(target, source)),
    )
    (folder / "kernel.json").write_text(calibration.model_dump_json(), "utf-8")


def _fastest(call: Callable[[], object]) -> int:
    """Return the shortest of several readings, in ns: what the machine can do."""
    call()
    readings = []
    for _ in range(REPEATS):
        start = perf_counter_ns()
        call()
        readings.append(perf_counter_ns() - start)
    return min(readings)
