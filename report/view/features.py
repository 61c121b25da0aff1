"""What is told of a table's columns, each fact only where there is something to tell."""

import re
from collections.abc import Iterator, Sequence

from tunecard.report import formats
from tunecard.report.view.types import Fact
from tunecard.runner.schema import DatasetInfo

_MOST = 12  # names in a row; the results have them all
_PLAIN = re.compile(r"\w[\w.-]*")  # a name that cannot be taken for words of ours


def row_counts(data: DatasetInfo) -> tuple[str, ...]:
    """Count the rows of both parts; training rows that are unknown are left out."""
    test = f"{formats.count(data.n_test)} test"
    if data.split == "declared" and not data.n_train:
        return (f"{test}; the training rows were not handed over",)
    return f"{formats.count(data.n_train)} training", test


def feature_facts(data: DatasetInfo) -> Iterator[Fact]:
    """Tell target, categories, gaps, repeated rows and what was left out."""
    if data.target is not None:
        yield Fact("Target", data.target)
    if data.positive is not None:
        yield Fact("Positive class", data.positive)
    kinds = [column.name for column in data.columns if column.kind == "category"]
    if kinds:
        n_values = sum(len(column.categories) for column in data.columns)
        yield Fact(
            "Columns of categories",
            f"{_named(kinds)}; a column of 0 and 1 for each of their "
            f"{formats.count(n_values)} values",
        )
    gaps = [column.name for column in data.columns if column.n_missing]
    if gaps:
        yield Fact("Missing cells", f"{formats.count(data.n_missing)}, in {_named(gaps)}")
    if kinds or gaps:
        yield Fact(
            "Encoding",
            "inside each model, from its training rows alone: a missing number is their "
            "median, a missing category is one of its own",
        )
    constant = [column.name for column in data.columns if column.constant]
    if constant:
        yield Fact("Columns of one value", _named(constant))
    if data.dropped:
        yield Fact("Columns left out", _named(data.dropped))
    if data.n_duplicates:
        yield Fact("Rows that repeat an earlier one", formats.count(data.n_duplicates))
    for note in data.notes:
        yield Fact("Note", note)


def _named(names: Sequence[str]) -> str:
    shown = [name if _PLAIN.fullmatch(name) else f'"{name}"' for name in names[:_MOST]]
    more = len(names) - len(shown)
    return formats.listed([*shown, f"{formats.count(more)} more"] if more else shown)
