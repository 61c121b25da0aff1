"""What candidates answer for the rows they are scored on, kept for the analysis.

Each answer is recorded as the metric receives it, so that no model is asked twice, and
travels with its score: from the process or the worker that made it, and into the journal.
"""

import base64
import contextlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.metrics import Metric
from tunecard.runner.resampling import Fold
from tunecard.runner.store.out_of_fold import Kind, OutOfFold

#: Bytes that the outputs of a search may have before they are compressed.
MOST_BYTES = 200_000_000
_METHODS: dict[Kind, tuple[str, ...]] = {
    "labels": ("predict",),
    "probabilities": ("predict_proba",),
    "scores": ("decision_function", "predict_proba"),
    "values": ("predict",),
}


class Storage(NamedTuple):
    """What is kept of each candidate's outputs.

    Attributes
    ----------
    kind : str or None
        ``labels``, ``probabilities``, ``scores`` or ``values``; None where nothing is.
    dtype : str
        Type of their numbers.
    reason : str
        Why nothing is kept.
    """

    kind: Kind | None
    dtype: str = ""
    reason: str = ""


NOTHING = Storage(None)


def storage_for(metric: Metric, n_classes: int, n_answers: float) -> Storage:
    """Decide what is kept of a search's outputs: what its metric is computed from.

    Parameters
    ----------
    metric : Metric
        What the search optimizes.
    n_classes : int
        Classes of its rows.
    n_answers : float
        Rows that its candidates answer for, summed over the candidates.

    Returns
    -------
    Storage
        Class codes have the smallest type of integer; probabilities and decision scores
        are float32, or float16 where only that fits into 200 MB; values float64 or float32.
    """
    kind = next((kind for kind in _METHODS if kind == metric.needs), None)
    if kind is None:
        return Storage(None, reason=f"{metric.label} is not computed from outputs for rows")
    width = n_classes
    dtypes: tuple[str, ...] = "float32", "float16"
    if kind == "labels":
        width, dtypes = 1, (np.min_scalar_type(max(n_classes - 1, 0)).name,)
    elif kind == "values":
        width, dtypes = 1, ("float64", "float32")
    n_bytes = 0.0
    for dtype in dtypes:
        n_bytes = n_answers * width * np.dtype(dtype).itemsize
        if n_bytes <= MOST_BYTES:
            return Storage(kind, dtype)
    return Storage(
        None,
        reason=f"the {kind} of all candidates take {n_bytes / 1e6:,.0f} MB, more than "
        f"{MOST_BYTES / 1e6:,.0f} MB",
    )


def uses_outputs(metric: Metric) -> bool:
    """Return whether a metric is computed from outputs for rows, not from the estimator."""
    return metric.needs in _METHODS


class RecordedAnswers:
    """The answers of one fitted model, by the method that gave them."""

    def __init__(self) -> None:
        self._by_method: dict[str, Any] = {}

    @contextmanager
    def recorded(self, model: Any) -> Iterator[None]:
        """Note what the model's methods return to whoever calls them meanwhile."""
        with contextlib.ExitStack() as stack:
            for name in dict.fromkeys(name for each in _METHODS.values() for name in each):
                method = getattr(model, name, None)
                # A class that allows no attributes is asked without a witness.
                if method is not None and hasattr(model, "__dict__"):
                    model.__dict__[name] = self._noting(name, method)
                    stack.callback(model.__dict__.pop, name)
            yield

    def _noting(self, name: str, method: Any) -> Any:
        @wraps(method)  # scikit-learn's scorers look at its name
        def noting(*arguments: Any, **more: Any) -> Any:
            returned = method(*arguments, **more)
            self._by_method[name] = returned  # the outermost call returns last
            return returned

        return noting

    def packed(
        self, model: Any, storage: Storage, classes: NDArray[Any], n_rows: int
    ) -> str | None:
        """Return what is kept of them; None where the model was not asked for it.

        Parameters
        ----------
        model : estimator
            The model.
        storage : Storage
            What is kept.
        classes : ndarray of shape (n_classes,)
            Every label that the data has, in ascending order.
        n_rows : int
            Rows that were scored.
        """
        if storage.kind is None:
            return None
        for name in _METHODS[storage.kind]:
            answer = np.asarray(self._by_method.get(name))
            if answer.shape[:1] != (n_rows,):
                continue
            if name == "predict":
                return pack_predicted(answer.reshape(n_rows), storage, classes)
            own = np.asarray(getattr(model, "classes_", classes))
            if name == "predict_proba" and not np.array_equal(own, classes):
                every = np.zeros((n_rows, len(classes)))
                every[:, np.searchsorted(classes, own)] = answer
                answer = every
            if answer.ndim == 2 and answer.shape[1] != len(classes):
                return None  # scores of pairs of classes
            if answer.ndim == 2 and storage.kind == "scores" and len(classes) == 2:
                answer = answer[:, 1]
            return _pack(answer.astype(storage.dtype))
        return None


def pack_predicted(
    predicted: NDArray[Any], storage: Storage, classes: NDArray[Any]
) -> str | None:
    """Return the class codes of labels, or values, packed; None where none are kept."""
    if storage.kind == "values":
        return _pack(predicted.astype(storage.dtype))
    if storage.kind != "labels":
        return None
    return _pack(np.searchsorted(classes, predicted).astype(storage.dtype))


def _pack(array: NDArray[Any]) -> str:
    """Write an array as text: compressed, and in the letters of base64."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return base64.b64encode(zlib.compress(buffer.getvalue(), 1)).decode("ascii")


def unpack(text: str) -> NDArray[Any]:
    """Read an array that was packed."""
    content = zlib.decompress(base64.b64decode(text))
    array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def gather(
    kind: Kind,
    folds: Sequence[Fold],
    candidates: Sequence[tuple[Sequence[Fold], Sequence[str | None]]],
) -> OutOfFold | None:
    """Put the outputs of all candidates side by side.

    Parameters
    ----------
    kind : str
        Of the outputs.
    folds : sequence of (ndarray, ndarray)
        The search's whole folds.
    candidates : sequence of (folds, packed)
        Of each candidate the folds that it was scored on, which may be parts of the whole
        ones, and its packed outputs for each, None where it has none.

    Returns
    -------
    OutOfFold or None
        A record for each row of each fold; None where no candidate has outputs.
    """
    valid = [np.sort(rows) for _, rows in folds]
    starts = np.cumsum([0, *map(len, valid)])
    answers: list[NDArray[Any] | None] = []
    answered = []
    for own_folds, packed in candidates:
        values: NDArray[Any] | None = None
        has = np.zeros(starts[-1], dtype=bool)
        for number, text in enumerate(packed):
            if text is None:
                continue
            part = unpack(text)
            if values is None:
                values = np.zeros((starts[-1], *part.shape[1:]), dtype=part.dtype)
            place = starts[number] + np.searchsorted(valid[number], own_folds[number][1])
            values[place], has[place] = part, True
        answers.append(values)
        answered.append(has)
    if all(values is None for values in answers):
        return None
    return OutOfFold(
        kind=kind,
        fold=np.repeat(np.arange(len(valid)), list(map(len, valid))),
        row=np.concatenate(valid),
        answers=tuple(answers),
        answered=tuple(answered),
    )
