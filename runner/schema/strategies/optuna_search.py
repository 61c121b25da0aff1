"""Search with Optuna's TPE sampler: each trial is proposed from the scores so far.

J. Bergstra, R. Bardenet, Y. Bengio and B. Kegl (2011), "Algorithms for hyper-parameter
optimization", NeurIPS. Optuna proposes, Tunecard scores: on the same folds, within the same
limits and with the same journal as any other search.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from tunecard.runner.errors import StudyError
from tunecard.runner.schema.space import (
    MOST_CANDIDATES,
    Dimension,
    Distribution,
    listed,
)
from tunecard.runner.schema.strategies.base import Batch, SearchStage, Strategy, Trials
from tunecard.runner.schema.strategies.registry import register

if TYPE_CHECKING:
    from tunecard.runner.schema.strategies.base import Labels

#: Trials that the sampler draws at random before it learns from scores; Optuna's default.
_N_STARTUP = 10


@register
class OptunaSearch(Strategy):
    """``n_trials`` trials of Optuna's TPE sampler.

    Attributes
    ----------
    n_trials : int
        Candidates in all.
    sampler_seed : int or None
        Seed of the sampler; None for the study's own.
    """

    title: ClassVar[str] = "TPE search (Optuna)"
    distributions: ClassVar[tuple[str, ...]] = ("optuna",)

    strategy: Literal["optuna"]
    n_trials: int = Field(default=30, ge=1, le=MOST_CANDIDATES)
    sampler_seed: int | None = Field(default=None, ge=0, lt=2**32)
    space: dict[str, Dimension] = Field(min_length=1)

    @property
    def n_proposed(self) -> int | None:
        """All trials."""
        return self.n_trials

    def check(self, y: "Labels") -> None:  # noqa: ARG002 # as every strategy
        """Check that Optuna is installed.

        Raises
        ------
        StudyError
            If it is not.
        """
        _import_optuna()

    def begin(self, y: "Labels", seed: int) -> Trials:  # noqa: ARG002 # as every strategy
        """Begin with the trials that are drawn at random.

        Raises
        ------
        StudyError
            If Optuna is not installed.
        """
        return _OptunaTrials(self, seed if self.sampler_seed is None else self.sampler_seed)

    def stages(self, y: "Labels") -> tuple[SearchStage, ...]:  # noqa: ARG002 # as every strategy
        """Return one stage of all trials."""
        return (SearchStage(self.n_trials),)

    def thinned(self, n_candidates: int, own: Mapping[str, Any]) -> Self:  # noqa: ARG002 # as every strategy
        """Stop earlier."""
        return self.model_copy(update={"n_trials": min(n_candidates, self.n_trials)})


class _OptunaTrials(Trials):
    """A study of Optuna's in memory that receives every score in order.

    The first trials do not depend on any score and make one batch; each later one is
    proposed when the score of the one before is there.
    """

    def __init__(self, search: OptunaSearch, seed: int) -> None:
        self._search = search
        self._n_left = search.n_trials
        self._study = _new_study(seed)
        self._open: list[Any] = []

    def ask(self) -> Batch | None:
        """Propose the next trials; None after the last."""
        n_asked = min(1 if self._study.trials else _N_STARTUP, self._n_left)
        if not n_asked:
            return None
        self._n_left -= n_asked
        self._open = [self._study.ask() for _ in range(n_asked)]
        return Batch(tuple(_suggest(trial, self._search) for trial in self._open))

    def tell(self, scores: Sequence[float]) -> None:
        """Pass the scores on; a trial without one has failed."""
        from optuna.trial import TrialState

        for trial, score in zip(self._open, scores, strict=True):
            if math.isfinite(score):
                self._study.tell(trial, score)
            else:
                self._study.tell(trial, state=TrialState.FAIL)


def _import_optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise StudyError(
            'search.strategy = "optuna": the package optuna is not installed. '
            'Install it: pip install "tunecard[optuna]"'
        ) from error
    return optuna


def _new_study(seed: int) -> Any:
    """Make a study in memory, of scores that are higher where they are better."""
    optuna = _import_optuna()
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it reports each new study
    try:
        return optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(n_startup_trials=_N_STARTUP, seed=seed),
        )
    finally:
        optuna.logging.set_verbosity(verbosity)


def _suggest(trial: Any, search: OptunaSearch) -> dict[str, Any]:
    """Have a trial suggest a value for each parameter, of one table of the space."""
    tables, prefix = search.tables, ""
    table = tables[0]
    if len(tables) > 1:
        number = trial.suggest_categorical("table", list(range(len(tables))))
        table, prefix = tables[number], f"{number}: "
    return {
        name: _suggest_value(trial, prefix + name, dimension)
        for name, dimension in table.items()
    }


def _suggest_value(trial: Any, name: str, dimension: Any) -> Any:
    if not isinstance(dimension, Distribution):
        # By position: Optuna's categories are plain values alone.
        number = trial.suggest_categorical(name, list(range(len(dimension))))
        return listed(dimension)[number]
    if dimension.distribution == "randint":
        return trial.suggest_int(name, int(dimension.low), int(dimension.high))
    log = dimension.distribution == "loguniform"
    return trial.suggest_float(name, dimension.low, dimension.high, log=log)
