"""A study judged by the ROC AUC: word, interval and gate of one test."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from statsmodels.stats.power import normal_power

from tests.builders import LOGREG, make_run
from tests.two_runs import with_gates
from tunecard.report import formats
from tunecard.report.analyze import analyze, verdicts
from tunecard.report.analyze.auc import compare_aucs
from tunecard.report.analyze.types import QualityTest
from tunecard.report.conclusion.quality import power
from tunecard.report.gates import judge
from tunecard.report.load import Loaded
from tunecard.report.stats.auc import auc_interval
from tunecard.runner.metrics import get
from tunecard.runner.schema import Gate, spec_of

KEYS = ("logreg/baseline", "logreg/tuned")


def ranked(gain: float, seed: int = 0, margin: float | None = None) -> Loaded:
    """Build a run of two classes whose tuned case ranks better by a shift."""
    rng = np.random.default_rng(seed)
    truth = np.arange(200) % 2
    shared = rng.normal(size=200)
    run = make_run(
        classes=("no", "yes"), models=(LOGREG,), y_true=truth.tolist(),
        study={"metric": "roc_auc", "margin": margin},
    )  # fmt: skip
    assert run.predictions is not None
    shares, cases = {}, []
    for case, shift in zip(run.results.cases, (1.0, 1.0 + gain), strict=True):
        logits = shared + 0.7 * rng.normal(size=200) + shift * truth
        yes = (1 / (1 + np.exp(-logits))).astype(np.float32)
        shares[case.key] = np.column_stack([1 - yes, yes])
        assert case.quality is not None
        values = {**case.quality.test, "roc_auc": float(roc_auc_score(truth, yes))}
        quality = case.quality.model_copy(update={"test": values})
        cases.append(case.model_copy(update={"quality": quality}))
    return dataclasses.replace(
        run,
        results=run.results.model_copy(update={"cases": tuple(cases)}),
        predictions=dataclasses.replace(run.predictions, probability=shares),
    )


def primary(run: Loaded) -> QualityTest:
    """Test the only model: baseline against tuned."""
    pairs = verdicts.pairs_of(run.results, run.predictions)
    return verdicts.tests_of(run.results, pairs)["logreg"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gain", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_the_interval_excludes_0_where_the_word_claims_a_difference(
    gain: float, seed: int
) -> None:
    """Better above 0, worse below 0, inconclusive around it."""
    test = primary(ranked(gain, seed))
    words = {(True, False): "better", (False, True): "worse"}
    outside = (test.interval.low > 0, test.interval.high < 0)
    assert test.word == words.get(outside, "inconclusive")
    assert (test.method, test.metric.name) == ("DeLong's test", "roc_auc")


@pytest.mark.parametrize("gain", [-1.0, 0.0, 1.0])
def test_a_gate_agrees_with_the_word(gain: float) -> None:
    """At least the baseline's: passed if better, failed if worse, else open."""
    gate = Gate(model="logreg", metric="roc_auc", against="baseline", at_least=0.0)
    run = with_gates(ranked(gain), gate)
    analysis = analyze(run)
    quality = analysis.models[0].quality
    assert quality is not None
    (result,) = judge(run, analysis)
    statuses = {"better": "passed", "worse": "failed", "inconclusive": "inconclusive"}
    assert {-1.0: "worse", 0.0: "inconclusive", 1.0: "better"}[gain] == quality.test.word
    assert result.status == statuses[quality.test.word]
    assert result.observed.value == pytest.approx(quality.test.delta)
    assert result.observed.interval == quality.test.interval


def test_one_case_has_the_interval_of_its_area() -> None:
    """Around scikit-learn's value, and decided on by a gate of one case."""
    run = with_gates(ranked(0.0), Gate(model="logreg", metric="roc_auc", at_least=0.6))
    analysis = analyze(run)
    tuned = analysis.models[0].tuned
    assert tuned is not None
    value = tuned.metric("roc_auc")
    assert value is not None
    assert value.test is not None
    assert value.interval is not None
    assert run.predictions is not None
    yes = run.predictions.probability[KEYS[1]][:, 1]
    assert value.interval == auc_interval(run.predictions.y_true, yes)
    assert value.interval.low < value.test < value.interval.high
    assert judge(run, analysis)[0].status == "passed"


