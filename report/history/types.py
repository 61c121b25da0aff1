"""What the history keeps of a run: small, so that a thousand fit on a page."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.runner.schema import Frozen, Status, Variant

#: The words of :data:`tunecard.report.view.words.LOOKS` that a model of a run may have.
Word: TypeAlias = Literal[
    "better", "worse", "equivalent", "inconclusive", "not compared", "not tuned", "failed"
]
#: Why a run folder is not among the runs.
State: TypeAlias = Literal["damaged", "unfinished", "running"]


#: The unit of changes of a share.
POINTS = "points"


class Measure(Frozen):
    """A headline metric: its name, its label, its direction, the unit of its changes."""

    name: str
    label: str
    greater_is_better: bool
    unit: str = POINTS


class HistoryCase(Frozen):
    """One case of a run: how it ended, its headline metrics, its times.

    ``fit`` and ``predict`` are seconds of one call, the median over the rounds;
    None where nothing was timed.
    """

    status: Status
    metrics: dict[str, float | None]
    fit: float | None
    predict: float | None


class Model(Frozen):
    """One model of a run, with the word of its verdict.

    ``gain`` is what its search gained over the folds, corrected for the choice of the
    winner; ``gain_text`` the same with its unit.
    """

    name: str
    label: str
    word: Word
    cases: dict[Variant, HistoryCase]
    gain: float | None = None
    gain_text: str = ""


class HistoryEntry(Frozen):
    """One run.

    Attributes
    ----------
    run : str
        The name of its folder, which begins with the time it was started.
    subset : str
        The rows that a part of the data has, as in ``6000 + 1000``; empty for
        all of it.
    data : str
        Digest of the hashes of the data as used.
    machine, versions : dict of str
        What has to agree for two runs to be compared: hardware and threads,
        and software.
    commit : str
        Of the folder that the run was started in; empty where it is none of git's.
    kernel : float or None
        Seconds of the calibration kernel: of its two parts (a float32 matrix
        product, a copy), medians over the run, the geometric mean.
    metric : str
        Name of the study's metric, which the verdicts are about.
    margin : float or None
        The smallest difference in it that matters.
    """

    run: str
    study: str
    title: str
    dataset: str
    dataset_title: str
    subset: str
    data: str
    machine: dict[str, str]
    versions: dict[str, str]
    commit: str
    kernel: float | None
    metric: str
    margin: float | None
    measures: tuple[Measure, ...]
    models: tuple[Model, ...]

    @property
    def group(self) -> tuple[str, str, str]:
        """The study, the dataset and the part of it: what a trend is about."""
        return self.study, self.dataset, self.subset

    @property
    def place(self) -> tuple[tuple[tuple[str, str], ...], str]:
        """What has to be the same for a run to be compared with earlier ones."""
        facts = sorted(self.machine.items()) + sorted(self.versions.items())
        return tuple(facts), self.data


@dataclass(frozen=True)
class Left:
    """A folder with a run's name that holds no run to list, and why, in words."""

    run: str
    state: State
    reason: str


def started(run: str) -> str:
    """Return the time when a run was started, UTC, from its name.

    Examples
    --------
    >>> started("20261123T201500Z-mnist-1f3a9c")
    '2026-11-23 20:15:00'
    """
    d = run
    return f"{d[:4]}-{d[4:6]}-{d[6:8]} {d[9:11]}:{d[11:13]}:{d[13:15]}"


def study_of(run: str) -> str:
    """Return the study of a run from its name.

    Examples
    --------
    >>> study_of("20261123T201500Z-my-study-1f3a9c-2")
    'my-study'
    """
    return re.sub(r"-[0-9a-f]{6,}(-\d+)?$", "", run.split("-", 1)[1])
