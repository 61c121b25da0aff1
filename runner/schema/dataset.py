"""The dataset of a run, as results.json records it: where it came from and what it was."""

from typing import Any, Literal, Self, TypeAlias

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen
from tunecard.runner.schema.data import ColumnInfo, ColumnRule, RepeatedColumn, Twins

#: What is exchangeable: a row, a group of rows, a block of time.
SplitUnit: TypeAlias = Literal["row", "group", "block"]


class ClassInfo(Frozen):
    """A class, by its name, with its number of rows in each part.

    ``label`` is what estimators get, where that is not the name.
    """

    name: str
    n_train: Count
    n_test: Count
    label: bool | int | float | str | None = Field(
        default=None, exclude_if=lambda label: label is None
    )

    @classmethod
    def of(cls, name: str, label: Any, n_train: int, n_test: int) -> Self:
        """Make the class of a label, which may be one of NumPy's."""
        plain = label.item() if hasattr(label, "item") else label
        differs = plain != name and isinstance(plain, bool | int | float | str)
        return cls(
            name=name, n_train=n_train, n_test=n_test, label=plain if differs else None
        )

    @property
    def own_label(self) -> bool | int | float | str:
        """What estimators get."""
        return self.name if self.label is None else self.label


class Spread(Frozen):
    """Numbers of one part in figures; the standard deviation is that of the rows.

    ``skewness`` is the third standardized moment; None where all values are equal.
    """

    low: float
    median: float
    mean: float
    high: float
    sd: float = Field(ge=0)
    skewness: float | None = None


class TargetInfo(Frozen):
    """The target of a regression.

    Attributes
    ----------
    unit : str
        As a reader sees it; empty for a pure number.
    train, test : Spread or None
        Its values in each part; None of a part without rows.
    """

    unit: str = ""
    train: Spread | None
    test: Spread | None


class ColumnRange(Frozen):
    """A column of numbers of a regression: its range in training, and test rows beyond.

    Attributes
    ----------
    column : str
        Its name, or its number where the columns have none.
    position : int
        Of the column in X, from 0.
    low, high : float
        Smallest and largest value of the training rows.
    n_below, n_above : int
        Test rows below and above these.
    n_train, n_test : int
        Rows with a value.
    """

    column: str
    position: Count
    low: float
    high: float
    n_below: Count
    n_above: Count
    n_train: Count
    n_test: Count


class DatasetInfo(Frozen):
    """Where the data came from and what exactly it was.

    Attributes
    ----------
    source : str
        The place it was read from, in words.
    split : str
        ``own``: the data's own train and test parts; ``stratified``: drawn by
        the study's seed, by class where there are classes; ``declared``: the caller
        handed test rows over and declared that neither model has seen them.
    split_unit : str
        What falls into one part as a whole: ``row``, ``group`` or ``block``.
    classes : tuple of ClassInfo
        Empty where the target is not a class.
    image_shape : tuple of int or None
        (height, width) when a row is an image.
    sha256 : dict
        Of the bytes of ``X_train``, ``y_train``, ``X_test``, ``y_test`` as
        used (C order), of ``split``, the indices of the rows taken, and of
        ``file``, where the data came from one.
    subset_of : str or None
        In words, the whole that this is a part of.
    fallback_reason : str or None
        Why this dataset stands in for the one that was wanted.
    n_test_rows_in_train : int or None
        Test rows whose features also occur in the training part; None where the
        training rows were not handed over.
    twins : Twins or None
        Which test rows those are; None where there is none, or an earlier version wrote
        the file.
    repeated : tuple of RepeatedColumn
        Columns whose values seem to name subjects with several rows each.
    ordered : str or None
        A column of dates that the rows are sorted by, and that no split follows.
    sample_weight : str or None
        What the rows are weighted by: a column, or ``sample_weight`` for an array.
    column_rule : ColumnRule or None
        The best rule on one column alone; None where the rows are images, or an earlier
        version wrote the file.
    values : TargetInfo or None
        The target of a regression.
    ranges : tuple of ColumnRange
        Of a regression on a table: the columns that columns.parquet holds, at most 50.
    columns : tuple of ColumnInfo
        The columns of features, where they have names.
    target : str or None
        The column with the classes.
    dropped : tuple of str
        Columns that the study leaves out.
    n_missing : int
        Cells of features without a value, over all rows.
    n_duplicates : int
        Rows whose features and class an earlier row has, over all rows.
    positive : str or None
        The class whose own precision, recall and F1 are among the metrics.
    notes : tuple of str
        What else a reader should know of the data, a sentence each.
    """

    name: str
    title: str
    source: str
    n_train: Count
    n_test: Count
    n_features: Count
    dtype: str
    image_shape: tuple[Count, Count] | None
    classes: tuple[ClassInfo, ...] = ()
    split: Literal["own", "stratified", "declared"]
    split_unit: SplitUnit = "row"
    sha256: dict[str, str]
    subset_of: str | None = None
    fallback_reason: str | None = None
    n_test_rows_in_train: Count | None = 0
    twins: Twins | None = None
    column_rule: ColumnRule | None = None
    repeated: tuple[RepeatedColumn, ...] = ()
    ordered: str | None = Field(default=None, exclude_if=lambda column: column is None)
    values: TargetInfo | None = Field(
        default=None, exclude_if=lambda values: values is None
    )
    sample_weight: str | None = Field(default=None, exclude_if=lambda name: name is None)
    ranges: tuple[ColumnRange, ...] = Field(
        default=(), exclude_if=lambda ranges: not ranges
    )
    columns: tuple[ColumnInfo, ...] = ()
    target: str | None = None
    dropped: tuple[str, ...] = ()
    n_missing: Count = 0
    n_duplicates: Count = 0
    positive: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def positive_code(self) -> int | None:
        """Position of the positive class in `classes`; None without one."""
        names = [entry.name for entry in self.classes]
        return names.index(self.positive) if self.positive in names else None
