"""What a parameter's value may be, in a study file and in results."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, model_validator

from tunecard.runner.schema.base import Frozen
from tunecard.runner.task import label_of

Scalar: TypeAlias = bool | int | float | str | None


def _none(value: Any) -> Any:
    """Turn ``{ none = true }``, as a file without null writes None, into None."""
    return None if isinstance(value, Mapping) and dict(value) == {"none": True} else value


def _key(key: Any) -> Any:
    """Return a key as a file's text stands for it; a key of Python's own stays."""
    return label_of(key) if isinstance(key, str) else key


class ParamDict(Frozen):
    """A dict as a parameter's value, such as ``class_weight = { no = 1, yes = 5 }``.

    Attributes
    ----------
    pairs : tuple of (key, value)
        As ``dict(pairs)`` takes them. A file may write the dict itself: its keys are
        read as the labels of a text file are, ``{ 1 = 10 }`` with the integer 1.
    """

    pairs: tuple[tuple[bool | int | float | str, "ParamValue"], ...]

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        if "distribution" in data:
            raise ValueError("a distribution belongs in a search's space")
        if set(data) == {"pairs"} and isinstance(data["pairs"], list | tuple):
            return data
        return {"pairs": [(_key(key), value) for key, value in data.items()]}

    def as_dict(self) -> dict[Any, Any]:
        """Return the dict itself."""
        return {key: plain(value) for key, value in self.pairs}

    def __str__(self) -> str:
        return str(self.as_dict())


ParamItem: TypeAlias = Annotated[Scalar | ParamDict, BeforeValidator(_none)]
ParamValue: TypeAlias = Annotated[
    Scalar | tuple[ParamItem, ...] | ParamDict, BeforeValidator(_none)
]
Params: TypeAlias = dict[str, ParamValue]
ParamDict.model_rebuild()


def plain(value: Any) -> Any:
    """Return a value as an estimator takes it: a list for a tuple, a dict for pairs."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.as_dict() if isinstance(value, ParamDict) else value
