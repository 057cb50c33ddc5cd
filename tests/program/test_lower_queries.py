"""Queries: what a request to the database costs, what it answers, and what the handler makes of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.program.small import MS, PLATFORM, TABLES, Run

NETWORK = 2 * 10 * MS
HOP = 2 * 1 * MS
TRIPS = 4 * MS // 10
COMMIT = 2 * MS


def test_a_read_costs_network_work_and_round_trips() -> None:
    """2 x 10 ms to the function, 2 x 1 ms to the project, 1 ms of work, four round trips of 0.1 ms."""
    run = Run({"seat": {"select": "seats"}})
    assert run.lasted == NETWORK + HOP + 1 * MS + TRIPS
    assert run.statuses() == {200: 1}
    assert run.span("queries_per_call") == (1, 1)
    assert run.span("statements_per_call") == (4, 4)


def test_a_direct_call_has_no_function_on_its_way() -> None:
    """The browser asks the project itself: 2 x 10 ms, 1 ms of work, round trips; no hop of a function."""
    run = Run({"seat": {"select": "seats"}}, endpoint={"runs_on": "supabase"})
    assert run.lasted == NETWORK + 1 * MS + TRIPS
    assert "functions" in {spec.name for spec in Run({"seat": {"select": "seats"}}).program.stations}
    assert "functions" not in {spec.name for spec in run.program.stations}


def test_a_column_that_is_not_there_answers_400_and_ends_the_call_with_500() -> None:
    """42703 becomes 400; a handler that does nothing about it ends as unhandled, and nothing follows."""
    run = Run({"seat": {"select": "seats", "columns": ["id"]}, "note": {"insert": "notes"}})
    assert run.count("queries", 400, code="42703") == 1
    assert run.count("queries", step="note") == 0
    assert run.statuses() == {500: 1}


def test_an_ignored_error_looks_like_a_missing_row() -> None:
    """The handler believes that the row is missing and inserts; the row is there: 409 (23505)."""
    run = Run(
        {
            "seat": {"select": "seats", "columns": ["id"], "errors": "ignored"},
            "sit": {"insert": "seats", "when": {"seat": "missing"}, "errors": "ignored"},
        },
        attributes={"seated": 1.0},
    )
    assert run.count("queries", 400) == 1
    assert run.count("queries", 409, code="23505") == 1
    assert run.statuses() == {200: 1}


def test_a_skipped_step_is_not_a_missing_one() -> None:
    """A step whose condition is false is skipped; `missing` does not hold for it, `skipped` does."""
    run = Run(
        {
            "seat": {"select": "seats"},
            "sit": {"select": "seats", "when": {"seat": "found"}},
            "one": {"insert": "notes", "when": {"sit": "missing"}},
            "two": {"insert": "notes", "when": {"sit": "skipped"}},
        }
    )
    assert run.count("queries", step="one") == 0
    assert run.count("queries", step="two") == 1


def test_an_upsert_never_conflicts() -> None:
    """ON CONFLICT: 201 whether the row is there or not."""
    for share in (0.0, 1.0):
        run = Run({"sit": {"upsert": "seats"}}, attributes={"seated": share})
        assert run.lasted == NETWORK + HOP + 2 * MS + TRIPS + COMMIT
        assert run.count("queries", 201) == 1


def test_ignoring_duplicates_is_cheaper_than_merging_them() -> None:
    """DO NOTHING on a row that is there: 1 ms, no row written, and so nothing to wait for until it is on disk."""
    run = Run({"sit": {"upsert": "seats", "on_conflict": "ignore"}}, attributes={"seated": 1.0})
    assert run.lasted == NETWORK + HOP + 1 * MS + TRIPS
    assert run.count("rows") == 0


def test_an_update_of_no_row_is_missing() -> None:
    """An update finds nobody: 200, and the condition `missing` holds."""
    run = Run({"touch": {"update": "seats"}, "gone": {"answer": 403, "when": {"touch": "missing"}}})
    assert run.statuses() == {403: 1}


def test_a_deleted_row_is_gone() -> None:
    """After a delete the read finds nothing."""
    steps = {
        "drop": {"delete": "seats"},
        "seat": {"select": "seats"},
        "gone": {"answer": 204, "when": {"seat": "missing"}},
    }
    assert Run(steps, attributes={"seated": 1.0}).statuses() == {204: 1}


def test_a_scan_costs_by_rows() -> None:
    """1 ms and a hundred rows of 10 us each."""
    run = Run({"all": {"select": "notes", "by": "scan", "rows": 100}})
    assert run.lasted == NETWORK + HOP + 2 * MS + TRIPS


def test_the_statement_timeout_gives_lock_and_connection_back() -> None:
    """3 s of work against a timeout of 1 s: 500 (57014), and the next query gets its connection at once."""
    run = Run(
        {
            "slow": {"update": "rooms", "cost": "slow", "errors": "ignored"},
            "next": {"update": "rooms"},
        }
    )
    assert run.count("queries", 500, code="57014") == 1
    assert run.count("queries", 200, step="next") == 1
    assert run.lasted == NETWORK + 2 * HOP + 1_000 * MS + 2 * MS + TRIPS + COMMIT


def test_a_full_pool_answers_504_after_its_timeout() -> None:
    """Two connections, three people, 3 s of work without a timeout: the third is told so after 2 s (PGRST003)."""
    platform = copy.deepcopy(PLATFORM)
    platform["project"]["postgres"]["statement_timeout"] = {}
    run = Run({"slow": {"select": "notes", "cost": "slow"}}, people=3, platform=platform)
    assert run.count("queries", 504, code="PGRST003") == 1
    assert run.statuses() == {200: 2, 500: 1}
    assert run.span("call_duration")[0] == NETWORK + HOP + 2_000 * MS


def test_a_second_insert_of_a_key_in_flight_waits_and_conflicts() -> None:
    """Two tabs of one person insert at once: one 201; the other waits for its commit, then 409."""
    run = Run({"sit": {"insert": "seats", "errors": "ignored"}}, tabs=2)
    assert run.count("queries", 201) == 1
    assert run.count("queries", 409) == 1
    first = NETWORK + HOP + 2 * MS + TRIPS + COMMIT
    assert run.span("call_duration") == (first, first + 4 * MS + TRIPS)


def test_a_hot_row_serialises() -> None:
    """Three people update the one row of the world: each holds its lock for work, round trips and commit."""
    platform = copy.deepcopy(PLATFORM)
    platform["project"]["postgrest"]["pool"] = 10
    run = Run({"bump": {"update": "rooms"}}, people=3, platform=platform)
    one = 2 * MS + TRIPS + COMMIT
    assert run.span("call_duration") == (NETWORK + HOP + one, NETWORK + HOP + 3 * one)


def test_a_database_function_is_one_query() -> None:
    """Two statements in one transaction: one query, five round trips counted, one commit."""
    run = Run({"fn": {"rpc": "sit_down", "statements": {"sit": {"upsert": "seats"}, "log": {"insert": "notes"}}}})
    assert run.span("queries_per_call") == (1, 1)
    assert run.span("statements_per_call") == (5, 5)
    assert run.lasted == NETWORK + HOP + (1 + 2 + 2) * MS + TRIPS + COMMIT


def test_a_failing_statement_rolls_a_function_back() -> None:
    """The second statement conflicts: 409, and nothing of the first is kept."""
    steps = {
        "fn": {
            "rpc": "both",
            "statements": {"room": {"delete": "rooms"}, "sit": {"insert": "seats"}},
            "errors": "ignored",
        },
        "room_after": {"select": "rooms"},
        "kept": {"answer": 204, "when": {"room_after": "found"}},
    }
    run = Run(steps, attributes={"seated": 1.0})
    assert run.count("queries", 409) == 1
    assert run.count("rows") == 0
    assert run.statuses() == {204: 1}


def test_a_function_is_missing_when_its_check_is() -> None:
    """A guard inside a function: the update is skipped, the caller is answered 403 and 403 is what it sees."""
    statements = {"check": {"select": "seats"}, "note": {"insert": "notes", "when": {"check": "found"}}}
    steps = {"fn": {"rpc": "guarded", "statements": statements}, "no": {"answer": 403, "when": {"fn": "missing"}}}
    run = Run(steps, endpoint={"good": [403]})
    assert run.statuses() == {403: 1}
    run = Run(steps, attributes={"seated": 1.0})
    assert run.statuses() == {200: 1}
    assert run.count("rows", table="notes") == 1


def with_policy(**policy: str) -> dict[str, Any]:
    """Tables of which notes have a policy."""
    return {**TABLES, "notes": {**TABLES["notes"], "policy": policy}}


@pytest.mark.parametrize(("role", "added"), [("authenticated", 3 * MS), ("service", 0)])
def test_a_policy_costs_all_but_the_service_role(role: str, added: int) -> None:
    """A policy of 3 ms a read is added for a person's query, not for the service role's."""
    run = Run({"note": {"select": "notes"}}, endpoint={"role": role}, tables=with_policy(read="3ms"))
    assert run.lasted == NETWORK + HOP + 1 * MS + TRIPS + added


@pytest.mark.parametrize(("seated", "status"), [(0.0, 403), (1.0, 200)])
def test_a_policy_refuses_a_write(seated: float, status: int) -> None:
    """Whoever lacks the row that the policy asks for is answered 403 (42501), and writes nothing."""
    run = Run(
        {"note": {"insert": "notes"}},
        endpoint={"runs_on": "supabase"},
        attributes={"seated": seated},
        tables=with_policy(requires="seats"),
    )
    assert run.statuses() == {status: 1}
    assert run.count("queries", 403, code="42501") == int(status == 403)
    assert run.count("rows") == int(status == 200)


def test_a_policy_hides_what_may_not_be_read() -> None:
    """A read without the row finds nothing: 200, and missing."""
    steps = {"note": {"select": "notes"}, "none": {"answer": 204, "when": {"note": "missing"}}}
    assert Run(steps, tables=with_policy(requires="seats")).statuses() == {204: 1}
    seated = Run(steps, tables=with_policy(requires="seats"), attributes={"seated": 1.0})
    assert seated.statuses() == {200: 1}


@pytest.mark.parametrize("definer", [False, True])
def test_a_function_may_write_first_what_the_policy_asks_for(*, definer: bool) -> None:
    """A row written in the same transaction counts; a function that runs as its owner asks nobody."""
    first = {} if definer else {"sit": {"upsert": "seats"}}
    steps = {"fn": {"rpc": "join_in", "definer": definer, "statements": {**first, "note": {"insert": "notes"}}}}
    run = Run(steps, tables=with_policy(requires="seats"))
    assert run.statuses() == {200: 1}
    assert run.count("rows", table="notes") == 1
