"""pytest-benchmark.json: the times of a run, for pytest-benchmark's own tools."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pytest_benchmark import __version__ as format_version
from pytest_benchmark.stats import Stats

from tunecard.report import formats
from tunecard.report.analyze.timings import operation_times
from tunecard.report.analyze.types import OperationTimes
from tunecard.runner.schema import Case, Environment, Results

# pytest-benchmark ships without types.
_new_stats: Callable[[], Any] = Stats


def pytest_benchmark_json(results: Results) -> str:
    """Write a run as ``pytest-benchmark compare`` reads it.

    One benchmark an ok case and operation, baseline and tuned of a model in one
    group. Its data are the counted readings in seconds a call, its ``iterations``
    the calls of one reading, its statistics those of
    ``pytest_benchmark.stats.Stats``. The page's own times rest on the median of
    each round instead, because the readings of one worker are not independent;
    these stand in ``extra_info``.

    Parameters
    ----------
    results : Results
        The run. A case that is not ok is left out, as pytest-benchmark leaves out
        a benchmark with an error.

    Returns
    -------
    str
        JSON. The time in it is that of the run: the same results give the same
        text under the same version of pytest-benchmark.
    """
    content = {
        "machine_info": _machine(results.environment),
        "commit_info": _commit(results),
        "benchmarks": [
            benchmark
            for case in results.cases
            if case.status == "ok"
            for benchmark in _benchmarks(results.study.name, case)
        ],
        "datetime": results.finished,
        "version": format_version,
    }
    # Escaped, half a character would still be there, and strict readers refuse it.
    whole = json.loads(formats.whole(json.dumps(content, ensure_ascii=False)))
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


def _benchmarks(study: str, case: Case) -> Iterator[dict[str, Any]]:
    for times in operation_times(case).values():
        counted = [sample for sample in times.samples if sample.counted]
        if not counted:
            continue
        stats = _new_stats()
        for sample in counted:
            stats.update(sample.wall)
        param = case.key.replace("/", "-")
        name = f"{times.operation}[{param}]"
        yield {
            "group": f"{case.model}: {times.operation}",
            "name": name,
            "fullname": f"{study}::{name}",
            "params": {"model": case.model, "variant": case.variant},
            "param": param,
            "extra_info": _extra(case, times),
            "options": {},
            "stats": {
                **stats.as_dict(),
                "data": [sample.wall for sample in counted],
                # Decided in round 1 and kept, so that all readings have the same.
                "iterations": counted[0].loops,
            },
        }


def _extra(case: Case, times: OperationTimes) -> dict[str, Any]:
    return {
        "n_rows": times.n_rows,
        "threads": case.threads,
        "cold_seconds": times.cold_seconds,
        "round_median_seconds": [value.wall for value in times.rounds],
        "n_contaminated": times.n_contaminated,
    }


def _machine(environment: Environment) -> dict[str, Any]:
    """Describe the machine under pytest-benchmark's keys; it has no host name here."""
    system, _, release = environment.os.partition(" ")
    return {
        "machine": environment.machine,
        "python_implementation": environment.implementation,
        "python_implementation_version": environment.python,
        "python_version": environment.python,
        "release": release,
        "system": system,
        "cpu": {
            "arch_string_raw": environment.machine,
            "brand_raw": environment.cpu,
            "count": environment.logical_cores,
        },
    }


def _commit(results: Results) -> dict[str, Any]:
    git = results.environment.git
    return {
        "id": git.commit if git else "unversioned",
        "time": None,
        "author_time": None,
        "dirty": git.dirty if git else False,
        "project": results.study.name,
        "branch": "(unknown)",
    }
