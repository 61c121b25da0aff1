"""Metrics: the values are scikit-learn's own, also where classes are absent."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from tunecard.runner.metrics import AVERAGES, Outputs, get, scorer
from tunecard.runner.metrics.probabilities import average_precision, roc_auc
from tunecard.runner.quality import quality, specs

Labels = NDArray[np.int64]
NAMES = ("zero", "one", "two", "three")
METRICS = {spec.name: spec for spec in specs(None)}
LABEL_METRICS = [metric.name for metric in AVERAGES]
POSITIVE_METRICS = ("precision", "recall", "f1")


def theirs(name: str, y_true: Labels, y_pred: Labels) -> float:
    """Compute a label metric by scikit-learn."""
    if name == "accuracy":
        return float(sk.accuracy_score(y_true, y_pred))
    if name == "balanced_accuracy":
        return float(
            sk.recall_score(y_true, y_pred, labels=np.unique(y_true), average="macro")
        )
    kind, average = name.split("_")
    score = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    return float(score[kind](y_true, y_pred, average=average, zero_division=0))


def labels(*codes: int) -> Labels:
    """Make an array of class codes."""
    return np.array(codes, dtype=np.int64)


def shares(rows: int, classes: int, seed: int = 0) -> NDArray[np.float32]:
    """Make probabilities."""
    drawn = np.random.default_rng(seed).dirichlet(np.ones(classes), rows)
    return drawn.astype(np.float32)


@pytest.mark.parametrize("name", LABEL_METRICS)
@given(
    pairs=st.lists(
        st.tuples(st.integers(0, 19), st.integers(0, 19)), min_size=1, max_size=60
    )
)
def test_label_metrics_equal_scikit_learn(name: str, pairs: list[tuple[int, int]]) -> None:
    """With any classes present or absent, a metric is scikit-learn's to the bit."""
    y_true, y_pred = np.array(pairs, dtype=np.int64).T
    assert scorer(name).of_predictions(y_true, y_pred, np.arange(20)) == theirs(
        name, y_true, y_pred
    )


def test_balanced_accuracy_equals_scikit_learns_own() -> None:
    """Balanced accuracy is balanced_accuracy_score where every class occurs."""
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert scorer("balanced_accuracy").of_predictions(
        y_true, y_pred, np.arange(4)
    ) == pytest.approx(sk.balanced_accuracy_score(y_true, y_pred), rel=1e-14)


def test_a_class_that_is_never_predicted_counts_as_zero() -> None:
    """Precision of a class without predictions is 0, and no warning is raised."""
    y_true, y_pred = labels(0, 0, 1, 2), labels(0, 0, 0, 0)
    assert scorer("precision_macro").of_predictions(
        y_true, y_pred, np.arange(3)
    ) == pytest.approx(0.5 / 3)
    assert scorer("f1_macro").of_predictions(y_true, y_pred, np.arange(3)) == pytest.approx(
        2 / 3 / 3
    )


def test_quality_of_probabilities_equals_scikit_learn() -> None:
    """Log loss, Brier score and ROC AUC are scikit-learn's."""
    rng = np.random.default_rng(1)
    y_true = rng.integers(0, 4, 300)
    p = shares(300, 4)
    found = quality(y_true, p.argmax(axis=1), p, NAMES, (y_true, y_true)).test
    assert found["log_loss"] == pytest.approx(sk.log_loss(y_true, p))
    assert found["brier"] == pytest.approx(
        sk.brier_score_loss(y_true, p, labels=[0, 1, 2, 3], scale_by_half=False), rel=1e-6
    )
    assert found["roc_auc"] == pytest.approx(
        sk.roc_auc_score(y_true, p, multi_class="ovr", average="macro")
    )


def test_quality_of_two_classes() -> None:
    """With two classes the ROC AUC is that of the second; Brier still goes to 2."""
    y_true = labels(0, 1, 1, 0)
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.0, 1.0]], dtype=np.float32)
    found = quality(y_true, p.argmax(axis=1), p, ("no", "yes"), (y_true, y_true)).test
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(y_true, p[:, 1]))
    # By hand: 2 x (0.01 + 0.16 + 0.49 + 1) / 4.
    assert found["brier"] == pytest.approx(0.83)


@pytest.mark.parametrize("decimals", [1, 7])
def test_roc_auc_is_the_mean_over_the_classes_to_the_bit(decimals: int) -> None:
    """Each class against the rest as scikit-learn has it, with ties and in float32."""
    rng = np.random.default_rng(decimals)
    y_true = rng.permutation(np.arange(60) % 4)
    p = rng.dirichlet(np.ones(4), 60).round(decimals).astype(np.float32)
    each = [sk.roc_auc_score(y_true == code, p[:, code]) for code in range(4)]
    value = get("roc_auc").value(y_true, Outputs(probabilities=p, n_classes=4))
    assert value == float(np.mean(each))


def test_roc_auc_needs_every_class_among_the_true_labels() -> None:
    """Where a class is absent ROC AUC is not defined, and the others still are."""
    y_true = labels(0, 1, 2, 0)
    p = shares(4, 4)
    found = quality(y_true, y_true, p, NAMES, (y_true, y_true)).test
    assert found["roc_auc"] is None
    assert found["log_loss"] == pytest.approx(sk.log_loss(y_true, p, labels=[0, 1, 2, 3]))


