"""The facts of the incident, as the mechanisms bring them about; none of them is scripted."""

from __future__ import annotations

import pytest

from tests.incident.event import Event, design, only_loop, people, tabs, with_column, without_column, without_delays

PING, TRACK, STATS = "presence_ping", "access_track", "stats_access"


@pytest.fixture(scope="module")
def before() -> Event:
    """The design as it fell over, with forty people, nine in ten of them registered."""
    return Event(design(), people(40))


def test_every_ping_meets_a_400(before: Event) -> None:
    """Each ping selects a column that the schema lacks, and is answered 400 (42703) by PostgREST."""
    calls = before.count("calls", 200, endpoint=PING)
    assert calls > 40 * 10
    assert before.count("queries", 400, endpoint=PING, code="42703") == pytest.approx(calls, abs=40)


def test_the_browser_never_sees_the_400(before: Event) -> None:
    """The error is ignored by the handler: every call of the client ends 200."""
    assert before.count("calls", 400) == 0
    assert before.count("calls") == before.count("calls", 200)


def test_a_409_follows_for_everybody_registered() -> None:
    """The handler believes that nobody is registered, inserts, and meets the key (23505): once a ping."""
    event = Event(design("before", only_loop("ping")), people(20, registered=1.0, guest=0.0))
    pings = event.count("queries", 400, endpoint=PING)
    assert pings > 0
    assert abs(event.count("queries", 409, endpoint=PING, code="23505") - pings) <= 20
    assert event.count("rows", table="registrations") == 0


def test_queries_a_call_lie_in_the_ranges_of_the_report(before: Event) -> None:
    """Ping makes 4 to 10 queries a call, track 3 to 7."""
    low, high = before.span("queries_per_call", endpoint=PING)
    assert 4 <= low <= high <= 10
    low, high = before.span("queries_per_call", endpoint=TRACK)
    assert 3 <= low <= high <= 7


def test_the_column_takes_the_400s_and_409s_away() -> None:
    """With the column `id` in the schema and nothing else changed, the registered meet neither 400 nor 409."""
    event = Event(design("before", with_column("registrations", "id")), people(20, registered=1.0, guest=0.0))
    assert event.count("calls", endpoint=PING) > 0
    assert event.count("queries", 400) == 0
    assert event.count("queries", 409) == 0


def test_the_first_call_registers_and_each_later_one_conflicts() -> None:
    """With nobody registered, a person's first call inserts the row and every later one conflicts with it."""
    event = Event(design("before", only_loop("ping"), tabs(1), without_delays), people(10, registered=0.0, guest=0.0))
    pings = event.count("queries", 400, endpoint=PING)
    assert event.count("rows", table="registrations", change="insert") == 10
    assert event.count("queries", 201, step="register") == 10
    assert abs(event.count("queries", 409, step="register") - (pings - 10)) <= 10


@pytest.mark.parametrize("column", [False, True])
def test_two_tabs_within_one_commit_make_one_409(*, column: bool) -> None:
    """Two tabs whose first calls fall within one commit: both read nothing, one inserts, the other conflicts.

    With the column the reads are right, and the 409 is there all the same: it comes of the race, not of the bug.
    """
    changes = [only_loop("ping"), tabs(2), without_delays, _twins]
    if column:
        changes.append(with_column("registrations", "id"))
    scenario = people(1, registered=0.0, guest=0.0).model_copy(update={"duration": 60 * 10**9})
    event = Event(design("before", *changes), scenario)
    assert event.count("queries", 409, step="register") == 1
    assert event.count("rows", table="registrations", change="insert") == 1


def _twins(tree: dict[str, object]) -> None:
    """Make both tabs take the same time for everything, and a commit outlast what remains."""
    project = tree["platform"]["project"]  # type: ignore[index]
    project["postgres"]["commit"] = "5ms"
    tree["endpoints"]["presence_ping"]["cpu"] = "0s"  # type: ignore[index]
    for name in project["postgres"]["costs"]:
        project["postgres"]["costs"][name] = "100us"
    project["postgrest"]["cpu"] = "100us"
    project["auth"]["user_cpu"] = project["auth"]["statement"] = "100us"


def test_the_bug_inserts_after_each_failed_read(before: Event) -> None:
    """Before: every read of ping that is answered 400 is followed by an insert, whatever that comes to."""
    failed = before.count("queries", 400, endpoint=PING)
    assert failed > 0
    assert abs(before.count("queries", endpoint=PING, step="register") - failed) <= 40


def test_after_a_failed_read_nothing_follows_once_it_is_fixed() -> None:
    """Ticket 0-1:A on a schema that lacks a column again: each call ends at the 400; nothing is asked after it.

    The read is the third query of ping, after the caller and the webinar, and the second of track.
    """
    event = Event(design("before+0-1:A", without_column("registrations", "status")), people(10, guest=0.0))
    for endpoint, queries in ((PING, 3), (TRACK, 2)):
        failed = event.count("queries", 400, endpoint=endpoint)
        assert failed > 0
        assert event.count("calls", 500, endpoint=endpoint) == event.count("calls", endpoint=endpoint) > 0
        assert event.span("queries_per_call", endpoint=endpoint) == (queries, queries)
        assert event.count("queries", endpoint=endpoint, step="register") == 0
    assert event.count("rows", table="registrations") == 0


@pytest.mark.parametrize("option", ["A", "B"])
def test_the_fix_meets_no_400(option: str) -> None:
    """Ticket 0-1, in either option, on the schema as it is: no 400, and everybody is answered."""
    event = Event(design(f"before+0-1:{option}"), people(10))
    assert event.count("queries", 400) == 0
    assert event.count("calls") == event.count("calls", 200) > 0
