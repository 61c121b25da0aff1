"""run_study(): the only file with the order of a run.

data -> search -> quality -> rounds of timing -> results
"""

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tunecard.runner import assemble, models, quality
from tunecard.runner.assemble import Searched
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.rounds import Rounds, first_passes, run_rounds, untimed_passes
from tunecard.runner.clock.stopwatch import Stopwatch
from tunecard.runner.context import WORK, RunContext
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import SearchFailed
from tunecard.runner.host import machine
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.internals import openmp_threads
from tunecard.runner.models import origins
from tunecard.runner.parts import SeedSplit, have_own_rows, parts_of
from tunecard.runner.processes.template import CLOCK, SEARCH, Fork, Templates
from tunecard.runner.progress import Progress
from tunecard.runner.schema import (
    SCHEMA_VERSION,
    ModelSpec,
    Params,
    Results,
    Split,
    Study,
    Variant,
)
from tunecard.runner.schema.base import utc
from tunecard.runner.search import backends, n_steps, tune
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.store import resume
from tunecard.runner.store.journal import PrefixedCheckpoint
from tunecard.runner.written import write_outputs, write_run

#: Multiplications of a product of matrices up to which OpenBLAS does not share it among
#: threads: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD of its interface/gemm.c.
_ONE_THREAD = 65_536 * 4
#: Up to which threads that wait for one another cost a fit more than they save.
_LITTLE = 2**24


def run_study(
    study: Study, dataset: Dataset, run: RunContext, progress: Progress
) -> Results:
    """Run a study and write its results.

    Parameters
    ----------
    study : Study
        From `prepare`.
    dataset : Dataset
        Its data.
    run : RunContext
        Where, as what, with how many processes.
    progress : Progress
        Progress reporter.

    Returns
    -------
    Results
        Also written to ``run.folder``, beside predictions.parquet.

    Raises
    ------
    TunecardError
        If the folder cannot be written; what is finished stands in
        ``run.memory``. A case that fails is not an error but a row in the results.
    """
    watch = Stopwatch()
    work = run.folder / WORK
    timed = study.timing.enabled
    # Times from before a reboot do not stand beside times from after it.
    boot = PrefixedCheckpoint(run.memory, resume.boot(run.environment.boot_id))
    with run.templates or search_templates(study) as templates:
        templates.prepare()
        parts = parts_of(study, dataset, work / "data", run.load)
        watch.lap("data on disk")
        _notice_unweighted(parts[0], study, progress)
        searched = []
        with backends.connected(run.scheduler) as cluster:
            for part in parts:
                for spec in study.models:
                    fork = partial(templates.fork_quietly, spec.name)
                    searched.append(
                        _run_search(spec, study, part, run, progress, cluster, fork)
                    )
                    watch.lap(f"search: {spec.label}")
        write_outputs(searched, parts, dataset, run.folder)
        bench = _bench(study, work)
        cases = _make_cases(searched, parts)
        forking = replace(bench, templates=templates)
        # Outer splits ask how well a procedure does; what it costs one of them shows.
        seeds = _timed_seeds(study)
        first = [case for case in cases if case.seed in seeds]
        others = [case for case in cases if case.seed not in seeds]
        done = first_passes(first, forking, boot, progress)
        watch.split(done.spent)
        if others:
            with _beside(run.prepare_page):
                threads, at_once = _untimed_threads(study, dataset, run.jobs)
                alike = replace(forking, threads=threads)
                quickly = untimed_passes(others, alike, boot, progress, at_once=at_once)
            done = done._replace(cases=[*done.cases, *quickly.cases])
            watch.split(quickly.spent)
    whole = _Whole(study, dataset, run, tuple(parts), tuple(searched), watch)
    if timed:
        with _templates(study, threads=bench.threads, base=CLOCK) as templates:
            templates.prepare()
            whole.publish(done)
            budget = min(study.timing.budget, run.seconds_left())
            forking = replace(bench, templates=templates)
            first, others = done.cases[: len(first)], done.cases[len(first) :]
            done = run_rounds(first, forking, boot, progress, budget=budget)
            done = done._replace(cases=[*done.cases, *others])
            watch.split(done.spent)
    progress.stage("results", 1)
    results = whole.write(done, None if timed else assemble.NOT_TIMED)
    resume.record_written(run.memory, run.folder)
    shutil.rmtree(work, ignore_errors=True)
    progress.step("written")
    return results


