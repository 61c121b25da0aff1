"""The verdict on quality as sentences: headline, evidence, claim."""

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    ModelAnalysis,
    QualityTest,
    TunedComparison,
)


def headline(model: ModelAnalysis) -> str:
    """Return the verdict in a few words."""
    label = model.label
    if model.quality is None:
        if not model.is_tuned:
            return f"{formats.capital(label)} was measured without tuning"
        return f"Tuning of {label} cannot be judged: {_describe_failure(model)}"
    test = model.quality.test
    if test.identical:
        if _has_same_parameters(model):
            return f"The search kept the baseline's own parameters for {label}"
        return f"Tuned {label} predicts the same as its baseline"
    return {
        "better": f"Tuned {label} is better",
        "worse": f"Tuned {label} is worse",
        "equivalent": f"Tuned {label} is equivalent to its baseline",
        "inconclusive": f"Whether tuned {label} is better remains open",
    }[test.word]


def _describe_failure(model: ModelAnalysis) -> str:
    stopped = next((case for case in model.cases if not case.ok), None)
    reason = model.quality_reason or "there is nothing to compare"
    if stopped is None or not stopped.reason:
        return reason
    # Both name the seed, where there are several: "with seed 0, the tuned case failed".
    why = stopped.reason.removeprefix(f"{reason.partition(',')[0]}: ")
    return f"{reason} ({why})"


def _has_same_parameters(model: ModelAnalysis) -> bool:
    return (
        model.baseline is not None
        and model.tuned is not None
        and model.baseline.python == model.tuned.python
    )


def claim(model: ModelAnalysis, analysis: Analysis) -> str:
    """Answer whether tuning significantly improves the model."""
    if model.quality is None:
        return f"Not shown for {model.label}: {_describe_failure(model)}."
    test = model.quality.test
    label, metric = model.label, analysis.metric.label
    if test.word == "better":
        numbers = f"{_write_difference(test)}, {adjusted_p(test)}{against_margin(test)}"
        return f"Yes for {label}: {metric} {numbers}."
    if test.word == "worse":
        numbers = f"{_write_difference(test)}, {adjusted_p(test)}{against_margin(test)}"
        return f"No for {label}, it became worse: {metric} {numbers}."
    if test.word == "equivalent":
        margin = formats.margin(test.margin, test.metric)
        if test.significant_but_equivalent:
            return (
                f"Statistically yes, in practice no for {label}: {metric} "
                f"{_write_difference(test)}, less than the margin of {margin}."
            )
        return (
            f"No for {label}: {metric} {_write_difference(test)}, "
            f"within the margin of {margin}."
        )
    return f"Not shown for {label}: {metric} {_write_difference(test)}, {adjusted_p(test)}."


def between(pair: TunedComparison, analysis: Analysis) -> str:
    """Compare two tuned models in a sentence."""
    test = pair.test
    verb = {
        "better": "is better than",
        "worse": "is worse than",
        "equivalent": "is equivalent to",
        "inconclusive": "cannot be distinguished from",
    }[test.word]
    numbers = evidence(test, analysis, pair.table.discordant)
    return f"Tuned {pair.second_label} {verb} tuned {pair.first_label}: {numbers}."


def _noun(analysis: Analysis) -> str:
    return analysis.seeds.noun if analysis.seeds is not None else "seed"


def evidence(test: QualityTest, analysis: Analysis, discordant: int) -> str:
    """Return the numbers behind a verdict."""
    if test.identical:
        n_rows = formats.counted(analysis.n_test, "test row")
        of_seeds = f", with every {_noun(analysis)}" if test.n_seeds else ""
        what = "value" if test.metric.task == "regression" else "class"
        return f"the same {what} on every one of {n_rows}{of_seeds}"
    text = f"{analysis.metric.label} {_write_difference(test)}, {adjusted_p(test)}"
    if test.word == "equivalent":
        margin = formats.margin(test.margin, test.metric)
        if test.significant_but_equivalent:
            return f"{text}: a real difference, smaller than the margin of {margin}"
        return f"{text}, within the margin of {margin}"
    if test.word == "inconclusive":
        return f"{text}; {power(test, discordant, analysis.n_test)}"
    if test.n_seeds:
        text += f", over {test.n_seeds} {_noun(analysis)}s"
    return f"{text}{against_margin(test)}"


def against_margin(test: QualityTest) -> str:
    """Return whether a difference may still be too small to matter."""
    if test.margin is None or test.word not in ("better", "worse"):
        return ""
    if not exceeds_margin(test):
        margin = formats.margin(test.margin, test.metric)
        return f"; whether it exceeds the margin of {margin} is open"
    return ""


def exceeds_margin(test: QualityTest) -> bool:
    """Return whether a difference is shown to exceed the margin; True without one."""
    if test.margin is None:
        return True
    low, high = test.equivalence.low, test.equivalence.high
    return low >= test.margin or high <= -test.margin


def _write_difference(test: QualityTest) -> str:
    beside = test.interval.low, test.interval.high
    ends = formats.delta_interval(*beside, test.metric)
    change = formats.delta(test.delta, test.metric, beside)
    return f"{f'{change} {test.metric.delta_unit}'.rstrip()} {ends}"


def interval_name(test: QualityTest) -> str:
    """Name the interval of a difference by its level."""
    return f"{formats.level(test.interval.level)} interval"


def adjusted_p(test: QualityTest) -> str:
    """Write the p-value, and that it is adjusted where there are several tests."""
    after = " after Holm" if test.n_tests > 1 else ""
    return f"{formats.p_equation(test.p_holm)}{after}"


def power(test: QualityTest, discordant: int, n_test: int) -> str:
    """Return what an inconclusive test could detect, or why several seeds are open."""
    if test.n_seeds:
        return test.reason or "they do not decide"
    rows = formats.counted(n_test, "test row")
    parts = []
    if test.too_few:
        count = formats.counted(discordant, "discordant one")
        parts.append(f"no outcome on {rows} with {count} could decide")
    elif test.detectable is not None:
        size = formats.delta_size(test.detectable, test.metric)
        parts.append(
            f"the smallest difference detectable with 80 % power on {rows} is {size}"
        )
    if test.rows_needed is not None:
        parts.append(_describe_rows(test))
    return "; ".join(parts) or test.reason or "the test rows do not decide"


def _describe_rows(test: QualityTest) -> str:
    """Return how many rows would decide, and for which true difference."""
    needed = formats.about(test.rows_needed)
    if test.rows_target == "margin":
        return f"a difference as large as the margin needs about {needed} test rows"
    size = formats.delta_size(test.delta, test.metric)
    return f"a true difference of {size}, as observed, needs about {needed} test rows"
