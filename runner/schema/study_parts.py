"""The tables of a study that stand for themselves: timing, limits, subset, findings."""

import re
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)

from tunecard.runner.schema.base import Frozen

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"MiB": 2**20, "GiB": 2**30}


def _parse_seconds(value: Any) -> Any:
    """Turn ``"90s"``, ``"3m"`` or ``"1.5h"`` into seconds; leave numbers alone."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", value.strip())
        if match is None:
            raise ValueError('is not a duration; write a number and s, m or h, as in "3m"')
        return float(match[1]) * _SECONDS[match[2]]
    return value


def _parse_bytes(value: Any) -> Any:
    """Turn ``"512MiB"`` or ``"8GiB"`` into bytes; leave numbers alone."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(MiB|GiB)", value.strip())
        if match is None:
            raise ValueError('is not a size; write a number and MiB or GiB, as in "8GiB"')
        size = float(match[1]) * _BYTES[match[2]]
        if size > 2**60:
            raise ValueError('is more than any machine has; write it as in "8GiB"')
        return int(size)
    return value


Seconds: TypeAlias = Annotated[float, BeforeValidator(_parse_seconds), Field(gt=0)]
Bytes: TypeAlias = Annotated[int, BeforeValidator(_parse_bytes), Field(gt=0, le=2**60)]


class Timing(Frozen):
    """Whether fit and predict are timed, and how long all rounds may take.

    In a study file ``timing = false`` stands for ``enabled = false``: quality alone.

    Attributes
    ----------
    budget : float
        Seconds, or a text such as ``"3m"``: at least three rounds, at most ten.
    enabled : bool
        Whether fit and predict are timed.
    """

    budget: Seconds = 180.0
    enabled: bool = Field(default=True, exclude_if=lambda enabled: enabled)

    @model_validator(mode="before")
    @classmethod
    def _switched(cls, data: Any) -> Any:
        """Take false and true for whether anything is timed."""
        return {"enabled": data} if isinstance(data, bool) else data


class Limits(Frozen):
    """What one case may use.

    Attributes
    ----------
    case_seconds : float
        Of one worker or one fit of a search: seconds, or a text such as ``"30m"``.
    memory : int
        Of one process: bytes, or a text such as ``"8GiB"``.
    """

    case_seconds: Seconds = 1800.0
    memory: Bytes = 8 * 2**30


class Subset(Frozen):
    """A stratified part of the data.

    Attributes
    ----------
    train, test : int
        Rows that are kept for training and for testing.
    """

    train: int = Field(ge=2)
    test: int = Field(ge=2)


class Findings(Frozen):
    """Findings of the report that are shown as ignored.

    Attributes
    ----------
    ignore : tuple of str
        Their codes, as in ``["TC006"]``.
    """

    ignore: tuple[Annotated[str, Field(pattern=r"^TC\d{3}$")], ...] = ()
