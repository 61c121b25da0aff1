"""How rows are resampled: the outer splits, the inner folds, and what is exchangeable."""

import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import StudyError

if TYPE_CHECKING:
    from tunecard.runner.schema import SplitSpec

Rows: TypeAlias = NDArray[np.int64]
Fold: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]
Unit: TypeAlias = Literal["row", "group", "block"]
#: Parts of which a share of groups is made; a share between two of them is rounded.
_PARTS = 10


class Resampling(Protocol):
    """Splits of rows, as index arrays.

    Attributes
    ----------
    unit : str
        What is drawn, and what a test may treat as independent: a ``row``, a ``group``
        of rows that belong together, or a ``block`` of time.
    """

    @property
    def unit(self) -> Unit:
        """What is drawn as a whole."""
        ...

    def outer(self, y: NDArray[Any], test_size: float, seed: int) -> tuple[Rows, Rows]:
        """Split rows into a training and a test part, both ascending."""
        ...

    def inner(self, y: NDArray[Any], n_folds: int, seed: int) -> tuple[Fold, ...]:
        """Split rows into folds: rows to fit on and to score on."""
        ...


@dataclass(frozen=True)
class StratifiedRows:
    """Single rows, each class in its share: scikit-learn's own splits."""

    unit: Unit = "row"

    def outer(self, y: NDArray[Any], test_size: float, seed: int) -> tuple[Rows, Rows]:
        """Split as ``train_test_split(stratify=y, random_state=seed)``.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Classes.
        test_size : float
            Share of the rows held out.
        seed : int
            Of the draw.

        Returns
        -------
        train, test : ndarray of int64
            Row numbers, ascending.
        """
        from sklearn.model_selection import train_test_split

        train, test = train_test_split(
            np.arange(len(y), dtype=np.int64),
            test_size=test_size,
            random_state=seed,
            stratify=y,
        )
        return np.sort(train), np.sort(test)

    def inner(self, y: NDArray[Any], n_folds: int, seed: int) -> tuple[Fold, ...]:
        """Split as ``StratifiedKFold(n_folds, shuffle=True, random_state=seed)``.

        Raises
        ------
        StudyError
            If the rows cannot be split into that many folds.
        """
        from sklearn.model_selection import StratifiedKFold

        splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        X = np.zeros((len(y), 1))
        return _folds(lambda: splitter.split(X, y), f"search.folds = {n_folds}")


@dataclass(frozen=True)
class ShuffledRows:
    """Single rows, drawn whatever their target: scikit-learn's own splits."""

    unit: Unit = "row"

    def outer(self, y: NDArray[Any], test_size: float, seed: int) -> tuple[Rows, Rows]:
        """Split as ``train_test_split(random_state=seed)``; both parts are ascending."""
        from sklearn.model_selection import train_test_split

        train, test = train_test_split(
            np.arange(len(y), dtype=np.int64), test_size=test_size, random_state=seed
        )
        return np.sort(train), np.sort(test)

    def inner(self, y: NDArray[Any], n_folds: int, seed: int) -> tuple[Fold, ...]:
        """Split as ``KFold(n_folds, shuffle=True, random_state=seed)``.

        Raises
        ------
        StudyError
            If there are fewer rows than folds.
        """
        from sklearn.model_selection import KFold

        splitter = KFold(n_folds, shuffle=True, random_state=seed)
        X = np.zeros((len(y), 1))
        return _folds(lambda: splitter.split(X), f"search.folds = {n_folds}")


