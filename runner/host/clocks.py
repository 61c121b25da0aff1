"""The clocks of this process, as Python's own module has them, whoever replaces those.

Libraries that freeze or shift the time, and some profilers, replace functions of
:mod:`time`, and every name in every module that stands for one of them. A second instance
of the built-in module has functions of its own, which they neither know nor find.
"""

from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from types import ModuleType


def _own_instance() -> ModuleType:
    """Make an instance of the built-in module `time` that nobody else holds."""
    spec = BuiltinImporter.find_spec("time")
    assert spec is not None  # it is compiled into Python
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_time = _own_instance()
#: As in :mod:`time`: seconds, or nanoseconds.
monotonic: Callable[[], float] = _time.monotonic
perf_counter: Callable[[], float] = _time.perf_counter
perf_counter_ns: Callable[[], int] = _time.perf_counter_ns
process_time: Callable[[], float] = _time.process_time
process_time_ns: Callable[[], int] = _time.process_time_ns
thread_time: Callable[[], float] = _time.thread_time
