"""What a run would do: the plan's values; seconds and bytes in them are estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

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
        Wall time of one round of its cases, the kernel aside.
    once_seconds : float
        Cold calls, latencies, probabilities and training labels, in round 1.
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
    total_seconds : float
        Wall time of the whole run, its page included.
    memory : int
        Bytes of the largest process.
    fixed_seconds : float
        What no study changes: libraries, the data, the page.
    kernel_seconds : float
        One reading of the calibration kernel, a process of its own.
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
    planning_seconds: float = 0.0

    @property
    def round_seconds(self) -> float:
        """Wall seconds of one round of all cases."""
        return sum(item.round_seconds for item in self.models)

    def seconds(self, search: float, n_rounds: int) -> float:
        """Return the wall seconds of a run with so long a search and so many rounds."""
        once = sum(item.once_seconds for item in self.models)
        rounds = n_rounds * self.round_seconds + (n_rounds + 1) * self.kernel_seconds
        return self.fixed_seconds + search + once + rounds
