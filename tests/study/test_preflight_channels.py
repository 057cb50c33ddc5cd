"""What a scenario asks of the Realtime quota, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.study.preflight import Part, Preflight, preflight
from tests.realtime.rooms import DESIGN, joined

LIMITS = {"connections": 50, "messages_second": 100, "presence_second": 200}
SPOKEN = {
    "platform": {"project": {"realtime": {"quotas": {"small": LIMITS}, "check": "1ms"}}},
    "channels": {"talk": {"table": "lines", "by": "changes"}},
    "clients": {
        "guest": {"tabs": {"1": 0.5, "2": 0.5}},
        "speaker": {"loops": {"say": {"call": "say", "every": "2s"}}},
    },
}


def of(over: dict[str, Any], guests: int) -> Preflight:
    """Preflight of some guests on the channel and four speakers who are not."""
    clients = {"guest": {"people": guests}, "speaker": {"people": 4}}
    world = Scenario.model_validate({"format": 1, "duration": "1h", "clients": clients})
    return preflight(Design.model_validate(joined(joined(DESIGN, SPOKEN), over)), world)


def parts(result: Preflight) -> dict[str, Part]:
    return {part.name: part for part in result.parts}


def test_connections_and_messages_by_hand() -> None:
    """40 guests have 60 tabs; two lines a second are told to each, each asked for 1 ms: 0.12 of a core."""
    found = parts(of({}, 40))
    assert (found["Realtime connections"].offered, found["Realtime connections"].capacity) == (60, 50)
    assert (found["row changes told"].offered, found["row changes told"].capacity) == (120, 100)
    assert found["row checks"].offered == pytest.approx(0.12)
    assert "presence messages" not in found


def test_broadcasts_are_a_limit_of_their_own() -> None:
    """By broadcast nothing is asked of the database."""
    found = parts(of({"channels": {"talk": {"by": "broadcast"}}}, 40))
    assert found["broadcasts told"].offered == 120
    assert {"row changes told", "row checks"}.isdisjoint(found)


@pytest.mark.parametrize(("scope", "told"), [("world", 60), ("person", 1.5)])
def test_presence_by_hand(scope: str, told: float) -> None:
    """60 tabs call every 5 s, one message each and one for everybody on the channel."""
    over = {
        "channels": {"side": {"scope": scope}},
        "clients": {"guest": {"checks": {"login": {"on": "side", "by": "track", "every": "5s"}}}},
    }
    assert parts(of(over, 40))["presence messages"].offered == pytest.approx(60 / 5 * (1 + told))


def test_each_limit_says_what_happens_beyond_it() -> None:
    """Within all of them nothing is said."""
    told = " ".join(of({}, 40).warnings)
    assert "refused and tries for ever" in told
    assert "dropped in silence" in told
    assert of({}, 20).warnings == ("guest: all come at one instant; their first calls queue up whatever there is",)


def test_a_fallback_is_no_load_while_the_channels_are_up() -> None:
    """Before, S2: the quiet load is small, and everybody on the fallback is more than the cores can do."""
    before = resolve_design("before").design
    found = parts(preflight(before, resolve_scenario("s2_realtime_outage").scenario))
    assert found["database cores"].share < 0.2
    assert found["database cores, channels down"].share > 1
    after = resolve_design("after").design
    found = parts(preflight(after, resolve_scenario("s2_realtime_outage").scenario))
    assert found["database cores, channels down"].share < 0.5
