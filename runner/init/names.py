"""Columns that a user named, or numbered, on the command line."""

from collections.abc import Sequence

from tunecard.runner.schema import Data


def column_named(names: Sequence[str], wanted: str | int) -> str | None:
    """Return the column that was named on the command line, or None.

    A name of digits takes precedence over a number: both are typed alike.

    Examples
    --------
    >>> column_named(["2023", "2024"], 2024), column_named(["a", "b"], -1)
    ('2024', 'b')
    """
    if str(wanted) in names:
        return str(wanted)
    if isinstance(wanted, int) and -len(names) <= wanted < len(names):
        return names[wanted]
    return None


def replace_numbers(data: Data, names: Sequence[str]) -> Data:
    """Name the columns that the user numbered; a name of digits takes precedence."""

    def named(column: str | int) -> str | int:
        return column_named(names, column) or column

    fields = {
        field: tuple(map(named, getattr(data, field)))
        for field in ("drop", "categorical", "numeric")
        if getattr(data, field)
    }
    singles = {
        field: named(getattr(data, field))
        for field in ("target", "split")
        if getattr(data, field) is not None
    }
    return data.model_copy(update={**fields, **singles})
