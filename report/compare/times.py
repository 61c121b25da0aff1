"""The tables of a comparison about times, and about the machine that took them."""

from tunecard.report import formats
from tunecard.report.analyze.types import KernelAnalysis
from tunecard.report.analyze.types.runs import CaseChange, RunComparison, RunTime
from tunecard.report.compare.words import case_label
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import LabeledValue, Row, Table
from tunecard.report.view.words import LOOKS, OPERATIONS, time_word


def times_table(compared: RunComparison) -> Table | None:
    """Make the table of times, a row a shared case and operation."""
    rows = [_time(case, time) for case in compared.cases for time in case.times]
    if not rows:
        return None
    return Table(
        id="table-times",
        caption="Time of one call, median over rounds",
        columns=columns(
            "Case", "Operation", "#Reference", "#New", "#New / reference",
            "#95 % interval", "#Noise between runs", "Verdict",
        ),
        rows=tuple(rows),
        note=_times_note(compared),
    )  # fmt: skip


def _time(case: CaseChange, time: RunTime) -> Row:
    ends = time.interval
    return row(
        (
            case_label(case),
            OPERATIONS[time.operation],
            cell(formats.seconds(time.first), time.first),
            cell(formats.seconds(time.second), time.second),
            cell(formats.ratio(time.ratio), time.ratio),
            cell(formats.ratio_interval(ends.low, ends.high) if ends else formats.NONE),
            cell(formats.percent_up(time.floor), time.floor),
            cell(
                f"{LOOKS[time.word][1]}{formats.SPACE}{time_word(time)}",
                tone=LOOKS[time.word][0],
            ),
        )
    )


def _times_note(compared: RunComparison) -> str:
    kernel = (
        "The ratio is that of times relative to each run's calibration kernel; the "
        "interval holds the noise between runs, and for all these cases together."
    )
    sentences = [kernel]
    reasons: dict[str, None] = {}
    for case in compared.cases:
        for time in case.times:
            if time.reason:
                reasons.setdefault(time.reason)
    sentences += [f"Inconclusive: {reason}." for reason in reasons]
    sentences += [
        f"{case_label(case)}: {case.times_reason}."
        for case in compared.cases
        if case.state == "shared" and case.times_reason and not compared.time_reasons
    ]
    return " ".join(sentences)


def times_facts(compared: RunComparison) -> tuple[LabeledValue, ...]:
    """Return how fast the machine was in each run."""
    if compared.kernel_ratio is None or compared.time_reasons:
        return ()
    earlier = formats.counted(compared.floor_runs, "earlier run")
    return (
        LabeledValue("Calibration kernel, reference", _kernel(compared.kernels[0])),
        LabeledValue("Calibration kernel, new", _kernel(compared.kernels[1])),
        LabeledValue(
            "The machine in the new run",
            f"{formats.ratio(compared.kernel_ratio)} times as long for the same fixed work",
        ),
        LabeledValue("Earlier runs of this machine and study", earlier),
    )


def _kernel(kernel: KernelAnalysis | None) -> str:
    if kernel is None:
        return formats.NONE
    product = sorted(moment.sgemm for moment in kernel.moments)
    copy = sorted(moment.copy for moment in kernel.moments)
    return (
        f"matrix product {formats.seconds(product[0])} to {formats.seconds(product[-1])}, "
        f"copy {formats.seconds(copy[0])} to {formats.seconds(copy[-1])}"
    )
