"""Rules about the data."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyse.types import Analysis
from tunecard.report.findings.types import Fact

#: Rows of the largest class for each of the smallest, in training, worth a word.
IMBALANCE = 3.0
#: Share of duplicated test rows from which scores are doubtful.
DOUBTFUL_SHARE = 0.01


def duplicated_rows(analysis: Analysis) -> Iterator[Fact]:
    """See test rows that also stand in the training part."""
    n_rows = analysis.dataset.n_test_rows_in_train
    if n_rows and analysis.n_test:
        share = n_rows / analysis.n_test
        evidence = (
            f"{formats.count(n_rows)} of {formats.counted(analysis.n_test, 'test row')} "
            f"({formats.percent(share)}) have the same features as a training row."
        )
        yield Fact("issue" if share >= DOUBTFUL_SHARE else "note", evidence, "data")


def class_imbalance(analysis: Analysis) -> Iterator[Fact]:
    """See classes of very different sizes."""
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
        seen = not analysis.metric.is_share_of_rows
        if seen:
            evidence += (
                f" The study's metric, {analysis.metric.label}, counts each class alike."
            )
        yield Fact("note" if seen else "tip", evidence, "data")


def subset_data(analysis: Analysis) -> Iterator[Fact]:
    """See a run on a part of the data."""
    whole = analysis.dataset.subset_of
    if whole is not None:
        rows = formats.counted(analysis.n_train, "training row")
        test = formats.counted(analysis.n_test, "test row")
        yield Fact("note", f"{rows} and {test} were taken from {whole}.", "data")


def fallback_data(analysis: Analysis) -> Iterator[Fact]:
    """See data that stands in for other data."""
    reason = analysis.dataset.fallback_reason
    if reason is not None:
        title = analysis.dataset.title
        yield Fact("issue", f"{title} was used: {reason.rstrip('.')}.", "data")
