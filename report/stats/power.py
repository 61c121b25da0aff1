"""How many rows, or groups, would decide; and whether any outcome still could."""

import math
from typing import Literal, TypeAlias

from scipy import special

from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.proportions import detectable_difference
from tunecard.report.stats.shares import share_difference

#: The true difference that a number of rows is for.
Target: TypeAlias = Literal["margin", "observed"]


def detectable(
    inference: PairedInference,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    discordant: float | None = None,
) -> float | None:
    """Return the smallest difference that a test finds on these rows.

    Parameters
    ----------
    inference : PairedInference
        Of the difference on these rows.
    alpha : float
        Two-sided level of the test, after the family's adjustment.
    power : float
        Probability of finding it.
    discordant : float or None
        Share of rows that exactly one of the two gets right, for shares of right rows.

    Returns
    -------
    float or None
        None where nothing was learned about the spread.

    References
    ----------
    J. M. Lachin (1981), "Introduction to sample size determination and power analysis
    for clinical trials", Controlled Clinical Trials 2, 93-113, equation 4, for equal
    variances under both hypotheses; for shares see :func:`rows_to_distinguish`.
    """
    if discordant is not None:
        return detectable_difference(
            discordant, inference.n_units, power=power, alpha=alpha
        )
    if inference.sd <= 0:
        return None
    return (_z(1 - alpha / 2) + _z(power)) * inference.sd / math.sqrt(inference.n_units)


def rows_to_decide(
    inference: PairedInference,
    margin: float | None,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    discordant: float | None = None,
) -> tuple[int | None, Target | None]:
    """Return the rows that would decide an open verdict, and for which difference.

    With a margin those on which a difference as large as the margin is found. Where
    there are as many rows already, or no margin, those that would decide a true
    difference as large as the observed one: as a difference, or as smaller than the
    margin.

    Parameters
    ----------
    inference : PairedInference
        Of the difference on the rows that there are.
    margin : float or None
        Smallest difference that matters.
    alpha, power, discordant
        As in :func:`detectable`.

    Returns
    -------
    rows : int or None
        None where the spread, or the difference to find, is 0.
    target : str or None
        ``margin`` or ``observed``.
    """
    size = abs(inference.estimate)
    if margin is not None:
        rows = _rows_to_find(inference, margin, alpha, power, discordant)
        if rows is not None and rows > inference.n_units:
            return rows, "margin"
    ways = [_rows_to_find(inference, size, alpha, power, discordant)] if size else []
    if margin is not None and size < margin:
        ways.append(rows_for_equivalence(inference.sd, margin, size, alpha=alpha))
    numbers = [rows for rows in ways if rows is not None]
    return (min(numbers), "observed") if numbers else (None, None)


def _rows_to_find(
    inference: PairedInference,
    difference: float,
    alpha: float,
    power: float,
    discordant: float | None,
) -> int | None:
    if discordant is None:
        return rows_to_detect(inference.sd, difference, alpha=alpha, power=power)
    # So large a difference needs as many discordant rows at least.
    share = min(max(discordant, difference), 1.0)
    return rows_to_distinguish(share, difference, alpha=alpha, power=power)


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
        The true difference: the margin, or the observed one.
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
    sd: float,
    margin: float,
    difference: float = 0.0,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """Return the rows on which two models are found equivalent.

    Parameters
    ----------
    sd : float
        Standard deviation of one row's contribution.
    margin : float
        Above 0.
    difference : float
        True difference, 0 or the size of the observed one; below the margin.
    alpha : float
        Level of each of the two one-sided tests.
    power : float
        Probability of the word.

    References
    ----------
    S.-C. Chow, J. Shao and H. Wang (2008), "Sample Size Calculations in Clinical
    Research", 2nd edition, section 3.1.3: ``(z_alpha + z_{beta / 2})**2 sd**2 /
    margin**2`` at a difference of 0, ``(z_alpha + z_beta)**2 sd**2 / (margin -
    difference)**2`` elsewhere.
    """
    z_alpha = _z(1 - alpha)
    at_zero = (z_alpha + _z((1 + power) / 2)) * sd / margin
    off_zero = (z_alpha + _z(power)) * sd / (margin - difference)
    return _rows(max(at_zero, off_zero), 1.0, z_alpha**2 / 2)


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
