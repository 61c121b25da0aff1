"""Differences over outer splits as the probabilities of three words."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from tunecard.report.stats.seeds import over_seeds


@dataclass(frozen=True)
class ThreeWords:
    """Posterior probabilities that sum to 1.

    Attributes
    ----------
    worse, equivalent, better : float
        That the mean difference is below ``-margin``, within the margin, above it.
    """

    worse: float
    equivalent: float
    better: float


def three_words(
    differences: ArrayLike,
    n_train: float,
    n_test: float,
    margin: float,
    *,
    greater_is_better: bool = True,
) -> ThreeWords | None:
    """Return the correlated Bayesian t-test with the margin as its region.

    The posterior of the mean difference is Student's t about the observed mean, with
    the corrected variance of :func:`tunecard.report.stats.seeds.over_seeds`: the
    correlation of two splits is taken as the share of the rows that is tested.

    Parameters
    ----------
    differences : array_like, shape (n_splits,)
        Second minus first, a value for each split.
    n_train, n_test : float
        Rows of the two parts of a split.
    margin : float
        Largest difference that is negligible, at least 0 (region of practical
        equivalence).
    greater_is_better : bool
        Direction of the metric.

    Returns
    -------
    ThreeWords or None
        None under 2 splits; without any spread all of it is on the word of the common
        value.

    References
    ----------
    G. Corani and A. Benavoli (2015), "A Bayesian approach for comparing
    cross-validated algorithms on multiple data sets", Machine Learning 100, 285-304,
    equation 8 (``rho / (1 - rho)`` is ``n_test / n_train``).

    Examples
    --------
    >>> words = three_words([0.02, 0.05, 0.03, 0.04], 3, 1, 0.01)
    >>> round(words.worse, 3), round(words.equivalent, 3), round(words.better, 3)
    (0.01, 0.033, 0.957)
    """
    inference = over_seeds(differences, n_train, n_test)
    if inference is None:
        return None
    if inference.sd == 0:
        low = float(inference.estimate < -margin)
        high = float(inference.estimate > margin)
    else:
        low, high = inference.below(-margin), inference.above(margin)
    middle = max(1 - low - high, 0.0)
    return (
        ThreeWords(low, middle, high)
        if greater_is_better
        else ThreeWords(high, middle, low)
    )
