"""Races for a refresh token, worked out by hand: two tabs, two functions, and a tab against a function."""

from __future__ import annotations

import pytest

from tests.sessions.house import MS, Stay, house

DUE = {"age": "58m30s"}
"""At the doors the access token has three ticks of 30 s left: the first look of the library refreshes it."""
EXPIRED = {"age": "2h"}


def test_a_refresh_takes_its_statements() -> None:
    """Six statements of checks and eighteen in the transaction, 1 ms each; 100 ms there and back."""
    stay = Stay(house(DUE))
    assert stay.total("auth_requests", 200, kind="token") == 1
    assert stay.total("auth_statements", kind="token") == 24
    assert stay.times("auth_duration", kind="token") == (1, 24 * MS, 24 * MS)
    assert stay.times("refresh_duration", by="browser") == (1, 224 * MS, 224 * MS)


def test_the_next_refresh_comes_when_three_ticks_are_left() -> None:
    """Looks every 30 s after the answer; the new token, given at 124 ms, has under four whole ticks left from 3,480 s on.

    The looks are at 0.224 s and every 30 s later: the 116th at 3,480.224 s. Two refreshes in an hour, the age of one.
    """
    for duration, refreshes in (("3480s", 1), ("3481s", 2)):
        assert Stay(house(DUE), duration=duration).total("auth_requests", 200, kind="token") == refreshes


def look_that_refreshes(visible_s: float, hidden_s: float, expires_s: float) -> float:
    """When the library, which looks every 30 s and as a tab is shown again, first finds three ticks left or fewer [s]."""
    now = 0.0
    while True:
        into = now % (visible_s + hidden_s)
        if into > visible_s:
            now += visible_s + hidden_s - into
        if (expires_s - now) // 30 <= 3:
            return now
        now += 30


@pytest.mark.parametrize("visible_s", [41.0, 100.0, 133.0, 20_000.0])
@pytest.mark.parametrize("hidden_s", [7.0, 37.0, 300.0, 900.0])
def test_ticks_rest_while_the_tab_is_hidden_and_keep_their_beat_else(visible_s: float, hidden_s: float) -> None:
    """Ticks at which nothing is done are passed over; the one that refreshes comes when it would come among all of them."""
    seen = {"visibility": {"visible": f"{visible_s:g}s", "hidden": f"{hidden_s:g}s"}}
    stay = Stay(house({"age": "40m"}, more={"clients": {"guest": seen}}), duration="40m")
    (bins,) = (
        sums
        for (series, _), sums in stay.recording.sums.items()
        if stay.program.series[series].metric == "auth_requests"
    )
    expected = look_that_refreshes(visible_s, hidden_s, 1200)
    assert bins.nonzero()[0].tolist() == [int(expected + 0.124)]


def test_two_tabs_without_a_lock_both_refresh_and_nobody_errs() -> None:
    """Both requests arrive at 100 ms. One locks the rows from 106 to 124 ms; the other finds them locked.

    It has spent 6 + 3 ms at 109, looks again at 129, is through the checks at 135 and finds the rows free: its token is the
    parent of the active one, which it is given. 18 ms later, at 153 ms, both hold the same token.
    """
    stay = Stay(house(DUE, tabs=2))
    assert stay.total("refreshes", by="browser", result="rotated") == 1
    assert stay.total("refreshes", by="browser", result="current") == 1
    assert stay.total("refresh_waits") == 1
    assert stay.times("auth_duration", kind="token") == (2, 24 * MS, 53 * MS)
    assert stay.total("auth_statements", kind="token") == 24 + (6 + 3) + 24
    assert stay.total("refresh_errors") == 0


def test_two_tabs_with_a_lock_refresh_once() -> None:
    """The tab that opens the browser's lock second finds a new token in the store."""
    stay = Stay(house(DUE | {"single_flight": {"tabs": True}}, tabs=2))
    assert stay.total("auth_requests", kind="token") == 1
    assert stay.total("refresh_waits") == 0


def test_calls_of_one_tab_join_its_refresh() -> None:
    """Three direct calls and the tick, all at the opening: one refresh; without joining, each has its own."""
    loops = {f"say{number}": {"call": "note"} for number in range(3)}
    for client, requests in ((True, 1), (False, 4)):
        stay = Stay(house(EXPIRED | {"single_flight": {"client": client}}, loops=loops))
        assert stay.total("auth_requests", 200, kind="token") == requests
        assert stay.total("calls", 201) + stay.total("calls", 200) == 3


def test_a_direct_call_waits_for_the_refresh_of_its_token() -> None:
    """224 ms for the token; the call itself takes 200 ms."""
    stay = Stay(house(EXPIRED, loops={"say": {"call": "note"}}))
    assert stay.times("call_duration", endpoint="note") == (1, 424 * MS, 424 * MS)


def test_a_loser_gives_up_after_its_time_and_no_look_is_free() -> None:
    """Statements of 20 ms: the transaction holds the rows for 360 ms. Whoever looks for 100 ms only is told 409.

    Both arrive at 100 ms and reach the rows after 120; the loser spends 60 on its transaction and 20 on its pause.
    """
    auth = {"platform": {"project": {"auth": {"statement": "20ms"}}}}
    stay = Stay(house(DUE, tabs=2, tokens={"lock_give_up": "100ms"}, more=auth), duration="10s")
    assert stay.total("refresh_errors", code="conflict") == 1
    assert stay.times("auth_duration", kind="token") == (2, 200 * MS, 480 * MS)


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_functions_refresh_for_each_request_in_parallel(kind: str) -> None:
    """Three pages at once with an expired cookie: three refreshes, of which one rotates and the others are given its token."""
    loops = {f"page{number}": {"call": "page"} for number in range(3)}
    stay = Stay(house(EXPIRED | {"ssr": 1.0, "storage": "local"}, loops=loops, tokens={"kind": kind}), duration="20s")
    assert stay.total("refreshes", by="function") == 3
    assert stay.total("refreshes", result="rotated") == 1
    assert stay.total("refresh_errors") == 0
    assert stay.total("calls", 200, endpoint="page") == 3


def test_functions_that_share_refresh_once() -> None:
    """One asks, two wait for it; and who comes later with the same old cookie is given what it brought."""
    loops = {f"page{number}": {"call": "page"} for number in range(3)} | {"late": {"call": "page", "first": "30s"}}
    sessions = EXPIRED | {"ssr": 1.0, "storage": "local", "written_back": 0.0}
    for server, requests in ((True, 1), (False, 4)):
        stay = Stay(house(sessions | {"single_flight": {"server": server}}, loops=loops))
        assert stay.total("auth_requests", 200, kind="token") - 1 == requests  # and the browser's own
        assert stay.total("calls", 200, endpoint="page") == 4


def test_one_store_spares_the_functions_what_the_browser_refreshed() -> None:
    """With the session in the cookie the browser's refresh at the opening serves the page 30 s later as well."""
    late = {"late": {"call": "page", "first": "30s"}}
    for storage, by_functions in (("cookie", 0), ("local", 1)):
        stay = Stay(house(EXPIRED | {"ssr": 1.0, "storage": storage}, loops=late))
        assert stay.total("refreshes", by="function") == by_functions
        assert stay.total("refreshes", by="browser") == 1
