"""Several questions at once: which are answered, and the level that all intervals have."""

from collections.abc import Sequence
from dataclasses import dataclass


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
