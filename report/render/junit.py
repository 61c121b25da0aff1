"""junit.xml: a test case for each gate and each case, as CI servers show them."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tunecard.report import formats
from tunecard.report.gates import GateResult
from tunecard.report.render.visible import visible
from tunecard.report.view.gates import numbers, rule
from tunecard.runner.schema import Case, Results

#: What XML 1.0 cannot hold at all, not even as an entity (section 2.2).
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Results, gates: Sequence[GateResult]) -> str:
    """Write a run as JUnit's XML, in the form of Jenkins' ``junit-10.xsd``.

    A gate that failed is a failure, and so is an inconclusive one that must be
    decided. A gate with nothing measured is an error, another inconclusive one is
    skipped, and one that passed prints its numbers as output. A case that is not ok
    is an error.

    Parameters
    ----------
    results : Results
        The run.
    gates : sequence of GateResult
        What became of its gates.

    Returns
    -------
    str
        The same results give the same text.
    """
    study = results.study.name
    suites = [
        _suite(results, f"{study}: gates", [_gate(gate, study) for gate in gates]),
        _suite(results, f"{study}: cases", [_case(case, study) for case in results.cases]),
    ]
    root = ET.Element("testsuites", {"name": f"tunecard {study}"})
    root.extend(suite for suite in suites if len(suite))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'


def _suite(results: Results, name: str, tests: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": name, "tests": str(len(tests))})
    for count, tag in (
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        suite.set(count, str(sum(test.find(tag) is not None for test in tests)))
    suite.set("time", _seconds(sum(float(test.get("time", "0")) for test in tests)))
    suite.set("timestamp", _text(results.started.removesuffix("Z")))
    suite.extend(tests)
    return suite


def _gate(result: GateResult, study: str) -> ET.Element:
    test = _test(f"{study}.gates", rule(result), 0.0)
    texts = numbers(result)
    parts: list[str] = [result.status]
    if result.observed.value is not None:
        parts.append(f"observed {texts.value}")
    if result.observed.interval is not None:
        level = formats.level(result.observed.interval.level)
        parts += [f"{level} interval {texts.interval}", f"margin {texts.margin}"]
    if result.observed.remark:
        parts.append(result.observed.remark)
    message = ", ".join(parts)
    if result.status == "not measured":
        _outcome(test, "error", "not measured", message)
    elif result.status == "failed" or result.undecided:
        _outcome(test, "failure", result.status, message)
    elif result.status == "inconclusive":
        _outcome(test, "skipped", "inconclusive", message)
    else:
        ET.SubElement(test, "system-out").text = _text(message)
    return test


def _case(case: Case, study: str) -> ET.Element:
    test = _test(f"{study}.cases", case.key, case.elapsed or 0.0)
    if case.status != "ok":
        reason = case.reason or "no reason was recorded"
        _outcome(test, "error", case.status, f"{case.status}: {reason}", case.stderr_tail)
    return test


def _test(classname: str, name: str, seconds: float) -> ET.Element:
    return ET.Element(
        "testcase",
        {"classname": _text(classname), "name": _text(name), "time": _seconds(seconds)},
    )


def _outcome(
    test: ET.Element, tag: str, kind: str, message: str, detail: str | None = None
) -> None:
    element = ET.SubElement(test, tag, {"type": _text(kind), "message": _text(message)})
    if detail:
        element.text = _text(detail)


def _seconds(value: float) -> str:
    # The schema allows three decimals and no exponent.
    return f"{value:.3f}"


def _text(value: str) -> str:
    """Write what XML cannot hold, and what would act on a reader, as escapes."""
    shown = str(visible(value))
    return _NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", shown)
