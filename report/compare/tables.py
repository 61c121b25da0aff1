"""The tables of a comparison: which runs, quality, what differs."""

from tunecard.report import formats
from tunecard.report.analyze.types import MetricComparison
from tunecard.report.analyze.types.runs import CaseChange, RunComparison, SetupDifference
from tunecard.report.compare.words import case_label
from tunecard.report.conclusion import interval_name
from tunecard.report.view.tables import cell, columns, row, with_unit, without_empty
from tunecard.report.view.types import Cell, Row, Table
from tunecard.report.view.words import LOOKS
from tunecard.runner.schema import Results

_PARTS = {
    "machine": "Machine",
    "software": "Software",
    "data": "Data",
    "study": "Study",
    "model": "Model",
}


def sides(compared: RunComparison) -> Table:
    """Return which two runs these are."""
    return Table(
        id="table-runs",
        caption="The two runs",
        columns=columns("Run", "Name", "Started (UTC)", "Cases", "Processor"),
        rows=tuple(
            _side(which, run)
            for which, run in (("Reference", compared.first), ("New", compared.second))
        ),
    )


def _side(which: str, run: Results) -> Row:
    not_ok = sum(case.status != "ok" for case in run.cases)
    cases = formats.counted(len(run.cases), "case")
    return row(
        (
            which,
            run.run_id,
            run.started.replace("T", " ").removesuffix("Z"),
            f"{cases}, {formats.count(not_ok)} not ok" if not_ok else cases,
            run.environment.cpu,
        )
    )


def quality(compared: RunComparison) -> Table | None:
    """Make the table of the study's metric, a row a shared case."""
    rows = [
        _quality(case, compared)
        for case in compared.cases
        if case.state == "shared" and (case.test is not None or case.metrics)
    ]
    if not rows:
        return None
    return Table(
        id="table-quality",
        caption=f"{formats.capital(compared.metric.label)} on the test rows",
        columns=columns(
            "Case",
            "#Reference",
            "#New",
            with_unit("#Change", compared.metric),
            f"#{_name_interval(compared)}",
            "#p (Holm)",
            "Verdict",
        ),
        rows=tuple(rows),
        note=_quality_note(compared),
    )


def _quality(case: CaseChange, compared: RunComparison) -> Row:
    metric = case.metric(compared.metric.name)
    word = case.test.word if case.test is not None else "not compared"
    return row(
        (
            case_label(case),
            *_metric(metric),
            cell(formats.p_value(case.test.p_holm if case.test else None)),
            cell(f"{LOOKS[word][1]}{formats.SPACE}{word}", tone=LOOKS[word][0]),
        )
    )


def _name_interval(compared: RunComparison) -> str:
    """Name the interval of the study's metric, at the level of its family."""
    tests = [case.test for case in compared.cases if case.test is not None]
    return interval_name(tests[0]) if tests else "95 % interval"


def _quality_note(compared: RunComparison) -> str:
    unit = {"": "", "points": "percentage points"}.get(
        compared.metric.delta_unit, compared.metric.delta_unit
    )
    sentences = [f"Change is new minus reference{f', in {unit}' if unit else ''}."]
    tests = [case.test for case in compared.cases if case.test is not None]
    if tests:
        sentences.append(
            f"Tested by {formats.listed(sorted({test.method for test in tests}))}."
        )
    if compared.margin is None:
        sentences.append(
            'The new run\'s study has no margin, so no verdict is "equivalent".'
        )
    detectable = {
        formats.delta_size(test.detectable, test.metric).partition(" ")[0]
        for test in tests
        if test.word == "inconclusive" and test.detectable is not None
    }
    if detectable:
        sizes = f"{formats.listed(sorted(detectable))} {compared.metric.delta_unit}"
        sentences.append(
            "Where inconclusive, the smallest change detectable with 80 % power is "
            f"{sizes.rstrip()}."
        )
    sentences += [
        f"{case_label(case)}: {case.quality_reason}."
        for case in compared.cases
        if case.state == "shared" and case.quality_reason and compared.pairing != "refused"
    ]
    return " ".join(sentences)


