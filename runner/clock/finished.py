"""How a worker ended, by what it left in its folder and by how its process ended."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from tunecard.runner import outputs
from tunecard.runner.clock.jobs import Finished, Job, Outcome, Timed
from tunecard.runner.clock.room import check_room
from tunecard.runner.errors import OutputError
from tunecard.runner.processes.process import Ended
from tunecard.runner.schema import TimedRound
from tunecard.runner.store.hashes import hashes_of

#: Files whose hashes a resumed run compares.
ARRAYS: Final = "*.npy"


def describe_end(
    job: Job, position: int, folder: Path, ended: Ended, elapsed: float
) -> Finished:
    """Describe a worker's end by what it left and by how its process ended."""
    # Its outcome is the last that a worker writes: how the process ends does not matter.
    outcome = _read_outcome(folder) if ended.status != "timeout" else None
    status, reason = ended.status, ended.reason
    if outcome is not None:
        status, reason = outcome.status, outcome.reason
    elif status == "ok":
        status, reason = "failed", "the worker ended before its work was done"
    if status == "failed":
        check_room(folder, Path(job.data), f"{reason} {ended.stderr_tail}")
    return Finished(
        status=status,
        position=position,
        elapsed=elapsed,
        peak_memory=(outcome and outcome.peak_memory) or ended.peak_memory,
        reason=reason,
        stderr_tail=ended.stderr_tail if status != "ok" else None,
        outcome=outcome,
        files=hashes_of(folder, ARRAYS, sync=True),
    )


def _read_outcome(folder: Path) -> Outcome | None:
    path = folder / "outcome.json"
    try:
        outcome = Outcome.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(
            f"{path}: what a worker wrote cannot be read ({error})."
        ) from error
    except ValidationError:
        reason = "its worker's outcome.json is not what a worker writes"
        return Outcome(status="failed", reason=reason)
    if outcome.status == "ok" and not outputs.are_saved(folder):
        reason = "its predictions were removed from the worker's folder"
        return outcome.model_copy(update={"status": "failed", "reason": reason})
    return outcome


def add_spent(spent: Mapping[str, float], finished: Finished) -> dict[str, float]:
    """Book a round that was run just now; what its worker did not book is its start."""
    own = finished.outcome.spent if finished.outcome else {}
    parts: dict[str, float] = {str(part): seconds for part, seconds in own.items()}
    parts["start"] = max(finished.elapsed - sum(parts.values()), 0.0)
    return {
        part: spent.get(part, 0.0) + parts.get(part, 0.0) for part in {**spent, **parts}
    }


def rounds_of(
    outcome: Outcome, round_number: int, position: int, first: Sequence[Timed]
) -> tuple[TimedRound, ...]:
    """Make the rounds of a worker's samples; the cold calls lead those of round 1."""
    cold = {timed.operation: timed.samples for timed in first}
    return tuple(
        TimedRound(
            round=round_number,
            position=position,
            operation=timed.operation,
            n_rows=timed.n_rows,
            warm_rows=timed.repeats.warm_rows,
            samples=cold.get(timed.operation, ()) + timed.samples,
        )
        for timed in outcome.timed
        if timed.samples
    )
