"""A study's settings for its table of data, and what results record of its columns."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from tunecard.runner.schema.base import Count, Frozen, Size


def _column(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(
            "must be a column's name in quotes, or its number: 0 is the first, -1 the last"
        )
    return value


def _label(value: Any) -> Any:
    """Write an integer as text: labels are compared as the file writes them."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("must be a class as the data writes it, in quotes")
    return str(value)


def _separator(value: Any) -> Any:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n' or value > "~":
        raise ValueError(
            r'must be one character, not a quote or line end, as in ";" or "\t"'
        )
    return value


ColumnName: TypeAlias = Annotated[str | int, BeforeValidator(_column)]
Label: TypeAlias = Annotated[str, BeforeValidator(_label)]


class Data(Frozen):
    """How a study's file is read: the table ``[data]``.

    Attributes
    ----------
    target : str, int or None
        The column with the classes, by name or number (0 the first, -1 the
        last); of an NPZ file, the array with them.
    positive : str or None
        Of two classes, the one whose own precision, recall and F1 are shown.
    unit : str or None
        Of the target of a regression, as a reader sees it: ``kg``, ``EUR``.
    class_names : dict
        Names to show for the classes, by the label that the data has.
    drop : tuple of str or int
        Columns to leave out, such as numbers of customers.
    categorical : tuple of str or int
        Columns of numbers whose values are names, such as postal codes.
    numeric : tuple of str or int
        Columns of numbers that are written with marks: currencies, percent,
        thousands, ``(5)`` for -5, limits such as ``<0.1``, which are taken as the
        limit. What is not a finite number in them is missing.
    split : str, int or None
        A column with ``train`` or ``test`` for each row (``training``,
        ``testing``, ``holdout``; ``validation`` rows are training rows, as searches
        make their own folds).
    sample_weight : str, int or None
        A column of numbers that weight the rows in each fit, and in the fold scores of a
        search; no model gets it as a feature.
    drop_unlabeled : bool
        Whether rows without a class are left out; an error otherwise.
    missing : tuple of str or None
        Cells that mean "no value", the empty cell aside; None for the words
        that pandas detects (NA, NaN, null, ...).
    separator, decimal, encoding : str or None
        Of a text file; the separator is auto-detected by default, the encoding
        is UTF-8.
    header : bool
        Whether the first line of a text file names the columns.
    skip_rows : int
        Lines of a text file before that.
    keep_columns : bool
        Whether the run folder of a regression keeps columns of numbers of some test rows,
        for residuals by column, and the range of each in training.
    """

    target: ColumnName | None = None
    positive: Label | None = None
    unit: str | None = Field(
        default=None, min_length=1, max_length=20, exclude_if=lambda unit: unit is None
    )
    class_names: dict[str, Annotated[str, Field(min_length=1, max_length=200)]] = {}
    drop: tuple[ColumnName, ...] = ()
    categorical: tuple[ColumnName, ...] = ()
    numeric: tuple[ColumnName, ...] = ()
    split: ColumnName | None = None
    sample_weight: ColumnName | None = Field(
        default=None, exclude_if=lambda column: column is None
    )
    drop_unlabeled: bool = False
    missing: tuple[str, ...] | None = None
    separator: Annotated[str, BeforeValidator(_separator)] | None = None
    decimal: Literal[".", ","] = "."
    encoding: str | None = Field(default=None, min_length=1)
    header: bool = True
    skip_rows: int = Field(default=0, ge=0)
    keep_columns: bool = Field(default=True, exclude_if=lambda kept: kept is True)

    @model_validator(mode="after")
    def _target_is_not_dropped(self) -> "Data":
        for name in ("target", "split", "sample_weight"):
            column = getattr(self, name)
            if column is not None and column in self.drop:
                raise ValueError(f"{name} = {column!r} is in drop too; take it out there")
        for column in self.numeric:
            if column in self.categorical:
                raise ValueError(f"{column!r} is both in numeric and in categorical")
        for name in ("split", "sample_weight"):
            if self.target is not None and self.target == getattr(self, name):
                raise ValueError(f"target and {name} are the same column, {self.target!r}")
        return self


class ColumnInfo(Frozen):
    """A column of features, in the order of X.

    Attributes
    ----------
    kind : str
        ``number``; or ``category``: X holds the position of each value in
        `categories`, and a model gets a column of 0 and 1 for each of them; or
        ``other``: only a model that takes the data frame itself can use it.
    n_missing : int
        Cells without a value, over all rows of the table.
    categories : tuple of str
        The values' names, sorted.
    constant : bool
        Whether all rows have one value.
    """

    name: str
    kind: Literal["number", "category", "other"] = "number"
    n_missing: int = Field(default=0, ge=0)
    categories: tuple[str, ...] = ()
    constant: bool = False


class ColumnRule(Frozen):
    """The best rule that looks at one column alone, on the training rows.

    Attributes
    ----------
    column : str
        Its name, or its number where the columns have none.
    thresholds : tuple of float
        Where a column of numbers is cut; none for a column of categories, where each
        category has its most frequent class.
    by_gap : bool
        Whether it is a column of numbers where a missing value decides.
    accuracy : float
        Share of the training rows that it gets right.
    """

    column: str
    thresholds: tuple[float, ...]
    by_gap: bool = False
    accuracy: float = Field(ge=0, le=1)


class RepeatedColumn(Frozen):
    """A column that names subjects with several rows each, such as patients.

    Attributes
    ----------
    column : str
    n_values, n_rows : int
        Its different values, and the rows of the data.
    """

    column: str
    n_values: int = Field(ge=1, le=2**53)
    n_rows: int = Field(ge=1, le=2**53)


class Twins(Frozen):
    """Test rows that a training row equals in every column of features.

    Attributes
    ----------
    rows : tuple of int
        Their positions among the test rows, ascending; empty where they are too many
        to record.
    pairs, near_pairs : int
        Pairs of a test row and a training row, both of a sample where there are many:
        equal in every column, and equal in all columns but one. Both are 0 where there
        are too many columns to count.
    near_pairs_by_chance : float
        Near pairs that there would be if the equal pairs were coincidences of columns
        that do not depend on each other.
    """

    rows: tuple[Count, ...]
    pairs: Count
    near_pairs: Count
    near_pairs_by_chance: Size


class Encoding(Frozen):
    """Which columns of X a model cannot take as they are.

    Attributes
    ----------
    numbers, categories : tuple of int
        Positions of the columns of numbers and of categories in X.
    missing : bool
        Whether any column of numbers has missing values.
    """

    numbers: tuple[int, ...]
    categories: tuple[int, ...]
    missing: bool


def encoding_of(columns: tuple[ColumnInfo, ...]) -> Encoding | None:
    """Return the encoding between a table and a model; None without one.

    Examples
    --------
    >>> encoding_of((ColumnInfo(name="age"), ColumnInfo(name="income"))) is None
    True
    >>> encoding_of((ColumnInfo(name="age", n_missing=3),)).missing
    True
    """
    numbers = tuple(i for i, column in enumerate(columns) if column.kind == "number")
    categories = tuple(i for i, column in enumerate(columns) if column.kind == "category")
    missing = any(columns[i].n_missing for i in numbers)
    if not categories and not missing:
        return None
    return Encoding(numbers=numbers, categories=categories, missing=missing)
