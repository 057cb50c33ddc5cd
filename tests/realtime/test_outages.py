"""Sockets are lost and come back, and clients poll meanwhile: every time and count by hand."""

from __future__ import annotations

import pytest

from tests.realtime.rooms import Room, outage


def test_tries_to_reconnect_come_after_1_3_8_18_seconds_and_then_every_10() -> None:
    """Lost at 30 s, back at 100 s: tries at 31, 33, 38, 48, 58, 68, 78, 88, 98; the one at 108 s is let in. No jitter."""
    room = Room(faults=outage("30s", "70s"))
    assert room.by_second("realtime_connects", 503) == dict.fromkeys((31, 33, 38, 48, 58, 68, 78, 88, 98), 10)
    assert room.by_second("realtime_connects", 101) == {0: 10, 108: 10}
    assert room.by_second("realtime_joins", 200) == {0: 10, 108: 10}


def test_waits_begin_anew_after_a_connection() -> None:
    """Two outages of 2 s: each time the first try after one second fails and the second, two later, is let in."""
    faults = {
        "one": {"service": "realtime", "from": "20s", "lasts": "2s"},
        "two": {"service": "realtime", "from": "60s", "lasts": "2s"},
    }
    room = Room(faults=faults)
    assert room.by_second("realtime_connects", 503) == {21: 10, 61: 10}
    assert room.by_second("realtime_connects", 101) == {0: 10, 23: 10, 63: 10}


def test_polls_a_second_are_people_over_the_interval() -> None:
    """A channel is down from 30 to 38 s (closed at 30, let in at 38): first poll after 2 s, then every 2 s, nobody later."""
    room = Room(faults=outage("30s", "5s"))
    assert room.by_second("attempts", endpoint="read") == {32: 10, 34: 10, 36: 10}


@pytest.mark.parametrize(("people", "interval"), [(20, 4), (50, 10)])
def test_polls_a_second_in_a_long_outage(people: int, interval: int) -> None:
    """Over 100 s that a channel is down, people / interval polls a second, whatever their phases."""
    loop = {"first": f"uniform(0s, {interval}s)", "every": f"{interval}s"}
    room = Room(
        {"clients": {"guest": {"loops": {"fallback": loop}}}},
        people=people,
        duration="3m",
        faults=outage("40s", "3m"),
    )
    polls = room.by_second("attempts", endpoint="read")
    assert sum(count for second, count in polls.items() if 60 <= second < 160) == 100 * people // interval


def test_an_open_fallback_calls_by_the_clock() -> None:
    """Answers take 5 s, the interval is 2 s: open timing calls every 2 s, closed timing every 7 s."""
    slow = {"endpoints": {"read": {"steps": {"d": {"delay": "5s"}}}}}
    for timing, expected in (("open", {32, 34, 36, 38, 40, 42, 44}), ("closed", {32, 39})):
        over = {**slow, "clients": {"guest": {"loops": {"fallback": {"timing": timing}}}}}
        room = Room(over, people=1, duration="45s", faults=outage("30s", "1m"))
        assert set(room.by_second("attempts", endpoint="read")) == expected


def test_a_share_of_people_meets_an_outage() -> None:
    """Of 400 people about 100 lose their socket: within four standard deviations, and only they poll."""
    room = Room(people=400, faults=outage("30s", "5s", share=0.25))
    lost = room.total("realtime_sockets", change="close")
    assert 65 <= lost <= 135
    assert room.total("attempts", endpoint="read") == 3 * lost


def test_a_silent_outage_is_noticed_by_the_second_beat() -> None:
    """Connected at 0, beats every 25 s: silence from 30 s is asked at 50 and noticed at 75; before that nobody polls."""
    room = Room(faults=outage("30s", "80s", silent=True))
    assert room.by_second("realtime_sockets", change="close") == {75: 10}
    assert min(room.by_second("attempts", endpoint="read")) == 77
    # The try after one second hangs until somebody answers again.
    assert room.by_second("realtime_connects", -2) == {76: 10}
    assert room.by_second("realtime_connects", 101) == {0: 10, 110: 10}


def test_what_was_said_in_silence_is_missed_from_its_beginning() -> None:
    """Silent from 30 s, noticed at 75, first poll at 77: what is seen then is 47 s old, and a line at 40 s is told to nobody."""
    over = {
        "channels": {"talk": {"table": "lines", "by": "changes"}},
        "clients": {"speaker": {"loops": {"say": {"call": "say", "first": "40s"}}}},
    }
    room = Room(over, people=1, clients={"speaker": {"people": 1}}, faults=outage("30s", "80s", silent=True))
    assert room.trend("freshness", of="talk")[2] == pytest.approx(47, abs=0.001)
    assert room.total("realtime_messages") == 0


