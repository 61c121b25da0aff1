"""Several seeds in the report: means and verdicts over all, and none for another."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from tests.builders import KNN, LOGREG, make_run
from tests.seeds import several
from tunecard.report import gates
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.charts import seeds_chart
from tunecard.report.conclusion import conclude
from tunecard.report.conclusion.quality import claim
from tunecard.report.errors import ReadError
from tunecard.report.findings import find
from tunecard.report.frames import candidates_frame, metrics_frame, timings_frame
from tunecard.report.load import Loaded, Predictions, load
from tunecard.report.render import render
from tunecard.report.render.spreadsheets import candidates_csv, metrics_csv
from tunecard.report.seeds import by_seed
from tunecard.report.view import build_view
from tunecard.runner.schema import PREDICTIONS, RESULTS, Gate, dump

pytestmark = pytest.mark.usefixtures("no_drawing")

#: Shares of right rows with each seed: gains of 4.25, 3.75 and 4 points.
GAINS = {0: (0.90, 0.9425), 1: (0.91, 0.9475), 2: (0.89, 0.93)}


def gaining(seed: int) -> dict[str, Any]:
    """Give the accuracies of a seed."""
    before, after = GAINS[seed]
    return {"accuracy": {"knn/baseline": before, "knn/tuned": after}}


@pytest.fixture(scope="module")
def run() -> Loaded:
    """Give a run of three seeds that each split the data again."""
    return several(of_seed=gaining)


@pytest.fixture(scope="module")
def analysis(run: Loaded) -> Analysis:
    """Give its analysis."""
    return analyze(run)


@pytest.fixture(scope="module")
def shared() -> Loaded:
    """Give a run of three seeds on the same test rows."""
    truth = [0, 1, 2, 3] * 100
    return several(resplit=False, y_true=truth, of_seed=gaining)


def test_a_seed_of_several_is_analysed_as_it_is_alone(run: Loaded) -> None:
    """Taken apart, each seed gives the analysis of a run of its own."""
    parts = by_seed(run)
    assert [part.results.study.seed for part in parts] == [0, 1, 2]
    alone = analyze(make_run(seed=1, study={"seed": 1}, **gaining(1)))
    found = analyze(parts[1])
    for one, other in zip(found.models, alone.models, strict=True):
        assert one.baseline is not None
        assert other.baseline is not None
        assert one.baseline.metrics == other.baseline.metrics
        assert one.quality is not None
        assert other.quality is not None
        assert one.quality.table == other.quality.table


def test_a_run_of_one_seed_is_itself() -> None:
    """There is nothing to take apart."""
    alone = make_run()
    assert by_seed(alone) == (alone,)
    assert analyze(alone).seeds is None


def test_metrics_are_means_over_the_seeds(analysis: Analysis) -> None:
    """Values and changes are the plain means of the seeds' own."""
    model = analysis.model("knn")
    assert model.baseline is not None
    assert model.quality is not None
    value = model.baseline.metric("accuracy")
    assert value is not None
    assert value.test == pytest.approx(0.90)
    change = model.quality.metric("accuracy")
    assert change is not None
    assert change.delta == pytest.approx(0.04)
    assert change.second == pytest.approx(0.94)


def test_the_verdict_is_tested_over_the_seeds(analysis: Analysis) -> None:
    """Differences of 4.25, 3.75 and 4 points: Student's t, corrected for shared rows."""
    quality = analysis.model("knn").quality
    assert quality is not None
    differences = [after - before for before, after in GAINS.values()]
    error = np.std(differences, ddof=1) * np.sqrt(1 / 3 + 400 / 1200)
    t = np.mean(differences) / error
    assert quality.test.p == pytest.approx(2 * stats.t.cdf(-t, 2), rel=1e-6)
    assert quality.test.method == "corrected resampled t over 3 seeds"
    low, high = stats.t.interval(0.975, 2, loc=0.04, scale=error)  # of two models
    assert quality.test.interval.low == pytest.approx(low)
    assert quality.test.interval.high == pytest.approx(high)
    # The other model's seeds all show the same: theirs is the larger of two p-values.
    assert quality.test.p_holm == pytest.approx(min(1, 2 * quality.test.p))
    assert quality.test.word == "better"


def test_a_loss_that_rises_with_every_seed_is_worse() -> None:
    """Over several seeds, too, the metric's direction decides the word."""
    found = analyze(
        several(
            models=(LOGREG,),
            study={"metric": "log_loss", "margin": None},
            of_seed=lambda seed: {
                "accuracy": {
                    "logreg/baseline": 0.9 - 0.001 * seed,
                    "logreg/tuned": 0.6 + 0.001 * seed,
                }
            },
        )
    )
    quality = found.model("logreg").quality
    assert quality is not None
    assert quality.test.delta > 0
    assert quality.test.word == "worse"


