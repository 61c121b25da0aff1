"""Several seeds -> one analysis: means over the seeds, and verdicts over all of them.

Rows of different seeds are never pooled. What belongs to the rows of one seed, such
as a confusion matrix, is not in the result, but in the analysis of that seed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal

from tunecard.report.analyze.engines import engines_over
from tunecard.report.analyze.memory import compare_memory
from tunecard.report.analyze.seeds_quality import (
    NO_ROWS,
    agreed_over,
    classes_over,
    comparison_over,
    decided_over,
    mean_over,
    metrics_over,
)
from tunecard.report.analyze.seeds_times import latencies_over, times_agreed, times_over
from tunecard.report.analyze.times import compare_times
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    MemoryComparison,
    ModelAnalysis,
    MostFrequent,
    QualityComparison,
    QualityTest,
    SeedsAnalysis,
    TimeComparison,
    TunedComparison,
)
from tunecard.report.stats.families import decide
from tunecard.runner.schema import Results

ONE_SEED = "it belongs to the test rows of one seed, and is on the page of that seed"
ONE_SPLIT = "it belongs to the test rows of one split"
OWN_SEARCH = "each {noun} has a search of its own; the table of {noun}s shows what it chose"


def over_seeds(analyses: Sequence[Analysis], results: Results) -> Analysis:
    """Put the analyses of several seeds together.

    Parameters
    ----------
    analyses : sequence of Analysis
        Of each seed alone, in the study's order.
    results : Results
        Of all of them.

    Returns
    -------
    Analysis
        Metrics and times are means over the seeds. Where each seed splits the data
        again, a difference is tested over the seeds (Nadeau and Bengio 2003); where
        they share the test rows, the verdicts of all seeds must agree.
    """
    first = analyses[0]
    noun: Literal["seed", "split"] = "split" if results.study.split.n_outer > 1 else "seed"
    seeds = SeedsAnalysis(
        results.study.repetitions, bool(results.splits), tuple(analyses), noun
    )
    names = [model.name for model in first.models]
    tests = _tests(
        {name: [analysis.model(name).quality for analysis in analyses] for name in names},
        seeds,
    )
    models = tuple(_model(name, tests.get(name), seeds) for name in names)
    return replace(
        first,
        models=models,
        between=_between(seeds),
        predictions_reason=next(
            (
                analysis.predictions_reason
                for analysis in analyses
                if analysis.predictions_reason
            ),
            None,
        ),
        most_frequent=_most_frequent([analysis.most_frequent for analysis in analyses]),
        seeds=seeds,
        order=(),
        out_of_range=None,
        engines=engines_over(analyses, models),
    )


def _tests(
    compared: Mapping[str, Sequence[QualityComparison | TunedComparison | None]],
    seeds: SeedsAnalysis,
) -> dict[str, QualityTest]:
    """Test a family of differences over the seeds; what a seed lacks is left out."""
    by_name = {
        name: [of_seed.test for of_seed in of_seeds if of_seed is not None]
        for name, of_seeds in compared.items()
    }
    whole = {
        name: tests for name, tests in by_name.items() if len(tests) == len(seeds.seeds)
    }
    means = {name: mean_over(tests, seeds) for name, tests in whole.items()}
    family = {name: mean for name, mean in means.items() if mean is not None}
    margins = [tests[0].margin for tests in whole.values()]
    margin = margins[0] if margins else None
    decisions = decide(family, margin, n_others=len(whole) - len(family))
    return {
        name: decided_over(tests, family[name], decisions[name], seeds)
        if name in family
        else agreed_over(tests, seeds)
        for name, tests in whole.items()
    }


def _model(name: str, test: QualityTest | None, seeds: SeedsAnalysis) -> ModelAnalysis:
    models = [analysis.model(name) for analysis in seeds.analyses]
    first = models[0]
    same = all(
        model.baseline and model.tuned and model.baseline.python == model.tuned.python
        for model in models
    )
    baseline = _case([model.baseline for model in models], seeds, same=same)
    tuned = _case([model.tuned for model in models], seeds, same=same)
    compared = [model.quality for model in models if model.quality is not None]
    times: tuple[TimeComparison, ...] = ()
    memory: tuple[MemoryComparison, ...] = ()
    if baseline is not None and tuned is not None:
        times = times_agreed(compare_times(baseline, tuned), seeds, name)
        memory = compare_memory(baseline, tuned)
    return replace(
        first,
        baseline=baseline,
        tuned=tuned,
        quality=comparison_over(compared, test, seeds) if test is not None else None,
        quality_reason=None if test is not None else _why_not(models, seeds),
        times=times,
        memory=memory,
        errors=None,
        search=None,
        search_reason=OWN_SEARCH.format(noun=seeds.noun)
        if first.search is not None
        else first.search_reason,
    )


def _why_not(models: Sequence[ModelAnalysis], seeds: SeedsAnalysis) -> str:
    for seed, model in zip(seeds.seeds, models, strict=True):
        if model.quality is None:
            reason = model.quality_reason or "there is nothing to compare"
            # What all seeds lack is not particular to this one.
            missing = all(each.quality_reason == model.quality_reason for each in models)
            return reason if missing else f"with {seeds.name_of(seed)}, {reason}"
    return "there is nothing to compare"


def _case(
    cases: Sequence[CaseAnalysis | None], seeds: SeedsAnalysis, *, same: bool
) -> CaseAnalysis | None:
    """Put a case of all seeds together; one that failed with any seed has failed."""
    present = [case for case in cases if case is not None]
    if len(present) < len(cases):
        return None
    first = present[0]
    whole = replace(
        first,
        # Lines of one seed's own estimator are not those of all.
        python=first.python
        if same
        else (f"# {first.variant}: another with each {seeds.noun}",),
        converged=_all(case.converged for case in present),
        n_iter=_largest(case.n_iter for case in present),
        zero_probability=_largest(case.zero_probability for case in present),
        confusion=None,
        calibration=None,
        calibration_reason=ONE_SEED if seeds.have_pages else ONE_SPLIT,
    )
    for seed, case in zip(seeds.seeds, present, strict=True):
        if not case.ok:
            return replace(
                whole,
                status=case.status,
                reason=f"with {seeds.name_of(seed)}: "
                f"{case.reason or 'no reason was recorded'}",
                metrics=(),
                per_class=(),
                times={},
                latencies=(),
            )
    # Of several outer splits one alone is timed.
    timed = [case for case in present if case.times] or present
    return replace(
        whole,
        metrics=metrics_over(present, seeds),
        per_class=classes_over(present),
        times=times_over(timed),
        latencies=latencies_over(timed),
    )


def _between(seeds: SeedsAnalysis) -> tuple[TunedComparison, ...]:
    """Test every pair of tuned models that each seed can compare."""
    by_pair = [
        {f"{pair.first}/{pair.second}": pair for pair in analysis.between}
        for analysis in seeds.analyses
    ]
    pairs = {name: [of_seed.get(name) for of_seed in by_pair] for name in by_pair[0]}
    tests = _tests(pairs, seeds)
    return tuple(
        replace(by_pair[0][name], table=NO_ROWS, test=test) for name, test in tests.items()
    )


def _most_frequent(values: Sequence[MostFrequent | None]) -> MostFrequent | None:
    present = [value for value in values if value is not None]
    if len(present) < len(values):
        return None
    judged = [value.value for value in present if value.value is not None]
    return replace(
        present[0],
        accuracy=fmean(value.accuracy for value in present),
        value=fmean(judged) if len(judged) == len(present) else None,
    )


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _all(values: Iterable[bool | None]) -> bool | None:
    answers = [value for value in values if value is not None]
    return all(answers) if answers else None