@contextlib.contextmanager
def _beside(work: Callable[[], object] | None) -> Iterator[None]:
    """Do work in a thread meanwhile; an error in it recurs where its result is needed."""

    def quietly() -> None:
        with contextlib.suppress(Exception):
            if work is not None:
                work()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _untimed_threads(study: Study, dataset: Dataset, jobs: int) -> tuple[int, int]:
    """Return the threads of a case that is not timed, and how many run side by side.

    With another number of threads a fit that has not converged ends elsewhere. So the
    cases of one split have as many as timed ones, and run alone where OpenBLAS uses them.
    Each of several outer splits stands for others that might have been drawn: there a
    small fit has one.
    """
    n_rows, n_features = dataset.X_train.shape
    n_columns = max(len(dataset.info.classes), 1)  # of coefficients
    product = n_rows * n_features * n_columns
    if study.split.n_outer > 1 and product <= _LITTLE:
        return 1, jobs
    return logical_cores(), jobs if product <= _ONE_THREAD else 1


def _timed_seeds(study: Study) -> tuple[int, ...]:
    """Return the seeds whose cases are timed: of several outer splits the first."""
    if not study.timing.enabled:
        return ()
    return study.all_seeds[:1] if study.split.n_outer > 1 else study.all_seeds


def _notice_unweighted(part: SeedSplit, study: Study, progress: Progress) -> None:
    """Name the models whose fit takes no sample weights, where the rows have some."""
    use = assemble.weight_use(part, study)
    for spec in study.models:
        if use is not None and spec.name in use.unweighted:
            progress.notice(
                f"{spec.label}: its fit takes no sample weights; {use.column!r} does not "
                "change it."
            )


def _bench(study: Study, work: Path) -> BenchSettings:
    """Return what all workers share."""
    return BenchSettings(
        data=work / "data",
        work=work,
        seed=study.seed,
        threads=logical_cores(),
        case_seconds=study.limits.case_seconds,
        memory=study.limits.memory,
        metrics=study.metric_names,
    )


def search_templates(study: Study) -> Templates:
    """Make the templates of a study's searches and untimed passes."""
    return _templates(study, threads=1, base=SEARCH)


def _templates(study: Study, *, threads: int, base: tuple[str, ...]) -> Templates:
    """Make the templates of a study's models; none starts before it is needed."""
    imports = {spec.name: origins.modules_of(spec) for spec in study.models}
    path = tuple(str(Path(entry).absolute()) for entry in sys.path)
    return Templates(imports, os.environ, threads=threads, path=path, base=base)


@dataclass(frozen=True)
class _Whole:
    """What the results are made of, the measured cases aside."""

    study: Study
    dataset: Dataset
    run: RunContext
    parts: tuple[SeedSplit, ...]
    searched: tuple[Searched, ...]
    watch: Stopwatch

    def _why_untimed(self, case: MeasuredCase, untimed: str | None) -> str | None:
        """Return why a case is not timed; None where it is."""
        if untimed is None and case.seed not in _timed_seeds(self.study):
            return assemble.TIMED_ONCE
        return untimed

    def publish(self, done: Rounds) -> None:
        """Write the page without times, where one is wanted."""
        if self.run.publish is None:
            return
        self.write(done, assemble.IN_PROGRESS, in_progress=True)
        self.run.publish(self.run.folder)
        self.watch.lap("page without times")

    def write(
        self, done: Rounds, untimed: str | None, *, in_progress: bool = False
    ) -> Results:
        """Write the results of cases that have their rounds, or none yet."""
        study, run, searched = self.study, self.run, self.searched
        of_seed = {part.seed: part for part in self.parts}
        cases = [
            assemble.case_row(
                case, study, of_seed[case.seed], self._why_untimed(case, untimed)
            )
            for case in done.cases
        ]
        cases += [assemble.never_tuned(item, study) for item in searched if item.failure]
        tuned = [item.tuned for item in searched if item.tuned]
        self.watch.lap("scoring")
        results = Results(
            schema_version=SCHEMA_VERSION,
            run_id=run.run_id,
            started=run.started,
            finished=utc(run.now()),
            wall_seconds=self.watch.total(),
            n_sessions=run.n_sessions,
            command=run.command,
            study=study.without_content(),
            dataset=self.dataset.info,
            environment=run.environment,
            metrics=quality.specs_for(self.dataset.info, study.metric_names),
            cases=assemble.in_study_order(cases, study),
            searches=tuple(
                assemble.search_record(
                    item,
                    item.tuned,
                    study,
                    jobs=run.jobs,
                    threads=openmp_threads(),
                    cut=run.cuts.get(item.spec.name),
                )
                for item in searched
                if item.tuned
            ),
            warnings=assemble.all_warnings(searched, done.cases),
            calibrations=done.calibrations,
            stages=self.watch.stages(),
            peak_memory={
                "main": machine.resident_highest(),
                "search": max((search.peak_memory for search in tuned), default=0),
                "worker": max((case.peak_memory for case in done.cases), default=0),
            },
            splits=tuple(
                Split(seed=part.seed, dataset=part.dataset.info)
                for part in (self.parts if have_own_rows(self.parts) else ())
            ),
            weights=assemble.weight_use(self.parts[0], study),
            in_progress=in_progress,
        )
        write_run(results, done.cases, self.parts, run.folder)
        return results


