"""The verdicts as sentences, the same in HTML, Markdown and terminal.

Every sentence comes from intervals and tests, never from two point estimates
alone.
"""

from collections.abc import Sequence

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, ModelAnalysis, SeedsAnalysis
from tunecard.report.conclusion.costs import (
    cpu_words,
    open_times,
    scope_of_times,
    search_cost,
    times,
    why_open,
)
from tunecard.report.conclusion.quality import (
    adjusted_p,
    against_margin,
    between,
    claim,
    evidence,
    exceeds_margin,
    headline,
    interval_name,
    power,
)
from tunecard.report.conclusion.types import Conclusion, ModelConclusion

__all__ = [
    "Conclusion",
    "ModelConclusion",
    "adjusted_p",
    "against_margin",
    "conclude",
    "cpu_words",
    "interval_name",
    "power",
    "why_open",
]


def conclude(analysis: Analysis) -> Conclusion:
    """Put an analysis into sentences.

    Parameters
    ----------
    analysis : Analysis
        Numbers and verdict words.

    Returns
    -------
    Conclusion
    """
    models = tuple(_conclude_model(model, analysis) for model in analysis.models)
    claims = [part.claim for part in models if analysis.model(part.model).is_tuned]
    question = "Does fine-tuning significantly improve performance?"
    return Conclusion(
        summary=_summarize(analysis),
        models=models,
        between=tuple(between(pair, analysis) for pair in analysis.between),
        limits=_list_limits(analysis),
        claim=" ".join([question, *claims]) if claims else "",
    )


def _conclude_model(model: ModelAnalysis, analysis: Analysis) -> ModelConclusion:
    head = headline(model)
    parts = [head]
    if model.quality is not None:
        numbers = evidence(model.quality.test, analysis, model.quality.table.discordant)
        parts = [f"{head}: {numbers}"]
    parts += times(model)
    parts += search_cost(model)
    return ModelConclusion(
        model=model.name,
        headline=head,
        sentence="; ".join(parts) + ".",
        claim=claim(model, analysis),
        open_times=open_times(model, analysis.more_rounds),
        scope_of_times=scope_of_times(model, analysis),
    )


def _summarize(analysis: Analysis) -> str:
    models = analysis.models
    compared = [model for model in models if model.quality is not None]
    if not compared:
        return "No model has a baseline and a tuned case that can be compared."
    groups = {
        "better": "made {} better",
        "worse": "made {} worse",
        "equivalent": "made no difference that matters to {}",
    }
    clauses = []
    for word, phrase in groups.items():
        of_word = [model for model in compared if model.quality_word == word]
        if of_word:
            labels = formats.listed([model.label for model in of_word])
            clauses.append(f"{phrase.format(labels)}{_against_margin(of_word)}")
    sentences = [f"tuning {formats.listed(clauses)}."] if clauses else []
    undecided = [model.label for model in compared if model.quality_word == "inconclusive"]
    if undecided:
        we = "We" if sentences else "we"
        sentences.append(
            f"{we} cannot tell whether tuning changed {formats.listed(undecided)}."
        )
    text = f"By {analysis.metric.label}, {' '.join(sentences)}"
    left = [model.label for model in models if model.quality is None and model.is_tuned]
    if left:
        text += f" It cannot be judged for {formats.listed(left)}."
    return text


def _against_margin(models: Sequence[ModelAnalysis]) -> str:
    """Return which differences, all better or all worse, may be below the margin."""
    tests = [(model.label, model.quality.test) for model in models if model.quality]
    left = [
        label
        for label, test in tests
        if test.word in ("better", "worse") and not exceeds_margin(test)
    ]
    if not left:
        return ""
    margin = formats.margin(tests[0][1].margin, tests[0][1].metric)
    whose = "" if len(left) == len(tests) else f" for {formats.listed(left)}"
    return f" (whether by more than the margin of {margin} is open{whose})"


def _explain_intervals(seeds: SeedsAnalysis | None) -> str:
    """Return what intervals over several seeds cover; nothing where there is one seed."""
    if seeds is None:
        return ""
    listed = formats.listed([str(seed) for seed in seeds.seeds])
    if seeds.noun == "split":
        return (
            f"Numbers are means over {len(seeds.seeds)} outer splits, each with its own "
            "search. Brackets are 95 % intervals of these means, corrected for the rows "
            "that the splits share (Nadeau and Bengio, 2003). They apply to tuning as a "
            "procedure on data like this."
        )
    if seeds.resplit:
        return (
            f"Numbers are means over the seeds {listed}, each with a split of its own. "
            "Brackets are 95 % intervals of these means, corrected for the rows that the "
            "splits share (Nadeau and Bengio, 2003). They cover the chance of split and "
            "seed, as far as so few seeds can show it."
        )
    return (
        f"Numbers are means over the seeds {listed}, on the same test rows. Brackets hold "
        "the 95 % intervals of all seeds, which cover the chance in which test rows were "
        "drawn; a verdict is reported only if all seeds agree on it."
    )


def _explain_brackets(analysis: Analysis) -> str:
    """Return the level of the intervals; that of verdicts is their family's."""
    tests = [model.quality.test for model in analysis.models if model.quality]
    adjusted = [test for test in tests if test.interval.adjusted]
    if not adjusted:
        return "Brackets are 95 % intervals."
    level = formats.level(adjusted[0].interval.level)
    models = formats.counted(adjusted[0].n_tests, "model")
    return (
        f"Brackets are 95 % intervals; those next to verdicts are {level} intervals, "
        f"adjusted for {models} as the verdicts are."
    )


def _list_limits(analysis: Analysis) -> tuple[str, ...]:
    seed = _explain_intervals(analysis.seeds) or (
        f"{_explain_brackets(analysis)} They and the p-values cover the chance in which "
        f"test rows were drawn, not the seed: this is seed {analysis.seed}, and another "
        "may split, draw and choose otherwise."
    )
    folds = (
        "Fold scores favor the winner, which was chosen on them, and are not used for "
        "verdicts."
    )
    limits = [seed]
    if any(model.times for model in analysis.models):
        limits.append("Times hold for this machine, these versions and this data.")
    if any(model.search is not None for model in analysis.models):
        limits.append(folds)
    if analysis.dataset.split == "declared":
        limits.append(
            "That neither the models nor a search have seen the test rows is declared by "
            "the caller."
        )
    if analysis.margin is None:
        limits.append('Without a margin in the study, no verdict is "equivalent".')
    if analysis.dataset.subset_of is not None:
        limits.append(f"The data is a subset of {analysis.dataset.subset_of}.")
    if analysis.dataset.fallback_reason is not None:
        limits.append(
            f"{analysis.dataset.title} was used instead of the requested data: "
            f"{analysis.dataset.fallback_reason}."
        )
    if analysis.predictions_reason is not None:
        limits.append(f"Nothing is compared row by row: {analysis.predictions_reason}.")
    return tuple(limits)
