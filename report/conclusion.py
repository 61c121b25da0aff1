"""The verdicts as sentences, the same in HTML, Markdown and terminal.

Every sentence comes from intervals and tests, never from two point estimates
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from report import formats
from report.analyse.types import (
    Analysis,
    ModelAnalysis,
    QualityTest,
    TimeComparison,
    TunedComparison,
)

#: A part of fit + predict below this share is left out of the sentence.
_NEGLIGIBLE = 0.05
_VERBS = {
    "fit": "fitting",
    "predict": "predicting",
    "fit+predict": "fitting and predicting",
}


@dataclass(frozen=True)
class ModelConclusion:
    """What is said about one model.

    Attributes
    ----------
    model : str
        Short name.
    headline : str
        A few words: "Tuned k-nearest neighbours is better".
    sentence : str
        The whole verdict: headline, numbers, times and the search's cost.
    claim : str
        The answer to "does tuning significantly improve it?".
    """

    model: str
    headline: str
    sentence: str
    claim: str


@dataclass(frozen=True)
class Conclusion:
    """The words at the top and at the end of a report.

    Attributes
    ----------
    summary : str
        One or two sentences over all models.
    models : tuple of ModelConclusion
        In the study's order.
    between : tuple of str
        A sentence a pair of tuned models.
    limits : tuple of str
        What the numbers do not cover, in plain words.
    """

    summary: str
    models: tuple[ModelConclusion, ...]
    between: tuple[str, ...]
    limits: tuple[str, ...]


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
    return Conclusion(
        summary=_summary(analysis.models),
        models=tuple(_model(model, analysis) for model in analysis.models),
        between=tuple(_between(pair, analysis) for pair in analysis.between),
        limits=_limits(analysis),
    )


def _model(model: ModelAnalysis, analysis: Analysis) -> ModelConclusion:
    headline = _headline(model)
    parts = [headline]
    if model.quality is not None:
        evidence = _evidence(model.quality.test, analysis, model.quality.table.discordant)
        parts = [f"{headline}: {evidence}"]
    parts += _times(model)
    parts += _search_cost(model)
    return ModelConclusion(
        model=model.name,
        headline=headline,
        sentence="; ".join(parts) + ".",
        claim=_claim(model, analysis),
    )


def _headline(model: ModelAnalysis) -> str:
    label = model.label
    if model.quality is None:
        if model.tuned is None and model.search is None:
            return f"{formats.capital(label)} was measured without tuning"
        return f"Tuning of {label} cannot be judged: {_failure(model)}"
    test = model.quality.test
    if test.identical:
        if _same_parameters(model):
            return f"The search kept the baseline's own parameters for {label}"
        return f"Tuned {label} predicts the same as its baseline"
    return {
        "better": f"Tuned {label} is better",
        "worse": f"Tuned {label} is worse",
        "equivalent": f"Tuned {label} is equivalent to its baseline",
        "inconclusive": f"Whether tuned {label} is better remains open",
    }[test.word]


def _failure(model: ModelAnalysis) -> str:
    stopped = next((case for case in model.cases if not case.ok), None)
    reason = model.quality_reason or "there is nothing to compare"
    return f"{reason} ({stopped.reason})" if stopped and stopped.reason else reason


def _same_parameters(model: ModelAnalysis) -> bool:
    return (
        model.baseline is not None
        and model.tuned is not None
        and model.baseline.python == model.tuned.python
    )


def _evidence(test: QualityTest, analysis: Analysis, discordant: int) -> str:
    if test.identical:
        n_rows = formats.counted(analysis.n_test, "test row")
        return f"the same class on every one of {n_rows}"
    text = f"{analysis.metric.label} {_difference(test)}, {_p(test)}"
    if test.word == "equivalent":
        margin = formats.unsigned_points(test.margin)
        if test.real_but_small:
            return f"{text}: a real difference, smaller than the margin of {margin} points"
        return f"{text}, within the margin of {margin} points"
    if test.word == "inconclusive":
        return f"{text}; {_power(test, discordant)}"
    return text


def _difference(test: QualityTest) -> str:
    ends = formats.points_interval(test.interval.low, test.interval.high)
    return f"{formats.points(test.delta)} points {ends}"


def _p(test: QualityTest) -> str:
    after = " after Holm" if test.n_tests > 1 else ""
    return f"{formats.p_equation(test.p_holm)}{after}"


def _power(test: QualityTest, discordant: int) -> str:
    if test.detectable is not None:
        size = formats.unsigned_points(test.detectable)
        return f"a difference of {size} points would be found 8 times in 10"
    if test.metric == "accuracy":
        rows = formats.counted(discordant, "test row")
        tell = "tells" if discordant == 1 else "tell"
        return f"only {rows} {tell} the two apart, too few for a decision"
    return "more test rows would be needed for a decision"


def _told_times(model: ModelAnalysis) -> list[TimeComparison]:
    """Return the times worth a mention: an operation that takes next to nothing is not."""
    both = model.time("fit+predict")
    told = []
    for operation in ("predict", "fit"):
        time = next((found for found in model.times if found.operation == operation), None)
        if time is None or time.tuned is None:
            continue
        whole = both.tuned if both is not None else None
        if whole is None or time.tuned >= _NEGLIGIBLE * whole:
            told.append(time)
    return told


def _times(model: ModelAnalysis) -> list[str]:
    told = _told_times(model)
    parts = [_time(time) for time in told if time.word != "inconclusive"]
    left = [time for time in told if time.word == "inconclusive"]
    if left:
        names = formats.listed([_VERBS[time.operation] for time in left])
        reasons = " and ".join(dict.fromkeys(time.reason or "" for time in left))
        take = "takes" if len(left) == 1 else "take"
        parts.append(f"how long {names} {take} remains open ({reasons})")
    return parts


def _time(time: TimeComparison) -> str:
    text = f"{_VERBS[time.operation]} takes {formats.ratio(time.ratio)} times as long"
    if time.word == "no difference":
        return f"{text}, no difference beyond {formats.percent_up(time.beyond)}"
    if time.interval is not None:
        text += f" {formats.ratio_interval(time.interval.low, time.interval.high)}"
    return text


def _search_cost(model: ModelAnalysis) -> list[str]:
    if model.search is None:
        return []
    cost = model.search.cost
    if cost.cpu_ratio is not None:
        times = formats.ratio(cost.cpu_ratio)
        return [f"the search cost {times} times the baseline's CPU time"]
    return [f"the search cost {formats.seconds(cost.cpu_seconds)} of CPU time"]


def _claim(model: ModelAnalysis, analysis: Analysis) -> str:
    if model.quality is None:
        return f"Not shown for {model.label}: {_failure(model)}."
    test = model.quality.test
    label, metric = model.label, analysis.metric.label
    if test.word == "better":
        return f"Yes for {label}: {metric} {_difference(test)}, {_p(test)}."
    if test.word == "worse":
        return f"No for {label}, it became worse: {metric} {_difference(test)}, {_p(test)}."
    if test.word == "equivalent":
        margin = formats.unsigned_points(test.margin)
        if test.real_but_small:
            return (
                f"Statistically yes, in practice no for {label}: {metric} "
                f"{_difference(test)}, less than the margin of {margin} points."
            )
        return (
            f"No for {label}: {metric} {_difference(test)}, within the margin of "
            f"{margin} points."
        )
    return f"Not shown for {label}: {metric} {_difference(test)}, {_p(test)}."


def _summary(models: Sequence[ModelAnalysis]) -> str:
    compared = [model for model in models if model.quality is not None]
    if not compared:
        return "No model has a baseline and a tuned case that can be compared."
    groups = {
        "better": "made {} better",
        "worse": "made {} worse",
        "equivalent": "made no difference that matters to {}",
        "inconclusive": "is not shown to change {}",
    }
    told = []
    for word, phrase in groups.items():
        labels = [model.label for model in compared if model.quality_word == word]
        if labels:
            told.append(phrase.format(formats.listed(labels)))
    text = f"Tuning {formats.listed(told)}."
    left = [
        model.label
        for model in models
        if model.quality is None and model.search is not None
    ]
    if left:
        text += f" It cannot be judged for {formats.listed(left)}."
    return text


def _between(pair: TunedComparison, analysis: Analysis) -> str:
    test = pair.test
    verb = {
        "better": "is better than",
        "worse": "is worse than",
        "equivalent": "is equivalent to",
        "inconclusive": "is not told apart from",
    }[test.word]
    evidence = _evidence(test, analysis, pair.table.discordant)
    return f"Tuned {pair.second_label} {verb} tuned {pair.first_label}: {evidence}."


def _limits(analysis: Analysis) -> tuple[str, ...]:
    seed = (
        "Brackets are 95 % intervals. They and the p-values cover the chance in which test "
        f"rows were drawn, not the seed: this is seed {analysis.seed}, and another may "
        "split, draw and choose otherwise."
    )
    folds = (
        "Scores over folds are optimistic for the winner, who was chosen on them; they "
        "enter no verdict."
    )
    limits = [seed, "Times hold for this machine, these versions and this data.", folds]
    if analysis.margin is None:
        limits.append('Without a margin in the study, "equivalent" is never said.')
    if analysis.dataset.subset_of is not None:
        limits.append(f"The data is a subset of {analysis.dataset.subset_of}.")
    if analysis.dataset.fallback_reason is not None:
        limits.append(
            f"{analysis.dataset.title} stands in for the data that was wanted: "
            f"{analysis.dataset.fallback_reason}."
        )
    if analysis.predictions_reason is not None:
        limits.append(f"Nothing is compared row by row: {analysis.predictions_reason}.")
    return tuple(limits)
