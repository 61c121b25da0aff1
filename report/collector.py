"""Python's garbage collector while a page is made: relaxed, for nearly all of it stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New containers after which the collector looks for garbage; Python's own 700 make it
#: look 2,000 times at objects that live to the page's end, a sixth of the time it takes.
_OFTEN = 50_000


@contextmanager
def relaxed_gc() -> Iterator[None]:
    """Let the collector run less often; its own pace is restored at the end."""
    before = gc.get_threshold()
    gc.set_threshold(_OFTEN, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def spare_the_end() -> None:
    """Leave out what is there when the process ends, which it is about to do.

    Python looks through all objects once more at its end, for 0.3 s; the system takes
    the memory back anyway.
    """
    gc.freeze()
