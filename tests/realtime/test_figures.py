"""Figures that a job of the project tells: how often, to whom, how old they are, and who asks when the channel is down."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from tests.realtime.rooms import Room, outage

TOLD: dict[str, Any] = {
    "channels": {"talk": {"table": "lines", "shows": "talk", "renews": True}},
    "endpoints": {"tell": {"runs_on": "nothing", "role": "service", "steps": {"line": {"insert": "lines"}}}},
    "jobs": {"figures": {"call": "tell", "every": "10s"}},
}


def test_a_job_tells_on_its_beat() -> None:
    """Every 10 s of the clock, ten receivers each; what is renewed is 10 s old, and the first replaces nothing."""
    room = Room(TOLD, duration="61s")
    assert sorted(room.by_second("realtime_sent", channel="talk")) == [10, 20, 30, 40, 50, 60]
    assert room.total("realtime_messages", channel="talk") == 6 * 11
    assert room.total("calls", 200, client="figures") == 6
    count, _, oldest = room.trend("freshness", of="talk")
    assert (count, oldest) == (5 + 10, 10.0)  # five renewals, and each tab's wait for its channel


def test_who_listens_does_not_ask_until_the_channel_is_down() -> None:
    """The fallback polls in the outage only, and the figures are those of the polls."""
    room = Room(TOLD, duration="2m", faults=outage("30s", "30s"))
    asked = room.by_second("attempts", client="guest", endpoint="read")
    assert asked
    assert all(30 <= second <= 75 for second in asked)


def test_a_job_that_takes_longer_than_its_beat_skips_beats() -> None:
    """15 s a run: it begins at 10, 30 and 50 s, one after the other."""
    slow = {"tell": {"runs_on": "nothing", "steps": {"wait": {"delay": "15s"}}}}
    room = Room({**TOLD, "endpoints": slow})
    assert sorted(room.by_second("attempts", client="figures"))[:3] == [10, 30, 50]


def test_engines_agree_on_jobs_and_dashboards() -> None:
    """Before with all of the ticket that can stand together, on both engines, figure for figure."""
    options = "+".join(f"5-1:{name}" for name in ("cache", "summary", "adaptive", "settings", "realtime"))
    design = resolve_design(f"before+{options}").design
    clients = {"participant": {"people": 6}, "admin": {"people": 3}}
    slow = {"slow": {"service": "postgres", "speed": 0.01, "from": "2m", "lasts": "2m"}}
    calmer = {"calmer": {"set": "clients.admin.loops.stats.every", "to": "60s", "at": "1m"}}
    world: dict[str, Any] = {"format": 1, "duration": "6m", "clients": clients, "changes": calmer}
    world["faults"] = {**slow, **outage("3m", "2m")}
    world["timed"] = ["stats_access", "presence_ping.presence"]
    program = lower(design, Scenario.model_validate(world))
    one, other = (engine_of(name)(program, 1) for name in (EngineName.REFERENCE, EngineName.FAST))
    assert first_difference(one, other) == ""


def test_only_what_is_broadcast_and_shown_is_renewed() -> None:
    """Said of the channel, with what it needs."""
    with pytest.raises(ValidationError, match="give it table, by: broadcast and shows"):
        Design.model_validate(
            {
                "format": 1,
                "channels": {"talk": {"renews": True}},
                "endpoints": {"door": {"runs_on": "nothing", "steps": {"d": {"delay": "1s"}}}},
            }
        )


def test_a_job_calls_an_endpoint_that_there_is() -> None:
    """The names are listed."""
    with pytest.raises(ValidationError, match=r"jobs.tell.call: no endpoint is called 'gone'; write one of door"):
        Design.model_validate(
            {
                "format": 1,
                "jobs": {"tell": {"call": "gone", "every": "1s"}},
                "endpoints": {"door": {"runs_on": "nothing", "steps": {"d": {"delay": "1s"}}}},
            }
        )
