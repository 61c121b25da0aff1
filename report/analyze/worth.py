"""Whether tuning was worth it: the gain, corrected for the choice of the winner."""

import math
from dataclasses import replace

from tunecard.report.analyze.correction import Correction, NaiveGain
from tunecard.report.analyze.gains import correct_gain
from tunecard.report.analyze.types import (
    Beyond,
    BudgetCurve,
    Decision,
    GainStep,
    ModelAnalysis,
    QualityComparison,
    SearchAnalysis,
    TuningGain,
)
from tunecard.report.load import Loaded
from tunecard.report.stats.interval import INTERVAL_LEVEL
from tunecard.report.stats.means import t_quantile
from tunecard.report.stats.posterior import correlated_t_beyond, paired_counts_beyond
from tunecard.runner.schema import MetricSpec, SearchRecord

DIRICHLET = "Dirichlet posterior of the test rows on which the two differ"
CORRELATED_T = "correlated t posterior of the fold scores, after correction"


def tuning_gain(
    run: Loaded, record: SearchRecord, search: SearchAnalysis, model: ModelAnalysis
) -> TuningGain:
    """Analyze what a search gained.

    Parameters
    ----------
    run : Loaded
        The run of one seed, with the outputs of its searches where they were kept.
    record : SearchRecord
        What the runner recorded of the search.
    search : SearchAnalysis
        Its analysis.
    model : ModelAnalysis
        The model, for what the tuned case gained on the test rows.
    """
    metric, compared = search.metric, model.quality
    own = metric.name == run.results.study.metric
    margin = run.results.study.margin if own else None
    held_out = _held_out(metric, model)
    gain = correct_gain(run, record, search)
    correction, naive = gain.correction, gain.naive
    return TuningGain(
        metric=metric,
        margin=margin,
        cv=gain.cv,
        corrected=gain.corrected,
        held_out=held_out,
        method=correction.method if correction else "",
        method_reason=gain.method_reason,
        luck=1 - correction.gain / naive.gain
        if correction and naive and naive.gain > 0
        else None,
        wins=correction.wins if correction else (),
        within=_within(search),
        budget=_in_sign(correction.budget, metric) if correction else None,
        beyond=_beyond(compared, own, correction, naive, margin),
        decision=_decide(model, own, correction, margin),
    )


def _in_sign(budget: BudgetCurve | None, metric: MetricSpec) -> BudgetCurve | None:
    """Turn a curve of gains into the metric's own sign."""
    if budget is None or metric.greater_is_better:
        return budget
    return replace(
        budget,
        mean=tuple(-value for value in budget.mean),
        low=tuple(-value for value in budget.high),
        high=tuple(-value for value in budget.low),
    )


def _held_out(metric: MetricSpec, model: ModelAnalysis) -> GainStep:
    """Take the difference on the test rows from the comparison of the two cases."""
    if model.quality is None:
        return GainStep(
            None, reason=model.quality_reason or "the two cases are not compared"
        )
    change = model.quality.metric(metric.name)
    if change is None or change.delta is None:
        return GainStep(None, reason=f"{metric.label} is not measured on the test rows")
    return GainStep(change.delta, change.interval, change.interval_reason or "")


def _within(search: SearchAnalysis) -> tuple[int, ...]:
    """List the candidates within one standard error of the best mean, best first."""
    best = search.best
    if best.mean is None or best.se is None:
        return ()
    near = [
        candidate
        for candidate in search.candidates
        if candidate.rank is not None
        and candidate.mean is not None
        and search.metric.gain(best.mean, candidate.mean) <= best.se
    ]
    return tuple(c.index for c in sorted(near, key=lambda c: (c.rank or 0, c.index)))


def _beyond(
    compared: QualityComparison | None,
    own: bool,  # noqa: FBT001 # whether the search optimized the study's metric
    correction: Correction | None,
    naive: NaiveGain | None,
    margin: float | None,
) -> Beyond | None:
    """Return the probability of a gain beyond the margin, by what there is for it."""
    least = margin or 0.0
    if compared is not None and own and compared.test.metric.is_share_of_rows:
        table = compared.table
        if table.n:
            chance = paired_counts_beyond(
                table.only_first, table.only_second, table.n, least
            )
            return Beyond(chance, least, DIRICHLET)
    if correction is None or naive is None or naive.interval is None:
        return None
    half = (naive.interval.high - naive.interval.low) / 2
    freedom = naive.n_folds - 1
    error = half / t_quantile(INTERVAL_LEVEL, freedom)
    chance = correlated_t_beyond(correction.gain, error, freedom, least)
    return Beyond(chance, least, CORRELATED_T) if math.isfinite(chance) else None


def _decide(
    model: ModelAnalysis,
    own: bool,  # noqa: FBT001 # as above
    correction: Correction | None,
    margin: float | None,
) -> Decision:
    """Return what the data support; the verdict on the test rows takes precedence."""
    compared = model.quality
    if compared is not None and own:
        word = compared.test.word
        if word == "equivalent":
            time = model.time("predict")
            return "default" if time is None or time.word != "faster" else "either"
        decisions: dict[str, Decision] = {
            "better": "tuned",
            "worse": "default",
            "inconclusive": "undecided",
        }
        return decisions[word]
    if correction is None or correction.interval is None:
        return "undecided"
    ends, least = correction.interval, margin or 0.0
    if ends.low > 0:
        return "tuned"
    return "default" if ends.high < least or ends.high <= 0 else "undecided"
