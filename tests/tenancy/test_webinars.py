"""Several webinars at once: what they share, what is each one's own, and that engines agree on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.webinars import alone, neighbourhoods
from eventlive_sim.program.lower import lower
from eventlive_sim.program.scoped import unscoped
from tests.conformance.test_engines_agree import agree
from tests.tenancy.webinars import EVERYWHERE, OWN_DEPLOYMENT, OWN_PROJECT, SHARED, Event, built, webinar, world

PAIR = {"quiet": webinar(10), "loud": webinar(30, 3)}
QUOTAS = {"quotas": {"requests": 2, "wait": "50ms", "connections": 20, "messages_second": 2}}
STORM = {"outage": {"service": "realtime", "from": "20s", "lasts": "10s"}}


def test_with_a_deployment_of_its_own_a_webinar_meets_what_it_meets_alone() -> None:
    """Every count, every histogram, every station: not alike but the same."""
    scenario = world(PAIR)
    design = built(OWN_DEPLOYMENT)
    beside, by_itself = Event(design, scenario), Event(design, alone(scenario, "quiet"))
    assert len(by_itself.figures()) > 15
    assert beside.figures("quiet") == by_itself.figures()


@pytest.mark.parametrize("tenancy", [SHARED, OWN_PROJECT], ids=["one project", "one deployment"])
def test_with_anything_shared_a_webinar_notices_the_other(tenancy: dict[str, Any]) -> None:
    """The test above can fail."""
    scenario, design = world(PAIR), built(tenancy)
    assert Event(design, scenario).figures("quiet") != Event(design, alone(scenario, "quiet")).figures()


def test_the_same_people_come_wherever_they_live() -> None:
    """Arrivals are of the people, not of the place."""
    arrived = [
        {key: value for key, value in Event(built(tenancy), world(PAIR)).figures("loud").items() if key[0] == "people"}
        for tenancy in EVERYWHERE
    ]
    assert arrived[0]
    assert arrived[0] == arrived[1] == arrived[2]


def test_what_is_shared_is_there_once() -> None:
    """Stations of a project and of a deployment, by tenancy."""
    counts = {"functions": (1, 1, 2), "db_cpu": (1, 2, 2), "rest_pool": (1, 2, 2), "lock.seats": (2, 2, 2)}
    for name, expected in counts.items():
        found = [
            sum(unscoped(spec.name)[1] == name for spec in lower(built(tenancy), world(PAIR)).stations)
            for tenancy in EVERYWHERE
        ]
        assert tuple(found) == expected, name


def test_a_single_webinar_is_the_scenario_as_it_always_was() -> None:
    """Row for row; only names differ."""
    scenario = world({"only": PAIR["loud"]})
    plain = Scenario.model_validate({"format": 1, "duration": "40s", "bins": "1s", "clients": PAIR["loud"]["clients"]})
    one, other = lower(built(SHARED), scenario), lower(built(SHARED), plain)
    assert np.array_equal(one.code, other.code)
    assert np.array_equal(one.constants, other.constants)


@pytest.mark.parametrize("tenancy", [*EVERYWHERE, QUOTAS], ids=["shared", "project", "deployment", "quotas"])
def test_engines_agree(tenancy: dict[str, Any]) -> None:
    """Event for event, with storms, faults of a platform, and knobs that one webinar turns."""
    loud = webinar(
        12,
        2,
        faults=STORM,
        platform_faults={"slow": {"service": "postgres", "from": "15s", "lasts": "5s", "speed": 0.1}},
        disturbances={"rush": {"load": "guest", "factor": 5, "from": "10s", "lasts": "5s"}},
        sources={"bots": {"call": "sit", "every": "exp(500ms)"}},
    )
    everybody = {"late": {"service": "rest", "from": "36s", "lasts": "2s", "delay": "300ms", "share": 0.5}}
    agree(lower(built(tenancy), world({"quiet": webinar(6), "loud": loud}, faults=everybody)), seed=3)


@pytest.mark.parametrize(("tenancy", "meets_it"), [(SHARED, True), (OWN_PROJECT, False)])
def test_a_fault_of_a_platform_is_met_by_all_who_are_on_it(tenancy: dict[str, Any], meets_it: bool) -> None:
    """Realtime of the loud one's project goes: who shares it loses sockets too."""
    event = Event(built(tenancy), world({"quiet": webinar(6), "loud": webinar(6, platform_faults=STORM)}))
    assert event.total("realtime_sockets", "loud", change="close") == 6
    assert (event.total("realtime_sockets", "quiet", change="close") == 6) is meets_it
    assert (event.total("attempts", "quiet", endpoint="read") > 0) is meets_it


