"""run_study(): the only file with the order of a run.

data -> search -> quality -> rounds of timing -> results
"""

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tunecard.runner import assemble, cases, models, quality
from tunecard.runner.assemble import Searched
from tunecard.runner.clock import timing
from tunecard.runner.clock.case import BenchSettings, MeasuredCase
from tunecard.runner.clock.rounds import Rounds, first_passes, run_rounds, untimed_passes
from tunecard.runner.clock.stopwatch import ANSWERS, Stopwatch
from tunecard.runner.context import WORK, RunContext
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import SearchFailed
from tunecard.runner.host import machine
from tunecard.runner.host.cores import SLEEP_AT_ONCE, logical_cores
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
)
from tunecard.runner.schema.base import utc
from tunecard.runner.search import backends, n_steps, tune
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.store import resume
from tunecard.runner.store.journal import Checkpoint, PrefixedCheckpoint
from tunecard.runner.written import write_outputs, write_run


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
        untimed, timed = cases.apart(study, dataset, cases.make_cases(searched, parts))
        done = Rounds([], (), {})
        if untimed:
            threads, at_once = cases.untimed_threads(study, dataset, run.jobs)
            alike = replace(
                bench, templates=templates, threads=threads, environ=_untimed_environ()
            )
            with _beside(run.prepare_page):
                done = untimed_passes(untimed, alike, boot, progress, at_once=at_once)
            watch.split(done.spent, ANSWERS)
    whole = _Whole(study, dataset, run, tuple(parts), tuple(searched), watch)
    if study.timing.enabled:
        if not timed:  # before a template imports, which would delay it by a second or two
            whole.publish(done)
        with _templates(study, os.environ, threads=bench.threads, base=CLOCK) as templates:
            templates.prepare()
            forking = replace(bench, templates=templates)
            done = _time(done.cases, timed, forking, boot, progress, whole)
    progress.stage("results", 1)
    results = whole.write(done, None if study.timing.enabled else assemble.NOT_TIMED)
    resume.record_written(run.memory, run.folder)
    shutil.rmtree(work, ignore_errors=True)
    progress.step("written")
    return results


def _time(
    answered: Sequence[MeasuredCase],
    unanswered: Sequence[MeasuredCase],
    bench: BenchSettings,
    memory: Checkpoint,
    progress: Progress,
    whole: "_Whole",
) -> Rounds:
    """Take the cold calls and the rounds.

    The page is written once all have answered; where all had, the caller has written it.
    """
    study, watch = whole.study, whole.watch

    def first(these: Sequence[MeasuredCase], *, scored: bool) -> list[MeasuredCase]:
        done = first_passes(these, bench, memory, progress, scored=scored)
        watch.split(done.spent)
        return done.cases

    timed, others = cases.split_by_timing(answered, study)
    if unanswered:
        timed = first(unanswered, scored=True)
        if bench.templates is not None:  # those of the rounds import beside the page
            bench.templates.prepare(timing.MIN_ROUNDS)
        whole.publish(Rounds([*timed, *others], (), {}))
    else:
        timed = first(timed, scored=False)
    budget = min(study.timing.budget, whole.run.seconds_left())
    done = run_rounds(timed, bench, memory, progress, budget=budget)
    watch.split(done.spent)
    return done._replace(cases=[*done.cases, *others])


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


def _untimed_environ() -> dict[str, str]:
    """Return the environment of work that is not timed: idle threads sleep at once."""
    return {**SLEEP_AT_ONCE, **os.environ}


def search_templates(study: Study) -> Templates:
    """Make the templates of a study's searches and untimed passes."""
    return _templates(study, _untimed_environ(), threads=1, base=SEARCH)


def _templates(
    study: Study, environ: Mapping[str, str], *, threads: int, base: tuple[str, ...]
) -> Templates:
    """Make the templates of a study's models; none starts before it is needed."""
    imports = {spec.name: origins.modules_of(spec) for spec in study.models}
    path = tuple(str(Path(entry).absolute()) for entry in sys.path)
    return Templates(imports, environ, threads=threads, path=path, base=base)


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
        if untimed is None and case.seed not in cases.timed_seeds(self.study):
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
        rows = [
            assemble.case_row(
                case, study, of_seed[case.seed], self._why_untimed(case, untimed)
            )
            for case in done.cases
        ]
        rows += [assemble.never_tuned(item, study) for item in searched if item.failure]
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
            cases=assemble.in_study_order(rows, study),
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
