"""What the traces of channels show: the laws of the machine, and the chain from an outage to the database."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.engine.audit import audit
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act, Trace
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.run import traced
from tests.realtime.rooms import Room, joined, outage, quota

SPOKEN: dict[str, Any] = {
    "channels": {"talk": {"table": "lines", "by": "changes", "presence": "who"}, "own": {"scope": "person"}},
    "platform": {
        "project": {"postgres": {"costs": {"insert": "10ms"}}, "realtime": {"check": "1ms", "join": "5ms"}},
        "network": {"client_project": "lognormal(median=20ms, sigma=0.5)"},
    },
    "clients": {
        "guest": {
            "tabs": {"1": 0.5, "2": 0.5},
            "visibility": {"visible": "exp(20s)", "hidden": "exp(5s)"},
            "checks": {"login": {"on": "own", "by": "track", "every": "5s"}},
            "loops": {"fallback": {"visible_only": True}},
        },
        "speaker": {"loops": {"say": {"call": "say", "every": "exp(1s)"}}},
    },
}
FAULTS = {
    "loud": {"service": "realtime", "from": "20s", "lasts": "9s", "share": 0.5},
    "hushed": {"service": "realtime", "from": "50s", "lasts": "30s", "silent": True},
    "slow": {"service": "realtime", "from": "85s", "lasts": "9s", "delay": "4s"},
    "late": {"service": "rest", "from": "95s", "lasts": "5s", "delay": "1s"},
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("limits", [{}, {"connections": 9, "messages_second": 5, "presence_calls": 5}])
def test_the_auditor_finds_nothing(seed: int, limits: dict[str, int]) -> None:
    """Outages, silence, delays, quotas, hidden tabs and second logins at once: every law holds in the full trace."""
    room = Room(
        joined(SPOKEN, quota(**limits)),
        guest={"arrive": "uniform(0s, 10s)", "stay": "exp(80s)", "again": {"share": 0.3, "after": "exp(20s)"}},
        clients={"speaker": {"people": 2}},
        faults=FAULTS,
        seed=seed,
    )
    trace = Trace()
    simulate(room.program, seed, trace=trace)
    assert len(trace) > 1000
    assert audit(room.program, trace) == []


def test_the_same_seed_gives_the_same_figures() -> None:
    """And another seed others."""
    rooms = [Room(SPOKEN, clients={"speaker": {"people": 1}}, faults=outage("30s", "10s"), seed=s) for s in (7, 7, 8)]
    prints = [room.recording.fingerprint for room in rooms]
    assert prints[0] == prints[1] != prints[2]


def test_the_chain_from_the_outage_to_the_database_is_in_one_trace() -> None:
    """One person of S2 before: the socket closes, a try is refused, the fallback calls, and asks for connections."""
    sets = ["clients.participant.people=5", "clients.admin.people=0"]
    design, scenario = resolve_design("before"), resolve_scenario("s2_realtime_outage", sets=sets)
    program = lower(design.design, scenario.scenario)
    rows = traced(design, scenario, 1, [0]).rows
    began = 300 * 10**9
    metrics = [spec.metric for spec in program.series]
    pools = {number: spec.name for number, spec in enumerate(program.stations)}
    chain: list[str] = []
    for time, act, _, _, _, row, station, key, _ in rows:
        if time < began:
            continue
        label = program.labels[row]
        if act == Act.COUNT and metrics[station] in {"realtime_sockets", "realtime_connects"}:
            chain.append(f"{metrics[station]} {key}")
        elif act == Act.COUNT and metrics[station] == "attempts" and label.endswith("chat_fallback"):
            chain.append("poll")
        elif act == Act.ASK and label.startswith("endpoints.messages_poll") and pools[station].endswith("_pool"):
            chain.append(pools[station])
    first = list(dict.fromkeys(chain))
    assert first == [
        "realtime_sockets 0",
        "realtime_connects 503",
        "poll",
        "auth_pool",
        "rest_pool",
        "realtime_connects 101",
    ]
    back = len(chain) - 1 - chain[::-1].index("realtime_connects 101")
    assert chain[back:].count("poll") <= 1
