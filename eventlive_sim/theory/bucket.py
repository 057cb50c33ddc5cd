"""Token bucket and GCRA under Poisson arrivals: the loss of an M/D/1/b queue."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import pdtrc

from eventlive_sim.theory import _errors as check

RATIO_MAX = 500.0
"""Arrivals per token above which no arrival ever finds a full bucket, to float precision."""


def bucket_loss(arrival_rate: float, refill_rate: float, burst: int) -> float:
    """Fraction of Poisson arrivals that a token bucket, or GCRA, refuses.

    Parameters
    ----------
    arrival_rate : float
        Arrivals a second, lambda [1/s], above 0.
    refill_rate : float
        Tokens a second, r [1/s], above 0. The bucket fills evenly, not by whole tokens.
    burst : int
        Size of the bucket b [tokens], at least 1.

    Returns
    -------
    float
        Fraction refused, 0..1. Each arrival takes one token or is refused at once.

    Notes
    -----
    The tokens that are missing are the work in an M/D/1 queue with b places, service time 1 / r. Its states just after
    a departure form a chain that goes down by one at a time; balance across each level has no subtraction.

    References
    ----------
    .. [1] D. Gross, C. M. Harris, Fundamentals of Queueing Theory, 3rd ed., Wiley 1998, section 5.1.
    .. [2] ITU-T I.371, annex A: equivalence of the leaky bucket and GCRA.

    Examples
    --------
    >>> round(bucket_loss(0.8, 1.0, 2), 5)
    0.19957
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("refill_rate", refill_rate)
    check.whole("burst", burst, 1)
    ratio = arrival_rate / refill_rate
    if burst == 1:
        return ratio / (1 + ratio)
    if ratio > RATIO_MAX:
        return 1 - 1 / ratio
    return 1 - 1 / (_left_empty(ratio, burst) + ratio)


def _left_empty(ratio: float, burst: int) -> float:
    """Probability that a departure of M/D/1/b leaves the queue empty."""
    more_than = pdtrc(np.arange(burst), ratio)
    none = math.exp(-ratio)
    weights = np.zeros(burst)
    weights[0] = 1.0
    for level in range(burst - 1):
        up = weights[0] * more_than[level] + float(weights[1 : level + 1] @ more_than[level:0:-1])
        weights[level + 1] = up / none
        if weights[level + 1] > 1e200:  # far below overflow; what the scaling loses is nothing
            weights /= weights[level + 1]
    return float(weights[0] / weights.sum())
