"""Rules about quality: what a better average hides, and what the rows cannot show."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, CaseAnalysis
from tunecard.report.findings.types import Evidence, Severity
from tunecard.runner.metrics import DEFAULT, get

#: A gap between train and test below this is not worth a finding.
LEAST_GAP = 0.02
#: Metrics that are named where several became worse.
_MOST_NAMED = 4
#: Calibration error worth a finding: 5 points between confidence and accuracy, root mean
#: square over the rows.
LEAST_ERROR = 0.05


def train_test_gap(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a case that is clearly better on the rows it was fitted to."""
    for model in analysis.models:
        gaps = [
            text
            for case in model.cases
            if (text := _describe_gap(case, analysis)) is not None
        ]
        if gaps:
            evidence = (
                f"{model.label}, {analysis.metric.label} on training against "
                f"test rows: {formats.listed(gaps)}."
            )
            yield Evidence("note", evidence, "quality", model.name)


def _describe_gap(case: CaseAnalysis, analysis: Analysis) -> str | None:
    value = case.metric(analysis.metric.name)
    if value is None or value.gap is None or value.train is None or value.interval is None:
        return None
    inside = value.interval.low <= value.train <= value.interval.high
    # An error in the target's unit has no points: a share of the test value stands in.
    in_unit = value.spec.needs == "values" and not value.spec.greater_is_better
    least = LEAST_GAP * abs(value.test or 0.0) if in_unit else LEAST_GAP
    if value.gap < least or inside:
        return None
    train, test = formats.metric(value.train), formats.metric(value.test)
    return f"{case.variant} {train} against {test}"


