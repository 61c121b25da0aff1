"""The plan: costs from points, what they add up to, what a budget cuts, its children."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from tunecard.runner import datasets
from tunecard.runner.clock import timing
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import OutputError, StudyError
from tunecard.runner.inputs import inputs_of
from tunecard.runner.plan import Child, Plan, PlannedModel, cuts_of, fit_into, plan
from tunecard.runner.plan import probe as probes
from tunecard.runner.plan.cost import cost
from tunecard.runner.plan.estimate import FORK
from tunecard.runner.plan.jobs import Point, ProbeJob, Ready
from tunecard.runner.plan.probe import Probed
from tunecard.runner.plan.probing import probe
from tunecard.runner.processes.process import Ended
from tunecard.runner.schema import (
    Cut,
    Distribution,
    GridSearch,
    HalvingRandomSearch,
    Limits,
    ModelSpec,
    RandomSearch,
    Search,
    Study,
    Timing,
)

HERE = Path(__file__).parent
GRID = GridSearch(strategy="grid", folds=5, space={"C": (0.1, 1.0, 10.0, 100.0)})
DRAWS = RandomSearch(
    strategy="random",
    n_iter=12,
    folds=3,
    space={"C": Distribution(distribution="loguniform", low=0.01, high=1.0)},
)


def spec(search: Search | None = None, name: str = "m", estimator: str = "") -> ModelSpec:
    """Make a model."""
    path = estimator or "sklearn.linear_model.LogisticRegression"
    return ModelSpec(name=name, label=name, estimator=path, search=search)


def study(*models: ModelSpec, **fields: Any) -> Study:
    """Make a study of some models."""
    return Study(name="s", title="S", dataset="digits", models=models, **fields)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """Load the digits: 1,347 rows to train on and 450 to predict."""
    return datasets.load(
        "digits",
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
    )


def points(growth: float, constant: float = 0.0) -> tuple[Point, ...]:
    """Make points of fits that take ``constant + (rows / 1000) ** growth`` seconds."""
    return tuple(
        Point(
            setting=0,
            n_rows=n,
            one_thread=False,
            fit=constant + (n / 1000) ** growth,
            first_row=0.01,
            next_row=n * 1e-8,
        )
        for n in (1000, 2000, 4000, 8000)
    )


@pytest.mark.parametrize("growth", [1.0, 1.5, 2.0, 3.0])
def test_growth_of_a_fit_is_carried_on(growth: float) -> None:
    """What grows with a power of the rows is told at eight times the largest part."""
    known = cost(points(growth))
    assert known is not None
    assert known.fit.at(64_000) == pytest.approx(64**growth)


def test_what_does_not_grow_is_carried_on_once() -> None:
    """A part that every call has is no part of the growth."""
    known = cost(points(1.0, constant=5.0))
    assert known is not None
    assert known.fit.at(64_000) == pytest.approx(69)


def test_noise_is_no_steep_growth() -> None:
    """Times that differ by a tenth from a line are a line."""
    noisy = [
        point.model_copy(update={"fit": point.fit * factor})
        for point, factor in zip(points(1.0), (0.9, 0.95, 1.0, 1.1), strict=True)
    ]
    known = cost(noisy)
    assert known is not None
    assert known.fit.exponent == 1
    assert known.fit.at(64_000) == pytest.approx(64, rel=0.2)


def test_predicting_grows_with_rows_of_both_parts() -> None:
    """The first row of a call costs more than each further one."""
    known = cost(points(1.0))
    assert known is not None
    assert known.predict(10_000, 1) == pytest.approx(0.01)
    assert known.predict(10_000, 1001) == pytest.approx(0.01 + 1000 * 1e-4)


def test_candidates_cost_their_share_of_the_baseline() -> None:
    """Their mean counts, in fits of the baseline with one thread on as many rows."""

    def alone(setting: int, n_rows: int, fit: float, reason: str | None = None) -> Point:
        return Point(
            setting=setting, n_rows=n_rows, one_thread=True, fit=fit, reason=reason
        )

    measured = [
        alone(0, 2000, 4.0),
        alone(0, 1000, 2.0),
        alone(1, 1000, 1.0),
        alone(2, 1000, 3.0),
        alone(3, 1000, 0.0, reason="ValueError: no"),
    ]
    known = cost([*points(1.0), *measured])
    assert known is not None
    assert known.candidates == pytest.approx(1.0)
    assert known.fit_alone.at(10_000) == pytest.approx(20)


def test_without_a_point_there_is_no_cost() -> None:
    """A baseline that fails tells nothing of its time."""
    failed = Point(setting=0, n_rows=9, one_thread=False, reason="ValueError: no")
    assert cost([failed]) is None


KNOWN = tuple(
    Point(setting=s, n_rows=1347, one_thread=one, fit=3.0, first_row=0.001, next_row=1e-6)
    for s, one in ((0, False), (0, True), (1, True))
)
READY = Ready(at=0.0, collect=0.0, memory=2**27)


def planned(
    monkeypatch: pytest.MonkeyPatch, dataset: Dataset, search: Search | None, **fields: Any
) -> Plan:
    """Plan a study of one model whose fit takes 3 s."""
    monkeypatch.setattr(
        probes, "measure", lambda *_: Probed(KNOWN, READY, start=2.0, problem=None)
    )
    return plan(study(spec(search), **fields), dataset, jobs=2)


def test_a_round_is_a_worker_a_case(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """A fork, a fit on 1,000 rows and one on all; predictions of 1.4 ms, looped."""
    (item,) = planned(monkeypatch, digits, None).models
    predict = 0.001 + 449e-6
    looped = timing.repeats(int(predict * 1e9))
    expected = FORK + 3.0 * 1000 / 1347 + 3.0 + (1 + 5 * looped.loops) * predict
    assert item.round_seconds == pytest.approx(expected, rel=1e-6)
    assert item.n_fits == 0
    assert item.search_seconds == 0


def test_what_is_done_once(monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
    """Answers before the clock, first calls, single calls on 1 and 32 rows."""
    (item,) = planned(monkeypatch, digits, None).models
    predict = 0.001 + 449e-6
    latency = 301 * (0.001 + (0.001 + 31e-6))
    pilot = 5 * timing.pilot_loops(int(predict * 1e9)) * predict
    answers = 3.0 + predict + predict + (0.001 + 1346e-6)
    once = FORK + answers + 3.0 + 2 * predict + pilot + latency
    assert item.once_seconds == pytest.approx(once, rel=1e-6)


@pytest.mark.parametrize(
    ("search", "candidates", "fits"),
    [
        (GRID, 4, 5 * 5),
        (DRAWS, 12, 3 * 13),
        # 9 candidates on 149 rows, 3 on 447 and 1 on 1,341; the baseline beside them.
        (
            HalvingRandomSearch(
                strategy="halving-random",
                folds=5,
                n_candidates=9,
                min_resources="exhaust",
                space=DRAWS.space,
            ),
            9,
            5 * (1 + 9 + 3 + 1),
        ),
    ],
)
def test_fits_of_a_search(
    monkeypatch: pytest.MonkeyPatch,
    digits: Dataset,
    search: Search,
    candidates: int,
    fits: int,
) -> None:
    """Candidates times folds, and the baseline's own folds."""
    (item,) = planned(monkeypatch, digits, search).models
    assert (item.n_candidates, item.n_fits, item.method) == (candidates, fits, "parallel")


