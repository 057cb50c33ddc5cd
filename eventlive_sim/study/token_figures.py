"""Measures of sessions: how long Auth takes, refreshes that fail, people who lose their session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower.sessions.service import ALREADY_USED, LIMITED
from eventlive_sim.study.samples import Sample, aggregate, select, total

_PER = 1_000


def token_figures(
    designs: Sequence[Design], scenario: Scenario
) -> list[tuple[str, str, int, Callable[[list[Sample]], float]]]:
    """Name, unit, digits and measure of the figures of sessions; none where nobody in the scenario has any."""
    with_sessions = {
        name
        for design in designs
        for name in scenario.clients
        if name in design.clients and design.clients[name].sessions is not None
    }
    people = sum(scenario.clients[name].people for name in with_sessions)
    if not people:
        return []

    def duration(kind: str, what: str, level: float | None = None) -> Callable[[list[Sample]], float]:
        return lambda samples: aggregate(select(samples, "auth_duration", kind=kind), what, level)

    def per_thousand(metric: str, **tags: str) -> Callable[[list[Sample]], float]:
        return lambda samples: total(samples, metric, **tags) * _PER / people

    return [
        ("GET /user: in Auth, mean", "ms", 1, duration("user", "avg")),
        ("GET /user: in Auth, p95", "ms", 1, duration("user", "p", 0.95)),
        ("POST /token: in Auth, mean", "ms", 1, duration("token", "avg")),
        ("POST /token: in Auth, p95", "ms", 1, duration("token", "p", 0.95)),
        ("POST /token, per 1,000 people", "", 0, per_thousand("auth_requests", kind="token")),
        ("refresh token already used, per 1,000 people", "", 1, per_thousand("refresh_errors", code=ALREADY_USED)),
        (
            "refreshes over the limit of an address, per 1,000 people",
            "",
            1,
            per_thousand("refresh_errors", code=LIMITED),
        ),
        ("forced sign-outs, per 1,000 people", "", 1, per_thousand("sign_outs")),
    ]
