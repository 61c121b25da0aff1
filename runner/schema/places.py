"""Places in a file of the contract: pydantic's locations, read as the file has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic.fields import FieldInfo

Location: TypeAlias = tuple[int | str, ...]


@dataclass(frozen=True)
class Place:
    """A place in a file.

    Attributes
    ----------
    path : tuple of int or str
        Keys and positions, as the file has them.
    info : FieldInfo or None
        The contract's definition of the field.
    around : tuple of types
        What the place lies in.
    kinds : tuple of types
        What may stand there.
    whole : bool
        False where pydantic tried the kinds one by one.
    """

    path: Location
    info: FieldInfo | None
    around: tuple[Any, ...]
    kinds: tuple[Any, ...]
    whole: bool = True


def path_of(location: Location) -> str:
    """Write a place as ``cases[0].quality.test``.

    Examples
    --------
    >>> path_of(("cases", 0, "status"))
    'cases[0].status'
    """
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "(the whole file)"


def place_of(root: type[BaseModel], location: Location) -> Place:
    """Follow pydantic's location through the contract, and leave out what is not a field.

    Between the fields stand the tags of unions (``grid``), which no file has,
    and the names of the kinds that were tried one by one (``int``).
    """
    kinds: tuple[Any, ...] = (root,)
    around: tuple[Any, ...] = ()
    path: Location = ()
    info: FieldInfo | None = None
    for position, part in enumerate(location):
        tagged = [kind for kind in kinds if part in tags_of(kind)]
        if tagged and len(kinds) > 1:
            kinds = tuple(untagged(kind) for kind in tagged)
            continue
        following = [member for kind in kinds for member in _inside(untagged(kind), part)]
        last = position == len(location) - 1
        if not following and not (last and all(is_model(untagged(k)) for k in kinds)):
            return Place(path, info, around, kinds, whole=False)
        path, around = (*path, part), tuple(untagged(kind) for kind in kinds)
        info = next((field for field, _ in following if field), None)
        kinds = tuple(kind for _, kind in following)
    return Place(path, info, around, kinds)


def is_model(kind: Any) -> bool:
    """Return whether a kind of value is a table of the contract."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inside(kind: Any, part: int | str) -> Iterator[tuple[FieldInfo | None, Any]]:
    """Yield what may stand at a key or a position of a value of a kind."""
    if is_model(kind):
        if part in kind.model_fields:
            info = kind.model_fields[part]
            yield from ((info, member) for member in _members(info.annotation))
        return
    origin, inner = get_origin(kind), get_args(kind)
    if origin is dict and isinstance(part, str):
        yield from ((None, member) for member in _members(inner[1]))
    elif origin in (tuple, list) and isinstance(part, int):
        of = inner[0] if inner[-1] is Ellipsis else inner[min(part, len(inner) - 1)]
        yield from ((None, member) for member in _members(of))


def _members(annotation: Any) -> Iterator[Any]:
    """Take a union apart, however it is written; a member with a tag keeps it."""
    origin = get_origin(annotation)
    if origin is Annotated and not _tag(annotation):
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    elif annotation is not type(None):
        yield annotation


def _tag(annotation: Any) -> str | None:
    return next((m.tag for m in get_args(annotation)[1:] if isinstance(m, Tag)), None)


def untagged(kind: Any) -> Any:
    """Take off the tag of a union's member, and what else it is annotated with."""
    return untagged(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def tags_of(kind: Any) -> tuple[Any, ...]:
    """Return what pydantic calls a member of a union: its tag, or its one strategy."""
    if get_origin(kind) is Annotated:
        return (_tag(kind),)
    if not is_model(kind) or "strategy" not in kind.model_fields:
        return ()
    annotation = kind.model_fields["strategy"].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()
