"""What a dataset is, before anything is learned from it: for a reader, and for `init`."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.columns import feature_of
from tunecard.runner.datasets.dataset import read
from tunecard.runner.datasets.files import sha256
from tunecard.runner.datasets.hashes import n_duplicates, sha256_of
from tunecard.runner.datasets.numbers import parsed
from tunecard.runner.datasets.numeric_target import spread_of
from tunecard.runner.datasets.registry import check_fields, entry_of, is_table
from tunecard.runner.datasets.table import read_table
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.values import Request, Whole
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data

_SHOWN = 3  # values of a column, as examples


@dataclass(frozen=True)
class ColumnLook:
    """A column as it stands, whether it can be learned from or not.

    Attributes
    ----------
    kind : str
        ``number``, ``category``; or ``problem``, described in `problem`.
    n_distinct : int
        Different values, "no value" aside.
    words : tuple of str
        Of a text column that is mostly numbers, the texts that are not.
    examples : tuple of str
        Its first values by size or alphabet.
    """

    name: str
    kind: str
    n_missing: int
    n_distinct: int
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Description:
    """A dataset in figures.

    Attributes
    ----------
    n_train, n_test : int or None
        Rows of the parts, where the data has a split of its own.
    classes : dict
        Rows of each class, by name; empty without a target, and of a regression.
    values : dict
        The values of a regression in figures: lowest, median, mean, highest, and more.
    n_missing, n_duplicates : int or None
        Cells without a value; rows that repeat an earlier one, class and all.
    constant : tuple of str
        Columns with one value in all rows.
    sha256 : dict
        Of the file, and of X and y as models get them.
    """

    name: str
    title: str
    source: str
    n_rows: int
    n_features: int
    n_train: int | None
    n_test: int | None
    image_shape: tuple[int, int] | None
    target: str | None
    classes: dict[str, int]
    columns: tuple[ColumnLook, ...]
    n_missing: int
    n_duplicates: int | None
    constant: tuple[str, ...]
    sha256: dict[str, str]
    notes: tuple[str, ...]
    values: dict[str, float | None] = field(default_factory=dict)


def describe(name: str, request: Request) -> Description:
    """Describe a dataset; a table without a target by its columns alone.

    Parameters
    ----------
    name : str
        A known name, ``openml:<number>``, or a path.
    request : Request
        Where to look, and how the data is read.

    Raises
    ------
    StudyError, DataError, DataUnreachable
        If it cannot be read, or nothing could be learned from its target.
    """
    path = request.base / name if is_table(name) else None
    if path is not None and request.data.target is None:
        check_fields(request.data, entry_of(name))
        return _describe_table(read_table(path, request.data), path, request.data)
    looks: tuple[ColumnLook, ...] = ()
    if path is not None:
        looks = look(read_table(path, request.data), request.data)
        # A column that a run would refuse is described with the others.
        request = replace(request, data=_without_problems(request.data, looks))
    entry, whole = read(name, request)
    return _describe_whole(entry.name, entry.title, whole, looks)


def _without_problems(data: Data, looks: tuple[ColumnLook, ...]) -> Data:
    numbers = {name for name in (data.target, data.split, *data.drop) if name is not None}
    kept = {
        looks[n].name
        for n in numbers
        if isinstance(n, int) and -len(looks) <= n < len(looks)
    }
    odd = [
        look.name
        for look in looks
        if look.kind == "problem" and look.name not in kept | numbers
    ]
    if not odd or len(odd) + len(kept | numbers) >= len(looks):
        return data
    return data.model_copy(update={"drop": (*data.drop, *odd)})


def look(table: RawTable, data: Data) -> tuple[ColumnLook, ...]:
    """Describe each column by itself; an unusable column is reported, not raised."""
    return tuple(_describe_column(table, name, data) for name in table.columns)


def _describe_column(table: RawTable, name: str, data: Data) -> ColumnLook:
    array = table.columns[name]
    kind, problem = "problem", ""
    try:
        info = feature_of(
            name,
            array,
            data,
            "",
            categorical=name in data.categorical,
            numeric=name in data.numeric,
        ).info
    except DataError as error:
        problem = str(error).removeprefix(f": column {name!r} ")
    else:
        kind = info.kind
    try:
        texts = texts_of(array, data)
    except (TypeError, NotImplementedError, ValueError):  # lists, times: no plain values
        return ColumnLook(name, kind, array.null_count, 0, problem=problem)
    numbers = parsed(texts.distinct, data.decimal)
    order = np.argsort(numbers, kind="stable") if kind == "number" else range(len(numbers))
    return ColumnLook(
        name=name,
        kind=kind,
        n_missing=int(np.count_nonzero(texts.codes < 0)),
        n_distinct=len(texts.distinct),
        examples=tuple(texts.distinct[i] for i in list(order)[:_SHOWN]),
        words=_find_words(texts, numbers),
        problem=problem,
    )


def _find_words(texts: Texts, numbers: npt.NDArray[np.float64]) -> tuple[str, ...]:
    """Return the texts that are not numbers in a column that is mostly numbers."""
    codes = texts.codes[texts.codes >= 0]
    are_words = np.isnan(numbers)
    if not are_words.any() or are_words[codes].sum() * 2 > len(codes):
        return ()
    return tuple(text for text, word in zip(texts.distinct, are_words, strict=True) if word)


def _describe_table(table: RawTable, path: Path, data: Data) -> Description:
    looks = look(table, data)
    return Description(
        name=path.name,
        title=path.name,
        source=f"the file {path.name}",
        n_rows=table.n_rows,
        n_features=len(looks),
        n_train=None,
        n_test=None,
        image_shape=None,
        target=None,
        classes={},
        columns=looks,
        n_missing=sum(column.n_missing for column in looks),
        n_duplicates=None,
        constant=_find_constant(looks),
        sha256={"file": sha256(path)},
        notes=table.notes,
    )


def _describe_whole(
    name: str, title: str, whole: Whole, looks: tuple[ColumnLook, ...]
) -> Description:
    parts = [part for part in (whole.train, whole.test) if part is not None]
    classes: dict[str, int] = {}
    values: dict[str, float | None] = {}
    if whole.class_names:
        counts = sum(np.bincount(p.y, minlength=len(whole.class_names)) for p in parts)
        classes = dict(zip(whole.class_names, np.asarray(counts).tolist(), strict=True))
    elif spread := spread_of(np.concatenate([part.y for part in parts])):
        values = spread.model_dump()
    hashes = {"y": sha256_of(*(part.y for part in parts))}
    if not any(look.kind == "problem" and look.name != whole.target for look in looks):
        hashes = {"X": sha256_of(*(part.X for part in parts)), **hashes}
    if whole.file_sha256:
        hashes = {"file": whole.file_sha256, **hashes}
    if not looks:
        looks = tuple(
            ColumnLook(c.name, c.kind, c.n_missing, len(c.categories))
            for c in whole.columns
        )
    return Description(
        name=name,
        title=title,
        source=whole.source,
        n_rows=sum(len(part.y) for part in parts),
        n_features=whole.train.X.shape[1],
        n_train=len(whole.train.y) if whole.test is not None else None,
        n_test=len(whole.test.y) if whole.test is not None else None,
        image_shape=whole.image_shape,
        target=whole.target,
        classes=classes,
        values=values,
        columns=looks,
        n_missing=sum(column.n_missing for column in whole.columns),
        n_duplicates=n_duplicates(whole),
        constant=tuple(c.name for c in whole.columns if c.constant),
        sha256=hashes,
        notes=whole.notes,
    )


def _find_constant(looks: tuple[ColumnLook, ...]) -> tuple[str, ...]:
    return tuple(c.name for c in looks if c.n_distinct == 1 and not c.n_missing)
