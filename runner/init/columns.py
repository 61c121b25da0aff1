"""How a table is to be read: its target, its parts, what is left out and why."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunecard.runner.datasets import ColumnLook, look, quoted, read_table
from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.split import in_test, is_split
from tunecard.runner.datasets.table import labeled, listed
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import closest
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.init.dialect import dialect_of
from tunecard.runner.init.left_out import is_code, left_out
from tunecard.runner.init.numeric import missing_words, numeric_notes
from tunecard.runner.init.task import decide_task
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import Data

_TARGETS = (
    *("target", "class", "label", "labels", "y", "outcome", "species", "diagnosis"),
    *("category", "survived", "churn", "default", "fraud", "is_fraud", "spam", "result"),
    *("income", "quality", "rating"),
)
_MOST_CLASSES = 20
_MOST_WORDS = 100  # different values of a column that is read as categories


@dataclass(frozen=True)
class Chosen:
    """How a table is read, and why: a sentence for each decision, by field."""

    data: Data
    reasons: Mapping[str, tuple[str, ...]]
    task: TaskName = "classification"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was decided, in the order of decision."""
        return tuple(sentence for why in self.reasons.values() for sentence in why)


def as_read(path: Path, data: Data) -> Chosen:
    """Decide how the cells of a table are read, whatever is learned from them.

    Parameters
    ----------
    path : Path
        A table of text, or a Parquet file.
    data : Data
        What the user specified; the rest is detected.

    Returns
    -------
    Chosen
        With a target where the user named one.

    Raises
    ------
    StudyError, DataError
        If the file cannot be read as a table.
    """
    return _read(path, data)[0]


def _read(path: Path, data: Data) -> tuple[Chosen, RawTable]:
    dialect = dialect_of(path, data)
    reasons = dict(dialect.reasons)
    table = read_table(path, dialect.data)
    data = _replace_numbers(dialect.data, list(table.columns))
    target = data.target
    if dialect.classes and target == list(table.columns)[-1]:
        data = _name_classes(table, data, dialect.classes)
        if data.class_names:
            reasons["class_names"] = ("The names are those of the file's first line.",)
    words = missing_words(table, data) if data.missing is None else None
    if words:
        data = data.model_copy(update={"missing": words[0]})
        reasons["missing"] = (words[1],)
    if isinstance(target, str) and target in table.columns:
        without_gaps = data.model_copy(update={"drop_unlabeled": True})
        rows, why = labeled(table, target, without_gaps)
        if why and rows.n_rows:
            table, data, reasons["drop_unlabeled"] = rows, without_gaps, why
    taken = {target, data.split, *data.drop, *data.categorical, *data.numeric}
    numeric = numeric_notes(table, [n for n in table.columns if n not in taken], data)
    if numeric:
        data = data.model_copy(update={"numeric": (*data.numeric, *numeric)})
        reasons["numeric"] = tuple(numeric.values())
    return Chosen(data, reasons), table


def _replace_numbers(data: Data, names: Sequence[str]) -> Data:
    """Name the columns that the user numbered; a name of digits takes precedence."""

    def named(column: str | int) -> str | int:
        return column_named(names, column) or column

    fields = {
        field: tuple(map(named, getattr(data, field)))
        for field in ("drop", "categorical", "numeric")
        if getattr(data, field)
    }
    singles = {
        field: named(getattr(data, field))
        for field in ("target", "split")
        if getattr(data, field) is not None
    }
    return data.model_copy(update={**fields, **singles})


def choose(path: Path, data: Data, task: TaskName | None = None) -> Chosen:
    """Decide how a table is read.

    Parameters
    ----------
    path : Path
        A table of text, or a Parquet file.
    data : Data
        What the user specified; the rest is detected.
    task : str or None
        What the target is; None to decide by its values.

    Returns
    -------
    Chosen
        With a target, and its task.

    Raises
    ------
    StudyError
        If no target was named, with the columns and a suggestion.
    DataError
        If the file cannot be read as a table, or nothing can be learned from it.
    """
    chosen, table = _read(path, data)
    data, reasons = chosen.data, dict(chosen.reasons)
    looks = look(table, data)
    target = _find_target(table, looks, data)
    task, data, of_target = decide_task(table, target, data, task)
    reasons |= {name: (*reasons.get(name, ()), *why) for name, why in of_target.items()}
    named = {target, *data.drop}
    features = [look for look in looks if look.name not in named]
    if (
        data.split is None
        and (split := _find_split(table, features, data, task)) is not None
    ):
        data = data.model_copy(update={"split": split})
        reasons["split"] = (f"{quoted(split)} assigns the rows to training and testing.",)
    features = [feature for feature in features if feature.name != data.split]
    data, more = _choose_categorical(table, features, data)
    reasons |= more
    names = {feature.name for feature in features}
    features = [column for column in look(table, data) if column.name in names]
    out = left_out(table, features, data, task)
    if features and len(out) == len(features):
        raise DataError(
            f"{table.origin}: no column is left to learn from: {' '.join(out.values())}"
        )
    if out:
        data = data.model_copy(update={"drop": (*data.drop, *out)})
        reasons["drop"] = tuple(out.values())
    return Chosen(data, reasons, task)


