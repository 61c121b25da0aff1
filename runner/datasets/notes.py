"""Notes for the reader of a table: ids, groups, leaks, free text that is left out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts
from tunecard.runner.datasets.columns import Feature
from tunecard.runner.datasets.values import CodeArray
from tunecard.runner.schema import RepeatedColumn

_FEWEST = 20  # rows: of fewer, numbers are all different by chance
_FEWEST_OF_CLASS = 5  # rows: fewer are apart from the others by chance
_FEWEST_GROUPS = 5
_WORDS = 3  # of a text that is prose rather than a name
_PEEKED = 1_000  # rows that suffice for most columns
_MONTH = r"(jan|feb|mar|m[äa]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?"
#: A date or a time of day, as people write them.
DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    rf"|\d{{1,2}}\.?[- ]{_MONTH}[- ,]+\d{{2,4}}|{_MONTH} \d{{1,2}}(st|nd|rd|th)?,? \d{{4}}"
    r"|\d{1,2}:\d{2}(:\d{2})?( ?[ap]m)?)([T ,]+\d.*)?",
    re.IGNORECASE,
)
#: Names of columns whose values may have several rows each.
_GROUP = re.compile(
    r"(^|[^a-z])(subject|patient|person|participant|respondent|user|customer|client|member"
    r"|household|family|animal|mouse|donor|speaker|writer|author|session|device|machine"
    r"|sensor|store|school|hospital|proband)([^a-z]*(id|no|nr|num|number|code|#))?$",
    re.IGNORECASE,
)


def notes_on(
    features: Iterable[Feature], codes: CodeArray | None, labels: Sequence[str]
) -> Iterator[str]:
    """Yield what may be no feature at all, and labels that may be one class.

    Parameters
    ----------
    features : iterable of Feature
        The columns of X.
    codes : ndarray (n_rows,) or None
        The classes; None of a regression.
    labels : sequence of str
        Their names, by code.

    Yields
    ------
    str
        A sentence, or two.
    """
    named: dict[str, str] = {}
    for label in labels:
        other = named.setdefault(label.casefold(), label)
        if other != label:
            yield (
                f"The classes {other!r} and {label!r} differ only in capital letters: if "
                "they are one class, write them alike."
            )
    for feature in features:
        name = feature.info.name
        if len(feature.values) < _FEWEST:
            return
        if codes is not None and mirrors(feature.values, codes, len(labels)):
            yield (
                f"Column {name!r} has a value for each class, and so decides the target: "
                "if it is unknown at prediction time, leave the column out."
            )
        elif (
            codes is not None
            and feature.info.kind == "number"
            and separates(feature.values, codes)
        ):
            yield (
                f"Column {name!r} alone decides the target: its values of one class end "
                "where those of the next begin. If it was derived from the target, leave "
                "the column out; otherwise the scores are too good to be true."
            )
        elif _is_plain_number(feature) and _are_unique_integers(feature.values):
            yield (
                f"Column {name!r} has a different integer in each row: if these are "
                "row ids, leave the column out."
            )


def notes_on_left_out(
    left_out: Mapping[str, Texts], features: Sequence[Feature]
) -> Iterator[str]:
    """Yield which columns of free text the models do not get, and whether any is left.

    Parameters
    ----------
    left_out : dict of Texts
        The columns that the study drops, by name.
    features : sequence of Feature
        The columns of X.
    """
    prose = [name for name, texts in left_out.items() if is_prose(texts)]
    for name in prose:
        yield prose_note(name, left_out[name])
    if not prose:
        return
    if not any(_varies(feature) for feature in features):
        yield (
            "No column that is left has different values: the models get nothing that "
            "could predict the target, and every score here is chance."
        )


def repeated_columns(
    left_out: Mapping[str, Texts], features: Sequence[Feature], codes: CodeArray | None
) -> Iterator[RepeatedColumn]:
    """Yield the columns that name subjects with several rows each.

    Parameters
    ----------
    left_out : dict of Texts
        The columns that the study drops, by name.
    features : sequence of Feature
        The columns of X.
    codes : ndarray (n_rows,) or None
        The classes; None of a regression.
    """
    columns: dict[str, npt.NDArray[Any]] = {
        **{name: texts.codes for name, texts in left_out.items()},
        **{feature.info.name: feature.values for feature in features},
    }
    for name, values in columns.items():
        if len(values) >= _FEWEST and are_groups(name, values, codes):
            n_values = len(np.unique(values))
            yield RepeatedColumn(column=name, n_values=n_values, n_rows=len(values))


def repeat_note(repeated: RepeatedColumn) -> str:
    """Write what a column of repeated subjects means for a verdict."""
    return (
        f"Column {repeated.column!r} has {repeated.n_values:,} values in "
        f"{repeated.n_rows:,} rows. If rows with the same value belong together, such as "
        "those of one patient, they are not independent, as the verdicts assume: name "
        "the column as groups in [split], and all of them stay on one side."
    )


def mirrors(values: npt.NDArray[Any], codes: CodeArray, n_classes: int) -> bool:
    """Return whether a column has one value for each class, another for each other.

    Parameters
    ----------
    values : ndarray (n_rows,)
        Of the column; NaN counts as a value.
    codes : ndarray (n_rows,)
        Of the target.
    n_classes : int
        Different codes.
    """
    if len(np.unique(values[:_PEEKED])) > n_classes:  # a few rows suffice for most columns
        return False
    distinct, positions = np.unique(values, return_inverse=True)
    pairs = np.unique(positions * n_classes + codes)
    return len(distinct) == len(pairs) == n_classes


def separates(values: npt.NDArray[Any], codes: CodeArray) -> bool:
    """Return whether thresholds on a column decide the class of every row.

    Parameters
    ----------
    values : ndarray (n_rows,)
        Of the column.
    codes : ndarray (n_rows,)
        Of the target.
    """
    return _are_blocks(values[:_PEEKED], codes[:_PEEKED]) and _are_blocks(values, codes)


def _are_blocks(values: npt.NDArray[Any], codes: CodeArray) -> bool:
    counts = np.bincount(codes)
    if np.isnan(values).any() or counts[counts > 0].min() < _FEWEST_OF_CLASS:
        return False
    order = np.argsort(values, kind="stable")
    changes = np.flatnonzero(np.diff(codes[order]))
    if len(changes) != np.count_nonzero(counts) - 1:
        return False
    ordered = values[order]
    return bool((ordered[changes] < ordered[changes + 1]).all())


def prose_note(name: str, texts: Texts) -> str:
    """Return a sentence on a column of free text that is left out."""
    n_values = int(np.count_nonzero(texts.codes >= 0))
    return (
        f"Column {name!r} holds free text ({len(texts.distinct):,} different texts in "
        f"{n_values:,} rows). Tunecard does not use text as features yet: it is left out."
    )


def is_prose(texts: Texts) -> bool:
    """Return whether a column holds free text: several words, hardly ever repeated."""
    n_values = int(np.count_nonzero(texts.codes >= 0))
    some = texts.distinct[:_PEEKED]
    many_words = sum(
        len(text.split()) >= _WORDS and not DATE.fullmatch(text) for text in some
    )
    return len(texts.distinct) * 2 > max(n_values, 2) and many_words * 2 > len(some)


def _is_plain_number(feature: Feature) -> bool:
    """Return whether a column is numbers that are written without marks, as ids are."""
    return feature.info.kind == "number" and not feature.notes


def _varies(feature: Feature) -> bool:
    numbers = feature.values[~np.isnan(feature.values)]
    return bool(numbers.min() != numbers.max())


def are_groups(name: str, values: npt.NDArray[Any], codes: CodeArray | None) -> bool:
    """Return whether a column's values are groups of rows: by its name, or its order.

    Without such a name, groups stand one after another in the file and have one
    class each, which no threshold explains.

    Parameters
    ----------
    name : str
        The column's.
    values : ndarray (n_rows,)
        Its numbers, or codes of its texts.
    codes : ndarray (n_rows,) or None
        Of the target; None of a regression, where the name alone decides.
    """
    named = _GROUP.search(name) is not None
    if codes is None and not named:
        return False
    few = values[:_PEEKED]
    if not named and np.count_nonzero(np.diff(few)) + 1 != len(np.unique(few)):
        return False
    if not named and (np.isnan(few).any() or (few != np.floor(few)).any()):
        return False
    distinct, positions = np.unique(values, return_inverse=True)
    n_groups = len(distinct)
    if not _FEWEST_GROUPS <= n_groups <= len(values) / 2:
        return False
    if named or codes is None:
        return True
    n_pairs = len(np.unique(positions * (codes.max() + 1) + codes))
    runs = np.count_nonzero(np.diff(values)) + 1
    return n_pairs == n_groups == runs and not separates(values, codes)


def _are_unique_integers(values: npt.NDArray[np.float32]) -> bool:
    few = values[:_PEEKED]
    if (
        np.isnan(few).any()
        or (few != np.floor(few)).any()
        or len(np.unique(few)) < len(few)
    ):
        return False
    whole = bool((values == np.floor(values)).all())  # NaN is not an integer
    return whole and len(np.unique(values)) == len(values)