def test_without_probabilities_there_are_no_metrics_of_them() -> None:
    """An estimator without probabilities has None, not a number."""
    y = labels(0, 1, 2, 3)
    found = quality(y, y, None, NAMES, (y, y))
    assert {found.test[name] for name in ("log_loss", "brier", "roc_auc")} == {None}
    assert found.n_zero_probability is None


def test_rows_given_no_chance_are_counted() -> None:
    """A true class with probability 0 is counted, and makes the log loss large."""
    y_true = labels(0, 1)
    p = np.array([[1, 0, 0, 0], [1, 0, 0, 0]], dtype=np.float32)
    found = quality(y_true, labels(0, 0), p, NAMES, (y_true, y_true))
    assert found.n_zero_probability == 1
    assert found.test["log_loss"] == pytest.approx(
        sk.log_loss(y_true, p, labels=[0, 1, 2, 3])
    )
    assert math.isfinite(found.test["log_loss"] or math.inf)


def test_rows_per_class_equal_scikit_learn() -> None:
    """Every class of the data has its row, also one that does not occur."""
    rng = np.random.default_rng(2)
    y_true, y_pred = rng.integers(0, 3, 100), rng.integers(0, 3, 100)
    found = quality(y_true, y_pred, None, NAMES, (y_true, y_pred)).per_class
    expected = sk.classification_report(
        y_true,
        y_pred,
        labels=[0, 1, 2, 3],
        target_names=NAMES,
        output_dict=True,
        zero_division=0,
    )
    assert [row.name for row in found] == list(NAMES)
    for row in found:
        assert row.precision == expected[row.name]["precision"]
        assert row.recall == expected[row.name]["recall"]
        assert row.f1 == expected[row.name]["f1-score"]
        assert row.support == expected[row.name]["support"]


def test_training_quality_rests_on_its_own_rows() -> None:
    """Train metrics are computed from the training labels that are given."""
    y, train_true, train_pred = labels(0, 1), labels(0, 1, 1), labels(0, 1, 0)
    found = quality(y, y, None, ("a", "b"), (train_true, train_pred))
    assert found.train["accuracy"] == pytest.approx(2 / 3)
    assert found.n_train_rows == 3
    assert found.train.keys() == set(LABEL_METRICS)


def test_metrics_say_which_way_is_better() -> None:
    """Direction is a field: losses are better when lower, all else when higher."""
    lower = {spec.name for spec in METRICS.values() if not spec.greater_is_better}
    assert lower == {"log_loss", "brier"}
    assert [spec.name for spec in METRICS.values() if spec.headline] == [
        "accuracy",
        "precision_macro",
        "recall_macro",
        "f1_macro",
    ]


def test_the_positive_class_has_its_own_values() -> None:
    """They are scikit-learn's with that pos_label, on test and training rows."""
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    found = quality(y_true, y_pred, None, ("ill", "well"), (y_pred, y_true), "ill")
    for values, pair in ((found.test, (y_true, y_pred)), (found.train, (y_pred, y_true))):
        assert values["precision"] == sk.precision_score(*pair, pos_label=0)
        assert values["recall"] == sk.recall_score(*pair, pos_label=0)
        assert values["f1"] == pytest.approx(sk.f1_score(*pair, pos_label=0), rel=1e-14)


def test_the_positive_class_stands_last_and_at_the_top() -> None:
    """Without one a run has the metrics that it always had."""
    assert specs(None) == tuple(METRICS.values())
    own = specs("ill")[len(METRICS) :]
    assert tuple(spec.name for spec in own) == POSITIVE_METRICS
    assert [spec.label for spec in own] == [
        "precision of ill",
        "recall of ill",
        "F1 of ill",
    ]
    assert all(spec.headline for spec in own)
    averages = [spec for spec in specs("ill") if spec.name.endswith("_macro")]
    assert not any(spec.headline for spec in averages)
    assert not set(
        quality(labels(0, 1), labels(0, 1), None, ("a", "b"), (labels(0), labels(0))).test
    ) & set(POSITIVE_METRICS)


@given(st.integers(2, 60), st.integers(0, 2**32), st.sampled_from(["f4", "f8"]))
def test_areas_under_curves_are_scikit_learns_to_the_bit(
    n: int, seed: int, kind: str
) -> None:
    """Precision of either class, by number or by name, with ties in some rankings."""
    rng = np.random.default_rng(seed)
    codes = np.append(rng.integers(0, 2, n), [0, 1])
    ranking = np.round(rng.normal(codes), int(rng.integers(0, 9))).astype(kind)
    for classes, positive in ((np.array([0, 1]), 1), (np.array(["a", "b"]), "a")):
        found = average_precision(classes[codes], ranking, pos_label=positive)
        assert found == sk.average_precision_score(
            classes[codes], ranking, pos_label=positive
        )
    assert roc_auc(codes, ranking) == sk.roc_auc_score(codes, ranking)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_curves_refuse_what_does_not_rank(score: float) -> None:
    """As scikit-learn does; there is no order of rows without a number."""
    for area in (average_precision, roc_auc):
        with pytest.raises(ValueError, match="NaN or infinity"):
            area(labels(0, 1), np.array([0.5, score]))
