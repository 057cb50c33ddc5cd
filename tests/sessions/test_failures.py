"""Tokens that are presented too late, limits by address, failures of Auth, and what follows each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sessions.house import Stay, house

STALE: dict[str, Any] = {"age": "2h", "ssr": 1.0, "storage": "local", "written_back": 0.0}
"""Expired at the door, refreshed by browser and functions each for themselves, and the cookie stays what it was."""
PAGES = {"pages": {"call": "page", "every": "120s", "timing": "open"}}


def test_a_cookie_that_is_not_written_back_costs_a_refresh_a_call() -> None:
    """Five pages, each with the first token, which is the parent of the active one: each is given that, and works."""
    stay = Stay(house(STALE, loops=PAGES), duration="9m")
    assert stay.total("refreshes", by="function") == 5
    assert stay.total("calls", 200) == 5
    assert stay.total("refresh_errors") == 0


def test_the_second_rotation_leaves_the_cookie_behind() -> None:
    """The browser refreshes at the door and 3,480 s later; from then on the cookie's token is two behind.

    Pages at 3,480, 3,600, ... 7,080 s: 31. The one at 3,480 arrives before the browser's request has been answered. Of the
    first kind, every later one is told so, by 400, and the browser when its own token is due again, 6,960 s in.
    """
    stay = Stay(house(STALE, loops=PAGES, tokens={"kind": "v1"}), duration="7100s")
    assert stay.total("refresh_errors", code="refresh_token_already_used", by="browser") == 1
    used = stay.total("refresh_errors", code="refresh_token_already_used", by="function")
    assert used == stay.total("calls", 401) > 25
    assert stay.total("sign_outs", by="browser") == 1


def test_tokens_of_the_second_kind_end_the_session_at_once() -> None:
    """The first page after it deletes the session: 400 once, afterwards it is not found."""
    stay = Stay(house(STALE, loops=PAGES, tokens={"kind": "v2"}), duration="7100s")
    assert stay.total("refresh_errors", code="refresh_token_already_used") == 1
    assert stay.total("refresh_errors", code="session_not_found", by="function") > 25
    assert stay.total("sign_outs", by="browser") == 1


@pytest.mark.parametrize("cause", ["written_back", "storage", "second_rotation"])
def test_without_one_of_its_causes_nobody_errs(cause: str) -> None:
    """Cookies that are written back; one store for both; an event that ends before the second rotation."""
    without: dict[str, dict[str, Any]] = {"written_back": {"written_back": 1.0}, "storage": {"storage": "cookie"}}
    sessions = STALE | without.get(cause, {})
    duration = "3400s" if cause == "second_rotation" else "7100s"
    stay = Stay(house(sessions, loops=PAGES), duration=duration)
    assert stay.total("refresh_errors") == 0
    assert stay.total("sign_outs") == 0


@pytest.mark.parametrize(("interval", "errors"), [("10s", 0), ("0s", 1)])
def test_the_reuse_interval_forgives_for_its_time(interval: str, errors: int) -> None:
    """Access tokens of 2 s and looks every second: the store moves on by two tokens within the reuse interval.

    A function asked at 0 with the first token; its cookie is not written back, and the next page comes 5 s later.
    """
    sessions = STALE | {"tick": "1s", "ticks_ahead": 0, "margin": "0s"}
    pages = {"pages": {"call": "page", "first": "5s"}}
    tokens = {"kind": "v2", "lifetime": "2s", "reuse_interval": interval}
    stay = Stay(house(sessions, loops=pages, tokens=tokens), duration="8s")
    assert stay.total("refresh_errors", code="refresh_token_already_used") == errors


def test_people_behind_the_functions_share_their_address() -> None:
    """Forty people with expired cookies, thirty tokens in the bucket, one more every 2 s, all within a second."""
    tokens = {"burst": 30, "every": "2s"}
    for addresses, refused in ((1, 10), (2, 10)):  # one instance calls from one address
        more = {"platform": {"functions": {"addresses": addresses}}}
        tree = house(STALE, loops={"page": {"call": "page"}}, tokens=tokens, more=more)
        stay = Stay(tree, people=40, duration="1s")
        assert stay.total("refresh_errors", code="over_request_rate_limit") == refused
        assert stay.total("calls", 401) == refused


def test_a_function_that_is_refused_takes_the_session_with_it() -> None:
    """Three people with one cookie each for browser and functions, a limit of one: two of the functions are refused.

    Their answers clear the cookie after 20 ms in the function and 100 on the way, before the browsers' own requests are back
    at 224 ms: those find another store and drop what they were given. With keep nothing is cleared, and nobody signed out.
    """
    for after, gone in (("sign_out", 2), ("keep", 0)):
        sessions = {"age": "2h", "ssr": 1.0, "storage": "cookie", "after_failure": after}
        stay = Stay(house(sessions, loops={"page": {"call": "page"}}, tokens={"burst": 1}), people=3)
        assert stay.total("refresh_errors", code="over_request_rate_limit", by="function") == 2
        assert stay.total("sign_outs", by="function") == gone


def test_instances_take_the_addresses_in_turn() -> None:
    """Forty people, an instance for each request, so twenty from each of two addresses: nobody is over thirty."""
    more = {"platform": {"functions": {"addresses": 2, "fluid": False}}}
    tree = house(STALE, loops={"page": {"call": "page"}}, tokens={"burst": 30, "every": "2s"}, more=more)
    assert Stay(tree, people=40, duration="1s").total("refresh_errors") == 0


def test_browsers_have_addresses_of_their_own() -> None:
    """Forty browsers refresh at once: nobody is refused."""
    assert Stay(house({"age": "2h"}, tokens={"burst": 1}), people=40).total("refresh_errors") == 0


def test_a_token_sent_by_the_browser_asks_for_nothing_in_the_function() -> None:
    """Without cookies, the browser refreshes before the call, and the function finds a token that holds."""
    stay = Stay(house({"age": "2h", "ssr": 0.0}, loops={"page": {"call": "page"}}))
    assert stay.total("refreshes", by="function") == 0
    assert stay.total("refreshes", by="browser") == 1
    assert stay.total("calls", 200) == 1


def test_functions_that_only_check_answer_401() -> None:
    """An expired cookie is refused until the browser has refreshed it; here it never does, in a store of its own."""
    stay = Stay(house(STALE | {"functions_refresh": False}, loops=PAGES), duration="5m")
    assert stay.total("calls", 401) == 3
    assert stay.total("refreshes", by="function") == 0


@pytest.mark.parametrize(
    ("after", "signed_out", "refused", "unknown"),
    [("sign_out", "stop", 1, 0), ("sign_out", "go_on", 1, 4), ("keep", "stop", 2, 1)],
)
def test_what_pages_do_without_a_session(after: str, signed_out: str, refused: int, unknown: int) -> None:
    """Tokens of 5 s at a limit of one request: good for the first call, at the opening; the next look is refused.

    That ends the session, and the page ends its loop, or goes on every 10 s and is answered 401. With keep it holds until it
    has expired; the call 10 s later is refused a refresh, which ends it, and answered 401.
    """
    sessions = {"age": "2h", "after_failure": after, "signed_out": signed_out}
    loops = {"say": {"call": "note", "every": "10s", "timing": "closed"}}
    stay = Stay(house(sessions, loops=loops, tokens={"burst": 1, "every": "1h", "lifetime": "5s"}), duration="45s")
    assert stay.total("sign_outs", by="browser") == 1
    assert stay.total("refresh_errors", code="over_request_rate_limit") == refused
    assert (stay.total("calls", 200), stay.total("calls", 401)) == (1, unknown)


def test_a_session_that_holds_is_kept_and_cools_down() -> None:
    """Three minutes of refusals while 5 minutes are left: with keep one try a minute and nobody is signed out."""
    sessions = {"age": "0s", "after_failure": "keep", "cooldown": "60s", "ticks_ahead": 1000}
    tokens = {"burst": 1, "every": "1h", "lifetime": "5m"}
    stay = Stay(house(sessions, tokens=tokens), duration="4m")
    assert stay.total("refreshes") == 1
    assert stay.total("refresh_errors", code="over_request_rate_limit") == 4
    assert stay.total("sign_outs") == 0
    signs = Stay(house(sessions | {"after_failure": "sign_out"}, tokens=tokens), duration="4m")
    assert signs.total("sign_outs") == 1
    assert signs.total("refresh_errors") == 1


def test_the_library_tries_again_while_auth_is_out() -> None:
    """Tries at 0, 0.4, 1.0, 2.0, 3.8, 7.2, 13.8 and 26.8 s: each 200 ms there and back, after waits that double.

    The ninth would begin after 30 s. Eight requests in 26 s are what was measured with the real library, too.
    """
    faults = {"out": {"service": "auth", "from": "0s", "lasts": "5m"}}
    stay = Stay(house({"age": "2h"}), duration="27s", faults=faults)
    assert stay.total("refresh_errors", code="unavailable") == 8
    assert stay.total("sign_outs") == 0


def test_a_refresh_that_takes_too_long_is_given_up_by_the_service() -> None:
    """Auth is 11 s late: 504 after 10 s, and the library tries again."""
    faults = {"late": {"service": "auth", "from": "0s", "lasts": "15s", "delay": "11s"}}
    stay = Stay(house({"age": "2h"}), duration="30s", faults=faults)
    assert stay.total("refresh_errors", code="request_timeout") == 2
    assert stay.total("refreshes") == 1
