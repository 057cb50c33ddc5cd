"""A room in which Realtime goes, its rules, and what they see; small enough to be looked at second by second."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from eventlive_sim.engine.kernel import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.study.alerts.rules import Evaluated, evaluate, selectors_of
from eventlive_sim.study.alerts.scrapes import Scrapes, watched_program

TICKETS = "+".join(f"7-1:{name}" for name in ("bad_requests", "conflicts", "tokens", "disconnects", "saturation"))
FEW = "clients.participant.people=60"
MORE: dict[str, Any] = {
    "slow_pings": {
        "when": [{"quantile": "call_duration{endpoint:presence_ping}", "over": "2m", "slower": "2600ms"}],
        "for": "30s",
    },
    "mean_ping": {
        "when": [{"mean": "call_duration{endpoint:presence_ping}", "over": "75s", "slower": "2s"}],
        "severity": "ticket",
    },
    "many_polls": {"when": [{"increase": "calls{endpoint:messages_poll,outcome:served}", "over": "1m", "above": 100}]},
    "few_sockets": {"when": [{"gauge": "realtime_connections", "below": 50}], "for": "1m"},
    "polls_of_calls": {
        "when": [
            {"rate": "calls{endpoint:messages_poll}", "per": "calls", "over": "40s", "above": 0.4},
            {"gauge": "station_utilisation{station:db_cpu}", "above": 0.05},
        ]
    },
}
"""Rules of every function, beside those of the ticket."""


@cache
def room() -> tuple[ResolvedDesign, ResolvedScenario]:
    """Design with all rules, and an outage with a slow database for a few people."""
    resolved = resolve_design(f"before+{TICKETS}")
    tree = resolved.tree
    tree["alerts"]["rules"] |= MORE
    return replace(resolved, design=Design.model_validate(tree)), resolve_scenario("brownout", sets=[FEW])


@cache
def scrapes() -> Scrapes:
    """Scrapes of one replication."""
    design, scenario = room()
    alerts = design.design.alerts
    program = watched_program(design.design, scenario.scenario, alerts.scrape, selectors_of(alerts))
    return Scrapes.of(
        program, simulate(program, 5), design.design, alerts.scrape, {one.metric for one in selectors_of(alerts)}
    )


@cache
def evaluated() -> dict[str, Evaluated]:
    """Rules of the room."""
    alerts = room()[0].design.alerts
    return {name: evaluate(alerts, rule, scrapes()) for name, rule in alerts.rules.items()}
