"""Any metric: scorers of scikit-learn's, import paths, scorer objects and functions."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sk
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from tunecard.runner import metrics
from tunecard.runner.config import parse
from tunecard.runner.errors import InputError, StudyError
from tunecard.runner.metrics import Metric, Outputs, scikit, scorer
from tunecard.runner.quality import check_metrics, quality
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.search.scoring import score_fold

pytestmark = pytest.mark.usefixtures("forked")

STUDY = """
name = "s"
title = "s"
dataset = "breast_cancer"
metric = "{metric}"
[[models]]
name = "m"
estimator = "sklearn.linear_model.LogisticRegression"
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Forget what a test names."""
    yield
    for name in metrics.named():
        metrics.unregister(name)


def cost_loss(y_true: NDArray[Any], y_pred: NDArray[Any]) -> float:
    """Count a missed "M" ten times."""
    missed = (y_true == "M") & (y_pred != "M")
    return float(np.mean(10 * missed + ((y_true != "M") & (y_pred == "M"))))


def leaves(estimator: Any, X: Any, y: Any) -> float:  # a scorer's
    """Score a tree by its size: of no rows at all."""
    return -float(estimator.get_n_leaves())


def cancer(labels: tuple[Any, Any] = (0, 1)) -> tuple[NDArray[Any], NDArray[Any]]:
    """Two classes of any labels, on five features."""
    X, y = load_breast_cancer(return_X_y=True)
    return X[:200, :5].astype(np.float32), np.array(labels)[y[:200]]


def of_search(name: str, positive: Any, estimator: Any, data: Any) -> list[float | None]:
    """Score an estimator on three folds, as a search does."""
    folds = STRATIFIED.inner(data[1], 3, 0)
    score = scorer(name, positive)
    return [score_fold(estimator, {}, data, fold, score).score for fold in folds]


def of_scikit(scoring: Any, estimator: Any, data: Any) -> list[float]:
    """Score an estimator on the same folds with scikit-learn's cross_val_score."""
    from sklearn.model_selection import cross_val_score

    folds = list(STRATIFIED.inner(data[1], 3, 0))
    return [float(s) for s in cross_val_score(estimator, *data, scoring=scoring, cv=folds)]


@pytest.mark.parametrize("name", scikit.names())
@pytest.mark.parametrize("of", ["two", "three"])
def test_fold_scores_are_scikit_learns_to_the_bit(name: str, of: str) -> None:
    """With every scorer of classifications; a loss has the other sign."""
    metric = metrics.get(name)
    binary_alone = metric.of_positive or metric.binary or "likelihood" in name
    if of == "three" and (binary_alone or name == "roc_auc"):
        return  # scikit-learn's scorers refuse more classes
    if name == "neg_brier_score" or (name == "top_k_accuracy" and of == "two"):
        return  # of two classes scikit-learn halves the one, and warns of the other
    data = cancer() if of == "two" else load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    ours = of_search(name, 1 if of == "two" else None, tree, data)
    sign = 1.0 if metric.greater_is_better else -1.0
    assert ours == [sign * score for score in of_scikit(name, tree, data)]


@pytest.mark.parametrize(
    "scoring",
    [
        sk.make_scorer(sk.cohen_kappa_score, weights="quadratic"),
        sk.make_scorer(sk.fbeta_score, beta=2, pos_label="B"),
        sk.make_scorer(sk.average_precision_score, response_method="predict_proba",
                       pos_label="B"),
        sk.make_scorer(cost_loss, greater_is_better=False),
    ],
)  # fmt: skip
def test_a_scorer_object_keeps_its_function_direction_and_class(scoring: Any) -> None:
    """Of labels that are text, with its own positive class."""
    data = cancer(("M", "B"))
    name = metrics.name_of(scoring)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    metric = metrics.get(name)
    sign = 1.0 if metric.greater_is_better else -1.0
    theirs = of_scikit(scoring, tree, data)
    assert of_search(name, None, tree, data) == [sign * score for score in theirs]


def test_decision_scores_rank_where_there_are_no_probabilities() -> None:
    """A linear support vector machine has a ROC AUC on folds and on the test rows."""
    data = cancer()
    model = LinearSVC(random_state=0)
    assert of_search("roc_auc", None, model, data) == of_scikit("roc_auc", model, data)
    model.fit(*data)
    scores = model.decision_function(data[0])
    found = quality(
        data[1], model.predict(data[0]), None, ("no", "yes"), None,
        names=("average_precision",), scores=scores,
    ).test  # fmt: skip
    assert found["roc_auc"] == sk.roc_auc_score(data[1], scores)
    assert found["average_precision"] == sk.average_precision_score(data[1], scores)


