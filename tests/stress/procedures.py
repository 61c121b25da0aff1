"""Two procedures on ten outer splits: whether P(better) is right as often as it states.

Rows have two classes and normal columns; a procedure is a linear discriminant by least
squares on the columns that both have and on its own. The gain of the best rule on the
columns of one of them, the first or the second by chance, is drawn for each study. The true
difference, over all training parts of this size, is known from all studies together, which
are weighted so that every difference is as likely as any other: the posterior's prior.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.over_splits import three_words

Floats = NDArray[np.float64]

N_ROWS, N_TEST, N_SPLITS, MARGIN = 150, 38, 10, 0.01
SHARED, OWN = 4, 2
#: Distance between the classes in the shared columns, and in the first one's own.
_SHARED_WORTH, _OWN_WORTH = 0.5, 0.7
#: Largest gain or loss, in accuracy of the best rule.
_LARGEST_GAIN = 0.11
#: Ends of the bins of what was stated.
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class Bin:
    """Statements of about one probability.

    Attributes
    ----------
    word : str
    low, high : float
        The bin.
    n : int
        Studies in it.
    stated, true : float
        Mean probability, and share of the studies where the word is true.
    """

    word: str
    low: float
    high: float
    n: int
    stated: float
    true: float


def simulate(n_studies: int, seed: int) -> tuple[list[Bin], float]:
    """Simulate studies.

    Returns
    -------
    bins : list of Bin
        Of the three words.
    wrong : float
        Share of studies of two equal procedures that name a difference: 95 % of the
        probability on one side of no difference.
    """
    rng = np.random.default_rng([seed, 41])
    gains = rng.uniform(-_LARGEST_GAIN, _LARGEST_GAIN, n_studies)
    observed, exact = _differences(rng, gains)
    expected = np.polyfit(gains, exact.mean(axis=1), 3)
    sign = rng.choice([-1.0, 1.0], n_studies)  # which of the two is the first
    true, weight = np.polyval(expected, gains), np.polyval(np.polyder(expected), gains)
    true, observed = sign * true, sign[:, None] * observed
    words = {"worse": true < -MARGIN, "better": true > MARGIN}
    words["equivalent"] = ~words["worse"] & ~words["better"]
    stated: dict[str, list[float]] = {word: [] for word in words}
    for splits in observed:
        found = three_words(splits, N_ROWS - N_TEST, N_TEST, MARGIN)
        assert found is not None
        for word, values in stated.items():
            values.append(getattr(found, word))
    bins = [
        each
        for word, holds in words.items()
        for each in _bins(word, np.array(stated[word]), holds, weight)
    ]
    wrong = 0
    for splits in _differences(rng, np.zeros(n_studies))[0]:
        found = three_words(splits, N_ROWS - N_TEST, N_TEST, 0.0)
        assert found is not None
        wrong += max(found.better, found.worse) > 0.975
    return bins, wrong / n_studies


def _bins(word: str, stated: Floats, holds: NDArray[np.bool_], weight: Floats) -> list[Bin]:
    """Compare what was stated with what is true; differences count alike by the weights."""
    found = []
    for low, high in itertools.pairwise(BINS):
        inside = (stated >= low) & ((stated < high) | (high == BINS[-1]))
        if inside.any():
            mean, share = (
                float(np.average(values[inside], weights=weight[inside]))
                for values in (stated, holds)
            )
            found.append(Bin(word, low, high, int(inside.sum()), mean, share))
    return found


def _differences(rng: np.random.Generator, gains: Floats) -> tuple[Floats, Floats]:
    """Return observed and exact differences, both of shape (n_studies, n_splits)."""
    observed, exact = (np.empty((len(gains), N_SPLITS)) for _ in range(2))
    best = special.ndtr(np.hypot(_SHARED_WORTH, _OWN_WORTH))
    worths = np.sqrt(special.ndtri(best + gains) ** 2 - _SHARED_WORTH**2)
    for study, worth in enumerate(worths):
        means = np.concatenate(
            [
                np.full(SHARED, _SHARED_WORTH / np.sqrt(SHARED)),
                np.full(OWN, _OWN_WORTH / np.sqrt(OWN)),
                np.full(OWN, worth / np.sqrt(OWN)),
            ]
        )
        sign = np.where(rng.random(N_ROWS) < 0.5, 1.0, -1.0)
        X = rng.normal(size=(N_ROWS, len(means))) + np.outer(sign, means)
        order = np.argsort(rng.random((N_SPLITS, N_ROWS)), axis=1)
        (seen, known), (other_seen, other_known) = (
            _accuracies(X[:, columns], sign, means[columns], order)
            for columns in (np.arange(SHARED + OWN), np.r_[0:SHARED, -OWN:0])
        )
        observed[study] = other_seen - seen
        exact[study] = other_known - known
    return observed, exact


def _accuracies(
    X: Floats, sign: Floats, means: Floats, order: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Return the accuracy on the test rows of each split, and its expectation."""
    with_constant = np.column_stack([X, np.ones(len(X))])
    train, test = order[:, N_TEST:], order[:, :N_TEST]
    rows = with_constant[train]
    products = np.swapaxes(rows, 1, 2)
    slopes = np.linalg.solve(products @ rows, products @ sign[train][..., None])[..., 0]
    scores = np.einsum("sij,sj->si", with_constant[test], slopes)
    seen = ((scores > 0) == (sign[test] > 0)).mean(axis=1)
    length = np.linalg.norm(slopes[:, :-1], axis=1)
    reach, offset = slopes[:, :-1] @ means, slopes[:, -1]
    exact = (
        special.ndtr((reach + offset) / length) + special.ndtr((reach - offset) / length)
    ) / 2
    return seen, exact
