"""The view of several seeds: each of them, and all together."""

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, ModelAnalysis, SeedsAnalysis
from tunecard.report.view.tables import cell, columns, row, with_unit, without_empty
from tunecard.report.view.types import Row, Table
from tunecard.report.view.words import LOOKS

_SPLIT_ANEW = (
    "Each seed splits the data again, draws folds and candidates again, and is the random "
    "state where the estimator has one. The last row is the mean over the seeds (of the "
    "search, the sum); its interval and verdict come from a t-test over the seeds, "
    "corrected for the rows that their splits share (Nadeau and Bengio, 2003). Where all "
    "seeds show exactly the same change, its verdict is the one that all of them share. "
    "The interval of a single seed applies to its own test rows."
)
_OUTER = (
    "Each split holds other rows out and searches again in the rows that are left. The "
    "last row is the mean over the splits (of the search, the sum); its interval and "
    "verdict come from a t-test over the splits, corrected for the rows that they share "
    "(Nadeau and Bengio, 2003). The interval of a single split applies to its own test "
    "rows."
)
_SHARED = (
    "The data has a test part of its own, the same for every seed; folds, candidates and "
    "random states are drawn again. The last row is the mean over the seeds, and its "
    "interval spans all of theirs; it has a verdict where every seed has the same."
)


def page_of(seed: int) -> str:
    """Return the path of one seed's page from that of all, up to the ending."""
    return f"seed-{seed}/report"


def seeds_table(model: ModelAnalysis, analysis: Analysis) -> Table | None:
    """Make the table of seeds for one model; None where there is but one seed."""
    seeds = analysis.seeds
    if seeds is None:
        return None
    rows = [
        _row(formats.capital(seeds.name_of(seed)), of_seed.model(model.name), analysis)
        for seed, of_seed in zip(seeds.seeds, seeds.analyses, strict=True)
    ]
    rows.append(_row(f"All {seeds.noun}s", model, analysis, role="chosen"))
    table = Table(
        id=f"table-seeds-{model.name}",
        caption=f"The {formats.count(len(seeds.seeds))} {seeds.noun}s: "
        f"{analysis.metric.label}",
        columns=columns(
            formats.capital(seeds.noun),
            "#Baseline",
            "#Tuned",
            with_unit("#Change", analysis.metric),
            "#95 % interval",
            "Verdict",
            "Chosen",
            "#Search, CPU time",
        ),
        rows=tuple(rows),
        note=f"{_explain(seeds)}{_adjusted(model)}",
    )
    return without_empty(table)


def _explain(seeds: SeedsAnalysis) -> str:
    if seeds.noun == "split":
        return _OUTER
    return _SPLIT_ANEW if seeds.resplit else _SHARED


def _adjusted(model: ModelAnalysis) -> str:
    test = model.quality.test if model.quality is not None else None
    if test is None or not test.interval.adjusted:
        return ""
    models = formats.counted(test.n_tests, "model")
    level = formats.level(test.interval.level)
    return (
        f" The intervals are adjusted for {models}, as verdicts are; the last is {level}."
    )


def _row(name: str, model: ModelAnalysis, analysis: Analysis, role: str = "") -> Row:
    metric = analysis.metric
    values = []
    for case in (model.baseline, model.tuned):
        value = case.metric(metric.name) if case is not None else None
        values.append(value.test if value is not None else None)
    test = model.quality.test if model.quality is not None else None
    delta = test.delta if test is not None else None
    interval = ends = None
    if test is not None:
        interval = test.interval
        ends = formats.delta_interval(interval.low, interval.high, metric)
    word = test.word if test is not None else ""
    search_seconds = _search_seconds(model, analysis, of_all=role != "")
    failed = next((case for case in model.cases if not case.ok), None)
    search = model.search
    return row(
        (
            name,
            cell(formats.metric(values[0]), values[0]),
            cell(formats.metric(values[1]), values[1]),
            cell(formats.delta(delta, metric) if test else formats.NONE, delta),
            cell(ends or formats.NONE, interval.low if interval else None),
            cell("failed", tone="bad")
            if failed is not None
            else cell(word or formats.NONE, tone=LOOKS[word][0] if word else ""),
            formats.parameters(search.best.params) if search else formats.NONE,
            cell(formats.seconds(search_seconds), search_seconds),
        ),
        role,
    )


def _search_seconds(
    model: ModelAnalysis, analysis: Analysis, *, of_all: bool
) -> float | None:
    """Return the CPU seconds of a seed's search, or of the searches of all seeds."""
    if not of_all:
        return model.search.cost.cpu_seconds if model.search is not None else None
    assert analysis.seeds is not None  # there is a table of seeds
    searches = [part.model(model.name).search for part in analysis.seeds.analyses]
    costs = [search.cost.cpu_seconds for search in searches if search is not None]
    seconds = [cost for cost in costs if cost is not None]
    return sum(seconds) if seconds and len(seconds) == len(costs) else None


def banner(seeds: SeedsAnalysis) -> tuple[str, str]:
    """State at the top of the page what its numbers are the means of."""
    if seeds.noun == "split":
        text = (
            "The search ran again inside each outer split. The metrics on this page are "
            "means over the splits; verdicts are on tuning as a procedure, not on one "
            "tuned model."
        )
        return f"{formats.capital(formats.counted(len(seeds.seeds), 'outer split'))}.", text
    listed = formats.listed([str(seed) for seed in seeds.seeds])
    again = "each with a split of its own" if seeds.resplit else "on the same test rows"
    of_values = seeds.analyses[0].task == "regression"
    of_rows = "figures of errors" if of_values else "confusion matrices"
    text = (
        f"Metrics and times on this page are means over the seeds, {again}; verdicts are "
        "over all of them. What belongs to one seed alone, such as its search and its "
        f"{of_rows}, is on the page of that seed: {page_of(seeds.seeds[0])}.html and so on."
    )
    return f"{formats.capital(formats.counted(len(seeds.seeds), 'seed'))}: {listed}.", text
