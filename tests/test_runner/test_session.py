"""One sitting of a run: what is left behind however it ends, and what the next takes."""

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.builders import make_results
from tunecard.runner import plan, session
from tunecard.runner.context import RunContext
from tunecard.runner.errors import (
    DataError,
    LimitReached,
    OutputError,
    SourceChanged,
    StudyError,
    TunecardError,
)
from tunecard.runner.progress import Silent
from tunecard.runner.schema import RESULTS, Cut, Data, ModelSpec, Study, dump
from tunecard.runner.store import folders
from tunecard.runner.store.journal import JOURNAL
from tunecard.runner.store.resume import record_written

STUDY = Study(
    name="tiny",
    title="Tiny",
    dataset="digits",
    models=(ModelSpec(name="m", estimator="sklearn.naive_bayes.GaussianNB"),),
)

Work = Callable[[RunContext], None]

#: A session begins a template for its workers, and none is needed here.
pytestmark = pytest.mark.usefixtures("forked")


class Watcher(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        """Keep a notice."""
        self.notices.append(text)


class Sittings:
    """Sits down to a run again and again, with work that a test says."""

    def __init__(self, reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reports, self.watcher = reports, Watcher()
        self.worked: list[tuple[Study, RunContext]] = []
        self.work: Work = lambda _: None
        monkeypatch.setattr(session, "run_study", self._run_study)
        monkeypatch.setattr(plan, "check_first_fits", lambda *_: None)

    def _run_study(
        self, study: Study, _dataset: object, run: RunContext, _: object
    ) -> None:
        self.worked.append((study, run))
        self.work(run)
        dump(make_results(), run.folder / RESULTS)
        record_written(run.memory, run.folder)

    def sit(
        self, study: str | Study = STUDY, **options: Any
    ) -> AbstractContextManager[Path]:
        """Begin a sitting."""
        usual: dict[str, Any] = {
            "reports": self.reports,
            "data_dir": None,
            "offline": True,
            "quick": False,
            "fresh": False,
            "budget": None,
            "jobs": 1,
            "progress": self.watcher,
        }
        return session.run_session(study, **{**usual, **options})

    def fails(self, error: BaseException, **options: Any) -> BaseException:
        """Sit with work that ends in an error; return what comes out of it."""

        def work(_: RunContext) -> None:
            raise error

        self.work = work
        kinds = (TunecardError, OSError, KeyboardInterrupt, MemoryError)
        with pytest.raises(kinds) as caught, self.sit(**options):
            pytest.fail("it went on")
        self.work = lambda _: None
        return caught.value


@pytest.fixture
def sittings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sittings:
    """Give a reports folder that is not made yet."""
    return Sittings(tmp_path / "a" / "reports", monkeypatch)


def test_a_run_that_ends_well_has_no_journal_and_no_lock(sittings: Sittings) -> None:
    """Within its context a run is locked and unfinished; after it only results are left."""
    with sittings.sit() as folder:
        assert (folder / JOURNAL).exists()
        with pytest.raises(folders.Held):
            folders.Lock(folder)
    assert [path.name for path in folder.iterdir()] == [RESULTS]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OutputError("x: cannot be written."), MemoryError()]
)
def test_what_stops_a_run_leaves_it_to_go_on(
    sittings: Sittings, error: BaseException
) -> None:
    """However it was stopped, its folder stays, unlocked, and the next goes on there."""
    assert sittings.fails(error) is error
    (folder,) = sittings.reports.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == [JOURNAL]
    with sittings.sit() as again:
        assert again == folder
    assert [run.n_sessions for _, run in sittings.worked] == [1, 2]
    assert sittings.worked[0][1].started == sittings.worked[1][1].started


@pytest.mark.parametrize("error", [StudyError("s: wrong."), DataError("d: wrong.")])
def test_what_can_never_go_on_is_removed(sittings: Sittings, error: TunecardError) -> None:
    """An error of the study or the data leaves nothing, not even the reports folder."""
    assert sittings.fails(error) is error
    assert not sittings.reports.parent.exists()


def test_an_interruption_after_the_measuring_measures_nothing_again(
    sittings: Sittings,
) -> None:
    """Where only the report is missing, the next sitting has its folder at once."""
    with pytest.raises(KeyboardInterrupt), sittings.sit() as folder:
        raise KeyboardInterrupt
    with sittings.sit() as again:
        assert again == folder
    assert len(sittings.worked) == 1
    assert not (folder / JOURNAL).exists()


def test_fresh_measures_again(sittings: Sittings) -> None:
    """--fresh begins again beside an unfinished run."""
    sittings.fails(KeyboardInterrupt())
    with sittings.sit(fresh=True):
        assert len(list(sittings.reports.iterdir())) == 2
    assert [run.n_sessions for _, run in sittings.worked] == [1, 1]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_wherever_it_is_met(sittings: Sittings, code: int) -> None:
    """An error that nobody put into words is told with what to do."""
    told = sittings.fails(OSError(code, "No room", "/some/file"))
    assert isinstance(told, OutputError)
    assert str(told) == (
        "/some/file: cannot be written (No room). What is finished is kept; make space and "
        "run the same command to resume."
    )


def test_a_file_that_numpy_could_not_finish_is_a_full_disk(sittings: Sittings) -> None:
    """NumPy's own error bears no number and no name."""
    told = sittings.fails(OSError("5000 requested and 120 written"))
    assert isinstance(told, OutputError)
    assert str(told).endswith(
        ": cannot be written (5000 requested and 120 written). What is finished is kept; "
        "make space and run the same command to resume."
    )


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])
def test_a_limit_of_the_machine_is_named(sittings: Sittings, code: int) -> None:
    """Where no process can be started, and the like, the work is kept."""
    error = sittings.fails(OSError(code, "No more of them"))
    assert isinstance(error, LimitReached)
    assert error.exit_code == 2
    assert str(error) == (
        "The run cannot go on: No more of them. What is finished is kept; raise the limit "
        "('ulimit -a' prints it) and run the same command to resume."
    )


