"""Fork and join: a call that waits for the slowest of its parallel queries."""

from __future__ import annotations

import math

from scipy.special import digamma

from eventlive_sim.theory import _errors as check


def fork_join_mean(branches: int, branch_s: float) -> float:
    """Mean time of the slowest of n independent exponential branches that do not queue.

    Parameters
    ----------
    branches : int
        Number of branches n, at least 1.
    branch_s : float
        Mean time of one branch [s], above 0.

    Returns
    -------
    float
        H_n times the mean of one branch [s], with H_n = 1 + 1/2 + ... + 1/n.

    References
    ----------
    .. [1] H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed., Wiley 2003.

    Examples
    --------
    >>> round(fork_join_mean(10, 1.0), 5)
    2.92897
    """
    check.whole("branches", branches, 1)
    check.positive("branch_s", branch_s)
    return float(digamma(branches + 1) - digamma(1)) * branch_s


def fork_join_quantile(branches: int, branch_s: float, quantile: float) -> float:
    """Quantile of the time of the slowest of n independent exponential branches that do not queue.

    Parameters
    ----------
    branches : int
        Number of branches n, at least 1.
    branch_s : float
        Mean time of one branch [s], above 0.
    quantile : float
        The quantile, above 0 and below 1.

    Returns
    -------
    float
        -ln(1 - q^(1/n)) times the mean of one branch [s].

    Examples
    --------
    >>> round(fork_join_quantile(10, 1.0, 0.99), 3)
    6.903
    """
    check.whole("branches", branches, 1)
    check.positive("branch_s", branch_s)
    check.quantile(quantile)
    return -math.log(-math.expm1(math.log(quantile) / branches)) * branch_s
