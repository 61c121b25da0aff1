"""What is wrong with a file, in sentences: the field, its value, what is allowed.

pydantic finds the errors; its own words ("Input should be a valid tuple") are those of
a programmer. What a field allows is read from the values of the contract themselves.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tunecard.runner.schema.places import (
    Location,
    Place,
    is_model,
    path_of,
    place_of,
    tags_of,
    untagged,
)
from tunecard.runner.schema.strategies.registry import names

_LONGEST = 80  # characters of a value that are shown


@dataclass(frozen=True)
class Notation:
    """How a kind of file writes values, and what a message calls them.

    Attributes
    ----------
    table : str
        What holds keys and values.
    any_value : str
        What a parameter of an estimator may be.
    shown : callable
        Writes a value as the file does.
    of_field : mapping
        What a field must be, by (kind of error, field); ``space.*`` is any key of
        ``space``.
    """

    table: str
    any_value: str
    shown: Callable[[Any], str]
    of_field: Mapping[tuple[str, str], str] = field(
        default_factory=lambda: MappingProxyType({})
    )


def sentences(
    error: ValidationError, root: type[BaseModel], notation: Notation
) -> list[str]:
    """Write what is wrong with a file, a line for each place.

    Parameters
    ----------
    error : ValidationError
        From validating the file's content as `root`.
    root : type of BaseModel
        What the whole file holds.
    notation : Notation
        How the file writes values.

    Returns
    -------
    list of str
        Each ``field: value: what is allowed.``, as the file names the field:
        ``models[0].search.space.C.low``.
    """
    lines_of: dict[Location, list[str]] = {}
    for problem in error.errors(include_url=False):
        place = place_of(root, problem["loc"])
        # Each kind of value that a parameter may have makes an error of its own;
        # the first is of the whole value.
        lines_of.setdefault(place.path, list(_lines(problem, place, notation)))
    return [line for lines in lines_of.values() for line in lines]


def shortened(text: str) -> str:
    """Cut a shown value where it is long."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _lines(problem: Any, place: Place, notation: Notation) -> Iterator[str]:
    name, kind, context = path_of(place.path), problem["type"], problem.get("ctx", {})
    of_many = getattr(context.get("error"), "lines", None)
    if of_many is not None:  # a check of several fields names each by itself
        path = name if place.path else ""
        for where, text in of_many:
            yield f"{'.'.join(filter(None, (path, where)))}: {text}."
    elif kind == "extra_forbidden":
        yield f"{name}: unknown key. {_suggestion(place)}"
    elif kind == "missing":
        yield f"{name}: is missing; it must be given."
    elif kind == "union_tag_not_found":
        yield f"{name}.strategy: is missing; use {_strategies(place)}."
    elif kind == "union_tag_invalid":
        sentence = f"{context['tag']!r} is not allowed; use {_strategies(place)}"
        yield f"{name}.strategy: {sentence}."
    else:
        value = shortened(notation.shown(problem["input"]))
        yield f"{name}: {value}: {_allowed(problem, place, notation)}."


def _allowed(problem: Any, place: Place, notation: Notation) -> str:
    """Return what a value must be, without a full stop."""
    kind, context = problem["type"], problem.get("ctx", {})
    named = [part for part in place.path if isinstance(part, str)]
    key = named[-1] if named else ""
    if not place.whole:
        return f"must be {_one_of(place.kinds, notation)}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        quoted = re.findall(r"'([^']*)'", context["expected"])
        close = difflib.get_close_matches(str(problem["input"]), quoted, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        return f"must be {context['expected']}{hint}"
    if kind in _BOUNDS:
        return f"must be {_range(place.info, kind, context)}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(key, f"must be written as {context['pattern']}")
    if place.path[-2:-1] == ("space",):
        key = "space.*"
    if (kind, key) in notation.of_field:
        return notation.of_field[kind, key]
    if kind in _TABLES:
        return f"must be {notation.table}"
    if kind == "too_long":
        return f"has {context['actual_length']} values, at most {context['max_length']}"
    return _KINDS.get(kind) or problem["msg"][0].lower() + problem["msg"][1:]


_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_TABLES = ("dict_type", "model_type", "model_attributes_type")
_PATTERNS = {
    "name": "only a-z, 0-9 and - are allowed, starting with a letter or a digit",
    "estimator": "must be an import path such as sklearn.svm.SVC",
    "ignore": "must be a finding's code such as TC001",
    "plugins": "must be the name of a module, such as my_metrics",
}
_KINDS = {
    "string_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "string_unicode": "holds half of a character; give whole text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "tuple_type": "must be a list",
    "too_short": "needs at least one value",
}


def _range(info: FieldInfo | None, kind: str, context: Mapping[str, Any]) -> str:
    """Write a field's bounds: ``above 0 and below 1``."""
    bounds = [
        f"{word} {_bound(getattr(bound, name))}"
        for bound in (info.metadata if info else ())
        for name, word in _BOUNDS.values()
        if hasattr(bound, name)
    ]
    name, word = _BOUNDS[kind]
    return " and ".join(bounds) or f"{word} {_bound(context[name])}"


def _bound(value: float) -> str:
    return f"{int(value) if float(value).is_integer() else value:,}"


def _strategies(place: Place) -> str:
    shipped = [tag for kind in place.kinds for tag in tags_of(kind)]
    return _either([repr(name) for name in dict.fromkeys((*shipped, *names()))])


def _one_of(kinds: tuple[Any, ...], notation: Notation) -> str:
    """Describe what a value of several kinds may be: ``an integer or 'auto'``."""
    if {untagged(kind) for kind in kinds} >= {bool, int, float, str}:
        return notation.any_value
    words: list[str] = []
    for kind in kinds:
        bare = untagged(kind)
        if get_origin(bare) is Literal:
            words += [notation.shown(value) for value in get_args(bare)]
        else:
            words.append(_NAMES.get(bare, notation.table))
    return _either(words)


_NAMES = {bool: "true or false", int: "an integer", float: "a number", str: "text"}


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[:-1] else words)


def _suggestion(place: Place) -> str:
    allowed = [
        name for kind in place.around if is_model(kind) for name in kind.model_fields
    ]
    close = difflib.get_close_matches(str(place.path[-1]), allowed, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Allowed are: {', '.join(allowed)}." if allowed else "Remove it."


def as_toml(value: Any) -> str:
    """Write a value as a study file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return str(value)


TOML = Notation(
    table="a table",
    any_value=(
        "a finite number, text, true or false, { none = true }, a table, or a list of these"
    ),
    shown=as_toml,
    of_field=MappingProxyType(
        {
            ("dict_type", "params"): "must be a table such as { n_neighbors = 3 }",
            ("tuple_type", "models"): "must be tables, each headed [[models]]",
            ("tuple_type", "gates"): "must be tables, each headed [[gates]]",
            ("tuple_type", "space.*"): (
                'must be a list of values; distributions need strategy = "random"'
            ),
            ("model_type", "space.*"): (
                "must be a list of values, or a distribution such as "
                '{ distribution = "loguniform", low = 1e-3, high = 1e2 }'
            ),
            ("too_short", "space"): "needs at least one parameter",
        }
    ),
)
JSON = Notation(
    table="an object, in braces",
    any_value="a finite number, text, true, false, null, pairs, or a list of these",
    shown=lambda value: json.dumps(value, default=str),
    of_field=MappingProxyType({("too_short", "space"): "needs at least one parameter"}),
)
