"""Arithmetic of retry policies: how many attempts a call costs and how often it succeeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eventlive_sim.theory import _errors as check


@dataclass(frozen=True)
class Retried:
    """What a retry policy makes of one call, on average."""

    attempts: float
    """Mean attempts per call, at least 1."""
    success: float
    """Probability that the call succeeds, 0..1."""


def retries_fixed(failure: float, retries: int) -> Retried:
    """At most N retries of attempts that fail independently.

    Parameters
    ----------
    failure : float
        Probability f that one attempt fails, 0..1.
    retries : int
        Most retries N after the first attempt, 0 or more.

    Returns
    -------
    Retried
        Attempts 1 + f + ... + f^N = (1 - f^(N+1)) / (1 - f); success 1 - f^(N+1).

    References
    ----------
    .. [1] M. Brooker, Fixing retries with token buckets and circuit breakers, 2022-02-28 (its text is off by one in the
       exponent; its code is not).

    Examples
    --------
    >>> retries_fixed(0.5, 3)
    Retried(attempts=1.875, success=0.9375)
    """
    check.probability("failure", failure)
    check.whole("retries", retries, 0)
    return Retried(sum(failure**attempt for attempt in range(retries + 1)), 1 - failure ** (retries + 1))


def retries_budgeted(
    failure: float, retries: int, budget: float, deposit: Literal["call", "success"], stock_per_call: float = 0.0
) -> Retried:
    """At most N retries that each take a token, tokens being a share of calls or of successes.

    Parameters
    ----------
    failure : float
        Probability f that one attempt fails, 0..1.
    retries : int
        Most retries N of one call, 0 or more.
    budget : float
        Tokens deposited each time b, 0..1: 0.1 for a budget of 10 %.
    deposit : {"call", "success"}
        Whether a token is deposited at the start of each call, or when a call succeeds.
    stock_per_call : float
        Tokens in the buckets at the start, over the number of calls, 0 or more.

    Returns
    -------
    Retried
        The budget's mean where tokens run out, else that of `retries_fixed`.

    Notes
    -----
    A fluid balance: where tokens run out, retries per call are deposits per call and the initial stock, and each
    attempt succeeds with 1 - f. It leaves out that a bucket overflows or is empty by chance, which is small while f is
    well away from the point where retries and tokens balance.

    Examples
    --------
    >>> round(retries_budgeted(0.5, 3, 0.1, "success", 0.004).attempts, 3)
    1.057
    """
    free = retries_fixed(failure, retries)
    check.probability("budget", budget)
    check.not_negative("stock_per_call", stock_per_call)
    if deposit == "call":
        paid, kept = 1 + budget + stock_per_call, 1.0
    else:  # attempts are 1 + stock + budget * attempts * (1 - failure)
        paid, kept = 1 + stock_per_call, 1 - budget * (1 - failure)
    if paid >= free.attempts * kept:
        return free
    return Retried(paid / kept, paid / kept * (1 - failure))


def retries_layered(tries: int, layers: int) -> int:
    """Most attempts at the bottom for one call at the top, when each layer tries again on its own.

    Parameters
    ----------
    tries : int
        Tries of each layer r, the first included, at least 1.
    layers : int
        Number of layers L, 0 or more.

    Returns
    -------
    int
        r^L [attempts].

    Examples
    --------
    >>> retries_layered(3, 5)
    243
    """
    check.whole("tries", tries, 1)
    check.whole("layers", layers, 0)
    return int(tries**layers)
