"""How many are there: M/G/infinity with a rate of arrivals that changes (people watching, sockets open)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from scipy.integrate import quad

from eventlive_sim.theory import _errors as check


def population_mean(
    time_s: float,
    arrival_rate: Callable[[float], float],
    survival: Callable[[float], float],
    breaks_s: Sequence[float] = (),
) -> float:
    """Mean number present at a time, when each stays for an independent time.

    Parameters
    ----------
    time_s : float
        The time t [s], 0 or more. Nobody is there at 0.
    arrival_rate : callable
        lambda(u), arrivals a second at time u [1/s].
    survival : callable
        P(stay > age) for an age [s].
    breaks_s : sequence of float
        Times at which lambda jumps or bends, such as the end of the joins [s].

    Returns
    -------
    float
        m(t) = integral over u in 0..t of lambda(u) P(S > t - u) [people]; the number is Poisson with that mean.

    References
    ----------
    .. [1] S. G. Eick, W. A. Massey, W. Whitt, The physics of the M_t/G/infinity queue, Operations Research 41 (1993),
       doi 10.1287/opre.41.4.731.

    Examples
    --------
    >>> round(population_mean(10.0, lambda at: 2.0, lambda age: 1.0), 6)
    20.0
    """
    check.not_negative("time_s", time_s)
    cuts = sorted({0.0, time_s, *(cut for cut in breaks_s if 0 < cut < time_s)})

    def present(at: float) -> float:
        return arrival_rate(at) * survival(time_s - at)

    return sum(float(quad(present, a, b, limit=200)[0]) for a, b in pairwise(cuts))


def joined_evenly_mean(time_s: float, people: float, join_s: float, survival: Callable[[float], float]) -> float:
    """Mean number present at a time after a given number of people joined evenly over an interval from 0.

    Parameters
    ----------
    time_s : float
        The time t [s], 0 or more.
    people : float
        How many join, 0 or more.
    join_s : float
        Length of the interval in which they join [s], above 0.
    survival : callable
        P(stay > age) for an age [s].

    Returns
    -------
    float
        m(t) [people]. It also holds for an exact number of people: then the number present is not Poisson, its mean is.

    Examples
    --------
    >>> from math import exp
    >>> round(joined_evenly_mean(120.0, 1000, 120.0, lambda age: exp(-age / 3600)), 3)
    983.517
    """
    check.not_negative("people", people)
    check.positive("join_s", join_s)
    return population_mean(time_s, lambda at: people / join_s if at <= join_s else 0.0, survival, (join_s,))
