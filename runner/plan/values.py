"""What a run would do: the plan's values; seconds and bytes in them are estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tunecard.runner.clock import timing

Method: TypeAlias = Literal["shared-neighbors", "parallel", "none"]


@dataclass(frozen=True)
class PlannedModel:
    """The work that one model makes.

    Attributes
    ----------
    n_candidates, n_folds, n_fits : int
        Of its search, the baseline's folds included; 0 without one.
    method : str
        ``shared-neighbors``, ``parallel`` or ``none``.
    search_seconds : float
        Wall time of the search.
    round_seconds : float
        Wall time of one round of its cases, the kernel aside; 0 without timing.
    once_seconds : float
        First calls, probabilities, training labels and latencies.
    memory : int
        Bytes of its largest process.
    problem : str or None
        Why its times could not be estimated or what will go wrong, a sentence.
        Times that could not be estimated are 0.
    own : mapping
        The baseline's own values of the searched parameters.
    """

    label: str
    n_candidates: int
    n_folds: int
    n_fits: int
    method: Method
    search_seconds: float
    round_seconds: float
    once_seconds: float
    memory: int = 0
    problem: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes
    ----------
    n_cases, n_rounds : int
        Without timing there are no rounds.
    total_seconds : float
        Wall time of the whole run, its page included.
    memory : int
        Bytes of the largest process.
    fixed_seconds : float
        What no study changes: libraries, the data, the page.
    kernel_seconds : float
        One reading of the calibration kernel, a process of its own.
    start_seconds : float
        A process's start and imports, once a round.
    planning_seconds : float
        What making this plan took; not part of the total.
    """

    models: tuple[PlannedModel, ...]
    n_cases: int
    n_rounds: int
    total_seconds: float
    memory: int
    fixed_seconds: float = 0.0
    kernel_seconds: float = 0.0
    start_seconds: float = 0.0
    planning_seconds: float = 0.0

    @property
    def round_seconds(self) -> float:
        """Wall seconds of one round of all cases."""
        return sum(item.round_seconds for item in self.models)

    def seconds(self, search: float, n_rounds: int) -> float:
        """Return the wall seconds of a run with so long a search and so many rounds."""
        once = sum(item.once_seconds for item in self.models)
        kernel = self.kernel_seconds if n_rounds else 0.0
        rounds = n_rounds * self.seconds_of_a_round + kernel + self.start_seconds
        return self.fixed_seconds + search + once + rounds

    @property
    def seconds_of_a_round(self) -> float:
        """Wall seconds that one more round takes, with all that surrounds it."""
        return self.round_seconds + self.kernel_seconds + self.start_seconds

    @property
    def round_limits(self) -> tuple[int, int]:
        """How many rounds there may be: at least, and at most."""
        if self.n_rounds == 0:
            return 0, 0
        return timing.MIN_ROUNDS, timing.MAX_ROUNDS
