"""M/M/1 and M/M/c: Poisson arrivals, exponential service, one line, c servers.

Rates are in 1/s and times in s; any other unit of time does as well, if it is the same throughout.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq

from eventlive_sim.theory import _errors as check
from eventlive_sim.theory.erlang import erlang_c


def mm1_sojourn_mean(arrival_rate: float, service_rate: float) -> float:
    """Mean sojourn time (wait and service) of an M/M/1 queue.

    Parameters
    ----------
    arrival_rate : float
        Arrivals a second, lambda [1/s], 0 < lambda < mu.
    service_rate : float
        Completions a second of a busy server, mu [1/s].

    Returns
    -------
    float
        W = 1 / (mu - lambda) [s].

    Raises
    ------
    UnstableQueue
        If lambda >= mu. Serve faster or shed load.

    References
    ----------
    .. [1] L. Kleinrock, Queueing Systems, vol. 1, Wiley 1975, section 3.2.

    Examples
    --------
    >>> round(mm1_sojourn_mean(0.8, 1.0), 6)
    5.0
    """
    return 1 / _mm1_slack(arrival_rate, service_rate)


def mm1_sojourn_tail(arrival_rate: float, service_rate: float, time_s: float) -> float:
    """Probability that the sojourn time of an M/M/1 FIFO queue exceeds a time.

    This is also the fraction of clients that time out when a timeout does not cancel the work in the queue.

    Parameters
    ----------
    arrival_rate, service_rate : float
        lambda < mu [1/s].
    time_s : float
        The time, such as a client's timeout [s], 0 or more.

    Returns
    -------
    float
        P(T > t) = exp(-(mu - lambda) t), in 0..1.

    Examples
    --------
    >>> round(mm1_sojourn_tail(0.8, 1.0, 5.0), 5)
    0.36788
    """
    check.not_negative("time_s", time_s)
    return math.exp(-_mm1_slack(arrival_rate, service_rate) * time_s)


def mm1_sojourn_quantile(arrival_rate: float, service_rate: float, quantile: float) -> float:
    """Quantile of the sojourn time of an M/M/1 FIFO queue, which is exponential.

    Parameters
    ----------
    arrival_rate, service_rate : float
        lambda < mu [1/s].
    quantile : float
        The quantile, above 0 and below 1: 0.99 for p99.

    Returns
    -------
    float
        -ln(1 - q) / (mu - lambda) [s].

    Examples
    --------
    >>> round(mm1_sojourn_quantile(0.8, 1.0, 0.99), 3)
    23.026
    """
    check.quantile(quantile)
    return -math.log1p(-quantile) / _mm1_slack(arrival_rate, service_rate)


def mmc_wait_mean(servers: int, arrival_rate: float, service_rate: float) -> float:
    """Mean wait before service in an M/M/c queue, over all arrivals.

    Parameters
    ----------
    servers : int
        Number of parallel servers c, at least 1.
    arrival_rate, service_rate : float
        lambda and the rate mu of one server [1/s], lambda < c mu.

    Returns
    -------
    float
        Wq = C / (c mu - lambda) [s]. The mean queue is lambda Wq.

    Examples
    --------
    >>> round(mmc_wait_mean(15, 12.0, 1.0), 4)
    0.1064
    """
    slack = _mmc_slack(servers, arrival_rate, service_rate)
    return erlang_c(servers, arrival_rate / service_rate) / slack


def mmc_wait_quantile(servers: int, arrival_rate: float, service_rate: float, quantile: float) -> float:
    """Quantile of the wait before service in an M/M/c FIFO queue.

    Parameters
    ----------
    servers : int
        Number of parallel servers c, at least 1.
    arrival_rate, service_rate : float
        lambda and the rate mu of one server [1/s], lambda < c mu.
    quantile : float
        The quantile, above 0 and below 1.

    Returns
    -------
    float
        ln(C / (1 - q)) / (c mu - lambda) [s]; 0 if at most 1 - q of the arrivals wait.

    Examples
    --------
    >>> round(mmc_wait_quantile(15, 12.0, 1.0, 0.99), 3)
    1.154
    """
    check.quantile(quantile)
    slack = _mmc_slack(servers, arrival_rate, service_rate)
    waits = erlang_c(servers, arrival_rate / service_rate)
    return max(0.0, math.log(waits) - math.log1p(-quantile)) / slack


def mmc_sojourn_mean(servers: int, arrival_rate: float, service_rate: float) -> float:
    """Mean sojourn time (wait and service) of an M/M/c queue [s]; parameters as `mmc_wait_mean`.

    Examples
    --------
    >>> round(mmc_sojourn_mean(2, 1.6, 1.0), 5)
    2.77778
    """
    return mmc_wait_mean(servers, arrival_rate, service_rate) + 1 / service_rate


def mmc_sojourn_tail(servers: int, arrival_rate: float, service_rate: float, time_s: float) -> float:
    """Probability that the sojourn time of an M/M/c FIFO queue exceeds a time.

    Parameters
    ----------
    servers : int
        Number of parallel servers c, at least 1.
    arrival_rate, service_rate : float
        lambda and the rate mu of one server [1/s], lambda < c mu.
    time_s : float
        The time t [s], 0 or more.

    Returns
    -------
    float
        P(T > t), in 0..1.

    Notes
    -----
    T is an Exp(mu) service and, for a fraction C of the arrivals, an independent wait of Exp(c mu - lambda). The tail
    of the sum is written so that nothing cancels where the two rates are close.

    Examples
    --------
    >>> round(mmc_sojourn_tail(1, 0.8, 1.0, 5.0), 5)
    0.36788
    """
    check.not_negative("time_s", time_s)
    wait_rate = _mmc_slack(servers, arrival_rate, service_rate)
    waits = erlang_c(servers, arrival_rate / service_rate)
    slow, fast = sorted((wait_rate, service_rate))
    spread = (fast - slow) * time_s
    weight = -math.expm1(-spread) / spread if spread > 0 else 1.0
    both = math.exp(-slow * time_s) * (1 + slow * time_s * weight)
    return (1 - waits) * math.exp(-service_rate * time_s) + waits * both


def mmc_sojourn_quantile(servers: int, arrival_rate: float, service_rate: float, quantile: float) -> float:
    """Quantile of the sojourn time of an M/M/c FIFO queue, the root of its tail [s]; parameters as `mmc_wait_quantile`.

    Examples
    --------
    >>> round(mmc_sojourn_quantile(2, 1.6, 1.0, 0.99), 3)
    11.937
    """
    check.quantile(quantile)

    def excess(time_s: float) -> float:
        return mmc_sojourn_tail(servers, arrival_rate, service_rate, time_s) - (1 - quantile)

    high = mmc_sojourn_mean(servers, arrival_rate, service_rate)
    while excess(high) > 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-12 * high, rtol=1e-13))


def _mm1_slack(arrival_rate: float, service_rate: float) -> float:
    return _mmc_slack(1, arrival_rate, service_rate)


def _mmc_slack(servers: int, arrival_rate: float, service_rate: float) -> float:
    check.whole("servers", servers, 1)
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    check.stable(arrival_rate, servers * service_rate)
    return servers * service_rate - arrival_rate
