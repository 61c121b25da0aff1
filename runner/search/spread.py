"""Candidates x folds in parallel processes, with what is done already taken over."""

from collections.abc import Callable, Sequence
from typing import Any

from tunecard.runner.resampling import Fold
from tunecard.runner.search.backends import Scorers
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.scoring import FoldScore
from tunecard.runner.store.journal import Checkpoint, recall_as


def spread(
    pool: Scorers,
    settings: Sequence[dict[str, Any]],
    folds: Sequence[Fold],
    memory: Checkpoint,
    progress: Callable[[str], None],
    *,
    iteration: str = "",
    first: int = 0,
) -> list[list[FoldScore]]:
    """Score every candidate on every fold that is not done.

    Parameters
    ----------
    pool : Scorers
        What scores them.
    settings : sequence of dict
        Each candidate's parameters, as ``set_params`` takes them.
    folds : sequence of (ndarray, ndarray)
        Rows to fit on and to score on.
    memory : Checkpoint
        What an earlier, unfinished search has done already.
    progress : callable
        Receives a text after every candidate x fold.
    iteration : str
        Name of a part of a search, shown and recorded before each candidate's number.
    first : int
        Number of the first candidate; 0 is the baseline.

    Returns
    -------
    list of list of FoldScore
        ``scores[candidate][fold]``.
    """
    pieces = [Piece(c, f) for c in range(len(settings)) for f in range(len(folds))]
    last = first + len(settings) - 1
    prefix = f"{iteration}, " if iteration else ""
    kept = f"{iteration} " if iteration else ""

    def key(piece: Piece) -> str:
        return f"{kept}candidate {first + piece.candidate} fold {piece.fold}"

    def tell(piece: Piece) -> None:
        number = first + piece.candidate
        progress(
            f"{prefix}candidate {number} of {last}, fold {piece.fold + 1} of {len(folds)}"
        )

    done = {
        piece: recorded
        for piece in pieces
        if (recorded := recall_as(memory, key(piece), FoldScore)) is not None
    }
    for piece in done:
        tell(piece)
    todo = [piece for piece in pieces if piece not in done]
    for piece, scored in pool.score(settings, folds, todo):
        memory.record(key(piece), scored.model_dump(mode="json"))
        done[piece] = scored
        tell(piece)
    return [[done[Piece(c, f)] for f in range(len(folds))] for c in range(len(settings))]
