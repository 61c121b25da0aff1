"""Times of two cases round by round, and CPU time where wall time does not decide."""

from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from tunecard.report.analyze.timings import OPERATIONS, sum_rounds, timed_in_both
from tunecard.report.analyze.types import (
    CaseAnalysis,
    CpuWitness,
    RoundValue,
    TimeComparison,
    TimedOperation,
    TimeWord,
)
from tunecard.report.stats.ratios import LEAST_FLOOR, Ratio, time_ratio
from tunecard.report.stats.verdicts import (
    CPU_LEVEL,
    RatioWord,
    is_disturbed,
    ratio_word,
    too_disturbed,
)

TIME_WORDS: Mapping[RatioWord, TimeWord] = {
    "more": "slower",
    "less": "faster",
    "no difference": "no difference",
    "inconclusive": "inconclusive",
}
#: The two workers of each round that both cases have, in the order of rounds.
_Pairs = Sequence[tuple[RoundValue, RoundValue]]


def compare_times(
    baseline: CaseAnalysis, tuned: CaseAnalysis
) -> tuple[TimeComparison, ...]:
    """Compare fit, predict and both together, round by round.

    Parameters
    ----------
    baseline, tuned : CaseAnalysis
        Of one model.

    Returns
    -------
    tuple of TimeComparison
        Operations that were timed in both; fit+predict where both were.
    """
    timed = list(timed_in_both(baseline, tuned))
    compared = [
        _compare(operation, _usable(first.rounds), _usable(second.rounds))
        for operation, first, second in timed
    ]
    if len(timed) == len(OPERATIONS):
        sums = (
            sum_rounds(*(_usable(case.times[operation].rounds) for operation in OPERATIONS))
            for case in (baseline, tuned)
        )
        compared.append(_compare("fit+predict", *sums))
    return tuple(compared)


def _usable(rounds: Sequence[RoundValue]) -> list[RoundValue]:
    return [value for value in rounds if value.wall > 0]


def _compare(
    operation: TimedOperation,
    baseline: Sequence[RoundValue],
    tuned: Sequence[RoundValue],
) -> TimeComparison:
    """Compare the undisturbed rounds; too few of them give no ratio, and a reason."""
    after = {value.round: value for value in tuned}
    pairs = [(value, after[value.round]) for value in baseline if value.round in after]
    clean = [pair for pair in pairs if not any(value.contaminated for value in pair)]
    n_disturbed = len(pairs) - len(clean)
    reason = too_disturbed(len(clean), n_disturbed)
    left_out: set[int] = set()
    ratio: Ratio | None = None
    word: RatioWord = "inconclusive"
    beyond: float | None = None
    if reason is None:
        left_out = {value.round for value in (*baseline, *tuned) if value.contaminated}
        ratio = _ratio(clean, "wall", 0.95)
        word, beyond, reason = ratio_word(ratio, ratio.floor if ratio else LEAST_FLOOR)
    return TimeComparison(
        operation=operation,
        baseline=_median(baseline, left_out),
        tuned=_median(tuned, left_out),
        ratio=ratio.value if ratio else None,
        interval=ratio.interval if ratio else None,
        floor=ratio.floor if ratio else LEAST_FLOOR,
        detectable=ratio.half_width if ratio else None,
        n_rounds=len(clean),
        word=TIME_WORDS[word],
        beyond=beyond,
        reason=reason,
        n_disturbed=n_disturbed,
        n_calls=_count_calls(pairs),
        correlation=ratio.correlation if ratio else None,
        outlying=tuple(clean[place][0].round for place in ratio.outlying) if ratio else (),
        cpu=_consult_cpu(pairs) if word == "inconclusive" and is_disturbed(ratio) else None,
    )


def _median(rounds: Sequence[RoundValue], left_out: set[int]) -> float | None:
    walls = [value.wall for value in rounds if value.round not in left_out]
    return median(walls) if walls else None


def _count_calls(pairs: _Pairs) -> int:
    """Return the timed calls of a value, as a rule: the median over all workers."""
    calls = [value.n_calls for pair in pairs for value in pair]
    return round(median(calls)) if calls else 1


def _ratio(pairs: _Pairs, clock: str, level: float) -> Ratio | None:
    first, second = (
        np.array([getattr(pair[side], clock) for pair in pairs]) for side in (0, 1)
    )
    return time_ratio(first, second, _count_calls(pairs), level=level)


def _consult_cpu(pairs: _Pairs) -> CpuWitness | None:
    """Return what CPU time shows; None where it does not decide either.

    Other processes hardly add to a process's own CPU time, but what they share with
    it (caches, the core's other thread) does. So like is compared with like: a round
    counts where other processes disturbed both of its workers, or neither.
    """
    alike = [pair for pair in pairs if pair[0].contaminated == pair[1].contaminated]
    ratio = _ratio(alike, "cpu", CPU_LEVEL)
    if ratio is None or ratio.interval is None:
        return None
    word, beyond, _ = ratio_word(ratio, ratio.floor)
    if word == "inconclusive":
        return None
    return CpuWitness(TIME_WORDS[word], ratio.value, ratio.interval, ratio.n_rounds, beyond)
