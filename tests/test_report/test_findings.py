"""Coded rules: each speaks when it should, with its evidence, and is silent otherwise."""

import dataclasses
from typing import Any

import pytest

from report.analyse import analyse
from report.errors import InputError
from report.findings import RULES, Finding, explain, find
from runner.schema import ClassInfo, GridSearch
from tests.builders import KNN, LOGREG, make_run, make_sample

#: What a healthy run has to be told: nothing, but that one drawn parameter saves nothing.
QUIET = {"TC019"}


def found(code: str, **overrides: Any) -> list[Finding]:
    """Findings of one rule in a run with these overrides."""
    findings = find(analyse(make_run(**overrides)))
    return [finding for finding in findings if finding.code == code]


def only(code: str, **overrides: Any) -> Finding:
    """The one finding of a rule."""
    (finding,) = found(code, **overrides)
    return finding


def plain(text: str) -> str:
    """Text with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_a_healthy_run_has_little_to_be_told() -> None:
    """No rule speaks without a cause."""
    scores = {"logreg/baseline": 0.89, "logreg/tuned": 0.91}
    findings = find(analyse(make_run(n_test=2000, accuracy=scores)))
    assert {finding.code for finding in findings} == QUIET


def test_every_rule_has_its_own_code_in_order() -> None:
    """TC001 and on, without a gap."""
    assert [rule.code for rule in RULES] == [f"TC{n:03}" for n in range(1, len(RULES) + 1)]


def test_issues_come_before_tips_and_notes() -> None:
    """The reader meets what weakens a conclusion first."""
    findings = find(
        analyse(
            make_run(rounds=2, dataset={"subset_of": "MNIST", "n_test_rows_in_train": 1})
        )
    )
    order = [finding.severity for finding in findings]
    assert order == sorted(order, key=["issue", "tip", "note"].index)
    assert {"issue", "note"} <= set(order)


def test_tc001_best_on_the_edge() -> None:
    """The chosen value, the end and the space are named."""
    space = {"n_neighbors": (3, 5, 7), "weights": ("uniform",)}
    spec = KNN.model_copy(update={"search": GridSearch(strategy="grid", space=space)})
    finding = only("TC001", models=(spec,), search={"knn": {"best": 1}})
    assert finding.evidence == (
        "The search for k-nearest neighbours chose n_neighbors = 3, at the lower end of "
        "3 to 7."
    )
    assert (finding.severity, finding.model, finding.anchor) == ("tip", "knn", "search")


def test_tc002_not_converged() -> None:
    """Cases are an issue; candidates alone a tip."""
    finding = only("TC002", case={"logreg/baseline": {"converged": False, "n_iter": 100}})
    assert finding.severity == "issue"
    assert "the baseline fit stopped after 100 iterations" in finding.evidence
    run = make_run()
    candidates = [
        one.model_copy(update={"converged": one.index > 2})
        for one in run.results.searches[1].candidates
    ]
    finding = only("TC002", search={"logreg": {"candidates": tuple(candidates)}})
    assert finding.severity == "tip"
    assert "3 of 7 candidates" in finding.evidence


def test_tc003_train_test_gap() -> None:
    """At least 2 points, and outside the interval of the test score."""
    quality = make_run(n_test=2000).results.cases[1].quality
    assert quality is not None
    perfect = quality.model_copy(update={"train": {"accuracy": 1.0}})
    finding = only("TC003", n_test=2000, case={"knn/tuned": {"quality": perfect}})
    assert finding.evidence.endswith("tuned 1.0000 against 0.9300.")
    for inside in (0.94, 0.93):
        near = quality.model_copy(update={"train": {"accuracy": inside}})
        assert not found("TC003", n_test=2000, case={"knn/tuned": {"quality": near}})


def test_tc003_is_silent_about_a_gap_of_no_weight() -> None:
    """On 10,000 rows 1.5 points lie outside the interval, and are still no alarm."""
    quality = make_run(n_test=10_000).results.cases[1].quality
    assert quality is not None
    near = quality.model_copy(update={"train": {"accuracy": 0.945}})
    assert not found("TC003", n_test=10_000, case={"knn/tuned": {"quality": near}})


def test_tc004_equivalent_but_dearer() -> None:
    """Equivalent and clearly slower; not when it is as fast, nor when it is better."""
    same = {"accuracy": {"knn/tuned": 0.90}, "models": (KNN,)}
    finding = only("TC004", tuned_time=2.0, **same)
    assert "is equivalent in accuracy" in finding.evidence
    assert "predict takes" in finding.evidence
    assert not found("TC004", **same)
    assert not found("TC004", tuned_time=2.0, models=(KNN,))


@pytest.mark.parametrize(("n_rows", "severity"), [(3, "note"), (4, "issue"), (40, "issue")])
def test_tc005_duplicated_rows(n_rows: int, severity: str) -> None:
    """From 1 % of 400 test rows it is an issue."""
    finding = only("TC005", dataset={"n_test_rows_in_train": n_rows})
    assert finding.severity == severity
    assert plain(finding.evidence).startswith(f"{n_rows} of 400 test rows")


def test_tc006_class_imbalance() -> None:
    """Three times the rows of the smallest class, classes without rows aside."""

    def classes(*sizes: int) -> dict[str, Any]:
        entries = [
            ClassInfo(name=str(i), n_train=n, n_test=100) for i, n in enumerate(sizes)
        ]
        return {"classes": tuple(entries)}

    finding = only("TC006", dataset=classes(300, 100, 200, 150))
    assert "Class 0 has 300 training rows, class 1 100." in finding.evidence
    assert not found("TC006", dataset=classes(299, 100, 200, 0))


def test_tc007_a_class_got_worse() -> None:
    """Better on average, while class 3 lost recall for certain."""
    truth = [0, 1, 2, 3] * 250
    wrong = [(code + 1) % 4 for code in truth]
    first = [
        bad if code != 3 and row % 7 == 0 else code
        for row, (code, bad) in enumerate(zip(truth, wrong, strict=True))
    ]
    second = [
        bad if row % 40 == 3 else code
        for row, (code, bad) in enumerate(zip(truth, wrong, strict=True))
    ]
    finding = only(
        "TC007",
        y_true=truth,
        models=(KNN,),
        predicted={"knn/baseline": first, "knn/tuned": second},
    )
    assert finding.severity == "issue"
    assert "class 3 \N{MINUS SIGN}10.00 points" in finding.evidence
    assert finding.anchor == "classes"


def test_tc008_few_rounds() -> None:
    """Two rounds are named for each model, once for the run."""
    finding = only("TC008", rounds=2)
    assert plain(finding.evidence) == (
        "K-nearest neighbours: 2 rounds; logistic regression: 2 rounds; a verdict needs 3."
    )
    assert finding.model is None


def test_tc009_contaminated_samples() -> None:
    """From a fifth of the timed calls it is an issue."""
    run = make_run()
    timings = run.results.cases[0].timings
    dirty = timings[0].model_copy(
        update={"samples": (make_sample(0.004, contaminated=True), make_sample(0.004))}
    )
    finding = only("TC009", case={"knn/baseline": {"timings": (dirty, *timings[1:])}})
    assert plain(finding.evidence) == "K-nearest neighbours: 1 of 24 timed calls (4.2 %)."
    assert finding.severity == "note"


def test_tc010_and_tc011_data_that_is_not_the_whole() -> None:
    """A subset is a note, a stand-in an issue."""
    assert only("TC010", dataset={"subset_of": "MNIST"}).severity == "note"
    finding = only("TC011", dataset={"fallback_reason": "MNIST is out of reach."})
    assert finding.severity == "issue"
    assert finding.evidence == "Handwritten digits was used: MNIST is out of reach."


def test_tc012_optimistic_folds() -> None:
    """The winner's mean lies above the interval of its test score."""
    run = make_run()
    record = run.results.searches[0]
    lucky = [
        one.model_copy(update={"scores": (0.99,) * 5}) if one.index == record.best else one
        for one in record.candidates
    ]
    changes = {"knn": {"candidates": tuple(lucky)}}
    finding = only("TC012", models=(KNN,), search=changes)
    assert "0.9900 over the folds, 0.9300 [0.90" in finding.evidence