def test_seeds_that_differ_too_much_are_inconclusive() -> None:
    """Each seed alone is sure of a gain; three so different ones do not make it sure."""
    shares = {0: 0.935, 1: 0.99, 2: 0.94}
    found = analyze(
        several(
            models=(KNN,),
            of_seed=lambda seed: {
                "accuracy": {"knn/baseline": 0.90, "knn/tuned": shares[seed]}
            },
        )
    )
    assert found.seeds is not None
    assert {one.model("knn").quality_word for one in found.seeds.analyses} == {"better"}
    model = found.model("knn")
    assert model.quality_word == "inconclusive"
    assert model.quality is not None
    assert model.quality.test.reason == (
        "3 seeds do not decide between a difference and none"
    )


def test_on_shared_rows_all_seeds_must_agree(shared: Loaded) -> None:
    """A verdict that every seed has is the verdict; its p-value is the largest."""
    found = analyze(shared)
    quality = found.model("knn").quality
    assert found.seeds is not None
    assert quality is not None
    tests = [one.model("knn").quality for one in found.seeds.analyses]
    assert quality.test.word == "better"
    assert quality.test.p_holm == max(one.test.p_holm for one in tests if one)
    assert quality.test.interval.low == min(one.test.interval.low for one in tests if one)
    assert quality.test.interval.high == max(one.test.interval.high for one in tests if one)


def test_on_shared_rows_a_seed_that_disagrees_leaves_it_open() -> None:
    """Better with two seeds and open with the third is inconclusive, and says so."""
    shares = {0: 0.95, 1: 0.905, 2: 0.95}
    found = analyze(
        several(
            resplit=False,
            models=(KNN,),
            y_true=[0, 1, 2, 3] * 100,
            study={"margin": None},
            of_seed=lambda seed: {
                "accuracy": {"knn/baseline": 0.90, "knn/tuned": shares[seed]}
            },
        )
    )
    quality = found.model("knn").quality
    assert quality is not None
    assert quality.test.word == "inconclusive"
    assert quality.test.reason == (
        "the verdict depends on the seed: better with seeds 0 and 2; inconclusive with "
        "seed 1"
    )


def test_seeds_that_are_open_for_different_reasons_have_one_of_all() -> None:
    """What is said of one seed, such as equal predictions, is not said of all."""
    truth = [0, 1, 2, 3] * 100
    same = [0] * 400
    other = [0, 1, *same[2:]]

    def predicted(seed: int) -> dict[str, Any]:
        tuned = same if seed == 0 else other
        return {"predicted": {"knn/baseline": same, "knn/tuned": tuned}}

    made = several(
        resplit=False,
        models=(KNN,),
        y_true=truth,
        study={"margin": None},
        of_seed=predicted,
    )
    quality = analyze(made).model("knn").quality
    assert quality is not None
    assert quality.test.word == "inconclusive"
    assert quality.test.reason == "no seed decides between a difference and none"
    assert not quality.test.identical


def test_rows_of_seeds_are_never_counted_together(run: Loaded, analysis: Analysis) -> None:
    """Nothing row by row is told over several seeds: no table, matrix or calibration."""
    for model in analysis.models:
        assert model.quality is not None
        assert model.quality.table.n == 0
        assert all(case.confusion is None for case in model.cases)
        assert all(case.calibration is None for case in model.cases)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    for part in view.content("quality").models:
        assert (part.matrices, part.change, part.images, part.weights) == (
            (),
            None,
            None,
            None,
        )
        assert "Row by row" not in {fact.term for fact in part.test}
        assert {fact.term for fact in part.absent} >= {"Confusion matrices and images"}
    assert all(part.figure is None and part.reason for part in view.content("search"))


def test_a_case_that_fails_with_one_seed_is_not_judged() -> None:
    """What one seed could not do is not told as if the others were all."""
    found = analyze(
        several(
            of_seed=lambda seed: {
                "failed": {"knn/tuned": ("timeout", "too long")} if seed == 1 else {}
            }
        )
    )
    model = found.model("knn")
    assert model.quality is None
    assert model.quality_reason == "with seed 1, the tuned case ran out of time"
    assert model.tuned is not None
    assert (model.tuned.status, model.tuned.reason) == ("timeout", "with seed 1: too long")
    assert model.tuned.metrics == ()
    assert claim(model, found).endswith(
        "with seed 1, the tuned case ran out of time (too long)."
    )
    assert found.model("logreg").quality is not None


