"""Splits and groups given in Python: splitters of scikit-learn's, or index pairs."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tunecard.runner.datasets.values import CodeArray, DatasetEntry, Request, Whole
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.resampling import Fold, Resampling, Rows, Unit
from tunecard.runner.schema import SplitSpec

GROUPS = "groups"  # what an array of groups is called


@dataclass(frozen=True, eq=False)
class GivenSplits:
    """How the two levels are split, as a caller gives it.

    Attributes
    ----------
    outer, inner : splitter, tuple of (ndarray, ndarray), or None
        Of the outer splits, and of the folds of a search. None for Tunecard's own.
    """

    outer: Any = None
    inner: Any = None
    _pairs: dict[int, tuple[Fold, ...]] = field(default_factory=dict)

    def outer_pairs(self, y: CodeArray, unit: CodeArray | None) -> tuple[Fold, ...]:
        """Return the outer splits, made once: a splitter may draw others later."""
        if len(y) not in self._pairs:
            self._pairs[len(y)] = _pairs_of(self.outer, y, unit, "split")
        return self._pairs[len(y)]

    def around(self, own: Resampling, unit: CodeArray | None) -> Resampling:
        """Return a resampling whose folds are the caller's, where they gave any."""
        return own if self.inner is None else _GivenFolds(own, self.inner, unit)


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
        return _pairs_of(self.splitter, y, self.groups, "inner")


def read_splits(
    split: Any, inner: Any, groups: Any
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
        outer = _splitter(split, "split")
        fields |= {
            "kind": "custom",
            "n_splits": _count(outer, groups, "split"),
            "outer": _describe(outer),
        }
    if inner is not None:
        inner = _splitter(inner, "inner")
        fields["inner"] = _describe(inner)
    if groups is not None:
        fields["groups"] = groups if isinstance(groups, str) else GROUPS
    splits = None if outer is None and inner is None else GivenSplits(outer, inner)
    return fields, splits


def n_folds(inner: Any, groups: Any) -> int:
    """Return the folds that a caller's splitter makes of training rows."""
    return _count(inner, groups, "inner")


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


def _splitter(value: Any, name: str) -> Any:
    """Check a splitter; index pairs become a tuple."""
    if callable(getattr(value, "split", None)) and not isinstance(value, str):
        shuffles = getattr(value, "shuffle", True)
        if shuffles and getattr(value, "random_state", 0) is None:
            raise StudyError(
                f"{name}: {type(value).__name__} splits differently each time, so that a "
                "run could not be resumed; give it a random_state."
            )
        return value
    pairs = (
        list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
    )
    if not pairs or not all(isinstance(p, tuple | list) and len(p) == 2 for p in pairs):
        raise StudyError(
            f"{name}: must be a splitter of scikit-learn's, such as GroupKFold(5), or "
            f"(train, test) pairs of row numbers; it is a {type(value).__name__}."
        )
    return tuple((np.asarray(train), np.asarray(test)) for train, test in pairs)


def _count(splitter: Any, groups: Any, name: str) -> int:
    if isinstance(splitter, tuple):
        return len(splitter)
    column = None if isinstance(groups, str) else groups
    try:
        return int(splitter.get_n_splits(None, None, column))
    except (TypeError, ValueError, AttributeError) as error:
        raise StudyError(
            f"{name}: {type(splitter).__name__} does not state its number of splits "
            f"({error}). Give its splits as pairs: list(splitter.split(X, y, groups))."
        ) from error


def _describe(splitter: Any) -> str:
    """Write a splitter as its code, pairs as their number and a hash."""
    if not isinstance(splitter, tuple):
        return repr(splitter)
    digest = hashlib.sha256()
    for pair in splitter:
        for rows in pair:
            digest.update(np.ascontiguousarray(rows).tobytes())
    return f"{len(splitter)} pairs of row numbers, SHA-256 {digest.hexdigest()[:16]}"


def _pairs_of(
    splitter: Any, y: Any, groups: CodeArray | None, name: str
) -> tuple[Fold, ...]:
    pairs = splitter
    if not isinstance(splitter, tuple):
        try:
            pairs = tuple(splitter.split(np.zeros((len(y), 1)), y, groups))
        except ValueError as error:
            raise StudyError(
                f"{name}: {type(splitter).__name__} cannot split these rows ({error})."
            ) from error
    for train, test in pairs:
        rows = np.concatenate([train, test])
        if rows.dtype.kind not in "iu" or not len(train) or not len(test):
            raise StudyError(f"{name}: each side must be row numbers, and at least one.")
        if rows.min() < 0 or rows.max() >= len(y):
            raise StudyError(
                f"{name}: row numbers go from 0 to {len(y) - 1:,}; one is "
                f"{rows.min() if rows.min() < 0 else rows.max():,}."
            )
        if len(np.intersect1d(train, test)):
            raise StudyError(f"{name}: a row is on both sides of a split.")
        if groups is not None and len(np.intersect1d(groups[train], groups[test])):
            raise StudyError(
                f"{name}: a group has rows on both sides of a split. Use a splitter that "
                "keeps groups together, such as GroupKFold."
            )
    return tuple(pairs)
