"""Quality in the analysis: metrics, pairs, classes and the words."""

import dataclasses

import numpy as np
import pytest
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from tests.builders import KNN, LOGREG, make_run
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.stats.proportions import detectable_difference
from tunecard.report.stats.shares import share_difference


def flipped(n_test: int, *rows: int) -> list[int]:
    """Predictions for two alternating classes, wrong in some rows."""
    codes = [row % 2 for row in range(n_test)]
    for row in rows:
        codes[row] = 1 - codes[row]
    return codes


def two_classes(first: list[int], second: list[int], **overrides: object) -> Analysis:
    """Analyze one model with two classes and given predictions."""
    fields: dict[str, object] = {
        "n_test": len(first),
        "classes": ("no", "yes"),
        "models": (KNN,),
        "predicted": {"knn/baseline": first, "knn/tuned": second},
        **overrides,
    }
    return analyze(make_run(**fields))  # type: ignore[arg-type] # overrides of the builder


def test_the_paired_table_counts_every_row() -> None:
    """Both right, only baseline, only tuned, both wrong."""
    analysis = two_classes(flipped(10, 0, 1, 2), flipped(10, 2, 3))
    quality = analysis.models[0].quality
    assert quality is not None
    table = quality.table
    counts = (table.both_right, table.only_first, table.only_second, table.both_wrong)
    assert counts == (6, 1, 2, 1)
    assert (table.n, table.discordant) == (10, 3)


def test_accuracy_is_tested_on_the_discordant_rows() -> None:
    """p, intervals and detectable difference come from the discordant rows."""
    analysis = two_classes(flipped(400, *range(30)), flipped(400, *range(25, 32)))
    quality = analysis.models[0].quality
    assert quality is not None
    test = quality.test
    b, c = quality.table.only_first, quality.table.only_second
    assert (b, c) == (2, 25)
    exact = float(mcnemar(np.array([[0, b], [c, 0]]), exact=True).pvalue)
    assert exact / 2 < test.p < 4 * exact
    assert test.interval == share_difference(b, c, 400).interval(0.95)
    assert test.equivalence == share_difference(b, c, 400).interval(0.90)
    assert test.delta == pytest.approx(23 / 400)
    assert test.detectable == detectable_difference(27 / 400, 400)
    assert test.word == "better"


def test_a_metric_has_its_interval_and_its_gap() -> None:
    """Exact for accuracy, by classes for macro F1; train minus test."""
    run = make_run()
    case = analyze(run).models[0].baseline
    assert case is not None
    accuracy, f1 = case.metric("accuracy"), case.metric("f1_macro")
    assert accuracy is not None
    assert accuracy.interval is not None
    expected = proportion_confint(360, 400, method="beta")
    assert (accuracy.interval.low, accuracy.interval.high) == pytest.approx(expected)
    assert accuracy.gap == pytest.approx(0)
    assert f1 is not None
    assert f1.interval is not None
    assert f1.test is not None
    assert f1.interval.low < f1.test < f1.interval.high


def test_a_loss_is_worse_on_test_when_it_is_higher_there() -> None:
    """The gap is signed so that above 0 means better on training rows."""
    run = make_run()
    stored = run.results.cases[2].quality
    assert stored is not None
    quality = stored.model_copy(
        update={"test": {**stored.test, "log_loss": 0.5}, "train": {"log_loss": 0.2}}
    )
    case = analyze(make_run(case={"logreg/baseline": {"quality": quality}})).models[1]
    assert case.baseline is not None
    value = case.baseline.metric("log_loss")
    assert value is not None
    assert value.gap == pytest.approx(0.3)


def test_verdicts_are_adjusted_for_the_models() -> None:
    """Of two models both p-values are doubled: either may still be equivalent."""
    tests = [model.quality.test for model in analyze(make_run()).models if model.quality]
    smaller, larger = sorted(tests, key=lambda test: test.p)
    assert smaller.p_holm == pytest.approx(2 * smaller.p)
    assert larger.p_holm == pytest.approx(2 * larger.p)
    assert {test.n_tests for test in tests} == {2}