@pytest.mark.parametrize("tenancy", EVERYWHERE)
def test_a_fault_of_people_is_theirs_alone(tenancy: dict[str, Any]) -> None:
    """Wherever the webinars live."""
    event = Event(built(tenancy), world({"quiet": webinar(6), "loud": webinar(6, faults=STORM)}))
    assert event.total("realtime_sockets", "loud", change="close") == 6
    assert event.total("realtime_sockets", "quiet", change="close") == 0


def test_what_is_said_in_one_webinar_is_not_told_in_the_other() -> None:
    """A message is counted once as sent and once for each who is on the channel: six of the quiet one, none of loud."""
    speaking = {"clients": {"speaker": {"loops": {"say": {"call": "say", "first": "30s", "every": "40s"}}}}}
    event = Event(built(SHARED, speaking), world({"quiet": webinar(6), "loud": webinar(9, 0)}))
    assert event.total("realtime_sent", "quiet") == 1
    assert event.total("realtime_messages", "quiet") == 1 + 6
    assert event.total("realtime_sent", "loud") == 0


def test_a_quota_of_sockets_is_of_each_webinar() -> None:
    """Four may connect in each; the rest of the loud one is refused for ever."""
    event = Event(built({"quotas": {"connections": 4}}), world({"quiet": webinar(3), "loud": webinar(9)}))
    assert event.total("realtime_sockets", "quiet", change="open") == 3
    assert event.total("realtime_sockets", "loud", change="open") == 4
    assert event.total("realtime_connects", "loud", tag=429) > 0
    assert event.total("realtime_connects", "quiet", tag=429) == 0


def test_a_quota_of_messages_silences_who_says_too_much() -> None:
    """Of the loud one much is not told, of the quiet one nothing is lost; no channel is closed for it."""
    event = Event(built({"quotas": {"messages_second": 3}}), world({"quiet": webinar(3), "loud": webinar(9, 4)}))
    assert event.total("realtime_dropped", "loud") > event.total("realtime_messages", "loud") > 0
    assert event.total("realtime_dropped", "quiet") == 0
    assert event.total("realtime_closed", "loud") == 0


def test_a_quota_of_requests_refuses_the_loud_one_and_keeps_the_quiet_one_fast() -> None:
    """A database so slow that the loud one fills it: with quotas its calls are answered 429, and the other goes on."""
    slow = {"platform": {"project": {"postgrest": {"cpu": "20ms"}}}}
    pair = world({"quiet": webinar(3), "loud": webinar(60)}, "30s")
    free, held = (Event(built(quotas, slow), pair) for quotas in (SHARED, {"quotas": {"requests": 1, "wait": "500ms"}}))
    assert free.worst("call_duration", "quiet", endpoint="sit") > 2 * held.worst(
        "call_duration", "quiet", endpoint="sit"
    )
    assert held.total("quota_refused", "loud") == held.total("calls", "loud", tag=429, endpoint="sit") > 0
    assert held.total("quota_refused", "quiet") == 0


def test_a_browser_that_calls_the_project_itself_passes_by() -> None:
    """What runs in no function asks for no turn."""
    direct = {"endpoints": {"sit": {"runs_on": "supabase"}}}
    event = Event(built({"quotas": {"requests": 1, "wait": "0s"}}, direct), world({"loud": webinar(60)}, "20s"))
    assert event.total("quota_refused", "loud") == 0
    assert event.total("calls", "loud", tag=200, endpoint="sit") > 0


def test_neighbours_are_added_up_where_they_share_a_project() -> None:
    """For arithmetic: people of one client in two webinars are one crowd, or two."""
    pair = world(PAIR)
    ((name, together),) = neighbourhoods(built(SHARED), pair)
    assert (name, together.clients["guest"].people, together.webinars) == ("", 40, {})
    apart = dict(neighbourhoods(built(OWN_PROJECT), pair))
    assert {key: one.clients["guest"].people for key, one in apart.items()} == {"quiet": 10, "loud": 30}
