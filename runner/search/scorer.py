"""Scores candidates, one fold at a time, in a process of `search.pool`.

Started with a folder that holds ``job.json``; asked and answered through a pipe.
What an estimator prints goes nowhere.
"""

import gc
import pickle
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tunecard.runner.host import child
from tunecard.runner.models.fitting import describe
from tunecard.runner.schema import Frozen
from tunecard.runner.search import shared
from tunecard.runner.search.answers import NOTHING, Storage
from tunecard.runner.search.fixed_steps import FoldRows
from tunecard.runner.search.joint_scoring import score_together
from tunecard.runner.search.scoring import FoldScore


class ScorerJob(Frozen):
    """What a scorer receives when it starts.

    Attributes
    ----------
    pipe : int
        File descriptor of its end of the pipe.
    memory : int
        Bytes of data it may hold.
    path : tuple of str
        Where modules are looked for behind its own places.
    folder : str
        Holds what all scorers share; see :mod:`tunecard.runner.search.shared`.
    storage : Storage
        What is kept of the candidates' outputs.
    """

    pipe: int
    memory: int
    path: tuple[str, ...]
    folder: str
    storage: Storage = NOTHING


def main(folder: Path) -> None:
    """Report ready, then answer each request with its candidates' scores, until the end."""
    job = ScorerJob.model_validate_json((folder / "job.json").read_bytes())
    sys.path += [entry for entry in job.path if entry not in sys.path]
    data = shared.read_data(Path(job.folder))
    with Connection(job.pipe) as pipe:
        what = "estimator"
        try:
            estimator = shared.read_estimator(Path(job.folder))
            what = "metric"
            score = shared.read_scorer(Path(job.folder))
        except Exception as error:  # noqa: BLE001 # a user's module may raise anything
            pipe.send_bytes(_unloadable(what, error).model_dump_json().encode())
            return
        child.limit_memory(job.memory)
        # Else each collection below goes through all that was imported, for 60 ms.
        gc.freeze()
        pipe.send_bytes(b"ready")
        fold_rows = FoldRows(estimator)
        while True:
            try:
                request = pipe.recv_bytes()
            except EOFError:  # there is no more work
                return
            settings, fold = pickle.loads(request)  # noqa: S301 # from our parent
            for scored in score_together(
                estimator, settings, data, fold, score, fold_rows, job.storage
            ):
                is_limited = scored.failure == "oom"
                answer = _of_limit(scored, job.memory) if is_limited else scored
                pipe.send_bytes(answer.model_dump_json().encode())
            gc.collect()  # the next piece has the whole limit to itself


def _of_limit(scored: FoldScore, memory: int) -> FoldScore:
    limit = f"limits.memory = {memory / 2**30:g} GiB"
    reason = f"needed more than {limit} ({scored.reason})"
    return scored.model_copy(update={"reason": reason})


def _unloadable(what: str, error: Exception) -> FoldScore:
    reason = f"its process could not load the {what} ({describe(error)})"
    return FoldScore(score=None, cpu_seconds=0.0, reason=reason, failure="died")
