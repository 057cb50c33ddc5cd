"""Sessions drawn for the clients of a design: libraries, stores, functions and tokens, in any mixture."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any


def with_sessions(draw: Random, tree: dict[str, Any]) -> dict[str, Any]:
    """Return a design's tree in which clients have drawn sessions, with tokens that live for minutes."""
    drawn = deepcopy(tree)
    for client in drawn.get("clients", {}).values():
        if client.get("sessions") or draw.random() < 0.5:
            client["sessions"] = {**(client.get("sessions") or {}), **_sessions(draw)}
    platform = drawn.setdefault("platform", {})
    platform.setdefault("functions", {})["addresses"] = draw.choice((1, 2, 5))
    auth = platform.setdefault("project", {}).setdefault("auth", {})
    auth["tokens"] = {**(auth.get("tokens") or {}), **_tokens(draw)}
    return drawn


def _sessions(draw: Random) -> dict[str, Any]:
    return {
        "age": draw.choice(("0s", "uniform(0s, 10m)", "exp(20m)")),
        "storage": draw.choice(("cookie", "local")),
        "tick": draw.choice(("5s", "30s")),
        "ticks_ahead": draw.choice((0, 1, 3)),
        "margin": draw.choice(("0s", "20s", "90s")),
        "ssr": draw.choice((0.0, 0.5, 1.0)),
        "written_back": draw.choice((0.0, 0.5, 1.0)),
        "functions_refresh": draw.random() < 0.8,
        "single_flight": {name: draw.random() < 0.5 for name in ("client", "tabs", "server")},
        "retry_first": draw.choice(("200ms", "2s")),
        "retry_within": draw.choice(("1s", "30s")),
        "after_failure": draw.choice(("sign_out", "keep")),
        "cooldown": draw.choice(("0s", "60s")),
        "signed_out": draw.choice(("stop", "go_on")),
    }


def _tokens(draw: Random) -> dict[str, Any]:
    return {
        "kind": draw.choice(("v1", "v2")),
        "lifetime": draw.choice(("2m", "5m", "10m")),
        "reuse_interval": draw.choice(("0s", "10s")),
        "lock_give_up": draw.choice(("20ms", "5s")),
        "burst": draw.choice((0, 1, 30)),
        "every": draw.choice(("2s", "20s")),
    }
