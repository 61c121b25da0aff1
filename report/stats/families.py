"""Several questions at once: which are answered, and the level that all intervals have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.verdicts import ALPHA, QualityWord, quality_word

Key = TypeVar("Key")


@dataclass(frozen=True)
class Family:
    """A family of models after a step-down procedure.

    Attributes
    ----------
    rejected : tuple of tuple of bool
        For each model, and each of its null hypotheses, whether it is rejected.
    adjusted : tuple of tuple of float
        Adjusted p-values, at most 1: below alpha exactly where rejected.
    alpha : float
        The level at which the family's last decision fell. An interval at level
        ``1 - alpha`` leaves 0 out exactly where "no difference" is rejected, and a
        ``1 - 2 * alpha`` interval lies within the margin exactly where "not
        equivalent" is.
    """

    rejected: tuple[tuple[bool, ...], ...]
    adjusted: tuple[tuple[float, ...], ...]
    alpha: float


@dataclass(frozen=True)
class Decision:
    """What a family decided about one difference.

    Attributes
    ----------
    interval : Interval
        At level ``1 - alpha``: it leaves 0 out exactly where the difference is real.
    equivalence : Interval
        At level ``1 - 2 * alpha``: it lies within the margin exactly where the two are
        equivalent.
    p_adjusted : float
        Of "no difference"; below 0.05 exactly where the difference is real.
    n_tests : int
        Differences of the family.
    alpha : float
        The level of this decision: 0.05 for a family of one.
    margin : float or None
        Smallest difference that matters.
    """

    interval: Interval
    equivalence: Interval
    p_adjusted: float
    n_tests: int
    alpha: float
    margin: float | None

    @property
    def different(self) -> bool:
        """Whether the difference is real."""
        return not self.interval.contains(0.0)

    def word(self, *, greater_is_better: bool = True) -> QualityWord:
        """Return the verdict, read from the two intervals."""
        return quality_word(
            self.interval,
            self.equivalence,
            self.margin,
            greater_is_better=greater_is_better,
        )


def decide(
    inferences: Mapping[Key, PairedInference], margin: float | None, n_others: int = 0
) -> dict[Key, Decision]:
    """Decide differences together: one level for all of their words and intervals.

    Parameters
    ----------
    inferences : dict of PairedInference
        The family, by whatever names its members.
    margin : float or None
        Smallest difference that matters; without it nothing is found equivalent.
    n_others : int
        Members of the family that are decided elsewhere, each with its share of 5 %.

    Returns
    -------
    dict of Decision
    """
    p_values = [
        (each.p(),) if margin is None else (each.p(), each.p_equivalent(margin))
        for each in inferences.values()
    ]
    share = len(inferences) / max(len(inferences) + n_others, 1)
    family = step_down(p_values, ALPHA * share)
    return {
        key: Decision(
            interval=inference.interval(1 - family.alpha),
            equivalence=inference.interval(1 - 2 * family.alpha),
            p_adjusted=min(adjusted[0] / share, 1.0),
            n_tests=len(inferences) + n_others,
            alpha=family.alpha,
            margin=margin,
        )
        for (key, inference), adjusted in zip(
            inferences.items(), family.adjusted, strict=True
        )
    }


def step_down(p_values: Sequence[Sequence[float]], alpha: float = 0.05) -> Family:
    """Return which null hypotheses of a family of models are rejected.

    Of the null hypotheses of one model at most one can be true: a difference is not
    both 0 and as large as the margin. So as many nulls can be true as there are
    models with one that is not rejected yet, and the smallest p-value that is left
    is compared with alpha divided by that number. Any false word in the whole
    family, "better" or "equivalent", then has a probability of at most alpha. With
    one p-value a model this is Holm's procedure.

    Parameters
    ----------
    p_values : sequence of sequence of float
        For each model the p-values of its nulls: (no difference,), or (no
        difference, not equivalent).
    alpha : float
        Probability of any false rejection in the family.

    Returns
    -------
    Family

    References
    ----------
    S. Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6, 65-70. J. P. Shaffer (1986), "Modified
    sequentially rejective multiple test procedures", JASA 81, 826-831, procedure S1
    (hypotheses that exclude one another).

    Examples
    --------
    >>> step_down([(0.01,), (0.04,), (0.03,)]).adjusted
    ((0.03,), (0.06,), (0.06,))
    >>> step_down([(0.01,), (0.04,), (0.03,)]).alpha
    0.025
    """
    left = [len(values) for values in p_values]
    adjusted = [[1.0] * len(values) for values in p_values]
    order = sorted(
        (p, i, j) for i, values in enumerate(p_values) for j, p in enumerate(values)
    )
    highest, last = 0.0, alpha / max(len(p_values), 1)
    for p, i, j in order:
        divisor = sum(count > 0 for count in left)
        # Compared by division everywhere, so that no rounding separates p and level.
        stopped = highest >= alpha or p >= alpha / divisor
        highest = max(highest, min(1.0, divisor * p), alpha if stopped else 0.0)
        adjusted[i][j] = highest
        left[i] -= 1
        if not stopped:
            last = alpha / max(sum(count > 0 for count in left), 1)
    return Family(
        rejected=tuple(tuple(p < alpha for p in values) for values in adjusted),
        adjusted=tuple(tuple(values) for values in adjusted),
        alpha=last,
    )
