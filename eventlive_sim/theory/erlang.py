"""Erlang B and Erlang C: the chance that all of c servers are busy."""

from __future__ import annotations

from eventlive_sim.theory import _errors as check


def erlang_b(servers: int, offered_load: float) -> float:
    """Probability that an arrival is lost in an M/G/c/c system (c servers, no queue).

    Parameters
    ----------
    servers : int
        Number of servers c, 0 or more.
    offered_load : float
        Arrival rate times mean service time, a = lambda S [erlang], 0 or more.

    Returns
    -------
    float
        P(all servers are busy), in 0..1.

    Notes
    -----
    Exact for Poisson arrivals and any law of service (insensitive). The recursion B(k) = a B / (k + a B) has no
    factorials and no subtraction.

    References
    ----------
    .. [1] R. B. Cooper, Introduction to Queueing Theory, 2nd ed., North Holland 1981, chapter 3.

    Examples
    --------
    >>> round(erlang_b(2, 1.0), 6)
    0.2
    """
    check.whole("servers", servers, 0)
    check.not_negative("offered_load", offered_load)
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = offered_load * blocked / (busy + offered_load * blocked)
    return blocked


def erlang_c(servers: int, offered_load: float) -> float:
    """Probability that an arrival must wait in an M/M/c queue.

    Parameters
    ----------
    servers : int
        Number of parallel servers c, at least 1.
    offered_load : float
        Arrival rate times mean service time, a = lambda S [erlang], 0 <= a < c.

    Returns
    -------
    float
        P(wait > 0), in 0..1.

    Raises
    ------
    UnstableQueue
        If a >= c. The queue has no steady state: add servers or shed load.

    Notes
    -----
    Exact for Poisson arrivals and exponential service. Computed from Erlang B by recursion, without factorials.

    References
    ----------
    .. [1] R. B. Cooper, Introduction to Queueing Theory, 2nd ed., North Holland 1981, chapter 3.

    Examples
    --------
    >>> round(erlang_c(2, 1.6), 5)
    0.71111
    """
    check.whole("servers", servers, 1)
    check.not_negative("offered_load", offered_load)
    check.stable(offered_load, servers)
    lost = erlang_b(servers, offered_load)
    return servers * lost / (servers - offered_load * (1 - lost))
