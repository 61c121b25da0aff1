"""tunecard.judge and the command, from what is handed over to the page."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tunecard
from tests.builders import SHORT
from tests.command import call
from tunecard.report.analyze import analyze
from tunecard.report.findings import find
from tunecard.report.history.digest import digest
from tunecard.report.load import load as report_load
from tunecard.report.run import Run
from tunecard.runner.judge.call import read_call
from tunecard.runner.judge.session import judged_run
from tunecard.runner.schema import load

pytestmark = pytest.mark.usefixtures("no_drawing")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "reports" / "sample-digits"


def rng_labels(seed: int, n_rows: int = 400) -> tuple[Any, Any, Any]:
    """Draw a truth and two sets of predictions, the second more often right."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(["stays", "leaves"], n_rows)
    other = np.where(truth == "stays", "leaves", "stays")
    before, after = (np.where(rng.random(n_rows) < p, truth, other) for p in (0.8, 0.9))
    return truth, before, after


@pytest.mark.usefixtures("no_page")
def test_predictions_of_a_measured_run_get_its_verdicts(tmp_path: Path) -> None:
    """Word, difference, interval and p are those of the run that predicted them."""
    native = tunecard.load(SAMPLE)
    stored = native.loaded.predictions
    assert stored is not None
    names = np.array([one.name for one in native.results.dataset.classes])
    pairs = {
        model.name: tuple(
            names[stored.predicted[f"{model.name}/{variant}"]]
            for variant in ("baseline", "tuned")
        )
        for model in native.results.study.models
    }
    judged = tunecard.judge(
        pairs, names[stored.y_true], margin=native.results.study.margin, reports=tmp_path
    )
    columns = ["model", "word", "difference", "low", "high", "p", "margin", "n_test"]
    pd.testing.assert_frame_equal(judged.verdicts[columns], native.verdicts[columns])


def frame_and_pipeline() -> tuple[pd.DataFrame, Any, Any]:
    """Make a frame with a column of text, and a pipeline that names its columns."""
    X, y = make_classification(400, 6, random_state=0, flip_y=0.2)
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(6)])
    frame["city"] = pd.Categorical(np.where(X[:, 0] > 0, "Rome", "Oslo"))
    columns = ColumnTransformer(
        [("number", StandardScaler(), ["x1", "x2"]), ("text", OneHotEncoder(), ["city"])]
    )
    return frame, y, make_pipeline(columns, LogisticRegression())