@pytest.mark.parametrize("positive", [None, 0, 1])
def test_values_of_stored_answers_are_those_of_the_scorer(positive: int | None) -> None:
    """From labels and probabilities alone, of text labels and either positive class."""
    X, y = cancer(("M", "B"))
    classes = np.array(["B", "M"])
    model = LogisticRegression(max_iter=5000).fit(X, y)
    codes = np.searchsorted(classes, y)
    outputs = Outputs(
        np.searchsorted(classes, model.predict(X)),
        probabilities=model.predict_proba(X),
        scores=model.decision_function(X),
        n_classes=2,
        positive=positive,
        classes=classes,
    )
    label = "M" if positive is None else classes[positive]
    for name in ("jaccard", "average_precision", "d2_brier_score", "matthews_corrcoef"):
        function = scikit.function_of(sk.get_scorer(name))
        assert function is not None
        expected = function.scorer_for(classes, label)(model, X, y)
        metric = metrics.get(name)
        if positive is not None or not metric.of_positive:
            assert metric.value(codes, outputs) == pytest.approx(expected, rel=1e-6), name


@pytest.mark.parametrize(
    "name",
    ["cohen_kappa_score", "matthews_corrcoef", "jaccard_macro", "jaccard_micro",
     "jaccard_weighted", "f1_micro"],
)  # fmt: skip
def test_what_is_resampled_is_the_function_itself(name: str) -> None:
    """The form of the confusion matrix equals scikit-learn's function of the rows."""
    if name.endswith("_score"):
        metrics.name_of(sk.make_scorer(sk.cohen_kappa_score))
    metric = metrics.get(name)
    rng = np.random.default_rng(0)
    for n_classes in (2, 3, 5):
        y, predicted = rng.integers(0, n_classes, (2, 60))
        outputs = Outputs(predicted, n_classes=n_classes)
        counts = metrics.Confusion.of_rows(y, predicted, n_classes)
        value = metric.value_of_confusion(counts)
        assert value == pytest.approx(metric.value(y, outputs))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("r2", "is of regressions"),
        ("neg_mean_squared_error", "is of regressions"),
        ("rand_score", "is of clusterings"),
        ("f1_samples", "is of several labels a row"),
        ("roc_aucc", "is not a metric (did you mean 'roc_auc'?)"),
        ("nowhere:f", "'nowhere' cannot be imported"),
        ("math:sqrt", "takes 1 arguments"),
        ("sklearn.metrics:acuracy_score", "did you mean 'accuracy_score'?"),
    ],
)
def test_what_cannot_be_a_metric_is_refused_in_a_sentence(name: str, sentence: str) -> None:
    """With the nearest that can, before anything is loaded."""
    with pytest.raises(StudyError) as error:
        parse(STUDY.format(metric=name), "study.toml")
    assert sentence in str(error.value)
    assert str(error.value).count("\n") == 1


def test_a_study_names_a_function_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As module:name; one whose name ends in _loss is lower for better."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    source = "def cost_loss(y_true, y_pred):\n    return float((y_true != y_pred).sum())\n"
    (tmp_path / "beside_costs.py").write_text(source, "utf-8")
    name = "beside_costs:cost_loss"
    study = parse(STUDY.format(metric=name), "study.toml", tmp_path)
    metric = metrics.get(study.metric)
    assert (study.metric, metric.greater_is_better) == (name, False)
    y = np.array([0, 1, 1])
    assert metric.value(y, Outputs(np.array([0, 0, 0]), n_classes=2)) == 2
    sys.modules.pop("beside_costs")


def test_the_negative_of_a_loss_is_the_loss() -> None:
    """A study that names neg_log_loss is judged by the log loss; a gate names it itself."""
    assert parse(STUDY.format(metric="neg_log_loss"), "s").metric == "log_loss"
    gate = '[[gates]]\nmodel = "m"\nmetric = "neg_log_loss"\nat_least = -0.1\n'
    with pytest.raises(StudyError, match="write metric = 'log_loss'"):
        parse(STUDY.format(metric="accuracy") + gate, "s")


def test_a_metric_that_two_classes_alone_have_is_refused_for_more() -> None:
    """And a function that fails on right answers, before anything is fitted."""
    y = np.array([0, 1, 2])
    with pytest.raises(StudyError, match="is for two classes, and the data has 3"):
        check_metrics(["average_precision"], y, np.arange(3), None)
    with pytest.raises(StudyError, match="'positive_likelihood_ratio': its function fails"):
        check_metrics(["positive_likelihood_ratio"], y, np.arange(3), None)
    check_metrics(["roc_auc", "roc_auc_ovo", "top_k_accuracy"], y, np.arange(3), None)


def test_what_needs_the_estimator_has_no_test() -> None:
    """A callable of an estimator, rows and labels is called in a search."""
    name = metrics.name_of(leaves)
    metric = metrics.get(name)
    assert (metric.needs, metric.inference) == ("estimator", "none")
    tree = DecisionTreeClassifier(max_depth=1)
    assert of_search(name, None, tree, cancer()) == [-2.0, -2.0, -2.0]
    row = quality(np.array([0, 1]), np.array([0, 1]), None, ("a", "b"), None,
                  names=(name,), scored={name: -2.0})  # fmt: skip
    assert row.test[name] == -2.0


def test_what_is_neither_scorer_nor_function_is_refused() -> None:
    """A callable of one argument; a function of scikit-learn's is one of its own."""
    with pytest.raises(InputError, match="takes 1 arguments"):
        metrics.name_of(np.linalg.norm)
    assert isinstance(metrics.get(metrics.name_of(sk.hamming_loss)), Metric)
