"""The load at which a closed form meets its limit: roots of the queueing formulas."""

from __future__ import annotations

from collections.abc import Callable

from scipy.optimize import brentq

from eventlive_sim.theory import _errors as check
from eventlive_sim.theory.finite import pingers
from eventlive_sim.theory.queues import mmc_sojourn_quantile

SOURCES_MAX = 1_000_000
"""Most sources that the search looks at."""


def mmc_arrivals_max(servers: int, service_rate: float, quantile: float, limit_s: float) -> float:
    """Largest arrival rate at which a quantile of the sojourn time of an M/M/c queue keeps to its limit.

    Parameters
    ----------
    servers : int
        Number of parallel servers c, at least 1.
    service_rate : float
        Rate mu of one server [1/s], above 0.
    quantile : float
        The quantile, above 0 and below 1.
    limit_s : float
        Its limit [s], above the same quantile of the service time alone.

    Returns
    -------
    float
        lambda* [1/s].

    Raises
    ------
    ArgumentError
        If service alone takes longer than the limit. Serve faster or raise the limit: more servers cannot help.

    Examples
    --------
    >>> round(mmc_arrivals_max(2, 10.0, 0.99, 1.0), 4)
    15.1595
    """
    check.whole("servers", servers, 1)
    check.positive("service_rate", service_rate)
    check.positive("limit_s", limit_s)
    low, high = 1e-9 * servers * service_rate, servers * service_rate * (1 - 1e-9)

    def excess(arrival_rate: float) -> float:
        return mmc_sojourn_quantile(servers, arrival_rate, service_rate, quantile) - limit_s

    if excess(low) > 0:
        message = f"limit_s {limit_s!r} is shorter than service alone at quantile {quantile!r}; serve faster, raise it"
        raise check.ArgumentError(message)
    if excess(high) < 0:
        return high
    return float(brentq(excess, low, high, rtol=1e-12))


def pingers_max(think_s: float, service_s: float, servers: int, limit_s: float) -> int:
    """Largest number of closed pingers whose mean response time keeps to its limit.

    Parameters
    ----------
    think_s, service_s : float
        Mean think time Z and mean service time S [s], above 0.
    servers : int
        Number of servers c, at least 1.
    limit_s : float
        Limit of the mean response time [s], at least S.

    Returns
    -------
    int
        N*, at least 1 [sources].

    Raises
    ------
    ArgumentError
        If one source alone breaks the limit, or `SOURCES_MAX` keep to it.

    Examples
    --------
    >>> pingers_max(120.0, 0.22, 2, 1.0)
    979
    """
    check.positive("limit_s", limit_s)
    if limit_s < service_s:
        message = f"limit_s {limit_s!r} is shorter than service_s {service_s!r}; serve faster or raise it"
        raise check.ArgumentError(message)
    return _last_true(lambda sources: pingers(sources, think_s, service_s, servers).response_s <= limit_s * (1 + 1e-12))


def _last_true(holds: Callable[[int], bool]) -> int:
    """Largest number for which a monotone condition holds that holds for 1: doubling, then bisection."""
    high = 2
    while holds(high):
        high *= 2
        if high > SOURCES_MAX:
            message = f"the limit still holds at {high // 2} sources; give a tighter limit"
            raise check.ArgumentError(message)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
