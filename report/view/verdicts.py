"""The view of verdicts on quality: the facts behind each, and tuned models compared."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, QualityComparison, QualityTest
from tunecard.report.conclusion import interval_name
from tunecard.report.view.tables import cell, columns, row, with_unit, without_empty
from tunecard.report.view.types import LabeledValue, Table


def verdict_facts(quality: QualityComparison, analysis: Analysis) -> Iterator[LabeledValue]:
    """List the facts behind the verdict."""
    test, table = quality.test, quality.table
    unit = test.metric.delta_unit
    yield LabeledValue(
        "Verdict",
        f"{test.word}, by {test.method}: {formats.p_equation(test.p_holm)}"
        + (f" (Holm over {test.n_tests} models)" if test.n_tests > 1 else "")
        + (f"; {test.reason}" if test.reason else ""),
    )
    beside = test.interval.low, test.interval.high
    change = formats.delta(test.delta, test.metric, beside)
    ends = formats.delta_interval(*beside, test.metric)
    yield LabeledValue(
        "Change", f"{change} {unit}".rstrip() + f", {name_interval(test)} {ends}"
    )
    if test.margin is not None:
        margin = formats.margin(test.margin, test.metric)
        ends = formats.delta_interval(
            test.equivalence.low, test.equivalence.high, test.metric
        )
        yield LabeledValue(
            "Margin",
            f"the study treats changes within ±{margin} as negligible; the "
            f"{formats.level(test.equivalence.level)} interval, which decides equivalence, "
            f"is {ends}",
        )
    if test.detectable is not None:
        size = formats.delta_size(test.detectable, test.metric)
        yield LabeledValue(
            "Detectable",
            f"a difference of {size} with 80 % power on "
            f"{formats.counted(analysis.n_test, 'test row')}; less power for smaller ones",
        )
    if test.n_seeds:
        return  # rows of different seeds are not counted together
    if test.metric.task == "regression":
        yield LabeledValue(
            "Row by row",
            f"nearer to the true value: baseline {formats.count(table.only_first)}, "
            f"tuned {formats.count(table.only_second)}, "
            f"equally near {formats.count(table.both_wrong)}",
        )
        return
    yield LabeledValue(
        "Row by row",
        f"both right {formats.count(table.both_right)}, "
        f"only baseline {formats.count(table.only_first)}, "
        f"only tuned {formats.count(table.only_second)}, "
        f"both wrong {formats.count(table.both_wrong)}",
    )


def name_interval(test: QualityTest) -> str:
    """Name the interval of a verdict, and what it is adjusted for."""
    models = formats.counted(test.n_tests, "model")
    adjusted = f" (adjusted for {models})" if test.interval.adjusted else ""
    return f"{interval_name(test)}{adjusted}"


def between_table(analysis: Analysis) -> Table | None:
    """Compare the tuned models with each other; None with fewer than two of them."""
    if not analysis.between:
        return None
    rows = []
    for pair in analysis.between:
        test = pair.test
        ends = formats.delta_interval(test.interval.low, test.interval.high, test.metric)
        # Rows of different seeds are not counted together.
        counts: tuple[int | None, ...] = (pair.table.only_second, pair.table.only_first)
        if test.n_seeds:
            counts = (None, None)
        rows.append(
            row(
                (
                    f"{pair.second_label} against {pair.first_label}",
                    cell(formats.delta(test.delta, test.metric), test.delta),
                    cell(ends, test.interval.low),
                    cell(formats.p_value(test.p_holm), test.p_holm),
                    test.word,
                    *(cell(formats.count(number), number) for number in counts),
                )
            )
        )
    rested_on = "on the same test rows"
    if analysis.seeds is not None:
        rested_on = f"over the same {analysis.seeds.noun}s"
    table = Table(
        id="table-between",
        caption=f"Tuned models compared: {analysis.metric.label}",
        columns=columns(
            "Pair",
            with_unit("#Difference", analysis.metric),
            f"#{interval_name(analysis.between[0].test)}",
            "#p (Holm)",
            "Verdict",
            f"#{_ahead(analysis, 'first')}",
            f"#{_ahead(analysis, 'second')}",
        ),
        rows=tuple(rows),
        note=f"Tested {rested_on}; corrected for multiple testing separately from the "
        "tests above.",
    )
    return without_empty(table)


def _ahead(analysis: Analysis, which: str) -> str:
    """Return the head of a column that counts the rows on which one of two is ahead."""
    if analysis.metric.task == "regression":
        return f"The {which} nearer"
    return f"Only the {which} right"
