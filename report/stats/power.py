"""How many rows, or groups, would decide; and whether any outcome still could."""

import math

from scipy import special

from tunecard.report.stats.shares import share_difference


def rows_to_detect(
    sd: float, difference: float, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Return the rows on which a test of a mean difference finds it.

    Parameters
    ----------
    sd : float
        Standard deviation of one row's contribution
        (:attr:`tunecard.report.stats.inference.PairedInference.sd`).
    difference : float
        The true difference: the margin, or the one that was observed.
    alpha : float
        Two-sided level of the test, after the family's adjustment.
    power : float
        Probability of finding it.

    Returns
    -------
    int or None
        None where the difference or its spread is 0 or not finite.

    References
    ----------
    W. C. Guenther (1981), "Sample size formulas for normal theory t tests", The
    American Statistician 35, 243-244: ``z_alpha**2 / 2`` more than by the normal.

    Examples
    --------
    >>> rows_to_detect(1.0, 0.5)  # statsmodels' TTestPower: 33.4
    34
    """
    z_alpha, z_beta = _z(1 - alpha / 2), _z(power)
    return _rows((z_alpha + z_beta) * sd, difference, z_alpha**2 / 2)


def rows_to_distinguish(
    discordant: float, difference: float, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Return the rows on which two shares of right rows are distinguished.

    Parameters
    ----------
    discordant : float
        Share of rows that exactly one of the two gets right.
    difference : float
        True difference of the shares, at most ``discordant``.
    alpha, power : float
        As in :func:`rows_to_detect`.

    Returns
    -------
    int or None
        None where so few rows are discordant that no such difference is possible.

    References
    ----------
    R. J. Connor (1987), "Sample size for testing differences in proportions for the
    paired-sample design", Biometrics 43, 207-211, equation 3.
    """
    spread = discordant - difference**2
    if abs(difference) > discordant:
        return None
    reach = _z(1 - alpha / 2) * math.sqrt(discordant) + _z(power) * math.sqrt(spread)
    return _rows(reach, difference, 0.0)


def rows_for_equivalence(
    sd: float, margin: float, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Return the rows on which equal models are found equivalent.

    Parameters
    ----------
    sd : float
        Standard deviation of one row's contribution.
    margin : float
        Above 0.
    alpha : float
        Level of each of the two one-sided tests.
    power : float
        Probability of the word where the true difference is 0.

    References
    ----------
    S.-C. Chow, J. Shao and H. Wang (2008), "Sample Size Calculations in Clinical
    Research", 2nd edition, section 3.1.3: ``(z_alpha + z_{beta / 2})**2 sd**2 /
    margin**2``.
    """
    z_alpha, z_beta = _z(1 - alpha), _z((1 + power) / 2)
    return _rows((z_alpha + z_beta) * sd, margin, z_alpha**2 / 2)


def can_decide(
    n: int, n_discordant: int, margin: float | None, *, alpha: float = 0.05
) -> bool:
    """Return whether any outcome of a share of right rows would decide.

    Parameters
    ----------
    n, n_discordant : int
        All rows, and those that exactly one of the two gets right.
    margin : float or None
        Largest difference that is negligible.
    alpha : float
        Level of the family's last decision.

    Returns
    -------
    bool
        False where neither all discordant rows on one side would be a difference
        nor their most even split equivalence.
    """
    if share_difference(0, n_discordant, n).p() < alpha:
        return True
    if margin is None:
        return False
    half = n_discordant // 2
    even = share_difference(half, n_discordant - half, n)
    return even.p_equivalent(margin) < alpha


def _rows(reach: float, difference: float, more: float) -> int | None:
    if difference == 0 or reach <= 0:
        return None
    rows = (reach / difference) ** 2 + more
    return math.ceil(rows) if math.isfinite(rows) else None


def _z(probability: float) -> float:
    return float(special.ndtri(probability))
