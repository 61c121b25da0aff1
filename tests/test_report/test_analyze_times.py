"""Times in the analysis: samples, a value a worker, ratios and words."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.builders import KNN, make_run, make_sample
from tunecard.report.analyze import CaseAnalysis, analyze
from tunecard.report.analyze.types import ModelAnalysis
from tunecard.report.stats.rounds import drift_factor
from tunecard.runner.schema import Operation, Sample, TimedRound


def timed(number: int, operation: Operation, samples: Sequence[Sample]) -> TimedRound:
    """One round of samples."""
    return TimedRound(
        round=number, position=0, operation=operation, n_rows=100, samples=tuple(samples)
    )


def model_of(
    baseline: Sequence[TimedRound], tuned: Sequence[TimedRound] = ()
) -> ModelAnalysis:
    """Analyze one model with given timings."""
    run = make_run(
        models=(KNN,),
        case={
            "knn/baseline": {"timings": tuple(baseline)},
            "knn/tuned": {"timings": tuple(tuned)},
        },
    )
    return analyze(run).models[0]


def baseline_of(*rounds: TimedRound) -> CaseAnalysis:
    """Analyze a baseline with given timings."""
    case = model_of(rounds).baseline
    assert case is not None
    return case


def constant(
    seconds: Sequence[float], operation: Operation = "predict"
) -> list[TimedRound]:
    """A round of one call for each of these seconds."""
    return [
        timed(number, operation, [make_sample(value)])
        for number, value in enumerate(seconds, start=1)
    ]


def test_a_worker_counts_by_the_median_of_its_calls_without_the_cold_one() -> None:
    """And a case by the median over its workers."""
    samples = [make_sample(9, cold=True), *(make_sample(s) for s in (1.0, 3.0, 2.0))]
    case = baseline_of(
        timed(1, "fit", samples),
        timed(2, "fit", [make_sample(5)]),
        timed(3, "fit", [make_sample(7)]),
    )
    times = case.times["fit"]
    assert [value.wall for value in times.rounds] == [2, 5, 7]
    assert (times.seconds, times.cold_seconds) == (5, 9)
    assert [sample.counted for sample in times.samples] == [False] + [True] * 5
    assert times.cpu_seconds == pytest.approx(7.5)


def test_an_inner_loop_is_divided_by_its_calls() -> None:
    """Ten calls in 20 ms take 2 ms each."""
    times = baseline_of(timed(1, "fit", [make_sample(0.02, loops=10)])).times["fit"]
    assert times.samples[0].wall == pytest.approx(0.002)
    assert times.seconds == pytest.approx(0.002)


def test_a_worker_counts_by_its_clean_calls() -> None:
    """The runner repeats a contaminated block once; what was disturbed is kept aside."""
    dirty = [make_sample(seconds, contaminated=True) for seconds in (3, 9)]
    clean = [make_sample(seconds) for seconds in (1, 2)]
    times = baseline_of(timed(1, "fit", [*dirty, *clean])).times["fit"]
    (value,) = times.rounds
    assert (value.wall, value.n_calls, value.contaminated) == (1.5, 2, False)
    assert [sample.counted for sample in times.samples] == [False, False, True, True]
    assert times.n_contaminated == 2


def test_a_worker_without_a_clean_call_counts_by_the_others() -> None:
    """They are what there is, and the round says so; other rounds stay clean."""
    dirty = [make_sample(seconds, contaminated=True) for seconds in (3, 5)]
    times = baseline_of(
        timed(1, "fit", [make_sample(9, cold=True), *dirty]),
        timed(2, "fit", [make_sample(2)]),
    ).times["fit"]
    assert [(value.wall, value.contaminated) for value in times.rounds] == [
        (4, True),
        (2, False),
    ]
    assert (times.seconds, times.n_contaminated) == (3, 2)


def test_the_interval_of_many_calls_is_widened_more() -> None:
    """Drift between rounds weighs more where the calls of a round are averaged away."""
    seconds = [1.0, 1.03, 0.98]
    once = model_of(constant(seconds), constant([2.0, 2.02, 1.99])).time("predict")
    thrice = [
        [timed(n, "predict", [make_sample(s)] * 3) for n, s in enumerate(values, start=1)]
        for values in (seconds, [2.0, 2.02, 1.99])
    ]
    three = model_of(*thrice).time("predict")
    assert once is not None
    assert three is not None
    assert once.detectable is not None
    assert three.detectable is not None
    ratio = np.log1p(three.detectable) / np.log1p(once.detectable)
    factors = [float(drift_factor(np.array(0.0), 3, n_calls)) for n_calls in (3, 1)]
    assert ratio == pytest.approx(factors[0] / factors[1])
    assert ratio > 1


def test_fit_and_predict_together_are_widened_as_the_longer_of_them() -> None:
    """One call of 10 s and five of 1 ms: the sum is a single call's."""
    fits = [timed(n, "fit", [make_sample(0.001)] * 5) for n in (1, 2, 3)]
    slow = constant([10, 10.1, 9.9]), constant([10.2, 10.1, 10.3])
    model = model_of([*fits, *slow[0]], [*fits, *slow[1]])
    both, predict = model.time("fit+predict"), model.time("predict")
    assert both is not None
    assert predict is not None
    assert both.detectable == pytest.approx(predict.detectable, rel=0.01)


