"""Forks of a template against new processes: the same times, A/A, case by case.

    pytest tests/benchmarks/test_template.py --rounds 10

A round is one worker of each kind a model, in turns, so that a drift of the machine falls
on both alike. The figure is the median ratio of new process to fork; 0.99 to 1.01 is
wanted, and a spread of the forks that is no larger. It needs a quiet machine.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.sides import Row
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.measure import first_pass, run_round
from tunecard.runner.datasets import Dataset
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.models.origins import modules_of
from tunecard.runner.processes.template import Templates
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, Operation
from tunecard.runner.store.journal import NullCheckpoint

MODELS = (
    ModelSpec(name="knn", estimator="sklearn.neighbors.KNeighborsClassifier"),
    ModelSpec(name="logreg", estimator="sklearn.linear_model.LogisticRegression"),
    ModelSpec(name="forest", estimator="sklearn.ensemble.RandomForestClassifier"),
    ModelSpec(
        name="pipeline",
        estimator="sklearn.linear_model.LogisticRegression",
        preprocess=("sklearn.preprocessing.StandardScaler",),
    ),
)
OPERATIONS: tuple[Operation, ...] = ("fit", "predict")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks on Linux alone")
@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
def test_template(
    spec: ModelSpec,
    benchmark: Any,
    digits: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    tmp_path: Path,
) -> None:
    """Each operation's value of a round, by both kinds of worker."""
    arrays = {name: getattr(digits, name) for name in ("X_train", "y_train", "X_test")}
    write_arrays(tmp_path / "data", {**arrays, "classes": np.arange(10)})
    started = BenchSettings(
        data=tmp_path / "data",
        work=tmp_path,
        seed=0,
        threads=logical_cores(),
        case_seconds=600.0,
        memory=2**33,
    )
    imports = {spec.name: modules_of(spec)}
    memory = NullCheckpoint()
    case = first_pass(MeasuredCase(spec, "baseline", {}), started, memory, scored=False)
    values: dict[tuple[str, Operation], list[float]] = {}
    with Templates(
        imports, os.environ, threads=started.threads, path=started.path
    ) as templates:
        kinds = {"started": started, "forked": replace(started, templates=templates)}

        def one_round() -> None:
            templates.renew()
            for kind, bench in kinds.items():
                # Round 2: without latencies, and without the cold calls.
                for timed in run_round(case, 2, 0, bench, memory).rounds:
                    walls = [sample.wall_ns / sample.loops for sample in timed.samples]
                    values.setdefault((kind, timed.operation), []).append(median(walls))

        benchmark.pedantic(one_round, rounds=rounds(10))
    for operation in OPERATIONS:
        ours = tuple(np.array(values["forked", operation]) / 1e9)
        theirs = tuple(np.array(values["started", operation]) / 1e9)
        ratios = np.array(theirs) / np.array(ours)
        note(
            Row(
                work=f"{spec.name}: {operation} in a fork of a template",
                against="in a new process",
                ours=ours,
                theirs=theirs,
                figure=100 * abs(float(np.median(ratios)) - 1),
                figure_unit="%",
                direction="at most",
                goal=1.0,
                always=True,
                more={
                    "spread": {
                        kind: float(np.std(np.log(values[kind, operation]), ddof=1))
                        for kind in kinds
                    }
                },
            )
        )
