"""The view of the page's top: verdict cards, findings, dataset and run in a line each."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, ModelAnalysis
from tunecard.report.conclusion import (
    Conclusion,
    ModelConclusion,
    adjusted_p,
    against_margin,
    power,
    why_open,
)
from tunecard.report.findings import Finding
from tunecard.report.view.quality import headline_table
from tunecard.report.view.types import CostRow, Message, Verdict
from tunecard.report.view.words import (
    LOOKS,
    OPERATIONS,
    SEVERITIES,
    change_words,
    ratio_detail,
    ratio_words,
    time_word,
)
from tunecard.runner.schema import DatasetInfo, Results

IN_PROGRESS = (
    "Quality is whole, the times are still being measured. This page is replaced when they "
    "are; after an interruption the command of this run resumes them."
)


def verdicts(analysis: Analysis, conclusion: Conclusion) -> tuple[Verdict, ...]:
    """Make the card of each model."""
    by_model = {part.model: part for part in conclusion.models}
    return tuple(
        _verdict(model, analysis, by_model[model.name]) for model in analysis.models
    )


def _verdict(
    model: ModelAnalysis, analysis: Analysis, conclusion: ModelConclusion
) -> Verdict:
    tone, sign = LOOKS[model.word]
    return Verdict(
        id=f"verdict-{model.name}",
        label=formats.capital(model.label),
        tone=tone,
        sign=sign,
        word=model.word.capitalize(),
        change=change_words(model.quality.test) if model.quality is not None else "",
        sentence=_sentence(model, analysis, conclusion.claim),
        metrics=headline_table(model, analysis.headline),
        costs=tuple(_costs(model)),
        open_times=conclusion.open_times,
        scope_of_times=conclusion.scope_of_times,
        href=f"#quality-{model.name}",
    )


def _sentence(model: ModelAnalysis, analysis: Analysis, claim: str) -> str:
    """Continue the change; the claim alone where nothing could be compared."""
    if model.quality is None:
        return claim
    test = model.quality.test
    text = f", {adjusted_p(test)}"
    if test.word == "equivalent":
        margin = formats.margin(test.margin, test.metric)
        small = "real, but smaller than" if test.significant_but_equivalent else "within"
        return f"{text}: {small} the margin of {margin}."
    if test.word == "inconclusive" and test.n_seeds:
        return f"{text}. {formats.capital(test.reason or 'the seeds do not decide')}."
    if test.word == "inconclusive" and not test.identical:
        reason = power(test, model.quality.table.discordant, analysis.n_test)
        return f"{text}. Undecided: {reason}."
    text += against_margin(test)
    return f"{text}: {test.reason}." if test.reason else f"{text}."


def _costs(model: ModelAnalysis) -> Iterator[CostRow]:
    """List the costs of fit, predict and the search, tuned against baseline."""
    for time in model.times:
        if time.operation == "fit+predict":
            continue
        before, after = formats.seconds(time.baseline), formats.seconds(time.tuned)
        name, ratio = OPERATIONS[time.operation], ratio_words(time)[0]
        word = time_word(time)
        if ratio != formats.NONE and time.cpu is None:
            text = f"{ratio}{formats.TIMES}"
            yield CostRow(name, text, word, ratio_detail(time.n_rounds, before, after))
        elif None in (time.baseline, time.tuned):
            text = after if time.tuned is not None else before
            yield CostRow(name, text, word, why_open(time))
        else:
            yield CostRow(name, f"{before} → {after}", word, why_open(time))
    if model.search is not None:
        cost = model.search.cost
        detail = f"{formats.counted(cost.n_fits, 'fit')} on folds"
        if cost.cpu_ratio is not None:
            detail = (
                f"{formats.ratio(cost.cpu_ratio)}{formats.TIMES} that of a baseline fit + "
                f"predict; {formats.seconds(cost.wall_seconds)} elapsed"
            )
        spent, kind = cost.cpu_seconds, "CPU time"
        if spent is None:
            spent, kind = cost.fit_seconds, "of fits, imported"
        yield CostRow("Search", formats.seconds(spent), kind, detail)
        yield from _gain(model)
    if (cut := model.cut) is not None:
        text = f"{formats.count(cut.run)} of {formats.count(cut.planned)}"
        yield CostRow("Candidates", text, "run", f"the others were cut for {cut.reason}")


def _gain(model: ModelAnalysis) -> Iterator[CostRow]:
    """State what is left of the gain over the folds."""
    gain = model.search.gain if model.search is not None else None
    if gain is None or gain.cv.value is None or gain.corrected.value is None:
        return
    text = f"{formats.delta(gain.corrected.value, gain.metric)} {gain.metric.delta_unit}"
    before = formats.change(gain.cv.value, None, gain.metric)
    ends = formats.change_interval(gain.corrected.interval, gain.metric)
    detail = f"{ends}; {before} before correction"
    yield CostRow("Gain in the search", text.rstrip(), "corrected", detail)


def messages(
    findings: Sequence[Finding], anchors: Collection[str], analysis: Analysis
) -> tuple[Message, ...]:
    """View findings, those of one kind over several models as one, linked to the evidence.

    Parameters
    ----------
    findings : sequence of Finding
        In the order to show.
    anchors : collection of str
        Ids that the page has.
    analysis : Analysis
        The run, which has the models' labels.
    """
    labels = {model.name: model.label for model in analysis.models}
    made = []
    for _, alike in groupby(findings, lambda each: (each.code, each.severity)):
        group = list(alike)
        links = {
            target: labels.get(finding.model or "", "")
            for finding in group
            if (target := _evidence(finding, anchors))
        }
        tone, severity = SEVERITIES[group[0].severity]
        made.append(
            Message(
                code=group[0].code,
                tone=tone,
                severity=severity,
                title=group[0].title,
                evidence=" ".join(dict.fromkeys(finding.evidence for finding in group)),
                what_to_do=group[0].what_to_do,
                links=tuple(
                    (label if len(links) > 1 else "", target)
                    for target, label in links.items()
                ),
            )
        )
    return tuple(made)


def _evidence(finding: Finding, anchors: Collection[str]) -> str:
    """Return the address of a finding's evidence; empty where the page has none."""
    exact = f"{finding.anchor}-{finding.model}"
    return next((f"#{a}" for a in (exact, finding.anchor) if a in anchors), "")