def test_a_short_silence_is_not_noticed() -> None:
    """Silent from 30 to 70 s: the beat at 50 s is answered late, but before the one at 75 s."""
    room = Room(faults=outage("30s", "40s", silent=True))
    assert room.total("realtime_sockets", change="close") == 0
    assert room.total("attempts", endpoint="read") == 0


def test_a_slow_service_is_late() -> None:
    """Handshake and join take 3 s longer each: the channel is up after 6 s, past two polls."""
    room = Room(faults={"slow": {"service": "realtime", "from": "0s", "lasts": "1m", "delay": "3s"}})
    assert room.by_second("realtime_joins", 200) == {6: 10}
    assert room.by_second("attempts", endpoint="read") == {2: 10, 4: 10}


def test_who_leaves_takes_the_socket_along() -> None:
    """Ten people stay 50 s: ten sockets opened, ten closed, and nobody tries again."""
    room = Room(guest={"stay": "50s"})
    assert room.by_second("realtime_sockets", change="close") == {50: 10}
    assert room.by_second("realtime_connects") == {0: 10}


def test_what_is_seen_ages_while_the_channel_is_down() -> None:
    """Lost at 30 s, polled at 32, 34 and 36 s, back at 38 s: each renewal finds what is 2 s old, and nothing is older."""
    room = Room(faults=outage("30s", "5s"), people=1)
    count, _, oldest = room.trend("freshness", of="talk")
    # The first join finds what is 0 s old.
    assert count == 1 + 3 + 1
    assert oldest == pytest.approx(2, abs=0.001)


def test_what_is_never_renewed_is_as_old_as_the_outage() -> None:
    """Without a fallback the age is counted when the event is over: 120 s less 30 s."""
    room = Room({"clients": {"guest": {"loops": {"fallback": {"first": "1h"}}}}}, people=1, faults=outage("30s", "90s"))
    assert room.trend("freshness", of="talk")[2] == pytest.approx(90, abs=0.001)


def test_hidden_tabs_rest() -> None:
    """Looked at for 40 s, hidden for 20 s, looked at again: polls stop with the first and begin anew with the second."""
    over = {
        "clients": {
            "guest": {"visibility": {"visible": "40s", "hidden": "20s"}, "loops": {"fallback": {"visible_only": True}}}
        }
    }
    room = Room(over, people=1, duration="70s", faults=outage("30s", "1m"))
    assert set(room.by_second("attempts", endpoint="read")) == {32, 34, 36, 38, 62, 64, 66, 68}


def test_a_hidden_tab_stretches_its_timers() -> None:
    """With timers of 10 s at least while hidden, polls come at 32 to 40 s, at 50 s, and every 2 s from 60 s on."""
    seen = {"visible": "39s", "hidden": "20s", "timer": "10s"}
    over = {"clients": {"guest": {"visibility": seen}}}
    room = Room(over, people=1, duration="65s", faults=outage("30s", "1m"))
    assert set(room.by_second("attempts", endpoint="read")) == {32, 34, 36, 38, 40, 50, 60, 62, 64}


def test_newer_libraries_reconnect_when_looked_at() -> None:
    """Hidden from 20 to 60 s, lost at 30 s: the tries of a hidden tab wait, so that the first one is at 60 s."""
    over = {
        "platform": {"project": {"realtime": {"reconnect_hidden": False}}},
        "clients": {"guest": {"visibility": {"visible": "20s", "hidden": "40s"}}},
    }
    room = Room(over, duration="70s", faults=outage("30s", "5s"))
    assert room.by_second("realtime_connects", 101) == {0: 10, 60: 10}
    assert room.total("realtime_connects", 503) == 0


def test_a_client_may_take_any_closed_channel_as_down() -> None:
    """`any` of two channels: with one of them closed for good the fallback runs, with both needed it does not."""
    closing = {"on": "side", "by": "track", "every": "5s"}
    for condition, falls_back in (({"any": [{"talk": "down"}, {"side": "down"}]}, True), ({"talk": "down"}, False)):
        over = {
            "platform": {"project": {"realtime": {"quotas": {"small": {"presence_calls": 5}}}}},
            "channels": {"side": {"scope": "person"}},
            "clients": {"guest": {"checks": {"login": closing}, "loops": {"fallback": {"while": condition}}}},
        }
        room = Room(over, duration="40s")
        assert (room.total("attempts", endpoint="read") > 0) is falls_back
