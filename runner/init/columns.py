"""How a table is to be read: its target, its parts, what is left out and why."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunecard.runner.datasets import ColumnLook, look, quoted, read_table
from tunecard.runner.datasets.columns import MISSING, texts_of
from tunecard.runner.datasets.table import listed
from tunecard.runner.datasets.text import Table
from tunecard.runner.datasets.values import closest
from tunecard.runner.errors import StudyError
from tunecard.runner.init.dialect import dialect_of
from tunecard.runner.init.left_out import is_code, left_out
from tunecard.runner.schema import Data

_TARGETS = (
    *("target", "class", "label", "labels", "y", "outcome", "species", "diagnosis"),
    *("category", "survived", "churn", "default", "fraud", "is_fraud", "spam", "result"),
    *("income", "quality", "rating"),
)
_SPLITS = ("split", "part", "set", "subset", "partition", "fold")
_MOST_CLASSES = 20
_MOST_WORDS = 100  # different values of a column that is read as categories


@dataclass(frozen=True)
class Chosen:
    """How a table is read, and why: a sentence for each decision, by field."""

    data: Data
    reasons: Mapping[str, tuple[str, ...]]


def choose(path: Path, data: Data) -> Chosen:
    """Decide how a table is read.

    Parameters
    ----------
    path : Path
        A table of text, or a Parquet file.
    data : Data
        What the user said; what they left out is found out.

    Returns
    -------
    Chosen
        With a target.

    Raises
    ------
    StudyError
        If no target was named, with the columns and a suggestion.
    DataError
        If the file cannot be read as a table.
    """
    found = dialect_of(path, data)
    data, reasons = found.data, dict(found.reasons)
    table = read_table(path, data)
    looks = look(table, data)
    target = _target(table, looks, data)
    data = data.model_copy(update={"target": target})
    if found.classes and target == list(table.columns)[-1]:
        data = _with_names(table, data, found.classes)
        if data.class_names:
            reasons["class_names"] = ("The names are those of the file's first line.",)
    features = [one for one in looks if one.name != target]
    split = _split(features)
    if data.split is None and split is not None:
        data = data.model_copy(update={"split": split})
        reasons["split"] = ("This column says which rows are for training and testing.",)
    features = [one for one in features if one.name != data.split]
    if data.missing is None:
        data, more = _missing(table, features, data)
        reasons |= more
    anew = {one.name: one for one in look(table, data)}
    features = [anew[one.name] for one in features]
    data, more = _categorical(table, features, data)
    reasons |= more
    out = left_out(table, features, data)
    if out:
        names = tuple(name for name in out if name not in data.drop)
        data = data.model_copy(update={"drop": (*data.drop, *names)})
        reasons["drop"] = tuple(f"{quoted(name)} {why}." for name, why in out.items())
    return Chosen(data, reasons)


def column_named(names: Sequence[str], wanted: str | int) -> str | None:
    """Return the column that was named on the command line, or None.

    A name of digits goes before a number: both are typed alike.

    Examples
    --------
    >>> column_named(["2023", "2024"], 2024), column_named(["a", "b"], -1)
    ('2024', 'b')
    """
    if str(wanted) in names:
        return str(wanted)
    if isinstance(wanted, int) and -len(names) <= wanted < len(names):
        return names[wanted]
    return None


def _target(table: Table, looks: Sequence[ColumnLook], data: Data) -> str:
    """Return the name of the target that was named, or ask for one."""
    names = list(table.columns)
    wanted = data.target
    named = None if wanted is None else column_named(names, wanted)
    if named is not None:
        return named
    advice = _advice(looks)
    if wanted is None:
        raise StudyError(
            f"--target is missing: which column of {table.origin} holds the classes? There "
            f"are {listed(names)}.{advice}"
        )
    close = closest(str(wanted), names)
    advice = f" Did you mean {close!r}?" if close else advice
    raise StudyError(
        f"--target {wanted} is no column of {table.origin}. There are {listed(names)}."
        f"{advice}"
    )


def _advice(looks: Sequence[ColumnLook]) -> str:
    """Suggest a target: by its name; else those that could be, few values as they have."""
    fit = [
        one.name
        for one in looks
        if 2 <= one.n_distinct <= _MOST_CLASSES and not one.n_missing and not one.words
    ]
    for wanted in _TARGETS:
        for name in fit:
            if name.casefold() == wanted:
                return f" --target {shlex.quote(name)} looks like one."
    if len(fit) == 1:
        return f" --target {shlex.quote(fit[0])} could be one."
    return f" Few different values have {listed(fit)}." if fit else ""


def _with_names(table: Table, data: Data, classes: tuple[str, ...]) -> Data:
    """Take the names of classes that a file gives, where its labels are their numbers."""
    target = str(data.target)
    labels = {str(number): name for number, name in enumerate(classes)}
    found = texts_of(table.columns[target], data).distinct
    if data.class_names or set(found) != set(labels) or len(set(classes)) < len(classes):
        return data
    return data.model_copy(update={"class_names": labels})


def _split(features: Sequence[ColumnLook]) -> str | None:
    for one in features:
        words = {text.casefold() for text in one.examples}
        if one.name.casefold() in _SPLITS and words == {"train", "test"}:
            return one.name
    return None


def _missing(
    table: Table, features: Sequence[ColumnLook], data: Data
) -> tuple[Data, dict[str, tuple[str, ...]]]:
    """Read a word that stands alone among numbers as "no value"."""
    # "3+" among numbers is a value; "?", "unknown" and "-" are none.
    words = {
        one.words[0]: one.name
        for one in features
        if len(one.words) == 1 and not any(map(str.isdigit, one.words[0]))
    }
    if not words:
        return data, {}
    said = [word for word in sorted(MISSING) if _occurs(table, word)]
    reason = ", ".join(f"{quoted(word)} in {quoted(name)}" for word, name in words.items())
    return (
        data.model_copy(update={"missing": (*words, *said)}),
        {"missing": (f"A single word among numbers is read as no value: {reason}.",)},
    )


def _occurs(table: Table, word: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return any(
        bool(pc.any(pc.equal(pc.utf8_trim_whitespace(column), word)).as_py())
        for column in table.columns.values()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    )


def _categorical(
    table: Table, features: Sequence[ColumnLook], data: Data
) -> tuple[Data, dict[str, tuple[str, ...]]]:
    """Read as categories what are numbers and words, and numbers that are codes."""
    few = [one for one in features if one.n_distinct <= _MOST_WORDS]
    mixed = [one.name for one in few if one.words]
    codes = [
        one.name
        for one in few
        if one.n_distinct * 2 <= table.n_rows and is_code(one, table, data)
    ]
    reasons = []
    if mixed:
        reasons.append("Numbers and words in one column: read as categories.")
    if codes:
        shown = ", ".join(map(quoted, codes))
        reasons.append(f"Numbers that begin with 0 are names, not quantities: {shown}.")
    if not reasons:
        return data, {}
    names = tuple(name for name in (*mixed, *codes) if name not in data.categorical)
    return (
        data.model_copy(update={"categorical": (*data.categorical, *names)}),
        {"categorical": tuple(reasons)},
    )


def fields(data: Data) -> Iterator[tuple[str, object]]:
    """Return each field of a study's data that is not as it would be unsaid."""
    for name, info in Data.model_fields.items():
        value = getattr(data, name)
        if value != info.default and value not in ((), {}):
            yield name, value