def dataset_line(results: Results) -> tuple[str, ...]:
    """Describe the data in a few words."""
    data = results.dataset
    train, test = formats.count(data.n_train), formats.count(data.n_test)
    unknown = data.split == "declared" and not data.n_train
    parts = [
        data.title,
        f"{test} test rows" if unknown else f"{train} training and {test} test rows",
        _target(data),
    ]
    if data.image_shape is not None:
        height, width = data.image_shape
        parts.append(f"images of {height} {formats.TIMES} {width} pixels")
    elif data.n_features:
        parts.append(formats.counted(data.n_features, "feature"))
    return tuple(parts)


def _target(data: DatasetInfo) -> str:
    """Describe the target: how many classes, or which values."""
    values = data.values
    spread = values.test if values is not None else None
    if values is None or spread is None:
        return formats.counted(len(data.classes), "class", "classes")
    ends = (formats.value(end) for end in (spread.low, spread.high))
    name = f"{data.target} " if data.target else "values "
    return f"{name}from {' to '.join(ends)} {values.unit}".rstrip()


def run_line(results: Results) -> tuple[str, ...]:
    """State in a few words when and where it ran."""
    environment = results.environment
    return (
        f"run {results.started.replace('T', ' ').removesuffix('Z')} UTC",
        f"took {formats.seconds(results.wall_seconds)}",
        environment.cpu,
        formats.counted(environment.logical_cores, "core"),
    )


def banners(results: Results) -> tuple[tuple[str, str], ...]:
    """Warn where the data is not what the reader may believe it to be."""
    data = results.dataset
    made = []
    if results.in_progress:
        made.append(("Timing in progress.", IN_PROGRESS))
    if data.fallback_reason:
        made.append(
            (f"This is {data.title}, standing in for other data.", data.fallback_reason)
        )
    if data.subset_of:
        made.append(("This is a subset.", f"The run used a part of {data.subset_of}."))
    bad = [case for case in results.cases if case.status != "ok"]
    if bad:
        whole = formats.counted(len(results.cases), "case")
        names = formats.listed(
            [f"{case.key} {formats.STATUSES[case.status]}" for case in bad]
        )
        title = f"{formats.count(len(bad))} of {whole} failed."
        rest = "The rest of the report is valid."
        if len(bad) == len(results.cases):
            rest = "No case is left to be judged."
        made.append((title, f"{names}. {rest}"))
    return tuple(made)
