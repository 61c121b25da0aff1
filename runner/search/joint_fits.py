"""Logistic regressions of several candidates, fitted in step with one another.

Each fit is scikit-learn's own, in a thread of its own; one runs at a time. Where it needs a
product with the rows it waits until the others need theirs, and all of them are made as one
(:mod:`tunecard.runner.search.joint_products`). Each computes the same, to the bit.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from tunecard.runner import internals
from tunecard.runner.host.clocks import process_time, thread_time
from tunecard.runner.models.fitting import WarningCounts, captured_by
from tunecard.runner.rows import Matrix
from tunecard.runner.search.joint_products import JointProduct

Kind: TypeAlias = Literal["forward", "backward"]  # with the rows, with their transpose
_KINDS: tuple[Kind, ...] = get_args(Kind)
_STACK = 2 * 2**20  # bytes a thread; the usual 8 MiB count towards a memory limit

#: Steps of separate products that take as long as trying a joint one.
_PATIENCE = 20


@dataclass
class JointFit:
    """A fit in step with others.

    Attributes
    ----------
    call : callable
        Fits the model.
    seconds : float
        CPU seconds, with an equal part of what was made for all.
    warnings : dict
        What was warned of, as `captured` counts it.
    error : BaseException or None
        What the fit raised.
    n_joint : int
        Products that were made together with others.
    """

    call: Callable[[], Any]
    seconds: float = 0.0
    warnings: WarningCounts = field(default_factory=dict)
    error: BaseException | None = None
    n_joint: int = 0
    is_over: bool = False
    request: tuple[Kind, Matrix] | None = None
    product: Matrix | None = None
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


_CURRENT: contextvars.ContextVar[JointFit] = contextvars.ContextVar("current")


class _Ended(BaseException):
    """Ends a fit that waits for a product which will not be made."""


class _Rows:
    """Rows that a fit multiplies with; the products come from `JointFits`."""

    __array_ufunc__ = None  # so that an array on the left leaves its product to this

    def __init__(self, X: Matrix, ask: Callable[[Kind, Matrix], Matrix]) -> None:
        self.shape, self.dtype, self.ndim = X.shape, X.dtype, X.ndim
        self._ask = ask

    def __matmul__(self, other: Matrix) -> Matrix:
        return self._ask("forward", other)

    def __rmatmul__(self, other: Matrix) -> Matrix:
        return self._ask("backward", other.T).T


class JointFits:
    """Fits of models on the same rows, in step with one another.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        C-contiguous, of float32 or float64: what scikit-learn uses as it is.
    n_classes : int
        At least 3.
    """

    def __init__(self, X: Matrix, n_classes: int) -> None:
        self._X = X
        self._products = {
            kind: JointProduct(X, n_classes, transposed=kind == "backward")
            for kind in _KINDS
        }
        self._waiting = threading.Semaphore(0)
        self._is_stopped = False

    def run(self, calls: Sequence[Callable[[], Any]]) -> list[JointFit]:
        """Run fits until all are over.

        Parameters
        ----------
        calls : sequence of callable
            Each fits a model on the rows.
        """
        import sklearn

        fits = [JointFit(call) for call in calls]
        everyone = JointFit(_nothing)  # what is warned of products applies to all
        with (
            captured_by(lambda: _CURRENT.get(everyone).warnings),
            internals.logistic_products(self._replace),
            _small_stacks(),
        ):
            for fit in fits:
                arguments = fit, sklearn.get_config()
                run = contextvars.copy_context().run
                threading.Thread(
                    target=run, args=(self._fit, *arguments), daemon=True
                ).start()
            try:
                self._step_all(fits)
            finally:
                self._is_stopped = True
                for fit in fits:
                    fit.product = None
                    self._resume(fit)  # where it waits still, it ends
        for fit in fits:
            fit.warnings |= everyone.warnings
        return fits

    def _step_all(self, fits: Sequence[JointFit]) -> None:
        """Let each fit go to its next product, and make these, until all are over."""
        n_places, n_alone = len(fits), 0
        places = dict(enumerate(fits))
        while places:
            for fit in places.values():
                self._resume(fit)
            places = {place: fit for place, fit in places.items() if not fit.is_over}
            n_alone += 2 * len(places) <= n_places
            if n_alone > _PATIENCE:  # it pays to try a product of fewer columns
                n_places, places = len(places), dict(enumerate(places.values()))
                n_alone = 0
            for kind in _KINDS:
                self._multiply(places, n_places, kind)

    def _multiply(self, places: dict[int, JointFit], n_places: int, kind: Kind) -> None:
        rights = {
            place: fit.request[1]
            for place, fit in places.items()
            if fit.request is not None and fit.request[0] == kind
        }
        if not rights:
            return
        start = process_time()
        product = self._products[kind]
        joint = product.is_joint(len(rights), n_places)
        made = product.multiply(rights, n_places)
        seconds = (process_time() - start) / len(rights)
        for place in rights:
            fit = places[place]
            fit.request, fit.product = None, made[place]
            fit.seconds += seconds
            fit.n_joint += joint

    def _resume(self, fit: JointFit) -> None:
        if not fit.is_over:
            fit.turn.release()
            self._waiting.acquire()

    def _fit(self, fit: JointFit, config: dict[str, Any]) -> None:
        """Run in the fit's own thread, which has a configuration of scikit-learn's."""
        import sklearn

        _CURRENT.set(fit)
        fit.turn.acquire()
        start = thread_time()
        try:
            with sklearn.config_context(**config):
                fit.call()
        except BaseException as error:  # noqa: BLE001 # whatever it is, the others go on
            fit.error = error
        fit.seconds += thread_time() - start
        fit.is_over = True
        self._waiting.release()

    def _replace(self, X: Any) -> Any:
        """Return what the fit of this thread multiplies with in place of its rows."""
        fit = _CURRENT.get(None)
        own = isinstance(X, np.ndarray) and (
            X.__array_interface__["data"] == self._X.__array_interface__["data"]
            and X.strides == self._X.strides
            and X.shape == self._X.shape
            and X.dtype == self._X.dtype
        )
        if fit is None or not own:
            return X

        def ask(kind: Kind, right: Matrix) -> Matrix:
            if self._is_stopped:
                raise _Ended
            fit.request = kind, right
            self._waiting.release()
            fit.turn.acquire()
            product, fit.product = fit.product, None
            if product is None:
                raise _Ended
            return product

        return _Rows(X, ask)


def _nothing() -> None:
    """Fit nothing."""


@contextmanager
def _small_stacks() -> Iterator[None]:
    before = threading.stack_size(_STACK)
    try:
        yield
    finally:
        threading.stack_size(before)
