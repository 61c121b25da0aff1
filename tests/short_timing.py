"""Times few and short calls in a process that imports it: the way of a run, in less time.

A round of a case takes its warm-up, its loops and its latencies, a second and more where
only that they are there matters.
"""

from tunecard.runner.clock import kernel, timing

timing.LOOP_NS, timing.PILOT_NS = 1_000_000, 1_000_000
timing.SHORT_CALLS, timing.LATENCY_CALLS = 2, 3
kernel.SIDE, kernel.COPY_BYTES = 64, 1000
