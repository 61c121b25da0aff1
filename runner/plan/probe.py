"""Measuring a model on small parts of the data, in a child process with limits."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from tunecard.runner.errors import OutputError, is_disk_full
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.inputs import Inputs
from tunecard.runner.plan.jobs import Point, ProbeJob, Ready
from tunecard.runner.processes.process import Ended, run_worker
from tunecard.runner.rows import n_bytes, save, take
from tunecard.runner.schema import ModelSpec, Study

MOST_BYTES = 100_000_000  # of the training rows that a child is given
FEWEST_ROWS = 900
QUERIES = 500
CANDIDATES = 6
SECONDS = 10.0  # of measuring a model
HUNG = 60.0  # seconds after which a child is ended


@dataclass(frozen=True)
class Probed:
    """What was measured of a model.

    Attributes
    ----------
    points : tuple of Point
        As far as the child came.
    ready : Ready or None
        None where it did not come so far.
    start : float
        Seconds that a process took to be ready, imports included.
    problem : str or None
        How the child ended, if not by itself.
    """

    points: tuple[Point, ...]
    ready: Ready | None
    start: float
    problem: str | None


@dataclass(frozen=True)
class Child:
    """The limits of a child process that measures a model.

    Attributes
    ----------
    seconds : float
        Of measuring; starting the child comes on top.
    hung : float
        Seconds after which it is ended, whatever it does.
    threads : int
        For BLAS and OpenMP, as in a run's workers.
    work : Path or None
        Where its files are kept meanwhile; None for the system's temporary folder.
    """

    threads: int
    seconds: float = SECONDS
    hung: float = HUNG
    work: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    path: tuple[str, ...] = field(
        default_factory=lambda: tuple(str(Path(entry).absolute()) for entry in sys.path)
    )


def measure(
    spec: ModelSpec,
    drawn: Sequence[dict[str, Any]],
    study: Study,
    inputs: Inputs,
    child: Child,
) -> Probed:
    """Measure a model in a child process, which may hang, crash or eat memory.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    drawn : sequence of dict
        The candidates of its search; some of them, evenly spread, are measured.
    study : Study
        Its seed, and its limit of memory.
    inputs : Inputs
        Its training rows, and test rows to predict.
    child : Child
        The child's limits.

    Raises
    ------
    OutputError
        If the disk has too little space for a part of the data.
    """
    if child.work is not None:
        child.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tunecard-plan-", dir=child.work) as name:
        folder = Path(name)
        try:
            sizes = _write(inputs, study.seed, folder)
        except OSError as error:
            if not is_disk_full(str(error)):
                raise
            raise OutputError(
                f"{folder}: a part of the data cannot be written there, to be measured "
                f"({error.strerror or error}). Make space, or set TMPDIR to a folder that "
                "has some."
            ) from error
        spread = np.linspace(0, len(drawn) - 1, min(CANDIDATES, len(drawn)))
        chosen = [drawn[i] for i in np.unique(spread.astype(np.intp))] if drawn else []
        job = ProbeJob(
            model=spec.model_copy(update={"search": None}),
            settings=({}, *chosen),
            seed=study.seed,
            encoding=inputs.encoding,
            sizes=sizes,
            seconds=child.seconds,
            parent=os.getpid(),
            memory=study.limits.memory,
            path=child.path,
        )
        (folder / "job.json").write_text(job.model_dump_json(), "utf-8")
        begun = monotonic()
        ended = run_worker(
            folder,
            child.environ,
            threads=child.threads,
            seconds=child.hung,
            module="tunecard.runner.plan.probing",
        )
        return _read(folder, ended, begun, child.hung)


def _write(inputs: Inputs, seed: int, folder: Path) -> tuple[int, ...]:
    """Write a seeded part of the rows; returns the sizes: halves of halves of them all."""
    n_rows = len(inputs.X_train)
    row = max(n_bytes(inputs.X_train) // n_rows, 1)
    sizes = [n_rows]
    while sizes[0] // 2 >= FEWEST_ROWS:
        sizes.insert(0, sizes[0] // 2)
    sizes = [size for size in sizes if size * row <= MOST_BYTES] or sizes[:1]
    chosen = np.random.default_rng(seed).permutation(n_rows)[: sizes[-1]]
    save(folder, "X", take(inputs.X_train, chosen))
    save(folder, "y", inputs.y_train[chosen])
    save(folder, "queries", take(inputs.X_test, slice(QUERIES)))
    return tuple(sizes)


def _read(folder: Path, ended: Ended, begun: float, hung: float) -> Probed:
    """Read what the child left, however it ended."""
    points, ready = [], None
    for line in _text(folder / "points.jsonl").splitlines():
        try:
            points.append(Point.model_validate_json(line))
        except ValidationError:  # cut off in the middle
            break
    if text := _text(folder / "ready.json"):
        ready = Ready.model_validate_json(text)
    problem = None
    if ended.status == "timeout":
        problem = f"did not finish within {hung:g} s"
    elif ended.status != "ok":
        problem = ended.reason
    elif points and points[0].reason is not None:
        problem = points[0].reason
    start = 0.0 if ready is None else max(ready.at - begun, 0.0)
    return Probed(tuple(points), ready, start, problem)


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
