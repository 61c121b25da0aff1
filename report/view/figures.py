"""The figures and the tables of a view, wherever they stand in it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from tunecard.report.view.types import Figure, QualityPart, Table, TimePart


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


def tables_of(value: Any) -> Iterator[Table]:
    """Find the tables in a view or a part of it, without those of its figures.

    The caption of a model's table begins with the model's label.
    """
    if isinstance(value, Table):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from tables_of(part)
    elif is_dataclass(value) and not isinstance(value, Figure):
        label = value.label if isinstance(value, QualityPart | TimePart) else ""
        for field in fields(value):
            for table in tables_of(getattr(value, field.name)):
                caption = f"{label}: {table.caption}" if label else table.caption
                yield replace(table, caption=caption)
