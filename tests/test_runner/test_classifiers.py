"""Any classifier: scikit-learn's own, all of them; and quality numbers that are its own."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import datasets as sets
from sklearn import metrics as theirs
from sklearn.model_selection import train_test_split
from sklearn.utils import all_estimators

from tests.builders import make_results
from tests.test_runner.test_pipeline import all_in_this_process, in_this_process
from tunecard.report.load import load, read_predictions
from tunecard.runner import environment, models
from tunecard.runner.clock import calibration, measure, timing
from tunecard.runner.context import RunContext
from tunecard.runner.datasets import GIVEN, given_entry
from tunecard.runner.datasets import load as load_data
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import Outputs, scorer
from tunecard.runner.models import checks
from tunecard.runner.models.fitting import captured
from tunecard.runner.pipeline import run_study
from tunecard.runner.processes import template
from tunecard.runner.progress import Silent
from tunecard.runner.quality import quality
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import PREDICTIONS, ModelSpec, Quality, Study, Timing
from tunecard.runner.search.scoring import score_fold
from tunecard.runner.store.predictions import PredictedRows, write_tables

LOGREG = "sklearn.linear_model.LogisticRegression"
TREE = "sklearn.tree.DecisionTreeClassifier"
#: What a classifier cannot do without, or cannot do with on a few rows.
NEEDS: dict[str, dict[str, Any]] = {
    "FixedThresholdClassifier": {"estimator": LOGREG},
    "OneVsOneClassifier": {"estimator": LOGREG},
    "OneVsRestClassifier": {"estimator": LOGREG},
    "OutputCodeClassifier": {"estimator": LOGREG},
    "RadiusNeighborsClassifier": {"radius": 100.0},
    "SelfTrainingClassifier": {"estimator": LOGREG},
    "StackingClassifier": {"estimators": (LOGREG, TREE), "final_estimator": LOGREG},
    "TunedThresholdClassifierCV": {"estimator": LOGREG},
    "VotingClassifier": {"estimators": (LOGREG, TREE)},
}
#: Fewer steps, where the usual number takes long.
QUICK: dict[str, dict[str, Any]] = {
    "GradientBoostingClassifier": {"n_estimators": 5},
    "HistGradientBoostingClassifier": {"max_iter": 5},
    "LGBMClassifier": {"n_estimators": 5},
    "LogisticRegressionCV": {"Cs": 2, "cv": 2},
    "MLPClassifier": {"max_iter": 20},
    "RandomForestClassifier": {"n_estimators": 10},
    "TunedThresholdClassifierCV": {"cv": 2},
}
MULTILABEL = ("ClassifierChain", "MultiOutputClassifier")


def study(path: str, params: dict[str, Any]) -> Study:
    """Make a study of one classifier."""
    spec = ModelSpec(name="m", estimator=path, params=params)
    return Study(name="s", title="s", dataset="digits", models=(spec,))


def every_classifier() -> list[Any]:
    """List scikit-learn's classifiers, and LightGBM's where it is installed."""
    found = [
        pytest.param(f"{models.public_module(kind.__module__)}.{name}", id=name)
        for name, kind in all_estimators(type_filter="classifier")
    ]
    if importlib.util.find_spec("lightgbm"):
        found.append(pytest.param("lightgbm.LGBMClassifier", id="LGBMClassifier"))
    return found


@pytest.mark.parametrize("path", every_classifier())
def test_every_classifier_can_be_a_model(path: str) -> None:
    """Each is checked, made, fitted and scored; those of several labels are refused."""
    name = path.rpartition(".")[2]
    if name in MULTILABEL:
        with pytest.raises(StudyError, match=r"several labels a row \(multilabel\)"):
            checks.check(study(path, {"estimator": LOGREG}))
        return
    made = study(path, NEEDS.get(name, {}) | QUICK.get(name, {}))
    checks.check(made)
    checks.check_classes(made, 2)
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    X = rng.integers(0, 3, (40, 3)).astype(np.float32)
    X[:, 0] += 2 * y  # integers from 0 on, which every kind of naive Bayes takes
    with captured():  # one is deprecated
        estimator = models.build(made.models[0], {}, seed=0)
    folds = STRATIFIED.inner(y, 2, 0)
    found = score_fold(estimator, {}, (X, y), folds[0], scorer("accuracy"))
    assert found.reason is None
    assert found.score is not None
    assert 0 <= found.score <= 1


@pytest.mark.parametrize("name", sorted(set(NEEDS) - {"RadiusNeighborsClassifier"}))
def test_what_an_estimator_needs_is_said(name: str) -> None:
    """One that wraps another says which parameter names it, and how."""
    kinds = dict(all_estimators(type_filter="classifier"))
    path = f"{models.public_module(kinds[name].__module__)}.{name}"
    with pytest.raises(StudyError, match="needs 'estimator"):
        checks.check(study(path, {}))


TEN = {
    "KNeighborsClassifier": "sklearn.neighbors.KNeighborsClassifier",
    "LogisticRegression": LOGREG,
    "DecisionTreeClassifier": TREE,
    "RandomForestClassifier": "sklearn.ensemble.RandomForestClassifier",
    "HistGradientBoostingClassifier": "sklearn.ensemble.HistGradientBoostingClassifier",
    "GaussianNB": "sklearn.naive_bayes.GaussianNB",
    "LinearDiscriminantAnalysis": (
        "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"
    ),
    "SVC": "sklearn.svm.SVC",
    "RidgeClassifier": "sklearn.linear_model.RidgeClassifier",
    "MLPClassifier": "sklearn.neural_network.MLPClassifier",
}


def five_sets() -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Give five of scikit-learn's sets: two of two classes, one with rare classes."""
    rare = sets.make_classification(
        400, weights=[0.9, 0.07], n_classes=3, n_informative=5, random_state=0
    )
    X, y = sets.load_digits(return_X_y=True)
    return {
        "iris": sets.load_iris(return_X_y=True),
        "wine": sets.load_wine(return_X_y=True),
        "breast cancer": sets.load_breast_cancer(return_X_y=True),
        "digits": (X[:600], y[:600]),
        "rare": rare,
    }


