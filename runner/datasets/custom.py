"""Splits and groups given in Python: splitters of scikit-learn's, or index pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tunecard.runner.datasets.values import CodeArray, DatasetEntry, Request, Whole
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.resampling import Fold, Resampling, Rows, Unit
from tunecard.runner.schema import ModelSpec, SplitSpec
from tunecard.runner.splitters import as_splitter, count_splits, describe_splitter, pairs_of

GROUPS = "groups"  # what an array of groups is called


@dataclass(frozen=True, eq=False)
class GivenSplits:
    """How the two levels are split, as a caller gives it.

    Attributes
    ----------
    outer, inner : splitter, tuple of (ndarray, ndarray), or None
        Of the outer splits, and of the folds of a search. None for Tunecard's own.
    of_model : mapping
        The folds of the search of a model, by its name, from its search object.
    """

    outer: Any = None
    inner: Any = None
    of_model: Mapping[str, Any] = field(default_factory=dict)
    _pairs: dict[int, tuple[Fold, ...]] = field(default_factory=dict)

    def outer_pairs(self, y: CodeArray, unit: CodeArray | None) -> tuple[Fold, ...]:
        """Return the outer splits, made once: a splitter may draw others later."""
        if len(y) not in self._pairs:
            self._pairs[len(y)] = pairs_of(self.outer, y, unit, "split")
        return self._pairs[len(y)]

    def inner_of(self, model: ModelSpec) -> Any:
        """Return the splitter of the search of a model; None for Tunecard's own folds."""
        on_all_engines = model.name.removesuffix(f"-{model.engine}")
        names = (name for name in (model.name, on_all_engines) if name in self.of_model)
        return self.of_model.get(next(names, ""), self.inner)

    def around(
        self, own: Resampling, unit: CodeArray | None, model: ModelSpec
    ) -> Resampling:
        """Return a resampling whose folds are the caller's, where they gave any."""
        splitter = self.inner_of(model)
        return own if splitter is None else _GivenFolds(own, splitter, unit)


@dataclass(frozen=True, eq=False)
class _GivenFolds:
    """A resampling whose inner folds are a caller's."""

    own: Resampling
    splitter: Any
    groups: CodeArray | None

    @property
    def unit(self) -> Unit:
        """What is drawn as a whole."""
        return self.own.unit

    def outer(self, y: Any, test_size: float, seed: int) -> tuple[Rows, Rows]:
        """Split as the resampling inside does."""
        return self.own.outer(y, test_size, seed)

    def inner(self, y: Any, n_folds: int, seed: int) -> tuple[Fold, ...]:  # noqa: ARG002 # the splitter has its own
        """Split as the caller's splitter does."""
        return pairs_of(self.splitter, y, self.groups, "inner")


def read_splits(
    split: Any, inner: Any, groups: Any, of_model: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], GivenSplits | None]:
    """Read the arguments of a call that say how rows are split.

    Parameters
    ----------
    split : dict, splitter, iterable of (train, test), or None
        Fields of a study's ``[split]``; or the outer splits.
    inner : splitter, iterable of (train, test), or None
        The folds of every search.
    groups : str, array_like or None
        A column, or the group of each row.
    of_model : mapping or None
        The splitters of search objects, by the names of their models.

    Returns
    -------
    dict
        Fields of :class:`~tunecard.runner.schema.SplitSpec`; empty where none were given.
    GivenSplits or None

    Raises
    ------
    StudyError
        If something is not a splitter, or would split differently each time.
    """
    fields: dict[str, Any] = {}
    outer = None
    if isinstance(split, Mapping):
        fields.update(split)
    elif split is not None:
        outer = as_splitter(split, "split")
        fields |= {
            "kind": "custom",
            "n_splits": count_splits(outer, groups, "split"),
            "outer": describe_splitter(outer),
        }
    of_model = of_model or {}
    if inner is not None and of_model:
        raise StudyError(
            f"inner: the search object of {next(iter(of_model))!r} has a splitter of its "
            "own (cv); give one of the two."
        )
    for model, splitter in of_model.items():
        described = f"{model}: {describe_splitter(splitter)}"
        fields["inner"] = "; ".join(filter(None, (fields.get("inner"), described)))
    if inner is not None:
        inner = as_splitter(inner, "inner")
        fields["inner"] = describe_splitter(inner)
    if groups is not None:
        fields["groups"] = groups if isinstance(groups, str) else GROUPS
    if outer is None and inner is None and not of_model:
        return fields, None
    return fields, GivenSplits(outer, inner, of_model)


def with_groups(entry: DatasetEntry, groups: Any) -> DatasetEntry:
    """Return data whose rows are of the groups of an array.

    Raises
    ------
    StudyError, DataError
        When it is loaded: if there are not as many groups as rows, or one is missing.
    """
    cells = list(getattr(groups, "tolist", lambda: groups)())
    gaps = [row for row, cell in enumerate(cells) if cell is None or cell != cell]  # noqa: PLR0124 # NaN
    if gaps:
        raise DataError(f"groups has no value in row {gaps[0] + 1:,}. Give every row one.")
    codes = np.unique([str(cell) for cell in cells], return_inverse=True)[1]
    unit = codes.astype(np.int64)

    def load(request: Request) -> Whole:
        whole = entry.load(replace(request, split=SplitSpec()))
        if whole.test is not None:
            raise StudyError(
                "groups: with a test part of its own, give groups as a column of the data."
            )
        if len(unit) != len(whole.train.y):
            raise DataError(
                f"groups has {len(unit):,} values, and the data {len(whole.train.y):,} "
                "rows; give the group of each row, in their order."
            )
        return replace(whole, train=replace(whole.train, unit=unit))

    return replace(entry, load=load, has_units=True)
