"""Readings of the machine: shares of the CPU, and peaks of memory."""

import mmap
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from tunecard.runner.clock.bench import Bench
from tunecard.runner.host import machine
from tunecard.runner.host.machine import Ticks

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


def test_share_of_others_leaves_out_our_own_work() -> None:
    """Of 10 s, 6 busy and 4 of them ours, others used 2 and 1 was stolen."""
    before = Ticks(total=100, busy=50, steal=1, own=5)
    after = Ticks(total=110, busy=56, steal=2, own=9)
    assert machine.foreign_share(before, after) == pytest.approx((0.2, 0.1))


def test_rounding_of_the_kernels_clock_is_no_negative_share() -> None:
    """Our own time is known more finely than the machine's: never below 0."""
    before = Ticks(total=100, busy=50, steal=0, own=5)
    after = Ticks(total=101, busy=51, steal=0, own=6.02)
    assert machine.foreign_share(before, after) == (0, 0)


@pytest.mark.parametrize("after", [None, Ticks(100.3, 50, 0, 5)])
def test_a_share_that_cannot_be_told_is_none(after: Ticks | None) -> None:
    """Without readings, or too close together for the kernel's clock, there is no share."""
    assert machine.foreign_share(Ticks(100, 50, 0, 5), after) is None
    assert machine.foreign_share(None, after) is None


@linux
def test_peak_of_memory_between_two_readings() -> None:
    """What was held for a moment is seen, though it is let go of."""
    resident = machine.reset_resident_peak()
    assert resident is not None
    assert resident == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)
    # Not from the heap, which may have as much to give that is resident already.
    with mmap.mmap(-1, 40_000_000) as pages:
        for start in range(0, len(pages), mmap.PAGESIZE):
            pages[start] = 1
    peak = machine.resident_peak()
    assert peak is not None
    assert 30_000_000 < peak - resident < 100_000_000
    assert machine.resident_highest() >= peak - 2**20


@linux
def test_memory_of_work_that_is_left_out() -> None:
    """What a bench does apart is not in its highest resident set."""
    bench = Bench.__new__(Bench)
    bench._highest = None
    machine.reset_resident_peak()
    before = bench.peak_memory()
    assert before is not None
    with bench.without_peak(), mmap.mmap(-1, 60_000_000) as pages:
        for start in range(0, len(pages), mmap.PAGESIZE):
            pages[start] = 1
    after = bench.peak_memory()
    assert after is not None
    assert after - before < 30_000_000


@linux
def test_ticks_grow() -> None:
    """The machine's time goes on, and ours is a part of it."""
    before = machine.ticks()
    sum(range(3_000_000))
    after = machine.ticks()
    assert before is not None
    assert after is not None
    assert after.own > before.own
    assert after.total >= before.total


_BURNS = """
    import subprocess, sys, time
    if len(sys.argv) > 1:  # a child of its own first, which is waited for
        subprocess.run([sys.executable, "-c", sys.argv[1]], stdin=-3, stdout=-3, check=True)
    while time.process_time() < 0.3:
        pass
    print("done", flush=True)
    sys.stdin.read()
"""


@linux
def test_own_work_is_that_of_child_processes_as_well() -> None:
    """A child and its child use 0.3 s each: ours while it lives, and once when it ended."""
    code = textwrap.dedent(_BURNS)
    before = machine.ticks()
    with subprocess.Popen(
        [sys.executable, "-c", code, code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        alive = machine.ticks()
        child.communicate()
    ended = machine.ticks()
    assert before is not None
    assert alive is not None
    assert ended is not None
    assert 0.58 <= alive.own - before.own <= ended.own - before.own < 1.1


@linux
def test_work_of_an_estimator_s_parallel_jobs_is_its_own() -> None:
    """What joblib's processes use counts as this process's, and not as others'."""
    import joblib
    from joblib.externals.loky import get_reusable_executor

    before = machine.ticks()
    try:
        joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(_burn)(0.3) for _ in "ab")
        after = machine.ticks()
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
    assert before is not None
    assert after is not None
    assert after.own - before.own >= 0.58
    # Were the machine ours alone, nothing would be left for others.
    quiet = after._replace(busy=before.busy + 0.6)
    assert (machine.foreign_share(before, quiet) or (1, 1))[0] == 0


def _burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_usage_counts_page_faults() -> None:
    """Touching new memory is counted."""
    before = machine.usage()
    # Mapped again: an allocator may hand out pages that were touched before.
    with mmap.mmap(-1, 20_000_000) as memory:
        memory[::4096] = bytes(len(range(0, 20_000_000, 4096)))
    assert machine.usage().minor_faults > before.minor_faults


def test_stolen_time_that_goes_back_is_none() -> None:
    """A virtual machine's counter may: a share is not below 0."""
    before, after = Ticks(10, 5, 3, 1), Ticks(12, 6, 2.9, 2)
    assert machine.foreign_share(before, after) == (0, 0)
