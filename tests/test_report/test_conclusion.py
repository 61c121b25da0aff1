"""The verdicts as sentences."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from tests.builders import KNN, LOGREG, make_run, make_sample
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.conclusion import Conclusion, ModelConclusion, conclude
from tunecard.report.stats.ratios import widening
from tunecard.runner.schema import TimedRound


def concluded(**overrides: Any) -> Conclusion:
    """Conclude a run with these overrides, in ordinary spaces and signs."""
    conclusion = conclude(analyze(make_run(**overrides)))
    return dataclasses.replace(
        conclusion,
        models=tuple(
            ModelConclusion(*(plain(text) for text in dataclasses.astuple(model)))
            for model in conclusion.models
        ),
        between=tuple(plain(text) for text in conclusion.between),
    )


def plain(text: str) -> str:
    """Text with ordinary spaces and hyphens."""
    return text.translate({0xA0: " ", 0x202F: "", 0x2212: "-"})


def test_a_better_model_has_its_numbers_in_one_sentence() -> None:
    """Difference, interval, p after Holm, time, cost of the search."""
    model = concluded().models[0]
    assert model.headline == "Tuned k-nearest neighbors is better"
    assert model.sentence.startswith(
        "Tuned k-nearest neighbors is better: accuracy +3.00 points [1.43, 5.39], "
        "p = 0.002 after Holm; predicting takes "
    )
    assert "no difference beyond" in model.sentence
    assert model.sentence.endswith(" times the CPU time of a baseline fit + predict.")
    assert model.claim == (
        "Yes for k-nearest neighbors: accuracy +3.00 points [1.43, 5.39], "
        "p = 0.002 after Holm."
    )


def test_a_difference_that_may_be_below_the_margin_says_so() -> None:
    """Found, and not shown to matter: its 90 % interval reaches below the margin."""
    model = concluded(models=(KNN,), study={"margin": 0.029}).models[0]
    assert model.headline == "Tuned k-nearest neighbors is better"
    assert "; whether it exceeds the margin of 2.90 points is open; " in model.sentence
    assert "; whether it exceeds the margin of 2.90 points is open" in model.claim
    assert concluded(models=(KNN,), study={"margin": 0.029}).summary == (
        "By accuracy, tuning made k-nearest neighbors better (whether by more than the "
        "margin of 2.90 points is open)."
    )
    assert "is open" not in concluded(models=(KNN,)).models[0].sentence.partition(";")[0]
    assert "is open" not in concluded(models=(KNN,)).summary


def test_one_model_has_no_holm() -> None:
    """A family of one test is not adjusted, and the sentence does not say so."""
    (model,) = concluded(models=(KNN,)).models
    assert "Holm" not in model.sentence


def test_a_worse_model_is_called_worse() -> None:
    """The claim of an improvement is denied."""
    model = concluded(accuracy={"knn/tuned": 0.86}).models[0]
    assert model.headline == "Tuned k-nearest neighbors is worse"
    assert model.claim.startswith(
        "No for k-nearest neighbors, it became worse: accuracy -4.00"
    )


def test_an_equivalent_model_names_the_margin() -> None:
    """And denies the claim."""
    model = concluded(n_test=10_000, accuracy={"knn/tuned": 0.9001}).models[0]
    assert model.headline == "Tuned k-nearest neighbors is equivalent to its baseline"
    assert "within the margin of 1.00 points" in model.sentence
    assert model.claim.startswith("No for k-nearest neighbors: accuracy +0.01 points")


def test_a_real_but_small_difference_is_called_so() -> None:
    """Statistically yes, in practice no."""
    model = concluded(n_test=10_000, accuracy={"knn/tuned": 0.903}).models[0]
    assert "a real difference, smaller than the margin of 1.00 points" in model.sentence
    assert model.claim.startswith("Statistically yes, in practice no")


def test_an_open_verdict_says_what_the_rows_could_show() -> None:
    """Too few rows differ, or the detectable difference."""
    model = concluded().models[1]
    assert model.headline == "Whether tuned logistic regression is better remains open"
    assert (
        "; no outcome on 400 test rows with 2 discordant ones could decide; a difference "
        "as large as the margin needs about 948 test rows; "
    ) in model.sentence
    assert model.claim.startswith(
        "Not shown for logistic regression: accuracy +0.50 points"
    )


def test_an_open_verdict_names_the_detectable_difference() -> None:
    """Where enough rows differ for there to be one."""
    truth = [0, 1, 2, 3] * 100
    first = [(code + 1) % 4 if row < 30 else code for row, code in enumerate(truth)]
    second = [(code + 1) % 4 if 25 <= row < 52 else code for row, code in enumerate(truth)]
    predicted = {"knn/baseline": first, "knn/tuned": second}
    model = concluded(models=(KNN,), y_true=truth, predicted=predicted).models[0]
    assert (
        "the smallest difference detectable with 80 % power on 400 test rows is "
        in model.sentence
    )


def test_identical_predictions_are_told_as_such() -> None:
    """With the number of rows."""
    run = make_run()
    assert run.predictions is not None
    same = run.predictions.predicted["knn/baseline"].tolist()
    model = concluded(predicted={"knn/tuned": same}).models[0]
    assert model.sentence.startswith(
        "Tuned k-nearest neighbors predicts the same as its baseline: the same class on "
        "every one of 400 test rows"
    )
    python = run.results.cases[0].python
    kept = concluded(
        predicted={"knn/tuned": same}, case={"knn/tuned": {"python": python}}
    ).models[0]
    assert kept.headline == (
        "The search kept the baseline's own parameters for k-nearest neighbors"
    )


def test_a_slower_model_has_its_ratio_with_interval() -> None:
    """Only what takes a share of the time is told: k-nearest neighbors' fit does not."""
    model = concluded(tuned_time=2.0).models[0]
    assert (
        "predicting takes 2.0" in model.sentence or "predicting takes 1.9" in model.sentence
    )
    assert "times as long [1.9" in model.sentence
    assert "fitting" not in model.sentence


