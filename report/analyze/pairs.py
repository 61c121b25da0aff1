"""Two cases on the same test rows, counted once for everything that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tunecard.report.analyze.types import PairedTable
from tunecard.report.load import Predictions
from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.grouped import grouped_confusion_difference
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.labels import cells, of_confusion
from tunecard.runner.schema import Case, MetricSpec, Results


@dataclass(frozen=True)
class Pair:
    """Two cases on the same test rows.

    Attributes
    ----------
    first, second : Case
        Differences are second minus first.
    rows : Predictions
        What both answered.
    table : PairedTable
        Rows that each gets right.
    identical : bool
        Whether both predict the same on every row.
    exchanged : dict of PairedInference
        By metric, those that are functions of the confusion matrix; of rows in groups by
        the jackknife.
    """

    first: Case
    second: Case
    rows: Predictions
    table: PairedTable
    identical: bool
    exchanged: Mapping[str, PairedInference] = field(default_factory=dict)


def pair_up(
    first: Case,
    second: Case,
    predictions: Predictions,
    results: Results,
    rng: np.random.Generator | None,
) -> Pair:
    """Count two cases against each other.

    Parameters
    ----------
    first, second : Case
        Both with predictions.
    predictions : Predictions
        One row a test sample.
    results : Results
        The run: its classes and metrics.
    rng : numpy.random.Generator or None
        For exchanges; None leaves them out.

    Returns
    -------
    Pair
    """
    if predictions.of_values:
        return pair_up_values(first, second, predictions)
    truth = predictions.y_true
    codes, other_codes = predictions.predicted[first.key], predictions.predicted[second.key]
    right_one, right_two = codes == truth, other_codes == truth
    table = PairedTable(
        both_right=int(np.count_nonzero(right_one & right_two)),
        only_first=int(np.count_nonzero(right_one & ~right_two)),
        only_second=int(np.count_nonzero(~right_one & right_two)),
        both_wrong=int(np.count_nonzero(~right_one & ~right_two)),
    )
    identical = bool(np.array_equal(codes, other_codes))
    if rng is None:
        return Pair(first, second, predictions, table, identical)
    data = results.dataset
    tested = of_confusion(spec for spec in results.metrics if needs_exchanges(spec))
    if predictions.unit is not None:
        by_groups = {
            metric.name: grouped_confusion_difference(
                truth,
                (codes, other_codes),
                predictions.unit,
                metric,
                n_classes=len(data.classes),
                positive=data.positive_code,
                in_time=predictions.in_time,
            )
            for metric in tested
        }
        exchanged = {name: each for name, each in by_groups.items() if each is not None}
        return Pair(first, second, predictions, table, identical, exchanged)
    counted = cells(truth, codes, other_codes, len(data.classes), data.positive_code)
    exchanged = confusion_differences(counted, tested, rng)
    return Pair(first, second, predictions, table, identical, exchanged=exchanged)


def pair_up_values(first: Case, second: Case, predictions: Predictions) -> Pair:
    """Count the rows on which either case of a regression is nearer to the truth."""
    values, other_values = (
        predictions.predicted[first.key],
        predictions.predicted[second.key],
    )
    errors, other_errors = (
        np.abs(each - predictions.y_true) for each in (values, other_values)
    )
    table = PairedTable(
        both_right=0,
        only_first=int(np.count_nonzero(errors < other_errors)),
        only_second=int(np.count_nonzero(other_errors < errors)),
        both_wrong=int(np.count_nonzero(errors == other_errors)),
    )
    identical = bool(np.array_equal(values, other_values))
    return Pair(first, second, predictions, table, identical)


def needs_exchanges(spec: MetricSpec) -> bool:
    """Return whether the test of a metric exchanges the answers of its pair."""
    return spec.inference == "confusion"
