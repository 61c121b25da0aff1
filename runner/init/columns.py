"""How a table is to be read: its header, its target, what is left out and why."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runner.datasets import ColumnLook, look, quoted, read_table
from runner.datasets.columns import DECIMAL_COMMA, MISSING, parsed, texts_of
from runner.datasets.table import PARQUET_SUFFIXES, listed
from runner.datasets.text import Table, first_rows
from runner.datasets.values import closest
from runner.errors import StudyError
from runner.schema import Data

_TARGETS = ("target", "class", "label", "y", "outcome", "species", "diagnosis", "category")
_SPLITS = ("split", "part", "set", "subset", "partition", "fold")
_MOST_CLASSES = 20
_NUMBERS_ROWS = "numbers the rows"
_MOST_WORDS = 100  # different values of a column that is read as categories
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """How a table is read, and why: a sentence for each decision, by field."""

    data: Data
    reasons: dict[str, tuple[str, ...]]


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
    reasons: dict[str, tuple[str, ...]] = {}
    if path.suffix.lower() not in PARQUET_SUFFIXES:
        data, reasons = _lines(path, data)
    table = read_table(path, data)
    looks = look(table, data)
    if data.decimal == "." and _has_decimal_commas(looks):
        data = data.model_copy(update={"decimal": ","})
        reasons["decimal"] = ("Numbers are written with a comma.",)
        looks = look(table, data)
    target = _target(table, looks, data)
    data = data.model_copy(update={"target": target})
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
    categorical = tuple(one.name for one in features if one.words and _few(one))
    if categorical:
        data = data.model_copy(update={"categorical": (*data.categorical, *categorical)})
        reasons["categorical"] = ("Numbers and words in one column: read as categories.",)
    out = {one.name: why for one in features if (why := _why_out(one, table, data))}
    if len(out) == len(features):  # something must be left to learn from
        out = {name: why for name, why in out.items() if why != _NUMBERS_ROWS}
    if out:
        names = tuple(name for name in out if name not in data.drop)
        data = data.model_copy(update={"drop": (*data.drop, *names)})
        reasons["drop"] = tuple(f"{quoted(name)} {why}." for name, why in out.items())
    return Chosen(data, reasons)


def _lines(path: Path, data: Data) -> tuple[Data, dict[str, tuple[str, ...]]]:
    """Tell an odd first line and a missing header from the widths of the first rows."""
    rows = first_rows(path, data, 20)
    reasons: dict[str, tuple[str, ...]] = {}
    if not {"skip_rows", "header"} & data.model_fields_set and len(rows) > 2:
        widths = [len(row) for row in rows[1:]]
        if len(set(widths)) == 1 and len(rows[0]) < widths[0] and widths[0] > 2:
            shown = quoted(",".join(rows[0])[:60])
            reasons["skip_rows"] = (f"The first line, {shown}, is narrower than the rows.",)
            data = Data.model_validate({**_said(data), "skip_rows": 1})
            rows = rows[1:]
    if "header" not in data.model_fields_set and rows and all(map(_is_number, rows[0])):
        reasons["header"] = ("The first line holds numbers alone: no names.",)
        data = Data.model_validate({**_said(data), "header": False})
    return data, reasons


def _said(data: Data) -> dict[str, object]:
    return data.model_dump(include=data.model_fields_set)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _target(table: Table, looks: Sequence[ColumnLook], data: Data) -> str:
    """Return the name of the target that was named, or ask for one."""
    names = list(table.columns)
    wanted = data.target
    if isinstance(wanted, int) and -len(names) <= wanted < len(names):
        return names[wanted]
    if wanted is not None and str(wanted) in names:  # a name of digits, too
        return str(wanted)
    guess = _guess(looks)
    advice = f" --target {_shell(guess)} looks like one." if guess else ""
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


def _guess(looks: Sequence[ColumnLook]) -> str | None:
    """Suggest a target: by its name, then the last column with few values."""
    fit = [
        one
        for one in looks
        if 2 <= one.n_distinct <= _MOST_CLASSES and not one.n_missing and not one.words
    ]
    for name in _TARGETS:
        for one in fit:
            if one.name.casefold() == name:
                return one.name
    return fit[-1].name if fit else None


def _shell(name: str) -> str:
    return name if re.fullmatch(r"\w[\w.-]*", name) else quoted(name)


def _split(features: Sequence[ColumnLook]) -> str | None:
    for one in features:
        words = {text.casefold() for text in one.examples}
        if one.name.casefold() in _SPLITS and words == {"train", "test"}:
            return one.name
    return None


def _has_decimal_commas(looks: Sequence[ColumnLook]) -> bool:
    return any(
        one.kind == "problem"
        and all(DECIMAL_COMMA.fullmatch(text) for text in one.examples)
        for one in looks
        if one.examples
    )


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


def _few(one: ColumnLook) -> bool:
    return one.n_distinct <= _MOST_WORDS


def _why_out(one: ColumnLook, table: Table, data: Data) -> str | None:
    """Say why a column is left out, where it is."""
    if one.name in data.categorical:
        return None
    if one.n_distinct == 0 and one.n_missing == table.n_rows:
        return "has no value"
    if one.kind == "problem" and not one.words:
        return one.problem.split(".")[0].split(", such as")[0]
    if one.kind == "problem":
        return None  # words among numbers: the user has to say what they mean
    known = table.n_rows - one.n_missing
    if one.kind == "category" and one.n_distinct > max(_MOST_CLASSES, known / 2):
        return "names the rows: nearly each has a text of its own"
    if one.n_distinct == known == table.n_rows and _counts(one, table, data):
        return _NUMBERS_ROWS
    if one.n_distinct == 1 and not one.n_missing:
        return "has the same value in every row"
    return None


def _counts(one: ColumnLook, table: Table, data: Data) -> bool:
    """Tell a column that counts the rows one by one, or is called a number of theirs."""
    if one.kind != "number" or not all(text.isdecimal() for text in one.examples):
        return False
    if re.search(r"(^|[_ .-])(id|index|no|nr|row|rownames)$", one.name, re.IGNORECASE):
        return True
    if re.search(r"[a-z](ID|Id)$|^column 0$|^Unnamed", one.name):
        return True
    texts = texts_of(table.columns[one.name], data)
    steps = np.diff(parsed(texts.distinct, data.decimal)[texts.codes])
    return len(steps) > 0 and bool((steps == 1).all())


def fields(data: Data) -> Iterator[tuple[str, object]]:
    """Return each field of a study's data that is not as it would be unsaid."""
    for name, info in Data.model_fields.items():
        value = getattr(data, name)
        if value != info.default and value not in ((), {}):
            yield name, value