def test_more_classes_are_tested_with_rows_left_out() -> None:
    """The difference is scikit-learn's, within its interval and between the cases'."""
    run = make_run(models=(LOGREG,), study={"metric": "roc_auc"})
    assert run.predictions is not None
    model = analyze(run).models[0]
    assert model.quality is not None
    test = model.quality.test
    first, second = (
        roc_auc_score(run.predictions.y_true, shares, multi_class="ovr")
        for shares in run.predictions.probability.values()
    )
    assert test.method == "jackknife t test"
    assert test.delta == pytest.approx(second - first)
    assert test.interval.low < test.delta < test.interval.high
    assert model.tuned is not None
    value = model.tuned.metric("roc_auc")
    assert value is not None
    assert value.interval is not None
    assert value.interval.low < second < value.interval.high


def test_the_same_classes_by_other_probabilities_are_not_the_same_answers() -> None:
    """The word is the test's, although no row changed its class."""
    run = ranked(1.0)
    assert run.predictions is not None
    labels = run.predictions.predicted[KEYS[0]]
    same = dict.fromkeys(KEYS, labels)
    rows = dataclasses.replace(run.predictions, predicted=same)
    test = primary(dataclasses.replace(run, predictions=rows))
    assert (test.word, test.identical) == ("better", False)


def test_what_is_no_number_ranks_no_rows() -> None:
    """No test where a probability is not a number."""
    run = ranked(1.0)
    assert run.predictions is not None
    run.predictions.probability[KEYS[0]][3, 1] = np.nan
    model = analyze(run).models[0]
    assert model.quality is None
    assert "not finite" in (model.quality_reason or "")


def test_an_open_verdict_names_the_rows_that_would_detect_the_margin() -> None:
    """80 % power by statsmodels: on these rows for `detectable`, there for the margin."""
    test = primary(ranked(0.0, margin=0.01))
    assert test.word == "inconclusive"
    assert test.detectable is not None
    assert test.rows_needed is not None
    # One row's standard deviation: the interval is about 3.9 standard errors wide.
    sd = (test.interval.high - test.interval.low) / 3.92 * np.sqrt(200)
    for size, n_rows in ((test.detectable, 200), (0.01, test.rows_needed)):
        found = normal_power(size / sd, n_rows, 0.05)
        assert found == pytest.approx(0.8, abs=0.04)
    assert test.rows_target == "margin"
    rows = formats.about(test.rows_needed)
    assert power(test, 0, 200).endswith(
        f"; a difference as large as the margin needs about {rows} test rows"
    )


def test_without_a_margin_the_rows_are_for_the_observed_difference() -> None:
    """More than there are: on these rows it was not found."""
    test = primary(ranked(0.0, margin=None))
    assert (test.word, test.rows_target) == ("inconclusive", "observed")
    assert test.rows_needed is not None
    assert test.rows_needed > 200


def test_a_decided_verdict_needs_no_more_rows() -> None:
    """A margin that these rows rule out leaves nothing open."""
    test = primary(ranked(0.0, margin=0.2))
    assert (test.word, test.rows_needed) == ("equivalent", None)


def test_scores_rank_as_the_probabilities_that_follow_from_them() -> None:
    """A metric that needs scores is tested on them: the logits have the same p."""
    rows = ranked(0.3).predictions
    assert rows is not None
    logits = {
        key: np.log(shares[:, 1].astype(float) / (1 - shares[:, 1].astype(float)))
        for key, shares in rows.probability.items()
    }
    spec = spec_of(get("roc_auc"))
    scored = dataclasses.replace(rows, probability={}, score=logits)
    tests = [compare_aucs(rows, KEYS, spec), compare_aucs(scored, KEYS, spec)]
    assert tests[0] is not None
    assert tests[1] is not None
    assert tests[0].p() == pytest.approx(tests[1].p())
    by_shares = spec.model_copy(update={"needs": "probabilities"})
    assert compare_aucs(scored, KEYS, by_shares) is None
