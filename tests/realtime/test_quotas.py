"""Quotas: what is counted, over which window, and what happens beyond each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.realtime.rooms import Room, joined, quota

TRACKED: dict[str, Any] = {"channels": {"talk": {"presence": "who"}}}
SPOKEN: dict[str, Any] = {
    "channels": {"talk": {"table": "lines"}},
    "clients": {"speaker": {"loops": {"say": {"call": "say", "first": "10s", "every": "1s", "timing": "open"}}}},
}


def test_who_comes_over_the_connections_gets_429_and_tries_for_ever() -> None:
    """Ten people and six connections: four tries at 0, 1, 3, 8, 18 seconds and every 10 from then on, all refused."""
    room = Room(quota(connections=6), duration="50s")
    assert room.by_second("realtime_connects", 101) == {0: 6}
    assert room.by_second("realtime_connects", 429) == dict.fromkeys((0, 1, 3, 8, 18, 28, 38, 48), 4)
    # They poll every 2 s from 2 s on, until the end at 50 s.
    assert room.total("attempts", endpoint="read") == 4 * 24


def test_a_refusal_takes_its_time() -> None:
    """The service waits 2 s before it refuses: tries at 0, then 2 + 1 later, then 2 + 2 later."""
    slow = {"platform": {"project": {"realtime": {"refusal": "2s"}}}}
    room = Room(joined(quota(connections=6), slow), duration="11s")
    assert room.by_second("realtime_connects", 429) == {2: 4, 5: 4, 9: 4}


def test_a_place_that_is_left_is_taken() -> None:
    """Six places; the six of the first kind leave at 20 s, and the four others are let in at their next try, at 29 s.

    They come at 1 s and are refused then, 1, 3, 8 and 18 s later.
    """
    over = joined(quota(connections=6), {"clients": {"late": {"channels": ["talk"]}}})
    late = {"late": {"people": 4, "arrive": "1s"}}
    room = Room(over, people=6, guest={"stay": "20s"}, clients=late, duration="40s")
    assert room.by_second("realtime_connects", 429) == dict.fromkeys((1, 2, 4, 9, 19), 4)
    assert room.by_second("realtime_connects", 101) == {0: 6, 29: 4}


def test_joins_are_averaged_over_what_there_is_of_a_minute() -> None:
    """Limit 1 a second. 200 people join within 20 s, ten a second: the first completed tick closes the door.

    In the first 5 s nothing is known yet. From then on the average is at least 50 / 5 s, until a minute holds fewer than
    60 joins: whoever tried is refused with 429 at the handshake, and no join is counted beyond those that were under way.
    """
    room = Room(quota(joins_second=1), people=200, guest={"arrive": "uniform(0s, 20s)"}, duration="30s")
    opened = room.by_second("realtime_connects", 101)
    assert max(opened) < 5
    assert sum(opened.values()) == room.total("realtime_joins", 200)
    assert 30 <= sum(opened.values()) <= 70
    assert room.total("realtime_connects", 429) > 0


def test_a_broadcast_is_counted_once_for_each_receiver() -> None:
    """Twelve people, five lines at 10 to 14 s: sent 5 times, told to 12 each, billed 13 each."""
    room = Room(SPOKEN, people=12, clients={"speaker": {"people": 1}}, duration="15s")
    assert room.by_second("realtime_sent") == dict.fromkeys((10, 11, 12, 13, 14), 1)
    assert room.by_second("realtime_messages") == dict.fromkeys((10, 11, 12, 13, 14), 13)


def test_broadcasts_beyond_the_quota_close_the_channel_of_everybody_for_good() -> None:
    """12 receivers and the sender are 13 messages a second, averaged over the time since the start.

    From 10 s on: at the tick of 15 s it is 5 x 13 / 15 = 4.3, at 20 s 10 x 13 / 20 = 6.5. With a limit of 6 the line
    of 20 s closes the channel for all twelve, nobody joins again, and all of them poll from then on.
    """
    room = Room(joined(SPOKEN, quota(messages_second=6)), people=12, clients={"speaker": {"people": 1}}, duration="40s")
    assert room.by_second("realtime_closed", reason="messages_second") == {20: 12}
    assert max(room.by_second("realtime_messages")) == 19
    assert room.by_second("realtime_joins", 200) == {0: 12}
    assert room.by_second("attempts", endpoint="read") == dict.fromkeys(range(22, 40, 2), 12)


def test_a_client_may_join_again_what_was_closed() -> None:
    """As the documentation says: after a second each of the twelve is back."""
    again = {"platform": {"project": {"realtime": {"rejoin_closed": True}}}}
    over = joined(joined(SPOKEN, quota(messages_second=6)), again)
    room = Room(over, people=12, clients={"speaker": {"people": 1}}, duration="22s")
    assert room.by_second("realtime_joins", 200)[21] == 12


def test_row_changes_beyond_the_quota_are_dropped_in_silence() -> None:
    """As above with 12 receivers a change: 12 x 5 / 15 = 4 at 15 s, 12 x 10 / 20 = 6 at 20 s, which is the limit.

    What comes then is dropped: no channel closes, nobody polls, and the window forgets nothing before 70 s. The average
    falls, since time passes: 120 told in 20 s; at 25 s it is 4.8, and the changes of the next 5 s are told again.
    """
    by_changes = {"channels": {"talk": {"by": "changes"}}}
    over = joined(joined(SPOKEN, quota(messages_second=6)), by_changes)
    room = Room(over, people=12, clients={"speaker": {"people": 1}}, duration="30s")
    dropped = room.by_second("realtime_dropped")
    assert set(dropped) == {20, 21, 22, 23, 24}
    assert sum(dropped.values()) == 5 * 12
    assert room.total("realtime_closed") == 0
    assert room.total("attempts", endpoint="read") == 0


def test_nodes_count_for_themselves() -> None:
    """Two nodes allow twice the rate: the channel of the case above stays open."""
    two = {"platform": {"project": {"realtime": {"nodes": 2}}}}
    over = joined(joined(SPOKEN, quota(messages_second=6)), two)
    room = Room(over, people=12, clients={"speaker": {"people": 1}}, duration="40s")
    assert room.total("realtime_closed") == 0


@pytest.mark.parametrize("people", [1, 7, 40])
def test_a_room_that_fills_tells_everybody_of_everybody(people: int) -> None:
    """The k-th to join is sent the state and calls `track`, and k members are told: 2 N + N (N + 1) / 2 in all."""
    room = Room(TRACKED, people=people, duration="5s")
    assert room.total("presence_messages") == 2 * people + people * (people + 1) // 2
    assert room.total("presence_calls") == people


def test_presence_beyond_the_quota_closes_the_channel_of_who_joins_only() -> None:
    """30 people at once, 10 more after 6 s: by then the average of the first 5 s is (60 + 465) / 5 = 105.

    With a limit of 100 the ten lose their channel as they join and poll; the thirty who are silent stay.
    """
    over = joined(joined(TRACKED, quota(presence_second=100)), {"clients": {"latecomer": {"channels": ["talk"]}}})
    latecomers = {"latecomer": {"people": 10, "arrive": "6s"}}
    room = Room(over, people=30, clients=latecomers, duration="9s")
    assert room.by_second("realtime_closed", reason="presence_second") == {6: 10}
    assert room.by_second("realtime_joins", 200) == {0: 30}
    open_door = Room(joined(over, quota(presence_second=106)), people=30, clients=latecomers, duration="9s")
    assert open_door.total("realtime_closed") == 0


@pytest.mark.parametrize(("every", "closed"), [("5s", {25: 10}), ("6s", {}), ("7s", {})])
def test_the_sixth_call_of_track_within_30_seconds_closes_the_channel(every: str, closed: dict[int, int]) -> None:
    """The join is the first call. Every 5 s: the sixth at 25 s; every 6 s at 30 s: the window begins anew just then."""
    over = {"clients": {"guest": {"checks": {"login": {"on": "talk", "by": "track", "every": every}}}}}
    room = Room(joined(over, quota(presence_calls=5)), duration="60s")
    assert room.by_second("realtime_closed", reason="presence_calls") == closed
    unlimited = Room(joined(over, quota(presence_calls=0)), duration="60s")
    assert unlimited.total("realtime_closed") == 0


def test_reading_local_state_costs_nothing() -> None:
    """The same check by state: one call at the join, none later."""
    over = {"clients": {"guest": {"checks": {"login": {"on": "talk", "by": "state", "every": "5s"}}}}}
    room = Room(joined(over, quota(presence_calls=5)), duration="60s")
    assert room.by_second("presence_calls") == {0: 10}
    assert room.total("realtime_closed") == 0


def test_row_checks_are_one_after_the_other_on_the_database() -> None:
    """20 subscribers, 50 ms each: a second of one core a change, however many cores there are.

    Five changes at once: taken together at the next beat after they are committed, told 5 s of work later.
    """
    over = {
        "platform": {"project": {"postgres": {"cores": 4}, "realtime": {"check": "50ms"}}},
        "channels": {"talk": {"table": "lines", "by": "changes"}},
        "clients": {"guest": {"loops": {}}, "speaker": {"loops": {"say": {"call": "say", "first": "10100ms"}}}},
    }
    room = Room(over, people=20, clients={"speaker": {"people": 5}}, duration="30s")
    assert room.by_second("realtime_messages") == {15: 5 * 20 + 1}
    assert room.trend("freshness", of="talk")[2] == pytest.approx(5.4, abs=0.001)


def test_a_policy_adds_to_each_row_check() -> None:
    """10 ms of its own and 40 ms of the policy of its table: the same second a change."""
    over = {
        "platform": {"project": {"realtime": {"check": "10ms"}}},
        "tables": {"lines": {"policy": {"check": "40ms"}}},
        "channels": {"talk": {"table": "lines", "by": "changes"}},
        "clients": {"guest": {"loops": {}}, "speaker": {"loops": {"say": {"call": "say", "first": "10s"}}}},
    }
    room = Room(over, people=20, clients={"speaker": {"people": 1}}, duration="30s")
    # Committed at 10 s, looked at on the idle beat of 500 ms, asked for one second.
    assert room.trend("freshness", of="talk")[2] == pytest.approx(1.5, abs=0.001)
