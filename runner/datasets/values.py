"""What the rooms of this package pass to one another."""

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import ColumnInfo, Data, RepeatedColumn, SplitSpec
from tunecard.runner.task import Task

FloatArray: TypeAlias = npt.NDArray[np.float32]
CodeArray: TypeAlias = npt.NDArray[np.int64]
Notice: TypeAlias = Callable[[str], None]
Progress: TypeAlias = Callable[[int, int | None], None]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


@dataclass(frozen=True)
class Places:
    """Where data that the user did not provide is searched, and for how long.

    Attributes
    ----------
    cache : Path
        The folder of fetched data; it need not exist.
    mirrors : tuple of str
        Base URLs of MNIST's original gzips, each with its closing slash.
    openml : bool
        Whether OpenML is queried after the mirrors.
    silence : float
        Seconds after which all remotes together are given up when none answers;
        ending the last of them takes up to a second more.
    limit : float
        Seconds that all remotes together may take while bytes arrive.
    """

    cache: Path
    mirrors: tuple[str, ...] = MIRRORS
    openml: bool = True
    silence: float = 18.0
    limit: float = 600.0


def user_places() -> Places:
    """Return the places of this user: their cache folder and the public remotes."""
    import platformdirs  # of use to a download alone

    return Places(cache=Path(platformdirs.user_cache_dir("tunecard")))


@dataclass(frozen=True)
class Request:
    """A request to a loader: where to look, how to read, where to report.

    ``progress`` is called with the bytes that have arrived and, where it is
    known, how many there will be; ``base`` is the folder that relative paths
    start from; ``split`` is the study's.
    """

    data_dir: Path | None
    offline: bool
    places: Places
    notice: Notice
    progress: Progress | None = None
    data: Data = field(default_factory=Data)
    base: Path = Path()
    split: SplitSpec = field(default_factory=SplitSpec)


@dataclass(frozen=True)
class DataPart:
    """Rows and their classes: X (n_samples, n_features), y (n_samples,) class codes.

    ``frame`` has the same rows as their owner's data frame, where one was given;
    ``unit`` (n_samples,) the group of each row, or the rank of its moment, where the
    study names such a column; ``weight`` (n_samples,) the sample weight of each row.
    """

    X: FloatArray
    y: CodeArray
    frame: Rows = None
    unit: CodeArray | None = None
    weight: npt.NDArray[np.float64] | None = None

    def take(self, rows: CodeArray | slice) -> "DataPart":
        """Return some of the rows."""
        frame = None if self.frame is None else take(self.frame, rows)
        unit = None if self.unit is None else self.unit[rows]
        weight = None if self.weight is None else self.weight[rows]
        return DataPart(self.X[rows], self.y[rows], frame, unit, weight)


@dataclass(frozen=True)
class Whole:
    """A dataset as its source gives it: all rows, in the source's order.

    Attributes
    ----------
    class_names : tuple of str
        The labels as the source writes them.
    task : Task or None
        The labels as estimators get them; None where they are the class codes.
    problems : tuple of str
        Of a data frame's columns, those that no encoding of ours can take, a sentence
        each.
    repeated : tuple of RepeatedColumn
        Columns whose values seem to name subjects with several rows each.
    ordered : str or None
        A column of dates that the rows are sorted by.
    weights : str or None
        What the rows are weighted by: a column, or an array.
    test : DataPart or None
        None where the source has no split of its own.
    columns : tuple of ColumnInfo
        The columns of X, where they have names or need encoding.
    target : str or None
        Where the classes stand: a column, an array.
    dropped : tuple of str
        Columns that were left out.
    file_sha256 : str or None
        Of the file's bytes, where the source is one.
    notes : tuple of str
        What a reader should know, a sentence each.
    """

    source: str
    image_shape: tuple[int, int] | None
    class_names: tuple[str, ...]
    train: DataPart
    test: DataPart | None
    columns: tuple[ColumnInfo, ...] = ()
    target: str | None = None
    dropped: tuple[str, ...] = ()
    file_sha256: str | None = None
    notes: tuple[str, ...] = ()
    task: Task | None = None
    problems: tuple[str, ...] = ()
    repeated: tuple[RepeatedColumn, ...] = ()
    ordered: str | None = None
    weights: str | None = None


@dataclass(frozen=True)
class DatasetEntry:
    """A known name: how it is called, loaded, and found without loading it.

    ``where`` takes the data folder (or None) and the places, and returns in
    words where the data is now. ``fields`` are those of a study's ``[data]`` that mean
    something here, besides ``positive`` and ``class_names``; ``has_units`` states that
    its rows bring their groups, so that no column holds them.
    """

    name: str
    title: str
    shape: str
    load: Callable[[Request], Whole]
    where: Callable[[Path | None, Places], str]
    fields: frozenset[str] = frozenset()
    has_units: bool = False


def closest(wanted: str, names: Sequence[str]) -> str | None:
    """Return the name that somebody may have meant; letters' case does not count.

    Examples
    --------
    >>> closest("Sepal.lenght", ["sepal.length", "species"])
    'sepal.length'
    """
    by_case = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(wanted.strip().casefold(), by_case, n=1)
    return by_case[close[0]] if close else None


def quoted(text: str) -> str:
    """Write a text as a study file does: a TOML string.

    Examples
    --------
    >>> print(quoted("age"))
    "age"
    """
    # JSON's escapes are TOML's, but JSON leaves DEL alone and TOML does not.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
