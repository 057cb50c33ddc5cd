"""Faults of the other services: out, or slow, for a while and for some."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.model.scenario import Scenario
from tests.realtime.rooms import Room

ASKING: dict[str, Any] = {
    "platform": {"project": {"postgres": {"costs": {"insert": "10ms"}}}},
    "endpoints": {
        "known": {"runs_on": "supabase", "steps": {"user": {"auth": "get_user"}}},
        "rendered": {"runs_on": "vercel", "cpu": "10ms", "steps": {"d": {"delay": "1us"}}},
    },
    "clients": {
        "speaker": {
            "loops": {
                "say": {"call": "say", "every": "1s", "timing": "open"},
                "know": {"call": "known", "every": "1s", "timing": "open"},
                "render": {"call": "rendered", "every": "1s", "timing": "open"},
            }
        }
    },
}
CALLS = {"rest": "say", "auth": "known", "functions": "rendered"}


def room(**fault: Any) -> Room:
    """One speaker, and one fault from 10.5 s on for 5 s."""
    return Room(
        ASKING,
        people=1,
        clients={"speaker": {"people": 1}},
        duration="20s",
        faults={"f": {"from": "10500ms", "lasts": "5s", **fault}},
    )


@pytest.mark.parametrize("service", ["rest", "auth", "functions"])
def test_an_outage_answers_503_while_it_lasts(service: str) -> None:
    """Calls at 11 to 15 s: five, of that service only."""
    found = room(service=service)
    for name, endpoint in CALLS.items():
        expected = dict.fromkeys(range(11, 16), 1) if name == service else {}
        assert found.by_second("calls", 503, endpoint=endpoint) == expected


def test_an_outage_of_the_database_takes_what_stands_on_it_along() -> None:
    """REST and Auth answer 503, functions without a query do not."""
    found = room(service="postgres")
    assert [found.total("calls", 503, endpoint=CALLS[name]) for name in ("rest", "auth", "functions")] == [5, 5, 0]


def test_a_dragging_database_takes_longer() -> None:
    """An insert takes 10 ms, and 100 ms while the cores run at a tenth of their speed; then 10 ms again."""
    found = room(service="postgres", speed=0.1)
    count, least, most = found.trend("call_duration", endpoint="say")
    assert count == 20
    assert (least, most) == (pytest.approx(0.01), pytest.approx(0.1))


def test_slow_functions_take_longer() -> None:
    """10 ms of work, 40 ms at a quarter of the speed."""
    found = room(service="functions", speed=0.25)
    assert found.trend("call_duration", endpoint="rendered")[1:] == (
        pytest.approx(0.010001),
        pytest.approx(0.040001),
    )


@pytest.mark.parametrize(("service", "endpoint"), [("rest", "say"), ("auth", "known")])
def test_a_slow_service_holds_its_connections_longer(service: str, endpoint: str) -> None:
    """Two seconds more: the longest call takes that long."""
    assert room(service=service, delay="2s").trend("call_duration", endpoint=endpoint)[2] == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"service": "realtime", "speed": 0.5}, "speed does not fit realtime"),
        ({"service": "postgres", "delay": "1s"}, "delay does not fit postgres"),
        ({"service": "postgres", "speed": 0.5, "share": 0.5}, "share does not fit a speed"),
        ({"service": "rest", "silent": True}, "silent does not fit"),
    ],
)
def test_what_does_not_fit_a_service_is_refused(fault: dict[str, Any], words: str) -> None:
    """Each with what to write instead."""
    with pytest.raises(ValueError, match=words):
        Scenario.model_validate(
            {"format": 1, "duration": "1m", "faults": {"f": {"from": "1s", "lasts": "1s", **fault}}}
        )
