"""The search of a model: any registered strategy, by its name."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import (
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    WrapValidator,
)

from tunecard.runner.errors import StudyError
from tunecard.runner.schema.space import Dimension
from tunecard.runner.schema.strategies import (
    GridSearch,
    HalvingRandomSearch,
    OptunaSearch,
    RandomSearch,
    SearchStage,
    Strategy,
    Trials,
)
from tunecard.runner.schema.strategies.registry import find
from tunecard.runner.schema.wording import TOML, sentences

#: Context of reading results, whose strategy need not be there to run again.
READING = {"reading": True}
_SHIPPED = ("grid", "random", "halving-random", "optuna")


class SearchErrors(ValueError):
    """Fields of a registered strategy that are wrong: ``lines`` of (field, problem)."""

    def __init__(self, error: ValidationError, kind: type[Strategy]) -> None:
        parts = [line.partition(": ") for line in sentences(error, kind, TOML)]
        self.lines = tuple((name, text.removesuffix(".")) for name, _, text in parts)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.lines))


class UnregisteredSearch(Strategy):
    """A search in results whose strategy is not registered here: to be read alone."""

    model_config = ConfigDict(extra="allow")
    is_static: ClassVar[bool] = True

    strategy: str
    space: dict[str, Dimension] = Field(min_length=1)

    def begin(self, y: Any, seed: int) -> Trials:  # noqa: ARG002 # as every strategy
        """Refuse to run.

        Raises
        ------
        StudyError
            Always.
        """
        raise StudyError(
            f"search.strategy: {self.strategy!r} is not registered here; import the module "
            "that registers it."
        )

    def stages(self, y: Any) -> tuple[SearchStage, ...]:  # noqa: ARG002 # as every strategy
        """Return no stage: nothing is known of it."""
        return ()

    def thinned(self, n_candidates: int, own: Any) -> "UnregisteredSearch":  # noqa: ARG002 # as every strategy
        """Leave it as it is."""
        return self


def _by_name(
    value: Any, handler: Callable[[Any], Any], info: ValidationInfo
) -> Strategy | None:
    """Make the strategy that is named, a registered one too; None for ``none``."""
    if isinstance(value, Strategy):
        return None if value.strategy == "none" else value
    name = value.get("strategy") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name in _SHIPPED:
        made: Strategy = handler(value)
        return made
    kind = find(name)
    if kind is None and (info.context or {}).get("reading"):
        kind = UnregisteredSearch
    if kind is None:
        refused: Strategy = handler(value)  # by its name
        return refused
    try:
        return _by_name(kind.model_validate(value, context=info.context), handler, info)
    except ValidationError as error:
        raise SearchErrors(error, kind) from error


Search: TypeAlias = Annotated[
    SerializeAsAny[
        Annotated[
            GridSearch | RandomSearch | HalvingRandomSearch | OptunaSearch,
            Field(discriminator="strategy"),
        ]
    ],
    WrapValidator(_by_name),
]
