"""Rules about the data."""

import math
from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis
from tunecard.report.findings.types import Evidence
from tunecard.report.stats.dependence import Dependence
from tunecard.runner.metrics import DEFAULT
from tunecard.runner.schema import ColumnRule, Twins

#: Rows of the largest class for each of the smallest, in training, worth a finding.
IMBALANCE = 3.0
#: Accuracy from which a rule on one column decides, how close to a model it must come,
#: and the most errors it may make as a share of those of the most frequent class.
DECISIVE, EXPLAINED, FEWER_ERRORS = 0.99, 0.01, 0.1
#: Near pairs, as a share of those that chance brings, from which equal rows are chance.
CHANCE_SHARE = 0.5
#: p-value from which rows depend on their neighbors.
IN_RUNS = 0.01
#: Share of duplicated test rows from which scores are doubtful.
DOUBTFUL_SHARE = 0.01


def duplicated_rows(analysis: Analysis) -> Iterator[Evidence]:
    """Detect test rows that also occur in the training part, unless by coincidence."""
    n_rows = analysis.dataset.n_test_rows_in_train
    if not n_rows or not analysis.n_test or by_coincidence(analysis.dataset.twins):
        return
    share = n_rows / analysis.n_test
    evidence = (
        f"{formats.count(n_rows)} of {formats.counted(analysis.n_test, 'test row')} "
        f"({formats.percent(share)}) have the same features as a training row."
    )
    for twin in analysis.twins:
        with_twin, without = (
            " → ".join(formats.metric(value) for value in values)
            for values in (twin.with_twin, twin.without)
        )
        label = formats.capital(analysis.model(twin.model).label)
        evidence += (
            f" {label}, {_metric_label(analysis, twin.metric)} baseline → tuned: "
            f"{with_twin} on these rows, {without} on the other "
            f"{formats.count(analysis.n_test - n_rows)}."
        )
    yield Evidence("issue" if share >= DOUBTFUL_SHARE else "note", evidence, "data")


def by_coincidence(twins: Twins | None) -> bool:
    """Decide whether equal rows are coincidences of few values rather than copies.

    Copies bring no near pairs, rows that are equal in all columns but one. Coincidences
    bring at least as many near pairs as equal ones, or half of what independent columns
    would bring where nearly all rows have the same values.
    """
    if twins is None or not twins.pairs:
        return False
    return twins.near_pairs >= min(twins.pairs, CHANCE_SHARE * twins.near_pairs_by_chance)


def _metric_label(analysis: Analysis, name: str) -> str:
    return analysis.metric.label if name == analysis.metric.name else name


def _describe_rule(rule: ColumnRule) -> str:
    parts = []
    if rule.thresholds:
        cut = "threshold" if len(rule.thresholds) == 1 else "thresholds"
        cuts = formats.listed([formats.value(threshold) for threshold in rule.thresholds])
        parts.append(f"{cut} {cuts}")
    if rule.by_gap:
        parts.append("missing or not")
    return ", ".join(parts) or "the most frequent class of each category"