def test_times_are_means_of_the_seeds_round_by_round(
    run: Loaded, analysis: Analysis
) -> None:
    """A round's value is the mean of its seeds; the ratio is over the rounds."""
    model = analysis.model("logreg")
    assert model.baseline is not None
    own = [part.model("logreg").baseline for part in (analysis.seeds or 0).analyses]  # type: ignore[union-attr] # it has seeds
    for number, value in enumerate(model.baseline.times["fit"].rounds):
        walls = [case.times["fit"].rounds[number].wall for case in own if case]
        assert value.wall == pytest.approx(np.mean(walls))
    fit = model.time("fit")
    assert fit is not None
    assert fit.n_rounds == 3


def test_a_seed_may_take_back_a_verdict_on_time() -> None:
    """Faster on average but slower with one seed depends on the seed."""
    factors = {0: 0.3, 1: 0.3, 2: 1.3}
    found = analyze(
        several(models=(KNN,), of_seed=lambda seed: {"tuned_time": factors[seed]})
    )
    time = found.model("knn").time("predict")
    assert time is not None
    assert time.word == "inconclusive"
    assert time.reason == "the verdict depends on the seed: slower with seed 2"


def test_gates_look_at_the_means() -> None:
    """A gate on a metric of several seeds is decided on the mean and its interval."""
    rules = (
        Gate(model="knn", variant="tuned", metric="accuracy", at_least=0.80),
        Gate(model="knn", variant="tuned", metric="accuracy", at_least=0.99),
        Gate(
            model="knn", variant="tuned", metric="accuracy", against="baseline", at_least=0
        ),
        Gate(model="knn", variant="tuned", time="fit", at_most=10),
    )
    made = several(of_seed=gaining, study={"gates": rules})
    decided = gates.judge(made, analyze(made))
    assert [one.status for one in decided] == ["passed", "failed", "passed", "passed"]
    assert decided[0].observed.value == pytest.approx(0.94)


def test_searches_are_told_seed_by_seed(run: Loaded, analysis: Analysis) -> None:
    """The table of seeds has what each chose; findings name the seed they are of."""
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    table = view.content("quality").models[0].seeds
    assert table is not None
    heads = [column.label for column in table.columns]
    assert heads[:4] == ["Seed", "Baseline", "Tuned", "Change, points"]
    names = [line.cells[0].text for line in table.rows]
    assert names == ["Seed 0", "Seed 1", "Seed 2", "All seeds"]
    chosen = [line.cells[heads.index("Chosen")].text for line in table.rows]
    assert all("n_neighbors" in text for text in chosen[:3])
    of_search = [one for one in find(analysis) if one.anchor == "search"]
    assert of_search
    assert all(one.evidence.startswith("With seed ") for one in of_search)


def test_a_finding_in_a_search_is_told_once() -> None:
    """With its seeds, and not again of the cases that stand for all of them."""
    stopped = {"converged": False, "n_iter": 100}
    found = several(case={f"logreg/{name}": stopped for name in ("baseline", "tuned")})
    told = [one for one in find(analyze(found)) if one.code == "TC002"]
    assert [one.model for one in told] == ["logreg"]
    assert told[0].evidence.endswith("Similar with seeds 1 and 2.")


def test_the_weightiest_finding_of_the_seeds_speaks_for_them() -> None:
    """Candidates stop with every seed, and with the second the tuned fit as well."""
    record = make_run().results.searches[1]
    candidates = tuple(
        one.model_copy(update={"converged": one.index > 1}) for one in record.candidates
    )
    found = several(
        search={"logreg": {"candidates": candidates}},
        of_seed=lambda seed: {
            "case": {"logreg/tuned": {"converged": False, "n_iter": 100}}
            if seed == 1
            else {}
        },
    )
    (told,) = [one for one in find(analyze(found)) if one.code == "TC002"]
    assert told.severity == "issue"
    assert told.evidence.startswith(
        "With seed 1: Logistic regression: the tuned fit stopped after 100 iterations"
    )
    assert told.evidence.endswith("Similar with seeds 0 and 2.")


def test_tuned_models_are_compared_without_rows(run: Loaded, analysis: Analysis) -> None:
    """Rows of different seeds are not counted together."""
    table = (
        build_view(run, analysis, find(analysis), conclude(analysis))
        .content("quality")
        .between
    )
    assert table is not None
    assert [column.label for column in table.columns] == [
        "Pair", "Difference, points", "95 % interval", "p (Holm)", "Verdict",
    ]  # fmt: skip
    assert "over the same seeds" in table.note


def test_a_seed_tells_the_budget_of_the_whole_run(run: Loaded, analysis: Analysis) -> None:
    """More rounds are given to all seeds: three of them cost three times as much."""
    assert analysis.seeds is not None
    whole = analysis.more_rounds
    assert whole is not None
    assert {one.more_rounds for one in analysis.seeds.analyses} == {whole}
    alone = analyze(by_seed(run)[0]).more_rounds
    assert alone is not None
    assert whole.budget > alone.budget


