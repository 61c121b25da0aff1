"""Datasets of OpenML by their number: fetched once, kept in the user's cache."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tunecard.runner.datasets.cache import not_kept, staging
from tunecard.runner.datasets.files import sha256
from tunecard.runner.datasets.remote import Remote, fetch_in_turn
from tunecard.runner.datasets.table import read_table, whole_of
from tunecard.runner.datasets.values import DatasetEntry, Places, Request, Whole
from tunecard.runner.errors import DataError, DataUnreachable, StudyError

PREFIX = "openml:"
_FILES = ("table.parquet", "about.json")
_FIELDS = frozenset({"target", "unit", "drop", "categorical", "split", "missing"})


def openml_entry(name: str) -> DatasetEntry:
    """Return the entry of a dataset of OpenML.

    Parameters
    ----------
    name : str
        ``openml:`` and the dataset's number.

    Raises
    ------
    StudyError
        If it is not a number.
    """
    number = name.removeprefix(PREFIX)
    if not (number.isascii() and number.isdigit() and int(number) > 0):
        raise StudyError(
            f'dataset = "{name}" is not a dataset of OpenML; write its number, the one in '
            'the address of its page, as in "openml:40945".'
        )
    return DatasetEntry(
        name=f"{PREFIX}{int(number)}",
        title=f"OpenML's dataset {int(number)}",
        shape="a table",
        load=partial(load_openml, int(number)),
        where=partial(_locate, int(number)),
        fields=_FIELDS,
        task=None,
    )


def load_openml(number: int, request: Request) -> Whole:
    """Load a dataset of OpenML from the cache, or fetch it.

    Parameters
    ----------
    number : int
        OpenML's number of the dataset.
    request : Request
        The target is OpenML's own default, unless the study names another.

    Raises
    ------
    DataUnreachable
        If it is not in the cache and cannot be fetched.
    DataError, StudyError
        If a classifier cannot learn from its table.
    """
    cache = _folder(number, request.places)
    if all((cache / name).is_file() for name in _FILES):
        return _read(cache, number, request, source="the user cache")
    title = f"OpenML's dataset {number}"
    if request.offline:
        raise _unreachable(title, f"{cache} lacks it; OpenML was not queried, --offline")
    remote = Remote("OpenML", {"kind": "openml-table", "id": number})
    places = request.places
    request.notice(
        f"{title} is not on this machine; fetching it from OpenML "
        f"(at most {places.silence:.0f} s if it does not answer)."
    )
    reason: str | None = "no remote was queried"
    with staging(cache, title, request.notice) as (folder, kept):
        for _, reason in fetch_in_turn(
            [remote] if places.openml else [],
            folder,
            silence=places.silence,
            limit=places.limit,
            progress=request.progress,
        ):
            if reason is None:
                try:
                    whole = _read(folder, number, request, source="fetched from OpenML")
                except StudyError:
                    # The study needs a correction; the table need not be fetched again.
                    if kept:
                        _keep(folder, cache, title, request)
                    raise
                if kept:
                    _keep(folder, cache, title, request)
                return whole
    raise _unreachable(title, f"OpenML: {reason}")


def _read(folder: Path, number: int, request: Request, *, source: str) -> Whole:
    path = folder / _FILES[0]
    about = _read_about(folder / _FILES[1])
    data = request.data
    if data.target is None and about["target"] is not None:
        data = data.model_copy(update={"target": about["target"]})
    table = read_table(path, data)
    return whole_of(
        table,
        data,
        source=f"OpenML's dataset {number}, {about['name']} version {about['version']}, "
        f"{source}",
        file_sha256=sha256(path),
        spec=request.split,
        task=request.task,
    )


def _read_about(path: Path) -> Mapping[str, Any]:
    try:
        about = json.loads(path.read_text("utf-8"))
        return {key: about[key] for key in ("name", "version", "target")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: is damaged ({error}). Delete its folder, and the next run fetches "
            "the data again."
        ) from error


def _keep(folder: Path, cache: Path, title: str, request: Request) -> None:
    try:
        for name in _FILES:
            (folder / name).replace(cache / name)
    except OSError as error:
        request.notice(not_kept(cache, title, error))


def _unreachable(title: str, reason: str) -> DataUnreachable:
    return DataUnreachable(
        f"{title} is out of reach ({reason}). Check the number and the network, or save "
        "the table as a file and name that."
    )


def _folder(number: int, places: Places) -> Path:
    return places.cache / "openml" / str(number)


def _locate(number: int, _data_dir: Path | None, places: Places) -> str:
    folder = _folder(number, places)
    here = all((folder / name).is_file() for name in _FILES)
    return str(folder) if here else "not on this machine; would be fetched from OpenML"
