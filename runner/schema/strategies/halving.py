"""Successive halving: how many candidates continue, and on how much; scikit-learn's rules.

K. Jamieson and A. Talwalkar (2016), "Non-stochastic best arm identification and
hyperparameter optimization", AISTATS; the rounding is HalvingRandomSearchCV's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tunecard.runner.errors import StudyError
from tunecard.runner.schema.space import Dimension, draw, n_points
from tunecard.runner.schema.strategies.base import (
    ROWS,
    Batch,
    SearchStage,
    Strategy,
    Trials,
)
from tunecard.runner.schema.strategies.registry import register

if TYPE_CHECKING:
    from tunecard.runner.schema.strategies.base import Labels


def _whole(*words: str) -> BeforeValidator:
    """Take a number from 1 on or one of some words; an error is reported once."""

    def check(value: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value in words or (whole and 1 <= value <= 2**53):
            return value
        listed = " or ".join(f'"{word}"' for word in words)
        raise ValueError(f"must be an integer of at least 1, or {listed}")

    return BeforeValidator(check)


@register
class HalvingRandomSearch(Strategy):
    """Draws that are halved, the better ones continuing with more (scikit-learn's search).

    Every iteration scores the candidates that are left with `factor` times the
    resources of the one before, and keeps one in `factor` of them.

    Attributes
    ----------
    n_candidates : int or "exhaust"
        Draws of the first iteration; ``exhaust``: as many as let the last
        iteration use the most resources.
    factor : float
        One in so many candidates continues, with so many times the resources.
    resource : str
        ``n_samples``: rows; or a parameter of the estimator that takes integers, such
        as n_estimators.
    min_resources : int, "smallest" or "exhaust"
        Of the first iteration. ``smallest``: 2 rows a fold and class (1 of a
        parameter); ``exhaust``: as many as let the last one use the most.
    max_resources : int or "auto"
        Of any iteration; ``auto``: all rows.
    aggressive_elimination : bool
        Whether to repeat the first iteration's resources until few enough
        candidates are left.
    """

    title: ClassVar[str] = "randomized halving search"
    equivalent: ClassVar[str | None] = "HalvingRandomSearchCV"

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
    def _check_resources(self) -> "HalvingRandomSearch":
        if self.n_candidates == "exhaust" and self.min_resources == "exhaust":
            raise ValueError(
                'n_candidates and min_resources cannot both be "exhaust"; give one a number'
            )
        if self.resource != "n_samples" and self.max_resources == "auto":
            raise ValueError(
                f"resource = {self.resource!r} needs max_resources, an integer"
            )
        if self.resource in self.space:
            raise ValueError(
                f"resource = {self.resource!r} is in space too; take it out there"
            )
        return self

    @property
    def resource_name(self) -> str | None:
        """What iterations have more and more of: rows, or a parameter."""
        return self.resource

    @property
    def n_proposed(self) -> int | None:
        """The draws, where the study names their number."""
        return None if self.n_candidates == "exhaust" else self.n_candidates

    @property
    def searched(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the space, and the resource where it is one."""
        of_space = super().searched
        return (
            of_space
            if self.resource == ROWS
            else (*of_space, ("search.resource", self.resource))
        )

    def begin(self, y: "Labels", seed: int) -> Trials:
        """Begin with many draws on few resources."""
        plan = self.schedule(y)
        drawn = draw(self.tables, plan.candidates[0], seed)
        return _Halving(self, plan, drawn)

    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:
        """Return the iterations."""
        plan = self.schedule(y)
        of = len(y) if self.resource == ROWS else max(plan.resources)
        pairs = zip(plan.candidates, plan.resources, strict=True)
        if self.resource == ROWS:
            return tuple(SearchStage(number, rows=amount / of) for number, amount in pairs)
        return tuple(SearchStage(number, effort=amount / of) for number, amount in pairs)

    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:  # noqa: ARG002 # as every strategy
        """Begin with fewer draws."""
        return self.model_copy(update={"n_candidates": n_candidates})

    def at_full_effort(
        self, candidates: Sequence[dict[str, Any]]
    ) -> Sequence[dict[str, Any]]:
        """Give candidates the most of a resource that is a parameter."""
        if self.resource == ROWS:
            return candidates
        return [{**params, self.resource: self.max_resources} for params in candidates]

    def check(self, y: "Labels") -> None:
        """Check that there are rows enough for the first iteration."""
        self.schedule(y)

    def schedule(self, y: "Labels") -> "Schedule":
        """Decide the iterations of a search before its first.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Classes of the search's rows.

        Raises
        ------
        StudyError
            If there are fewer rows than the first iteration takes.
        """
        factor = self.factor
        least, most = self._bounds(y)
        drawn = most // least if self.n_candidates == "exhaust" else self.n_candidates
        n_candidates = n_points(self.tables, drawn)
        # The last iteration needed is the one that scores fewer than `factor` candidates.
        n_needed = 1 + math.floor(math.log(n_candidates, factor))
        if self.min_resources == "exhaust":
            least = max(least, int(most // factor ** (n_needed - 1)))
        n_possible = 1 + math.floor(math.log(most // least, factor))
        n_iterations = (
            n_needed if self.aggressive_elimination else min(n_needed, n_possible)
        )
        candidates, resources = [n_candidates], []
        for iteration in range(n_iterations):
            power = iteration
            if self.aggressive_elimination:
                power = max(0, iteration - n_needed + n_possible)
            resources.append(min(int(factor**power * least), most))
            candidates.append(math.ceil(candidates[-1] / factor))
        return Schedule(tuple(candidates[:-1]), tuple(resources))

    def _bounds(self, y: "Labels") -> tuple[int, int]:
        """Return the resources of the first iteration, and the most of any."""
        of_rows = self.resource == ROWS
        most = len(y) if self.max_resources == "auto" else self.max_resources
        if of_rows and most > len(y):
            raise StudyError(
                f"search.max_resources = {most:,} is more than the {len(y):,} training "
                "rows; give fewer, or leave it out."
            )
        least = 2 * self.folds * len(set(y.tolist())) if of_rows else 1
        if isinstance(self.min_resources, int):
            least = self.min_resources
        # A fold is thinned to the same share as the whole, and must keep a row to score
        # on.
        fewest = math.ceil(len(y) / (len(y) // self.folds)) if of_rows else 1
        if least < fewest:
            raise StudyError(
                f"search.min_resources = {least:,}: leaves no row to score on in a fold of "
                f"{len(y) // self.folds:,}; use {fewest:,} or more."
            )
        if least > most:
            what = "training rows" if self.max_resources == "auto" else "max_resources"
            raise StudyError(
                f"search.min_resources: the first iteration takes {least:,}, which is more "
                f"than the {most:,} of {what}. Use fewer folds, more rows, or another "
                "strategy."
            )
        return least, most


@dataclass(frozen=True)
class Schedule:
    """The iterations of a search.

    ``candidates`` is the number in each, ``resources`` what each of them has: rows,
    or the value of the parameter that is the resource.
    """

    candidates: tuple[int, ...]
    resources: tuple[int, ...]


class _Halving(Trials):
    """Iterations, each of the better candidates of the one before."""

    def __init__(
        self, search: HalvingRandomSearch, plan: Schedule, drawn: Sequence[dict[str, Any]]
    ) -> None:
        self._search, self._plan = search, plan
        self._left, self._iteration = list(drawn), 0

    def ask(self) -> Batch | None:
        """Propose the candidates that are left, on the next iteration's resources."""
        n_iterations = len(self._plan.resources)
        if self._iteration == n_iterations:
            return None
        resources = self._plan.resources[self._iteration]
        of_rows = self._search.resource == ROWS
        if not of_rows:
            self._left = [
                {**params, self._search.resource: resources} for params in self._left
            ]
        return Batch(
            candidates=tuple(self._left),
            name=f"iteration {self._iteration + 1} of {n_iterations}",
            iteration=self._iteration,
            resources=resources,
            n_rows=resources if of_rows else None,
            with_baseline=self._iteration == n_iterations - 1,
        )

    def tell(self, scores: Sequence[float]) -> None:
        """Keep one candidate in `factor`, the best one last."""
        n_kept = math.ceil(len(self._left) / self._search.factor)
        self._left = [self._left[position] for position in survivors(scores, n_kept)]
        self._iteration += 1


def survivors(means: Sequence[float], n_kept: int) -> list[int]:
    """Return the positions of the candidates that continue, the best one last.

    Parameters
    ----------
    means : sequence of float
        Mean scores; NaN for a candidate that failed, which ranks last of all.
    n_kept : int
        How many.
    """
    import numpy as np

    # As scikit-learn has it: NaN, which argsort puts last, is moved to the front.
    scores = np.asarray(means, dtype=float)
    ordered = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
    return [int(position) for position in ordered[-n_kept:]]
