"""From the name of data to its loader: known names, OpenML's numbers, paths of files."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tunecard.runner.datasets.arrays import load_arrays
from tunecard.runner.datasets.builtin import BUILTIN
from tunecard.runner.datasets.digits import DIGITS
from tunecard.runner.datasets.given import GIVEN
from tunecard.runner.datasets.idx_folder import load_idx_folder
from tunecard.runner.datasets.mnist import MNIST
from tunecard.runner.datasets.openml import PREFIX, openml_entry
from tunecard.runner.datasets.table import TABLE_FIELDS, load_table
from tunecard.runner.datasets.values import (
    DatasetEntry,
    Places,
    Request,
    Whole,
    user_places,
)
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import PARQUET_SUFFIXES, TEXT_SUFFIXES, Data, SplitSpec

REGISTRY = MappingProxyType({entry.name: entry for entry in (MNIST, DIGITS, *BUILTIN)})
_TEXT = TABLE_FIELDS | {"separator", "decimal", "encoding", "header", "skip_rows"}
#: Fields of ``[data]`` that apply to any data.
_EVERYWHERE = frozenset({"positive", "class_names", "keep_columns"})


@dataclass(frozen=True)
class KnownDataset:
    """A dataset that a study can name.

    Attributes
    ----------
    name, title : str
        What a study writes, and what a reader sees.
    shape : str
        Rows, features and classes, in words.
    where : str
        Where it is now, in words: a folder, embedded, or not on this machine.
    """

    name: str
    title: str
    shape: str
    where: str


def known_datasets(
    data_dir: Path | None, *, places: Places | None = None
) -> tuple[KnownDataset, ...]:
    """List the known datasets and where each is now; nothing is fetched.

    Parameters
    ----------
    data_dir : Path or None
        The user's data folder, if they named one.
    places : Places or None
        Where else to look; None for the user's own places.
    """
    looked_at = places or user_places()
    return tuple(
        KnownDataset(entry.name, entry.title, entry.shape, entry.where(data_dir, looked_at))
        for entry in REGISTRY.values()
    )


def entry_of(name: str) -> DatasetEntry:
    """Return the entry of a name: a known one, ``openml:<number>``, or a path.

    A name with a ``/`` or a ``.`` in it is a path.

    Raises
    ------
    StudyError
        If the name is unknown; the message lists the known ones.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    if name == GIVEN:
        raise StudyError(
            f'dataset = "{name}": the data was given as an object in Python. Give it '
            "again, as in tunecard.run(study, data=(X, y))."
        )
    if name.startswith(PREFIX):
        return openml_entry(name)
    if "/" in name or "." in name:
        return _make_file_entry(name)
    close = difflib.get_close_matches(name.lower(), REGISTRY, n=1, cutoff=0.7)
    guess = f'; did you mean "{close[0]}"?' if close else "."
    listed = ", ".join(f'"{known_name}"' for known_name in sorted(REGISTRY))
    raise StudyError(
        f'dataset = "{name}" is not known{guess} Known are {listed}; '
        f"'tunecard datasets' describes them. A file or folder is named by its path, as in "
        f'"{name}.csv" or "./{name}".'
    )


def as_typed(name: str) -> str:
    """Return a typed name as a study writes it: a folder gets its ``./``.

    In a shell and in Python a file or folder needs no ``./``; a known name takes
    precedence over one.
    """
    is_name = name in REGISTRY or name.startswith(PREFIX) or "/" in name or "." in name
    return name if is_name or not Path(name).exists() else f"./{name}"


def is_table(name: str) -> bool:
    """Return whether a name is the path of a table, whose columns can be described."""
    is_path = name not in REGISTRY and not name.startswith(PREFIX)
    return (
        is_path
        and ("/" in name or "." in name)
        and _detect_format(Path(name))[0] is load_table
    )


def check_task(entry: DatasetEntry, task: TaskName) -> None:
    """Refuse data whose target is known to be of another task.

    Raises
    ------
    StudyError
    """
    if entry.task not in (None, task):
        raise StudyError(
            f'task = "{task}": the target of {entry.title} is for a {entry.task}. Set '
            f'task = "{entry.task}", or name other data.'
        )


def check_fields(data: Data, entry: DatasetEntry, split: SplitSpec | None = None) -> None:
    """Refuse fields of a study's ``[data]`` that would be ignored.

    Raises
    ------
    StudyError
        With the fields that mean nothing for this kind of data.
    """
    for field in ("groups", "order"):
        if (
            split is not None
            and getattr(split, field) is not None
            and "split" not in entry.fields
            and not entry.has_units
        ):
            raise StudyError(
                f"split.{field} names a column, and {entry.title} has no named columns. "
                "Take it out, or give a table."
            )
    idle = sorted(data.model_fields_set - entry.fields - _EVERYWHERE)
    idle = [name for name in idle if getattr(data, name) != Data.model_fields[name].default]
    if idle:
        raise StudyError(
            f"data.{idle[0]} does not apply to {entry.title}: it takes "
            f"{', '.join(sorted(entry.fields | _EVERYWHERE))}. Take it out."
        )


def _make_file_entry(name: str) -> DatasetEntry:
    load, fields, kind = _detect_format(Path(name))
    return DatasetEntry(
        name=Path(name).name,
        title=Path(name).name,
        shape=kind,
        load=lambda request: load(request.base / name, request),
        where=lambda _data_dir, _places: name,
        fields=fields,
        task=None if load is not _load_folder else "classification",
    )


def _detect_format(
    path: Path,
) -> tuple[Callable[[Path, Request], Whole], frozenset[str], str]:
    """Return how a file is read, by its name, and the fields of ``[data]`` for it."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    suffix = inner.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        return load_table, _TEXT, "a table of text"
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return load_table, TABLE_FIELDS, "a Parquet file"
    if path.suffix.lower() == ".npz":
        return load_arrays, frozenset({"target", "unit"}), "an NPZ file"
    return _load_folder, frozenset(), "a folder of IDX files"


def _load_folder(path: Path, request: Request) -> Whole:
    if path.is_dir():
        return load_idx_folder(path, request)
    if not path.exists():
        raise DataError(
            f"{path}: does not exist. Check the name; in a study, a "
            "relative path starts from the folder of the study."
        )
    raise DataError(
        f"{path}: has no known ending: {', '.join(TEXT_SUFFIXES)} "
        "(gzipped too), .parquet, .npz, or a folder of IDX files. Save it as CSV."
    )
