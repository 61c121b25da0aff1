"""Fallbacks: what an engine hands to scikit-learn instead of doing it."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tunecard.runner.models.engines import ENGINES, Registry, of


class EngineFallback(RuntimeError):
    """An engine handed its work to scikit-learn."""


class EngineFallbackWarning(UserWarning):
    """The same, where nothing is timed or scored by it."""


@contextmanager
def raise_on_fallback(estimator: Any, registry: Registry = ENGINES) -> Iterator[None]:
    """Hold an estimator to its engine: what falls back to scikit-learn inside is an error.

    Parameters
    ----------
    estimator : estimator
        One of no engine may do what it likes.
    registry : mapping
        The engines that there are.

    Raises
    ------
    EngineFallback
        At the end, with what fell back and why.
    """
    with _listen(estimator, registry) as fallbacks:
        yield
    if fallbacks:
        raise EngineFallback(_describe_fallbacks(estimator, fallbacks, registry))


@contextmanager
def warn_on_fallback(estimator: Any, registry: Registry = ENGINES) -> Iterator[None]:
    """Warn where an estimator falls back inside: for what is neither timed nor scored."""
    with _listen(estimator, registry) as fallbacks:
        yield
    if fallbacks:
        sentence = _describe_fallbacks(estimator, fallbacks, registry)
        warnings.warn(sentence, EngineFallbackWarning, stacklevel=3)


def _describe_fallbacks(
    estimator: Any, fallbacks: Mapping[str, str], registry: Registry
) -> str:
    engine = of(estimator, registry)
    assert engine is not None  # nothing else reports fallbacks
    methods = " and ".join(fallbacks)
    causes = "; ".join(dict.fromkeys(cause for cause in fallbacks.values() if cause))
    why = f": {causes.rstrip('.')}" if causes else ""
    return f"{methods} fell back from {engine.name} to scikit-learn{why}"


@contextmanager
def _listen(estimator: Any, registry: Registry) -> Iterator[dict[str, str]]:
    """Collect from an engine's log what fell back, each method with the causes."""
    fallbacks: dict[str, str] = {}
    engine = of(estimator, registry)
    if engine is None:
        yield fallbacks
        return
    logger = logging.getLogger(engine.logger)
    listener = _Listener(fallbacks)
    level = logger.level
    logger.addFilter(listener)
    logger.setLevel(logging.DEBUG)  # the causes are reported there
    try:
        yield fallbacks
    finally:
        logger.setLevel(level)
        logger.removeFilter(listener)


class _Listener(logging.Filter):
    """Reads what an engine logs, and lets none of it be printed.

    What it looks for is scikit-learn-intelex's verbose mode, see
    https://uxlfoundation.github.io/scikit-learn-intelex/latest/verbose.html
    """

    _FELL_BACK = "fallback to original Scikit-learn"
    _CAUSE = "patching failed with cause - "

    def __init__(self, fallbacks: dict[str, str]) -> None:
        super().__init__()
        self._fallbacks = fallbacks
        self._causes: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Record a fallback: ``sklearn.svm.SVC.fit: fallback to original Scikit-learn``."""
        scope, _, event = record.getMessage().partition(": ")
        if self._CAUSE in event:
            self._causes.append(event.partition(self._CAUSE)[2])
        elif self._FELL_BACK in event:
            self._fallbacks[scope.rpartition(".")[2]] = "; ".join(
                dict.fromkeys(self._causes)
            )
            self._causes.clear()
        return False