def test_the_detectable_difference_is_told_at_holms_first_step() -> None:
    """With two models the smaller p is tested at 2.5 %."""
    quality = analyze(make_run()).models[0].quality
    assert quality is not None
    share = quality.table.discordant / 400
    expected = detectable_difference(share, 400, alpha=0.025)
    assert quality.test.detectable == pytest.approx(expected)


def test_another_metric_is_tested_by_exchanges() -> None:
    """Its p, both intervals and the detectable difference."""
    quality = analyze(make_run(study={"metric": "f1_macro"})).models[0].quality
    assert quality is not None
    test = quality.test
    assert test.method == "paired permutation test"
    assert test.metric.name == "f1_macro"
    assert test.detectable is not None
    assert test.interval.low < test.equivalence.low < test.delta
    assert test.delta < test.equivalence.high < test.interval.high
    comparison = quality.metric("f1_macro")
    assert comparison is not None
    assert comparison.primary
    assert comparison.interval == test.interval


def test_every_other_metric_has_a_descriptive_interval_or_a_reason() -> None:
    """Only the study's metric is primary."""
    quality = analyze(make_run()).models[1].quality
    assert quality is not None
    assert [found.spec.name for found in quality.metrics if found.primary] == ["accuracy"]
    for found in quality.metrics:
        assert (found.interval is None) == (found.interval_reason is not None)


def test_weighted_recall_is_accuracy_and_has_its_interval() -> None:
    """The same number has the same interval under both names."""
    quality = analyze(make_run()).models[0].quality
    assert quality is not None
    accuracy, recall = quality.metric("accuracy"), quality.metric("recall_weighted")
    assert accuracy is not None
    assert recall is not None
    assert recall.interval is not None
    assert accuracy.interval is not None
    # The study's metric alone is adjusted for the two models.
    assert (recall.interval.level, accuracy.interval.level) == (0.95, 0.975)
    assert accuracy.interval.low < recall.interval.low


def test_no_difference_in_log_loss_is_claimed_over_impossible_truths() -> None:
    """One row with p(true) = 0 on either side is enough."""
    run = make_run()
    assert run.predictions is not None
    shares = {key: array.copy() for key, array in run.predictions.probability.items()}
    shares["logreg/tuned"][0, run.predictions.y_true[0]] = 0
    changed = dataclasses.replace(run.predictions, probability=shares)
    quality = analyze(dataclasses.replace(run, predictions=changed)).models[1].quality
    assert quality is not None
    log_loss, brier = quality.metric("log_loss"), quality.metric("brier")
    assert log_loss is not None
    assert brier is not None
    assert log_loss.interval is None
    assert "probability 0" in (log_loss.interval_reason or "")
    assert brier.interval is not None


def test_identical_predictions_are_said_to_be_identical() -> None:
    """P is 1; the interval still has the width that the rows allow."""
    same = flipped(400, 1, 2, 3)
    quality = two_classes(same, same).models[0].quality
    assert quality is not None
    assert quality.test.identical
    assert (quality.test.p, quality.test.delta) == (1, 0)
    assert quality.test.word == "equivalent"  # within a margin of 1 point on 400 rows
    assert quality.most_lost is None
    assert not quality.confusion_difference.any()


def test_identical_on_few_rows_is_open() -> None:
    """Forty equal rows do not rule out a difference of a point."""
    same = flipped(40, 1)
    quality = two_classes(same, same).models[0].quality
    assert quality is not None
    assert quality.test.word == "inconclusive"
    assert quality.test.reason == "the two predict the same class on every test row"


def test_confusion_matrices_and_their_difference() -> None:
    """A matrix a case by scikit-learn, tuned less baseline."""
    run = make_run()
    model = analyze(run).models[0]
    assert model.baseline is not None
    assert model.tuned is not None
    assert model.quality is not None
    assert run.predictions is not None
    expected = [
        metrics.confusion_matrix(run.predictions.y_true, run.predictions.predicted[key])
        for key in ("knn/baseline", "knn/tuned")
    ]
    np.testing.assert_array_equal(model.baseline.confusion, expected[0])
    np.testing.assert_array_equal(
        model.quality.confusion_difference, expected[1] - expected[0]
    )


