"""Metastability by arithmetic: hidden capacity, what a trigger can do, and the fluid time of recovery.

Words as in Huang et al.: load and capacity in units of work a second, w the most that feedback can amplify the load
(w_L) or degrade the capacity (w_C).
"""

from __future__ import annotations

import math
from typing import Literal

from eventlive_sim.theory import _errors as check

Standing = Literal["stable", "vulnerable", "overloaded"]


def retry_amplification(retries: float) -> float:
    """Largest amplification of the load by retries, w_L = 1 + R.

    Parameters
    ----------
    retries : float
        Most retries of a call R, or the retry budget as a share of calls (0.1 for 10 %); infinite if unbounded.

    Returns
    -------
    float
        1 + R. Infinite for unbounded retries: then nothing is stable.

    Examples
    --------
    >>> retry_amplification(4)
    5
    """
    if not retries >= 0:
        message = f"retries is {retries!r}; give a number of 0 or more"
        raise check.ArgumentError(message)
    return 1 + retries


def stable_capacity(capacity: float, amplification: float, degradation: float = 1.0) -> float:
    """Hidden capacity: the load below which no trigger, however large, leaves a lasting overload.

    Parameters
    ----------
    capacity : float
        Advertised capacity C_norm [1/s], above 0.
    amplification : float
        Largest amplification of the load w_L, at least 1; may be infinite.
    degradation : float
        Largest degradation of the capacity w_C, at least 1: 2 if feedback can halve it.

    Returns
    -------
    float
        C_stable = C_norm / (w_L w_C) [1/s].

    References
    ----------
    .. [1] L. Huang et al., Metastable Failures in the Wild, OSDI 2022, theorem 2.
    .. [2] N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021, doi 10.1145/3458336.3465286.

    Examples
    --------
    >>> stable_capacity(300.0, retry_amplification(1))
    150.0
    """
    check.positive("capacity", capacity)
    for name, factor in (("amplification", amplification), ("degradation", degradation)):
        if not factor >= 1:
            message = f"{name} is {factor!r}; give a factor of at least 1 (1: feedback changes nothing)"
            raise check.ArgumentError(message)
    return capacity / (amplification * degradation)


def standing(load: float, capacity: float, amplification: float, degradation: float = 1.0) -> Standing:
    """Where a load stands: stable, vulnerable (a trigger can leave a lasting overload), or overloaded as it is.

    Parameters
    ----------
    load : float
        Load without retries L_norm [1/s], 0 or more.
    capacity, amplification, degradation : float
        As `stable_capacity`.

    Returns
    -------
    {"stable", "vulnerable", "overloaded"}
        Stable below C_stable, overloaded from C_norm on, vulnerable between.

    Notes
    -----
    Stable says that it recovers, not how soon: see `recovery_time`.

    Examples
    --------
    >>> [standing(load, 300.0, 2.0) for load in (140.0, 280.0, 300.0)]
    ['stable', 'vulnerable', 'overloaded']
    """
    check.not_negative("load", load)
    if load < stable_capacity(capacity, amplification, degradation):
        return "stable"
    return "vulnerable" if load < capacity else "overloaded"


def trigger_can_overload(load: float, capacity: float, load_added: float, capacity_lost: float) -> bool:
    """Whether a trigger is large enough to overload; if not, it cannot start a metastable failure.

    Parameters
    ----------
    load, capacity : float
        L_norm and C_norm before the trigger [1/s].
    load_added, capacity_lost : float
        Size of the trigger [1/s], 0 or more.

    Returns
    -------
    bool
        Whether load_added + capacity_lost >= C_norm - L_norm.

    References
    ----------
    .. [1] L. Huang et al., Metastable Failures in the Wild, OSDI 2022, theorem 1.

    Examples
    --------
    >>> trigger_can_overload(280.0, 300.0, 0.0, 15.0)
    False
    """
    check.not_negative("load", load)
    check.positive("capacity", capacity)
    check.not_negative("load_added", load_added)
    check.not_negative("capacity_lost", capacity_lost)
    return load_added + capacity_lost >= capacity - load


def outage_backlog(load: float, retries: int, timeout_s: float, outage_s: float) -> float:
    """Attempts held back by an outage, which arrive at once when it ends.

    Parameters
    ----------
    load : float
        Calls a second, lambda [1/s], above 0.
    retries : int
        Immediate retries of a call R, one after each timeout, 0 or more.
    timeout_s : float
        The client's timeout tau [s], above 0.
    outage_s : float
        Length of the outage d [s], 0 or more.

    Returns
    -------
    float
        B = lambda (d + (d - tau) + ... + (d - R tau)), terms below 0 left out [attempts].

    Examples
    --------
    >>> outage_backlog(100.0, 1, 1.0, 10.0)
    1900.0
    """
    check.positive("load", load)
    check.whole("retries", retries, 0)
    check.positive("timeout_s", timeout_s)
    check.not_negative("outage_s", outage_s)
    return load * sum(max(0.0, outage_s - attempt * timeout_s) for attempt in range(retries + 1))


def recovery_time(load: float, capacity: float, retries: int, timeout_s: float, outage_s: float) -> float:
    """Fluid time from the end of an outage to the first answers within the timeout.

    Parameters
    ----------
    load, capacity : float
        Calls a second lambda, and attempts the server completes a second C [1/s], above 0.
    retries, timeout_s, outage_s
        As `outage_backlog`. Abandoned attempts stay in the FIFO queue and are served in vain.

    Returns
    -------
    float
        T_rec = (B - C tau) / (C - (1 + R) lambda) [s]; 0 if the backlog is served within the timeout, infinite if the
        amplified load is not below the capacity, or nearly for ever close to it.

    References
    ----------
    .. [1] The example of N. Bronson et al., HotOS 2021, section 2.1, as a fluid.

    Examples
    --------
    >>> recovery_time(140.0, 300.0, 1, 1.0, 10.0)
    118.0
    """
    check.positive("capacity", capacity)
    excess = outage_backlog(load, retries, timeout_s, outage_s) - capacity * timeout_s
    if excess <= 0:
        return 0.0
    drain = capacity - (1 + retries) * load
    return excess / drain if drain > 0 else math.inf


def crowding_capacity(base_s: float, slope_s: float, limit_s: float) -> float:
    """Attempts a second that a server whose latency grows with its concurrency answers within a limit.

    Parameters
    ----------
    base_s : float
        Latency of a lone request [s], 0 or more.
    slope_s : float
        What each request in flight adds to it [s], above 0.
    limit_s : float
        Limit of the latency [s], above the base.

    Returns
    -------
    float
        n / limit with n = (limit - base) / slope requests in flight (Little) [1/s].

    References
    ----------
    .. [1] M. Brooker, simulator_example, simple_collapse_sim.

    Examples
    --------
    >>> round(crowding_capacity(1.0, 0.01, 2.8), 1)
    64.3
    """
    check.not_negative("base_s", base_s)
    check.positive("slope_s", slope_s)
    if not limit_s > base_s:
        message = f"limit_s {limit_s!r} is not above base_s {base_s!r}; give a longer limit"
        raise check.ArgumentError(message)
    return (limit_s - base_s) / slope_s / limit_s
