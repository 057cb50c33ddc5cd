"""Both engines run sessions alike, the auditor finds nothing in their traces, and drawn sessions reach every kind."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from eventlive_sim.engine.audit import audit
from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.trace import Trace
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.drawn_sessions import with_sessions
from eventlive_sim.study.selfcheck import DESIGN_EVERY, check_case, drawn_design
from tests.conformance.test_engines_agree import agree
from tests.sessions.house import Stay, house

BUSY = {
    "say": {"call": "note", "every": "exp(20s)"},
    "page": {"call": "page", "every": "exp(15s)", "timeout": "300ms"},
}
TOKENS = {"lifetime": "2m", "burst": 3, "every": "5s", "lock_pause": "uniform(10ms, 30ms)"}
FAULTS = {
    "late": {"service": "auth", "from": "60s", "lasts": "40s", "delay": "9s"},
    "out": {"service": "auth", "from": "140s", "lasts": "20s", "share": 0.5},
}
SESSIONS = {"age": "uniform(0s, 4m)", "ssr": 0.7, "written_back": 0.5, "storage": "local", "cooldown": "20s"}


@pytest.mark.parametrize("kind", ["v1", "v2"])
@pytest.mark.parametrize("flight", [{}, {"tabs": True, "server": True}, {"client": False}])
@pytest.mark.parametrize("after", ["keep", "sign_out"])
def test_engines_agree_and_the_auditor_finds_nothing(kind: str, flight: dict[str, bool], after: str) -> None:
    """Two tabs a person, pages and direct calls, short tokens, limits, delays and an outage at once."""
    sessions = SESSIONS | {"single_flight": flight, "after_failure": after, "signed_out": "go_on"}
    tree = house(sessions, loops=BUSY, tokens=TOKENS | {"kind": kind}, tabs=2)
    trace = Trace()
    stay = Stay(tree, people=8, duration="4m", faults=FAULTS, guest={"stay": "exp(3m)"}, trace=trace)
    assert stay.total("auth_requests", kind="token") > 20
    assert audit(stay.program, trace) == []
    agree(stay.program)


@pytest.mark.parametrize("expression", ["before+3-2:shared", "after"])
def test_engines_agree_on_the_wave(expression: str) -> None:
    """Ten people whose tokens expire together, over both waves."""
    sets = ["clients.participant.people=10", "clients.admin.people=0"]
    scenario = resolve_scenario("renewal_wave", sets=sets).scenario
    agree(lower(resolve_design(expression).design, scenario), traced=False)


def test_every_kind_is_drawn() -> None:
    """Of thirty drawings: each store, library, kind of token and flight, and each says a design that can be."""
    kinds: Counter[str] = Counter()
    for number in range(30):
        tree = with_sessions(Random(f"sessions {number}"), resolve_design("before").tree)
        Design.model_validate(tree)
        sessions = tree["clients"]["participant"]["sessions"]
        kinds.update(
            f"{key} {sessions[key]}" for key in ("storage", "after_failure", "signed_out", "functions_refresh")
        )
        kinds.update(f"{who} {joins}" for who, joins in sessions["single_flight"].items())
        kinds[tree["platform"]["project"]["auth"]["tokens"]["kind"]] += 1
    wanted = {"storage cookie", "storage local", "after_failure keep", "after_failure sign_out", "v1", "v2"}
    wanted |= {"signed_out stop", "signed_out go_on", "functions_refresh True", "functions_refresh False"}
    wanted |= {f"{who} {joins}" for who in ("client", "tabs", "server") for joins in (True, False)}
    assert wanted <= set(kinds)


def test_engines_agree_on_drawn_sessions() -> None:
    """Four of the designs that `selfcheck` draws with sessions."""
    numbers = [number for number in range(0, 40 * DESIGN_EVERY, DESIGN_EVERY) if number // DESIGN_EVERY % 4 >= 2][:4]
    assert [check_case(number).divergence for number in numbers] == [""] * 4


def test_drawn_sessions_meet_every_failure() -> None:
    """In the first thirty drawn on a small house: refreshes and each refusal, by browsers and by functions."""
    fast, met = engine_of(EngineName.FAST), Counter[str]()
    clients = {"guest": {"people": 12, "arrive": "uniform(0s, 30s)"}}
    faults = FAULTS | {"late": {"service": "auth", "from": "60s", "lasts": "40s", "delay": "11s"}}
    world = {"format": 1, "duration": "20m", "clients": clients, "faults": faults}
    for number in range(30):
        tree = with_sessions(Random(f"house {number}"), house({}, loops=BUSY, tabs=2))
        program = lower(Design.model_validate(tree), Scenario.model_validate(world))
        for (series, _), counts in fast(program, number).counts.items():
            spec = program.series[series]
            if spec.metric in {"refreshes", "refresh_errors", "sign_outs"}:
                tags = dict(spec.tags)
                met[f"{tags['by']} {tags.get('code') or tags.get('result') or spec.metric}"] += int(counts.sum())
    refused = ("refresh_token_already_used", "over_request_rate_limit", "request_timeout", "unavailable")
    wanted = {f"{by} {what}" for by in ("browser", "function") for what in ("rotated", "current", *refused)}
    assert wanted | {"browser sign_outs"} <= set(+met)
    assert drawn_design(2 * DESIGN_EVERY)[2].count("sessions") == 1
