"""The space of a search: lists of values and distributions, in one table or several."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.params import ParamValue

MOST_CANDIDATES = 100_000


class Distribution(Frozen):
    """A distribution to draw a parameter's candidates from.

    ``uniform`` and ``loguniform`` draw reals in [low, high], ``randint`` draws
    integers in [low, high], both bounds included.
    """

    distribution: Literal["uniform", "loguniform", "randint"]
    low: float
    high: float

    @model_validator(mode="after")
    def _bounds(self) -> "Distribution":
        if not self.low < self.high:
            raise ValueError(f"low = {self.low:g} must be below high = {self.high:g}")
        if self.distribution == "loguniform" and self.low <= 0:
            raise ValueError(f"low = {self.low:g} must be above 0 for loguniform")
        if not math.isfinite(self.high - self.low):
            raise ValueError("low and high are too far apart")
        if self.distribution == "randint" and not (
            self.low.is_integer() and self.high.is_integer()
        ):
            raise ValueError("low and high must be integers for randint")
        if self.distribution == "randint" and max(-self.low, self.high) > 2**53:
            raise ValueError("low and high must lie within 2**53 for randint")
        return self


def _kind_of_space(value: Any) -> str:
    """Distinguish a distribution from a list of values, so that an error appears once."""
    return "values" if isinstance(value, list | tuple) else "distribution"


Values: TypeAlias = Annotated[tuple[ParamValue, ...], Field(min_length=1)]
Dimension: TypeAlias = Annotated[
    Annotated[Values, Tag("values")] | Annotated[Distribution, Tag("distribution")],
    Discriminator(_kind_of_space),
]
Space: TypeAlias = Mapping[str, Distribution | tuple[ParamValue, ...]]


def merged(spaces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Unite several spaces: for each parameter the values that any of them has.

    Parameters
    ----------
    spaces : sequence of mapping
        As a file has them: lists of values, and distributions of one kind.

    Raises
    ------
    ValueError
        If a parameter is listed in one space and drawn in another.
    """
    union: dict[str, Any] = {}
    for name in dict.fromkeys(name for space in spaces for name in space):
        dimensions = [space[name] for space in spaces if name in space]
        lists = [
            list(dimension)
            for dimension in dimensions
            if isinstance(dimension, list | tuple)
        ]
        if not lists:
            union[name] = _widest(name, dimensions)
        elif len(lists) == len(dimensions):
            union[name] = list({repr(v): v for values in lists for v in values}.values())
        else:
            raise ValueError(
                f"{name} has a list of values in one table and a distribution in another; "
                "use the same kind in each"
            )
    return union


def _widest(name: str, distributions: Sequence[Any]) -> Any:
    first, *others = distributions
    if not others or not all(
        isinstance(distribution, Mapping) for distribution in distributions
    ):
        return first
    kinds = {distribution.get("distribution") for distribution in distributions}
    if len(kinds) > 1:
        raise ValueError(f"{name} has several distributions; use the same kind in each")
    try:
        low = min(distribution["low"] for distribution in distributions)
        high = max(distribution["high"] for distribution in distributions)
    except (KeyError, TypeError):  # each is checked by itself
        return first
    return {**first, "low": low, "high": high}


def n_points(spaces: Sequence[Space], at_most: int) -> int:
    """Count the points of spaces of lists; more draws than that cannot differ."""
    if any(
        isinstance(values, Distribution) for space in spaces for values in space.values()
    ):
        return at_most
    return min(n_combinations(spaces), at_most)


def n_combinations(spaces: Sequence[Space]) -> int:
    """Count the combinations of spaces of lists."""
    return sum(
        math.prod(len(values) for values in space.values() if isinstance(values, tuple))
        for space in spaces
    )


def draw(
    spaces: Sequence[Space], n_candidates: int, seed: int
) -> tuple[dict[str, Any], ...]:
    """Draw as scikit-learn's ``ParameterSampler(..., random_state=seed)`` does.

    Parameters
    ----------
    spaces : sequence of mapping
        Each with a list of values or a Distribution for each parameter.
    n_candidates : int
        Draws; spaces of lists give each of their points at most once.
    seed : int
        For the draws.

    Returns
    -------
    tuple of dict
        Values are Python's own bool, int, float, str, None or list, or a ParamDict.
    """
    from sklearn.model_selection import ParameterSampler

    tables = [
        {name: _sampled(values) for name, values in space.items()} for space in spaces
    ]
    size = n_points(spaces, n_candidates)
    drawn = ParameterSampler(
        tables if len(tables) > 1 else tables[0], size, random_state=seed
    )
    return tuple(
        {name: _native(value) for name, value in candidate.items()} for candidate in drawn
    )


def listed(values: Sequence[ParamValue]) -> list[Any]:
    """Return values as scikit-learn's grids hold them: a list for a tuple."""
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _sampled(values: Distribution | tuple[ParamValue, ...]) -> Any:
    """Make a list, or one of SciPy's frozen distributions."""
    from scipy import stats

    if not isinstance(values, Distribution):
        return listed(values)
    if values.distribution == "loguniform":
        return stats.loguniform(values.low, values.high)
    if values.distribution == "uniform":
        return stats.uniform(values.low, values.high - values.low)
    return stats.randint(int(values.low), int(values.high) + 1)


def _native(value: Any) -> Any:
    import numpy as np

    return value.item() if isinstance(value, np.generic) else value


def thinned(
    spaces: Sequence[Space], n_candidates: int, own: Mapping[str, Any]
) -> tuple[Space, ...]:
    """Thin lists of values, the longest first, until few enough combinations are left.

    Parameters
    ----------
    spaces : sequence of mapping
        Of lists of values.
    n_candidates : int
        How many combinations may be left.
    own : mapping
        The baseline's own values.

    Returns
    -------
    tuple of mapping
        Every list keeps its first and last value and the baseline's own, so that there
        may be more combinations than asked for.
    """
    tables = [dict(space) for space in spaces]
    while n_combinations(tables) > n_candidates:
        droppable = [
            (len(spare), position, name)
            for position, table in enumerate(tables)
            for name, values in table.items()
            if (spare := _droppable(values, name, own))
        ]
        if not droppable:
            break
        _, position, name = max(droppable, key=lambda item: (item[0], -item[1]))
        values = tables[position][name]
        # Of the values between, every second one stays.
        dropped = set(_droppable(values, name, own)[::2])
        assert isinstance(values, tuple)  # only lists have values to drop
        tables[position][name] = tuple(
            value for place, value in enumerate(values) if place not in dropped
        )
    return tuple(tables)


def _droppable(values: Any, name: str, own: Mapping[str, Any]) -> list[int]:
    """Return the positions of values that are neither an end nor the baseline's own."""
    if not isinstance(values, tuple):
        return []
    return [
        place
        for place in range(1, len(values) - 1)
        if name not in own or values[place] != own[name]
    ]