def column_named(names: Sequence[str], wanted: str | int) -> str | None:
    """Return the column that was named on the command line, or None.

    A name of digits takes precedence over a number: both are typed alike.

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


def _find_target(table: RawTable, looks: Sequence[ColumnLook], data: Data) -> str:
    """Return the name of the target, or raise where it is missing."""
    names = list(table.columns)
    wanted = data.target
    if isinstance(wanted, str) and wanted in names:
        return wanted
    advice = _suggest_target(looks)
    if wanted is None:
        raise StudyError(
            f"--target is missing: which column of {table.origin} is to be predicted? "
            f"There are {listed(names)}.{advice}"
        )
    close = closest(str(wanted), names)
    advice = f" Did you mean {close!r}?" if close else advice
    raise StudyError(
        f"--target {wanted} is not a column of {table.origin}. There are {listed(names)}."
        f"{advice}"
    )


def _suggest_target(looks: Sequence[ColumnLook]) -> str:
    """Suggest a target by its name, else the columns with few different values."""
    fit = [
        look.name
        for look in looks
        if 2 <= look.n_distinct <= _MOST_CLASSES and not look.n_missing and not look.words
    ]
    for wanted in _TARGETS:
        for name in fit:
            if name.casefold() == wanted:
                return f" --target {shlex.quote(name)} looks like one."
    if len(fit) == 1:
        return f" --target {shlex.quote(fit[0])} could be one."
    return f" Columns with few different values: {listed(fit)}." if fit else ""


def _name_classes(table: RawTable, data: Data, classes: tuple[str, ...]) -> Data:
    """Take the names of classes that a file gives, where its labels are their numbers."""
    target = str(data.target)
    labels = {str(number): name for number, name in enumerate(classes)}
    distinct = texts_of(table.columns[target], data).distinct
    if data.class_names or set(distinct) != set(labels) or len(set(classes)) < len(classes):
        return data
    return data.model_copy(update={"class_names": labels})


def _find_split(
    table: RawTable, features: Sequence[ColumnLook], data: Data, task: TaskName
) -> str | None:
    """Return the column that holds train and test, where each class has a training row."""
    for feature in features:
        if (
            feature.kind != "category"
            or feature.n_missing
            or feature.n_distinct > _MOST_CLASSES
        ):
            continue
        texts = texts_of(table.columns[feature.name], data)
        if is_split(texts) and task == "regression":
            return feature.name
        if is_split(texts):
            codes = texts_of(table.columns[str(data.target)], data).codes
            trained = codes[~in_test(feature.name, texts, table.origin)]
            if len(np.unique(trained)) == len(np.unique(codes)):
                return feature.name
    return None


def _choose_categorical(
    table: RawTable, features: Sequence[ColumnLook], data: Data
) -> tuple[Data, dict[str, tuple[str, ...]]]:
    """Read as categories what are numbers and words, and numbers that are codes."""
    few = [
        feature
        for feature in features
        if feature.n_distinct <= _MOST_WORDS
        and feature.name not in (*data.categorical, *data.numeric)
    ]
    mixed = [
        column.name
        for column in few
        if column.words and column.n_distinct * 2 <= table.n_rows
    ]
    codes = [
        column.name
        for column in few
        if column.n_distinct * 2 <= table.n_rows and is_code(column, table, data)
    ]
    reasons = []
    if mixed:
        columns = "Column" if len(mixed) == 1 else "Columns"
        verb = "mixes" if len(mixed) == 1 else "mix"
        reasons.append(
            f"{columns} {', '.join(map(quoted, mixed))} {verb} numbers and words: treated "
            "as categorical."
        )
    if codes:
        shown = ", ".join(map(quoted, codes))
        reasons.append(f"Numbers that begin with 0 are codes, not quantities: {shown}.")
    if not reasons:
        return data, {}
    return (
        data.model_copy(update={"categorical": (*data.categorical, *mixed, *codes)}),
        {"categorical": tuple(reasons)},
    )


def fields(data: Data) -> Iterator[tuple[str, object]]:
    """Return each field of a study's data that differs from its default."""
    for name, info in Data.model_fields.items():
        value = getattr(data, name)
        if value != info.default:
            yield name, value