def test_tc013_zero_probability() -> None:
    """Counted for each case."""
    quality = make_run().results.cases[0].quality
    assert quality is not None
    changed = quality.model_copy(update={"n_zero_probability": 7})
    finding = only("TC013", case={"knn/baseline": {"quality": changed}})
    assert plain(finding.evidence).endswith("probability 0: baseline on 7 rows of 400.")


def test_tc014_same_parameters() -> None:
    """The lines that build both are the same."""
    python = make_run().results.cases[0].python
    assert only("TC014", case={"knn/tuned": {"python": python}}).severity == "note"


def test_tc015_failed_candidates() -> None:
    """Their number and the first one's reason."""
    record = make_run().results.searches[0]
    broken = record.candidates[-1].model_copy(
        update={"status": "failed", "reason": "it broke", "scores": (None,) * 5}
    )
    others = [one for one in record.candidates if one.index != broken.index]
    changes = {"candidates": (*others, broken), "best": 1}
    finding = only("TC015", search={"knn": changes})
    assert "1 of 9 candidates failed" in finding.evidence
    assert "it broke" in finding.evidence


def test_tc016_failed_cases() -> None:
    """With the runner's reason."""
    finding = only("TC016", failed={"knn/tuned": ("timeout", "over 1800 s")})
    assert finding.evidence == "K-nearest neighbours: tuned: timeout (over 1800 s)."


