"""Readings of the machine: shares of the CPU, and peaks of memory."""

import mmap
import sys

import numpy as np
import psutil
import pytest

from runner import machine
from runner.machine import Ticks

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
    held = np.ones(40_000_000, dtype=np.uint8)
    del held
    peak = machine.resident_peak()
    assert peak is not None
    assert 30_000_000 < peak - resident < 100_000_000
    assert machine.resident_highest() >= peak - 2**20


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


def test_usage_counts_page_faults() -> None:
    """Touching new memory is counted."""
    before = machine.usage()
    # Mapped anew: an allocator may hand out pages that were touched before.
    with mmap.mmap(-1, 20_000_000) as memory:
        memory[::4096] = bytes(len(range(0, 20_000_000, 4096)))
    assert machine.usage().minor_faults > before.minor_faults
