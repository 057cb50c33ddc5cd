"""By how much failures can multiply a loop's calls, by arithmetic on its policies."""

from __future__ import annotations

import math
from collections.abc import Iterator

from eventlive_sim.model.design import Loop
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.policies import Backoff, ClientRetry

_TRIES_MOST = 1_000
"""Tries of a retry without end that are added up; by then its waits have long stopped growing."""


def amplification(loop: Loop) -> float:
    """Attempts of a loop while every one of them fails at once, over its calls while none does; at least 1.

    Notes
    -----
    An open loop calls whatever becomes of its calls: 1 + R attempts each, or 1 + b with a budget of b retries a call. A
    closed one begins its interval anew after the last try, so that the waits between tries count against it. Breakers and
    back-off of the loop itself are left out: they take effect only after some failures.
    """
    if loop.retry is None or loop.every is None:
        return 1.0 if loop.retry is None else 1 + loop.retry.tries_most
    retries = loop.retry.tries_most
    if loop.retry.budget is not None:
        retries = min(retries, loop.retry.budget.ratio)
    if loop.timing == "open":
        return 1 + retries
    tries = min(retries, _TRIES_MOST)
    waited = math.fsum(wait for _, wait in zip(range(math.ceil(tries)), waits_ns(loop.retry), strict=False))
    every = mean_ns(loop.every)
    return max(1.0, (1 + tries) * every / (every + waited)) if every else 1 + retries


def waits_ns(retry: ClientRetry) -> Iterator[float]:
    """Mean waits before each try after the first, without end."""
    if retry.backoff is not None:
        yield from _growing(retry.backoff)
        return
    delays = [mean_ns(law) for law in retry.delays] if retry.delays is not None else [0.0]
    yield from delays
    while True:
        yield delays[-1]


def _growing(backoff: Backoff) -> Iterator[float]:
    wait = float(backoff.base)
    around = sum(backoff.around) / 2
    share = {"none": 1.0, "full": 0.5, "equal": 0.75, "around": around, "decorrelated": 1.0}[backoff.jitter]
    if backoff.jitter == "decorrelated":
        while True:
            wait = min((backoff.base + 3 * wait) / 2, backoff.cap)
            yield wait
    while True:
        yield wait * share
        wait = min(wait * backoff.factor, backoff.cap)
