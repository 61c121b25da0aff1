"""The child's side of a probe: one model, measured on growing parts of the data.

Started as ``python -P start.py runner.plan.probing FOLDER``. Each point is a line
of ``points.jsonl`` as soon as it is known, so that a later hang loses none.
"""

import gc
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import models
from tunecard.runner.host import child, machine
from tunecard.runner.host.clocks import monotonic, perf_counter
from tunecard.runner.models.fitting import captured, describe
from tunecard.runner.plan.jobs import Point, ProbeJob, Ready
from tunecard.runner.rows import Rows, load, take

SHORT, MOST = 0.2, 5  # a call is made again for so many seconds, so often at most
GROWING, SINGLE = 0.6, 0.8  # of the time: for more rows, and then for one thread
Data = tuple[Rows, NDArray[Any], Rows]


def main(folder: Path) -> None:
    """Do the job in `folder`, a line a point."""
    job = ProbeJob.model_validate_json((folder / "job.json").read_bytes())
    child.die_with(job.parent)
    sys.path += [entry for entry in job.path if entry not in sys.path]
    child.limit_memory(job.memory)
    _build(job, 0)
    at = monotonic()
    gc.collect()
    start = perf_counter()
    gc.collect()
    collect = perf_counter() - start
    ready = Ready(at=at, collect=collect, memory=machine.resident_peak() or 0)
    (folder / "ready.json").write_text(ready.model_dump_json(), "utf-8")
    data = tuple(_load_array(folder, name) for name in ("X", "y", "queries"))
    with (folder / "points.jsonl").open("a", encoding="utf-8") as stream:
        for point in probe(job, data):
            stream.write(point.model_dump_json() + "\n")
            stream.flush()


def probe(
    job: ProbeJob, data: Data, clock: Callable[[], float] = perf_counter
) -> Iterator[Point]:
    """Measure the baseline on more and more rows, then its candidates on few.

    Parameters
    ----------
    job : ProbeJob
        What to measure.
    data : (X, y, queries)
        Rows to fit on, the first of them for a small part, and rows to predict.
    clock : callable
        Seconds.

    Yields
    ------
    Point
    """
    import threadpoolctl

    begun = clock()
    costs: dict[int, float] = {}
    for size in job.sizes:
        if len(costs) > 1:
            last, before = list(costs.values())[-1:-3:-1]
            # The growth so far continues; no next size costs less than the last.
            expected = last * max(last / max(before, 1e-9), 1.0)
            if clock() - begun + expected > GROWING * job.seconds:
                break
        start = clock()
        point = _measure_point(job, 0, size, data, clock, one_thread=False)
        costs[size] = clock() - start
        yield point
        if point.reason is not None:
            return
    if len(job.settings) > 1:
        with threadpoolctl.threadpool_limits(1):
            yield from _run_alone(job, data, clock, begun, costs)


def _run_alone(
    job: ProbeJob,
    data: Data,
    clock: Callable[[], float],
    begun: float,
    costs: Mapping[int, float],
) -> Iterator[Point]:
    """Measure the baseline and its candidates with one thread each, as a search does."""
    left = SINGLE * job.seconds - (clock() - begun)
    large = max((size for size in costs if 2 * costs[size] <= left), default=min(costs))
    yield _measure_point(job, 0, large, data, clock, one_thread=True)
    left = (job.seconds - (clock() - begun)) / len(job.settings)
    small = max((size for size in costs if costs[size] <= left), default=min(costs))
    # The growth of a call with one thread needs two sizes.
    for size in {small, max((n for n in costs if n < large), default=large)} - {large}:
        yield _measure_point(job, 0, size, data, clock, one_thread=True)
    for setting in range(1, len(job.settings)):
        if setting > 1 and clock() - begun > job.seconds:
            return
        yield _measure_point(job, setting, small, data, clock, one_thread=True)


def _build(job: ProbeJob, setting: int) -> Any:
    return models.build(job.model, job.settings[setting], job.seed, job.encoding)


def _measure_point(
    job: ProbeJob,
    setting: int,
    size: int,
    data: Data,
    clock: Callable[[], float],
    *,
    one_thread: bool,
) -> Point:
    point = Point(setting=setting, n_rows=size, one_thread=one_thread)
    X, y, queries = data
    few, first = (take(X, slice(size)), y[:size]), take(queries, slice(1))
    try:
        model = _build(job, setting)
        resident = machine.reset_resident_peak()
        with captured():
            if (setting, size, one_thread) == (0, job.sizes[0], False):
                model.fit(*few)  # what is loaded late is loaded now
            fit = _seconds(lambda: model.fit(*few), clock)
            single = _seconds(lambda: model.predict(first), clock)
            many = _seconds(lambda: model.predict(queries), clock)
    except (Exception, SystemExit) as error:  # noqa: BLE001 # a user's estimator may
        return point.model_copy(update={"reason": describe(error)})
    peak = machine.resident_peak()
    return point.model_copy(
        update={
            "fit": fit,
            "first_row": single,
            "next_row": max(many - single, 0.0) / max(len(queries) - 1, 1),
            "memory": None if peak is None or resident is None else max(peak - resident, 0),
        }
    )


def _load_array(folder: Path, name: str) -> Rows:
    array = load(folder, name)
    return np.array(array) if isinstance(array, np.ndarray) else array  # not mapped


def _seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the seconds of the fastest of some calls: noise only ever adds."""
    fastest, spent = math.inf, 0.0
    for _ in range(MOST):
        start = clock()
        call()
        last = clock() - start
        fastest, spent = min(fastest, last), spent + last
        if spent >= SHORT:
            break
    return fastest
