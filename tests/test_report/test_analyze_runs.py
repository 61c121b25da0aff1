"""Two runs: what is compared with what, by which test, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import test_proportions_2indep as score_test

from tests.builders import KNN, LOGREG
from tests.two_runs import (
    HASHES,
    calibrations,
    new_run,
    of_seeds,
    reference_run,
    with_environment,
    with_results,
    with_times,
)
from tunecard.report.analyze.runs import compare_runs
from tunecard.report.stats.shares import share_difference
from tunecard.runner.schema import Transformer


def test_a_run_against_itself_is_nothing_new() -> None:
    """Equivalent, no time faster or slower, and nothing differs."""
    run = reference_run()
    compared = compare_runs(run, run)
    assert (compared.pairing, compared.pairing_reason) == ("paired", "")
    assert [case.test.word for case in compared.cases if case.test] == ["equivalent"] * 4
    assert {time.word for case in compared.cases for time in case.times} == {"inconclusive"}
    assert compared.differences == ()
    assert compared.kernel_ratio == 1


def test_the_same_rows_are_paired_with_holm_over_the_shared_cases() -> None:
    """On the discordant rows of each case, adjusted over all four as its interval is."""
    first, second = reference_run(), new_run(accuracy={"knn/tuned": 0.88}, seed=3)
    compared = compare_runs(first, second)
    case = compared.case("knn", "tuned")
    assert case is not None
    assert case.test is not None
    assert case.table is not None
    assert first.predictions is not None
    assert second.predictions is not None
    truth = second.predictions.y_true
    before = first.predictions.predicted["knn/tuned"] == truth
    after = second.predictions.predicted["knn/tuned"] == truth
    b, c = int(np.sum(before & ~after)), int(np.sum(~before & after))
    assert (case.table.only_first, case.table.only_second) == (b, c)
    exact = mcnemar(np.array([[0, b], [c, 0]]), exact=True).pvalue
    assert case.test.p < 10 * exact < 1e-3
    every = [one.test.p for one in compared.cases if one.test]
    # With a margin each may still be equivalent, and counts in every step.
    adjusted = multipletests(every, method="bonferroni")[1]
    assert [one.test.p_holm for one in compared.cases if one.test] == pytest.approx(
        adjusted
    )
    assert compared.n_tests == 4
    assert case.test.word == "worse"
    expected = share_difference(b, c, len(truth)).interval(1 - 0.05 / 4)
    assert case.test.interval == expected


def test_every_metric_has_its_change_from_run_to_run() -> None:
    """Not the tested one alone: each with its two values and its interval."""
    compared = compare_runs(reference_run(), new_run(accuracy={"knn/tuned": 0.95}))
    case = compared.case("knn", "tuned")
    assert case is not None
    found = case.metric("f1_macro")
    assert found is not None
    assert found.delta is not None
    assert found.delta == pytest.approx((found.second or 0) - (found.first or 0))
    assert found.delta > 0
    assert found.interval is not None
    assert not found.primary


def test_other_rows_are_two_independent_samples_and_said_so() -> None:
    """Where the hash of the test rows differs: the score test, and the reason by name."""
    first = reference_run()
    second = new_run(
        accuracy={"knn/tuned": 0.80}, dataset={"sha256": {**HASHES, "X_test": "f" * 64}}
    )
    compared = compare_runs(first, second)
    assert compared.pairing == "unpaired"
    assert compared.pairing_reason == (
        "the SHA-256 of X_test is 111111111111 in the reference, ffffffffffff in the new "
        "run"
    )
    case = compared.case("knn", "tuned")
    assert case is not None
    assert case.test is not None
    assert case.table is None
    expected = score_test(320, 400, 372, 400, compare="diff", method="score").pvalue
    assert case.test.p == pytest.approx(expected)
    assert case.test.delta == pytest.approx((320 - 372) / 400)
    assert case.test.word == "worse"
    assert case.metrics[1].interval is not None


def test_without_predictions_accuracy_is_still_compared() -> None:
    """Nothing row by row is known, so the stored accuracies are two samples."""
    first = replace(reference_run(), predictions=None, predictions_reason="not there")
    compared = compare_runs(first, new_run())
    assert compared.pairing == "unpaired"
    assert compared.pairing_reason.startswith("the reference run has no predictions")
    case = compared.case("knn", "tuned")
    assert case is not None
    assert case.test is not None
    assert case.test.method == "score test of two independent proportions"
    other = case.metric("f1_macro")
    assert other is not None
    assert other.interval is None
    assert other.interval_reason is not None


def test_a_file_of_another_name_is_the_same_data() -> None:
    """The same rows by their hashes are compared, quality and times."""
    hashes = {part: part[0] * 64 for part in ("X_train", "y_train", "X_test", "y_test")}
    compared = compare_runs(
        reference_run(dataset={"sha256": hashes}),
        new_run(dataset={"name": "digits.csv", "sha256": hashes}),
    )
    assert compared.pairing == "paired"
    assert compared.time_reasons == ()
    assert any(case.times for case in compared.cases)


def test_other_data_is_refused() -> None:
    """Runs of two datasets, or of other classes, have no common quality."""
    first = reference_run()
    other = new_run(dataset={"name": "mnist", "sha256": {**HASHES, "X_test": "f" * 64}})
    compared = compare_runs(first, other)
    assert compared.pairing == "refused"
    assert (
        compared.pairing_reason
        == "the data is digits in the reference, mnist in the new run"
    )
    assert all(case.test is None and not case.times for case in compared.cases)
    classes = compare_runs(first, new_run(classes=("0", "1", "2", "x")))
    unknown = new_run(dataset={"name": "mnist", "sha256": {}})
    assert compare_runs(first, unknown).pairing == "refused"
    assert classes.pairing_reason == "the classes of the two runs are not the same"


def test_new_gone_and_changed_models_are_named() -> None:
    """A model of one run alone, and parameters and search that differ in both."""
    changed = KNN.model_copy(update={"params": {"n_neighbors": 7}, "search": None})
    forest = LOGREG.model_copy(update={"name": "forest", "label": "forest"})
    compared = compare_runs(
        reference_run(models=(KNN, LOGREG)),
        new_run(
            models=(changed, forest),
            case={"knn/baseline": {"params": {"n_neighbors": 7}}},
        ),
    )
    states = {case.key: case.state for case in compared.cases}
    assert states == {
        "knn/baseline": "shared", "forest/baseline": "new", "forest/tuned": "new",
        "knn/tuned": "gone", "logreg/baseline": "gone", "logreg/tuned": "gone",
    }  # fmt: skip
    case = compared.case("knn", "baseline")
    assert case is not None
    assert [(one.key, one.first, one.second) for one in case.changed] == [
        ("parameters", "defaults", "n_neighbors = 7")
    ]


def test_steps_before_the_classifier_are_compared_with_their_parameters() -> None:
    """A path as it is, a step with parameters as the study has it."""
    scale = "sklearn.preprocessing.StandardScaler"
    step = Transformer(transformer=scale, params={"with_mean": False})
    first, second = (KNN.model_copy(update={"preprocess": (one,)}) for one in (scale, step))
    compared = compare_runs(reference_run(models=(first,)), new_run(models=(second,)))
    case = compared.case("knn", "baseline")
    assert case is not None
    assert [(one.key, one.first, one.second) for one in case.changed] == [
        ("preprocess", scale, json.dumps(step.model_dump()))
    ]


def test_a_failed_case_is_not_compared_and_says_why() -> None:
    """The status and the reason that the run stored."""
    second = new_run(failed={"knn/tuned": ("oom", "it needed 9 GiB")})
    case = compare_runs(reference_run(), second).case("knn", "tuned")
    assert case is not None
    assert case.test is None
    assert (
        case.quality_reason == "the case of the new run ran out of memory (it needed 9 GiB)"
    )
    assert case.times_reason == "the case of the new run ran out of memory"


def test_thirty_per_cent_across_runs_is_slower() -> None:
    """And faster the other way; the ratio is that of the times."""
    first, second = reference_run(), with_times(new_run(seed=1), "logreg/tuned", 1.3)
    case = compare_runs(first, second).case("logreg", "tuned")
    assert case is not None
    fit = case.time("fit")
    assert fit is not None
    assert (fit.word, fit.floor, fit.floor_runs) == ("slower", 0.10, 0)
    assert fit.ratio == pytest.approx(1.3, abs=0.03)
    back = compare_runs(second, first).case("logreg", "tuned")
    assert back is not None
    assert {time.word for time in back.times} == {"faster"}


def test_times_are_relative_to_the_kernel() -> None:
    """A machine that does all work 30 % slower makes no model slower."""
    second = new_run(seed=1, calibrations=calibrations(1.3))
    for key in ("knn/baseline", "knn/tuned", "logreg/baseline", "logreg/tuned"):
        second = with_times(second, key, 1.3)
    compared = compare_runs(reference_run(), second)
    assert compared.kernel_ratio == pytest.approx(1.3)
    assert {time.word for case in compared.cases for time in case.times} == {"inconclusive"}


UNLIKE = {
    "processor": {"cpu": "Another CPU"},
    "physical cores": {"physical_cores": 4},
    "logical cores": {"logical_cores": 4},
    "system": {"os": "Linux 7.0"},
    "threads (blas)": {"thread_pools": ()},
    "scikit-learn": {"packages": {"numpy": "2.0.0", "scikit-learn": "1.7.0"}},
    "Python": {"python": "3.12.0"},
}


@pytest.mark.parametrize(("key", "fields"), UNLIKE.items(), ids=list(UNLIKE))
def test_times_of_unlike_machines_are_refused(key: str, fields: dict[str, object]) -> None:
    """Processor, cores, system, threads and versions: the key with both values."""
    first, second = reference_run(models=(KNN,)), new_run(models=(KNN,))
    compared = compare_runs(first, with_environment(second, **fields))
    assert [one.key for one in compared.time_reasons] == [key]
    assert compared.time_reasons[0].first != compared.time_reasons[0].second
    assert all(not case.times for case in compared.cases)
    case = compared.cases[0]
    assert case.times_reason is not None
    assert compared.time_reasons[0].second in case.times_reason
    assert case.test is not None, "quality is compared all the same"


def test_a_package_in_which_no_time_is_spent_forbids_nothing() -> None:
    """It differs, and is named as different."""
    packages = {"numpy": "2.0.0", "scikit-learn": "1.6.0", "matplotlib": "4.0.0"}
    compared = compare_runs(reference_run(), with_environment(new_run(), packages=packages))
    assert compared.time_reasons == ()
    assert [(one.key, one.first, one.second) for one in compared.differences] == [
        ("matplotlib", "none", "4.0.0")
    ]


def test_threads_that_wait_otherwise_forbid_to_compare_times() -> None:
    """Small fits take several times as long where idle threads spin."""
    waits = {"OPENBLAS_THREAD_TIMEOUT": "8"}
    compared = compare_runs(
        reference_run(), with_environment(new_run(), wait_variables=waits)
    )
    assert [(one.key, one.first, one.second) for one in compared.time_reasons] == [
        ("OPENBLAS_THREAD_TIMEOUT", "none", "8")
    ]


def test_times_without_a_kernel_are_refused() -> None:
    """A run whose kernel was not timed has no measure of its machine."""
    compared = compare_runs(reference_run(calibrations=()), new_run())
    assert [(one.key, one.first) for one in compared.time_reasons] == [
        ("calibration kernel", "not timed")
    ]


def test_cases_with_other_threads_are_refused() -> None:
    """By case: the other cases' times are compared."""
    second = new_run(case={"knn/tuned": {"threads": 8}})
    compared = compare_runs(reference_run(), second)
    case = compared.case("knn", "tuned")
    assert case is not None
    assert case.times_reason == "its threads are 1 in the reference, 8 in the new run"
    assert sum(bool(case.times) for case in compared.cases) == 3