def equivalent_but_slower(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a tuned model that is not better and takes longer."""
    for model in analysis.models:
        if model.quality is None or model.quality_word not in ("equivalent", "worse"):
            continue
        slower = [
            f"{time.operation} takes {formats.ratio(time.ratio)} times as long"
            for time in model.times
            if time.word == "slower" and time.operation != "fit+predict"
        ]
        slower += [
            f"{time.operation} takes {formats.ratio(time.cpu.ratio)} times as much CPU time"
            for time in model.times
            if time.cpu is not None
            and time.cpu.word == "slower"
            and time.operation != "fit+predict"
        ]
        if slower:
            evidence = (
                f"Tuned {model.label} is {model.quality_word} in {analysis.metric.label}, "
                f"and {formats.listed(slower)}."
            )
            yield Evidence("tip", evidence, "quality", model.name)


def class_got_worse(analysis: Analysis) -> Iterator[Evidence]:
    """Detect classes that lost recall although the model became better."""
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
        changes = [
            f"class {change.name} {formats.points(change.recall_delta)} points "
            + formats.points_interval(
                change.recall_interval.low, change.recall_interval.high
            )
            for change in sorted(lost, key=lambda change: change.recall_delta)
            if change.recall_interval is not None
        ]
        evidence = (
            f"Tuned {model.label} is better, but in recall: {formats.listed(changes)}."
        )
        yield Evidence("issue", evidence, "classes", model.name)


def another_metric_fell(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a tuned model that clearly became worse in another metric."""
    for model in analysis.models:
        if model.quality is None:
            continue
        fallen = [
            f"{change.spec.label} {formats.delta(change.delta, change.spec)} "
            f"{change.spec.delta_unit}".rstrip()
            + " "
            + formats.delta_interval(change.fall.low, change.fall.high, change.spec)
            for change in model.quality.metrics
            if change.fall is not None
        ]
        if not fallen:
            continue
        word = model.quality_word
        evidence = (
            f"The verdict on tuned {model.label} is {word} in {analysis.metric.label}, but "
            f"clearly worse than its baseline is {formats.listed(fallen[:_MOST_NAMED])}"
        )
        if len(fallen) > _MOST_NAMED:
            evidence += f", and {len(fallen) - _MOST_NAMED} more metrics"
        severity: Severity = "note" if word == "worse" else "issue"
        yield Evidence(severity, f"{evidence}.", "quality", model.name)


def zero_probability(analysis: Analysis) -> Iterator[Evidence]:
    """Detect test rows whose true class was given probability 0."""
    for model in analysis.models:
        cases = [
            f"{case.variant} on {formats.counted(case.zero_probability, 'row')}"
            for case in model.cases
            if case.zero_probability
        ]
        if cases:
            evidence = (
                f"{model.label} gave the true class probability 0: "
                f"{formats.listed(cases)} of {formats.count(analysis.n_test)}."
            )
            yield Evidence("note", evidence, "quality", model.name)


def badly_calibrated(analysis: Analysis) -> Iterator[Evidence]:
    """Detect probabilities that are badly calibrated."""
    for model in analysis.models:
        cases = [
            text
            for case in model.cases
            if (text := _describe_calibration(case)) is not None
        ]
        if cases:
            evidence = (
                f"{model.label}, root mean square calibration error: {'; '.join(cases)}."
            )
            yield Evidence("tip", evidence, "quality", model.name)


def _describe_calibration(case: CaseAnalysis) -> str | None:
    reliability = case.calibration
    error = reliability.debiased if reliability else None
    if reliability is None or error is None or error.interval.low <= LEAST_ERROR:
        return None
    ends = formats.metric_interval(error.interval.low, error.interval.high)
    text = f"{case.variant} {formats.metric(error.value)} {ends}"
    confidence = formats.percent(reliability.confidence)
    accuracy = formats.percent(reliability.accuracy)
    if confidence == accuracy:
        return f"{text}, though average confidence and accuracy are both {accuracy}"
    above = reliability.confidence > reliability.accuracy
    manner = "overconfident" if above else "underconfident"
    return f"{text}, {manner}: average confidence {confidence}, accuracy {accuracy}"


def no_better_than_most_frequent(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a case that always predicting the commonest class would match.

    The study's metric decides; accuracy where labels alone do not give that metric.
    """
    dummy = analysis.most_frequent
    if dummy is None:
        return
    name, label, reached = DEFAULT, get(DEFAULT).label, dummy.accuracy
    better_high = True
    if dummy.value is not None:
        spec = analysis.metric
        name, label, reached = spec.name, spec.label, dummy.value
        better_high = spec.greater_is_better
    for model in analysis.models:
        cases = []
        for case in model.cases:
            value = case.metric(name)
            if value is None or value.interval is None:
                continue
            end = value.interval.low if better_high else value.interval.high
            if end <= reached if better_high else end >= reached:
                ends = formats.metric_interval(value.interval.low, value.interval.high)
                cases.append(f"{case.variant} {formats.metric(value.test)} {ends}")
        if cases:
            evidence = (
                f"{model.label}: {label} {formats.listed(cases)}; always predicting "
                f"{dummy.name} gets {formats.metric(reached)}."
            )
            yield Evidence("issue", evidence, "quality", model.name)


def margin_out_of_reach(analysis: Analysis) -> Iterator[Evidence]:
    """Detect an inconclusive verdict that these test rows could hardly have decided."""
    for model in analysis.models:
        test = model.quality.test if model.quality else None
        if test is None or test.word != "inconclusive" or test.rows_target != "margin":
            continue
        evidence = (
            f"{model.label}: a difference as large as the margin of "
            f"{formats.margin(test.margin, test.metric)} is found with 80 % power on "
            f"about {formats.about(test.rows_needed)} test rows; there are "
            f"{formats.count(analysis.n_test)}."
        )
        yield Evidence("tip", evidence, "quality", model.name)


def failed_cases(analysis: Analysis) -> Iterator[Evidence]:
    """Detect cases that failed."""
    for model in analysis.models:
        cases = [_describe_failure(case) for case in model.cases if not case.ok]
        if cases:
            evidence = f"{model.label}: {formats.listed(cases)}."
            yield Evidence("issue", evidence, "quality", model.name)


def _describe_failure(case: CaseAnalysis) -> str:
    return f"the {case.variant} case {formats.ended(case.status, case.reason)}"


def another_answer(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a case that predicts otherwise when it is fitted again with the same seed."""
    for model in analysis.models:
        changed = [
            f"{case.variant} on up to {formats.count(case.n_changed_rows)} of "
            f"{formats.counted(analysis.n_test, 'test row')} "
            f"({formats.percent(case.n_changed_rows / analysis.n_test)})"
            for case in model.cases
            if case.n_changed_rows and analysis.n_test
        ]
        if changed:
            evidence = f"{model.label} differs between rounds: {formats.listed(changed)}."
            yield Evidence("issue", evidence, "quality", model.name)
