"""Limits, addresses, stores and challenges: counted by hand on a door, and in EventLive's flood."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.run import Run, run
from eventlive_sim.study.samples import total
from tests.conformance.test_engines_agree import agree
from tests.study.small import changed, simulated

DOOR: dict[str, Any] = {
    "format": 1,
    "stations": {"gate": {"kind": "limiter", "calls": 3, "window": "10s"}},
    "endpoints": {"enter": {"runs_on": "nothing", "steps": {"gate": {"limit": "gate"}, "look": {"delay": "1ms"}}}},
    "clients": {
        "guest": {"attributes": {"solves": 1.0}, "loops": {"go": {"call": "enter", "every": "1s", "timing": "open"}}}
    },
}
"""A lone guest knocks at 0, 1, 2, ... s; three knocks in ten seconds are heard."""
MINUTE: dict[str, Any] = {"format": 1, "duration": "60s", "bins": "1s", "clients": {"guest": {"people": 1}}}


def seen(done: Run, **tags: str) -> int:
    return total(done.replications[0].samples, "calls", **tags)


def door(folder: Path, world: dict[str, Any] = MINUTE, **parts: Any) -> Run:
    """The door with changes; both engines agree on it, act by act."""
    done = simulated(folder, changed(DOOR, **parts), world)
    agree(done.program)
    return done


def test_windows_that_follow_one_another(tmp_path: Path) -> None:
    """Six windows of ten seconds, three calls in each: 18 of 60."""
    done = door(tmp_path)
    assert (seen(done, outcome="served"), seen(done, outcome="limited")) == (18, 42)


def test_fixed_windows_let_twice_as_many_through_at_their_edge(tmp_path: Path) -> None:
    """Knocks from 5 s to 15 s: three before the edge and three after it, six in ten seconds; a sliding window hears three."""
    edge = {"call": "enter", "every": "1s", "timing": "open", "first": "5s"}
    world = changed(MINUTE, duration="15s", windows={"edge": ["5s", "15s"]})
    fixed = door(tmp_path, world, clients__guest__loops__go=edge)
    assert seen(fixed, window="edge", outcome="served") == 6
    slides = door(tmp_path, world, clients__guest__loops__go=edge, stations__gate__slides=True)
    assert seen(slides, window="edge", outcome="served") == 3


def test_a_sliding_window_looks_back_from_each_call(tmp_path: Path) -> None:
    """Heard at 0, 1, 2, then at 10, 11, 12, ...: what is refused does not count, as the oldest of three leaves."""
    done = door(tmp_path, stations__gate__slides=True)
    assert seen(done, outcome="served") == 18


def test_a_bucket_gives_its_burst_and_then_its_rate(tmp_path: Path) -> None:
    """Five tokens and one each four seconds: at 0 to 4 s and 4 s later each time; 5 + 14 within a minute."""
    done = door(tmp_path, stations__gate={"kind": "bucket", "every": "4s", "burst": 5, "per": "address"})
    assert seen(done, outcome="served") == 5 + 14


@pytest.mark.parametrize(("per", "heard"), [("person", 40 * 3), ("address", 4 * 3), ("world", 3)])
def test_who_is_counted_together(tmp_path: Path, per: str, heard: int) -> None:
    """Forty guests behind four addresses, one window: three calls of each person, of each address, or of all."""
    world = changed(MINUTE, duration="10s", clients={"guest": {"people": 40}})
    parts = {"stations__gate__per": per, "clients__guest__addresses": {"pool": 4}}
    assert seen(door(tmp_path, world, **parts), outcome="served") == heard


def test_some_share_an_address_and_some_have_their_own(tmp_path: Path) -> None:
    """Of 200 guests half share one address: three calls of it are heard, and three of each of the others."""
    world = changed(MINUTE, duration="10s", clients={"guest": {"people": 200}})
    done = door(tmp_path, world, stations__gate__per="address", clients__guest__addresses={"pool": 1, "share": 0.5})
    own = (seen(done, outcome="served") - 3) / 3
    assert own == int(own)
    assert abs(own - 100) < 4 * 50**0.5


def test_pools_of_different_clients_are_apart(tmp_path: Path) -> None:
    """Bots' addresses are not the guests': what bots use up is their own."""
    other = {"addresses": {"pool": 1}, "loops": {"go": {"call": "enter", "every": "100ms", "timing": "open"}}}
    clients = {"guest": {**DOOR["clients"]["guest"], "addresses": {"pool": 1}}, "bot": other}
    world = changed(MINUTE, duration="10s", clients={"guest": {"people": 1}, "bot": {"people": 5}})
    done = door(tmp_path, world, clients=clients, stations__gate__per="address")
    assert seen(done, client="guest", outcome="served") == 3
    assert seen(done, client="bot", outcome="served") == 3


def test_at_the_edge_a_refusal_costs_no_function(tmp_path: Path) -> None:
    """Only what is let through occupies an instance."""
    endpoint = {"edge": {"gate": {"limit": "gate"}}, "steps": {"look": {"delay": "1ms"}}}
    platform = {"network": {"client_function": "10ms"}}
    done = door(tmp_path, endpoints={"enter": endpoint}, platform=platform)
    assert (seen(done, outcome="served"), seen(done, status="429")) == (18, 42)
    functions = next(one for one in done.replications[0].recording.stations.values() if one.name == "functions")
    assert functions.arrivals.sum() == 18


@pytest.mark.parametrize(("fails", "outcome"), [("open", "served"), ("closed", "refused")])
def test_a_slow_store_fails_open_or_closed(tmp_path: Path, fails: str, outcome: str) -> None:
    """It answers in 1 ms at first; from 30 s on it takes 1,000 times as long, over the limiter's second: nobody is counted."""
    store = {"station": "counts", "demand": "10ms", "timeout": "1s", "fails": fails}
    stations = {**DOOR["stations"], "counts": {"kind": "sharing", "cores": 8}}
    steps = {"gate": {"limit": "gate", "store": store}, "look": {"delay": "1ms"}}
    slow = {"station": "counts", "knob": "speed", "factor": 0.001, "from": "29500ms", "lasts": "1h"}
    world = changed(MINUTE, disturbances={"slow": slow}, windows={"late": ["32s", "60s"]})
    done = door(tmp_path, world, stations=stations, endpoints__enter__steps=steps)
    assert seen(done, window="late", outcome=outcome) >= 27
    assert seen(done, window="late", outcome="limited") == 0
    assert total(done.replications[0].samples, "limiter_failures") >= 28


