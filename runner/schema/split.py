"""How rows are split: a study's table ``[split]``."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.data import ColumnName

#: Outer splits, where the study does not name their number.
REPEATS, FOLDS = 10, 5
MOST_SPLITS = 100


class SplitSpec(Frozen):
    """How rows are held out, and which of them belong together.

    Attributes
    ----------
    kind : str
        ``holdout``: one share of the rows; ``column``: a column names each row's part;
        ``repeated``: several shares, drawn one after another, with a search inside each;
        ``cv``: the folds of a cross-validation, with a search inside each; ``custom``:
        splits given in Python.
    column : str, int or None
        Of ``column``: the column of train and test.
    groups : str, int or None
        A column whose values name groups of rows, such as patients: no group has rows on
        both sides, in the outer split and in the folds of a search.
    order : str, int or None
        A column of dates or numbers that orders the rows: training rows come before test
        rows, in the outer split and in the folds of a search.
    gap : int
        Of ``order``: rows that are left out between training and test rows.
    repeats : int or None
        Of ``repeated`` (10 by default) and of ``cv`` (1).
    folds : int or None
        Of ``cv`` (5).
    n_splits : int or None
        Of ``custom``: how many outer splits.
    outer, inner : str or None
        The splitters of the two levels that were given in Python, in words.
    """

    kind: Literal["holdout", "column", "repeated", "cv", "custom"] = "holdout"
    column: ColumnName | None = None
    groups: ColumnName | None = None
    order: ColumnName | None = None
    gap: int = Field(default=0, ge=0)
    repeats: int | None = Field(default=None, ge=1, le=MOST_SPLITS)
    folds: int | None = Field(default=None, ge=2, le=MOST_SPLITS)
    n_splits: int | None = Field(default=None, ge=1, le=MOST_SPLITS)
    outer: str | None = None
    inner: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, data: Any) -> Any:
        """Take ``column`` without a kind for the kind of that name."""
        if isinstance(data, dict) and data.get("column") is not None:
            return {"kind": "column", **data}
        return data

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        allowed = {
            "column": ("column",),
            "repeats": ("repeated", "cv"),
            "folds": ("cv",),
            "n_splits": ("custom",),
        }
        for name, kinds in allowed.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                listed = " or ".join(f'"{kind}"' for kind in kinds)
                raise ValueError(
                    f'{name} applies to kind = {listed}, and kind is "{self.kind}"; take '
                    "one of the two out"
                )
        if self.groups is not None and self.order is not None:
            raise ValueError("groups and order exclude each other; keep one of the two")
        if self.gap and self.order is None:
            raise ValueError("gap applies to rows in order; name the column as order")
        if self.order is not None and self.kind not in ("holdout", "column"):
            raise ValueError(
                f'order: with kind = "{self.kind}" later rows would train; use kind = '
                '"holdout"'
            )
        if self.n_outer > MOST_SPLITS:
            raise ValueError(
                f"folds x repeats are {self.n_outer} outer splits; use at most "
                f"{MOST_SPLITS}"
            )
        return self

    @property
    def n_folds(self) -> int:
        """Folds of an outer cross-validation."""
        return self.folds or FOLDS

    @property
    def n_outer(self) -> int:
        """Outer splits."""
        if self.kind == "cv":
            return self.n_folds * (self.repeats or 1)
        if self.kind == "repeated":
            return self.repeats or REPEATS
        return self.n_splits or 1

    @property
    def unit(self) -> Literal["row", "group", "block"]:
        """What falls into one part as a whole."""
        if self.groups is not None:
            return "group"
        return "block" if self.order is not None else "row"

    def one(self) -> Self:
        """Return it as the results of one of its outer splits have it."""
        if self.kind in ("holdout", "column"):
            return self
        return type(self)(groups=self.groups, inner=self.inner)