def _run_search(
    spec: ModelSpec,
    study: Study,
    part: SeedSplit,
    run: RunContext,
    progress: Progress,
    cluster: Cluster | None,
    fork: Fork,
) -> Searched:
    seed = part.seed
    if spec.search is None:
        return Searched(spec, seed)
    inputs = part.inputs[spec.name]
    encoding = inputs.encoding
    # The search is handed the training rows alone.
    train = inputs.X_train, inputs.y_train
    estimator = models.build(spec, {}, seed, encoding)
    label, memory = spec.label, run.memory
    if study.repetitions:
        label, memory = f"{label}, seed {seed}", PrefixedCheckpoint(memory, f"seed {seed}")
    code = part.dataset.info.positive_code

    def rename(params: Params) -> Params:
        return models.prefixed(spec, params, encoding, seed=seed)

    n_features, weight = train[0].shape[1], part.dataset.weight
    steps = n_steps(
        estimator,
        spec.search,
        seed,
        train[1],
        n_features,
        study.metric,
        rename,
        study.task,
        weighted=weight is not None,
    )
    progress.stage(f"search: {label}", steps)
    try:
        tuned = tune(
            estimator,
            spec.search,
            *train,
            seed=seed,
            n_jobs=run.jobs,
            progress=progress.step,
            metric=study.metric,
            positive=None if code is None else inputs.task.labels[code],
            rename=rename,
            memory=PrefixedCheckpoint(memory, f"search {spec.name}"),
            limits=study.limits,
            cluster=cluster,
            work=run.folder / WORK / "search",
            resampling=part.dataset.resampling_of(spec),
            fork=fork,
            task=study.task,
            weight=weight,
        )
    except SearchFailed as error:
        progress.notice(f"search: {label}: {error}")
        return Searched(spec, seed, failure=str(error))
    return Searched(spec, seed, tuned=tuned)


def _make_cases(
    searched: Sequence[Searched], parts: Sequence[SeedSplit]
) -> list[MeasuredCase]:
    """List the cases of all seeds; of a single one they bear no seed in their names."""
    of_seed = {part.seed: part for part in parts}
    cases = []
    for item in searched:
        spec, part = item.spec, of_seed[item.seed]
        params: dict[Variant, Params] = {"baseline": spec.given_params("baseline") or {}}
        fixed_params = spec.given_params("tuned")
        if item.tuned is not None or fixed_params is not None:
            params["tuned"] = (
                item.tuned.params if item.tuned is not None else fixed_params or {}
            )
        cases += [
            MeasuredCase(
                spec.of_variant(variant),
                variant,
                values,
                seed=item.seed,
                n_seeds=len(parts),
                data=part.folder_of(spec, variant),
                encoding=part.inputs_of(spec, variant).encoding,
            )
            for variant, values in params.items()
        ]
    return cases
