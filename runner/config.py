"""TOML -> Study: defaults, "did you mean", every error of a file told at once."""

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.errors import StudyError
from runner.schema import (
    Distribution,
    Findings,
    Frozen,
    GridSearch,
    Limits,
    ModelSpec,
    RandomSearch,
    Study,
    Subset,
    Timing,
)

_TABLES: dict[tuple[int | str, ...], type[Frozen]] = {
    (): Study,
    ("models", 0): ModelSpec,
    ("timing",): Timing,
    ("limits",): Limits,
    ("findings",): Findings,
    ("subset",): Subset,
    ("models", 0, "search", "grid"): GridSearch,
    ("models", 0, "search", "random"): RandomSearch,
}


def shipped() -> tuple[str, ...]:
    """Return the names of the studies that come with Tunecard."""
    folder = resources.files("runner") / "studies"
    return tuple(
        sorted(
            item.name.removesuffix(".toml")
            for item in folder.iterdir()
            if item.name.endswith(".toml")
        )
    )


def load_study(name: str) -> Study:
    """Read a shipped study by its name, or a study file by its path.

    Parameters
    ----------
    name : str
        ``mnist``, ``digits``, or a path to a TOML file.

    Returns
    -------
    Study
        The effective study: every default filled in.

    Raises
    ------
    StudyError
        If there is no such study, the file is no TOML, or any field is wrong.
    """
    if name in shipped():
        text = (resources.files("runner") / "studies" / f"{name}.toml").read_text("utf-8")
        return parse(text, name)
    path = Path(name)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise StudyError(f"{name}: is not UTF-8 text, so it is no study file.") from error
    except (OSError, ValueError) as error:
        close = difflib.get_close_matches(name, shipped(), n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        reason = getattr(error, "strerror", None) or error
        raise StudyError(
            f"{name!r} is neither a shipped study ({', '.join(shipped())}) nor a study "
            f"file that can be read ({reason}).{hint}"
        ) from error
    return parse(text, name)


def parse(text: str, origin: str) -> Study:
    """Turn the text of a study file into a Study.

    Parameters
    ----------
    text : str
        TOML.
    origin : str
        The file's name, for messages.

    Raises
    ------
    StudyError
        With every wrong field, a line each.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(f"{origin}: is not TOML ({error}).") from error
    try:
        study = Study.model_validate(document)
    except ValidationError as error:
        lines = [_sentence(problem) for problem in error.errors(include_url=False)]
        count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
        raise StudyError(f"{origin}: {count}\n" + "\n".join(lines)) from error
    _check_simpler(study, origin)
    return study


def _check_simpler(study: Study, origin: str) -> None:
    lines = [
        f"  models[{index}].search.simpler: {name!r} is not in the search space "
        f"({', '.join(model.search.space)})."
        for index, model in enumerate(study.models)
        if model.search
        for name in model.search.simpler
        if name not in model.search.space
    ]
    if lines:
        raise StudyError(f"{origin}: {len(lines)} error(s)\n" + "\n".join(lines))


def _sentence(problem: Any) -> str:
    """Write one of pydantic's errors as a line: field, value, what is allowed."""
    location = tuple(problem["loc"])
    field = _field(location)
    kind = problem["type"]
    context = problem.get("ctx", {})
    if kind == "extra_forbidden":
        return f"  {field}: unknown key. {_suggestion(location)}"
    if kind == "missing":
        return f"  {field}: is missing; it must be given."
    if kind == "union_tag_not_found":
        return f"  {field}.strategy: is missing; use 'grid' or 'random'."
    if kind == "union_tag_invalid":
        return (
            f"  {field}.strategy: {context['tag']!r} is not allowed; use "
            f"{context['expected_tags'].replace(', ', ' or ')}."
        )
    message = problem["msg"].removeprefix("Value error, ")
    if kind == "too_short":
        message = "needs at least one value"
    elif kind == "model_type" and "space" in location:
        message = (
            "must be a list of values or a distribution such as "
            '{ distribution = "loguniform", low = 1e-3, high = 1e2 }'
        )
    if kind == "string_pattern_mismatch" and location[-1] == "name":
        message = "only a-z, 0-9 and - are allowed, starting with a letter or a digit"
    elif kind == "string_pattern_mismatch" and location[-1] == "estimator":
        message = "must be an import path such as sklearn.svm.SVC"
    return f"  {field}: {_shown(problem['input'])}: {message[0].lower()}{message[1:]}."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _suggestion(location: tuple[int | str, ...]) -> str:
    table = tuple(0 if isinstance(part, int) else part for part in location[:-1])
    if "space" in table:
        allowed: list[str] = list(Distribution.model_fields)
    else:
        model = _TABLES.get(table)
        allowed = list(model.model_fields) if model else []
    close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Allowed are: {', '.join(allowed)}." if allowed else "Remove it."


def _field(location: tuple[int | str, ...]) -> str:
    """Write a location as the file has it: ``models[0].search.space.C.low``."""
    text = ""
    for position, part in enumerate(location):
        if isinstance(part, int):
            text += f"[{part}]"
        elif location[position - 1] == "search" and part in ("grid", "random"):
            continue  # the tag of the union, which is no key of the file
        elif location[position - 2 : position - 1] == ("space",):
            continue  # values | distribution, likewise
        else:
            text += f".{part}" if text else part
    return text or "(the whole file)"
