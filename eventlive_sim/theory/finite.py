"""A finite number of sources: closed pingers (machine repairman), Engset, and one server with retries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventlive_sim.theory import _errors as check
from eventlive_sim.theory.birthdeath import birth_death


@dataclass(frozen=True)
class Closed:
    """Steady state of a closed system of sources that think, then ask."""

    throughput: float
    """Completions a second X [1/s]."""
    response_s: float
    """Mean time from asking to the answer R [s]."""
    number: float
    """Mean number that wait or are served, X R."""


@dataclass(frozen=True)
class Congestion:
    """Congestion of a loss system, as an observer and as an arrival sees it."""

    time: float
    """Fraction of time in which all servers are busy, 0..1."""
    call: float
    """Fraction of arrivals that are lost, 0..1."""


def pingers(sources: int, think_s: float, service_s: float, servers: int) -> Closed:
    """Steady state of closed pingers: each waits for the answer, thinks, and asks again (machine repairman).

    Parameters
    ----------
    sources : int
        Number of sources N, at least 1.
    think_s : float
        Mean time Z from an answer to the next ping [s], above 0.
    service_s : float
        Mean service time S [s], above 0.
    servers : int
        Number of servers c, at least 1.

    Returns
    -------
    Closed
        X, R = N / X - Z and the mean number at the servers.

    Notes
    -----
    A birth-death process with births (N - n) / Z and deaths min(n, c) / S. Exact for exponential service and *any* law
    of the think time (insensitive), so a jitter of the interval changes nothing in the steady state.

    References
    ----------
    .. [1] E. D. Lazowska et al., Quantitative System Performance, Prentice-Hall 1984.

    Examples
    --------
    >>> many = pingers(1000, 120.0, 0.22, 2)
    >>> round(many.throughput, 5), round(many.response_s, 5)
    (8.25376, 1.15684)
    """
    check.whole("sources", sources, 1)
    check.positive("think_s", think_s)
    check.positive("service_s", service_s)
    check.whole("servers", servers, 1)
    states = np.arange(sources + 1)
    busy = np.minimum(states, servers)
    held = birth_death((sources - states[:-1]) / think_s, busy[1:] / service_s)
    throughput, number = float(held @ busy) / service_s, float(held @ states)
    return Closed(throughput, number / throughput, number)


def pingers_knee(think_s: float, service_s: float, servers: int) -> float:
    """Number of closed sources at which the two asymptotes of the throughput meet.

    Parameters
    ----------
    think_s, service_s : float
        Mean think time Z and mean service time S [s], above 0.
    servers : int
        Number of servers c, at least 1.

    Returns
    -------
    float
        N* = c (Z + S) / S [sources]. Beyond it they queue whatever the jitter.

    Examples
    --------
    >>> round(pingers_knee(18.0, 2.0, 2), 6)
    20.0
    """
    check.positive("think_s", think_s)
    check.positive("service_s", service_s)
    check.whole("servers", servers, 1)
    return servers * (think_s + service_s) / service_s


def pollers_overloaded(sources: int, think_s: float, capacity: float) -> Closed:
    """Asymptote of closed pollers on a server of fixed capacity: they limit themselves, at the price of their wait.

    Parameters
    ----------
    sources : int
        Number of sources N, at least 1.
    think_s : float
        Mean time Z from an answer to the next poll [s], above 0.
    capacity : float
        Most completions a second C [1/s], above 0.

    Returns
    -------
    Closed
        X = min(N / Z, C) and R = max(0, N / C - Z): upper bound of the throughput, lower bound of the response.

    Examples
    --------
    >>> round(pollers_overloaded(1000, 2.0, 300.0).response_s, 2)
    1.33
    """
    check.whole("sources", sources, 1)
    check.positive("think_s", think_s)
    check.positive("capacity", capacity)
    throughput, response_s = min(sources / think_s, capacity), max(0.0, sources / capacity - think_s)
    return Closed(throughput, response_s, throughput * response_s)


def engset(sources: int, servers: int, load_per_idle_source: float) -> Congestion:
    """Time and call congestion of a loss system with a finite number of sources (M/M/c/c//N).

    Parameters
    ----------
    sources : int
        Number of sources N, above the number of servers.
    servers : int
        Number of servers c, at least 1.
    load_per_idle_source : float
        Calls a second of one idle source times mean service time, alpha [erlang], above 0.

    Returns
    -------
    Congestion
        Time congestion, and call congestion: the time congestion of N - 1 sources.

    References
    ----------
    .. [1] R. B. Cooper, Introduction to Queueing Theory, 2nd ed., North Holland 1981, chapter 3.

    Examples
    --------
    >>> lines = engset(10, 3, 0.5)
    >>> round(lines.time, 5), round(lines.call, 5)
    (0.46512, 0.42)
    """
    check.whole("servers", servers, 1)
    check.whole("sources", sources, servers + 1)
    check.positive("load_per_idle_source", load_per_idle_source)

    def all_busy(callers: int) -> float:
        busy = np.arange(servers)
        births = np.maximum(callers - busy, 0) * load_per_idle_source
        return float(birth_death(births, busy + 1.0)[-1])

    return Congestion(all_busy(sources), all_busy(sources - 1))


def retrial_orbit_mean(arrival_rate: float, service_rate: float, retry_rate: float) -> float:
    """Mean number in the orbit of an M/M/1/1 retrial queue: who finds the server busy tries again later.

    Parameters
    ----------
    arrival_rate, service_rate : float
        lambda < mu [1/s].
    retry_rate : float
        theta, 1 / mean exponential back-off of one who waits to retry [1/s], above 0.

    Returns
    -------
    float
        rho (lambda + rho theta) / ((1 - rho) theta) [requests].

    Raises
    ------
    UnstableQueue
        If lambda >= mu. Without a limit on retries the orbit grows for ever.

    References
    ----------
    .. [1] G. I. Falin, J. G. C. Templeton, Retrial Queues, Chapman & Hall 1997, chapter 1.

    Examples
    --------
    >>> round(retrial_orbit_mean(0.8, 1.0, 0.1), 6)
    35.2
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    check.positive("retry_rate", retry_rate)
    check.stable(arrival_rate, service_rate)
    rho = arrival_rate / service_rate
    return rho * (arrival_rate + rho * retry_rate) / ((1 - rho) * retry_rate)
