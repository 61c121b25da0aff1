"""A column that assigns each row to training or to testing."""

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.cells import Texts
from tunecard.runner.datasets.numbers import cut
from tunecard.runner.errors import DataError

#: Searches make their own folds of the training rows, so that validation rows train.
TRAIN = frozenset(("train", "training", "learn", "learning", "val", "valid", "validation"))
TEST = frozenset(("test", "testing", "holdout", "hold-out", "hold out", "heldout"))


def is_split(texts: Texts) -> bool:
    """Return whether a column holds words for training and testing only, and both."""
    words = {text.casefold() for text in texts.distinct}
    both = bool(words & TRAIN) and bool(words & TEST)
    return both and words <= TRAIN | TEST and not (texts.codes < 0).any()


def in_test(name: str, texts: Texts, origin: str) -> npt.NDArray[np.bool_]:
    """Return which rows a split column puts into the test part.

    Parameters
    ----------
    name : str
        The column's.
    texts : Texts
        Its cells.
    origin : str
        Name of the file in a message.

    Returns
    -------
    ndarray (n_rows,) of bool

    Raises
    ------
    DataError
        If a row has neither word, or a part has no row.
    """
    where = f"{origin}: the split column {name!r}"
    words = [text.casefold() for text in texts.distinct]
    allowed = np.array([word in TRAIN | TEST for word in words] + [False])
    wrong = np.flatnonzero(~allowed[texts.codes])
    if len(wrong):
        row = int(wrong[0])
        code = int(texts.codes[row])
        holds = cut(texts.distinct[code]) if code >= 0 else "nothing"
        raise DataError(
            f'{where} holds {holds} in row {row + 1:,}; "train" and "test" are allowed.'
        )
    for part, some in (("train", TRAIN), ("test", TEST)):
        if not some & set(words):
            raise DataError(f"{where} never holds {part!r}; both parts need rows.")
    tested: npt.NDArray[np.bool_] = np.array([word in TEST for word in words])[texts.codes]
    return tested
