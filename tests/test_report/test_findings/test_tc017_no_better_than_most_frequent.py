"""TC017: no better than always saying the most frequent class."""

from statsmodels.stats.proportion import proportion_confint

from tests.builders import LOGREG
from tests.findings import found, only, plain


def test_tc017_no_better_than_the_most_frequent() -> None:
    """Four equal classes: 27 % of 400 rows is within chance of 25 %."""
    finding = only("TC017", accuracy={"logreg/baseline": 0.27}, models=(LOGREG,))
    low, high = (f"{end:.4f}" for end in proportion_confint(108, 400, method="beta"))
    assert f"baseline 0.2700 [{low}, {high}]; always predicting 0 gets 0.2500" in plain(
        finding.evidence
    )
    assert not found("TC017", accuracy={"logreg/baseline": 0.40}, models=(LOGREG,))


def test_tc017_is_judged_in_the_metric_of_the_study() -> None:
    """Nine of ten rows in one class: half of the rare class found beats it in macro F1.

    A constant answer gets 0.9 in accuracy, which the model's interval reaches down to,
    and (2 * 0.9 / 1.9) / 2 = 0.4737 in macro F1, which it does not.
    """
    truth = [0] * 360 + [1] * 40
    guess = [0] * 340 + [1] * 20 + [1] * 20 + [0] * 20
    run = {
        "classes": ("no", "yes"),
        "models": (LOGREG.model_copy(update={"search": None}),),
        "y_true": truth,
        "predicted": {"logreg/baseline": guess},
        "probabilities": (),
    }
    assert found("TC017", **run)
    assert not found("TC017", **run, study={"metric": "f1_macro"})
    constant = {**run, "predicted": {"logreg/baseline": [0] * 399 + [1]}}
    finding = only("TC017", **constant, study={"metric": "f1_macro"})
    assert plain(finding.evidence).endswith("always predicting no gets 0.4737.")