def test_the_figure_shows_each_seed_and_the_band(analysis: Analysis) -> None:
    """A line a seed and one for all, in the picture and in its table."""
    chart = seeds_chart(analysis.model("knn"), analysis)
    assert chart is not None
    assert [cells[0] for cells in chart.rows] == ["seed 0", "seed 1", "seed 2", "all seeds"]
    assert chart.caption.startswith("From +3.75 to +4.25 points with 3")
    alone = analyze(make_run())
    assert seeds_chart(alone.models[0], alone) is None


def test_the_conclusion_says_what_its_numbers_cover(analysis: Analysis) -> None:
    """The limits speak of the seeds, and no sentence of a single one."""
    told = conclude(analysis)
    assert "means over the seeds 0, 1 and 2" in told.limits[0]
    assert "over 3 seeds" in told.models[0].sentence
    assert "test rows were drawn, not the seed" not in " ".join(told.limits)


@pytest.mark.slow  # four pages
def test_every_seed_has_a_page_of_its_own(run: Loaded, tmp_path: Path) -> None:
    """The page of all links those of single seeds, which look as a run of one does."""
    files = render(run, tmp_path)
    assert tmp_path / "seed-1" / "report.html" in files
    whole = (tmp_path / "report.html").read_text("utf-8")
    assert 'href="seed-1/report.html"' in whole
    assert "figure-confusion" not in whole
    one = (tmp_path / "seed-1" / "report.html").read_text("utf-8")
    assert "An example: seed 1" in one
    assert "figure-confusion" in one


def test_tables_tell_the_seed(run: Loaded, analysis: Analysis) -> None:
    """Frames and CSV files have a column for the seed; means have none in it."""
    frame = metrics_frame(run.results)
    assert sorted(frame["seed"].unique()) == [0, 1, 2]
    mask = (frame["metric"] == "accuracy") & (frame["part"] == "test")
    chosen = frame[mask & (frame["model"] == "knn") & (frame["variant"] == "tuned")]
    assert chosen["value"].tolist() == pytest.approx([0.9425, 0.9475, 0.93])
    assert {"seed"} <= set(timings_frame(run.results)) & set(candidates_frame(run.results))
    header, first, *rest = metrics_csv(analysis, "r").splitlines()
    assert header.endswith(",seed")
    assert first.endswith(",")
    assert any(line.endswith(",2") for line in rest)
    assert candidates_csv(analysis, "r").splitlines()[1].endswith(",0")
    assert "seed" not in metrics_frame(make_run().results)


def write(run: Loaded, folder: Path, **columns: Any) -> Path:
    """Write a run of several seeds as the runner does, with other columns on top."""
    folder.mkdir()
    dump(run.results, folder / RESULTS)
    made: dict[str, Any] = {}
    for seed, predictions in run.of_seeds.items():
        made[f"index@{seed}"] = predictions.index
        made[f"y_true@{seed}"] = predictions.y_true
        for key, labels in predictions.predicted.items():
            made[f"predicted:{key}@{seed}"] = labels
        for key, shares in predictions.probability.items():
            for code in range(shares.shape[1]):
                made[f"probability:{key}@{seed}:{code}"] = shares[:, code]
    pq.write_table(pa.table({**made, **columns}), folder / PREDICTIONS)
    return folder


def test_predictions_are_read_by_seed(run: Loaded, tmp_path: Path) -> None:
    """Each seed's columns become its predictions, under plain names."""
    found = load(write(run, tmp_path / "run"))
    assert found.predictions is None
    assert set(found.of_seeds) == {0, 1, 2}
    for seed, expected in run.of_seeds.items():
        _same(found.of_seeds[seed], expected)


def _same(found: Predictions, expected: Predictions) -> None:
    assert set(found.predicted) == set(expected.predicted)
    np.testing.assert_array_equal(found.y_true, expected.y_true)
    for key, labels in expected.predicted.items():
        np.testing.assert_array_equal(found.predicted[key], labels)
    for key, shares in expected.probability.items():
        np.testing.assert_array_equal(found.probability[key], shares)


@pytest.mark.parametrize("name", ["y_true", "predicted:knn/tuned@7", "odd@x"])
def test_columns_of_no_seed_are_refused(run: Loaded, tmp_path: Path, name: str) -> None:
    """A column that belongs to none of the seeds is a file of another run."""
    folder = write(run, tmp_path / "run", **{name: np.zeros(400, dtype=np.int32)})
    with pytest.raises(ReadError, match="that no run writes"):
        load(folder)


def test_a_run_without_predictions_says_so(run: Loaded) -> None:
    """What was lost is named, and nothing is compared."""
    lost = replace(run, of_seeds={}, predictions_reason="the file is not there")
    found = analyze(lost)
    assert found.predictions_reason == "the file is not there"
    assert all(model.quality is None for model in found.models)