@dataclass(frozen=True, eq=False)
class GroupedRows:
    """Groups of rows, none of them on both sides, each class in its share where possible.

    Attributes
    ----------
    groups : ndarray of int64, shape (n_samples,)
        The group of each row.
    stratified : bool
        Whether rows have classes, and not the values of a regression.
    """

    groups: Rows
    unit: Unit = "group"
    stratified: bool = True

    def outer(self, y: NDArray[Any], test_size: float, seed: int) -> tuple[Rows, Rows]:
        """Hold out folds of a shuffled ``StratifiedGroupKFold``, or ``GroupKFold``.

        The share is the nearest that folds of at most ten can have: a quarter is one fold
        of four, three tenths are three of ten.

        Raises
        ------
        StudyError
            If there are too few groups.
        """
        n_groups = len(np.unique(self.groups))
        if n_groups < 2:
            raise StudyError(
                f"split.groups: the rows are of {n_groups} group; two parts need two."
            )
        share = Fraction(test_size).limit_denominator(min(_PARTS, n_groups))
        n_parts = max(share.denominator, 2)
        n_held = min(max(share.numerator, 1), n_parts - 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a class with fewer rows than parts
            folds = self._split(y, n_parts, seed, f"split.groups: {n_parts} parts")
        test = np.sort(np.concatenate([rows for _, rows in folds[:n_held]]))
        return np.setdiff1d(np.arange(len(y)), test).astype(np.int64), test.astype(np.int64)

    def inner(self, y: NDArray[Any], n_folds: int, seed: int) -> tuple[Fold, ...]:
        """Split as ``StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)``.

        As ``GroupKFold`` with the same arguments where there are no classes.

        Raises
        ------
        StudyError
            If there are fewer groups than folds.
        """
        n_groups = len(np.unique(self.groups))
        if n_groups < n_folds:
            raise StudyError(
                f"search.folds = {n_folds}: the training rows are of {n_groups} groups, "
                "and no group may be on both sides. Use fewer folds or more groups."
            )
        return self._split(y, n_folds, seed, f"search.folds = {n_folds}")

    def _split(
        self, y: NDArray[Any], n_folds: int, seed: int, field: str
    ) -> tuple[Fold, ...]:
        from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

        kind = StratifiedGroupKFold if self.stratified else GroupKFold
        splitter = kind(n_folds, shuffle=True, random_state=seed)
        X = np.zeros((len(y), 1))
        return _folds(lambda: splitter.split(X, y, self.groups), field)


@dataclass(frozen=True, eq=False)
class OrderedRows:
    """Rows in the order of time: those to fit on come before those to score on.

    Attributes
    ----------
    moments : ndarray of int64, shape (n_samples,)
        The rank of each row's moment; rows of one moment share it.
    gap : int
        Rows that are left out between the two sides.
    """

    moments: Rows
    gap: int = 0
    unit: Unit = "block"

    def outer(self, y: NDArray[Any], test_size: float, seed: int) -> tuple[Rows, Rows]:  # noqa: ARG002 # nothing is drawn
        """Hold out the last rows; rows of one moment stay on one side.

        Raises
        ------
        StudyError
            If no row is left to fit on.
        """
        n_rows = len(y)
        order = np.argsort(self.moments, kind="stable")
        first = n_rows - math.ceil(test_size * n_rows)
        # Where the cut falls among rows of one moment, all of them are tested.
        moment = self.moments[order[first]]
        first = int(np.searchsorted(self.moments[order], moment))
        if first - self.gap < 1:
            raise StudyError(
                f"split.order: test_size = {test_size:g} and gap = {self.gap} leave no "
                "training row before the test rows; choose less of one of them."
            )
        train, test = order[: first - self.gap], order[first:]
        return np.sort(train).astype(np.int64), np.sort(test).astype(np.int64)

    def inner(self, y: NDArray[Any], n_folds: int, seed: int) -> tuple[Fold, ...]:  # noqa: ARG002 # nothing is drawn
        """Split the ordered rows as ``TimeSeriesSplit(n_folds, gap=gap)``.

        Raises
        ------
        StudyError
            If there are too few rows for the folds and the gap.
        """
        from sklearn.model_selection import TimeSeriesSplit

        order = np.argsort(self.moments, kind="stable")
        splitter = TimeSeriesSplit(n_folds, gap=self.gap)
        X = np.zeros((len(y), 1))
        made = _folds(lambda: splitter.split(X), f"search.folds = {n_folds}")
        return tuple((order[train], order[valid]) for train, valid in made)


STRATIFIED = StratifiedRows()
SHUFFLED = ShuffledRows()


def resampling_of(
    spec: "SplitSpec", units: Rows | None, *, stratified: bool = True
) -> Resampling:
    """Return how rows are resampled.

    Parameters
    ----------
    spec : SplitSpec
        The study's.
    units : ndarray of int64, shape (n_samples,), or None
        Each row's group, or the rank of its moment; None where rows are exchangeable.
    stratified : bool
        Whether rows have classes, and not the values of a regression.
    """
    if units is None or spec.unit == "row":
        return STRATIFIED if stratified else SHUFFLED
    if spec.unit == "group":
        return GroupedRows(units, stratified=stratified)
    return OrderedRows(units, spec.gap)


def _folds(split: Callable[[], Iterable[Fold]], field: str) -> tuple[Fold, ...]:
    try:
        folds = tuple(split())
    except ValueError as error:
        raise _unsplittable(field, error) from error
    if not all(len(train) and len(valid) for train, valid in folds):
        raise _unsplittable(field, "one of them would have no row")
    return folds


def _unsplittable(field: str, reason: object) -> StudyError:
    return StudyError(
        f"{field}: the training rows cannot be split ({reason}). "
        "Use fewer folds or more rows."
    )


def subsample(
    folds: tuple[Fold, ...], n_resources: int, n_rows: int, seed: int
) -> tuple[Fold, ...]:
    """Keep a part of each fold, to fit on and to score on, drawn by the seed.

    Parameters
    ----------
    folds : tuple of (ndarray, ndarray)
        Whole folds.
    n_resources, n_rows : int
        Rows to keep of the search's rows, and all of these.
    seed : int
        For the draws.
    """
    from sklearn.utils import resample

    share = n_resources / n_rows

    def part(rows: NDArray[np.intp]) -> NDArray[np.intp]:
        kept: NDArray[np.intp] = resample(
            rows, replace=False, random_state=seed, n_samples=int(share * len(rows))
        )
        return kept

    return tuple((part(train), part(valid)) for train, valid in folds)