def one_column_decides(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a column that alone gives the class away."""
    rule = analysis.dataset.column_rule
    classes = [entry.n_train for entry in analysis.dataset.classes]
    if rule is None or not any(classes):
        return
    majority = max(classes) / sum(classes)
    scores = [case.share_right for case in analysis.cases]
    best = max(
        (score.test for score in scores if score and score.test is not None), default=0.0
    )
    decides = rule.accuracy >= DECISIVE
    explains = best >= DECISIVE and rule.accuracy >= best - EXPLAINED
    if not (decides or explains) or 1 - rule.accuracy > FEWER_ERRORS * (1 - majority):
        return
    share = formats.percent(rule.accuracy)
    evidence = (
        f"Column {rule.column} alone ({_describe_rule(rule)}) is right on {share} of the "
        f"training rows, the most frequent class on {formats.percent(majority)}."
    )
    if best:
        evidence += (
            f" The best accuracy of a model on the test rows is {formats.metric(best)}."
        )
    yield Evidence("issue", evidence, "data")


def repeated_subjects(analysis: Analysis) -> Iterator[Evidence]:
    """Report a column whose values seem to name subjects with several rows each."""
    for repeated in analysis.dataset.repeated:
        per_subject = repeated.n_rows / repeated.n_values
        evidence = (
            f"Column {repeated.column} has {formats.count(repeated.n_values)} values in "
            f"{formats.count(repeated.n_rows)} rows, {per_subject:.1f} rows for each."
        )
        yield Evidence("issue", evidence, "data")


def order_matters(analysis: Analysis) -> Iterator[Evidence]:
    """Detect errors, or differences, that come in runs in the order of the test rows."""
    for effect in analysis.order:
        change, errors = effect.change, effect.errors
        of_change = change is not None and change.p < IN_RUNS
        if not of_change and errors.p >= IN_RUNS:
            continue
        label = formats.capital(analysis.model(effect.model).label)
        parts = []
        if errors.p < IN_RUNS:
            parts.append(
                f"{label}: errors come in runs ({_effect(errors)}), so that the interval "
                f"of its {_of_errors(analysis)} is too narrow by a factor of "
                f"{_factor(errors)}."
            )
        if change is not None and of_change:
            parts.append(
                f"{label}: the differences between baseline and tuned come in runs "
                f"({_effect(change)}), so that the interval of the change is too narrow by "
                f"a factor of {_factor(change)}, and its p-value too small."
            )
        elif change is not None:
            parts.append(
                "The differences between baseline and tuned show no such runs "
                f"({_effect(change)}): the verdict on the change stands."
            )
        yield Evidence(
            "issue" if of_change else "tip", " ".join(parts), "data", model=effect.model
        )


def _of_errors(analysis: Analysis) -> str:
    """Name the metric that is the mean of the rows' errors."""
    return "mean absolute error" if analysis.task == "regression" else DEFAULT


def _effect(dependence: Dependence) -> str:
    return (
        f"design effect {dependence.design_effect:.2f} in blocks of "
        f"{dependence.length} rows, {formats.p_equation(dependence.p)}"
    )


def _factor(dependence: Dependence) -> str:
    return f"{math.sqrt(dependence.design_effect):.2f}"


def sorted_by_date(analysis: Analysis) -> Iterator[Evidence]:
    """Report rows that are sorted by a date, and split as if their order meant nothing."""
    column = analysis.dataset.ordered
    if column is not None:
        evidence = (
            f"The rows are sorted by {column}, and training and test rows were drawn from "
            "all of its dates."
        )
        yield Evidence("tip", evidence, "data")


def class_imbalance(analysis: Analysis) -> Iterator[Evidence]:
    """Detect classes of very different sizes."""
    classes = [entry for entry in analysis.dataset.classes if entry.n_train > 0]
    if len(classes) < 2:
        return
    largest = max(classes, key=lambda entry: entry.n_train)
    smallest = min(classes, key=lambda entry: entry.n_train)
    if largest.n_train >= IMBALANCE * smallest.n_train:
        evidence = (
            f"Class {largest.name} has {formats.count(largest.n_train)} training rows, "
            f"class {smallest.name} has {formats.count(smallest.n_train)}."
        )
        by_class = not analysis.metric.is_share_of_rows
        if by_class:
            evidence += (
                f" The study's metric, {analysis.metric.label}, counts each class alike."
            )
        yield Evidence("note" if by_class else "tip", evidence, "data")


def subset_data(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a run on a part of the data."""
    whole = analysis.dataset.subset_of
    if whole is not None:
        rows = formats.counted(analysis.n_train, "training row")
        test = formats.counted(analysis.n_test, "test row")
        yield Evidence("note", f"{rows} and {test} were taken from {whole}.", "data")


def fallback_data(analysis: Analysis) -> Iterator[Evidence]:
    """Detect data that stands in for other data."""
    reason = analysis.dataset.fallback_reason
    if reason is not None:
        title = analysis.dataset.title
        yield Evidence("issue", f"{title} was used: {reason.rstrip('.')}.", "data")
