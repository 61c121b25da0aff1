"""The words of a comparison: labels, the summary, a verdict in a sentence."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import QualityTest, TimedOperation
from tunecard.report.analyze.types.runs import CaseChange, RunComparison
from tunecard.report.conclusion import against_margin
from tunecard.report.view.words import OPERATIONS

_QUALITY = ("better", "worse", "equivalent", "inconclusive")
_TIMES = ("faster", "slower")


def case_label(case: CaseChange) -> str:
    """Name a case for a reader: ``K-nearest neighbors, tuned``."""
    return f"{formats.capital(case.label)}, {case.variant}"


def summary(compared: RunComparison) -> str:
    """Return in a few sentences what the new run is against the reference."""
    return " ".join(_sentences(compared))


def _sentences(compared: RunComparison) -> Iterator[str]:
    shared = [case for case in compared.cases if case.state == "shared"]
    tested = [case for case in shared if case.test is not None]
    verdicts = []
    for word in _QUALITY:
        names = [_short(case) for case in tested if case.test and case.test.word == word]
        if names and len(names) == len(tested) and len(tested) > 1:
            verdicts.append(f"all {formats.counted(len(tested), 'shared case')} {word}")
        elif names:
            verdicts.append(f"{formats.listed(names)} {word}")
    if verdicts:
        label = formats.capital(compared.metric.label)
        yield f"{label} in the new run: {'; '.join(verdicts)}."
    else:
        yield "Quality is not compared."
    changed = [f"{_short(case)} ({times})" for case in shared if (times := _times(case))]
    if compared.time_reasons:
        yield "Times are not compared."
    elif changed:
        yield f"Time: {formats.listed(changed)}."
    elif any(case.times for case in shared):
        yield "No time is shown to have changed."
    for state in ("new", "gone"):
        names = [_short(case) for case in compared.cases if case.state == state]
        if names:
            yield f"{formats.capital(state)}: {formats.listed(names)}."


def _times(case: CaseChange) -> str:
    """Name the operations that became faster or slower; their sum where none did alone."""
    words: dict[TimedOperation, str] = {}
    for time in case.times:
        if time.word in _TIMES:
            words[time.operation] = time.word
        elif time.cpu is not None and time.cpu.word in _TIMES:
            words[time.operation] = f"{time.cpu.word} in CPU time"
    alone = {name: word for name, word in words.items() if name != "fit+predict"}
    return formats.listed(
        [f"{OPERATIONS[name].lower()} {word}" for name, word in (alone or words).items()]
    )


def _short(case: CaseChange) -> str:
    return f"{case.variant} {case.label}"


def verdict_sentence(case: CaseChange) -> str:
    """Return what follows the change of a case's quality, or why there is none."""
    if case.test is None:
        return f"{formats.capital(case.quality_reason or 'there is nothing to compare')}."
    test = case.test
    text = f", {formats.p_equation(test.p_holm)}"
    return f"{text}: {_because(test)}." if _because(test) else f"{text}."


def _because(test: QualityTest) -> str:
    if test.word == "equivalent":
        small = "real, but smaller than" if test.significant_but_equivalent else "within"
        return f"{small} the margin of {formats.margin(test.margin, test.metric)}"
    return test.reason or against_margin(test).removeprefix("; ")


def pairing_sentence(compared: RunComparison) -> str:
    """Return how quality is compared, and why not better."""
    if compared.pairing == "refused":
        return f"Quality is not compared: {compared.pairing_reason}."
    family = ""
    if compared.n_tests > 1:
        family = f" Verdicts and intervals are adjusted for {compared.n_tests} cases."
    if compared.pairing == "paired":
        same = "Both runs predict the same test rows, so they are compared row by row."
        return f"{same}{family}"
    return (
        f"Not the same rows: {compared.pairing_reason}. The two runs are compared as two "
        f"independent samples, which has less power than a comparison row by row.{family}"
    )