def test_the_class_that_lost_most_is_named() -> None:
    """By F1, with a recall interval where the support is 50 or more."""
    first, second = flipped(400), flipped(400, *range(0, 40, 2))
    quality = two_classes(first, second).models[0].quality
    assert quality is not None
    assert quality.most_lost is not None
    # "no" keeps 180 of its 200 rows and every row called "no" is one: F1 = 360 / 380.
    assert quality.most_lost.name == "no"
    assert quality.most_lost.f1_delta == pytest.approx(360 / 380 - 1)
    no, yes = quality.per_class
    assert no.recall_delta == pytest.approx(-20 / 200)
    assert no.recall_interval == share_difference(20, 0, 200).interval()
    assert yes.recall_interval == share_difference(0, 0, 200).interval()
    assert yes.precision_delta == pytest.approx(-20 / 220)


def test_a_class_of_few_rows_has_no_interval() -> None:
    """Under 50 rows it would not keep its level."""
    quality = two_classes(flipped(98), flipped(98, 0)).models[0].quality
    assert quality is not None
    assert all(change.recall_interval is None for change in quality.per_class)


def test_a_class_absent_from_test_and_predictions_is_no_error() -> None:
    """It has support 0 and zeros, as in scikit-learn with zero_division=0."""
    run = make_run(y_true=[0, 1] * 50, predicted={"knn/tuned": [0, 1] * 50}, n_test=100)
    model = analyze(run).models[0]
    assert model.quality is not None
    absent = model.quality.per_class[3]
    assert (absent.support, absent.tuned.recall, absent.f1_delta) == (0, 0, 0)
    assert model.tuned is not None
    assert model.tuned.confusion is not None
    assert model.tuned.confusion.shape == (4, 4)


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro"])
def test_tuned_models_are_a_family_of_their_own(metric: str) -> None:
    """Two tuned models make one test, whatever the baselines do."""
    (pair,) = analyze(make_run(study={"metric": metric})).between
    assert (pair.first, pair.second) == ("knn", "logreg")
    assert pair.second_label == "logistic regression"
    assert pair.test.n_tests == 1
    assert pair.test.p == pair.test.p_holm
    assert pair.test.word == "worse"
    assert pair.test.delta == pytest.approx(-0.075, abs=0.01)


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ({"knn/tuned": ("failed", "it broke")}, "the tuned case failed"),
        ({"knn/baseline": ("timeout", "slow")}, "the baseline case ran out of time"),
        ({"knn/tuned": ("oom", "big")}, "the tuned case ran out of memory"),
    ],
)
def test_a_failed_case_leaves_a_reason(
    failed: dict[str, tuple[str, str]], reason: str
) -> None:
    """The word is inconclusive, and the other model's family has one test."""
    analysis = analyze(make_run(failed=failed))  # type: ignore[arg-type] # literals
    model = analysis.model("knn")
    assert model.quality is None
    assert model.quality_reason == reason
    assert model.quality_word == "inconclusive"
    other = analysis.model("logreg").quality
    assert other is not None
    assert other.test.n_tests == 1


def test_the_case_that_is_left_keeps_its_intervals() -> None:
    """A baseline alone is still measured."""
    analysis = analyze(make_run(failed={"knn/tuned": ("failed", "it broke")}))
    case = analysis.model("knn").baseline
    assert case is not None
    value = case.metric("f1_macro")
    assert value is not None
    assert value.interval is not None


def test_without_predictions_the_stored_numbers_remain() -> None:
    """Nothing is paired; accuracy keeps Wilson's interval."""
    run = make_run()
    reason = "predictions.parquet is not there"
    analysis = analyze(
        dataclasses.replace(run, predictions=None, predictions_reason=reason)
    )
    model = analysis.models[0]
    assert model.quality is None
    assert model.quality_reason == reason
    assert analysis.between == ()
    assert model.tuned is not None
    assert model.tuned.confusion is None
    accuracy, f1 = model.tuned.metric("accuracy"), model.tuned.metric("f1_macro")
    assert accuracy is not None
    assert accuracy.interval is not None
    assert f1 is not None
    assert (f1.interval, f1.test is None) == (None, False)