@pytest.mark.usefixtures("no_page")
def test_a_fitted_search_is_judged_in_one_line(tmp_path: Path) -> None:
    """The baseline is its estimator, fitted on the training rows; its folds are shown."""
    X, y, pipeline = frame_and_pipeline()
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    grid = {"logisticregression__C": [0.001, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=4).fit(X_train, y_train)
    fits = 0

    def fit(*_: Any, **__: Any) -> None:
        nonlocal fits
        fits += 1

    search.fit = fit
    run = tunecard.judge(search, X_test, y_test, X_train, y_train, reports=tmp_path)
    assert fits == 0
    cases = {case.variant: case for case in run.results.cases}
    before = pipeline.fit(X_train, y_train).score(X_test, y_test)
    quality = {variant: case.quality for variant, case in cases.items()}
    assert quality["baseline"].test["accuracy"] == before  # type: ignore[union-attr] # it is ok
    assert quality["tuned"].test["accuracy"] == search.score(X_test, y_test)  # type: ignore[union-attr] # it is ok
    assert quality["tuned"].train["accuracy"] == search.score(X_train, y_train)  # type: ignore[union-attr] # it is ok
    (record,) = run.results.searches
    assert record.origin == "imported"
    assert record.folds == ((225, 75),) * 4
    assert (run.folder / "predictions.parquet").exists()


@pytest.mark.parametrize(
    ("scoring", "metric"),
    [
        ("f1_macro", "f1_macro"),
        ("neg_log_loss", "log_loss"),
        ("roc_auc", "roc_auc"),
        ("f1", "f1"),
        (
            make_scorer(cohen_kappa_score, weights="linear"),
            "cohen_kappa_score_weights_linear",
        ),
    ],
)
def test_the_metric_of_the_search_is_judged(
    scoring: Any, metric: str, tmp_path: Path
) -> None:
    """Where there is a test for it; a loss has the sign that Tunecard gives it."""
    X, y = load_breast_cancer(return_X_y=True)
    tree = DecisionTreeClassifier(min_samples_leaf=20, random_state=0)
    search = GridSearchCV(tree, {"max_depth": [1, 3]}, scoring=scoring, cv=3)
    handed = read_call((search.fit(X[::2], y[::2]), X[1::2], y[1::2], X[::2], y[::2]))
    results = load(judged_run(handed, tmp_path, command="") / "results.json")
    assert results.study.metric == metric
    scores = [score for one in results.searches[0].candidates for score in one.scores]
    assert all(score is not None and score > 0 for score in scores)


def test_an_area_of_three_classes_is_judged(tmp_path: Path) -> None:
    """By scikit-learn's value on the test rows, with a test of its own."""
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    search = GridSearchCV(tree, {"max_depth": [1, 3]}, scoring="roc_auc_ovr", cv=3)
    handed = read_call((search.fit(X[::2], y[::2]), X[1::2], y[1::2], X[::2], y[::2]))
    run = Run(report_load(judged_run(handed, tmp_path, command="")))
    assert run.results.study.metric == "roc_auc_ovr"
    tuned = run.results.cases[1].quality
    assert tuned is not None
    shares = search.predict_proba(X[1::2])
    expected = roc_auc_score(y[1::2], shares, multi_class="ovr")
    assert tuned.test["roc_auc_ovr"] == pytest.approx(expected)
    assert run.verdicts["word"].tolist() == ["inconclusive"]


def test_a_scorer_of_the_estimator_is_shown_and_not_tested(tmp_path: Path) -> None:
    """The page has both values, and the reason why there is no test."""
    X, y = load_iris(return_X_y=True)

    def n_leaves(model: Any, X: Any, y: Any) -> float:  # a scorer's
        return float(model.get_n_leaves())

    before = DecisionTreeClassifier(max_depth=1).fit(X[::2], y[::2])
    after = DecisionTreeClassifier(max_depth=2).fit(X[::2], y[::2])
    handed = read_call((before, after, X[1::2], y[1::2]))
    folder = judged_run(handed, tmp_path, command="", metric=n_leaves)
    run = Run(report_load(folder))
    values = [case.quality.test["n_leaves"] for case in run.results.cases if case.quality]
    assert values == [2.0, 3.0]
    assert "it needs the estimator itself" in run.page_html()


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    """Times, training rows and the search's ignorance of the test rows."""
    truth, before, after = rng_labels(0)
    page = tunecard.judge(before, after, truth, reports=tmp_path).folder / "report.md"
    text = page.read_text("utf-8")
    assert "o call was timed: its fit and predict ran before" in text
    assert "unknown: the training rows were not handed over" in text
    assert "have seen the test rows is declared by the caller" in text
    assert "400 test; the training rows were not handed over" in text


@pytest.mark.usefixtures("no_page")
def test_shared_rows_are_counted_and_found(tmp_path: Path) -> None:
    """Test rows that also stand in the training rows weaken the verdict."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    trees = [DecisionTreeClassifier(max_depth=d).fit(X, y) for d in (1, 5)]
    run = tunecard.judge(*trees, X[:200], y[:200], X[150:], y[150:], reports=tmp_path)
    assert run.results.dataset.n_test_rows_in_train == 50
    assert "TC005" in {finding.code for finding in find(analyze(run.loaded))}


@pytest.mark.usefixtures("no_page")
def test_probabilities_follow_the_names_of_their_columns(tmp_path: Path) -> None:
    """A data frame's columns may stand in any order; so may an array's, with classes."""
    truth, labels, _ = rng_labels(1)
    sure = np.where(labels == "stays", 0.9, 0.2)
    frame = pd.DataFrame({"stays": sure, "leaves": 1 - sure})
    array = np.column_stack([sure, 1 - sure])
    runs = [
        tunecard.judge(frame, truth, truth, reports=tmp_path),
        tunecard.judge(array, truth, truth, classes=["stays", "leaves"], reports=tmp_path),
        tunecard.judge((labels, frame), truth, truth, reports=tmp_path),
    ]
    for run in runs:
        quality = run.results.cases[0].quality
        assert quality is not None
        assert quality.test["accuracy"] == pytest.approx(np.mean(labels == truth))
        loss = quality.test["log_loss"]
        right = np.where(truth == "stays", sure, 1 - sure)
        assert loss == pytest.approx(-np.log(right.astype(np.float32)).mean())


@pytest.mark.usefixtures("no_page")
def test_history_mixes_no_time_that_was_not_measured(tmp_path: Path) -> None:
    """A judged run adds verdicts and metrics to the history, and no time."""
    truth, before, after = rng_labels(2)
    run = tunecard.judge(before, after, truth, reports=tmp_path)
    (model,) = digest(run.folder).models
    assert model.word == "better"
    assert {(case.fit, case.predict) for case in model.cases.values()} == {(None, None)}
    assert (tmp_path / "index.html").exists()


@pytest.mark.usefixtures("no_page")
def test_gates_on_times_are_not_measured(tmp_path: Path) -> None:
    """A gate may name its model as the caller does; without a time it never passes."""
    truth, before, after = rng_labels(3)
    gates = [
        {"model": "Model B", "metric": "accuracy", "at_least": 0.5},
        {"model": "Model B", "time": "predict", "at_most": 2.0},
    ]
    run = tunecard.judge({"Model B": (before, after)}, truth, gates=gates, reports=tmp_path)
    assert [gate.status for gate in run.gates] == ["passed", "not measured"]


@pytest.mark.usefixtures("no_page")
def test_two_judged_runs_are_compared(tmp_path: Path) -> None:
    """Quality is compared; times are not, and the page says so."""
    truth, before, after = rng_labels(4)
    runs = [tunecard.judge(before, one, truth, reports=tmp_path) for one in (before, after)]
    compared = tunecard.compare(*runs)
    assert compared.verdicts["model/tuned"] == {"quality": "better"}


def test_the_command_ends_with_the_exit_code_of_the_gates(tmp_path: Path) -> None:
    """Two files of predictions: the page's path on stdout, 4 where a gate fails."""
    truth, before, after = rng_labels(5)
    for name, guess in (("before", before), ("after", after)):
        frame = pd.DataFrame({"label": truth, "predicted": guess})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "gates.toml").write_text(
        '[[gates]]\nmetric = "accuracy"\nat_least = 0.99\n', "utf-8"
    )
    ended = call(
        tmp_path, "judge", "before.csv", "after.csv", "--truth", "label",
        "--prediction", "predicted", "--gates", "gates.toml",
    )  # fmt: skip
    assert ended.code == 4
    page = tmp_path / ended.out.strip()
    assert page.name == "report.html"
    run = tunecard.load(page.parent)
    assert isinstance(run, Run)
    assert run.results.study.models[0].name == "after"


