"""One session of a run: study and data, a locked folder, the work, the results."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import RootModel, ValidationError

from tunecard.runner import plan, rerun
from tunecard.runner.context import WORK, RunContext
from tunecard.runner.datasets import Dataset
from tunecard.runner.environment import describe
from tunecard.runner.errors import (
    LIMITS,
    NO_ROOM,
    DataError,
    LimitReached,
    OutputError,
    StudyError,
    is_disk_full,
)
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.models import engines, origins
from tunecard.runner.overrides import Overrides
from tunecard.runner.pipeline import run_study, search_templates
from tunecard.runner.processes.template import Templates
from tunecard.runner.progress import Progress
from tunecard.runner.schema import Cut, Environment, Study, Timing
from tunecard.runner.search import backends
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.source import Source, check_paths
from tunecard.runner.store import folders
from tunecard.runner.store.journal import Value, recall_as
from tunecard.runner.store.resume import identity, open_run
from tunecard.runner.store.unchanged import VerifiedCheckpoint, WatchedFiles

_Cuts = RootModel[dict[str, Cut]]


@contextmanager
def run_session(
    study: str | Study | None,
    *,
    reports: Path,
    data_dir: Path | None,
    offline: bool,
    quick: bool,
    fresh: bool,
    budget: str | float | None,
    jobs: int | None,
    progress: Progress,
    overrides: Overrides | None = None,
    against: Path | None = None,
    on: Sequence[str] = (),
    backend: str = backends.LOCAL,
    scheduler: str | None = None,
    timing: bool | None = None,
    prepare_page: Callable[[], object] | None = None,
    publish: Callable[[Path], object] | None = None,
) -> Iterator[Path]:
    """Run a study, or resume its unfinished run, and lock its folder.

    The run is unfinished until the context ends well: a report rendered
    within it is resumed after an interruption, without measuring again.

    Parameters
    ----------
    study : str, Study or None
        A shipped study, a file, or a study made in Python; None for MNIST,
        falling back to digits.
    reports : Path
        Where the run folder is made.
    data_dir : Path or None
        The user's data folder.
    offline : bool
        Whether to leave the network alone.
    quick : bool
        Whether to take a subset of MNIST.
    fresh : bool
        Whether to begin again where an unfinished run could go on.
    budget : str, float or None
        For the whole run: seconds, or ``"10m"``. Rounds and candidates are
        cut to fit, and time that is left gives more rounds; what changes is reported.
    jobs : int or None
        Parallel processes of a search; None for one a core.
    progress : Progress
        Progress reporter.
    overrides : Overrides or None
        Models and data from Python, in place of the study's own.
    against : Path or None
        The reference run of the study's gates, only to be named in the command that
        runs the study again.
    on : sequence of str
        Engines that every model runs on, in place of those the study names.
    backend : str
        Where searches run: ``local`` or ``dask``. It is not part of the study: a run
        that was begun on one can be resumed on the other.
    scheduler : str or None
        Address of the Dask cluster's scheduler.
    timing : bool or None
        Whether fit and predict are timed; None as the study has it.
    prepare_page : callable or None
        As in :class:`tunecard.runner.context.RunContext`.
    publish : callable or None
        Called with the run folder, which holds the results without times, before the
        rounds of timing begin.

    Yields
    ------
    Path
        The run folder, with its results.json.

    Raises
    ------
    TunecardError
        If something the user wrote is wrong, data is out of reach, or a folder
        cannot be written. Only work that can go on is left behind.
    """
    check_paths({"--reports": reports})
    source = Source(study, data_dir=data_dir, offline=offline, overrides=overrides)
    now, begun = datetime.now(UTC), monotonic()
    early = _Early()
    limit = None if budget is None else _seconds(budget)
    _check_jobs(jobs)
    cluster = backends.address(backend, scheduler, jobs)
    made = folders.missing(reports)
    try:
        # An output that cannot be written is reported now, not after the work.
        folders.check(reports)
        if cluster is not None:
            jobs = _count_workers(cluster, progress)

        effective, dataset = source.ready(
            quick=quick, progress=progress, on=on, begin=early.begin
        )
        if timing is not None:
            switched = effective.timing.model_copy(update={"enabled": timing})
            effective = effective.model_copy(update={"timing": switched})
        names = (*engines.distributions(effective), *origins.distributions(effective))
        environment = describe(names)

        def identify(now: Environment) -> Value:
            return identity(effective, dataset, now, origins.own_code(effective))

        files = WatchedFiles(origins.source_files(effective))
        own = identify(environment)
        opened = open_run(
            reports,
            folders.run_id(effective, now),
            {**own, "budget": limit},
            now,
            boot_id=environment.boot_id,
            fresh=fresh,
            notice=progress.notice,
        )
    except BaseException:
        early.close()
        folders.remove_if_empty(*made)
        raise
    run = RunContext(
        run_id=opened.folder.name,
        folder=opened.folder,
        command=rerun.command(
            effective if overrides is not None else study,
            effective,
            quick=quick,
            budget=budget,
            against=against,
            on=on,
            timing=timing,
        ),
        prepare_page=prepare_page,
        publish=publish,
        templates=early.templates,
        deadline=None if limit is None else begun + limit,
        jobs=jobs or logical_cores(),
        environment=environment,
        started=opened.started,
        now=lambda: datetime.now(UTC),
        memory=VerifiedCheckpoint(
            opened.journal, files, own, lambda: identify(describe(names))
        ),
        n_sessions=opened.n_sessions,
        scheduler=cluster,
        load=lambda seed: _load_again(source, effective, dataset, seed),
    )
    try:
        with opened.journal:
            if not opened.measured:
                _do_work(effective, dataset, run, limit, progress)
            early.close()
            # A run may have been killed after its results, before this was done.
            shutil.rmtree(opened.folder / WORK, ignore_errors=True)
            yield opened.folder
            opened.journal.discard()
    finally:
        early.close()
        # In a notebook the process lives on, and must be able to go on with the run.
        opened.lock.release()
        folders.remove_if_empty(*made)


class _Early:
    """The template of the searches, which imports beside the checks of the study."""

    def __init__(self) -> None:
        self.templates: Templates | None = None

    def begin(self, study: Study) -> None:
        """Begin to import what the models of a study need."""
        self.close()
        self.templates = search_templates(study)
        self.templates.prepare()

    def close(self) -> None:
        """End what nobody needs."""
        if self.templates is not None:
            self.templates.close()


def _load_again(source: Source, study: Study, first: Dataset, seed: int) -> Dataset:
    """Load the data as another seed splits it: the same file as that of the first."""
    again = source.load(
        study,
        first.info.fallback_reason,
        notice=lambda _: None,  # that of the first seed was reported
        repetition=seed,
    )
    if again.info.sha256.get("file") != first.info.sha256.get("file"):
        raise DataError(
            f"{again.info.source}: changed while the run began, so that its seeds would "
            "have different data. Run the same command again."
        )
    return again


def _count_workers(scheduler: str, progress: Progress) -> int:
    """Count a cluster's workers, and refuse it now if it could not do the work."""
    progress.stage("cluster", 1)
    with Cluster(scheduler) as cluster:
        for processor in cluster.other_processors:
            progress.notice(
                f"--scheduler {scheduler}: a worker has another processor ({processor}); "
                "scores may differ in their last bits from those made on this machine."
            )
        n_workers = len(cluster.threads())
    counted = f"{n_workers} worker{'' if n_workers == 1 else 's'}"
    progress.step(f"{counted} at {scheduler}")
    return n_workers


