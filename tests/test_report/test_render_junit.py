"""junit.xml: valid by the schema that Jenkins reads, with each outcome in its place.

``tests/data/junit-10.xsd`` is the schema of Jenkins' xUnit plugin, under the MIT license
that stands in it. GitLab reads the same elements: testsuites, testsuite, testcase with
classname, name and time, and failure, error and skipped in it.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from tests.hostile import HOSTILE
from tests.two_runs import new_run, of_seeds, reference_run, with_gates
from tunecard.report.analyze import analyze
from tunecard.report.gates import judge
from tunecard.report.load import Loaded
from tunecard.report.render.junit import junit_xml
from tunecard.runner.schema import Gate

pytestmark = pytest.mark.usefixtures("no_drawing")

SCHEMA = Path(__file__).resolve().parents[1] / "data" / "junit-10.xsd"
GATES = (
    Gate(model="knn", metric="accuracy", at_least=0.5),
    Gate(model="knn", metric="accuracy", at_least=0.99),
    Gate(model="knn", metric="accuracy", at_least=0.92),
    Gate(model="knn", metric="accuracy", at_least=0.92, undecided="fail"),
    Gate(model="logreg", metric="accuracy", at_least=0.1),
)


@cache
def schema() -> xmlschema.XMLSchema:
    """Jenkins' schema."""
    return xmlschema.XMLSchema(str(SCHEMA))


def written(run: Loaded) -> str:
    """The run's junit.xml, valid."""
    text = junit_xml(run.results, judge(run, analyze(run)))
    schema().validate(ET.fromstring(text))  # noqa: S314  # our own text
    return text


def outcomes(text: str, suite: str) -> Sequence[tuple[str, str]]:
    """Each test of a suite with its outcome's tag and type."""
    found = []
    for test in ET.fromstring(text).findall(f"testsuite[@name='{suite}']/testcase"):  # noqa: S314  # our own text
        kinds = [(c.tag, c.get("type", "")) for c in test if c.tag != "system-out"]
        found.append(kinds[0] if kinds else ("", ""))
    return found


@pytest.fixture(scope="module")
def text() -> str:
    """A run with gates of every status, and a case that failed."""
    failed = {"logreg/tuned": ("oom", "it needed 9 GiB")}
    tail = {"logreg/tuned": {"stderr_tail": "Traceback\n  MemoryError"}}
    return written(with_gates(new_run(failed=failed, case=tail), *GATES))


def test_each_gate_is_a_test(text: str) -> None:
    """Failed and asked for: a failure; open: skipped; not measured: an error."""
    assert outcomes(text, "example: gates") == [
        ("", ""), ("failure", "failed"), ("skipped", "inconclusive"),
        ("failure", "inconclusive"), ("error", "not measured"),
    ]  # fmt: skip


def test_each_case_is_a_test(text: str) -> None:
    """One that is not ok is an error with its status, its reason and its last words."""
    assert outcomes(text, "example: cases") == [("", "")] * 3 + [("error", "oom")]
    error = ET.fromstring(text).find(".//testcase[@name='logreg/tuned']/error")  # noqa: S314  # our own text
    assert error is not None
    assert error.get("message") == "oom: it needed 9 GiB"
    assert error.text == "Traceback\n  MemoryError"


def test_the_counts_are_those_of_the_tests(text: str) -> None:
    """Of each suite and of all."""
    root = ET.fromstring(text)  # noqa: S314  # our own text
    counts = [
        [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        for suite in root
    ]
    assert counts == [["5", "2", "1", "1"], ["4", "0", "1", "0"]]
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["9", "2", "2"]


def test_the_message_tells_the_numbers(text: str) -> None:
    """Observed, interval and margin, as in the table of gates."""
    failure = ET.fromstring(text).find(".//failure[@type='failed']")  # noqa: S314  # our own text
    assert failure is not None
    message = (failure.get("message") or "").replace("\N{NO-BREAK SPACE}", " ")
    assert message == (
        "failed, observed 0.9300, 95 % interval [0.9004, 0.9530], "
        "margin \N{MINUS SIGN}0.0370"
    )


def test_a_gate_that_passed_tells_its_numbers_too(text: str) -> None:
    """As output of the test, which CI servers show on demand."""
    told = ET.fromstring(text).findtext(".//testcase/system-out") or ""  # noqa: S314  # our own text
    assert told.replace("\N{NO-BREAK SPACE}", " ") == (
        "passed, observed 0.9300, 95 % interval [0.9004, 0.9530], margin +0.4004"
    )


def test_a_gate_that_rests_on_one_seed_says_so() -> None:
    """Of several seeds only the one that the reference has too is compared."""
    gate = Gate(model="knn", metric="accuracy", against="reference", at_least=-0.5)
    run = with_gates(of_seeds(new_run(), 2, 3), gate)
    gates = judge(run, analyze(run), of_seeds(reference_run(), 0, 3))
    root = ET.fromstring(junit_xml(run.results, gates))  # noqa: S314  # our own text
    schema().validate(root)
    told = root.findtext(".//testcase/system-out") or ""
    assert told.endswith(", the runs are compared by seed 3 alone")


def test_without_gates_there_is_no_suite_of_gates() -> None:
    """The cases alone, and valid all the same."""
    root = ET.fromstring(written(new_run()))  # noqa: S314  # our own text
    assert [suite.get("name") for suite in root] == ["example: cases"]


def test_hostile_words_stay_words() -> None:
    """They come out as they went in, but for what XML cannot hold or would act: escapes."""
    results = new_run(failed={"knn/tuned": ("failed", "")}).results
    (failed,) = [case for case in results.cases if case.status != "ok"]
    words = [*HOSTILE, "\ufffe\uffff", "\ud800"]
    cases = tuple(
        failed.model_copy(update={"reason": word, "stderr_tail": word}) for word in words
    )
    text = junit_xml(results.model_copy(update={"cases": cases}), ())
    assert text.encode("utf-8")
    root = ET.fromstring(text)  # noqa: S314  # our own text
    schema().validate(root)
    errors = list(root.iter("error"))
    assert len(errors) == len(words)
    for word, error in zip(words, errors, strict=True):
        if word.isprintable():
            assert error.get("message") == f"failed: {word}"
            assert error.text == word


def test_a_study_that_breaks_the_schema_would_be_found() -> None:
    """The schema is one that refuses: a test without a name is none."""
    root = ET.fromstring(written(new_run()))  # noqa: S314  # our own text
    del root[0][0].attrib["name"]
    assert not schema().is_valid(root)
