"""The record of a search in results.json: its candidates, its choice, what it cost."""

from typing import Literal, TypeAlias

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen, Size
from tunecard.runner.schema.metrics import MetricSpec
from tunecard.runner.schema.params import Params

#: Measured in this run, or taken over from outputs and searches that it did not make.
Origin: TypeAlias = Literal["measured", "imported"]


class Candidate(Frozen):
    """One parameter setting of a search, fold by fold.

    Attributes
    ----------
    eligible : bool
        False for candidate 0, the baseline's own parameters: scored on the
        same folds for comparison, never chosen.
    scores : tuple of float or None
        The metric on each fold; None where the fit or the scoring failed.
    cpu_seconds : tuple of float or None
        CPU time of the fit and the scoring on each fold, contended by design.
    reason : str or None
        Why it failed, if it did.
    converged : bool or None
        False when a fold's fit stopped at the iteration limit.
    iteration, resources : int or None
        Of a halving search: which iteration this row is of, from 0, and what
        it had: rows, or the value of the parameter that is the resource.
        A candidate that went on has a row in each of its iterations.
    fold_seconds : float or None
        Of an imported search: mean wall time of fit and scoring on a fold, as
        that search recorded it.
    """

    index: Count
    eligible: bool
    params: Params
    scores: tuple[float | None, ...]
    cpu_seconds: tuple[Size | None, ...]
    status: Literal["ok", "failed"]
    reason: str | None = None
    converged: bool | None = None
    iteration: Count | None = None
    resources: Count | None = None
    fold_seconds: Size | None = Field(
        default=None, exclude_if=lambda seconds: seconds is None
    )


class ClusterUse(Frozen):
    """A cluster's part in a search.

    Attributes
    ----------
    workers : int
        Worker processes that scored candidates; one that was started again in place of
        one that died counts by itself.
    share : float
        Of the candidates' fold scores; the others were made on this machine.
    """

    backend: Literal["dask"] = "dask"
    workers: int = Field(ge=1)
    share: float = Field(gt=0, le=1)


class Cut(Frozen):
    """What a budget left of a search.

    Attributes
    ----------
    planned, run : int
        Candidates that the study requests, and that were run; of a halving search those
        of its first iteration.
    reason : str
        What they were cut for, in words.
    """

    planned: int = Field(ge=1)
    run: int = Field(ge=1)
    reason: str


class SearchRecord(Frozen):
    """A search, whole: every candidate, what it chose and what it cost.

    Attributes
    ----------
    scored : MetricSpec or None
        What an imported search optimized, where the run does not measure it.
    method : str
        ``shared-neighbors``: each fold's neighbors found once for all
        candidates; ``parallel``: candidates x folds in parallel processes;
        ``imported``: another tool ran the search, and its record was handed over.
    folds : tuple of (int, int) or None
        Training and validation rows of each fold; None where they are unknown.
    best : int
        Index of the candidate that was chosen.
    n_fits : int
        Fits a search without sharing does: candidates (baseline aside) x folds.
    jobs, threads : int or None
        Processes, and threads of each; None for an imported search.
    cpu_seconds, wall_seconds : float or None
        All of it, the baseline's folds included; None where it was not measured.
    shared_cpu_seconds : tuple of float
        CPU time of what the candidates of each fold share: transformers that none of
        them changes, and the neighbor table. Empty where they share nothing.
    joint_products : bool
        Whether candidates of a fold were fitted in step and made their matrix products as
        one; their CPU seconds are then a part of what was made for all.
    n_requeried_rows : int
        Rows whose neighbors were asked for again because distances tied.
    cluster : ClusterUse or None
        Written where a cluster took part in it.
    origin : str
        ``measured`` in this run, or ``imported``: a search that it was handed.
    unmeasured : dict of str
        Why something was not measured, by its field.
    cut : Cut or None
        Written where a budget cut it.
    outputs : str or None
        What of its candidates search.parquet holds: ``labels``, ``probabilities``,
        ``scores`` or ``values``. None where it holds nothing; `unmeasured` then has the
        reason.
    """

    model: str
    seed: Count
    strategy: str
    metric: str
    scored: MetricSpec | None = Field(default=None, exclude_if=lambda spec: spec is None)
    method: Literal["shared-neighbors", "parallel", "imported"]
    folds: tuple[tuple[Count, Count] | None, ...]
    candidates: tuple[Candidate, ...]
    best: Count
    n_fits: Count
    jobs: Count | None
    threads: Count | None
    cpu_seconds: Size | None
    wall_seconds: Size | None
    shared_cpu_seconds: tuple[Size, ...] = ()
    joint_products: bool = Field(default=False, exclude_if=lambda value: not value)
    n_requeried_rows: Count = 0
    peak_memory: Count | None = None
    cluster: ClusterUse | None = Field(default=None, exclude_if=lambda use: use is None)
    origin: Origin = "measured"
    unmeasured: dict[str, str] = {}
    cut: Cut | None = Field(default=None, exclude_if=lambda cut: cut is None)
    outputs: Literal["labels", "probabilities", "scores"] | Literal["values"] | None = (
        Field(default=None, exclude_if=lambda outputs: outputs is None)
    )