def _metric(metric: MetricComparison | None) -> tuple[Cell, Cell, Cell, Cell]:
    """Return reference, new, change and interval of a metric."""
    if metric is None:
        none = cell(formats.NONE)
        return none, none, none, none
    ends, spec = metric.interval, metric.spec
    text = formats.delta_interval(ends.low, ends.high, spec) if ends else formats.NONE
    return (
        cell(formats.metric(metric.first), metric.first),
        cell(formats.metric(metric.second), metric.second),
        cell(formats.delta(metric.delta, spec), metric.delta),
        cell(text, ends.low if ends else None),
    )


def metrics(compared: RunComparison) -> tuple[Table, ...]:
    """Make a table of every metric for each shared case."""
    return tuple(
        without_empty(
            Table(
                id=f"table-metrics-{case.model}-{case.variant}",
                caption=f"{case_label(case)}: every metric",
                columns=columns(
                    "Metric",
                    "#Reference",
                    "#New",
                    with_unit("#Change", *(metric.spec for metric in case.metrics)),
                    "#95 % interval",
                ),
                rows=tuple(
                    row((_name(metric), *_metric(metric)))
                    for metric in case.metrics
                    if metric.first is not None or metric.second is not None
                ),
                note=_reasons(case),
            )
        )
        for case in compared.cases
        if case.metrics
    )


def _name(metric: MetricComparison) -> str:
    name = formats.capital(metric.spec.label)
    return name if metric.spec.greater_is_better else f"{name} (lower is better)"


def _reasons(case: CaseChange) -> str:
    """Return why intervals are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for metric in case.metrics:
        if metric.interval is None and metric.interval_reason and metric.delta is not None:
            reasons.setdefault(metric.interval_reason, []).append(metric.spec.label)
    sentences = ["Only the study's metric is tested; the other intervals describe."]
    if case.test is not None and case.test.interval.adjusted:
        sentences.append(
            f"That of {case.test.metric.label} is the {interval_name(case.test)}, adjusted "
            f"for {formats.counted(case.test.n_tests, 'case')}."
        )
    sentences += [
        f"{formats.capital(formats.listed(names))}: {reason}."
        for reason, names in reasons.items()
    ]
    return " ".join(sentences)


def refused(compared: RunComparison) -> Table | None:
    """List what forbids a comparison of times."""
    return _differences(
        "table-times-refused", "Why times are not compared", compared.time_reasons
    )


def differences(compared: RunComparison) -> Table | None:
    """List what differs between machine, software, data and study."""
    return _differences("table-differences", "What differs", compared.differences)


def _differences(
    table_id: str, caption: str, differences: tuple[SetupDifference, ...]
) -> Table | None:
    if not differences:
        return None
    return Table(
        id=table_id,
        caption=caption,
        columns=columns("Part", "Key", "Reference", "New"),
        rows=tuple(
            row(
                (
                    _PARTS[difference.part],
                    difference.key,
                    difference.first,
                    difference.second,
                )
            )
            for difference in differences
        ),
    )


def setups(compared: RunComparison) -> Table | None:
    """List how shared cases were set up differently: estimator, parameters, search."""
    rows = [
        row((case_label(case), difference.key, difference.first, difference.second))
        for case in compared.cases
        for difference in case.changed
    ]
    if not rows:
        return None
    return Table(
        id="table-setups",
        caption="Models that were set up differently",
        columns=columns("Case", "What", "Reference", "New"),
        rows=tuple(rows),
    )


def moved(compared: RunComparison) -> Table | None:
    """List the cases that only one of the runs has."""
    rows = [
        row((case_label(case), "new" if case.state == "new" else "gone"))
        for case in compared.cases
        if case.state != "shared"
    ]
    if not rows:
        return None
    return Table(
        id="table-moved",
        caption="Cases that only one run has",
        columns=columns("Case", "In the new run"),
        rows=tuple(rows),
    )


def same(compared: RunComparison) -> str:
    """Return a sentence of what does not differ."""
    parts = [
        f"{_PARTS[part].lower()} ({formats.listed(list(keys))})"
        for part, keys in compared.same.items()
        if keys
    ]
    return f"The same in both: {'; '.join(parts)}." if parts else ""
