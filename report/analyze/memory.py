"""Peak memory of fit and predict, baseline against tuned, round by round."""

from collections.abc import Mapping

import numpy as np

from tunecard.report.analyze.timings import timed_in_both
from tunecard.report.analyze.types import (
    CaseAnalysis,
    MemoryComparison,
    MemoryWord,
    OperationTimes,
)
from tunecard.report.stats.ratios import LEAST_FLOOR, Ratio, paired_ratio
from tunecard.report.stats.verdicts import WIDEST_NO_DIFFERENCE, RatioWord, ratio_word
from tunecard.runner.schema import Operation

#: Peaks below this many bytes are the interpreter's own noise.
LEAST_PEAK = 2**20
_WORDS: Mapping[RatioWord, MemoryWord] = {
    "more": "more",
    "less": "less",
    "no difference": "no difference",
    "inconclusive": "inconclusive",
}


def compare_memory(
    baseline: CaseAnalysis, tuned: CaseAnalysis
) -> tuple[MemoryComparison, ...]:
    """Compare the peak memory of fit and of predict, round by round.

    Parameters
    ----------
    baseline, tuned : CaseAnalysis
        Of one model.

    Returns
    -------
    tuple of MemoryComparison
        Operations that were timed in both.
    """
    return tuple(_compare(*timed) for timed in timed_in_both(baseline, tuned))


def _compare(
    operation: Operation, baseline: OperationTimes, tuned: OperationTimes
) -> MemoryComparison:
    ratio: Ratio | None = None
    word: RatioWord = "inconclusive"
    beyond: float | None = None
    reason: str | None
    if baseline.peak_memory is None or tuned.peak_memory is None:
        reason = "the peak memory could not be read"
    elif max(baseline.peak_memory, tuned.peak_memory) < LEAST_PEAK:
        reason = "both peaks are below 1 MiB, too little to compare"
    else:
        peaks = _peaks(baseline), _peaks(tuned)
        both = sorted(peaks[0].keys() & peaks[1].keys())
        first, second = (np.array([peak[number] for number in both]) for peak in peaks)
        ratio = paired_ratio(first, second)
        # A page or two of memory makes no difference, however exactly it repeats.
        least = max(min(baseline.peak_memory, tuned.peak_memory), LEAST_PEAK)
        floor = max(LEAST_FLOOR, LEAST_PEAK / least)
        widest = max(floor, WIDEST_NO_DIFFERENCE)
        word, beyond, reason = ratio_word(ratio, floor, widest=widest)
    return MemoryComparison(
        operation=operation,
        baseline=baseline.peak_memory,
        tuned=tuned.peak_memory,
        ratio=ratio.value if ratio else None,
        word=_WORDS[word],
        beyond=beyond,
        reason=reason,
    )


def _peaks(times: OperationTimes) -> dict[int, float]:
    # A peak of 0 has no logarithm; values below the noise are not distinguished.
    return {
        value.round: float(max(value.peak_memory, LEAST_PEAK))
        for value in times.rounds
        if value.peak_memory is not None
    }
