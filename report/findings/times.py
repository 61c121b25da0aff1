"""Rules about how the times were taken."""

from collections.abc import Iterator

from report import formats
from report.analyse.types import Analysis
from report.findings.types import Fact, Severity
from report.stats.verdicts import MIN_ROUNDS

#: Share of contaminated samples from which the times are doubtful.
DOUBTFUL_SHARE = 0.2


def few_rounds(analysis: Analysis) -> Iterator[Fact]:
    """See times that rest on too few rounds for a verdict."""
    short = [
        (model.label, max(time.n_rounds for time in model.times))
        for model in analysis.models
        if model.times and max(time.n_rounds for time in model.times) < MIN_ROUNDS
    ]
    if short:
        told = [
            f"{label}: {formats.counted(n_rounds, 'round')}" for label, n_rounds in short
        ]
        evidence = f"{'; '.join(told)}; a verdict needs {MIN_ROUNDS}."
        yield Fact("issue", evidence, "time")


def contaminated_samples(analysis: Analysis) -> Iterator[Fact]:
    """See timed calls during which other processes used the machine."""
    for model in analysis.models:
        counted = [
            sample
            for case in model.cases
            for times in case.times.values()
            for sample in times.samples
            if sample.counted
        ]
        n_bad = sum(sample.contaminated for sample in counted)
        if n_bad:
            share = n_bad / len(counted)
            evidence = (
                f"{model.label}: {formats.count(n_bad)} of "
                f"{formats.count(len(counted))} timed calls ({formats.percent(share)})."
            )
            severity: Severity = "issue" if share >= DOUBTFUL_SHARE else "note"
            yield Fact(severity, evidence, "time", model.name)


def oversubscribed(analysis: Analysis) -> Iterator[Fact]:
    """See more threads at work than the machine has cores."""
    cores = analysis.environment.logical_cores
    for model in analysis.models:
        told = [
            f"the {case.variant} case ran {formats.counted(case.threads, 'thread')}"
            for case in model.cases
            if case.threads is not None and case.threads > cores
        ]
        if model.search is not None:
            cost = model.search.cost
            if cost.jobs * cost.threads > cores:
                jobs = formats.counted(cost.jobs, "process", "processes")
                threads = formats.counted(cost.threads, "thread")
                told.append(f"the search ran {jobs} of {threads} each")
        if told:
            evidence = (
                f"{model.label}: {formats.listed(told)} on "
                f"{formats.counted(cores, 'core')}."
            )
            yield Fact("tip", evidence, "time", model.name)
