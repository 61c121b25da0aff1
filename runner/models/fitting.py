"""What is recorded of any fit: its warnings, whether it converged, why it failed."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from tunecard.runner.models.estimators import final_step
from tunecard.runner.schema import Frozen

WarningCounts = dict[tuple[str, str], int]


class WarningCount(Frozen):
    """A Python warning, with the number of times it was raised."""

    where: Literal["search", "fit", "predict", "probabilities", "train"]
    category: str
    message: str
    count: int


def as_list(
    counts: WarningCounts,
    where: Literal["search", "fit", "predict", "probabilities", "train"],
) -> tuple[WarningCount, ...]:
    """Write the counts of `captured` as values of the contract."""
    return tuple(
        WarningCount(where=where, category=category, message=message, count=count)
        for (category, message), count in counts.items()
    )


def describe(error: BaseException) -> str:
    """Write an exception in one line."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 # whatever a user's class raises
        words = "its message cannot be made"
    text = f"{type(error).__name__}: {words}"[:500]
    # What JSON cannot hold, such as a file name that is not UTF-8, is replaced.
    return text.encode("utf-8", "replace").decode("utf-8")


def converged(model: Any, counts: WarningCounts) -> bool | None:
    """Return whether an iterative fit converged; None for others."""
    if model is None or not hasattr(final_step(model), "n_iter_"):
        return None
    return not any(category == "ConvergenceWarning" for category, _ in counts)


@contextmanager
def captured() -> Iterator[WarningCounts]:
    """Count the warnings raised inside, by category and message."""
    counts: WarningCounts = {}
    with captured_by(lambda: counts):
        yield counts


@contextmanager
def captured_by(counts: Callable[[], WarningCounts]) -> Iterator[None]:
    """Count the warnings raised inside, each in what `counts` then returns."""

    def count(message: Warning | str, category: type[Warning], *_: object) -> None:
        key = (category.__name__, str(message).strip())
        counts()[key] = counts().get(key, 0) + 1

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # Counted as they come: a loop of short calls may raise very many.
        warnings.showwarning = count  # type: ignore[assignment] # other names
        yield
