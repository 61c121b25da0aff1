"""What passes between :mod:`tunecard.runner.clock.measure` and its worker, as files."""

from typing import Literal, TypeAlias

from pydantic import Field

from tunecard.runner.clock.timing import Repeats
from tunecard.runner.models.fitting import WarningCount
from tunecard.runner.schema import (
    Encoding,
    Frozen,
    Latency,
    ModelSpec,
    Operation,
    Params,
    Sample,
    Status,
    ThreadPool,
)

#: Twice where others used the machine, and that much slower than planned.
SLACK = 4.0
Part: TypeAlias = Literal["data", "clock", "around", "latency", "quality", "import"]


class Job(Frozen):
    """One case in one round, for a worker.

    Attributes
    ----------
    data : str
        Folder of the rows, as :func:`tunecard.runner.rows.save` writes them: X_train,
        y_train, X_test, train_rows, and classes, the labels by class code.
    params : dict
        On top of the model's own parameters; {} for the baseline.
    fitted : bool
        Whether the model's object is fitted already, so that predict alone is timed.
    repeats : dict
        How each operation is repeated; empty in the first pass, which determines it.
    scored : bool
        Whether to leave probabilities and training labels as well.
    scores : bool
        Whether to leave decision scores also where there are probabilities.
    latency : bool
        Whether to time single calls of predict as well.
    timed : bool
        Whether rounds of timing follow the first pass.
    slack : float
        How many times its planned seconds an operation's counted calls may take.
    memory : int
        Bytes of data the worker may hold.
    path : tuple of str
        Where modules are looked for behind the worker's own places, so that it
        finds an estimator of the user's own.
    encoding : Encoding or None
        What the data needs before a model can take it.
    """

    data: str
    model: ModelSpec
    params: Params
    fitted: bool = False
    seed: int
    repeats: dict[Operation, Repeats] = {}
    scored: bool = False
    scores: bool = False
    latency: bool = False
    timed: bool = True
    slack: float = Field(default=SLACK, gt=0)
    memory: int
    path: tuple[str, ...] = ()
    encoding: Encoding | None = None


class Timed(Frozen):
    """The samples of one operation in one worker."""

    operation: Operation
    n_rows: int
    repeats: Repeats
    samples: tuple[Sample, ...]


class Outcome(Frozen):
    """What a worker leaves behind.

    ``once_seconds`` is what a later round does not do again: the single calls of
    round 1. ``spent`` are wall seconds
    by part: ``data`` mapping the arrays, ``clock`` fit and predict between two
    readings, ``around`` warm-ups and what surrounds those calls, ``latency``
    single calls on few rows, ``quality`` probabilities, labels of training rows
    and the model's size, ``import`` of the estimator. ``peak_memory`` is the
    process's own highest resident set in bytes; None where it cannot be read.
    ``scored`` are the values on the test rows of metrics that need the estimator
    itself, or why one has none.
    """

    status: Literal["ok", "failed", "invalid", "oom"]
    reason: str | None = None
    timed: tuple[Timed, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    converged: bool | None = None
    n_iter: int | None = None
    max_iter: int | None = None
    model_bytes: int | None = None
    thread_pools: tuple[ThreadPool, ...] = ()
    latencies: tuple[Latency, ...] = ()
    once_seconds: float = 0.0
    spent: dict[Part, float] = {}
    peak_memory: int | None = None
    scored: dict[str, float | str] = {}


class Finished(Frozen):
    """A round of a case that is over: what its worker left, and how it ended.

    ``elapsed`` is the worker's life in seconds, ``peak_memory`` its highest
    resident set in bytes, ``position`` the case's place in the round's order, ``files``
    the SHA-256 of each array it left. ``n_changed_rows`` counts the test rows whose
    predicted class is another than in the first pass.
    """

    status: Status
    position: int
    elapsed: float
    peak_memory: int
    reason: str | None = None
    stderr_tail: str | None = None
    outcome: Outcome | None = None
    files: dict[str, str] = {}
    n_changed_rows: int | None = None
