"""From intervals and tests to one word. Every threshold of a verdict stands here."""

from typing import Literal

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import Ratio

#: Level of every test, after Holm's adjustment.
ALPHA = 0.05
#: Undisturbed rounds that a verdict on a time needs; disturbed ones never count.
MIN_ROUNDS = 3
#: A comparison that only a change above this share could decide distinguishes nothing.
INDISTINCT = 1.0
#: "No difference beyond" more than this share is too vague to be a verdict.
WIDEST_NO_DIFFERENCE = 0.10

QualityWord = Literal["better", "worse", "equivalent", "inconclusive"]
RatioWord = Literal["more", "less", "no difference", "inconclusive"]


def quality_word(
    interval: Interval,
    equivalence: Interval,
    margin: float | None,
    *,
    greater_is_better: bool = True,
) -> QualityWord:
    """Return the verdict on a difference in quality, second minus first.

    It is read from the two intervals that are printed next to it, so that no word can
    contradict them.

    Parameters
    ----------
    interval : Interval
        Of the difference, at the level of its family.
    equivalence : Interval
        Of the difference, at twice the error of ``interval`` (90 % where that is 95 %):
        within the margin, two one-sided tests both reject a difference as large as the
        margin (Schuirmann 1987).
    margin : float or None
        Smallest difference that matters; without it no verdict is "equivalent".
    greater_is_better : bool
        Direction of the metric.

    Examples
    --------
    >>> quality_word(Interval(-0.001, 0.002), Interval(-0.001, 0.002, 0.9), margin=0.0025)
    'equivalent'
    """
    if margin is not None and equivalence.inside(-margin, margin):
        return "equivalent"
    if interval.contains(0.0):
        return "inconclusive"
    return "better" if (interval.low > 0) == greater_is_better else "worse"


def too_disturbed(n_undisturbed: int, n_disturbed: int) -> str | None:
    """Return why disturbed rounds leave a time without a verdict; None where they do not.

    The rule is fixed in advance and looks at no time: a round counts where every case
    has a call that no other process disturbed, a verdict rests on such rounds alone,
    and it needs :data:`MIN_ROUNDS` of them.

    Parameters
    ----------
    n_undisturbed, n_disturbed : int
        Rounds that count, and rounds in which a case has disturbed calls only.

    Examples
    --------
    >>> too_disturbed(1, 2)
    'other processes disturbed 2 of 3 rounds, and a verdict needs 3 undisturbed ones'
    """
    if n_disturbed == 0 or n_undisturbed >= MIN_ROUNDS:
        return None
    n_rounds = n_undisturbed + n_disturbed
    of = f"{n_disturbed} of {n_rounds} rounds" if n_rounds > 1 else "the only round"
    return (
        f"other processes disturbed {of}, and a verdict needs {MIN_ROUNDS} undisturbed ones"
    )


def ratio_word(
    ratio: Ratio | None, floor: float, *, widest: float = WIDEST_NO_DIFFERENCE
) -> tuple[RatioWord, float | None, str | None]:
    """Return the verdict on a ratio of times or sizes.

    "more" and "less" need an interval that leaves out 1 and a ratio beyond the
    noise floor; "no difference" holds beyond a share that it names.

    Parameters
    ----------
    ratio : Ratio or None
        Second against first.
    floor : float
        Noise floor as a share.
    widest : float
        "No difference" beyond more than this share is not a verdict.

    Returns
    -------
    word : str
        more, less, no difference or inconclusive.
    beyond : float or None
        With "no difference": the share that a difference does not exceed.
    reason : str or None
        With "inconclusive": why.
    """
    if ratio is None:
        return "inconclusive", None, "no round has a value for both"
    if ratio.n_rounds < MIN_ROUNDS or ratio.interval is None:
        rounds = "round" if ratio.n_rounds == 1 else "rounds"
        reason = f"{ratio.n_rounds} {rounds}, and at least {MIN_ROUNDS} are needed"
        return "inconclusive", None, reason
    low, high = ratio.interval.low, ratio.interval.high
    if low > 1 and ratio.value > 1 + floor:
        return "more", None, None
    if high < 1 and 1 / ratio.value > 1 + floor:
        return "less", None, None
    beyond = max(floor, high - 1, 1 / low - 1)
    if beyond <= widest:
        return "no difference", beyond, None
    return "inconclusive", None, "the rounds differ too much from one another"
