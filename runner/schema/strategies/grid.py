"""Grid search: every combination of the listed values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tunecard.runner.schema.space import (
    MOST_CANDIDATES,
    Values,
    listed,
    n_combinations,
    thinned,
)
from tunecard.runner.schema.strategies.base import OneBatch, SearchStage, Strategy, Trials
from tunecard.runner.schema.strategies.registry import register

if TYPE_CHECKING:
    from tunecard.runner.schema.strategies.base import Labels


@register
class GridSearch(Strategy):
    """Every combination of the listed values (as scikit-learn's GridSearchCV)."""

    title: ClassVar[str] = "grid search"
    equivalent: ClassVar[str | None] = "GridSearchCV"
    is_static: ClassVar[bool] = True

    strategy: Literal["grid"]
    space: dict[str, Values] = Field(min_length=1)

    @model_validator(mode="after")
    def _size(self) -> "GridSearch":
        for name, values in (pair for table in self.tables for pair in table.items()):
            if not isinstance(values, tuple):  # of a table among several
                raise ValueError(  # noqa: TRY004 # pydantic reports it as the user's
                    f"{name} must be a list of values; distributions need "
                    'strategy = "random"'
                )
        n_candidates = n_combinations(self.tables)
        if n_candidates > MOST_CANDIDATES:
            raise ValueError(
                f"space has {n_candidates:,} combinations, and {MOST_CANDIDATES:,} are the "
                'most; list fewer values, or draw some with strategy = "random"'
            )
        return self

    @property
    def n_proposed(self) -> int | None:
        """All combinations."""
        return n_combinations(self.tables)

    def begin(self, y: "Labels", seed: int) -> Trials:  # noqa: ARG002 # nothing is drawn
        """Begin with all candidates, in the order of scikit-learn's ``ParameterGrid``."""
        from sklearn.model_selection import ParameterGrid

        tables = [
            {name: listed(values) for name, values in table.items()}  # type: ignore[arg-type] # lists alone
            for table in self.tables
        ]
        return OneBatch(tuple(ParameterGrid(tables)))

    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:  # noqa: ARG002 # as every strategy
        """Return one stage of all combinations."""
        return (SearchStage(n_combinations(self.tables)),)

    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:
        """Thin the lists of values; their ends and the baseline's own values stay."""
        tables = thinned(self.tables, n_candidates, own)
        if not self.spaces:
            return self.model_copy(update={"space": tables[0]})
        space = {
            name: tuple(
                value
                for value in values
                if any(value in table.get(name, ()) for table in tables)
            )
            for name, values in self.space.items()
        }
        return self.model_copy(update={"space": space, "spaces": tables})