SETS = five_sets()


#: Two classes, and rare ones; the other sets on CI.
FIRST = ("breast cancer", "rare")


@pytest.mark.parametrize(
    "of",
    [pytest.param(of, marks=[] if of in FIRST else pytest.mark.slow) for of in SETS],
)
@pytest.mark.parametrize("name", TEN)
def test_quality_is_scikit_learns(name: str, of: str, tmp_path: Path) -> None:
    """Every number, computed again by scikit-learn from predictions.parquet, is ours."""
    X, y = SETS[of]
    X_train, X_test, y_train, y_test = train_test_split(
        X.astype(np.float32), y, test_size=0.3, stratify=y, random_state=0
    )
    spec = ModelSpec(name="m", estimator=TEN[name], params=QUICK.get(name, {}))
    with captured():
        model = models.build(spec, {}, seed=0).fit(X_train, y_train)
        labels = model.predict(X_test)
        shares = None
        if hasattr(model, "predict_proba"):
            shares = model.predict_proba(X_test).astype(np.float32)
        train = y_train, model.predict(X_train)
    classes = tuple(str(code) for code in range(int(y.max()) + 1))
    ours = quality(y_test, labels, shares, classes, train)
    path = tmp_path / PREDICTIONS
    index = np.arange(len(y_test))
    cases = {"knn/baseline": Outputs(labels, probabilities=shares)}
    write_tables(path, [PredictedRows(index, y_test, classes, cases)])
    results = make_results(
        n_test=len(y_test),
        classes=classes,
        y_true=y_test.tolist(),
        predicted={"knn/baseline": labels.tolist()},
    )
    one = results.model_copy(update={"cases": results.cases[:1]})
    stored = read_predictions(path, one)
    again = stored.predicted["knn/baseline"]
    expected = _expected(stored.y_true, again, stored.probability.get("knn/baseline"))
    for metric, value in expected.items():
        assert ours.test[metric] == pytest.approx(value, abs=1e-12), metric
    _same_classes(ours, stored.y_true, again)
    assert ours.train["accuracy"] == model.score(X_train, y_train)


