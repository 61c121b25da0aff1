"""A comparison as plain data: for JSON, and as rows of a table."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tunecard.report.analyze.types import MetricComparison, QualityTest
from tunecard.report.analyze.types.runs import (
    CaseChange,
    GainChange,
    RunComparison,
    RunTime,
)
from tunecard.report.gates import GateResult
from tunecard.report.stats.interval import Interval
from tunecard.report.view.gates import rule

FORMAT = "tunecard-compare"
VERSION = "1"
COLUMNS = (
    "model", "variant", "state", "kind", "name", "reference", "new", "change", "low",
    "high", "p", "word",
)  # fmt: skip


def to_data(compared: RunComparison, gates: Sequence[GateResult]) -> dict[str, Any]:
    """Return a comparison as values that JSON has, in full precision.

    Metrics and their changes are fractions, times seconds, ratios of times
    relative to the calibration kernel.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "reference": compared.first.run_id,
        "new": compared.second.run_id,
        "metric": compared.metric.name,
        "margin": compared.margin,
        "pairing": compared.pairing,
        "pairing_reason": compared.pairing_reason or None,
        "seed_note": compared.seed_note or None,
        "n_tests": compared.n_tests,
        "cases": [_case(case) for case in compared.cases],
        "times_refused": [
            _named(asdict(time_reason)) for time_reason in compared.time_reasons
        ],
        "kernel_ratio": compared.kernel_ratio,
        "earlier_runs": compared.floor_runs,
        "differences": [_named(asdict(difference)) for difference in compared.differences],
        "same": {part: list(keys) for part, keys in compared.same.items()},
        "gains": [_gain(gain) for gain in compared.gains],
        "gates": [_gate(gate) for gate in gates],
    }


def to_json(compared: RunComparison, gates: Sequence[GateResult]) -> str:
    """Write a comparison as JSON."""
    data = to_data(compared, gates)
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def rows(compared: RunComparison) -> Iterator[tuple[Any, ...]]:
    """Yield a row a case and metric, then a row a case and operation: :data:`COLUMNS`."""
    for case in compared.cases:
        head = (case.model, case.variant, case.state)
        for metric in case.metrics:
            tested = case.test if metric.primary else None
            yield (
                *head, "quality", metric.spec.name, metric.first, metric.second,
                metric.delta, *_ends(metric.interval), tested.p_holm if tested else None,
                tested.word if tested else None,
            )  # fmt: skip
        for time in case.times:
            yield (
                *head, "time", time.operation, time.first, time.second, time.ratio,
                *_ends(time.interval), None, time.word,
            )  # fmt: skip
            if time.cpu is not None:
                yield (
                    *head, "CPU time", time.operation, None, None, time.cpu.ratio,
                    *_ends(time.cpu.interval), None, time.cpu.word,
                )  # fmt: skip


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (interval.low, interval.high) if interval is not None else (None, None)


def _named(difference: dict[str, Any]) -> dict[str, Any]:
    """Name the two sides as the rest of the file does."""
    return {
        {"first": "reference", "second": "new"}.get(key, key): value
        for key, value in difference.items()
    }


def _case(case: CaseChange) -> dict[str, Any]:
    return {
        "model": case.model,
        "variant": case.variant,
        "state": case.state,
        "changed": [_named(asdict(difference)) for difference in case.changed],
        "quality": _test(case.test) if case.test is not None else None,
        "quality_reason": case.quality_reason,
        "table": asdict(case.table) if case.table is not None else None,
        "metrics": [_metric(metric) for metric in case.metrics],
        "times": [_time(time) for time in case.times],
        "times_reason": case.times_reason,
    }


def _test(test: QualityTest) -> dict[str, Any]:
    return {**_named(asdict(test)), "metric": test.metric.name}


def _metric(comparison: MetricComparison) -> dict[str, Any]:
    return {**_named(asdict(comparison)), "spec": comparison.spec.name}


def _time(time: RunTime) -> dict[str, Any]:
    return _named(asdict(time))


def _gain(change: GainChange) -> dict[str, Any]:
    steps = {"reference": change.first, "new": change.second}
    return {
        "model": change.model,
        "metric": change.metric.name,
        **{side: asdict(step) if step else None for side, step in steps.items()},
    }


def _gate(result: GateResult) -> dict[str, Any]:
    return {
        "rule": rule(result),
        "gate": result.gate.model_dump(mode="json"),
        "kind": result.kind,
        **asdict(result.observed),
        "bound": result.bound,
        "margin": result.slack,
        "status": result.status,
    }
