"""A second login of the same person: how long it takes the first tab to notice, by each way of looking."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.rooms import Room, joined, outage, quota

AGAIN = {"again": {"share": 1.0, "after": "12s"}}
NETWORK: dict[str, Any] = {"platform": {"network": {"client_project": "100ms"}}}


def checked(by: str, **more: Any) -> dict[str, Any]:
    """Part of a design: the check on a channel of each person's own."""
    check = {"on": "own", "by": by, "every": "5s", **more}
    return {"channels": {"own": {"scope": "person"}}, "clients": {"guest": {"checks": {"login": check}}}}


@pytest.mark.parametrize("by", ["state", "track"])
def test_a_check_every_5_seconds_notices_at_the_next_one(by: str) -> None:
    """The second login comes at 12 s; the first tab looks at 5, 10 and 15 s: three seconds, once for each of ten people."""
    room = Room(checked(by), guest=AGAIN, duration="24s")
    assert room.trend("detection", of="login") == (10, 3.0, 3.0)


def test_a_check_that_was_closed_notices_nothing() -> None:
    """The sixth call within 30 s closes the channel at 25 s; whoever logs in at 26 s is never noticed."""
    room = Room(
        joined(checked("track"), quota(presence_calls=5)),
        guest={"again": {"share": 1.0, "after": "26s"}},
        duration="2m",
    )
    assert room.total("logins_again") == 10
    with pytest.raises(AssertionError, match="nothing was recorded"):
        room.trend("detection", of="login")
    # Last looked at 25 s, as it called: when the event is over that is 95 s old.
    assert room.trend("freshness", of="login")[2] == pytest.approx(95, abs=0.001)


def test_an_event_is_noticed_after_the_ways_there_and_back() -> None:
    """Handshake out and back, join out and back, notice out: five ways of 100 ms; nobody asks in between."""
    room = Room(joined(checked("event"), NETWORK), guest=AGAIN, duration="30s")
    assert room.trend("detection", of="login") == (10, 0.5, 0.5)
    assert room.total("presence_messages") == 0


def test_an_event_that_was_missed_is_noticed_on_return() -> None:
    """Lost at 10 s for 10 s; both tabs are back by 28.x s, the first one at the tries 1, 3, 8, 18 s after the loss.

    The second login tries at 12 s and 1, 3, 8 and 18 s later. It is let in at 20 s; the first tab at 28 s: 16 s after it.
    """
    room = Room(checked("event"), guest=AGAIN, duration="60s", faults=outage("10s", "10s"))
    assert room.trend("detection", of="login") == (10, 16.0, 16.0)


def test_asking_an_endpoint_notices_at_the_next_question() -> None:
    """Every 45 s from the opening on: the login at 12 s is noticed at 45 s."""
    asks = {
        "endpoints": {
            "who": {"runs_on": "nothing", "shows": "login", "sees_logins": True, "steps": {"d": {"delay": "1us"}}}
        },
        "clients": {"guest": {"channels": [], "loops": {"ask": {"call": "who", "every": "45s"}}}},
    }
    alone = joined(asks, {"clients": {"guest": {"loops": {"fallback": {"call": "who", "while": None, "first": "1h"}}}}})
    room = Room(alone, guest=AGAIN, duration="50s")
    count, least, most = room.trend("detection", of="login")
    assert count == 10
    assert (least, most) == (pytest.approx(33, abs=0.001), pytest.approx(33, abs=0.001))


def test_only_a_share_logs_in_again() -> None:
    """A quarter of 400 people: within four standard deviations of 100, each noticed once."""
    room = Room(checked("state"), people=400, guest={"again": {"share": 0.25, "after": "3s"}}, duration="10s")
    again = room.total("logins_again")
    assert 65 <= again <= 135
    assert room.trend("detection", of="login")[0] == again


@pytest.mark.parametrize(("lasts", "back"), [("3s", 14), ("6s", 19)])
def test_ticks_keep_their_beat_while_the_channel_is_down(lasts: str, back: int) -> None:
    """Every 5 s from the opening on, but for those at which the channel was down; joining calls `track` as well."""
    room = Room(checked("track"), duration="50s", faults=outage("11s", lasts))
    expected = [0, 5, 10, back, *range(15 if back < 15 else 20, 50, 5)]
    assert room.by_second("presence_calls") == dict.fromkeys(expected, 10)


def test_a_check_whose_channel_stays_closed_makes_no_events() -> None:
    """Closed by the sixth call at 25 s: an hour costs as many events as two minutes."""
    closed = joined(checked("track"), quota(presence_calls=5))
    short, long = (Room(closed, duration=duration).recording.totals.events for duration in ("2m", "1h"))
    assert short == long
