"""What every search strategy answers about itself, and how its candidates are requested.

A strategy is the table ``[models.search]`` of a study. :meth:`Strategy.begin` starts a
search: ``ask()`` proposes candidates and ``tell()`` receives their scores, in the order
in which they were proposed, so that a search that is resumed repeats the same dialog
from what its journal holds.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.space import Dimension, Space, merged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Labels = NDArray[np.integer[Any]]

ROWS = "n_samples"  # the resource that is the number of rows


@dataclass(frozen=True)
class Batch:
    """Candidates that are scored together, on the same rows.

    Attributes
    ----------
    candidates : tuple of dict
        Parameters on top of the baseline's.
    name : str
        Of a batch whose candidates are numbered from 1 again, such as an iteration.
    iteration, resources : int or None
        As :class:`tunecard.runner.schema.Candidate` records them.
    n_rows : int or None
        Rows of the search that each fold is thinned to in proportion; None for all.
    with_baseline : bool
        Whether the baseline may be scored beside them, which happens once: on the same
        rows as the candidates that can be chosen.
    """

    candidates: tuple[dict[str, Any], ...]
    name: str = ""
    iteration: int | None = None
    resources: int | None = None
    n_rows: int | None = None
    with_baseline: bool = True


class SearchStage(NamedTuple):
    """Candidates that a search will score: how many, on what share of the rows.

    ``effort`` is the work of a fit, as a share of that of a candidate from
    :meth:`Strategy.at_full_effort`.
    """

    n_candidates: int
    rows: float = 1.0
    effort: float = 1.0


class Trials(ABC):
    """A search in progress."""

    @abstractmethod
    def ask(self) -> Batch | None:
        """Propose the next candidates; None where the search is over."""

    @abstractmethod
    def tell(self, scores: Sequence[float]) -> None:
        """Receive the mean score of each candidate of the last batch, NaN if it failed."""


class OneBatch(Trials):
    """A search whose candidates are all drawn before the first of them is scored."""

    def __init__(self, candidates: Sequence[dict[str, Any]]) -> None:
        self._batch: Batch | None = Batch(tuple(candidates))

    def ask(self) -> Batch | None:
        """Propose all candidates, once."""
        batch, self._batch = self._batch, None
        return batch

    def tell(self, scores: Sequence[float]) -> None:
        """Leave the scores alone: no candidate depends on them."""


class Strategy(Frozen, ABC):
    """A search: its folds, its space, and what the strategy takes besides.

    A subclass has the field ``strategy: Literal["its-name"]`` and a ``space``, and is
    made known by :func:`tunecard.runner.schema.strategies.register`.

    Attributes
    ----------
    folds : int
        Folds of the inner resampling.
    space : dict
        Values of each parameter: a list, or a table with a distribution.
    simpler : dict
        Which way a parameter makes a model simpler.
    spaces : tuple of dict
        The tables of a ``space`` that is an array of tables; `space` is then their
        union. Empty for a space of one table.
    """

    #: How the page calls a search of this strategy.
    title: ClassVar[str] = "search"
    #: The class of scikit-learn, or of another library, whose results it reproduces.
    equivalent: ClassVar[str | None] = None
    #: Whether all candidates are known before the first is scored, and have all rows.
    is_static: ClassVar[bool] = False
    #: Packages besides scikit-learn whose versions decide which candidates are tried.
    distributions: ClassVar[tuple[str, ...]] = ()

    folds: int = Field(default=5, ge=2, le=100)
    simpler: dict[str, Literal["larger", "smaller"]] = {}
    spaces: tuple[dict[str, Dimension], ...] = Field(
        default=(), exclude_if=lambda spaces: not spaces
    )
    if TYPE_CHECKING:  # fields of each subclass, whose types differ
        strategy: str
        space: Mapping[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _space_of_tables(cls, data: Any) -> Any:
        """Take an array of tables apart: the tables, and the space that they span."""
        if not isinstance(data, Mapping):
            return data
        tables = data.get("space")
        if isinstance(tables, list | tuple) and all(
            isinstance(table, Mapping) and table for table in tables
        ):
            return {**data, "space": merged(tables), "spaces": tables}
        return data

    @property
    def tables(self) -> tuple[Space, ...]:
        """The tables of the space, also where there is one."""
        return self.spaces or (self.space,)

    @property
    def resource_name(self) -> str | None:
        """What iterations have more and more of; None for a strategy without any."""
        return None

    @property
    def n_draws(self) -> int | None:
        """Independent draws from one space; None where candidates are not independent."""
        return None

    @property
    def n_proposed(self) -> int | None:
        """Candidates that it begins with; None where only the rows decide."""
        return None

    @property
    def searched(self) -> tuple[tuple[str, str], ...]:
        """The parameters that the search sets, each with the field that names it."""
        return tuple(("search.space", name) for name in sorted(self.space))

    @abstractmethod
    def begin(self, y: "Labels", seed: int) -> Trials:
        """Begin a search.

        Parameters
        ----------
        y : ndarray of shape (n_samples,)
            Classes of the search's rows.
        seed : int
            For all that is drawn.
        """

    @abstractmethod
    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:
        """Return how many candidates are scored, stage by stage, before any is."""

    @abstractmethod
    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:
        """Return the search with fewer candidates.

        Parameters
        ----------
        n_candidates : int
            How many may be left, of those that it begins with.
        own : mapping
            The baseline's own values of the searched parameters, which stay in.
        """

    def candidates(self, y: "Labels", seed: int) -> tuple[dict[str, Any], ...]:
        """Return the candidates that the search begins with."""
        batch = self.begin(y, seed).ask()
        return () if batch is None else batch.candidates

    def at_full_effort(
        self, candidates: Sequence[dict[str, Any]]
    ) -> Sequence[dict[str, Any]]:
        """Return candidates as they are where they cost most, to be measured so."""
        return candidates

    def check(self, y: "Labels") -> None:
        """Check that there are rows enough.

        Raises
        ------
        StudyError
            If there are not.
        """
