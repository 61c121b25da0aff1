"""Randomized search: so many draws from the space."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from tunecard.runner.schema.space import MOST_CANDIDATES, Dimension, draw, n_points
from tunecard.runner.schema.strategies.base import OneBatch, SearchStage, Strategy, Trials
from tunecard.runner.schema.strategies.registry import register

if TYPE_CHECKING:
    from tunecard.runner.schema.strategies.base import Labels


@register
class RandomSearch(Strategy):
    """``n_iter`` draws from the space (as scikit-learn's RandomizedSearchCV)."""

    title: ClassVar[str] = "randomized search"
    equivalent: ClassVar[str | None] = "RandomizedSearchCV"
    is_static: ClassVar[bool] = True

    strategy: Literal["random"]
    n_iter: int = Field(default=10, ge=1, le=MOST_CANDIDATES)
    space: dict[str, Dimension] = Field(min_length=1)

    @property
    def n_draws(self) -> int | None:
        """The draws; None where a table is drawn first and a point of it then."""
        return None if self.spaces else self.n_iter

    @property
    def n_proposed(self) -> int | None:
        """All draws that can differ."""
        return n_points(self.tables, self.n_iter)

    def begin(self, y: "Labels", seed: int) -> Trials:  # noqa: ARG002 # as every strategy
        """Begin with all draws."""
        return OneBatch(draw(self.tables, self.n_iter, seed))

    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:  # noqa: ARG002 # as every strategy
        """Return one stage of all draws that can differ."""
        return (SearchStage(n_points(self.tables, self.n_iter)),)

    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:  # noqa: ARG002 # as every strategy
        """Draw less often; the draws that are left are the first of all."""
        return self.model_copy(update={"n_iter": min(n_candidates, self.n_iter)})