def test_other_errors_of_the_system_are_not_ours(sittings: Sittings) -> None:
    """What is no full disk passes as it is."""
    error = OSError(errno.EIO, "Input/output error")
    assert sittings.fails(error) is error


def test_a_budgets_cut_is_made_once(
    sittings: Sittings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that goes on keeps its cut, however fast the machine is now."""

    class Planned:
        total_seconds, models = 100.0, ()

    smaller = STUDY.model_copy(update={"title": "Cut"})
    places: list[Path] = []

    def planned(*_: object, work: Path, **__: object) -> Planned:
        places.append(work)
        return Planned()

    monkeypatch.setattr(plan, "plan", planned)
    monkeypatch.setattr(plan, "fit_into", lambda *_: (smaller, ("rounds are fewer",)))
    cuts = {"knn": Cut(planned=9, run=3, reason="a budget of 60 s for the run")}
    monkeypatch.setattr(plan, "cuts_of", lambda *_: cuts)
    sittings.fails(KeyboardInterrupt(), budget="1m")
    monkeypatch.setattr(plan, "plan", lambda *_, **__: pytest.fail("planned again"))
    with sittings.sit(budget="1m"):
        pass
    assert [study for study, _ in sittings.worked] == [smaller, smaller]
    assert [run.cuts for _, run in sittings.worked] == [cuts, cuts]
    assert sittings.watcher.notices[0] == "--budget: rounds are fewer"
    assert places == [sittings.worked[0][1].folder / ".work"]


def test_another_budget_is_another_run(
    sittings: Sittings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut for another time is no finished work of this one."""
    sittings.fails(KeyboardInterrupt())
    monkeypatch.setattr(session, "_fit_to_budget", lambda study, *_: (study, {}))
    with sittings.sit(budget="1m"):
        pass
    assert "budget none there, 60.0 here" in sittings.watcher.notices[-1]


def test_the_command_is_what_runs_the_same_again(sittings: Sittings) -> None:
    """A run knows the words that begin it again."""
    with sittings.sit("digits", quick=True):
        pass
    assert sittings.worked[0][1].command == "tunecard run digits --quick"


def test_the_command_names_the_reference_of_the_gates(sittings: Sittings) -> None:
    """Without it the same study would be refused: its gates need a reference run."""
    with sittings.sit("digits", against=Path("reports/of july")):
        pass
    with sittings.sit(STUDY, against=Path("reports/of july")):
        pass
    assert [run.command.partition("  #")[0] for _, run in sittings.worked] == [
        "tunecard run digits --against 'reports/of july'",
        "tunecard.run(study, against='reports/of july')",
    ]


@pytest.mark.parametrize("jobs", [-1, 0, 1.5, True])
def test_jobs_are_at_least_one(sittings: Sittings, jobs: Any) -> None:
    """scikit-learn's -1 and other numbers that are none are told before any work."""
    with pytest.raises(StudyError, match=r"jobs = .*: must be an integer of at least"):
        sittings.sit(jobs=jobs).__enter__()
    assert not sittings.reports.exists()


def test_code_that_changes_during_a_run_ends_it_with_its_work_kept(
    sittings: Sittings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded stays for a run of the old code; the new code begins another."""
    monkeypatch.syspath_prepend(str(tmp_path))
    code = tmp_path / "edited_meanwhile.py"
    code.write_text("from sklearn.naive_bayes import GaussianNB as Mine\nn = 1\n", "utf-8")
    before = code.read_text("utf-8")
    model = ModelSpec(name="m", estimator="edited_meanwhile.Mine")
    study = STUDY.model_copy(update={"plugins": ("edited_meanwhile",), "models": (model,)})

    def work(run: RunContext) -> None:
        run.memory.record("a", {})
        code.write_text(before.replace("1", "2"), "utf-8")
        run.memory.record("b", {})

    sittings.work = work
    with pytest.raises(SourceChanged, match=r"^code of edited_meanwhile\.py: changed"):
        sittings.sit(study).__enter__()
    sittings.work = lambda _: None
    with sittings.sit(study):  # as it is now
        pass
    code.write_text(before, "utf-8")
    with sittings.sit(study):
        (_, first), (_, other), (_, again) = sittings.worked
    assert again.run_id == first.run_id != other.run_id
    assert again.memory.recall("a") == {}
    assert again.memory.recall("b") is None


def test_data_that_changes_while_a_run_begins_is_refused(
    sittings: Sittings, tmp_path: Path
) -> None:
    """Each seed reads the file again: all are of the same content, or none is."""
    table = tmp_path / "table.csv"
    rows = "".join(f"{number},{'ab'[number % 2]}\n" for number in range(40))
    table.write_text(f"x,y\n{rows}", "utf-8")
    update = {"dataset": str(table), "data": Data(target="y"), "seeds": (0, 1)}

    def work(run: RunContext) -> None:
        assert run.load is not None
        run.load(1)
        table.write_text(f"x,y\n{rows.replace('39', '38')}", "utf-8")
        run.load(1)

    sittings.work = work
    with pytest.raises(DataError, match=r"table\.csv: changed while the run began"):
        sittings.sit(STUDY.model_copy(update=update)).__enter__()