def test_a_model_without_a_search_is_only_measured() -> None:
    """No tuned case, no search, and a reason for each."""
    model = analyze(
        make_run(models=(KNN.model_copy(update={"search": None}), LOGREG))
    ).models[0]
    assert model.tuned is None
    assert model.quality_reason == "there is no tuned case"
    assert model.search_reason == "the study declares no search for this model"
    assert model.times == ()


def test_the_most_frequent_class_is_that_of_training() -> None:
    """Its share of the test rows is what a constant answer gets."""
    run = make_run(y_true=[0] * 30 + [1] * 70, classes=("a", "b"))
    classes = run.results.dataset.classes
    shifted = [
        classes[0].model_copy(update={"n_train": 900}),
        classes[1].model_copy(update={"n_train": 300}),
    ]
    run = make_run(
        y_true=[0] * 30 + [1] * 70, classes=("a", "b"), dataset={"classes": tuple(shifted)}
    )
    dummy = analyze(run).most_frequent
    assert dummy is not None
    assert (dummy.name, dummy.accuracy, dummy.n_test) == ("a", 0.3, 100)


def test_the_same_run_gives_the_same_numbers() -> None:
    """The bootstrap's seed is the study's."""
    first, second = (analyze(make_run(study={"metric": "f1_macro"})) for _ in range(2))
    tests = [analysis.models[0].quality for analysis in (first, second)]
    assert tests[0] is not None
    assert tests[1] is not None
    assert tests[0].test == tests[1].test


def test_a_case_with_probabilities_has_its_reliability() -> None:
    """Bins, error and accuracy of the test rows; without probabilities the reason."""
    analysis = analyze(make_run())
    tuned, knn = analysis.model("logreg").tuned, analysis.model("knn").tuned
    assert tuned is not None
    assert knn is not None
    assert tuned.calibration is not None
    assert tuned.calibration.accuracy == pytest.approx(0.855)
    assert tuned.calibration.ece == pytest.approx(0.045)
    assert (knn.calibration, knn.calibration_reason) == (None, "there are no probabilities")


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_a_mean_loss_of_a_case_has_an_interval(name: str) -> None:
    """About the mean of its rows' losses, and within the range of the metric."""
    run = make_run(models=(LOGREG,))
    case = analyze(run).models[0].tuned
    assert case is not None
    assert run.predictions is not None
    value = case.metric(name)
    assert value is not None
    assert value.interval is not None
    shares = run.predictions.probability["logreg/tuned"]
    truth = run.predictions.y_true
    loss = metrics.log_loss(truth, shares, labels=range(shares.shape[1]))
    if name == "brier":
        loss = float(((shares - np.eye(shares.shape[1])[truth]) ** 2).sum(axis=1).mean())
    assert 0 < value.interval.low < loss < value.interval.high


def test_probabilities_that_are_no_numbers_are_said_to_be_none() -> None:
    """No interval of log loss or Brier, no reliability, and no NaN anywhere."""
    run = make_run(models=(LOGREG,))
    assert run.predictions is not None
    shares = dict(run.predictions.probability)
    shares["logreg/tuned"] = shares["logreg/tuned"].copy()
    shares["logreg/tuned"][3, 0] = np.nan
    broken = dataclasses.replace(run.predictions, probability=shares)
    model = analyze(dataclasses.replace(run, predictions=broken)).models[0]
    assert model.quality is not None
    for name in ("log_loss", "brier"):
        found = model.quality.metric(name)
        assert found is not None
        assert (found.interval, found.interval_reason) == (
            None,
            "a probability is not a number",
        )
    assert model.tuned is not None
    assert model.tuned.calibration_reason == "a probability is not a number"
