"""What a test of two proportions on the same rows could detect."""

import math
import sys

from scipy import special

#: The smallest p-value that is returned: a test never proves that p is 0.
TINY = sys.float_info.min


def detectable_difference(
    discordant: float, n: int, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return the smallest difference of paired proportions that a test would find.

    Connor's number of pairs, ``n = (z_alpha sqrt(psi) + z_beta sqrt(psi -
    delta**2))**2 / delta**2``, solved for delta.

    Parameters
    ----------
    discordant : float
        psi, the share of rows that exactly one of the two gets right.
    n : int
        Number of rows.
    power : float
        Probability of finding it.
    alpha : float
        Two-sided level of the test.

    Returns
    -------
    float or None
        None where no difference can be found: too few rows differ at all.

    References
    ----------
    R. J. Connor (1987), "Sample size for testing differences in proportions for
    the paired-sample design", Biometrics 43, 207-211, equation 3.
    """
    z_alpha, z_beta = float(special.ndtri(1 - alpha / 2)), float(special.ndtri(power))
    a = z_alpha * math.sqrt(discordant)
    # (sqrt(n) delta - a)**2 = z_beta**2 (psi - delta**2), the larger root.
    square = n + z_beta**2
    root = a**2 * n - square * (a**2 - z_beta**2 * discordant)
    if root < 0:  # a handful of rows
        return None
    delta = (a * math.sqrt(n) + math.sqrt(root)) / square
    return delta if 0 < delta <= discordant else None
