"""A search: its strategy, its space, and what a parameter's value may be."""

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from tunecard.runner.schema.base import Frozen

Scalar: TypeAlias = bool | int | float | str | None
#: A table is of labels, as in ``class_weight = { no = 1, yes = 5 }``.
ParamValue: TypeAlias = Scalar | tuple[Scalar, ...] | dict[str, Scalar]
Params: TypeAlias = dict[str, ParamValue]

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

    @model_validator(mode="after")
    def _size(self) -> "GridSearch":
        n_candidates = math.prod(len(values) for values in self.space.values())
        if n_candidates > MOST_CANDIDATES:
            raise ValueError(
                f"space has {n_candidates:,} combinations, and {MOST_CANDIDATES:,} are the "
                'most; list fewer values, or draw some with strategy = "random"'
            )
        return self


class RandomSearch(_Search):
    """``n_iter`` draws from the space (as scikit-learn's RandomizedSearchCV)."""

    strategy: Literal["random"]
    n_iter: int = Field(default=10, ge=1, le=MOST_CANDIDATES)
    space: dict[str, Dimension] = Field(min_length=1)


def _whole(*words: str) -> BeforeValidator:
    """Take a number from 1 on or one of some words; an error is told once."""

    def check(value: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value in words or (whole and 1 <= value <= 2**53):
            return value
        listed = " or ".join(f'"{word}"' for word in words)
        raise ValueError(f"must be a whole number of at least 1, or {listed}")

    return BeforeValidator(check)


class HalvingRandomSearch(_Search):
    """Draws that are halved, the better ones going on with more (scikit-learn's search).

    Every iteration scores the candidates that are left with `factor` times the
    resources of the one before, and keeps one in `factor` of them.

    Attributes
    ----------
    n_candidates : int or "exhaust"
        Draws of the first iteration; ``exhaust``: as many as let the last
        iteration use the most resources.
    factor : float
        One in so many candidates goes on, with so many times the resources.
    resource : str
        ``n_samples``: rows; or a parameter of the estimator that takes whole
        numbers, such as n_estimators.
    min_resources : int, "smallest" or "exhaust"
        Of the first iteration. ``smallest``: 2 rows a fold and class (1 of a
        parameter); ``exhaust``: as many as let the last one use the most.
    max_resources : int or "auto"
        Of any iteration; ``auto``: all rows.
    aggressive_elimination : bool
        Whether to repeat the first iteration's resources until few enough
        candidates are left.
    """

    strategy: Literal["halving-random"]
    n_candidates: Annotated[int | Literal["exhaust"], _whole("exhaust")] = "exhaust"
    factor: float = Field(default=3, gt=1)
    resource: str = Field(default="n_samples", min_length=1)
    min_resources: Annotated[
        int | Literal["smallest", "exhaust"], _whole("smallest", "exhaust")
    ] = "smallest"
    max_resources: Annotated[int | Literal["auto"], _whole("auto")] = "auto"
    aggressive_elimination: bool = False
    space: dict[str, Dimension] = Field(min_length=1)

    @model_validator(mode="after")
    def _enough_is_said(self) -> "HalvingRandomSearch":
        if self.n_candidates == "exhaust" and self.min_resources == "exhaust":
            raise ValueError(
                'n_candidates and min_resources cannot both be "exhaust"; give one a number'
            )
        if self.resource != "n_samples" and self.max_resources == "auto":
            raise ValueError(
                f"resource = {self.resource!r} needs max_resources, a whole number"
            )
        if self.resource in self.space:
            raise ValueError(
                f"resource = {self.resource!r} is in space too; take it out there"
            )
        return self


Search: TypeAlias = Annotated[
    GridSearch | RandomSearch | HalvingRandomSearch, Field(discriminator="strategy")
]
