"""A case while it is measured, and what the workers of all cases share."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.clock.jobs import SLACK, Outcome
from tunecard.runner.metrics import Outputs
from tunecard.runner.models.fitting import WarningCount
from tunecard.runner.processes.template import Templates
from tunecard.runner.schema import (
    Encoding,
    Latency,
    ModelSpec,
    Params,
    Status,
    TimedRound,
    Variant,
)


@dataclass(frozen=True)
class MeasuredCase:
    """A case as far as its rounds have come.

    Attributes
    ----------
    spec, variant, params
        What the case is; `params` are on top of the model's own.
    status : str
        ``ok`` until a worker fails; a failed case runs no further round.
    first, outcome : Outcome or None
        What the worker of the first pass left, and the last worker.
    latencies
        From round 1: calls on few rows.
    outputs, y_train_pred, weights
        From the first pass: what it answered for the test rows; class codes or values
        (n_train_rows,), float32 (n_outputs, n_features).
    elapsed : float
        Seconds its workers ran.
    peak_memory : int
        Highest resident set of its workers, in bytes: as they report it, or from above
        (see :class:`tunecard.runner.processes.process.Ended`) where they cannot.
    spent : dict
        Seconds of `elapsed` by part, of the workers that ran in this session; the
        parts of :class:`tunecard.runner.clock.jobs.Outcome`, and ``start`` for the rest.
    data : Path or None
        Folder of its rows; None for the bench's.
    encoding : Encoding or None
        What these rows need before the model can take them.
    fitted : bool
        Whether the model's object is fitted already, so that predict alone is timed.
    scored : dict
        From round 1: values of metrics that need the estimator itself, or why not.
    n_changed_rows : int or None
        Test rows that a round predicts otherwise than the first pass, with the
        same seed, in the round with the most; None before there is a round.
    """

    spec: ModelSpec
    variant: Variant
    params: Params
    status: Status = "ok"
    reason: str | None = None
    stderr_tail: str | None = None
    first: Outcome | None = None
    outcome: Outcome | None = None
    rounds: tuple[TimedRound, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    latencies: tuple[Latency, ...] = ()
    outputs: Outputs | None = None
    y_train_pred: NDArray[Any] | None = None
    weights: NDArray[np.float32] | None = None
    elapsed: float = 0.0
    peak_memory: int = 0
    spent: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    n_seeds: int = 1
    data: Path | None = None
    encoding: Encoding | None = None
    fitted: bool = False
    scored: Mapping[str, float | str] = field(default_factory=dict)
    n_changed_rows: int | None = None

    @property
    def key(self) -> str:
        """``model/variant``, or with ``@seed`` where there are several."""
        key = f"{self.spec.name}/{self.variant}"
        return key if self.n_seeds == 1 else f"{key}@{self.seed}"


@dataclass(frozen=True)
class BenchSettings:
    """What all workers of a run share.

    Attributes
    ----------
    data : Path
        Folder of the memory-mapped arrays.
    work : Path
        Where jobs and outcomes are exchanged.
    threads : int
        For BLAS and OpenMP in each worker.
    case_seconds : float
        A worker that runs longer is ended.
    memory : int
        Bytes of data a worker may hold.
    templates : Templates or None
        Where workers are forked from; None for a new process each.
    slack : float
        As in :class:`tunecard.runner.clock.jobs.Job`.
    path : tuple of str
        Where this process looks for modules, and so a worker does.
    metrics : tuple of str
        Metrics that the study names: what their values are computed from is left.
    """

    data: Path
    work: Path
    seed: int
    threads: int
    case_seconds: float
    memory: int
    templates: Templates | None = None
    slack: float = SLACK
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    path: tuple[str, ...] = field(
        default_factory=lambda: tuple(str(Path(entry).absolute()) for entry in sys.path)
    )
    metrics: tuple[str, ...] = ()
