"""A search: its strategy, its space, and what a parameter's value may be."""

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from runner.schema.base import Frozen

Scalar: TypeAlias = bool | int | float | str | None
ParamValue: TypeAlias = Scalar | tuple[Scalar, ...]
Params: TypeAlias = dict[str, ParamValue]


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
            raise ValueError("low and high must be whole numbers for randint")
        if self.distribution == "randint" and max(-self.low, self.high) > 2**53:
            raise ValueError("low and high must lie within 2**53 for randint")
        return self


def _kind_of_space(value: Any) -> str:
    """Tell a distribution from a list of values, so that an error is told once."""
    return "values" if isinstance(value, list | tuple) else "distribution"


Values: TypeAlias = Annotated[tuple[ParamValue, ...], Field(min_length=1)]
Dimension: TypeAlias = Annotated[
    Annotated[Values, Tag("values")] | Annotated[Distribution, Tag("distribution")],
    Discriminator(_kind_of_space),
]


class _Search(Frozen):
    folds: int = Field(default=5, ge=2, le=100)
    simpler: dict[str, Literal["larger", "smaller"]] = {}


class GridSearch(_Search):
    """Every combination of the listed values (as scikit-learn's GridSearchCV)."""

    strategy: Literal["grid"]
    space: dict[str, Values] = Field(min_length=1)


class RandomSearch(_Search):
    """``n_iter`` draws from the space (as scikit-learn's RandomizedSearchCV)."""

    strategy: Literal["random"]
    n_iter: int = Field(default=10, ge=1, le=100_000)
    space: dict[str, Dimension] = Field(min_length=1)


Search: TypeAlias = Annotated[GridSearch | RandomSearch, Field(discriminator="strategy")]
