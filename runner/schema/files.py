"""results.json and its neighbors: names, version, load, dump."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tunecard.runner.errors import ContractError
from tunecard.runner.schema.base import write_file
from tunecard.runner.schema.consistent import contradictions, odd_values
from tunecard.runner.schema.metrics import context_of
from tunecard.runner.schema.results import Results
from tunecard.runner.schema.search import READING
from tunecard.runner.schema.upgrade import EARLIER, upgraded
from tunecard.runner.schema.wording import JSON, sentences, shortened

SCHEMA_VERSION = "2"
RESULTS = "results.json"
#: Where results stand that `load` would refuse.
INVALID = "results.invalid.json"
PREDICTIONS = "predictions.parquet"
WEIGHTS = "weights.parquet"
#: Columns of numbers of test rows, of a regression.
COLUMNS = "columns.parquet"
#: Test rows that it holds at most.
MOST_KEPT_ROWS = 2_000
OUT_OF_FOLD = "search.parquet"
#: SHA-256 of every file of a folder; a run that writes data again removes it first.
MANIFEST = "manifest.json"
#: How files of data are named.
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".tab")
PARQUET_SUFFIXES = (".parquet", ".pq")
DATA_SUFFIXES = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, ".gz", ".npz", ".xlsx", ".xls")
_VERSION = re.compile(rf'"schema_version":\s*"{SCHEMA_VERSION}"'.encode())
_MOST_ERRORS = 10  # errors of a file that are reported
_DIGITS = 400  # of an integer; the largest float has 309


def dump(results: Results, path: Path) -> None:
    """Write results as strict, readable JSON, whole or not at all.

    Parameters
    ----------
    results : Results
        What to write.
    path : Path
        The file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    ContractError
        If its fields contradict one another. It stands in results.invalid.json then.
    """
    invalid = path.with_name(INVALID)
    problems = contradictions(results)
    write_file(invalid if problems else path, results.model_dump_json(indent=1) + "\n")
    _refuse(invalid, problems)
    invalid.unlink(missing_ok=True)


def load(path: Path) -> Results:
    """Read a results.json.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Results
        The same value that was dumped; of an earlier version, brought to this one.

    Raises
    ------
    ContractError
        If the file cannot be read, is not JSON, is of another version (both are
        named), a field is wrong (its path is named), or fields contradict each
        other.
    """
    text = _text(path)
    document = _parse(text, path)
    version = document.get("schema_version")
    if version not in (SCHEMA_VERSION, *EARLIER):
        file_version = "missing" if version is None else shortened(repr(version))
        versions = " and ".join(repr(name) for name in (*EARLIER, SCHEMA_VERSION))
        raise ContractError(
            f"{path}: schema_version is {file_version}, but this Tunecard reads "
            f"{versions}. Read it with the version of Tunecard that wrote it, or "
            "run the study again."
        )
    _refuse(path, odd_values(document))
    if version != SCHEMA_VERSION:
        document = upgraded(document, SCHEMA_VERSION)
        text = json.dumps(document)
    try:
        context = {**context_of(document), **READING}
        results = Results.model_validate_json(text, context=context)
    except ValidationError as error:
        _refuse(path, sentences(error, Results, JSON))
        raise
    _refuse(path, contradictions(results))
    return results


def read(content: bytes) -> Results | None:
    """Read the content of a results.json in a seventh of the time that `load` takes.

    Parameters
    ----------
    content : bytes
        Of the file.

    Returns
    -------
    Results or None
        None where something is wrong with it, which `load` names.
    """
    try:
        if _VERSION.search(content[:1000]):
            results = Results.model_validate_json(content)
        else:
            document = json.loads(content)
            if not isinstance(document, dict):
                return None
            results = Results.model_validate(
                upgraded(document, SCHEMA_VERSION), context=context_of(document)
            )
    except (ValueError, RecursionError):
        return None
    if results.schema_version != SCHEMA_VERSION or contradictions(results):
        return None
    return results


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of results.json."""
    return Results.model_json_schema()


def _refuse(path: Path, problems: Sequence[str]) -> None:
    """Report what is wrong, the first ten of it, and what to do."""
    if not problems:
        return
    lines = [f"  {line}" for line in problems[:_MOST_ERRORS]]
    if len(problems) > _MOST_ERRORS:
        lines.append(f"  and {len(problems) - _MOST_ERRORS} more")
    count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    raise ContractError(
        f"{path}: does not follow the contract ('tunecard schema' prints it): {count}. "
        "Put it right, or run the study again.\n" + "\n".join(lines)
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ContractError(
            f"{path}: cannot be read ({error.strerror or error}). "
            f"Give a run folder or a {RESULTS}."
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(
            f"{path}: is not UTF-8 text, so it is not a {RESULTS}. "
            "Give another file, or run the study again."
        ) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except RecursionError as error:
        raise ContractError(
            f"{path}: is not JSON that Tunecard wrote: it is nested too deep. "
            "Give another file, or run the study again."
        ) from error
    except ValueError as error:
        raise ContractError(
            f"{path}: is not JSON ({error}). It may be cut off; run the study again."
        ) from error
    if not isinstance(document, dict):
        raise ContractError(
            f"{path}: holds {_shown(document)}, but a {RESULTS} is an object, in braces. "
            f"Give a run folder or a {RESULTS}."
        )
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its keys and values; refuse a key that appears twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in made if keys.count(key) > 1)
        raise ValueError(f"the key {_shown(twice)} appears twice in one object")
    return made


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"a number of {len(text):,} digits")
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _shown(value: Any) -> str:
    return shortened(JSON.shown(value))
