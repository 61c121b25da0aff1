"""Facts about a table's columns, each only where it applies."""

import re
from collections.abc import Iterator, Sequence

from tunecard.report import formats
from tunecard.report.view.types import LabeledValue
from tunecard.runner.schema import DatasetInfo

_MOST = 12  # names in a row; the results have them all
_PLAIN = re.compile(r"\w[\w.-]*")  # a name that cannot be confused with our own words


def row_counts(data: DatasetInfo) -> tuple[str, ...]:
    """Count the rows of both parts; training rows that are unknown are left out."""
    test = f"{formats.count(data.n_test)} test"
    if data.split == "declared" and not data.n_train:
        return (f"{test}; the training rows were not handed over",)
    return f"{formats.count(data.n_train)} training", test


def feature_facts(data: DatasetInfo) -> Iterator[LabeledValue]:
    """List target, categories, gaps, repeated rows and what was left out."""
    if data.target is not None:
        yield LabeledValue("Target", data.target)
    if data.positive is not None:
        yield LabeledValue("Positive class", data.positive)
    kinds = [column.name for column in data.columns if column.kind == "category"]
    if kinds:
        n_values = sum(len(column.categories) for column in data.columns)
        yield LabeledValue(
            "Categorical columns",
            f"{_named(kinds)}; one-hot encoded, one column for each of their "
            f"{formats.count(n_values)} values",
        )
    gaps = [column.name for column in data.columns if column.n_missing]
    if gaps:
        yield LabeledValue(
            "Missing cells", f"{formats.count(data.n_missing)}, in {_named(gaps)}"
        )
    if kinds or gaps:
        yield LabeledValue(
            "Encoding",
            "inside each model, from its training rows only: a missing number becomes "
            "their median, a missing category becomes a category of its own",
        )
    constant = [column.name for column in data.columns if column.constant]
    if constant:
        yield LabeledValue("Constant columns", _named(constant))
    if data.dropped:
        yield LabeledValue("Columns left out", _named(data.dropped))
    if data.n_duplicates:
        yield LabeledValue(
            "Rows that repeat an earlier one", formats.count(data.n_duplicates)
        )
    for note in data.notes:
        yield LabeledValue("Note", note)


def _named(names: Sequence[str]) -> str:
    shown = [name if _PLAIN.fullmatch(name) else f'"{name}"' for name in names[:_MOST]]
    more = len(names) - len(shown)
    return formats.listed([*shown, f"{formats.count(more)} more"] if more else shown)