def test_open_times_share_one_reason() -> None:
    """One clause, not one an operation."""
    sentence = concluded(rounds=1).models[1].sentence
    assert (
        "the timing of fitting is inconclusive (1 round, and at least 3 are needed)"
        in sentence
    )


def unsteady(*factors: float, **overrides: Any) -> ModelConclusion:
    """Conclude on a model whose tuned case took these times the baseline's seconds."""
    cases = {
        f"knn/{variant}": {
            "elapsed": 30.0,
            "timings": tuple(
                TimedRound(
                    round=number,
                    position=0,
                    operation="predict",
                    n_rows=400,
                    samples=(make_sample(factor if variant == "tuned" else 1.0),),
                )
                for number, factor in enumerate(factors, start=1)
            ),
        }
        for variant in ("baseline", "tuned")
    }
    return concluded(models=(KNN,), case=cases, **overrides).models[0]


def test_open_times_tell_what_the_rounds_show_and_what_to_do() -> None:
    """Half-width of Student's interval over 3 log ratios, widened by 1.04 for one call.

    2 cases of 30 s in 3 rounds of a run of 120 s: one of 10 rounds takes 260 s.
    """
    logs = np.array([-0.1, 0.0, 0.1])
    half = scipy.stats.t.ppf(0.975, 2) * logs.std(ddof=1) / 3**0.5 * widening(3, 1)
    ten = half * (2.262157 / 10**0.5) / (4.302653 / 3**0.5)
    shown, later = (formats.percent_up(math.expm1(value)) for value in (half, ten))
    told = unsteady(*np.exp(logs).tolist())
    assert told.open_times == plain(
        "The timing comparison is inconclusive: 3 rounds show only differences above "
        f"{shown} in predict. With --budget 5m, 10 rounds show about {later}."
    )
    assert (
        f"the timing of predicting is inconclusive (3 rounds show only differences above "
        f"{plain(shown)})"
    ) in told.sentence


def test_too_few_rounds_are_told_with_the_budget_for_more() -> None:
    """One round shows nothing at all."""
    assert unsteady(1.0).open_times == (
        "The timing comparison is inconclusive: 1 round, and at least 3 are needed. Run "
        "again with --budget 11m."
    )


def test_ten_rounds_are_the_most() -> None:
    """No budget is advised that would not help."""
    told = unsteady(*[0.7, 1.4] * 5).open_times
    assert told.startswith(
        "The timing comparison is inconclusive: 10 rounds show only differences above "
    )
    assert "--budget" not in told