def test_tc017_no_better_than_the_most_frequent() -> None:
    """Four equal classes: 27 % of 400 rows is within chance of 25 %."""
    finding = only("TC017", accuracy={"logreg/baseline": 0.27}, models=(LOGREG,))
    assert "baseline 0.2700; always saying 0 gets 0.2500" in finding.evidence
    assert not found("TC017", accuracy={"logreg/baseline": 0.40}, models=(LOGREG,))


def test_tc018_oversubscribed() -> None:
    """Threads of a case, or processes times threads of a search, over the cores."""
    finding = only("TC018", search={"logreg": {"jobs": 2, "threads": 2}})
    assert plain(finding.evidence) == (
        "Logistic regression: the search ran 2 processes of 2 threads each on 2 cores."
    )
    assert only("TC018", case={"knn/tuned": {"threads": 3}}).model == "knn"


def test_tc019_random_saves_nothing() -> None:
    """One drawn parameter: a grid of as many values costs the same."""
    finding = only("TC019")
    assert "the search drew 6 values of C" in finding.evidence
    assert finding.model == "logreg"


def test_tc020_margin_out_of_reach() -> None:
    """An open verdict on too few rows; with a wide margin it is silent."""
    run = {"accuracy": {"knn/baseline": 0.90, "knn/tuned": 0.91}, "models": (KNN,)}
    wrong = make_run(**run)  # type: ignore[arg-type] # overrides of the builder
    assert wrong.predictions is not None
    guess = wrong.predictions.y_true.copy()
    guess[-36:] = (guess[-36:] + 1) % 4
    predicted = {"knn/tuned": guess.tolist()}
    finding = only("TC020", predicted=predicted, **run)
    assert "8 times in 10; the margin is 1.00 points" in finding.evidence
    assert not found(
        "TC020", study={"margin": 0.1}, predicted={"knn/tuned": guess.tolist()}, **run
    )


def test_explain_tells_when_why_and_what_to_do() -> None:
    """In any case of letters."""
    text = explain(" tc004 ")
    assert text.startswith("TC004: No better, and dearer\n\n")
    assert text.endswith("What to do: Keep the baseline.")


@pytest.mark.parametrize("code", ["TC4", "4", "tc04"])
def test_explain_takes_the_number_too(code: str) -> None:
    """Zeros in front may be left out."""
    assert explain(code).startswith("TC004")


@pytest.mark.parametrize("code", ["TC999", "", "edge"])
def test_explain_names_the_codes_that_there_are(code: str) -> None:
    """One sentence, with what was given."""
    with pytest.raises(InputError, match=r"is no finding; there are TC001 to TC020\."):
        explain(code)


def test_no_rule_fails_on_an_empty_run() -> None:
    """No rounds, no predictions, every case failed, no search."""
    run = make_run(
        rounds=0,
        failed={
            f"{model}/{variant}": ("failed", "it broke")
            for model in ("knn", "logreg")
            for variant in ("baseline", "tuned")
        },
    )
    results = run.results.model_copy(update={"searches": ()})
    bare = dataclasses.replace(
        run, results=results, predictions=None, predictions_reason="none"
    )
    assert {finding.code for finding in find(analyse(bare))} == {"TC016"}
