"""Whether tuning was worth it, as sentences: the answers to a reader's questions."""

from tunecard.report import formats
from tunecard.report.analyze.types import GainStep, ModelAnalysis, TuningGain
from tunecard.report.conclusion.quality import exceeds_margin

_MOST_NAMED = 3


def answers(model: ModelAnalysis) -> tuple[tuple[str, str, str], ...]:
    """Answer what a reader asks of a search.

    Returns
    -------
    tuple of (str, str, str)
        The question's anchor on the page, its label, and the answer in sentences; empty
        without a search.
    """
    if model.search is None or model.search.gain is None:
        return ()
    gain = model.search.gain
    return (
        ("decision", "Keep it?", decision(model)),
        ("gain", "What tuning gained", _describe_gain(gain)),
        ("sure", "How sure", _describe_chance(gain)),
        ("luck", "How much was luck", luck(gain)),
        ("budget", "Was the budget too large", budget(gain)),
        ("candidates", "Which candidates are as good", _describe_candidates(model, gain)),
        ("rows", "Would more rows decide", _describe_rows(model)),
        ("cost", "What it cost", _describe_cost(model)),
        ("speed", "Is it slower now", _describe_speed(model)),
        ("change", "What would change the answer", _describe_change(model, gain)),
    )


def _step_text(step: GainStep, gain: TuningGain) -> str:
    """Write a gain, or the reason why there is none."""
    if step.value is None:
        return f"not available: {step.reason}"
    return formats.change(step.value, step.interval, gain.metric)


def decision(model: ModelAnalysis) -> str:
    """Return what these data support: the tuned configuration, or the default."""
    assert model.search is not None
    gain = model.search.gain
    assert gain is not None
    test = model.quality.test if model.quality is not None else None
    if test is not None and test.identical:
        return "Keep the default: the tuned model predicts the same."
    margin = f"the margin of {formats.margin(gain.margin, gain.metric)}"
    basis = "the test rows" if test is not None else "the corrected gain"
    if gain.decision == "tuned":
        small = test is not None and not exceeds_margin(test)
        rest = f" Whether the gain exceeds {margin} is open." if small else ""
        return f"Use the tuned configuration: {basis} show a gain.{rest}"
    if gain.decision == "either":
        return (
            f"Either will do: the difference is within {margin}. The tuned configuration "
            "predicts faster."
        )
    if gain.decision == "default":
        if test is not None and test.word == "worse":
            return f"Keep the default: {basis} show that the tuned configuration is worse."
        if gain.margin is not None:
            return f"Keep the default: {basis} rule out a gain beyond {margin}."
        return f"Keep the default: {basis} rule out a gain."
    return (
        f"Keep the default until more rows decide: {basis} show neither a gain nor that "
        "there is none."
        if basis == "the test rows"
        else "Keep the default until more rows decide: nothing here shows a gain."
    )


def luck(gain: TuningGain) -> str:
    """Return how much of the gain over the folds goes to the choice of the winner."""
    if not gain.method:
        return f"Not corrected: {gain.corrected.reason}."
    how = f"Corrected by {gain.method}"
    how += f", because {gain.method_reason}." if gain.method_reason else "."
    if gain.luck is None:
        return f"The winner is not better than the baseline over the folds. {how}"
    share = formats.percent(min(max(gain.luck, 0.0), 1.0))
    if gain.luck >= 1:
        start = "All of the gain over the folds is explained by choosing the best of many"
    elif gain.luck <= 0:
        start = "None of the gain over the folds is luck of the choice"
    else:
        start = f"About {share} of the gain over the folds is luck of the choice"
    return f"{start}: {_step_text(gain.corrected, gain)} remain. {how}"


def budget(gain: TuningGain) -> str:
    """Return after how many candidates most of the gain was there."""
    curve = gain.budget
    if curve is None:
        return f"Not available: {gain.corrected.reason}."
    n = len(curve.mean)
    if curve.enough is None:
        return f"None of up to {formats.counted(n, 'candidate')} is expected to gain."
    if n == 1:
        return "There was one candidate."
    order = "in random order" if curve.order == "random" else "in the order tried"
    text = (
        f"90 % of the expected gain is there after {formats.count(curve.enough)} of "
        f"{formats.count(n)} candidates, {order}."
    )
    if not curve.corrected:
        text += " By fold scores, which favor the winner."
    return text


def _describe_gain(gain: TuningGain) -> str:
    parts = [
        f"{_step_text(step, gain)} {name}"
        for name, step in gain.steps
        if step.value is not None
    ]
    missing = [
        f"{formats.capital(name)}: {_step_text(step, gain)}."
        for name, step in gain.steps
        if step.value is None
    ]
    text = f"{formats.capital(gain.metric.label)}: {'; '.join(parts)}." if parts else ""
    return " ".join([text, *missing]).strip()


