"""What passes between :mod:`tunecard.runner.plan.probe` and its child process, as files."""

from tunecard.runner.schema import Encoding, Frozen, ModelSpec, Params


class ProbeJob(Frozen):
    """One model to measure on small parts of the training rows.

    The folder holds ``X.npy``, ``y.npy`` (rows in an order drawn by seed) and
    ``queries.npy``.

    Attributes
    ----------
    settings : tuple of dict
        Parameters on top of the model's own: {} for the baseline, then some of its
        candidates.
    sizes : tuple of int
        Training rows, rising; the first rows of ``X.npy``.
    seconds : float
        When to stop growing: a wish, which a single call may exceed.
    parent, memory, path
        As in :class:`tunecard.runner.clock.jobs.Job`.
    """

    model: ModelSpec
    settings: tuple[Params, ...]
    seed: int
    encoding: Encoding | None = None
    sizes: tuple[int, ...]
    seconds: float
    parent: int
    memory: int
    path: tuple[str, ...] = ()


class Point(Frozen):
    """One setting measured on so many training rows.

    Attributes
    ----------
    setting : int
        Position in the job's settings.
    one_thread : bool
        Whether the native thread pools had one thread each, as in a search.
    fit, first_row, next_row : float
        Seconds of a fit, of predicting one row, and of each further row of many.
    memory : int or None
        Bytes above what was resident before, at their highest.
    reason : str or None
        Why it failed; its times are then 0.
    """

    setting: int
    n_rows: int
    one_thread: bool
    fit: float = 0.0
    first_row: float = 0.0
    next_row: float = 0.0
    memory: int | None = None
    reason: str | None = None


class Ready(Frozen):
    """What a process costs before any call.

    ``at`` is when it was ready, on the machine's monotonic clock; ``collect`` the
    seconds of one garbage collection, of which every timed call has one before it;
    ``memory`` the resident bytes.
    """

    at: float
    collect: float
    memory: int


class TrialJob(Frozen):
    """Models to fit once on the rows of a folder (`tunecard.runner.rows`).

    Attributes
    ----------
    models : tuple of ModelSpec
        Without their searches.
    named : tuple of tuple of dict
        For each model settings to fit as well, each of one parameter.
    parent, memory, path
        As in :class:`tunecard.runner.clock.jobs.Job`.
    """

    models: tuple[ModelSpec, ...]
    named: tuple[tuple[Params, ...], ...]
    seed: int
    encoding: Encoding | None = None
    parent: int
    memory: int
    path: tuple[str, ...] = ()


class Failure(Frozen):
    """A model that failed to fit or to predict: with which setting, and how."""

    model: str
    setting: Params
    kind: str
    reason: str
