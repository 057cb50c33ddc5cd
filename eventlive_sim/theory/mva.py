"""Exact mean value analysis of a closed network of queueing stations and a think time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventlive_sim.theory import _errors as check
from eventlive_sim.theory.finite import Closed


def mva(demands_s: Sequence[float], think_s: float, customers: int) -> Closed:
    """Throughput and response time of a closed network with one class and single-server stations.

    Parameters
    ----------
    demands_s : sequence of float, shape (k,)
        Demand D of one customer at each station, visits times service time [s], above 0.
    think_s : float
        Mean think time Z between an answer and the next request [s], 0 or more.
    customers : int
        Number of customers n, at least 1.

    Returns
    -------
    Closed
        X = n / (Z + R) and R = sum of D (1 + Q), Q being the queues with one customer less.

    Notes
    -----
    Exact for product-form stations: exponential FIFO, or processor sharing with any law.

    References
    ----------
    .. [1] M. Reiser, S. S. Lavenberg, Mean-value analysis of closed multichain queuing networks, J. ACM 27 (1980),
       doi 10.1145/322186.322195.

    Examples
    --------
    >>> small = mva((0.04, 0.05), 1.0, 30)
    >>> round(small.throughput, 5), round(small.response_s, 5)
    (19.26195, 0.55747)
    """
    check.whole("customers", customers, 1)
    check.not_negative("think_s", think_s)
    demands = np.asarray(demands_s, dtype=np.float64)
    if demands.ndim != 1 or demands.size == 0:
        message = f"demands_s is {demands_s!r}; give one demand for each of at least one station"
        raise check.ArgumentError(message)
    for demand_s in demands_s:
        check.positive("demand", demand_s)
    queues = np.zeros_like(demands)
    throughput = response_s = 0.0
    for present in range(1, customers + 1):
        residence = demands * (1 + queues)
        response_s = float(residence.sum())
        throughput = present / (think_s + response_s)
        queues = throughput * residence
    return Closed(throughput, response_s, throughput * response_s)
