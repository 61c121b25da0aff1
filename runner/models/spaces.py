"""Searches and spaces given in Python, written as a study file has them."""

from collections.abc import Callable, Mapping
from typing import Any

from tunecard.runner.errors import StudyError
from tunecard.runner.schema import ParamValue

_SCIPY = {
    "uniform": "uniform",
    "loguniform": "loguniform",
    "reciprocal": "loguniform",
    "randint": "randint",
}


def make_search(search: Any, place: str) -> Any:
    """Make a study file's table of a search: a space alone determines its strategy."""
    if isinstance(search, Mapping) and "strategy" in search:
        plain = (
            {"space": _make_space(search["space"], f"{place}.space")}
            if "space" in search
            else {}
        )
        return {**search, **plain}
    if not isinstance(search, Mapping) and not _is_list_of_spaces(search):
        raise StudyError(
            f"{place}: {type(search).__name__} is not a search; give a dict from a "
            'parameter to its values, as in {"C": [0.1, 1, 10]}, or a list of such dicts.'
        )
    if not search:
        raise StudyError(
            f"{place}: the space is empty; name a parameter and its values, as in "
            '{"C": [0.1, 1, 10]}, or leave the space out.'
        )
    space = _make_space(search, place)
    tables = [space] if isinstance(search, Mapping) else space
    lists = all(isinstance(values, list) for table in tables for values in table.values())
    return {"strategy": "grid" if lists else "random", "space": space}


def plain_space(
    space: Mapping[str, Any], plain: Callable[[Any], ParamValue]
) -> dict[str, Any] | None:
    """Write a space of scikit-learn's as a study does; None where it cannot.

    Parameters
    ----------
    space : dict
        Lists of values, or distributions of SciPy's.
    plain : callable
        Writes one value of a list.
    """
    made: dict[str, Any] = {}
    for name, values in sorted(space.items()):
        try:
            dimension = _dimension(values, name)
        except StudyError:  # a distribution that no study names
            return None
        if isinstance(dimension, list):
            dimension = [plain(value) for value in dimension]
        elif not isinstance(dimension, dict):
            return None
        made[str(name)] = dimension
    return made


def _is_list_of_spaces(space: Any) -> bool:
    return isinstance(space, list | tuple) and all(isinstance(g, Mapping) for g in space)


def _make_space(value: Any, place: str) -> Any:
    """Make the values of a space plain, or of each of several."""
    if isinstance(value, Mapping):
        return {
            name: _dimension(values, f"{place}.{name}") for name, values in value.items()
        }
    if _is_list_of_spaces(value):
        return [_make_space(space, f"{place}[{n}]") for n, space in enumerate(value)]
    return value


def _plain(value: Any) -> Any:
    """Make a value plain; a dict becomes its pairs, so that its keys stay what they are."""
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(key), _plain(inner)] for key, inner in value.items()]}
    return value.item() if hasattr(value, "item") else value


def _dimension(values: Any, place: str) -> Any:
    """Make a parameter's values plain: Python's own, and SciPy's distributions named."""
    if hasattr(values, "tolist"):  # an array
        values = values.tolist()
    if isinstance(values, tuple | range):
        values = list(values)
    if isinstance(values, list):
        return [_plain(value) for value in values]
    kind = getattr(getattr(values, "dist", None), "name", None)
    if kind is None:
        return values
    name = _SCIPY.get(kind)
    if name is None:
        raise StudyError(
            f"{place}: the distribution {kind!r} of SciPy's has no place in a study; there "
            "are uniform, loguniform and randint."
        )
    low, high = (float(end) for end in values.support())
    return {"distribution": name, "low": low, "high": high}
