"""The verdicts on time and the cost of the search as clauses of a sentence."""

import math
from collections.abc import Sequence

from tunecard.report import formats
from tunecard.report.analyze.rounds import shown_by
from tunecard.report.analyze.types import (
    Analysis,
    CpuWitness,
    ModelAnalysis,
    MoreRounds,
    TimeComparison,
)
from tunecard.report.stats.verdicts import INDISTINCT, MIN_ROUNDS

#: A part of fit + predict below this share is left out of the sentence.
_NEGLIGIBLE = 0.05
_OPEN = "The timing comparison is inconclusive"
_VERBS = {
    "fit": "fitting",
    "predict": "predicting",
    "fit+predict": "fitting and predicting",
}


def times(model: ModelAnalysis) -> list[str]:
    """Return how long the tuned model takes, clause by clause."""
    compared = _select_times(model)
    parts = [_describe_time(time) for time in compared if time.word != "inconclusive"]
    left = [time for time in compared if time.word == "inconclusive"]
    if left:
        names = formats.listed([_VERBS[time.operation] for time in left])
        parts.append(f"the timing of {names} is inconclusive ({_explain_open(left)})")
    parts += [_describe_cpu(time, time.cpu) for time in left if time.cpu is not None]
    return parts


def cpu_words(witness: CpuWitness) -> str:
    """Write what CPU time shows: its ratio and interval, or a bound of the difference.

    Examples
    --------
    ``1.27 [1.21, 1.34]``, ``no difference beyond 4 %``
    """
    if witness.word == "no difference":
        return f"no difference beyond {formats.percent_up(witness.beyond)}"
    ends = formats.ratio_interval(witness.interval.low, witness.interval.high)
    return f"{formats.ratio(witness.ratio)} {ends}"


def _describe_cpu(time: TimeComparison, witness: CpuWitness) -> str:
    words = cpu_words(witness)
    if witness.word == "no difference":
        return f"CPU time of {_VERBS[time.operation]} shows {words}"
    return f"CPU time of {_VERBS[time.operation]} is {words} times that before tuning"


def scope_of_times(model: ModelAnalysis, analysis: Analysis) -> str:
    """Return what the words on a model's times hold for; empty where none is decided."""
    compared = [
        [time for time in each.times if time.operation != "fit+predict"]
        for each in analysis.models
    ]
    n_verdicts = sum(len(times) for times in compared)
    own = [time for time in model.times if time.operation != "fit+predict"]
    if n_verdicts < 2 or all(
        time.word == "inconclusive" and time.cpu is None for time in own
    ):
        return ""
    return (
        "Each verdict on time holds by itself: with no true difference it is wrong in at "
        f"most 6{formats.SPACE}% of runs. The {n_verdicts} in this report are not adjusted "
        "for their number."
    )


def _select_times(model: ModelAnalysis) -> list[TimeComparison]:
    """Return the times worth a mention: an operation that takes next to nothing is not."""
    both = model.time("fit+predict")
    relevant = []
    for operation in ("predict", "fit"):
        time = next((time for time in model.times if time.operation == operation), None)
        if time is None or time.tuned is None:
            continue
        whole = both.tuned if both is not None else None
        if whole is None or time.tuned >= _NEGLIGIBLE * whole:
            relevant.append(time)
    return relevant


def _describe_time(time: TimeComparison) -> str:
    text = f"{_VERBS[time.operation]} takes {formats.ratio(time.ratio)} times as long"
    if time.word == "no difference":
        return f"{text}, no difference beyond {formats.percent_up(time.beyond)}"
    if time.interval is not None:
        text += f" {formats.ratio_interval(time.interval.low, time.interval.high)}"
    return text


def why_open(time: TimeComparison) -> str:
    """Return why a verdict on time is open: what its rounds are able to show."""
    shown = _shown(time)
    if shown is None:
        return time.reason or ""
    rounds = formats.counted(time.n_rounds, "round")
    if shown > INDISTINCT:
        return f"{rounds} cannot distinguish the two"
    return f"{rounds} show only differences above {formats.percent_up(shown)}"


def _explain_open(left: Sequence[TimeComparison]) -> str:
    """Return why several verdicts on time are open, what they have in common once."""
    shown = [(time, share) for time in left if (share := _shown(time)) is not None]
    if len(left) == 1 or len(shown) < len(left):
        return " and ".join(dict.fromkeys(why_open(time) for time in left))
    return _describe_shown(shown)


def _describe_shown(shown: Sequence[tuple[TimeComparison, float]]) -> str:
    each = [
        f"{formats.percent_up(share)} in {time.operation}"
        for time, share in shown
        if share <= INDISTINCT
    ]
    wide: list[str] = [time.operation for time, share in shown if share > INDISTINCT]
    parts = [f"show only differences above {formats.listed(each)}"] if each else []
    if wide:
        parts.append(f"cannot distinguish the two in {formats.listed(wide)}")
    return f"{formats.counted(shown[0][0].n_rounds, 'round')} {' and '.join(parts)}"


def open_times(model: ModelAnalysis, more: MoreRounds | None) -> str:
    """Return why the times of a card are open, and what to do about it.

    Parameters
    ----------
    model : ModelAnalysis
        The card's model.
    more : MoreRounds or None
        The rounds that a larger budget gives; None where there are no more.

    Returns
    -------
    str
        Sentences; empty where no verdict on time is open.
    """
    left = [
        time
        for time in model.times
        if time.word == "inconclusive" and time.operation != "fit+predict"
    ]
    if not left:
        return ""
    shown = [(time, share) for time in left if (share := _shown(time)) is not None]
    if len(shown) < len(left):
        reasons = " and ".join(dict.fromkeys(why_open(time) for time in left))
        text = f"{_OPEN}: {reasons}."
        if any(time.n_disturbed for time in left):
            return f"{text} Run again on a quiet machine."
        return f"{text} Run again with {_write_option(more)}." if more is not None else text
    text = f"{_OPEN}: {_describe_shown(shown)}."
    if more is None:
        return f"{text} This is the maximum number of rounds; a quieter machine shows more."
    return f"{text} With {_write_option(more)}, {_forecast(left, more.n_rounds)}."


def _forecast(left: Sequence[TimeComparison], n_rounds: int) -> str:
    """Return what so many rounds would show of the comparisons that are open."""
    rounds = formats.counted(n_rounds, "round")
    shares = [shown_by(time, n_rounds) or 0.0 for time in left]
    if max(shares) > INDISTINCT:
        return f"{rounds} may not distinguish the two either; a quieter machine shows more"
    return f"{rounds} show about {formats.listed([formats.percent_up(s) for s in shares])}"


def _shown(time: TimeComparison) -> float | None:
    return shown_by(time, time.n_rounds) if time.n_rounds >= MIN_ROUNDS else None


def _write_option(more: MoreRounds) -> str:
    """Write the option of ``tunecard run`` that gives these rounds, in whole minutes."""
    return f"--budget{formats.SPACE}{math.ceil(more.budget / 60)}m"


def search_cost(model: ModelAnalysis) -> list[str]:
    """Return what the search cost; nothing without a search."""
    if model.search is None:
        return []
    cost = model.search.cost
    if cost.cpu_ratio is not None:
        times = formats.ratio(cost.cpu_ratio)
        return [f"the search cost {times} times the CPU time of a baseline fit + predict"]
    if cost.cpu_seconds is not None:
        return [f"the search cost {formats.seconds(cost.cpu_seconds)} of CPU time"]
    if cost.fit_seconds is not None:
        return [f"the search's fits took {formats.seconds(cost.fit_seconds)} in all"]
    return ["what the search cost is not on record"]
