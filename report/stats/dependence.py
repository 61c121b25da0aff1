"""Whether neighboring rows are alike, by sums of blocks of consecutive rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: Rows of a block, and blocks that a length needs.
LENGTHS, LEAST_BLOCKS = (40, 100), 10
N_PERMUTATIONS = 399
_AT_ONCE = 50_000  # rows of several permutations


@dataclass(frozen=True)
class Dependence:
    """How much more blocks differ than they would if rows were independent.

    Attributes
    ----------
    length : int
        Rows of a block.
    design_effect : float
        Variance of the blocks' means, as a multiple of that of as many independent rows
        (Kish 1965). Its root is the factor by which an interval is too narrow.
    p : float
        Of "the order of the rows means nothing", over both lengths (Bonferroni).
    """

    length: int
    design_effect: float
    p: float


def dependence(values: Values, rng: np.random.Generator) -> Dependence | None:
    """Test whether the order of rows matters.

    A permutation test: the design effect of the rows in their order, against that of the
    same rows in random orders.

    Parameters
    ----------
    values : ndarray of float, shape (n_rows,)
        In the order of the rows: errors of a model, or differences of two. Most of them
        may be 0.
    rng : numpy.random.Generator
        Made from the study's seed.

    Returns
    -------
    Dependence or None
        Of the length with the smaller p-value; None under 10 blocks of 40 rows, or where
        all values are the same.

    References
    ----------
    L. Kish (1965), "Survey Sampling", section 8.2 (design effect). B. Phipson and G. K.
    Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, 39.
    """
    n_rows = len(values)
    lengths = [length for length in LENGTHS if n_rows // length >= LEAST_BLOCKS]
    centered = values - (np.median(values) if n_rows else 0.0)
    rows = np.flatnonzero(centered)
    if not lengths or float(np.ptp(values)) == 0:
        return None
    sizes = centered[rows]
    variance = float(values.var(ddof=1))
    observed = _block_variances(rows[None], sizes, n_rows, lengths)
    beyond = np.ones(len(lengths))
    step = max(1, _AT_ONCE // len(rows))
    for done in range(0, N_PERMUTATIONS, step):
        places = np.stack(
            [
                rng.choice(n_rows, len(rows), replace=False)
                for _ in range(min(step, N_PERMUTATIONS - done))
            ]
        )
        chance = _block_variances(places, sizes, n_rows, lengths)
        beyond += np.greater_equal(chance, observed).sum(axis=1)
    p_values = beyond / (N_PERMUTATIONS + 1)
    first = int(np.argmin(p_values))
    return Dependence(
        length=lengths[first],
        design_effect=float(observed[first, 0]) / (lengths[first] * variance),
        p=min(float(p_values[first]) * len(lengths), 1.0),
    )


def _block_variances(
    places: NDArray[np.intp], sizes: Values, n_rows: int, lengths: list[int]
) -> Values:
    """Return the variance of the sums of blocks, of values that are 0 but in some rows.

    Parameters
    ----------
    places : ndarray of int, shape (n_orders, n_values)
        Rows of the values, in several orders.
    sizes : ndarray of float, shape (n_values,)
    n_rows : int
    lengths : list of int
        Rows of a block.

    Returns
    -------
    ndarray of float, shape (n_lengths, n_orders)
    """
    n_orders = len(places)
    weights = np.tile(sizes, n_orders)
    variances = []
    for length in lengths:
        n_blocks = n_rows // length
        # Rows after the last whole block go to one more, which is left out.
        blocks = np.minimum(places // length, n_blocks)
        blocks += (np.arange(n_orders) * (n_blocks + 1))[:, None]
        sums = np.bincount(
            blocks.ravel(), weights=weights, minlength=n_orders * (n_blocks + 1)
        )
        whole = sums.reshape(n_orders, n_blocks + 1)[:, :n_blocks]
        variances.append(np.ascontiguousarray(whole).var(axis=1, ddof=1))
    return np.stack(variances)
