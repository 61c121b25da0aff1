"""Tuning as a procedure: what the outer splits show of it together."""

from collections import Counter
from statistics import fmean

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, ModelAnalysis, SeedsAnalysis
from tunecard.report.stats.over_splits import ThreeWords, three_words
from tunecard.report.view.section import Material
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import LabeledValue, PlainContent, Row, Table

_MOST_SETTINGS = 10
_PROBABILITIES = (
    "Probabilities of the true mean difference, given the splits (correlated Bayesian "
    "t-test, Corani and Benavoli 2015). {region}"
)


def no_procedure(material: Material) -> str:
    """Return why a run shows nothing of tuning as a procedure."""
    seeds = material.analysis.seeds
    if seeds is not None and seeds.noun == "split":
        return ""
    return "the study has one outer split"


def procedure(material: Material) -> PlainContent:
    """Make the section: the probability that tuning pays, and which settings won."""
    analysis = material.analysis
    seeds = analysis.seeds
    assert seeds is not None  # the section is needed
    facts, rows = [], []
    for model in analysis.models:
        words = _three_words(model, analysis, seeds)
        if words is not None:
            rows.append(_probabilities(model, words, analysis))
            facts.append(LabeledValue(formats.capital(model.label), _wins(model, seeds)))
    tables = [_table(rows, analysis)] if rows else []
    tables += [
        table for model in analysis.models if (table := _settings(model, seeds)) is not None
    ]
    return PlainContent(lead=_lead(seeds), tables=tuple(tables), facts=tuple(facts))


def _lead(seeds: SeedsAnalysis) -> str:
    n_test = round(fmean(analysis.n_test for analysis in seeds.analyses))
    return (
        "Does tuning pay on data like this? Not whether one tuned model is better than its "
        "baseline, but whether another tuned in this way would be. There are "
        f"{formats.counted(len(seeds.seeds), 'outer split')} with a search inside each, on "
        f"about {formats.counted(n_test, 'test row')} each."
    )


def _differences(
    model: ModelAnalysis, analysis: Analysis, seeds: SeedsAnalysis
) -> list[float]:
    """Return the difference of each split that compares both cases."""
    deltas = []
    for split in seeds.analyses:
        compared = split.model(model.name).quality
        change = compared.metric(analysis.metric.name) if compared is not None else None
        if change is not None and change.delta is not None:
            deltas.append(change.delta)
    return deltas


def _three_words(
    model: ModelAnalysis, analysis: Analysis, seeds: SeedsAnalysis
) -> ThreeWords | None:
    deltas = _differences(model, analysis, seeds)
    if len(deltas) < len(seeds.seeds):
        return None
    return three_words(
        deltas,
        fmean(split.n_train for split in seeds.analyses),
        fmean(split.n_test for split in seeds.analyses),
        analysis.margin or 0.0,
        greater_is_better=analysis.metric.greater_is_better,
    )


def _probabilities(model: ModelAnalysis, words: ThreeWords, analysis: Analysis) -> Row:
    values = [words.better, words.worse]
    if analysis.margin is not None:
        values.insert(1, words.equivalent)
    return row(
        (
            formats.capital(model.label),
            *(cell(formats.percent(value), value) for value in values),
        )
    )


def _table(rows: list[Row], analysis: Analysis) -> Table:
    names = ["#P(better)", "#P(equivalent)", "#P(worse)"]
    region = "The study sets no margin, so that nothing is equivalent."
    if analysis.margin is None:
        names.remove("#P(equivalent)")
    else:
        margin = formats.margin(analysis.margin, analysis.metric)
        region = f"Equivalent: within the margin of {margin}."
    return Table(
        id="table-procedure",
        caption=f"Tuned against baseline, by {analysis.metric.label}",
        columns=columns("Model", *names),
        rows=tuple(rows),
        note=_PROBABILITIES.format(region=region),
    )


def _wins(model: ModelAnalysis, seeds: SeedsAnalysis) -> str:
    """Return in how many splits the tuned case did better."""
    n_better = 0
    for split in seeds.analyses:
        compared = split.model(model.name).quality
        if compared is not None:
            gain = compared.test.delta
            n_better += gain > 0 if split.metric.greater_is_better else gain < 0
    return f"tuned is ahead in {n_better} of {len(seeds.seeds)} splits"


def _settings(model: ModelAnalysis, seeds: SeedsAnalysis) -> Table | None:
    """List how often each setting won its search, the most frequent first."""
    searches = [split.model(model.name).search for split in seeds.analyses]
    won = Counter(
        formats.parameters(search.best.params) for search in searches if search is not None
    )
    if not won:
        return None
    n_searches = sum(won.values())
    shown = won.most_common(_MOST_SETTINGS)
    rest = len(won) - len(shown)
    return Table(
        id=f"table-settings-{model.name}",
        caption=f"{formats.capital(model.label)}: settings that won a search",
        columns=columns("Setting", "#Splits"),
        rows=tuple(
            row((setting, cell(f"{count} of {n_searches}", count)))
            for setting, count in shown
        ),
        note=f"Further settings: {formats.count(rest)}." if rest else "",
    )
