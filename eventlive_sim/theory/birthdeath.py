"""Finite birth-death processes, and the open queues that are one: bounded, impatient, balking."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventlive_sim.theory import _errors as check

FAR = 1e-18
"""Weight of a state, against the likeliest, below which an unbounded queue is cut off."""
STATES_MAX = 1_000_000
"""Most states that are solved for at once."""


@dataclass(frozen=True)
class Station:
    """Steady state of a station that may turn arrivals away."""

    lost: float
    """Fraction of arrivals that end unserved: blocked, abandoned or balked, 0..1."""
    number: float
    """Mean number in the station L, waiting and in service."""
    throughput: float
    """Completions a second X [1/s]."""
    sojourn_s: float
    """Mean time in the station of those who enter it, W = L / rate of entry [s]."""


def birth_death(births: npt.ArrayLike, deaths: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Steady state of a finite birth-death process.

    Parameters
    ----------
    births : array_like of float, shape (n,)
        Rates from state i to i + 1, for i = 0..n-1 [1/s], 0 or more.
    deaths : array_like of float, shape (n,)
        Rates from state i + 1 to i [1/s], above 0.

    Returns
    -------
    ndarray of float, shape (n + 1,)
        Probabilities of the states 0..n, with sum 1.

    Raises
    ------
    ArgumentError
        If the shapes differ, or a rate is negative, not finite or (deaths) zero.

    Notes
    -----
    The products of the ratios are sums of logarithms, scaled by the likeliest state before they are raised again, so
    that thousands of states neither overflow nor lose the far tail.

    Examples
    --------
    >>> birth_death([1.0, 1.0], [1.0, 2.0]).round(3).tolist()
    [0.4, 0.4, 0.2]
    """
    up = np.asarray(births, dtype=np.float64)
    down = np.asarray(deaths, dtype=np.float64)
    if up.ndim != 1 or up.shape != down.shape:
        message = (
            f"births {up.shape} and deaths {down.shape} differ in shape; give one of each for every pair of states"
        )
        raise check.ArgumentError(message)
    if not (np.isfinite(up).all() and np.isfinite(down).all() and (up >= 0).all() and (down > 0).all()):
        message = "a rate is negative or not finite, or a death rate is 0; give births of 0 or more, deaths above 0"
        raise check.ArgumentError(message)
    with np.errstate(divide="ignore"):
        steps = np.log(up) - np.log(down)
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def mmck(servers: int, places: int, arrival_rate: float, service_rate: float) -> Station:
    """Steady state of an M/M/c/K queue: a pool with a bounded line.

    Parameters
    ----------
    servers : int
        Number of servers c, at least 1.
    places : int
        Places K, those in service included, at least c. Who finds K is blocked.
    arrival_rate, service_rate : float
        lambda, and the rate mu of one server [1/s]. Overload is allowed.

    Returns
    -------
    Station
        `lost` is the blocked fraction; `sojourn_s` is over the accepted.

    Examples
    --------
    >>> pool = mmck(1, 5, 0.9, 1.0)
    >>> round(pool.lost, 5), round(pool.number, 5)
    (0.12602, 2.19478)
    """
    check.whole("servers", servers, 1)
    check.whole("places", places, servers)
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    states = np.arange(places + 1)
    held = birth_death(np.full(places, arrival_rate), service_rate * np.minimum(states[1:], servers))
    number, entered = float(held @ states), arrival_rate * (1 - float(held[-1]))
    return Station(float(held[-1]), number, entered, number / entered)


def erlang_a(servers: int, arrival_rate: float, service_rate: float, patience_rate: float) -> Station:
    """Steady state of M/M/c+M: who waits gives up after an exponential patience, and the work is cancelled.

    Parameters
    ----------
    servers : int
        Number of servers c, at least 1.
    arrival_rate, service_rate : float
        lambda, and the rate mu of one server [1/s]. Overload is allowed.
    patience_rate : float
        theta, 1 / mean patience [1/s], above 0.

    Returns
    -------
    Station
        `lost` is the abandoned fraction; `number` and `sojourn_s` count those who abandon too.

    Notes
    -----
    Patience counts while waiting only; service is never cut. The line is cut off where its weight is below `FAR`.

    References
    ----------
    .. [1] C. Palm, Research on telephone traffic, Tele 1 (1957).
    .. [2] A. Mandelbaum, S. Zeltyn, The Palm/Erlang-A queue (2004).

    Examples
    --------
    >>> round(erlang_a(10, 10.0, 1.0, 0.5).lost, 5)
    0.10391
    """
    check.whole("servers", servers, 1)
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    check.positive("patience_rate", patience_rate)
    places = _last_state(servers, arrival_rate, service_rate, patience_rate)
    states = np.arange(places + 1)
    waiting = np.maximum(states - servers, 0)
    deaths = service_rate * np.minimum(states, servers) + patience_rate * waiting
    held = birth_death(np.full(places, arrival_rate), deaths[1:])
    abandoned, number = patience_rate * float(held @ waiting), float(held @ states)
    return Station(abandoned / arrival_rate, number, arrival_rate - abandoned, number / arrival_rate)


def balking(arrival_rate: float, service_rate: float) -> Station:
    """Steady state of M/M/1 with discouraged arrivals: who finds n enters with probability 1 / (n + 1).

    Parameters
    ----------
    arrival_rate, service_rate : float
        lambda and mu [1/s], both above 0. Overload is allowed: the number is Poisson(rho).

    Returns
    -------
    Station
        `lost` is the fraction that balks.

    References
    ----------
    .. [1] L. Kleinrock, Queueing Systems, vol. 1, Wiley 1975, section 3.3.

    Examples
    --------
    >>> shop = balking(2.0, 1.0)
    >>> shop.number, round(shop.throughput, 5)
    (2.0, 0.86466)
    """
    check.positive("arrival_rate", arrival_rate)
    check.positive("service_rate", service_rate)
    rho = arrival_rate / service_rate
    throughput = -service_rate * math.expm1(-rho)
    return Station(1 - throughput / arrival_rate, rho, throughput, rho / throughput)


def _last_state(servers: int, arrival_rate: float, service_rate: float, patience_rate: float) -> int:
    """State past the likeliest one at which the weight of an impatient queue has fallen below `FAR`."""
    state = servers + math.ceil(max(0.0, arrival_rate - servers * service_rate) / patience_rate)
    if state > STATES_MAX:
        message = (
            f"patience_rate {patience_rate:.6g} keeps over {STATES_MAX} waiting; give a shorter patience, or use mmck"
        )
        raise check.ArgumentError(message)
    log_weight = 0.0
    while log_weight > math.log(FAR):
        state += 1
        deaths = service_rate * servers + patience_rate * (state - servers)
        log_weight += math.log(arrival_rate / deaths)
    return state
