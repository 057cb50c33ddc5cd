"""Steps besides queries, reactions to errors, and what clients do."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.program.small import MS, PLATFORM, Run

NOWHERE = {"runs_on": "nothing"}
NETWORK = 2 * 10 * MS
HOP = 2 * 1 * MS


def test_visits_wait_in_line() -> None:
    """Three people, one server, 5 ms each: 5, 10 and 15 ms."""
    stations = {"desk": {"kind": "fifo"}}
    run = Run({"v": {"visit": "desk", "service": "5ms"}}, people=3, stations=stations, endpoint=NOWHERE)
    assert run.span("call_duration") == (5 * MS, 15 * MS)


def test_a_full_queue_answers_503_and_an_impatient_wait_504() -> None:
    """One in service, one waiting who gives up after 3 ms, one who finds the queue full."""
    stations = {"desk": {"kind": "fifo", "queue": 1}}
    step = {"v": {"visit": "desk", "service": "5ms", "patience": "3ms"}}
    run = Run(step, people=3, stations=stations, endpoint=NOWHERE)
    assert run.statuses() == {200: 1, 503: 1, 504: 1}


def test_work_is_shared() -> None:
    """Two jobs of 4 ms on one core: both depart at 8 ms."""
    stations = {"cpu": {"kind": "sharing"}}
    run = Run({"w": {"work": "cpu", "demand": "4ms"}}, people=2, stations=stations, endpoint=NOWHERE)
    assert run.span("call_duration") == (8 * MS, 8 * MS)


def test_a_station_is_held_during_inner_steps() -> None:
    """A pool of one around 4 ms of work on two cores: one after the other."""
    stations = {"pool": {"kind": "fifo"}, "cpu": {"kind": "sharing", "cores": 2}}
    steps = {"u": {"use": "pool", "steps": {"w": {"work": "cpu", "demand": "4ms"}}}}
    run = Run(steps, people=2, stations=stations, endpoint=NOWHERE)
    assert run.span("call_duration") == (4 * MS, 8 * MS)


def test_an_answer_inside_gives_the_station_back() -> None:
    """A call that ends within `use` leaves the pool to the next."""
    stations = {"pool": {"kind": "fifo"}}
    steps = {"u": {"use": "pool", "steps": {"d": {"delay": "1ms"}, "a": {"answer": 418}}}}
    run = Run(steps, people=2, stations=stations, endpoint=NOWHERE)
    assert run.statuses() == {418: 2}
    assert run.span("call_duration") == (1 * MS, 2 * MS)


def test_a_limit_refuses_with_429() -> None:
    """A bucket of two for all: the third of three is refused; one a person refuses nobody."""
    for per, expected in (("world", {200: 2, 429: 1}), ("person", {200: 3})):
        stations = {"gate": {"kind": "bucket", "every": "1h", "burst": 2, "per": per}}
        run = Run({"l": {"limit": "gate"}}, people=3, stations=stations, endpoint=NOWHERE)
        assert run.statuses() == expected


def test_parallel_steps_take_as_long_as_the_longest() -> None:
    """1, 2 and 3 ms side by side: 3 ms; the first of them: 1 ms."""
    steps = {f"d{n}": {"delay": f"{n}ms"} for n in (1, 2, 3)}
    for join, expected in (("all", 3), ("settled", 3), ("first", 1)):
        run = Run({"p": {"parallel": steps, "join": join}}, endpoint=NOWHERE)
        assert run.lasted == expected * MS


def test_all_fails_at_the_first_failure_and_settled_waits() -> None:
    """One branch is answered 429 at once, the other takes 9 ms."""
    stations = {"gate": {"kind": "bucket", "every": "1h", "burst": 1}}
    steps: dict[str, Any] = {
        "first": {"limit": "gate"},
        "p": {"parallel": {"no": {"limit": "gate"}, "d": {"delay": "9ms"}}},
    }
    run = Run(steps, stations=stations, endpoint=NOWHERE)
    assert (run.statuses(), run.lasted) == ({429: 1}, 0)
    steps["p"]["join"] = "settled"
    run = Run(steps, stations=stations, endpoint=NOWHERE)
    assert (run.statuses(), run.lasted) == ({200: 1}, 9 * MS)


def test_one_loader_at_a_time() -> None:
    """Five people at once, one load of 4 ms: one loads, four wait for it; without single flight all five load."""
    for single, loads in ((True, 1), (False, 5)):
        step = {"cache": "c", "ttl": "1s", "single_flight": single, "steps": {"d": {"delay": "4ms"}}}
        run = Run({"c": step}, people=5, endpoint=NOWHERE)
        assert run.count("cache", result="load") == loads
        assert run.span("call_duration") == (4 * MS, 4 * MS)


def test_a_cache_is_fresh_for_its_time() -> None:
    """Calls every 400 ms for 2 s, fresh for a second from the end of loading: loaded at 0 and 1.2 s."""
    step = {"cache": "c", "ttl": "1s", "steps": {"d": {"delay": "1us"}}}
    run = Run({"c": step}, loop={"every": "400ms", "timing": "open"}, duration="2s", endpoint=NOWHERE)
    assert run.count("cache", result="load") == 2
    assert run.count("cache", result="hit") == 3


def test_get_user_waits_for_the_services_pool() -> None:
    """Own CPU 2 ms, side by side; then five statements of 1 ms each, which take turns at a pool of one: 11 and 12 ms."""
    run = Run({"user": {"auth": "get_user"}}, people=2)
    assert run.span("call_duration") == (NETWORK + HOP + 11 * MS, NETWORK + HOP + 12 * MS)
    assert run.span("auth_duration", kind="user") == (11 * MS, 12 * MS)
    assert run.count("auth_requests", 200, kind="user") == 2
    assert run.span("statements_per_call") == (5, 5)


def test_get_user_answers_504_at_its_deadline() -> None:
    """Statements take turns at a pool of one, so that all are done at about the same time: of eighty all within 480 ms.

    Of a hundred nobody is: own CPU 100 ms, then five rounds of 100 ms, the first one done after 501 ms.
    """
    for people, status, answer in ((80, 200, 200), (100, 504, 500)):
        run = Run({"user": {"auth": "get_user"}}, people=people)
        assert run.count("auth_requests", status) == people
        assert run.statuses() == {answer: people}


@pytest.mark.parametrize("check", ["get_user", "local_jwt"])
def test_who_is_barred_gets_401(check: str) -> None:
    """Whoever has a rejected attribute is turned away, by either check."""
    platform = copy.deepcopy(PLATFORM)
    platform["project"]["auth"]["keys"] = "asymmetric"
    steps = {"user": {"auth": check, "rejects": ["barred"]}}
    assert Run(steps, platform=platform, attributes={"barred": 1.0}).statuses() == {401: 1}
    assert Run(steps, platform=platform).statuses() == {200: 1}


def test_a_local_check_needs_asymmetric_keys() -> None:
    """With a shared secret the library asks the service; with asymmetric keys an instance fetches them once."""
    steps = {"user": {"auth": "local_jwt"}}
    loop = {"every": "1s"}
    run = Run(steps, loop=loop, duration="10s")
    assert run.count("auth_requests", kind="user") == 10
    platform = copy.deepcopy(PLATFORM)
    platform["project"]["auth"]["keys"] = "asymmetric"
    run = Run(steps, loop=loop, duration="10s", platform=platform)
    assert run.count("auth_requests", kind="user") == 0
    assert run.count("auth_requests", kind="jwks") == 1


def test_a_step_is_tried_again() -> None:
    """Three tries after the first, 1, 2 and 2 ms apart; all fail; the call ends with the last status."""
    stations = {"gate": {"kind": "bucket", "every": "1h"}}
    retry = {"retry": {"times": 3, "delays": ["1ms", "2ms"]}}
    steps = {"one": {"limit": "gate"}, "two": {"limit": "gate", "errors": {"429": retry}}}
    run = Run(steps, stations=stations, endpoint=NOWHERE)
    assert (run.statuses(), run.lasted) == ({429: 1}, 5 * MS)
    retry["retry"]["then"] = "continue"
    assert Run(steps, stations=stations, endpoint=NOWHERE).statuses() == {200: 1}


def test_the_narrower_reaction_wins() -> None:
    """A status comes before its class, a class before any."""
    errors = {"any": {"answer": 500}, "4xx": {"answer": 440}, "429": {"answer": 429}}
    stations = {"gate": {"kind": "bucket", "every": "1h"}}
    steps = {"one": {"limit": "gate"}, "two": {"limit": "gate", "errors": errors}}
    assert Run(steps, stations=stations, endpoint=NOWHERE).statuses() == {429: 1}
    del errors["429"]
    assert Run(steps, stations=stations, endpoint=NOWHERE).statuses() == {440: 1}
    del errors["4xx"]
    assert Run(steps, stations=stations, endpoint=NOWHERE).statuses() == {500: 1}


def test_conditions_combine() -> None:
    """A map is AND, `any` is OR, `not` turns round."""
    base = {"seat": {"select": "seats"}, "room": {"select": "rooms"}}
    for when, holds in (
        ({"seat": "missing", "room": "found"}, True),
        ({"seat": "found", "room": "found"}, False),
        ({"any": [{"seat": "found"}, {"room": "found"}]}, True),
        ({"not": {"any": [{"seat": "found"}, {"room": "found"}]}}, False),
        ({"not": {"seat": "found"}}, True),
        ({"not": {"seat": "missing", "room": "found"}}, False),
        ({"room": 200}, True),
        ({"room": "ok"}, True),
        ({"not": {"room": "ok"}}, False),
        ({"person.seated": False}, True),
    ):
        run = Run({**base, "a": {"answer": 204, "when": when}})
        assert (204 in run.statuses()) is holds, when


def test_closed_loops_count_from_the_answer_and_open_ones_from_the_start() -> None:
    """Calls of 4 ms every 10 ms for 100 ms: 14 ms apart when closed, 10 ms when open."""
    steps = {"d": {"delay": "4ms"}}
    for timing, calls in (("closed", 8), ("open", 10)):
        loop = {"every": "10ms", "timing": timing}
        run = Run(steps, loop=loop, duration="100ms", endpoint=NOWHERE)
        assert run.count("attempts") == calls


def test_a_client_that_gives_up_leaves_the_work_behind() -> None:
    """The caller waits 2 ms, the work takes 5: it is timed out at 2 ms, and the server goes on to 5."""
    stations = {"desk": {"kind": "fifo"}}
    steps = {"v": {"visit": "desk", "service": "5ms"}}
    run = Run(steps, loop={"timeout": "2ms"}, stations=stations, endpoint=NOWHERE)
    assert run.statuses() == {-2: 1}
    desk = [spec.name for spec in run.program.stations].index("desk")
    assert int(run.recording.stations[desk].busy_integral.sum()) == 5 * MS


def test_a_tab_that_closes_abandons_its_call() -> None:
    """The person leaves at 3 ms in the middle of a call of 5 ms."""
    run = Run({"d": {"delay": "5ms"}}, stay="3ms", endpoint=NOWHERE)
    assert run.statuses() == {-1: 1}
    assert run.count("attempts") == 1


def test_attempts_are_first_tries_and_retries() -> None:
    """A client that tries a refused call twice more, a second apart: one call, three attempts, two retries."""
    stations = {"gate": {"kind": "bucket", "every": "1h"}}
    steps = {"one": {"limit": "gate"}, "two": {"limit": "gate", "errors": {"429": {"answer": 503}}}}
    loop = {"retry": {"times": 2, "delays": ["1s"], "on": [503, 429, "timeout"]}}
    run = Run(steps, loop=loop, stations=stations, endpoint=NOWHERE)
    assert run.count("attempts") == 3
    assert run.count("retries") == 2
    assert run.count("first_tries") == 1
    assert run.statuses() == {429: 1}
    assert run.lasted == 2_000 * MS


def test_every_tab_has_its_loops() -> None:
    """Two tabs: two calls; of a loop for the first tab only: one."""
    for tab, calls in (("each", 2), ("first", 1)):
        run = Run({"d": {"delay": "1ms"}}, tabs=2, loop={"tab": tab}, endpoint=NOWHERE)
        assert run.count("attempts") == calls


def test_the_ceiling_of_instances_answers_503() -> None:
    """Classic functions, two instances at most, three people: the third is refused."""
    platform = {**PLATFORM, "functions": {"fluid": False, "instances_max": 2}}
    run = Run({"d": {"delay": "5ms"}}, people=3, platform=platform)
    assert run.statuses() == {200: 2, 503: 1}


def test_an_instance_starts_cold_once() -> None:
    """One person, calls a second apart, a start of 300 ms: only the first call pays it."""
    platform = {**PLATFORM, "functions": {"cold_start": "300ms"}}
    run = Run({"d": {"delay": "5ms"}}, loop={"every": "1s"}, platform=platform, duration="5s")
    assert run.span("call_duration") == (NETWORK + 5 * MS, NETWORK + 305 * MS)


def test_an_invocation_over_its_time_answers_504() -> None:
    """5 s of delay, 1 s allowed."""
    platform = {**PLATFORM, "functions": {"max_duration": "1s"}}
    run = Run({"d": {"delay": "5s"}}, platform=platform)
    assert (run.statuses(), run.lasted) == ({504: 1}, NETWORK + 1_000 * MS)


def test_what_is_shown_ages_until_it_is_renewed() -> None:
    """Figures renewed every 10 s over calls of 24 ms: 10.024 s old less the 10 ms on the way there, plus back."""
    run = Run(
        {"d": {"delay": "4ms"}},
        loop={"every": "10s"},
        endpoint={"shows": "figures"},
        duration="1m",
    )
    low, high = run.span("freshness", of="figures")
    assert low == high == 10_000 * MS + 24 * MS + 14 * MS
