"""The same model on two engines."""

from dataclasses import dataclass

from tunecard.report.analyze.types.times import TimeComparison, TimedOperation
from tunecard.runner.schema import Variant


@dataclass(frozen=True)
class EngineComparison:
    """One variant of a model on two engines, the first of them the study's first.

    Attributes
    ----------
    models : tuple of str
        The two models' short names.
    label : str
        The first model's.
    engines : tuple of str
        Their names.
    alike : bool
        Whether both have the same parameters; the searches may choose differently.
    times : tuple of TimeComparison
        As of baseline and tuned: ``baseline`` is the first engine's time, ``tuned`` the
        second's, ``ratio`` second / first; empty where one was not timed.
    n_same, n_rows : int or None
        Test rows with the same label from both, of how many; None without the labels of
        both, and over several seeds, whose rows are not counted together.
    accuracy : tuple of float or None
        On the test rows.
    of_values : bool
        Whether they predict values, which are the same to about single precision.
    """

    models: tuple[str, str]
    label: str
    variant: Variant
    engines: tuple[str, str]
    alike: bool
    times: tuple[TimeComparison, ...]
    n_same: int | None
    n_rows: int | None
    accuracy: tuple[float | None, float | None]
    of_values: bool = False

    def time(self, operation: TimedOperation) -> TimeComparison | None:
        """Return the comparison of an operation's time."""
        return next((time for time in self.times if time.operation == operation), None)
