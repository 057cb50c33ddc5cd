"""Arithmetic on sessions before a simulation: tokens that fall due together, refreshed from the functions' few addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventlive_sim.model.design import Client, Design
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.lint_sessions import due_before_ns
from eventlive_sim.model.scenario import Attendance, Scenario
from eventlive_sim.model.values import Distribution
from eventlive_sim.study.channels import Asked
from eventlive_sim.units import seconds

_REFUSED = "what is beyond is answered 429, and every call of those people asks again"


def asked_of_addresses(
    design: Design, scenario: Scenario, share_of: Callable[[Client, Attendance], float]
) -> Iterator[Asked]:
    """Requests for tokens that the functions send while most tokens fall due, against what their addresses may.

    A person's token falls due at least once, and asks at least once. It is what a client of the browser does not see to
    first: one that keeps a store of its own, or looks less far ahead than functions do. All addresses are in use, which
    is the best case: one instance has one.

    Parameters
    ----------
    share_of : callable
        Share of those who come that has a session.
    """
    tokens, functions = design.platform.project.auth.tokens, design.platform.functions
    if not tokens.burst:
        return
    rate, span = 0.0, 0.0
    for name, group in scenario.clients.items():
        client = design.clients.get(name)
        if client is None or not _asks(client) or not _falls_due(client, group, tokens.lifetime, scenario.duration):
            continue
        wave = max(_span(_age(client, group)), _span(group.arrive), float(tokens.every))
        asking = group.people * share_of(client, group) * (client.sessions.ssr if client.sessions else 0.0)
        rate += asking / seconds(wave)
        span = max(span, wave)
    if rate:
        allowed = functions.addresses * (1 / seconds(tokens.every) + tokens.burst / seconds(span))
        yield Asked("token requests of functions", rate, allowed, "requests/s", _REFUSED)


def _asks(client: Client) -> bool:
    sessions = client.sessions
    if sessions is None or not sessions.ssr or not sessions.functions_refresh:
        return False
    return sessions.storage == "local" or due_before_ns(sessions) <= sessions.margin


def _falls_due(client: Client, group: Attendance, lifetime: int, duration: int) -> bool:
    """Whether the oldest token falls due before the end."""
    margin = client.sessions.margin if client.sessions else 0
    return lifetime - margin - _oldest(_age(client, group)) < duration


def _age(client: Client, group: Attendance) -> Distribution | None:
    return group.session_age or (client.sessions.age if client.sessions else None)


def _span(law: Distribution | None) -> float:
    """Time over which values spread [ns]: the width of a uniform law, none of a constant, the mean of others."""
    if law is None or law.law == "constant":
        return 0.0
    values = dict(law.arguments)
    return values["high"] - values["low"] if law.law == "uniform" else mean_ns(law)


def _oldest(law: Distribution | None) -> float:
    if law is None:
        return 0.0
    return dict(law.arguments)["high"] if law.law == "uniform" else mean_ns(law)
