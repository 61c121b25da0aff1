"""Findings with one condition, and what they state of a run that has it.

That none of them stands on a run without it is asserted of all rules in test_rules.py.
"""

import re
from typing import Any, NamedTuple

import pytest

from tests.builders import KNN, make_run
from tests.findings import found, only, plain
from tunecard.runner.schema import GridSearch
from tunecard.runner.schema.data import RepeatedColumn
from tunecard.runner.schema.study_parts import Findings


class Case(NamedTuple):
    """Overrides of a run, and what the finding in it states; ``...`` is any text."""

    overrides: dict[str, Any]
    evidence: str
    severity: str
    anchor: str
    model: str | None = None


EDGE = GridSearch(
    strategy="grid", space={"n_neighbors": (3, 5, 7), "weights": ("uniform",)}
)
_CASE = make_run().results.cases[0]
assert _CASE.quality is not None
ZERO = _CASE.quality.model_copy(update={"n_zero_probability": 7})
SUBJECTS = RepeatedColumn(column="patient", n_values=30, n_rows=360)

CASES = {
    "TC001": Case(
        {
            "models": (KNN.model_copy(update={"search": EDGE}),),
            "search": {"knn": {"best": 1}},
        },
        "The search for k-nearest neighbors chose n_neighbors = 3, at the lower end of "
        "3 to 7.",
        "tip",
        "search",
        "knn",
    ),
    "TC008": Case(
        {"rounds": 2},
        "K-nearest neighbors: 2 rounds; logistic regression: 2 rounds; a verdict needs 3.",
        "issue",
        "time",
    ),
    "TC010": Case(
        {"dataset": {"subset_of": "MNIST"}},
        "1 200 training rows and 400 test rows were taken from MNIST.",
        "note",
        "data",
    ),
    "TC011": Case(
        {"dataset": {"fallback_reason": "MNIST is out of reach."}},
        "Handwritten digits was used: MNIST is out of reach.",
        "issue",
        "data",
    ),
    "TC013": Case(
        {"case": {"knn/baseline": {"quality": ZERO}}},
        "...probability 0: baseline on 7 rows of 400.",
        "note",
        "quality",
        "knn",
    ),
    "TC014": Case(
        {"case": {"knn/tuned": {"python": _CASE.python}}}, "...", "note", "search", "knn"
    ),
    "TC016": Case(
        {"failed": {"knn/tuned": ("timeout", "over 1800 s")}},
        "K-nearest neighbors: the tuned case ran out of time (over 1800 s).",
        "issue",
        "quality",
        "knn",
    ),
    "TC019": Case({}, "...the search drew 6 values of C...", "note", "search", "logreg"),
    "TC023": Case(
        {"study": {"findings": Findings(ignore=("TC001", "TC777"))}},
        "[findings] ignore names TC777; there are TC001 to ...",
        "tip",
        "environment",
    ),
    "TC026": Case(
        {"dataset": {"repeated": (SUBJECTS,)}},
        "...patient has 30 values in 360 rows, 12.0 rows for each...",
        "issue",
        "data",
    ),
    "TC030": Case(
        {"case": {"knn/tuned": {"n_changed_rows": 12}}},
        "K-nearest neighbors differs between rounds: tuned on up to 12 of 400 test rows "
        "(3 %).",
        "issue",
        "quality",
        "knn",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_a_finding_states_what_it_rests_on(code: str) -> None:
    """Its evidence names the values, with its severity and the model it is about."""
    case = CASES[code]
    finding = only(code, **case.overrides)
    expected = ".*".join(map(re.escape, case.evidence.split("...")))
    assert re.fullmatch(expected, plain(finding.evidence)), finding.evidence
    stated = (finding.severity, finding.anchor, finding.model)
    assert stated == (case.severity, case.anchor, case.model)


def test_a_code_that_a_rule_has_may_be_ignored() -> None:
    """TC023 is about codes that no rule has."""
    assert not found("TC023", study={"findings": Findings(ignore=("TC001",))})