def test_a_challenge_clears_for_a_while(tmp_path: Path) -> None:
    """Solved at 0, 20 and 40 s, in 2 s; who cannot solve it is refused each time."""
    steps = {"prove": {"challenge": "solves", "takes": "2s", "clearance": "18s"}}
    every = {"call": "enter", "every": "1s"}
    done = door(tmp_path, endpoints__enter__steps=steps, clients__guest__loops__go=every)
    samples = done.replications[0].samples
    assert total(samples, "challenges", result="solved") == 3
    assert total(samples, "challenges", result="failed") == 0
    never = door(tmp_path, endpoints__enter__steps=steps, clients__guest__attributes={"solves": 0.0})
    assert seen(never, outcome="served") == 0
    assert seen(never, status="403") == total(never.replications[0].samples, "challenges", result="failed") >= 58


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"endpoints__enter__steps__gate": {"limit": "gat"}}, "no bucket or limiter station is called 'gat'"),
        ({"endpoints__enter__edge": {"shut": {"limit": "gate"}}}, "edge is what happens before a function"),
        ({"endpoints__enter__steps__gate": {"challenge": "tall"}}, "no client has the attribute 'tall'"),
        (
            {"endpoints__enter__steps__gate__store": {"station": "gate", "demand": "1ms", "timeout": "1s"}},
            "no sharing station is called 'gate'",
        ),
        ({"stations__gate__window": 10}, "stations.gate.window"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, parts: dict[str, Any], told: str) -> None:
    """With where it stands and what would fit."""
    with pytest.raises(EventLiveError, match=told):
        door(tmp_path, **parts)


# ---------------------------------------------------------------- EventLive


@cache
def flood(tickets: str, bots: int) -> Run:
    sets = [f"clients.bot.people={bots}", "clients.participant.people=50", "clients.visitor.people=100"]
    world = resolve_scenario("flood", sets=[*sets, "duration=5m", "windows.flood=[3m, 5m]"])
    return run(resolve_design(f"before{tickets}"), world)


def reached(done: Run) -> int:
    samples = done.replications[0].samples
    return sum(total(samples, "queries", "flood", endpoint=name) for name in ("sign_up", "survey_register"))


def test_tenfold_bots_are_held_where_they_are_limited() -> None:
    """Ten times the bots: without limits what reaches the database multiplies; of that, challenge and address leave a tenth."""
    assert reached(flood("", 100)) > 5 * reached(flood("", 10))
    assert reached(flood("+7-2:address+7-2:challenge", 100)) < 0.1 * reached(flood("", 100))


def test_people_behind_one_address_are_refused_by_mistake() -> None:
    """With no bot at all: a tight limit by address refuses those who share one, and nobody else."""
    tight = "+7-2:address:calls=1:window=5m"
    done = flood(tight, 0)
    refused = seen(done, client="visitor", outcome="limited")
    assert 0 < refused < seen(done, client="visitor")
    assert seen(flood("+7-2:address:calls=1000", 0), client="visitor", outcome="limited") == 0


def test_the_engines_agree_on_the_flood() -> None:
    """Every recorded figure."""
    agree(flood("+7-2:address+7-2:device+7-2:challenge", 10).program, traced=False)
