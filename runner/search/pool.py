"""Processes that score candidates: each piece of work has a time and a memory limit.

A piece that hangs, crashes or eats memory costs its own candidate, whose process is
ended with all that it started; the others go on. No library's pool does all of
that: those that end a task at its deadline end the pool too, or leave what it started.
"""

import os
import pickle
import shutil
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Pipe, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from tunecard.runner.host import processes
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.metrics import Scorer
from tunecard.runner.processes.process import START, worker_environment
from tunecard.runner.processes.template import Fork
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows
from tunecard.runner.schema import Limits
from tunecard.runner.search import shared
from tunecard.runner.search.answers import NOTHING, Storage
from tunecard.runner.search.fixed_steps import count_fixed
from tunecard.runner.search.joint_scoring import grouped, most_together
from tunecard.runner.search.pool_pipes import (
    Piece,
    PoolProcess,
    check_room,
    describe_death,
    kill,
    read_answer,
)
from tunecard.runner.search.scorer import ScorerJob
from tunecard.runner.search.scoring import FoldScore

_MODULE = "tunecard.runner.search.scorer"
_START_SECONDS = 120.0  # for the imports of a process, whatever the study's limit is
_LOOK_SECONDS = 1.0  # a process may be dead though what it started holds its pipe


class Pool:
    """Processes that score pieces of work; to be used as a context.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows. A memory-mapped array is shared, not copied.
    score : Scorer
        The metric.
    n_jobs : int
        Processes, each with one BLAS and OpenMP thread; the first starts with the
        first piece of work.
    limits : Limits
        Seconds of one piece, bytes of data of one process.
    environ : mapping or None
        The caller's environment; None for this process's own.
    work : Path or None
        A folder for what the processes share: made again, and removed at the end. None
        for one in the system's temporary folder.
    storage : Storage
        What is kept of the candidates' outputs.
    fork : callable or None
        Forks a process, with one thread, from a template; None to start each.
    """

    def __init__(
        self,
        estimator: Any,
        data: LabeledRows,
        *,
        score: Scorer,
        n_jobs: int,
        limits: Limits,
        environ: Mapping[str, str] | None = None,
        work: Path | None = None,
        storage: Storage = NOTHING,
        fork: Fork | None = None,
    ) -> None:
        self._fork = fork
        self._estimator, self._data, self._score = estimator, data, score
        self._n_jobs, self._limits = n_jobs, limits
        self._environ = worker_environment(os.environ if environ is None else environ, 1)
        self._processes: list[PoolProcess] = []
        self._work, self._storage = work, storage
        self._folder: Path | None = None
        self._job: ScorerJob | None = None

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Idle processes would hold memory and wake up while a clock runs.
        for process in self._processes:
            process.pipe.close()  # all of them end side by side
        for process in list(self._processes):
            self._end(process)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def score(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[Piece],
    ) -> Iterator[tuple[Piece, FoldScore]]:
        """Score pieces of work, in the order they finish.

        Parameters
        ----------
        settings : sequence of dict
            Each candidate's parameters, as ``set_params`` takes them.
        folds : sequence of (ndarray, ndarray)
            Rows to fit on and to score on.
        todo : sequence of Piece
            Positions in the two above.

        Yields
        ------
        Piece, FoldScore
            A piece that ran into a limit, or died, is a failed score; the folds of
            its candidate that have not begun by then are not tried.

        Raises
        ------
        OutputError
            If a candidate had no room on the disk: it can be scored again.
        """
        import cloudpickle

        most = most_together(self._estimator, settings, self._data, self._score)
        left = deque(grouped(todo, self._n_jobs, most))
        passed_over = deque[Piece]()
        given_up: dict[int, FoldScore] = {}

        def work(pieces: Sequence[Piece]) -> bytes:
            arguments = [settings[p.candidate] for p in pieces], folds[pieces[0].fold]
            return bytes(cloudpickle.dumps(arguments, pickle.HIGHEST_PROTOCOL))

        by_fold = count_fixed(self._estimator, settings[-1:]) > 0

        def following(worker: PoolProcess | None = None) -> tuple[Piece, ...]:
            while left:
                pieces = self._choose(left, worker) if by_fold else left[0]
                left.remove(pieces)
                passed_over.extend(p for p in pieces if p.candidate in given_up)
                if rest := tuple(p for p in pieces if p.candidate not in given_up):
                    return rest
            return ()

        def occupy(worker: PoolProcess) -> None:
            if not worker.pieces and (pieces := following(worker)):
                worker.pieces = pieces
                worker.send(work(pieces), self._limits.case_seconds)

        while True:
            for worker in self._processes:
                occupy(worker)
            while len(self._processes) < self._n_jobs and (pieces := following()):
                self._processes.append(self._start(pieces))
            while passed_over:
                piece = passed_over.popleft()
                yield piece, given_up[piece.candidate]
            if not any(worker.pieces for worker in self._processes):
                return
            for worker, scored in self._answers(work):
                check_room(scored)
                piece, *others = worker.pieces
                if scored.failure is not None and (others or worker.is_grouped):
                    # It is not known which of them took too much: each by itself, again.
                    left.extendleft((piece,) for piece in worker.pieces)
                    self._end(worker)
                    continue
                if scored.failure == "oom" and worker.n_done:
                    # What was done before it may have left too little: once more, again.
                    left.appendleft(worker.pieces)
                    self._end(worker)
                    continue
                if scored.failure is not None:
                    given_up[piece.candidate] = scored.model_copy(
                        update={"cpu_seconds": 0.0, "warnings": (), "peak_memory": 0}
                    )
                    self._end(worker)
                worker.fold, worker.pieces = piece.fold, tuple(others)
                worker.n_done += 1
                if scored.failure is None:
                    occupy(worker)  # it is at work while the caller records this piece
                yield piece, scored

    def _choose(
        self, left: Sequence[tuple[Piece, ...]], worker: PoolProcess | None
    ) -> tuple[Piece, ...]:
        """Choose pieces of the fold whose transformed rows a process holds.

        Else one of the fold that the fewest processes are at work on.
        """
        own = worker.fold if worker is not None else None
        others = Counter(w.pieces[0].fold for w in self._processes if w.pieces)
        return min(left, key=lambda pieces: (pieces[0].fold != own, others[pieces[0].fold]))

    def _start(self, pieces: tuple[Piece, ...]) -> PoolProcess:
        """Start a process; it receives its pieces when it is ready."""
        ours, theirs = Pipe()
        with theirs:
            folder = self._files()
            job = ScorerJob(
                pipe=theirs.fileno(),
                memory=self._limits.memory,
                path=tuple(str(Path(entry).absolute()) for entry in sys.path),
                folder=str(folder.parent),
                storage=self._storage,
            )
            (folder / "job.json").write_text(job.model_dump_json(), "utf-8")
            keep = (theirs.fileno(),)
            forked = self._fork(_MODULE, folder, keep) if self._fork else None
            process = forked or processes.start(
                START, _MODULE, str(folder), environ=self._environ, keep=keep
            )
        return PoolProcess(process, ours, pieces, monotonic() + _START_SECONDS)

    def _files(self) -> Path:
        """Make a process's folder, within the one that holds what all of them share."""
        if self._folder is None:
            self._folder = shared.make(self._work)
            shared.write(self._folder, self._estimator, self._score, self._data)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _answers(self, work: Any) -> Iterator[tuple[PoolProcess, FoldScore]]:
        """Wait until something happens; yield the pieces that are over, well or not."""
        busy = [worker for worker in self._processes if worker.pieces]
        first = min(worker.deadline for worker in busy) - monotonic()
        ready = wait([worker.pipe for worker in busy], min(max(first, 0.0), _LOOK_SECONDS))
        for worker in busy:
            gone = worker.process.poll() is not None
            answer: bytes | None = b""
            if worker.pipe in ready or (gone and worker.pipe.poll()):
                answer = read_answer(worker.pipe)
            if answer == b"ready":
                worker.started = True
                worker.send(work(worker.pieces), self._limits.case_seconds)
            elif answer:
                yield worker, FoldScore.model_validate_json(answer)
            elif answer is None or gone:
                yield worker, describe_death(worker)
            elif monotonic() > worker.deadline:
                yield worker, self._overdue(worker)

    def _overdue(self, worker: PoolProcess) -> FoldScore:
        reason = f"ran longer than limits.case_seconds = {self._limits.case_seconds:g} s"
        if not worker.started:
            reason = f"its process was not ready after {_START_SECONDS:g} s"
        return FoldScore(score=None, cpu_seconds=0.0, reason=reason, failure="timeout")

    def _end(self, worker: PoolProcess) -> None:
        """Kill a process with all that it started, and reap it."""
        self._processes.remove(worker)
        worker.pipe.close()
        kill(worker.process)
