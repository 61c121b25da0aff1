"""results.json and its neighbours: names, version, load, dump."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.errors import ContractError
from runner.schema.base import write_file
from runner.schema.results import Results

SCHEMA_VERSION = "1-dev"
RESULTS = "results.json"
PREDICTIONS = "predictions.parquet"
WEIGHTS = "weights.parquet"


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
    """
    write_file(path, results.model_dump_json(indent=1) + "\n")


def load(path: Path) -> Results:
    """Read a results.json.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Results
        The same value that was dumped.

    Raises
    ------
    ContractError
        If the file cannot be read, is no JSON, is of another version (both are
        named), or a field is wrong (its path is named).
    """
    document = _parse(path)
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ContractError(
            f"{path}: schema_version is {version!r}, but this Tunecard reads "
            f"{SCHEMA_VERSION!r}. Read it with the version of Tunecard that wrote it, or "
            "run the study again."
        )
    try:
        return Results.model_validate_json(json.dumps(document))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines = [
            f"  {_field(problem['loc'])}: {problem['msg']}" for problem in problems[:10]
        ]
        if len(problems) > len(lines):
            lines.append(f"  and {len(problems) - len(lines)} more")
        raise ContractError(
            f"{path}: does not follow the contract ('tunecard schema' prints it).\n"
            + "\n".join(lines)
        ) from error


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of results.json."""
    return Results.model_json_schema()


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ContractError(
            f"{path}: cannot be read ({error.strerror or error}). "
            f"Give a run folder or a {RESULTS}."
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}: is not UTF-8 text, so it is no {RESULTS}.") from error
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ContractError(
            f"{path}: is not JSON ({error}). It may be cut off; run the study again."
        ) from error
    if not isinstance(document, dict):
        raise ContractError(
            f"{path}: holds a JSON {type(document).__name__}, but a {RESULTS} is an object."
        )
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _field(location: tuple[int | str, ...]) -> str:
    """Write a location as ``cases[0].quality.test``.

    Examples
    --------
    >>> _field(("cases", 0, "status"))
    'cases[0].status'
    """
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part not in ("grid", "random"):  # pydantic's tag of a union, no field
            text += f".{part}" if text else part
    return text or "(the whole file)"
