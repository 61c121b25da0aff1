"""How rows are resampled: the outer split, the inner folds, and what is exchangeable."""

from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.errors import StudyError

Rows: TypeAlias = NDArray[np.int64]
Fold: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]
Unit: TypeAlias = Literal["row", "group", "block"]


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
        """Split training rows into folds: rows to fit on and to score on."""
        ...


class StratifiedRows(NamedTuple):
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
        try:
            return tuple(splitter.split(np.zeros((len(y), 1)), y))
        except ValueError as error:
            raise StudyError(
                f"search.folds = {n_folds}: the training rows cannot be split ({error}). "
                "Use fewer folds or more rows."
            ) from error


STRATIFIED = StratifiedRows()


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