def _check_first_fits(study: Study, dataset: Dataset, run: RunContext) -> None:
    """Stop before anything long where a model fails on a few rows; once a run."""
    if run.memory.recall("first fits") is None:
        child = plan.Child(threads=run.environment.logical_cores, work=run.folder / WORK)
        plan.check_first_fits(study, dataset, child)
        run.memory.record("first fits", {})


def _fit_to_budget(
    study: Study, dataset: Dataset, run: RunContext, limit: float, progress: Progress
) -> tuple[Study, dict[str, Cut]]:
    """Cut a study to a budget; a resumed run keeps its cut."""
    recorded = recall_as(run.memory, "budget", Study)
    cuts_made = recall_as(run.memory, "cuts", _Cuts)
    if recorded is not None and cuts_made is not None:
        return recorded, cuts_made.root
    progress.stage("plan", 1)
    planned = plan.plan(study, dataset, jobs=run.jobs, budget=limit, work=run.folder / WORK)
    smaller, cut = plan.fit_into(study, planned, limit)
    progress.step(f"about {planned.total_seconds / 60:.1f} min without a budget")
    for sentence in (*cut, *(m.problem for m in planned.models if m.problem)):
        progress.notice(f"--budget: {sentence}")
    cuts = plan.cuts_of(study, smaller, planned, f"a budget of {limit:g} s for the run")
    dumped = {name: cut.model_dump(mode="json") for name, cut in cuts.items()}
    run.memory.record("cuts", dumped)  # first: where the study is known, so are its cuts
    run.memory.record("budget", smaller.model_dump(mode="json"))
    return smaller, cuts


def _do_work(
    study: Study, dataset: Dataset, run: RunContext, limit: float | None, progress: Progress
) -> None:
    """Measure what is not measured yet, within the budget if there is one."""
    try:
        _check_first_fits(study, dataset, run)
        if limit is not None:
            if run.templates is not None:
                run.templates.start()  # what it imports would slow the trials down
            study, cuts = _fit_to_budget(study, dataset, run, limit, progress)
            run = replace(run, cuts=cuts)
        run_study(study, dataset, run, progress)
    except (StudyError, DataError):
        # Detected only now, but no later run of this study could resume from here. What
        # an earlier session has measured stays, whatever has changed since.
        if run.n_sessions == 1:
            shutil.rmtree(run.folder, ignore_errors=True)
        raise
    except OSError as error:
        if error.errno in LIMITS:
            raise LimitReached(
                f"The run cannot go on: {error.strerror}. What is finished is kept; raise "
                "the limit ('ulimit -a' prints it) and run the same command to resume."
            ) from error
        if error.errno not in NO_ROOM and not is_disk_full(str(error)):
            raise
        raise OutputError(
            f"{error.filename or run.folder}: cannot be written "
            f"({error.strerror or error}). What is finished is kept; make space and run "
            "the same command to resume."
        ) from error


def _check_jobs(jobs: int | None) -> None:
    """Refuse what is not a number of processes; scikit-learn's -1 is None here."""
    whole = isinstance(jobs, int) and not isinstance(jobs, bool)
    if jobs is not None and not (whole and jobs >= 1):
        raise StudyError(
            f"jobs = {jobs!r}: must be an integer of at least 1, or None for one a core."
        )


def _seconds(budget: str | float) -> float:
    """Read a duration as a study file writes it."""
    try:
        return Timing.model_validate({"budget": budget}).budget
    except ValidationError as error:
        raise StudyError(
            f"--budget {budget}: is not a duration; write a number above 0 and s, m or h, "
            'as in "10m".'
        ) from error