def test_from_five_earlier_runs_on_their_spread_is_the_floor() -> None:
    """Nine steady runs make 6 % a difference that 10 % would hide; four change nothing."""
    first, second = reference_run(), with_times(new_run(seed=1), "logreg/tuned", 1.08)
    runs = [
        with_results(reference_run(seed=seed), run_id=f"earlier-{seed}").results
        for seed in range(2, 11)
    ]
    few = compare_runs(first, second, runs[:4]).case("logreg", "tuned")
    many = compare_runs(first, second, runs).case("logreg", "tuned")
    assert few is not None
    assert many is not None
    assert {(time.floor, time.floor_runs, time.word) for time in few.times} == {
        (0.10, 0, "inconclusive")
    }
    assert all(0.02 <= time.floor < 0.06 and time.floor_runs == 9 for time in many.times)


def test_earlier_runs_of_another_machine_or_setting_do_not_count() -> None:
    """Nor later ones, nor the run itself."""
    first, second = reference_run(), new_run(seed=1)
    steady = [
        with_results(reference_run(seed=seed), run_id=f"earlier-{seed}")
        for seed in range(2, 8)
    ]
    others = {
        "machine": [with_environment(run, cpu="Another CPU") for run in steady],
        "later": [with_results(run, started="2027-01-01T00:00:00Z") for run in steady],
        "study": [
            with_results(run, study=run.results.study.model_copy(update={"name": "x"}))
            for run in steady
        ],
        "itself": [second] * 6,
    }
    for runs in others.values():
        compared = compare_runs(first, second, [run.results for run in runs])
        assert compared.floor_runs == 0
        assert {time.floor for case in compared.cases for time in case.times} == {0.10}


