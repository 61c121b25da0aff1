"""What the front door decides for a run."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tunecard.runner.datasets import Dataset
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.processes.template import Templates
from tunecard.runner.schema import (
    Cut,
    Environment,
)
from tunecard.runner.store.journal import Checkpoint, NullCheckpoint

_PAGE_SECONDS = 3.0  # for the results and the page, at the end
WORK = ".work"  # in the run folder: arrays and jobs, removed at the end


@dataclass(frozen=True)
class RunContext:
    """What the front door decides for a run.

    Attributes
    ----------
    run_id : str
        The run's name.
    folder : Path
        Where results.json and predictions.parquet go; it exists.
    command : str
        The command line that runs the same study again.
    jobs : int
        Parallel processes of a search.
    environment : Environment
        The machine and the software.
    started : str
        When the run began, UTC, ISO 8601; for a resumed run, when it first began.
    now : callable
        The time of day, UTC.
    memory : Checkpoint
        What is finished already, and where to note what gets finished.
    n_sessions : int
        How often the run was started or went on, this time included.
    load : callable or None
        Loads the data as a seed splits it; for a study of several seeds.
    scheduler : str or None
        Address of the cluster that does the searches; None for this machine.
    cuts : mapping
        What a budget cut of the searches, by model.
    deadline : float or None
        When a budget of the whole run is used up, on the machine's monotonic clock.
    templates : Templates or None
        Where the processes of searches are forked from, begun when the study was read;
        None to begin it when it is needed.
    prepare_page : callable or None
        Called in a thread of its own while cases run that are not timed: what the page
        needs can be imported meanwhile.
    publish : callable or None
        Called with the run folder when quality is written and the times are still to
        come; None where nobody needs them apart.
    """

    run_id: str
    folder: Path
    command: str
    jobs: int
    environment: Environment
    started: str
    now: Callable[[], datetime]
    memory: Checkpoint = field(default_factory=NullCheckpoint)
    n_sessions: int = 1
    load: Callable[[int], Dataset] | None = None
    scheduler: str | None = None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    deadline: float | None = None
    templates: Templates | None = None
    prepare_page: Callable[[], object] | None = None
    publish: Callable[[Path], object] | None = None

    def seconds_left(self) -> float:
        """Return what the budget of the whole run leaves for timing; a second at least."""
        if self.deadline is None:
            return math.inf
        return max(self.deadline - monotonic() - _PAGE_SECONDS, 1.0)
