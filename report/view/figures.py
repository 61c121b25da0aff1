"""The figures of a view, wherever they stand in it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tunecard.report.view.types import Figure


def figures_of(value: Any) -> Iterator[Figure]:
    """Find the figures in a view or a part of it, field by field.

    Parameters
    ----------
    value : object
        A view, a part of it or a tuple of parts.

    Yields
    ------
    Figure
    """
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from figures_of(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from figures_of(getattr(value, field.name))
