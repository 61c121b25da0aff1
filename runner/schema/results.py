"""The results: what was measured. Raw values only; summaries are the report's."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen, Size
from tunecard.runner.schema.dataset import DatasetInfo
from tunecard.runner.schema.environment import Environment, ThreadPool
from tunecard.runner.schema.metrics import MetricSpec
from tunecard.runner.schema.params import Params
from tunecard.runner.schema.record import Origin, SearchRecord
from tunecard.runner.schema.study import Study
from tunecard.runner.schema.times import Calibration, Latency, TimedRound

Variant: TypeAlias = Literal["baseline", "tuned"]
Status: TypeAlias = Literal["ok", "failed", "timeout", "oom", "killed", "invalid"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class ClassQuality(Frozen):
    """Precision, recall and F1 of one class on the test rows."""

    name: str
    support: Count
    precision: Share
    recall: Share
    f1: Share


class Quality(Frozen):
    """What a case got right.

    ``test`` and ``train`` map a metric's name to its value; None where the
    metric is not defined, for the reason in ``unmeasured``. The train values rest
    on ``n_train_rows`` rows. ``per_class`` is empty where there are no classes.
    ``n_zero_probability`` counts test rows whose true class was given
    probability 0; None without probabilities.
    """

    test: dict[str, float | None]
    train: dict[str, float | None]
    n_train_rows: Count
    per_class: tuple[ClassQuality, ...] = ()
    n_zero_probability: Count | None = None
    unmeasured: dict[str, str] = {}


class Case(Frozen):
    """One configuration of one model, measured.

    Attributes
    ----------
    params : dict
        What was set on top of the estimator's defaults.
    python : tuple of str
        Lines that build the same estimator.
    converged : bool or None
        False when the estimator stopped at its iteration limit; None when it
        has none.
    n_iter : int or None
        Iterations used, the largest where there are several.
    elapsed : float or None
        Seconds the case's workers ran, imports and loading included; None where
        none ran.
    peak_memory : int or None
        Highest resident set of its workers, in bytes.
    model_bytes : int or None
        Size of the fitted estimator, pickled.
    threads : int or None
        Of the largest native thread pool of its workers.
    n_seeds : int
        Seeds of the study; with more than one the key names it.
    n_changed_rows : int or None
        Test rows whose predicted class was another when the case was fitted again with
        the same seed, in the round with the most; None where it was fitted once.
    quantile : float or None
        Which quantile of the target a regressor predicts; None of one that predicts none.
    origin : str
        ``measured`` in this run, or ``imported``: outputs that it was handed.
    unmeasured : dict of str
        Why something was not measured, by its field: ``timings``, ``elapsed``.
    """

    model: str
    variant: Variant
    seed: Count
    engine: str = "scikit-learn"
    status: Status
    reason: str | None = None
    stderr_tail: str | None = None
    params: Params
    python: tuple[str, ...]
    converged: bool | None = None
    n_iter: Count | None = None
    max_iter: int | None = None
    elapsed: Size | None
    peak_memory: Count | None = None
    model_bytes: Count | None = None
    threads: Count | None = None
    thread_pools: tuple[ThreadPool, ...] = ()
    quality: Quality | None = None
    timings: tuple[TimedRound, ...] = ()
    latencies: tuple[Latency, ...] = ()
    n_changed_rows: Count | None = None
    n_seeds: Count = 1
    quantile: float | None = Field(
        default=None, gt=0, lt=1, exclude_if=lambda quantile: quantile is None
    )
    origin: Origin = "measured"
    unmeasured: dict[str, str] = {}

    @property
    def key(self) -> str:
        """The case's name in predictions.parquet: ``model/variant``, or with ``@seed``."""
        key = f"{self.model}/{self.variant}"
        return key if self.n_seeds == 1 else f"{key}@{self.seed}"


class CapturedWarning(Frozen):
    """A Python warning, once, with the number of times it was raised."""

    where: Literal["search", "fit", "predict", "probabilities", "train"]
    model: str
    variant: Variant | None
    category: str
    message: str
    count: Count


class Stage(Frozen):
    """A part of the run and the wall time it took, in seconds."""

    name: str
    wall_seconds: Size


class Split(Frozen):
    """The rows of one seed, where each seed splits the data again."""

    seed: Count
    dataset: DatasetInfo


class WeightUse(Frozen):
    """What the sample weights of a run's rows were used for.

    Attributes
    ----------
    column : str
        The column of weights, or ``sample_weight`` for an array.
    unweighted : tuple of str
        Names of the models whose fit takes no weights.
    scores : bool
        Whether the fold scores of the searches are weighted.
    """

    column: str
    unweighted: tuple[str, ...] = ()
    scores: bool


class Results(Frozen):
    """One run, whole: what ``results.json`` holds.

    Attributes
    ----------
    started, finished : str
        UTC, ISO 8601.
    command : str
        The command line that runs the same study again.
    wall_seconds : float
        Of the last session, where a run went on after it was stopped.
    n_sessions : int
        How often the run was started or went on.
    peak_memory : dict
        Highest resident set in bytes of each kind of process.
    splits : tuple of Split
        Each seed's own rows, where there are several seeds and the data has no
        split of its own; `dataset` is then the first seed's. Empty where all
        seeds have the same rows.
    weights : WeightUse or None
        Written where the rows have sample weights. The metrics of the test rows count
        each row once all the same.
    in_progress : bool
        Written, as true, while the rounds of timing are still to come: quality is whole
        and times are missing.
    """

    schema_version: str
    run_id: str
    started: str
    finished: str
    wall_seconds: Size
    n_sessions: Count = 1
    command: str
    study: Study
    dataset: DatasetInfo
    environment: Environment
    metrics: tuple[MetricSpec, ...]
    cases: tuple[Case, ...]
    searches: tuple[SearchRecord, ...]
    warnings: tuple[CapturedWarning, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    stages: tuple[Stage, ...] = ()
    peak_memory: dict[str, Count] = {}
    splits: tuple[Split, ...] = ()
    weights: WeightUse | None = Field(default=None, exclude_if=lambda use: use is None)
    in_progress: bool = Field(default=False, exclude_if=lambda pending: not pending)

    def of_seed(self, seed: int) -> "Results":
        """Return one seed of several as the results of a study with this one alone."""
        splits = {split.seed: split.dataset for split in self.splits}
        alone = self.study.of_repetition(seed)
        cases = [case for case in self.cases if case.seed == seed]
        return self.model_copy(
            update={
                "study": alone,
                "dataset": splits.get(seed, self.dataset),
                "cases": tuple(case.model_copy(update={"n_seeds": 1}) for case in cases),
                "searches": tuple(
                    search for search in self.searches if search.seed == seed
                ),
                "splits": (),
            }
        )