def test_a_round_with_nothing_but_a_cold_call_has_no_value() -> None:
    """The operation is there, its number is not."""
    times = baseline_of(timed(1, "fit", [make_sample(1, cold=True)])).times["fit"]
    assert (times.rounds, times.seconds, times.cold_seconds) == ((), None, 1)


def test_a_slower_model_is_called_slower() -> None:
    """Twice the time in every round is a ratio of 2."""
    time = model_of(constant([1, 1.01, 0.99]), constant([2, 2.02, 1.98])).time("predict")
    assert time is not None
    assert time.ratio == pytest.approx(2)
    assert (time.word, time.n_rounds, time.baseline, time.tuned) == ("slower", 3, 1, 2)


def test_no_difference_is_bounded() -> None:
    """Equal times to 1 % allow no claim of a difference, and name a bound."""
    time = model_of(constant([1, 1.01, 0.99]), constant([1.005, 1.0, 0.995])).time(
        "predict"
    )
    assert time is not None
    assert time.word == "no difference"
    assert time.beyond is not None
    assert 0.02 <= time.beyond <= 0.1


def test_rounds_are_paired_by_their_number() -> None:
    """A round that one case lacks is left out of the ratio."""
    time = model_of(constant([1, 2, 4]), constant([2, 4, 8])[:2]).time("predict")
    assert time is not None
    assert (time.n_rounds, time.word) == (2, "inconclusive")
    assert time.reason == "2 rounds, and at least 3 are needed"
    assert time.ratio == pytest.approx(2)


def test_fit_and_predict_are_added_round_by_round() -> None:
    """Lazy learners do their work in predict: the sum compares fairly."""
    baseline = constant([1, 1, 1], "fit") + constant([1, 1, 1])
    tuned = constant([0.5, 0.5, 0.5], "fit") + constant([2.5, 2.5, 2.5])
    both = model_of(baseline, tuned).time("fit+predict")
    assert both is not None
    assert both.ratio == pytest.approx(1.5)
    assert (both.baseline, both.tuned, both.word) == (2, 3, "slower")


def test_exactly_equal_rounds_are_no_error() -> None:
    """Zero variance: no difference beyond the floor of 2 %."""
    time = model_of(constant([1, 1, 1]), constant([1, 1, 1])).time("predict")
    assert time is not None
    assert (time.word, time.beyond, time.ratio) == ("no difference", 0.02, 1)


def test_one_round_is_inconclusive() -> None:
    """With a ratio and without an interval."""
    time = model_of(constant([1]), constant([1.5])).time("predict")
    assert time is not None
    assert (time.word, time.interval) == ("inconclusive", None)
    assert time.reason == "1 round, and at least 3 are needed"


def test_a_time_of_0_is_left_out() -> None:
    """A clock too coarse has no ratio."""
    time = model_of(constant([0, 0, 0]), constant([1, 1, 1])).time("predict")
    assert time is not None
    assert (time.ratio, time.baseline) == (None, None)
    assert time.reason == "no round has a value for both"


def test_noise_that_both_cases_share_cancels() -> None:
    """A round in which the machine is half as fast does not hide 30 %."""
    time = model_of(constant([1, 1.5, 1]), constant([1.3, 1.96, 1.29])).time("predict")
    assert time is not None
    assert (time.word, time.floor) == ("slower", 0.02)


def test_noise_of_one_case_alone_raises_the_floor() -> None:
    """Rounds whose ratios differ by half make 30 % no difference worth a word."""
    time = model_of(constant([1, 1, 1]), constant([1.3, 1.9, 1.1])).time("predict")
    assert time is not None
    assert time.floor > 0.3
    assert time.word == "inconclusive"


def memory(values: Sequence[int | None]) -> list[TimedRound]:
    """Rounds of a second each with these peaks."""
    return [
        timed(number, "fit", [make_sample(1, peak_memory=value)])
        for number, value in enumerate(values, start=1)
    ]


@pytest.mark.parametrize(
    ("baseline", "tuned", "word"),
    [
        (100, 200, "more"),
        (200, 100, "less"),
        (100, 101, "no difference"),
        (3, 3.2, "no difference"),
        (0, 0, "inconclusive"),
        (0, 100, "more"),
    ],
)
def test_the_word_of_a_memory_peak(baseline: float, tuned: float, word: str) -> None:
    """In MiB: under 1 MiB apart is no difference, two peaks under 1 MiB are not told."""
    first, second = ([round(peak * 2**20)] * 3 for peak in (baseline, tuned))
    (found,) = model_of(memory(first), memory(second)).memory
    assert found.word == word
    assert (found.baseline, found.tuned) == (first[0], second[0])


def test_memory_that_could_not_be_read_says_so() -> None:
    """Elsewhere than on Linux it is None."""
    (found,) = model_of(memory([None] * 3), memory([2**20] * 3)).memory
    assert (found.word, found.baseline) == ("inconclusive", None)
    assert found.reason == "the peak memory could not be read"


def test_a_run_without_times_has_none() -> None:
    """No rounds, no comparisons."""
    model = analyze(make_run(rounds=0)).models[0]
    assert (model.times, model.memory) == ((), ())
    assert model.baseline is not None
    assert model.baseline.times == {}
