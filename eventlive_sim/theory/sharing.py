"""A processor-sharing CPU of c cores, alone and behind a pool of connections."""

from __future__ import annotations

from eventlive_sim.theory import _errors as check
from eventlive_sim.theory.erlang import erlang_c
from eventlive_sim.theory.queues import mmc_sojourn_mean


def sharing_sojourn_mean(cores: int, arrival_rate: float, demand_s: float) -> float:
    """Mean sojourn time of an M/G/c processor-sharing CPU on which one job uses at most one core.

    Parameters
    ----------
    cores : int
        Number of cores c, at least 1.
    arrival_rate : float
        Jobs a second, lambda [1/s].
    demand_s : float
        Mean CPU time of a job, S [s], lambda S < c.

    Returns
    -------
    float
        W [s], the same number as for an M/M/c queue with that mean service time.

    Notes
    -----
    The number of jobs is insensitive to the law of the demand: deterministic, exponential and heavy-tailed demands give
    one mean. The station is symmetric in Kelly's sense, with a total rate min(n, c).

    References
    ----------
    .. [1] F. P. Kelly, Reversibility and Stochastic Networks, Wiley 1979, section 3.3.

    Examples
    --------
    >>> round(sharing_sojourn_mean(2, 1.6, 1.0), 5)
    2.77778
    """
    check.positive("demand_s", demand_s)
    return mmc_sojourn_mean(cores, arrival_rate, 1 / demand_s)


def pool_wait_probability(connections: int, cores: int, offered_load: float) -> float:
    """Probability that a query must wait for a connection, where the connections feed a CPU of c cores.

    Parameters
    ----------
    connections : int
        Size K of the pool, at least the number of cores.
    cores : int
        Cores c of the CPU behind it, at least 1.
    offered_load : float
        Arrival rate times mean demand, a [erlang], 0 <= a < c.

    Returns
    -------
    float
        P(N >= K) = C(c, a) (a / c)^(K - c), in 0..1.

    Notes
    -----
    Exact for exponential demand: the pool and the CPU together hold as many jobs as one M/M/c queue, wherever they
    wait, so the mean sojourn time depends on no K >= c.

    Examples
    --------
    >>> round(pool_wait_probability(8, 2, 1.6), 5)
    0.18641
    """
    check.whole("connections", connections, cores)
    return float(erlang_c(cores, offered_load) * (offered_load / cores) ** (connections - cores))
