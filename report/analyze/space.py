"""The space of a search: its numeric axes, and whether a point lies at an end."""

import math
from dataclasses import dataclass
from typing import Literal

from tunecard.report.analyze.types import Edge
from tunecard.runner.schema import Distribution, Params, Strategy

#: A random draw within this share of the (log) range of an end lies on the edge.
EDGE_SHARE = 0.05
#: Values over this many decades are shown on a log axis.
_LOG_DECADES = 2.0
#: Ends that no search can pass, by scikit-learn's own parameter constraints.
_LOWEST = {
    "n_neighbors": 1,
    "max_depth": 1,
    "n_estimators": 1,
    "min_samples_leaf": 1,
    "min_samples_split": 2,
    "leaf_size": 1,
    "degree": 0,
    "p": 1,
    "l1_ratio": 0,
    "alpha": 0,
    "ccp_alpha": 0,
}
_HIGHEST = {"l1_ratio": 1, "subsample": 1, "max_features": 1.0}


@dataclass(frozen=True)
class Axis:
    """A numeric parameter of a space.

    ``drawn`` is True for a distribution, False for a list of values;
    ``n_values`` counts the distinct values of a list, None for a distribution.
    """

    name: str
    low: float
    high: float
    scale: Literal["linear", "log"]
    drawn: bool
    n_values: int | None


def number(value: object) -> float | None:
    """Return a parameter's value as a float, if it is a finite number.

    Examples
    --------
    >>> number(3), number(True), number("auto")
    (3.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def numeric_axes(search: Strategy) -> tuple[Axis, ...]:
    """Return the numeric parameters of a search that take more than one value.

    Parameters
    ----------
    search : Strategy
        With its space.

    Returns
    -------
    tuple of Axis
        In the order of the space.
    """
    axes = []
    for name, values in search.space.items():
        if isinstance(values, Distribution):
            scale = _scale(values.low, values.high, log=values.distribution == "loguniform")
            axes.append(
                Axis(name, values.low, values.high, scale, drawn=True, n_values=None)
            )
            continue
        numbers = sorted({x for value in values if (x := number(value)) is not None})
        if len(numbers) == len(set(values)) and len(numbers) > 1:
            scale = _scale(numbers[0], numbers[-1], log=False)
            axes.append(
                Axis(
                    name, numbers[0], numbers[-1], scale, drawn=False, n_values=len(numbers)
                )
            )
    return tuple(axes)


def _scale(low: float, high: float, *, log: bool) -> Literal["linear", "log"]:
    wide = low > 0 and math.log10(high / low) >= _LOG_DECADES
    return "log" if log or wide else "linear"


def edges(params: Params, axes: tuple[Axis, ...]) -> tuple[Edge, ...]:
    """Return the parameters whose chosen value lies at an end of its space.

    A list of fewer than 3 values has nothing but ends and is left out, and so
    is an end that no value can pass, such as one neighbor.

    Parameters
    ----------
    params : dict
        The chosen setting.
    axes : tuple of Axis
        The space's numeric parameters.

    Returns
    -------
    tuple of Edge
    """
    ends = []
    for axis in axes:
        value = number(params.get(axis.name))
        if value is None or (axis.n_values is not None and axis.n_values < 3):
            continue
        side = _side(value, axis)
        if side is not None and not _impassable(axis, side):
            ends.append(Edge(axis.name, value, side, axis.low, axis.high))
    return tuple(ends)


def _side(value: float, axis: Axis) -> Literal["low", "high"] | None:
    place = (value - axis.low) / (axis.high - axis.low)
    if axis.scale == "log":
        place = math.log(value / axis.low) / math.log(axis.high / axis.low)
    # A list's end is met exactly or not at all; 1e-9 is for floating point.
    near = EDGE_SHARE if axis.drawn else 1e-9
    if place <= near:
        return "low"
    return "high" if place >= 1 - near else None


def _impassable(axis: Axis, side: Literal["low", "high"]) -> bool:
    name = axis.name.rpartition("__")[2]
    if side == "low":
        return name in _LOWEST and axis.low <= _LOWEST[name]
    return name in _HIGHEST and axis.high >= _HIGHEST[name]