def test_rounds_that_distinguish_nothing_get_no_percentage() -> None:
    """A bound above 100 % is written in words, in the reason and in the advice."""
    told = unsteady(0.02, 5.0, 0.5)
    assert told.open_times == (
        "The timing comparison is inconclusive: 3 rounds cannot distinguish the two in "
        "predict. With --budget 5m, 10 rounds may not distinguish the two either; a "
        "quieter machine shows more."
    )
    assert "%" not in told.sentence.partition("the timing of predicting")[2]


def test_decided_times_need_no_words() -> None:
    """The cards say them already."""
    assert concluded().models[0].open_times == ""


def test_without_times_the_cost_is_in_seconds() -> None:
    """There is nothing to compare the search with."""
    sentence = concluded(rounds=0).models[0].sentence
    assert sentence.endswith("; the search cost 2.50 s of CPU time.")


@pytest.mark.parametrize(
    ("overrides", "summary"),
    [
        (
            {},
            (
                "By accuracy, tuning made k-nearest neighbors better. We cannot tell "
                "whether tuning changed logistic regression."
            ),
        ),
        (
            {"failed": {"knn/tuned": ("oom", "over 8 GiB")}},
            (
                "By accuracy, we cannot tell whether tuning changed logistic regression. "
                "It cannot be judged for k-nearest neighbors."
            ),
        ),
        (
            {"models": (KNN.model_copy(update={"search": None}),)},
            "No model has a baseline and a tuned case that can be compared.",
        ),
    ],
)
def test_the_summary_groups_the_models(overrides: dict[str, Any], summary: str) -> None:
    """One or two sentences over all of them."""
    assert concluded(**overrides).summary == summary


def test_a_tuned_model_whose_search_is_not_recorded_is_named_too() -> None:
    """It cannot be judged, and its headline says the same."""
    run = make_run(failed={"logreg/tuned": ("failed", "no")})
    results = run.results.model_copy(update={"searches": ()})
    summary = conclude(analyze(dataclasses.replace(run, results=results))).summary
    assert summary.endswith("It cannot be judged for logistic regression.")


def test_a_failed_case_is_told_with_its_reason() -> None:
    """In the headline, and nothing is claimed."""
    model = concluded(failed={"knn/tuned": ("oom", "over 8 GiB")}).models[0]
    assert model.headline == (
        "Tuning of k-nearest neighbors cannot be judged: the tuned case ran out of memory "
        "(over 8 GiB)"
    )
    assert model.claim.startswith("Not shown for k-nearest neighbors")


def test_a_model_without_a_search_was_only_measured() -> None:
    """No verdict is attempted."""
    alone = LOGREG.model_copy(update={"search": None})
    model = concluded(models=(alone,)).models[0]
    assert model.sentence == "Logistic regression was measured without tuning."


def test_a_model_whose_tuned_case_is_missing_was_not_left_untuned() -> None:
    """The study has a search for it: its headline names what is missing."""
    run = make_run()
    cases = tuple(case for case in run.results.cases if case.key != "logreg/tuned")
    results = run.results.model_copy(update={"searches": (), "cases": cases})
    found = analyze(dataclasses.replace(run, results=results))
    model = next(one for one in conclude(found).models if one.model == "logreg")
    assert model.headline == (
        "Tuning of logistic regression cannot be judged: there is no tuned case"
    )
    assert found.model("logreg").word == "not compared"


def test_tuned_models_are_compared_in_a_sentence() -> None:
    """The second against the first."""
    (sentence,) = concluded().between
    assert sentence == (
        "Tuned logistic regression is worse than tuned k-nearest neighbors: accuracy "
        "-7.50 points [-10.40, -5.21], p < 0.001."
    )


def test_limits_name_seed_subset_fallback_and_margin() -> None:
    """What the numbers do not cover."""
    limits = " ".join(
        concluded(
            study={"margin": None, "seed": 7},
            dataset={"subset_of": "MNIST", "fallback_reason": "MNIST is out of reach"},
        ).limits
    )
    for part in (
        "this is seed 7",
        'Without a margin in the study, no verdict is "equivalent".',
        "a subset of MNIST",
        "was used instead of the requested data: MNIST is out of reach.",
    ):
        assert part in limits
