"""Splitters that were given in Python: scikit-learn's, or pairs of row numbers."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from tunecard.runner.errors import StudyError
from tunecard.runner.resampling import Fold, Rows


def as_splitter(value: Any, name: str) -> Any:
    """Check a splitter; index pairs become a tuple.

    Parameters
    ----------
    value : splitter, iterable of (train, test)
    name : str
        The argument, for a message.

    Raises
    ------
    StudyError
        If it is neither, or would split differently each time.
    """
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
            f"(train, test) pairs of row numbers; it is of type {type(value).__name__}."
        )
    return tuple((np.asarray(train), np.asarray(test)) for train, test in pairs)


def count_splits(splitter: Any, groups: Any, name: str) -> int:
    """Return how many splits a splitter makes.

    Parameters
    ----------
    splitter : splitter or tuple of (ndarray, ndarray)
        From `as_splitter`.
    groups : str, array_like or None
        The group of each row; of a column its name is not enough.
    name : str
        The argument, for a message.

    Raises
    ------
    StudyError
        If it does not state it.
    """
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


def describe_splitter(splitter: Any) -> str:
    """Write a splitter as its code, pairs as their number and a hash."""
    if not isinstance(splitter, tuple):
        return repr(splitter)
    digest = hashlib.sha256()
    for pair in splitter:
        for rows in pair:
            digest.update(np.ascontiguousarray(rows).tobytes())
    return f"{len(splitter)} pairs of row numbers, SHA-256 {digest.hexdigest()[:16]}"


def pairs_of(splitter: Any, y: Any, groups: Rows | None, name: str) -> tuple[Fold, ...]:
    """Return the splits of rows, checked.

    Parameters
    ----------
    splitter : splitter or tuple of (ndarray, ndarray)
        From `as_splitter`.
    y : ndarray of shape (n_samples,)
        Labels.
    groups : ndarray of int, shape (n_samples,), or None
        The group of each row.
    name : str
        The argument, for a message.

    Raises
    ------
    StudyError
        If it cannot split these rows, its numbers are of other rows, or a row or a group
        is on both sides.
    """
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
