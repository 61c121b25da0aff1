"""No search: the baseline alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from tunecard.runner.schema.space import Dimension
from tunecard.runner.schema.strategies.base import OneBatch, SearchStage, Strategy, Trials
from tunecard.runner.schema.strategies.registry import register

if TYPE_CHECKING:
    from tunecard.runner.schema.strategies.base import Labels


@register
class NoSearch(Strategy):
    """The baseline alone; a study holds it as a model without a search."""

    title: ClassVar[str] = "no search"
    is_static: ClassVar[bool] = True

    strategy: Literal["none"] = "none"
    space: dict[str, Dimension] = {}

    def begin(self, y: "Labels", seed: int) -> Trials:  # noqa: ARG002 # as every strategy
        """Begin with no candidate."""
        return OneBatch(())

    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:  # noqa: ARG002 # as every strategy
        """Return no stage."""
        return ()

    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:  # noqa: ARG002 # as every strategy
        """Leave it: there is nothing to cut."""
        return self
