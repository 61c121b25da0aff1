"""The rules together: their order, what is ignored, what explains them."""

import dataclasses
from pathlib import Path

import pytest

from tests.builders import make_run
from tests.findings import found
from tests.pages import regression_run
from tests.test_report.test_findings.test_evidence import CASES
from tunecard.report.analyze import analyze
from tunecard.report.errors import ReadError
from tunecard.report.findings import RULES, Rule, explain, find
from tunecard.runner.schema.study_parts import Findings

#: What a healthy run has to be told: nothing, but that one drawn parameter saves nothing.
QUIET = {"TC019"}


def test_a_healthy_run_has_little_to_be_told() -> None:
    """No rule applies without a cause."""
    scores = {"logreg/baseline": 0.89, "logreg/tuned": 0.91}
    findings = find(analyze(make_run(n_test=2000, accuracy=scores)))
    assert {finding.code for finding in findings} == QUIET


def test_rules_of_classes_are_silent_on_values() -> None:
    """A regression with everything to report has none of their findings."""
    codes = {finding.code for finding in find(analyze(regression_run()))}
    assert codes >= {"TC032", "TC034", "TC035", "TC037", "TC038"}
    assert not codes & {"TC006", "TC007", "TC013", "TC017", "TC021", "TC025"}


def test_every_rule_has_its_own_code_in_order() -> None:
    """TC001 and on, without a gap."""
    assert [rule.code for rule in RULES] == [f"TC{n:03}" for n in range(1, len(RULES) + 1)]


def test_issues_come_before_tips_and_notes() -> None:
    """The reader meets what weakens a conclusion first."""
    findings = find(
        analyze(
            make_run(rounds=2, dataset={"subset_of": "MNIST", "n_test_rows_in_train": 1})
        )
    )
    order = [finding.severity for finding in findings]
    assert order == sorted(order, key=["issue", "tip", "note"].index)
    assert {"issue", "note"} <= set(order)


def test_explain_tells_when_why_and_what_to_do() -> None:
    """In any case of letters."""
    text = explain(" tc004 ")
    assert text.startswith("TC004: Not better, and more expensive\n\n")
    assert text.endswith("What to do: Keep the baseline.")


@pytest.mark.parametrize("code", ["TC4", "4", "tc04"])
def test_explain_takes_the_number_too(code: str) -> None:
    """Zeros in front may be left out."""
    assert explain(code).startswith("TC004")


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
    assert {finding.code for finding in find(analyze(bare))} == {"TC016"}


@pytest.mark.parametrize("code", ["TC999", "", "12x"])
def test_explain_names_the_codes_that_there_are(code: str) -> None:
    """One sentence, with what was given."""
    with pytest.raises(
        ReadError, match=r"is not a finding; the codes are TC001 to TC039\."
    ):
        explain(code)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        (
            "edge",
            r"Did you mean TC001 \(The best candidate lies on the edge of its space\)\?",
        ),
        ("Converge", r"Did you mean TC002 "),
        ("TC0009", r"Did you mean TC009 "),
        ("TC0270", r"Did you mean TC02\d "),
    ],
)
def test_explain_asks_what_was_meant(code: str, meant: str) -> None:
    """A word of a title, or a code that is near."""
    with pytest.raises(ReadError, match=meant):
        explain(code)


def test_an_ignored_finding_is_shown_as_ignored() -> None:
    """It is a note that says so, and stands behind all others."""
    run = {"rounds": 2, "dataset": {"subset_of": "MNIST"}}
    (spoken,) = found("TC008", **run)
    ignoring = {**run, "study": {"findings": Findings(ignore=("TC008",))}}
    findings = find(analyze(make_run(**ignoring)))  # type: ignore[arg-type] # overrides
    last = findings[-1]
    assert (spoken.severity, spoken.ignored) == ("issue", False)
    assert (last.code, last.severity, last.ignored) == ("TC008", "note", True)
    assert last.title == f"{spoken.title} (ignored by the study)"
    assert last.evidence == spoken.evidence
    assert [one.code for one in findings if one.ignored] == ["TC008"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_its_own_tests_and_explanation(rule: Rule) -> None:
    """A row of the table, or a file named after its code and its function."""
    name = f"test_{rule.code.lower()}_{rule.look.__name__}.py"
    assert rule.code in CASES or (Path(__file__).parent / name).exists()
    assert len(rule.why) > 60
    assert rule.what_to_do.endswith(".")
    assert not rule.title.endswith(".")
