"""RunComparison -> CompareView: all that the page of two runs shows, formatted."""

from collections.abc import Sequence
from itertools import count

from tunecard.report import formats
from tunecard.report.analyze.types.runs import CaseChange, RunComparison
from tunecard.report.charts import Chart
from tunecard.report.compare import tables, times
from tunecard.report.compare.figures import metric_figure, times_figure
from tunecard.report.compare.gains import gains_table
from tunecard.report.compare.types import CompareView
from tunecard.report.compare.words import (
    case_label,
    pairing_sentence,
    summary,
    verdict_sentence,
)
from tunecard.report.gates import GateResult
from tunecard.report.view.gates import gates_table
from tunecard.report.view.tables import figure
from tunecard.report.view.top import dataset_line
from tunecard.report.view.types import CostRow, Figure, Verdict
from tunecard.report.view.words import LOOKS, OPERATIONS, change_words, time_word


def build_view(compared: RunComparison, gates: Sequence[GateResult] = ()) -> CompareView:
    """Bring a comparison into the form that templates read.

    Parameters
    ----------
    compared : RunComparison
        The new run against the reference.
    gates : sequence of GateResult
        What became of the new run's gates.

    Returns
    -------
    CompareView
    """
    numbers = count(1)

    def shown(chart: Chart | None) -> Figure | None:
        return figure(chart, next(numbers)) if chart is not None else None

    new = compared.second
    return CompareView(
        title=f"Two runs of {new.study.name}",
        run_id=new.run_id,
        dataset=(new.study.title, *dataset_line(new)),
        banners=_banners(compared),
        summary=summary(compared),
        verdicts=tuple(_verdict(case) for case in compared.cases if case.state == "shared"),
        sides=tables.sides(compared),
        gates=gates_table(gates),
        pairing=pairing_sentence(compared),
        quality=tables.quality(compared),
        gains=gains_table(compared),
        change=shown(metric_figure(compared)),
        metrics=tables.metrics(compared),
        times=times.times_table(compared),
        ratios=shown(times_figure(compared)),
        times_refused=tables.refused(compared),
        times_facts=times.times_facts(compared),
        setups=tables.setups(compared),
        moved=tables.moved(compared),
        differences=tables.differences(compared),
        same=tables.same(compared),
        task=new.study.task,
    )


def _verdict(case: CaseChange) -> Verdict:
    word = case.test.word if case.test is not None else "not compared"
    tone, sign = LOOKS[word]
    return Verdict(
        id=f"verdict-{case.model}-{case.variant}",
        label=case_label(case),
        tone=tone,
        sign=sign,
        word=formats.capital(word),
        change=change_words(case.test) if case.test is not None else "",
        sentence=verdict_sentence(case),
        metrics=None,
        costs=tuple(
            CostRow(
                OPERATIONS[time.operation],
                f"{formats.ratio(time.ratio)}{formats.TIMES}",
                time_word(time),
                "relative to the calibration kernel; medians "
                f"{formats.seconds(time.first)} → {formats.seconds(time.second)}",
            )
            for time in case.times
            if time.operation != "fit+predict"
        ),
        open_times="",
        href="#quality",
    )


def _banners(compared: RunComparison) -> tuple[tuple[str, str], ...]:
    """Warn of what a reader may not expect of two runs that stand side by side."""
    made = []
    reference, new = compared.first, compared.second
    if reference.study.name != new.study.name:
        title = "These are runs of two studies."
        made.append((title, f"The reference is of {reference.study.name}."))
    if compared.seed_note:
        why = "Each seed has searches and times of its own, and may have rows of its own."
        made.append((compared.seed_note, why))
    if compared.pairing == "refused":
        made.append(
            ("Quality is not compared.", f"{formats.capital(compared.pairing_reason)}.")
        )
    if compared.time_reasons:
        first = compared.time_reasons[0]
        why = (
            f"{formats.capital(first.key)} is {first.first} there and {first.second} here."
        )
        made.append(("Times are not compared.", why))
    for which, run in (("reference", reference), ("new run", new)):
        bad = [
            f"{c.key} {formats.STATUSES[c.status]}" for c in run.cases if c.status != "ok"
        ]
        if bad:
            made.append((f"A case of the {which} is not ok.", f"{formats.listed(bad)}."))
    return tuple(made)
