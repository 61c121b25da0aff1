"""The results: what was measured. Raw values only; summaries are the report's."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen, Size
from tunecard.runner.schema.data import ColumnInfo, ColumnRule, RepeatedColumn, Twins
from tunecard.runner.schema.metrics import MetricSpec
from tunecard.runner.schema.params import Params
from tunecard.runner.schema.study import Study
from tunecard.runner.schema.times import Calibration, Latency, TimedRound

Variant: TypeAlias = Literal["baseline", "tuned"]
Status: TypeAlias = Literal["ok", "failed", "timeout", "oom", "killed", "invalid"]
#: Measured in this run, or taken over from outputs and searches that it did not make.
Origin: TypeAlias = Literal["measured", "imported"]
#: What is exchangeable: a row, a group of rows, a block of time.
SplitUnit: TypeAlias = Literal["row", "group", "block"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class ClassInfo(Frozen):
    """A class, by its name, with its number of rows in each part.

    ``label`` is what estimators get, where that is not the name.
    """

    name: str
    n_train: Count
    n_test: Count
    label: bool | int | float | str | None = Field(
        default=None, exclude_if=lambda label: label is None
    )

    @classmethod
    def of(cls, name: str, label: Any, n_train: int, n_test: int) -> Self:
        """Make the class of a label, which may be one of NumPy's."""
        plain = label.item() if hasattr(label, "item") else label
        differs = plain != name and isinstance(plain, bool | int | float | str)
        return cls(
            name=name, n_train=n_train, n_test=n_test, label=plain if differs else None
        )

    @property
    def own_label(self) -> bool | int | float | str:
        """What estimators get."""
        return self.name if self.label is None else self.label


class DatasetInfo(Frozen):
    """Where the data came from and what exactly it was.

    Attributes
    ----------
    source : str
        The place it was read from, in words.
    split : str
        ``own``: the data's own train and test parts; ``stratified``: drawn by
        the study's seed; ``declared``: the caller handed test rows over and
        declared that neither model has seen them.
    split_unit : str
        What falls into one part as a whole: ``row``, ``group`` or ``block``.
    classes : tuple of ClassInfo
        Empty where the target is not a class.
    image_shape : tuple of int or None
        (height, width) when a row is an image.
    sha256 : dict
        Of the bytes of ``X_train``, ``y_train``, ``X_test``, ``y_test`` as
        used (C order), of ``split``, the indices of the rows taken, and of
        ``file``, where the data came from one.
    subset_of : str or None
        In words, the whole that this is a part of.
    fallback_reason : str or None
        Why this dataset stands in for the one that was wanted.
    n_test_rows_in_train : int or None
        Test rows whose features also occur in the training part; None where the
        training rows were not handed over.
    twins : Twins or None
        Which test rows those are; None where there is none, or an earlier version wrote
        the file.
    repeated : tuple of RepeatedColumn
        Columns whose values seem to name subjects with several rows each.
    ordered : str or None
        A column of dates that the rows are sorted by, and that no split follows.
    column_rule : ColumnRule or None
        The best rule on one column alone; None where the rows are images, or an earlier
        version wrote the file.
    columns : tuple of ColumnInfo
        The columns of features, where they have names.
    target : str or None
        The column with the classes.
    dropped : tuple of str
        Columns that the study leaves out.
    n_missing : int
        Cells of features without a value, over all rows.
    n_duplicates : int
        Rows whose features and class an earlier row has, over all rows.
    positive : str or None
        The class whose own precision, recall and F1 are among the metrics.
    notes : tuple of str
        What else a reader should know of the data, a sentence each.
    """

    name: str
    title: str
    source: str
    n_train: Count
    n_test: Count
    n_features: Count
    dtype: str
    image_shape: tuple[Count, Count] | None
    classes: tuple[ClassInfo, ...] = ()
    split: Literal["own", "stratified", "declared"]
    split_unit: SplitUnit = "row"
    sha256: dict[str, str]
    subset_of: str | None = None
    fallback_reason: str | None = None
    n_test_rows_in_train: Count | None = 0
    twins: Twins | None = None
    column_rule: ColumnRule | None = None
    repeated: tuple[RepeatedColumn, ...] = ()
    ordered: str | None = Field(default=None, exclude_if=lambda column: column is None)
    columns: tuple[ColumnInfo, ...] = ()
    target: str | None = None
    dropped: tuple[str, ...] = ()
    n_missing: Count = 0
    n_duplicates: Count = 0
    positive: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def positive_code(self) -> int | None:
        """Position of the positive class in `classes`; None without one."""
        names = [entry.name for entry in self.classes]
        return names.index(self.positive) if self.positive in names else None


class ThreadPool(Frozen):
    """One native thread pool as threadpoolctl reports it."""

    user_api: str
    internal_api: str
    version: str | None
    num_threads: Count


class Git(Frozen):
    """The commit of the folder that the run was started in."""

    commit: str
    dirty: bool


class Environment(Frozen):
    """The machine and the software of a run, recorded once.

    Units: ``memory`` in bytes, ``cpu_mhz`` in MHz, ``load_1m`` in runnable
    processes at the start. ``logical_cores`` is the number that the run may use;
    ``core_limits`` records what limits it (``machine``, ``affinity``,
    ``cgroup``), in cores. ``fallbacks`` names what scikit-learn lacks that a faster way
    needs: the slower, public way was taken in its place, with the same results. It is
    written where there is any.
    """

    tunecard: str
    python: str
    implementation: str
    os: str
    machine: str
    cpu: str
    physical_cores: Count | None
    logical_cores: Count
    cpu_mhz: Size | None
    memory: Count
    load_1m: Size | None
    boot_id: str | None
    packages: dict[str, str]
    thread_pools: tuple[ThreadPool, ...]
    git: Git | None
    fallbacks: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    core_limits: dict[str, Size] = {}


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
    origin: Origin = "measured"
    unmeasured: dict[str, str] = {}

    @property
    def key(self) -> str:
        """The case's name in predictions.parquet: ``model/variant``, or with ``@seed``."""
        key = f"{self.model}/{self.variant}"
        return key if self.n_seeds == 1 else f"{key}@{self.seed}"


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
        What of its candidates search.parquet holds: ``labels``, ``probabilities`` or
        ``scores``. None where it holds nothing; `unmeasured` then has the reason.
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
    n_requeried_rows: Count = 0
    peak_memory: Count | None = None
    cluster: ClusterUse | None = Field(default=None, exclude_if=lambda use: use is None)
    origin: Origin = "measured"
    unmeasured: dict[str, str] = {}
    cut: Cut | None = Field(default=None, exclude_if=lambda cut: cut is None)
    outputs: Literal["labels", "probabilities", "scores"] | None = Field(
        default=None, exclude_if=lambda outputs: outputs is None
    )


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