def test_seconds_of_a_parallel_search(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """25 fits on four fifths of the rows, by two processes that take 2 s to start."""
    (item,) = planned(monkeypatch, digits, GRID).models
    n_fold = 1347 - 1347 // 5
    assert item.search_seconds == pytest.approx(2 + 25 * 3 * n_fold / 1347 / 2, rel=0.01)


def test_halving_takes_less_than_all_candidates_on_all_rows(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """Nine candidates a ninth of the rows, three a third, one all: three whole fits."""
    halving = HalvingRandomSearch(
        strategy="halving-random",
        folds=5,
        n_candidates=9,
        min_resources="exhaust",
        space=DRAWS.space,
    )
    (item,) = planned(monkeypatch, digits, halving).models
    n_fold = 1347 - 1347 // 5
    whole = 5 * (1 + 3 * 1341 / 1347)
    assert item.search_seconds == pytest.approx(2 + whole * 3 * n_fold / 1347 / 2, rel=0.01)


def test_a_search_that_shares_neighbors_asks_once_a_fold(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """Twice the candidates take no second table of neighbors."""
    slow_rows = tuple(
        point.model_copy(update={"fit": 1e-4, "next_row": 0.1}) for point in KNOWN
    )
    monkeypatch.setattr(
        probes, "measure", lambda *_: Probed(slow_rows, READY, start=2.0, problem=None)
    )
    seconds = []
    for most in (5, 10):
        space = {"n_neighbors": tuple(range(1, most + 1))}
        search = GridSearch(strategy="grid", folds=5, space=space)
        one = spec(search, estimator="sklearn.neighbors.KNeighborsClassifier")
        (item,) = plan(study(one), digits, jobs=2).models
        assert item.method == "shared-neighbors"
        seconds.append(item.search_seconds)
    assert seconds[1] == pytest.approx(seconds[0], rel=0.01)
    assert seconds[0] == pytest.approx(1347 * 0.1 * 0.8, rel=0.01)  # rows of a fold: 4/5


def test_a_case_that_would_be_ended_is_told(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """A worker that needs more than its limit of time is a problem, said beforehand."""
    (item,) = planned(monkeypatch, digits, None, limits=Limits(case_seconds=9)).models
    assert "more than limits.case_seconds = 9 s" in (item.problem or "")


def test_total_is_the_sum_of_its_parts(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """Search, what is done once, the rounds, a kernel around each and a start for each."""
    whole = planned(monkeypatch, digits, GRID, timing=Timing(budget=100))
    (item,) = whole.models
    assert whole.n_cases == 2
    assert whole.n_rounds == timing.rounds(100, item.round_seconds)
    parts = item.search_seconds + item.once_seconds + whole.fixed_seconds
    parts += whole.n_rounds * item.round_seconds + (whole.n_rounds + 1) * (
        whole.kernel_seconds + whole.start_seconds
    )
    assert whole.start_seconds == 2.0
    assert whole.total_seconds == pytest.approx(parts)


def test_without_timing_there_are_no_rounds(
    monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> None:
    """One call of each operation, and what quality needs, is all that is planned."""
    whole = planned(monkeypatch, digits, GRID, timing=Timing(enabled=False))
    (item,) = whole.models
    assert (whole.n_rounds, item.round_seconds) == (0, 0.0)
    timed = planned(monkeypatch, digits, GRID).models[0]
    assert item.once_seconds < timed.once_seconds
    with pytest.raises(StudyError, match="for the smallest searches"):
        fit_into(study(spec(GRID)), whole, 1.0)


def made(search: float, rounds: float, n: int, method: Any = "parallel") -> PlannedModel:
    """Make a planned model with `n` candidates."""
    return PlannedModel("m", n, 5, 5 * (n + 1), method, search, rounds, once_seconds=0.0)


def cut(
    search: Search | None, item: PlannedModel, budget: float, n_rounds: int = 10
) -> tuple[Study, str]:
    """Fit a study of one model, whose plan is so many rounds, to a budget."""
    whole = Plan((item,), 2, n_rounds, 0.0, 0)
    smaller, said = fit_into(study(spec(search)), whole, budget)
    return smaller, "; ".join(said)


def n_candidates(cut: Study) -> int:
    """Count the candidates that are left."""
    search = cut.models[0].search
    assert search is not None
    n_proposed = search.n_proposed
    assert n_proposed is not None
    return n_proposed


def test_a_budget_that_is_enough_changes_nothing() -> None:
    """Nothing is cut where all fits, and ten rounds are the most there are."""
    whole = study(spec(DRAWS))
    assert cut(DRAWS, made(100, 10, 12), 1000) == (whole, "")


def test_time_that_is_left_is_for_rounds() -> None:
    """Four rounds by the study's own budget; 100 s of search and 80 s are for eight."""
    larger, said = cut(DRAWS, made(100, 10, 12), 180, n_rounds=4)
    assert n_candidates(larger) == 12
    assert timing.rounds(larger.timing.budget, 10) == 8
    assert said == "8 rounds in place of 4"


def test_rounds_are_cut_before_candidates() -> None:
    """A search of 100 s and 10 rounds of 10 s in 150 s: five rounds are left."""
    smaller, said = cut(DRAWS, made(100, 10, 12), 150)
    assert n_candidates(smaller) == 12
    assert timing.rounds(smaller.timing.budget, 10) == 5
    assert said == "5 of 10 rounds"


def test_candidates_are_cut_once_three_rounds_are_left() -> None:
    """A search of 130 s, 30 s of rounds, 80 s: 50 s are for candidates."""
    smaller, said = cut(DRAWS, made(130, 10, 12), 80)
    assert n_candidates(smaller) == 4  # 12 * 50 / 130
    assert said == "m: 4 of 12 candidates; 3 of 10 rounds"


def test_a_grid_keeps_its_ends() -> None:
    """A grid that is thinned still reaches from its lowest to its highest value."""
    smaller, _ = cut(GRID, made(130, 10, 4), 134)
    search = smaller.models[0].search
    assert search is not None
    assert search.space["C"] == (0.1, 10.0, 100.0)


def test_a_budget_that_cannot_hold_is_refused_with_the_least() -> None:
    """Three rounds and two candidates are the least: 130 * 3 / 13 + 30 seconds."""
    with pytest.raises(StudyError, match="study is about 60 s") as refused:
        cut(DRAWS, made(130, 10, 12), 10)
    enough = float(str(refused.value).partition("Use --budget ")[2].partition("s ")[0])
    smaller, _ = cut(DRAWS, made(130, 10, 12), enough)
    assert n_candidates(smaller) >= 2


def test_a_search_cheaper_than_a_round_is_never_cut() -> None:
    """A search of 9 s beside rounds of 10 s stays whole; the budget is refused first."""
    smaller, said = cut(DRAWS, made(9, 10, 12), 39)
    assert n_candidates(smaller) == 12
    assert said == "3 of 10 rounds"
    with pytest.raises(StudyError, match="about 39 s"):
        cut(DRAWS, made(9, 10, 12), 38)


def test_a_cut_search_keeps_what_a_round_costs() -> None:
    """Of 12 candidates in 13 s, the five are left that cost as much as a round of 6 s."""
    smaller, _ = cut(DRAWS, made(13, 6, 12), 24)
    assert n_candidates(smaller) == 5


def test_a_thinned_grid_keeps_the_baselines_own_value() -> None:
    """C = 1 of the baseline stays between the ends, however few values may be left."""
    item = replace(made(130, 10, 4), own={"C": 1.0})
    smaller, said = cut(GRID, item, 134)
    search = smaller.models[0].search
    assert search is not None
    assert search.space["C"] == (0.1, 1.0, 100.0)
    assert said == "m: 3 of 4 candidates; 3 of 10 rounds"


def test_what_was_cut_is_recorded() -> None:
    """Planned and run candidates with the reason, of the models that were cut alone."""
    whole = study(spec(DRAWS), spec(DRAWS, name="n"))
    planned = Plan((made(130, 10, 12), made(9, 10, 12)), 4, 10, 0.0, 0)
    smaller, _ = fit_into(whole, planned, 130)
    (name,) = found = cuts_of(whole, smaller, planned, "a reason")
    assert name == "m"
    assert found["m"] == Cut(planned=12, run=5, reason="a reason")  # 130 - 60 - 9 = 61 s


def test_a_search_that_shares_neighbors_is_not_cut() -> None:
    """Its candidates cost next to nothing beside the one table."""
    smaller, said = cut(GRID, made(130, 10, 4, "shared-neighbors"), 165)
    assert n_candidates(smaller) == 4
    assert said == "3 of 10 rounds"


def test_the_time_of_planning_counts() -> None:
    """A plan that took 50 s leaves as much less for the run."""
    whole = Plan((made(100, 10, 12),), 2, 10, 0.0, 0, planning_seconds=50.0)
    _, said = fit_into(study(spec(DRAWS)), whole, 200)
    assert said == ("5 of 10 rounds",)


class Takes(BaseEstimator):  # type: ignore[misc] # it has no types
    """Takes as many seconds of the test's clock as it has thousands of rows."""

    now = 0.0

    def __init__(self, refuse: bool = False) -> None:  # noqa: FBT001, FBT002 # as scikit-learn
        self.refuse = refuse

    def fit(self, X: Any, y: Any) -> "Takes":  # noqa: ARG002 # as scikit-learn
        """Take time."""
        if self.refuse:
            raise ValueError("not this one")
        Takes.now += len(X) / 1000
        return self

    def predict(self, X: Any) -> Any:
        """Take a thousandth a row."""
        Takes.now += len(X) / 1000
        return np.zeros(len(X))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Probe `Takes` with a clock that only its calls move."""
    Takes.now = 0.0
    monkeypatch.setattr(
        "tunecard.runner.models.build",
        lambda _spec, params, _seed, _encoding: Takes(**params),
    )

    def run(seconds: float, *settings: dict[str, Any]) -> list[Point]:
        job = ProbeJob(
            model=spec(),
            settings=({}, *settings),
            seed=0,
            sizes=(1000, 2000, 4000, 8000, 16000),
            seconds=seconds,
            parent=1,
            memory=2**30,
        )
        X = np.zeros((16000, 1), dtype=np.float32)
        return list(probe(job, (X, np.zeros(16000), X[:100]), lambda: Takes.now))

    return run


def test_a_probe_grows_until_its_time_is_over(taken: Any) -> None:
    """Four sizes take 15 s and the warm-up 1; the fifth would take as long again."""
    found = taken(30)
    assert [p.n_rows for p in found] == [1000, 2000, 4000, 8000]
    assert [p.fit for p in found] == pytest.approx([1, 2, 4, 8])
    assert found[0].first_row == pytest.approx(0.001)
    assert found[0].next_row == pytest.approx(0.001)


def test_a_probe_of_all_rows_has_no_more_to_do(taken: Any) -> None:
    """With time enough the whole is measured, and each setting with one thread."""
    found = taken(1e6, {}, {})
    assert max(p.n_rows for p in found) == 16000
    assert [p.setting for p in found if p.one_thread] == [0, 0, 1, 2]


def test_a_candidate_that_fails_is_a_point_with_its_reason(taken: Any) -> None:
    """The others are measured all the same."""
    found = taken(1e6, {"refuse": True}, {})
    assert [p.reason for p in found if p.setting] == ["ValueError: not this one", None]


def test_a_baseline_that_fails_ends_the_probe(taken: Any, monkeypatch: Any) -> None:
    """Nothing can be told from its candidates then."""
    monkeypatch.setattr("tunecard.runner.models.build", lambda *_: Takes(refuse=True))
    assert [p.reason for p in taken(1e6, {})] == ["ValueError: not this one"]


FAILURES = {
    "Sleeps": "did not finish within 4 s",
    "Segfaults": "ended by SIGSEGV",
    "Raises": "RuntimeError: no license",
    "Hoards": "MemoryError",
}


@pytest.fixture(scope="module")
def plans(digits: Dataset) -> dict[str, Plan]:
    """Plan a study for each failing estimator and one that is well, two at a time."""
    small = replace(digits, X_train=digits.X_train[:200], y_train=digits.y_train[:200])

    def run(name: str) -> Plan:
        hung = 4.0 if name == "Sleeps" else 60.0
        child = Child(threads=1, seconds=0.5, hung=hung, path=(*sys.path, str(HERE)))
        one = spec(name=name.lower(), estimator=f"hostile.{name}")
        limited = study(one, limits=Limits(memory=2**30))
        return plan(limited, small, jobs=1, child=child)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.syspath_prepend(str(HERE))
        names = [*FAILURES, "Right"]
        return dict(zip(names, pool.map(run, names), strict=True))


@pytest.mark.slow  # five children, two of which are waited for
@pytest.mark.parametrize("name", FAILURES)
def test_an_estimator_that_goes_wrong_does_not_take_the_plan_down(
    plans: dict[str, Plan], name: str
) -> None:
    """It hangs, crashes, raises or eats memory in a child: the plan says so and goes on."""
    (item,) = plans[name].models
    assert FAILURES[name] in (item.problem or "")
    assert (item.problem or "").startswith(f"{name.lower()}: could not be measured")
    assert item.round_seconds == 0


@pytest.mark.slow
def test_an_estimator_that_is_well_is_measured(plans: dict[str, Plan]) -> None:
    """`Right` sleeps 5 ms in a fit, looped to 0.1 s five times and once before."""
    (item,) = plans["Right"].models
    assert item.problem is None
    assert item.round_seconds > 0.5 + 0.5
    assert item.memory > 2**25
    assert 0 < plans["Right"].planning_seconds < 60


def test_a_point_that_was_cut_off_is_left_out(
    tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that is ended while it writes leaves the points before, and no file."""
    work = tmp_path / "a" / "work"

    def killed(folder: Path, *_: Any, **__: Any) -> Ended:
        assert folder.parent == work
        whole = KNOWN[0].model_dump_json()
        (folder / "points.jsonl").write_text(f"{whole}\n{whole[:20]}", "utf-8")
        return Ended("timeout", 0)

    monkeypatch.setattr(probes, "run_worker", killed)
    probed = probes.measure(
        spec(), [], study(spec()), inputs_of(spec(), digits, 0), Child(threads=1, work=work)
    )
    assert probed.points == KNOWN[:1]
    assert probed.problem == "did not finish within 60 s"
    assert list(work.iterdir()) == []


def test_no_room_for_a_part_of_the_data_is_told(
    tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no error of the program."""

    def full(*_: Any) -> None:
        raise OSError("5000 requested and 120 written")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OutputError, match=r"cannot be written there.*Make space"):
        probes.measure(
            spec(),
            [],
            study(spec()),
            inputs_of(spec(), digits, 0),
            Child(threads=1, work=tmp_path),
        )