@pytest.mark.usefixtures("no_page", "forked")
@pytest.mark.slow
@pytest.mark.parametrize("trained", [False, True])
def test_time_is_measured_where_it_is_asked_for(tmp_path: Path, trained: bool) -> None:  # noqa: FBT001 # a case
    """Predict of the fitted models; with the training rows their fit as well."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    y = y.map({0: "malignant", 1: "benign"})
    trees = [DecisionTreeClassifier(max_depth=d).fit(X[::2], y[::2]) for d in (1, 6)]
    more = (X[::2], y[::2]) if trained else ()
    run = tunecard.judge(
        *trees, X[1::2], y[1::2], *more, time="1s", quiet=True, reports=tmp_path
    )
    operations = {"fit", "predict"} if trained else {"predict"}
    for case in run.results.cases:
        assert {timed.operation for timed in case.timings} == operations
        assert case.unmeasured == {}
        assert case.latencies
        assert case.n_changed_rows == 0
    assert run.results.calibrations


@pytest.mark.usefixtures("no_page", "forked")
@pytest.mark.slow
def test_a_search_of_scikit_learn_gets_the_verdict_of_a_native_run(tmp_path: Path) -> None:
    """With the same split, folds and seed word, interval and p are equal."""
    X, y = make_classification(2000, 10, n_informative=5, flip_y=0.2, random_state=1)
    X = X.astype(np.float32)
    tree = DecisionTreeClassifier(random_state=0, max_depth=2)
    grid = {"max_depth": [2, 4, 6]}
    native = tunecard.run(
        SHORT, models=[("tree", tree, grid)], data=(X, y), reports=tmp_path / "a"
    )
    stored = native.loaded.predictions
    assert stored is not None
    held = np.zeros(len(y), dtype=bool)
    held[stored.index] = True
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(tree, grid, cv=folds).fit(X[~held], y[~held])
    judged = tunecard.judge(
        search, X[held], y[held], X[~held], y[~held], reports=tmp_path / "b"
    )
    columns = ["word", "difference", "low", "high", "p"]
    pd.testing.assert_frame_equal(judged.verdicts[columns], native.verdicts[columns])
    mine, theirs = judged.results.searches[0], native.results.searches[0]
    assert [c.scores for c in mine.candidates] == [c.scores for c in theirs.candidates[1:]]
