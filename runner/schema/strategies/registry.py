"""The search strategies by name: the shipped ones, and those that others register."""

from typing import TypeVar, get_args

from tunecard.runner.schema.strategies.base import Strategy

#: Entry points of this group are registered when a study names them.
ENTRY_POINTS = "tunecard.strategies"
Kind = TypeVar("Kind", bound=type[Strategy])
_KINDS: dict[str, type[Strategy]] = {}


def register(kind: Kind) -> Kind:
    """Register a strategy by its name; also usable as a decorator.

    Parameters
    ----------
    kind : subclass of Strategy
        Its field ``strategy`` is a Literal of one name.

    Raises
    ------
    ValueError
        If it has no name, or another strategy has that name.

    Notes
    -----
    A package can leave this to an entry point of the group ``tunecard.strategies``, whose
    name is the strategy's and whose object is the class.
    """
    strategy: type[Strategy] = kind
    field = strategy.model_fields.get("strategy")
    names = get_args(field.annotation) if field is not None else ()
    if len(names) != 1 or not isinstance(names[0], str):
        raise ValueError(
            f"{kind.__name__}: needs the field strategy: Literal[...] with its one name"
        )
    registered = _KINDS.setdefault(names[0], kind)
    if registered is not kind and (registered.__module__, registered.__qualname__) != (
        kind.__module__,
        kind.__qualname__,
    ):
        raise ValueError(
            f"{kind.__name__}: another strategy, "
            f"{registered.__module__}.{registered.__qualname__}, "
            f"has the name {names[0]!r}; choose another"
        )
    _KINDS[names[0]] = kind  # a cell of a notebook may define its class again
    return kind


def find(name: str) -> type[Strategy] | None:
    """Return the strategy of a name, from an installed package if need be."""
    if name not in _KINDS:
        from importlib.metadata import entry_points

        for entry in entry_points(group=ENTRY_POINTS, name=name):
            register(entry.load())
    return _KINDS.get(name)


def names() -> tuple[str, ...]:
    """Return the names of the registered strategies, in the order of registration."""
    return tuple(_KINDS)
