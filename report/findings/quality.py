"""Rules about quality: what a better average hides, and what the rows cannot show."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, CaseAnalysis
from tunecard.report.findings.types import Fact
from tunecard.runner.metrics import DEFAULT, get

#: A gap between train and test below this is not worth a word.
LEAST_GAP = 0.02
#: Expected calibration error worth a word: 5 points between what is said and what
#: is so, on average over the rows.
LEAST_ECE = 0.05


def train_test_gap(analysis: Analysis) -> Iterator[Fact]:
    """See a case that is clearly better on the rows it was fitted to."""
    for model in analysis.models:
        gaps = [text for case in model.cases if (text := _gap(case, analysis)) is not None]
        if gaps:
            evidence = (
                f"{model.label}, {analysis.metric.label} on training against "
                f"test rows: {formats.listed(gaps)}."
            )
            yield Fact("note", evidence, "quality", model.name)


def _gap(case: CaseAnalysis, analysis: Analysis) -> str | None:
    value = case.metric(analysis.metric.name)
    if value is None or value.gap is None or value.train is None or value.interval is None:
        return None
    inside = value.interval.low <= value.train <= value.interval.high
    if value.gap < LEAST_GAP or inside:
        return None
    train, test = formats.metric(value.train), formats.metric(value.test)
    return f"{case.variant} {train} against {test}"


def equivalent_but_dearer(analysis: Analysis) -> Iterator[Fact]:
    """See a tuned model that is no better and takes longer."""
    for model in analysis.models:
        if model.quality is None or model.quality_word not in ("equivalent", "worse"):
            continue
        slower = [
            f"{time.operation} takes {formats.ratio(time.ratio)} times as long"
            for time in model.times
            if time.word == "slower" and time.operation != "fit+predict"
        ]
        if slower:
            evidence = (
                f"Tuned {model.label} is {model.quality_word} in {analysis.metric.label}, "
                f"and {formats.listed(slower)}."
            )
            yield Fact("tip", evidence, "quality", model.name)


def class_got_worse(analysis: Analysis) -> Iterator[Fact]:
    """See classes that lost recall although the model became better."""
    for model in analysis.models:
        if model.quality is None or model.quality_word != "better":
            continue
        lost = [
            change
            for change in model.quality.per_class
            if change.recall_interval is not None and change.recall_interval.high < 0
        ]
        if not lost:
            continue
        told = [
            f"class {change.name} {formats.points(change.recall_delta)} points "
            + formats.points_interval(
                change.recall_interval.low, change.recall_interval.high
            )
            for change in sorted(lost, key=lambda change: change.recall_delta)
            if change.recall_interval is not None
        ]
        evidence = f"Tuned {model.label} is better, but in recall: {formats.listed(told)}."
        yield Fact("issue", evidence, "classes", model.name)


def zero_probability(analysis: Analysis) -> Iterator[Fact]:
    """See test rows whose true class was said to be impossible."""
    for model in analysis.models:
        told = [
            f"{case.variant} on {formats.counted(case.zero_probability, 'row')}"
            for case in model.cases
            if case.zero_probability
        ]
        if told:
            evidence = (
                f"{model.label} gave the true class probability 0: "
                f"{formats.listed(told)} of {formats.count(analysis.n_test)}."
            )
            yield Fact("note", evidence, "quality", model.name)


def badly_calibrated(analysis: Analysis) -> Iterator[Fact]:
    """See probabilities that do not mean what they say."""
    for model in analysis.models:
        told = [text for case in model.cases if (text := _calibration(case)) is not None]
        if told:
            evidence = f"{model.label}, expected calibration error: {'; '.join(told)}."
            yield Fact("tip", evidence, "quality", model.name)


def _calibration(case: CaseAnalysis) -> str | None:
    found = case.calibration
    if found is None or found.interval.low <= max(LEAST_ECE, found.chance):
        return None
    ends = formats.metric_interval(found.interval.low, found.interval.high)
    manner = "too sure" if found.confidence > found.accuracy else "too modest"
    return (
        f"{case.variant} {formats.metric(found.ece)} {ends}, {manner} "
        f"(confidence {formats.metric(found.confidence)}, right in "
        f"{formats.metric(found.accuracy)})"
    )


def no_better_than_most_frequent(analysis: Analysis) -> Iterator[Fact]:
    """See a case that always predicting the commonest class would match.

    The study's metric decides; accuracy where labels alone do not give that metric.
    """
    dummy = analysis.most_frequent
    if dummy is None:
        return
    metric, reached = get(DEFAULT), dummy.accuracy
    if dummy.value is not None:
        metric, reached = get(analysis.metric.name), dummy.value
    for model in analysis.models:
        told = []
        for case in model.cases:
            value = case.metric(metric.name)
            if value and value.interval and value.interval.low <= reached:
                ends = formats.metric_interval(value.interval.low, value.interval.high)
                told.append(f"{case.variant} {formats.metric(value.test)} {ends}")
        if told:
            evidence = (
                f"{model.label}: {metric.label} {formats.listed(told)}; always predicting "
                f"{dummy.name} gets {formats.metric(reached)}."
            )
            yield Fact("issue", evidence, "quality", model.name)


def margin_out_of_reach(analysis: Analysis) -> Iterator[Fact]:
    """See an open verdict that these test rows could hardly have closed."""
    for model in analysis.models:
        test = model.quality.test if model.quality else None
        if test is None or test.margin is None or test.word != "inconclusive":
            continue
        if test.detectable is not None and test.detectable > test.margin:
            found = formats.delta_size(test.detectable, test.metric)
            evidence = (
                f"{model.label}: {formats.counted(analysis.n_test, 'test row')} show "
                f"a difference of {found} 8 times in 10; the margin is "
                f"{formats.delta_size(test.margin, test.metric)}."
            )
            yield Fact("tip", evidence, "quality", model.name)


def failed_cases(analysis: Analysis) -> Iterator[Fact]:
    """See cases that did not end well."""
    for model in analysis.models:
        told = [_failed(case) for case in model.cases if not case.ok]
        if told:
            evidence = f"{model.label}: {formats.listed(told)}."
            yield Fact("issue", evidence, "quality", model.name)


def _failed(case: CaseAnalysis) -> str:
    return f"the {case.variant} case {formats.ended(case.status, case.reason)}"
