"""TOML -> Study: defaults, "did you mean", every error of a file told at once."""

import difflib
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

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

Location: TypeAlias = tuple[int | str, ...]

STRATEGIES = ("grid", "random")
_TABLES: dict[Location, type[Frozen]] = {
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
        # A byte order mark, as some editors write, is no part of the text.
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # also of numbers that are too long
        raise StudyError(f"{origin}: is not TOML ({error}).") from error
    try:
        study = Study.model_validate(document)
    except ValidationError as error:
        # Each kind of value that a parameter may have makes an error of its own;
        # the first is of the whole value.
        found: dict[Location, str] = {}
        for problem in error.errors(include_url=False):
            found.setdefault(_known_part(problem["loc"]), _sentence(problem))
        lines = list(found.values())
        raise StudyError(_told(origin, lines)) from error
    lines = _unused_simpler(study)
    if lines:
        raise StudyError(_told(origin, lines))
    return study


def _told(origin: str, lines: list[str]) -> str:
    count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
    return f"{origin}: {count}\n" + "\n".join(lines)


def _unused_simpler(study: Study) -> list[str]:
    return [
        f"  models[{index}].search.simpler: {name!r} is not in the search space "
        f"({', '.join(model.search.space)})."
        for index, model in enumerate(study.models)
        if model.search
        for name in model.search.simpler
        if name not in model.search.space
    ]


def _sentence(problem: Any) -> str:
    """Write one of pydantic's errors as a line: field, value, what is allowed."""
    location = _known_part(problem["loc"])
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
    allowed = _allowed(problem, location)
    if location != problem["loc"]:
        allowed = "must be a finite number, text, true or false, or a list of these"
    return f"  {field}: {_shown(problem['input'])}: {allowed}."


def _known_part(location: Location) -> Location:
    """Drop what pydantic adds behind the place of a parameter's value."""
    for key in ("params", "space"):
        if key in location:
            start = location.index(key) + 2  # the parameter's name comes between
            for position in range(start, len(location)):
                if location[position] in ("bool", "int", "float", "str"):
                    return location[:position]
                if str(location[position]).startswith("tuple["):
                    return location[:position]
    return location


def _allowed(problem: Any, location: Location) -> str:
    """Say what a field's value must be, without a full stop."""
    kind, context, key = problem["type"], problem.get("ctx", {}), location[-1]
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        close = difflib.get_close_matches(
            str(problem["input"]), _quoted(context["expected"]), n=1
        )
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        return f"must be {context['expected']}{hint}"
    if kind in _RANGE:
        return f"must be {_range(location)}"
    if kind == "model_type" and "space" in location:
        return (
            "must be a list of values, or a distribution such as "
            '{ distribution = "loguniform", low = 1e-3, high = 1e2 }'
        )
    if kind == "tuple_type" and "space" in location:
        return 'must be a list of values; distributions need strategy = "random"'
    if kind == "tuple_type" and location == ("models",):
        return "must be tables, each headed [[models]]"
    if kind == "too_short" and key == "space":
        return "needs at least one parameter"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(key), "must be a finding's code such as TC001")
    return _KINDS.get(kind) or problem["msg"][0].lower() + problem["msg"][1:]


_RANGE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_PATTERNS = {
    "name": "only a-z, 0-9 and - are allowed, starting with a letter or a digit",
    "estimator": "must be an import path such as sklearn.svm.SVC",
}
_KINDS = {
    "string_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "tuple_type": "must be a list",
    "dict_type": "must be a table such as { n_neighbors = 3 }",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "too_short": "needs at least one value",
}


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)


def _range(location: Location) -> str:
    """Write a field's bounds: ``above 0 and below 1``."""
    table = tuple(0 if isinstance(part, int) else part for part in location[:-1])
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return " and ".join(
        f"{word} {getattr(bound, name):,}"
        for bound in _TABLES[table].model_fields[str(location[-1])].metadata
        for name, word in words.items()
        if hasattr(bound, name)
    )


def _shown(value: Any) -> str:
    text = _as_toml(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _as_toml(value: Any) -> str:
    """Write a value as a study file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(_as_toml(item) for item in value)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_as_toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return str(value)


def _suggestion(location: Location) -> str:
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


def _field(location: Location) -> str:
    """Write a location as the file has it: ``models[0].search.space.C.low``."""
    text = ""
    for position, part in enumerate(location):
        if isinstance(part, int):
            text += f"[{part}]"
        elif position and location[position - 1] == "search" and part in STRATEGIES:
            continue  # the tag of the union, which is no key of the file
        elif (
            position > 1
            and location[position - 2] == "space"
            and part in ("values", "distribution")
        ):
            continue  # values | distribution, likewise
        else:
            text += f".{part}" if text else part
    return text or "(the whole file)"