def _expected(
    y: NDArray[Any], labels: NDArray[Any], shares: NDArray[Any] | None
) -> dict[str, float | None]:
    """Compute every metric with scikit-learn's own functions."""
    found: dict[str, float | None] = {
        "accuracy": theirs.accuracy_score(y, labels),
        "balanced_accuracy": theirs.balanced_accuracy_score(y, labels),
    }
    for kind, score in (
        ("precision", theirs.precision_score),
        ("recall", theirs.recall_score),
        ("f1", theirs.f1_score),
    ):
        for average in ("macro", "weighted"):
            value = score(y, labels, average=average, zero_division=0)
            found[f"{kind}_{average}"] = value
    if shares is None:
        return {**found, "log_loss": None, "brier": None, "roc_auc": None}
    codes = np.arange(shares.shape[1])
    each = [theirs.roc_auc_score(y == c, shares[:, c]) for c in codes]
    return {
        **found,
        "log_loss": theirs.log_loss(y, shares, labels=codes),
        "roc_auc": float(np.mean(each if len(codes) > 2 else each[1:])),
    }


def _same_classes(ours: Quality, y: NDArray[Any], labels: NDArray[Any]) -> None:
    """Compare each class's numbers with scikit-learn's classification report."""
    report = theirs.classification_report(y, labels, output_dict=True, zero_division=0)
    for one in ours.per_class:
        row = report[one.name]
        told = (one.precision, one.recall, one.f1, one.support)
        names = ("precision", "recall", "f1-score", "support")
        assert told == tuple(row[key] for key in names)


@pytest.mark.stress
@pytest.mark.parametrize("of", SETS)
def test_a_run_of_ten_has_scikit_learns_numbers(
    of: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten models through a whole run: each number is scikit-learn's of what is stored."""
    for module in (calibration, measure):
        monkeypatch.setattr(module, "run_worker", in_this_process)
    monkeypatch.setattr(measure, "run_workers", all_in_this_process)
    monkeypatch.setattr(template, "SUPPORTED", False)
    monkeypatch.setattr(timing, "LOOP_NS", 1_000_000)
    monkeypatch.setattr(timing, "SHORT_CALLS", 2)
    monkeypatch.setattr(timing, "LATENCY_CALLS", 3)
    entry = given_entry(SETS[of])
    made = Study(
        name="ten",
        title="Ten",
        dataset=GIVEN,
        models=tuple(
            ModelSpec(name=name.lower(), estimator=path, params=QUICK.get(name, {}))
            for name, path in TEN.items()
        ),
        timing=Timing(budget=0.001),
    )
    data = load_data(
        GIVEN,
        seed=0,
        test_size=0.3,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        entry=entry,
    )
    run = RunContext(
        run_id="ten",
        folder=tmp_path,
        command="",
        jobs=1,
        environment=environment.describe(),
        started="2026-01-01T00:00:00Z",
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    run_study(made, data, run, Silent())
    loaded = load(tmp_path)
    assert loaded.predictions is not None
    assert {case.status for case in loaded.results.cases} == {"ok"}
    assert len(loaded.results.cases) == 10
    for case in loaded.results.cases:
        labels = loaded.predictions.predicted[case.key]
        shares = loaded.predictions.probability.get(case.key)
        assert case.quality is not None
        expected = _expected(loaded.predictions.y_true, labels, shares)
        for metric, value in expected.items():
            assert case.quality.test[metric] == pytest.approx(value, abs=1e-12), metric
        _same_classes(case.quality, loaded.predictions.y_true, labels)
