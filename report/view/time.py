"""The view of time and memory."""

from collections.abc import Iterator, Mapping

from tunecard.report import formats
from tunecard.report.analyze.types import MemoryComparison, ModelAnalysis, TimeComparison
from tunecard.report.charts import latency, time_samples
from tunecard.report.conclusion import why_open
from tunecard.report.stats.rounds import TRIMMED
from tunecard.report.stats.verdicts import CPU_LEVEL, DISTURBED, MIN_ROUNDS
from tunecard.report.view.tables import cell, columns, figure, row
from tunecard.report.view.types import LabeledValue, Row, Table, TimePart
from tunecard.report.view.words import LOOKS, OPERATIONS, ratio_words, time_word

_COMPARED = (
    "Some models leave work from fit to predict, so their sum is compared as well. "
    "Tuned / baseline is the mean of the rounds' own ratios, on a logarithmic scale; from "
    "five rounds on, the most extreme 30 % on each side are left out of it. It need not "
    "equal the ratio of the two medians next to it."
)

_UNDISTURBED = (
    "Only rounds count in which both cases have a call that no other process disturbed; "
    "a verdict needs three of them."
)
assert MIN_ROUNDS == 3  # as in the sentence above
_CPU = (
    "Where wall time could only show a change above 20 %, or other processes disturbed "
    "too many rounds, CPU time is compared in the same way, in the rounds that were "
    "disturbed in both cases or in neither, with a 97.5 % interval."
)
assert (DISTURBED, CPU_LEVEL, TRIMMED) == (0.20, 0.975, 0.3)  # as in the sentences above


def time_part(model: ModelAnalysis, numbers: Iterator[int], scope: str) -> TimePart:
    """View one model's times and memory.

    ``numbers`` gives each figure its number; ``scope`` is what the words on its times
    hold for.
    """
    chart, waits = time_samples(model), latency(model)
    absent: tuple[LabeledValue, ...] = ()
    if waits is None and chart is not None:
        reason = "Single calls of predict were not timed in this run."
        absent = (LabeledValue("Time of single calls", reason),)
    reason = "" if model.times or chart else _why_none(model)
    return TimePart(
        name=model.name,
        label=formats.capital(model.label),
        reason=reason,
        times=_times(model, scope),
        figure=figure(chart, next(numbers)) if chart is not None else None,
        latency=figure(waits, next(numbers)) if waits is not None else None,
        memory=_memory(model),
        absent=absent,
        summary=_summary(model),
    )


def _summary(model: ModelAnalysis) -> str:
    """Write the verdict on fit and on predict in a line."""
    parts = []
    for time in model.times:
        if time.operation != "fit+predict":
            ratio = ratio_words(time)[0]
            times = "" if ratio == formats.NONE else f" {ratio}{formats.TIMES}"
            parts.append(f"{OPERATIONS[time.operation]}{times}: {time_word(time)}")
    return "; ".join(parts)


def _why_none(model: ModelAnalysis) -> str:
    reasons = {case.timings_reason for case in model.cases if case.timings_reason}
    suffix = f": {' and '.join(sorted(reasons))}" if reasons else ""
    return f"No call of this model was timed{suffix}."


def _times(model: ModelAnalysis, scope: str) -> Table | None:
    if not model.times:
        return None
    return Table(
        id=f"table-time-{model.name}",
        caption="Time of one call, median over rounds",
        columns=columns(
            "Operation",
            "#Baseline",
            "#Tuned",
            "#Tuned / baseline",
            "#95 % interval",
            "#Rounds",
            "#Noise floor",
            "Verdict",
        ),
        rows=tuple(_time(time) for time in model.times),
        note=_note(model, scope),
    )


def _time(time: TimeComparison) -> Row:
    ratio, ends = ratio_words(time)
    rounds = formats.count(time.n_rounds)
    if time.n_disturbed:
        rounds += f" of {formats.count(time.n_rounds + time.n_disturbed)}"
    return row(
        (
            OPERATIONS[time.operation],
            cell(formats.seconds(time.baseline), time.baseline),
            cell(formats.seconds(time.tuned), time.tuned),
            cell(ratio, time.ratio if ratio != formats.NONE else None),
            cell(ends),
            cell(rounds, time.n_rounds),
            cell(formats.percent_up(time.floor), time.floor),
            cell(time_word(time), tone=LOOKS[time.word][0]),
        )
    )


def _note(model: ModelAnalysis, scope: str) -> str:
    """Explain what is compared, what the words hold for, why a verdict is inconclusive."""
    parts = [_COMPARED, scope]
    if any(time.n_disturbed for time in model.times):
        parts.append(_UNDISTURBED)
    if any(time.cpu is not None for time in model.times):
        parts.append(_CPU)
    parts += [text for time in model.times if (text := _describe_rounds(time))]
    reasons: dict[str, list[str]] = {}
    for time in model.times:
        if time.word == "inconclusive":
            reason = why_open(time)
            reasons.setdefault(reason, []).append(OPERATIONS[time.operation].lower())
    return " ".join(part for part in (*parts, _write_reasons(reasons)) if part)


def _describe_rounds(time: TimeComparison) -> str:
    """Report rounds that are outlying or correlated, with what is done about it."""
    name, parts = OPERATIONS[time.operation], []
    if time.outlying:
        rounds = formats.listed([str(number) for number in time.outlying])
        many = len(time.outlying) > 1
        parts.append(
            f"{name}: {'rounds' if many else 'round'} {rounds} "
            f"{'are' if many else 'is'} outlying and trimmed."
        )
    if time.correlation is not None:
        parts.append(
            f"{name}: successive rounds are correlated ({time.correlation:.2f}), and the "
            "interval is wider for it."
        )
    return " ".join(parts)


def _memory(model: ModelAnalysis) -> Table | None:
    if not any(memory.baseline or memory.tuned for memory in model.memory):
        return None
    return Table(
        id=f"table-memory-{model.name}",
        caption="Peak memory of a call, above what was resident before",
        columns=columns("Operation", "#Baseline", "#Tuned", "#Tuned / baseline", "Verdict"),
        rows=tuple(_memory_row(memory) for memory in model.memory),
        note=_memory_note(model),
    )


def _memory_note(model: ModelAnalysis) -> str:
    reasons: dict[str, list[str]] = {}
    for memory in model.memory:
        if memory.reason:
            name = OPERATIONS[memory.operation].lower()
            reasons.setdefault(memory.reason, []).append(name)
    return _write_reasons(reasons)


def _write_reasons(reasons: Mapping[str, list[str]]) -> str:
    """Write reasons in sentences, each with what it is the reason for."""
    return " ".join(
        f"{formats.capital(formats.listed(names))}: {reason}."
        for reason, names in reasons.items()
    )


def _memory_row(memory: MemoryComparison) -> Row:
    return row(
        (
            OPERATIONS[memory.operation],
            cell(formats.size(memory.baseline), memory.baseline),
            cell(formats.size(memory.tuned), memory.tuned),
            cell(formats.ratio(memory.ratio), memory.ratio),
            cell(memory.word, tone=LOOKS[memory.word][0]),
        )
    )
