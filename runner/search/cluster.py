"""A Dask cluster that does pieces of work, each yielded as soon as it is finished.

What all pieces share goes to every worker once. Dask itself starts again what a dead
worker had begun. Futures of Dask's own, not joblib's backend: that one does not report
a piece that Dask gave up, and does the work of a single worker in this very process.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import is_
from types import TracebackType
from typing import Any, TypeVar

from tunecard.runner.errors import ClusterUnreachable, InputError
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.models.fitting import describe
from tunecard.runner.rows import LabeledRows
from tunecard.runner.search import remote
from tunecard.runner.search.connection import ANSWER_SECONDS, check_address, connect, quiet

K = TypeVar("K", bound=Hashable)

LOOK_SECONDS = 5.0  # between two looks whether there is a cluster at all
NO_WORKER_SECONDS = 60.0  # that a search waits for a worker when the last one is gone
_HELD = 2  # pieces that a worker of one thread has at a time, by Dask's own setting

_KEPT = (
    "What was finished is kept: the same command resumes it, also with another "
    "--scheduler, or without one on this machine."
)


class BroadcastValue:
    """A value that every worker holds as long as this is alive.

    Parameters
    ----------
    value : object
        What is sent.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self.future: Any = None


class Cluster:
    """A connection to a Dask cluster; to be used as a context.

    Parameters
    ----------
    address : str
        The scheduler's, as in ``tcp://host:8786``.

    Raises
    ------
    InputError
        If the address is none, Dask is not installed here, or a worker would not do
        the same work: it has other versions, or several threads.
    ClusterUnreachable
        If the scheduler does not answer, or has no worker.
    """

    def __init__(self, address: str) -> None:
        check_address(address)
        self.address = address
        self.other_processors: tuple[str, ...] = ()
        self._rows = BroadcastValue(None)
        self._client = connect(address)
        try:
            self._check()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A connection that is kept would wake this process up while a clock runs.
        self._close()

    def threads(self) -> dict[str, int]:
        """Return how many threads each worker has, by its address."""
        try:
            return dict(self._client.ncores())
        except (OSError, TimeoutError) as error:
            raise self._lost() from error

    def ask(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """Call a function once on every worker; the answers by the workers' addresses."""
        try:
            answers: dict[str, Any] = self._client.run(function, *arguments)
        except ImportError as error:
            raise InputError(
                f"--scheduler {self.address}: a worker cannot load Tunecard ({error}). "
                'Install the same version there: pip install "tunecard[cluster]"'
            ) from error
        except (OSError, TimeoutError) as error:
            raise self._lost() from error
        return answers

    def rows(self, data: LabeledRows) -> BroadcastValue:
        """Pack the rows of a search; those of the search before stay with the workers."""
        value = self._rows.value
        if value is None or len(value) != len(data) or not all(map(is_, value, data)):
            self._rows = BroadcastValue(data)
        return self._rows

    def each(
        self,
        function: Callable[..., Any],
        parcels: Sequence[BroadcastValue],
        todo: Sequence[K],
        arguments: Callable[[K], tuple[Any, ...]],
        group: Callable[[K], Hashable] = lambda key: key,
    ) -> Iterator[tuple[K, Any]]:
        """Call a function on the workers for each key, in the order the work finishes.

        Parameters
        ----------
        function : callable
            ``function(*values of the parcels, *arguments)``.
        parcels : sequence of BroadcastValue
            What all calls share.
        todo : sequence
            Keys.
        arguments : callable
            Gives a key's arguments.
        group : callable
            Keys of the same group as a deadly one are not tried any more.

        Yields
        ------
        key, value
            The value is None where workers die over that piece.

        Raises
        ------
        ClusterUnreachable
            If the scheduler goes away, or all workers. What was yielded is done.
        """
        left = dict.fromkeys(todo)
        most = 1
        while left:
            most = max(most, len(self.threads()))
            given_up: list[K] = []
            for key, value in self._try_each(function, parcels, left, arguments, given_up):
                del left[key]
                yield key, value
            # A deadly piece takes others with it: those that its worker held, or all,
            # when with the last worker the rows are lost. Alone it takes itself alone.
            for key in given_up or list(left)[: _HELD * most]:
                alone = list(self._try_each(function, parcels, [key], arguments, []))
                dead = [] if alone else [k for k in left if group(k) == group(key)]
                for member, value in alone or [(k, None) for k in dead]:
                    del left[member]
                    yield member, value
                if dead:
                    break

    def _try_each(
        self,
        function: Callable[..., Any],
        parcels: Sequence[BroadcastValue],
        keys: Iterable[K],
        arguments: Callable[[K], tuple[Any, ...]],
        given_up: list[K],
    ) -> Iterator[tuple[K, Any]]:
        """Call for each key; what was lost with the workers is left out.

        What Dask gives up, because four workers died that held it, is added to `given_up`.
        """
        import distributed

        as_completed: Any = distributed.as_completed  # published without types
        shared = self._send(parcels)
        pending = {
            self._client.submit(function, *shared, *arguments(key), pure=False): key
            for key in keys
        }
        last_seen = monotonic()
        while pending and not any(future.status == "lost" for future in pending):
            finished = as_completed(
                list(pending),
                loop=self._client.loop,
                with_results=True,
                raise_errors=False,
                timeout=LOOK_SECONDS,
            )
            try:
                for future, result in finished:
                    key = pending.pop(future)
                    if future.status == "finished":
                        yield key, result
                    elif future.status == "error":
                        _refuse_error(result)
                        given_up.append(key)
                    else:
                        self._refuse_lost()
            except TimeoutError:
                last_seen = self._check_workers(last_seen)

    def _send(self, parcels: Sequence[BroadcastValue]) -> list[Any]:
        """Send parcels to all workers, so that none that dies takes the only copy."""
        begun = monotonic()
        while True:
            self._refuse_lost()
            try:
                for parcel in parcels:
                    if parcel.future is None or parcel.future.status != "finished":
                        [parcel.future] = self._client.scatter(
                            [parcel.value], broadcast=True, hash=False
                        )
                return [parcel.future for parcel in parcels]
            except (OSError, TimeoutError) as error:
                # There may be no worker just now, or one that has died a moment ago.
                if monotonic() - begun > NO_WORKER_SECONDS:
                    raise ClusterUnreachable(
                        f"--scheduler {self.address}: the rows could not be sent to its "
                        f"workers for {NO_WORKER_SECONDS:g} s ({describe(error)}). {_KEPT}"
                    ) from error
                time.sleep(0.5)

    def _check_workers(self, last_seen: float) -> float:
        """Refuse to wait for workers that do not come; return when one was seen last."""
        self._refuse_lost()
        if self.threads():
            return monotonic()
        if monotonic() - last_seen > NO_WORKER_SECONDS:
            raise ClusterUnreachable(
                f"--scheduler {self.address}: has had no worker for "
                f"{NO_WORKER_SECONDS:g} s. {_KEPT}"
            )
        return last_seen

    def _check(self) -> None:
        """Refuse a cluster whose workers would not do the same as this machine."""
        threads = self.threads()
        if not threads:
            raise ClusterUnreachable(
                f"--scheduler {self.address}: it has no worker. Start some: "
                f"dask worker {self.address} --nworkers -1 --nthreads 1"
            )
        own = remote.versions()
        processors = set()
        for worker, theirs in self.ask(remote.versions).items():
            unlike = [
                f"{name} {theirs[name]} (here {number})"
                for name, number in own.items()
                if theirs[name] != number and name != remote.PROCESSOR
            ]
            if unlike:
                raise InputError(
                    f"--scheduler {self.address}: the worker {worker} has "
                    f"{', '.join(unlike)}. Scores would not be comparable; install the "
                    "same there."
                )
            processors.add(theirs[remote.PROCESSOR])
        self.other_processors = tuple(sorted(processors - {own[remote.PROCESSOR]}))
        for worker, number in threads.items():
            if number != 1:
                raise InputError(
                    f"--scheduler {self.address}: the worker {worker} has {number} "
                    "threads, whose CPU time and warnings cannot be separated. "
                    "Start it with --nthreads 1, and with --nworkers for more of them."
                )

    def _close(self) -> None:
        """Close the connection; that it is lost is reported by us, and once."""
        with quiet():
            self._client.close(timeout=ANSWER_SECONDS)

    def _refuse_lost(self) -> None:
        """Refuse to continue without a scheduler."""
        if self._client.status != "running":
            raise self._lost()

    def _lost(self) -> ClusterUnreachable:
        return ClusterUnreachable(
            f"--scheduler {self.address}: the scheduler went away. {_KEPT}"
        )


def _refuse_error(raised: tuple[Any, BaseException, Any]) -> None:
    """Raise what a piece raised, unless it is that Dask gave it up."""
    from distributed.scheduler import KilledWorker

    _, error, trace = raised
    if not isinstance(error, KilledWorker):
        raise error.with_traceback(trace)