def _describe_chance(gain: TuningGain) -> str:
    if gain.beyond is None:
        return "No probability is computed for this metric without scores of the folds."
    least = (
        f"exceeds the margin of {formats.margin(gain.beyond.margin, gain.metric)}"
        if gain.beyond.margin
        else "is above 0"
    )
    return (
        f"The probability that the gain {least} is "
        f"{_percent(gain.beyond.probability)} ({gain.beyond.method})."
    )


def _percent(share: float) -> str:
    """Write a probability, never as 0 or 1."""
    if share > 0.995:
        return "above 99 %"
    return "below 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _describe_candidates(model: ModelAnalysis, gain: TuningGain) -> str:
    search = model.search
    assert search is not None
    by_index = {candidate.index: candidate for candidate in search.candidates}
    parts = []
    if gain.within:
        n = sum(candidate.rank is not None for candidate in search.candidates)
        verb = "is" if len(gain.within) == 1 else "are"
        parts.append(
            f"{formats.count(len(gain.within))} of {formats.counted(n, 'candidate')} "
            f"{verb} within one standard error of the best mean"
        )
        others = [index for index in gain.within if index != search.best.index]
        if others:
            named = [
                formats.parameters(by_index[index].params) for index in others[:_MOST_NAMED]
            ]
            parts[-1] += f", besides the winner {'; '.join(named)}"
            parts[-1] += "; and others" if len(others) > _MOST_NAMED else ""
    if search.one_se is not None:
        chosen = (
            "the winner itself"
            if search.one_se.same
            else formats.parameters(search.one_se.params)
        )
        parts.append(f"The simplest of them is {chosen}")
    if gain.wins:
        named = [
            f"{formats.parameters(by_index[index].params)} in {_percent(share)}"
            for index, share in gain.wins[:_MOST_NAMED]
        ]
        parts.append(f"On resampled rows the best is {'; '.join(named)} of the cases")
    return f"{'. '.join(parts)}." if parts else "The folds do not show it."


def _describe_rows(model: ModelAnalysis) -> str:
    if model.quality is None:
        return f"Not known: {model.quality_reason or 'the two cases are not compared'}."
    test = model.quality.test
    if test.rows_needed is not None:
        needed = formats.about(test.rows_needed)
        target = (
            "a true difference as large as the margin"
            if test.rows_target == "margin"
            else f"a true difference of {formats.delta_size(test.delta, test.metric)}"
        )
        return f"About {needed} test rows decide with 80 % power on {target}."
    if test.word == "inconclusive":
        return f"Not known: {test.reason or 'the test rows do not decide'}."
    return "These test rows decide already."


def _describe_cost(model: ModelAnalysis) -> str:
    assert model.search is not None
    cost = model.search.cost
    if cost.cpu_seconds is None:
        if cost.fit_seconds is None:
            return "Not on record."
        return f"{formats.seconds(cost.fit_seconds)} of wall time in fits of the search."
    text = f"{formats.seconds(cost.cpu_seconds)} of CPU time for the search"
    if cost.cpu_ratio is not None:
        text += (
            f", {formats.ratio(cost.cpu_ratio)} times that of a baseline fit and predict"
        )
    return f"{text}."


def _describe_speed(model: ModelAnalysis) -> str:
    time = model.time("predict")
    if time is None or time.ratio is None:
        return "Not timed."
    text = f"Predicting takes {formats.ratio(time.ratio)} times as long as before"
    if time.interval is not None:
        text += f" {formats.ratio_interval(time.interval.low, time.interval.high)}"
    if time.word == "inconclusive":
        return f"{text}, which these rounds do not distinguish from no change."
    return f"{text}: {time.word}."


def _describe_change(model: ModelAnalysis, gain: TuningGain) -> str:
    """List what could turn the decision around."""
    assert model.search is not None
    parts = []
    test = model.quality.test if model.quality is not None else None
    if gain.decision == "undecided":
        parts.append("more test rows")
    elif test is not None and gain.margin is not None and gain.decision == "default":
        parts.append(f"a margin below {formats.margin(gain.margin, gain.metric)}")
    if model.search.edges:
        names = formats.listed([edge.parameter for edge in model.search.edges])
        parts.append(f"a wider space of {names}, as the winner lies at its end")
    curve = gain.budget
    if (
        curve is not None
        and curve.enough is not None
        and curve.enough == len(curve.mean) > 1
    ):
        parts.append("more candidates, as the last ones still add to the gain")
    time = model.time("predict")
    if gain.decision == "tuned":
        parts.append("a margin above the gain on the test rows")
        if time is not None and time.word == "slower":
            parts.append("a limit on the time of predicting")
    if not parts:
        return "Other data or another metric; nothing in these results."
    return f"{formats.capital('; '.join(parts))}."
