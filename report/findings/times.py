"""Rules about how the times were taken."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, CaseAnalysis
from tunecard.report.findings.types import Evidence
from tunecard.report.stats.verdicts import MIN_ROUNDS
from tunecard.runner.schema import Params

#: Share of workers without an undisturbed call from which the times are doubtful.
DOUBTFUL_SHARE = 0.2
#: The calibration kernel's slowest over its fastest moment, less 1, worth a finding.
DRIFT = 0.10


def few_rounds(analysis: Analysis) -> Iterator[Evidence]:
    """Detect times that rest on too few rounds for a verdict."""
    short = [
        (model.label, max(time.n_rounds + time.n_disturbed for time in model.times))
        for model in analysis.models
        if model.times
        and max(time.n_rounds + time.n_disturbed for time in model.times) < MIN_ROUNDS
    ]
    if short:
        rounds = [
            f"{label}: {formats.counted(n_rounds, 'round')}" for label, n_rounds in short
        ]
        evidence = f"{'; '.join(rounds)}; a verdict needs {MIN_ROUNDS}."
        yield Evidence("issue", evidence, "time")


def contaminated_samples(analysis: Analysis) -> Iterator[Evidence]:
    """Detect timed calls during which other processes used the machine."""
    for model in analysis.models:
        timed = [times for case in model.cases for times in case.times.values()]
        calls = [call for times in timed for call in times.samples if not call.cold]
        n_bad = sum(call.contaminated for call in calls)
        if not n_bad:
            continue
        workers = [value.contaminated for times in timed for value in times.rounds]
        n_without = sum(workers)
        doubtful = n_without >= DOUBTFUL_SHARE * len(workers)
        remainder = "; every round has undisturbed calls"
        if n_without:
            counted = formats.counted(len(workers), "round value")
            rest = "rests" if n_without == 1 else "rest"
            remainder = (
                f"; {formats.count(n_without)} of {counted} {rest} on disturbed calls only "
                "and are used for no verdict"
            )
        evidence = (
            f"{model.label}: {formats.count(n_bad)} of {formats.count(len(calls))} timed "
            f"calls ({formats.percent(n_bad / len(calls))}){remainder}."
        )
        yield Evidence("issue" if doubtful else "note", evidence, "time", model.name)


def oversubscribed(analysis: Analysis) -> Iterator[Evidence]:
    """Detect more threads at work than the machine has cores."""
    cores = analysis.environment.logical_cores
    for model in analysis.models:
        uses = [
            text
            for case in model.cases
            if (text := _describe_threads(case, cores)) is not None
        ]
        if model.search is not None:
            cost = model.search.cost
            if cost.jobs and cost.threads and cost.jobs * cost.threads > cores:
                jobs = formats.counted(cost.jobs, "process", "processes")
                threads = formats.counted(cost.threads, "thread")
                uses.append(f"the search ran {jobs} of {threads} each")
        if uses:
            evidence = (
                f"{model.label}: {formats.listed(uses)} on "
                f"{formats.counted(cores, 'core')}."
            )
            yield Evidence("tip", evidence, "time", model.name)


def _describe_threads(case: CaseAnalysis, cores: int) -> str | None:
    """Return how many threads a case ran, if they were too many, and what they used."""
    pools = [pool.num_threads for pool in case.thread_pools]
    most = max([case.threads or 1, *pools])
    jobs = _count_jobs(case.params, cores)
    if most * jobs <= cores:
        return None
    text = f"the {case.variant} case ran {formats.counted(most, 'thread')}"
    if jobs > 1:
        text += f" in each of {jobs} jobs"
    used = [
        f"{times.cpu_seconds / times.seconds:.1f} in {times.operation}"
        for times in case.times.values()
        if times.seconds and times.cpu_seconds is not None
    ]
    return f"{text} (CPU seconds per second: {formats.listed(used)})" if used else text


def _count_jobs(params: Params, cores: int) -> int:
    """Return the jobs that the estimator itself requests: scikit-learn's ``n_jobs``."""
    values = [v for name, v in params.items() if name.rpartition("__")[2] == "n_jobs"]
    numbers = [value for value in values if isinstance(value, int) and value != 0]
    return max((n if n > 0 else max(cores + 1 + n, 1) for n in numbers), default=1)


def _describe_drift(drift: float) -> str:
    """Write how far the slowest lies above the fastest, as a factor from twice on."""
    if drift < 1:
        return f"{formats.percent(drift)} apart"
    return f"{formats.ratio(1 + drift)} times as long"


def unsteady_machine(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a machine whose own speed moved during the run."""
    kernel = analysis.kernel
    if kernel is None:
        return
    ranges = [
        f"{name} took {formats.seconds(min(values))} to {formats.seconds(max(values))} "
        f"({_describe_drift(drift)})"
        for name, drift, values in (
            (
                "a matrix product",
                kernel.sgemm_drift,
                [moment.sgemm for moment in kernel.moments],
            ),
            (
                "copying 200 MB",
                kernel.copy_drift,
                [moment.copy for moment in kernel.moments],
            ),
        )
        if drift > DRIFT
    ]
    if ranges:
        moments = formats.counted(len(kernel.moments), "moment")
        evidence = f"At {moments} of the run {formats.listed(ranges)}."
        yield Evidence("note", evidence, "time")
