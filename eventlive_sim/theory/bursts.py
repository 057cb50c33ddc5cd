"""The largest of many chance bursts: n independent events thrown evenly into b bins of time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from eventlive_sim.theory import _errors as check

EVENTS_MAX = 20_000
"""Most events for which the exact law is computed (seconds of work beyond)."""
Vector = npt.NDArray[np.float64]


def burst_law(events: int, bins: int) -> Vector:
    """Distribution function of the count in the fullest bin.

    Parameters
    ----------
    events : int
        Number of events n, 1 to `EVENTS_MAX`.
    bins : int
        Number of equally likely bins b, at least 1.

    Returns
    -------
    ndarray of float, shape (m + 1,)
        P(fullest <= k) for k = 0..m, where the last is 1 to float precision.

    Notes
    -----
    Exact: counts are independent Poisson variables given that their sum is n, so P(fullest <= k) is the b-th
    convolution power, at n, of the Poisson weights up to k, over P(Poisson sum = n). Only sums of positive terms occur.

    Examples
    --------
    >>> burst_law(2, 2).round(3).tolist()
    [0.0, 0.5, 1.0]
    """
    check.whole("events", events, 1)
    check.whole("bins", bins, 1)
    if events > EVENTS_MAX:
        message = f"events is {events}; give at most {EVENTS_MAX}, or fewer events in proportionally fewer bins"
        raise check.ArgumentError(message)
    weights = _poisson(np.arange(events + 1.0), events / bins)
    whole = float(_poisson(np.array([float(events)]), events)[0])
    law = [0.0] * -(-events // bins)  # some bin holds at least the mean
    while not law or law[-1] < 1 - 1e-13:
        top = len(law)
        law.append(1.0 if top >= events else min(1.0, float(_power(weights[: top + 1], bins, events)[events]) / whole))
    return np.array(law)


def burst_mean(events: int, bins: int) -> float:
    """Mean count in the fullest bin; parameters as `burst_law`.

    Examples
    --------
    >>> round(burst_mean(1000, 120), 3)
    16.632
    """
    return float((1 - burst_law(events, bins)).sum())


def burst_quantile(events: int, bins: int, quantile: float) -> int:
    """Smallest count that the fullest bin does not exceed with the given probability; parameters as `burst_law`.

    Examples
    --------
    >>> burst_quantile(1000, 120, 0.99)
    21
    """
    check.quantile(quantile)
    return int(np.searchsorted(burst_law(events, bins), quantile))


def _poisson(counts: Vector, mean: float) -> Vector:
    """Poisson probabilities of counts; written out because ``scipy.stats`` takes half a second to import."""
    logarithms: Vector = xlogy(counts, mean) - gammaln(counts + 1) - mean
    return np.exp(logarithms)


def _power(weights: Vector, exponent: int, last: int) -> Vector:
    """Convolution power of weights, cut off after index `last`, padded with zeros up to it."""
    result, square = np.ones(1), weights
    while exponent:
        if exponent & 1:
            result = np.convolve(result, square)[: last + 1]
        exponent >>= 1
        if exponent:
            square = np.convolve(square, square)[: last + 1]
    return np.pad(result, (0, last + 1 - result.size))
