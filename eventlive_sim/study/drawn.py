"""Policies drawn for the loops of a design: whatever a client can do about failures, in any mixture."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

SHARE = 0.5
"""Share of loops that get drawn policies."""
_JITTERS = ("none", "full", "equal", "decorrelated", "around")
_ANSWERS = ("any", "timeout", "4xx", "5xx", "429", "503")
_FAILURES = ("any", "timeout", "5xx", "429")
_WHOSE = ("tab", "person", "world")


def with_policies(draw: Random, tree: dict[str, Any]) -> dict[str, Any]:
    """Return a design's tree in which loops have drawn timings, patience, retries, back-off, sequels and breakers."""
    drawn = deepcopy(tree)
    for client in drawn.get("clients", {}).values():
        for loop in (client.get("loops") or {}).values():
            if draw.random() < SHARE:
                _draw_into(draw, loop)
    return drawn


def _draw_into(draw: Random, loop: dict[str, Any]) -> None:
    loop["timing"] = draw.choice(("open", "closed"))
    loop["timeout"] = draw.choice(("200ms", "2s", "30s"))
    loop["heeds_retry_after"] = draw.random() < 0.5
    if draw.random() < 0.6:
        loop["retry"] = _retry(draw)
    if draw.random() < 0.6:
        loop["backoff"] = _backoff(draw)
        sequels = ("go_on", "back_off", "stop")
        loop["after"] = {answer: draw.choice(sequels) for answer in draw.sample(_ANSWERS, draw.randint(1, 3))}
    if draw.random() < 0.6:
        loop["breaker"] = _breaker(draw)


def _backoff(draw: Random) -> dict[str, Any]:
    low = draw.choice((0.0, 0.5, 1.0))
    drawn = {
        "base": draw.choice(("1ms", "200ms", "2s")),
        "factor": draw.choice((1, 1.5, 2, 3)),
        "cap": draw.choice(("2s", "30s")),
        "jitter": draw.choice(_JITTERS),
        "around": [low, low + draw.choice((0.0, 0.5, 1.0))],
    }
    return drawn | ({"whole": draw.choice(("1ms", "500ms"))} if draw.random() < 0.3 else {})


def _retry(draw: Random) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "times": draw.randint(1, 5),
        "on": draw.sample(_ANSWERS, draw.randint(1, 3)),
        "retry_after": draw.choice(("ignored", "instead", "at_least")),
    }
    if draw.random() < 0.5:
        drawn["backoff"] = _backoff(draw)
    else:
        drawn["delays"] = [draw.choice(("0s", "100ms", "uniform(1ms, 2s)")) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.3:
        deposit = draw.choice(("success", "call"))
        drawn["budget"] = {"ratio": 0.1, "most": draw.choice((1, 10)), "deposit": deposit, "per": draw.choice(_WHOSE)}
    if draw.random() < 0.2:
        drawn["cutoff"] = {"failing": draw.choice((0.1, 0.5)), "per": draw.choice(_WHOSE)}
    return drawn


def _breaker(draw: Random) -> dict[str, Any]:
    window = draw.choice(
        ({"sliding_window_calls": draw.randint(1, 6)}, {"sliding_window_time": draw.choice(("1s", "20s"))})
    )
    return {
        **window,
        "minimum_number_of_calls": draw.randint(1, 4),
        "failure_rate_threshold": draw.choice((0.1, 0.5, 1.0)),
        "slow_call_duration_threshold": draw.choice(("100ms", "500ms", "2s")),
        "slow_call_rate_threshold": draw.choice((0.5, 1.0)),
        "wait_duration_in_open_state": draw.choice(("1s", "uniform(1s, 10s)", "30s")),
        "permitted_calls_in_half_open_state": draw.choice((1, 1, 2, 3)),
        "failures": draw.sample(_FAILURES, draw.randint(1, 3)),
        "keeps_back": draw.choice(("calls", "retries")),
        "per": draw.choice(_WHOSE),
    }