def test_one_neighbor_against_five_on_real_digits() -> None:
    """Where one training label in ten is wrong, five neighbors outvote it: better.

    With all labels right the two are as good (0.982 and 0.978), and nothing is claimed.
    """
    data = load_digits()
    train, test, right, y_test = train_test_split(
        data.data, data.target, test_size=0.5, random_state=0
    )
    rng = np.random.default_rng(0)
    mislabeled = np.where(rng.random(len(right)) < 0.1, (right + 1) % 10, right)
    words = {}
    for name, y_train in (("right", right), ("mislabeled", mislabeled)):
        shares, runs = [], []
        for build, k in ((reference_run, 1), (new_run, 5)):
            guess = KNeighborsClassifier(k).fit(train, y_train).predict(test)
            shares.append(float(np.mean(guess == y_test)))
            runs.append(
                build(
                    models=(KNN,),
                    classes=[str(name) for name in range(10)],
                    y_true=y_test,
                    predicted={"knn/baseline": guess, "knn/tuned": guess},
                )
            )
        case = compare_runs(runs[0], runs[1]).case("knn", "tuned")
        assert case is not None
        assert case.test is not None
        assert case.test.delta == pytest.approx(shares[1] - shares[0])
        words[name] = case.test.word
    assert words == {"right": "inconclusive", "mislabeled": "better"}


def test_runs_of_several_seeds_are_compared_by_one_that_both_have() -> None:
    """Rows of seeds are never pooled: the new run's first seed that the reference has."""
    first, second = of_seeds(reference_run(), 0, 3), of_seeds(new_run(), 2, 3)
    compared = compare_runs(first, second)
    assert compared.seed_note == "The runs are compared by seed 3 alone."
    assert compared.pairing == "paired"
    assert [case.key for case in compared.cases] == [
        "knn/baseline", "knn/tuned", "logreg/baseline", "logreg/tuned",
    ]  # fmt: skip
    assert all(case.test is not None and case.times for case in compared.cases)
    assert ("seeds", "[0, 3]", "[2, 3]") in {
        (one.key, one.first, one.second) for one in compared.differences
    }


def test_runs_that_share_no_seed_say_so() -> None:
    """The first seed of each, one of them the only one that a run has."""
    compared = compare_runs(reference_run(), of_seeds(new_run(), 1, 2))
    assert compared.seed_note == (
        "The runs share no seed: the reference is of seed 0, the new run of 1."
    )
    assert all(case.state == "shared" for case in compared.cases)
