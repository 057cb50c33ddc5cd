"""What row-level security costs, added up by hand: once a query, for each row, with and without an index."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.study.walk import Person, initial_rows, walk
from tests.program import small
from tests.program.small import MS, PLATFORM, TABLES, Run

FIXED = 2 * 10 * MS + 2 * MS + 4 * MS // 10
"""Network, hop, round trips of one read."""


def tables(policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The small tables, with a policy on notes."""
    found = copy.deepcopy(TABLES)
    found["notes"] |= {"policy": policy, **more}
    return found


def read(policy: dict[str, Any], *, endpoint: dict[str, Any] | None = None, rows: int = 20, table_rows: int = 0) -> int:
    """Work of one scan of so many rows [ns]: what the call took, without all that is not work."""
    steps = {"all": {"select": "notes", "by": "scan", "rows": rows}}
    run = Run(steps, tables=tables(policy, rows=table_rows), endpoint=endpoint)
    worked = run.lasted - FIXED
    demand = walk(*walked(steps, policy, endpoint, table_rows))
    assert demand.cpu_ns == worked
    return worked


def walked(steps: dict[str, Any], policy: dict[str, Any], endpoint: dict[str, Any] | None, table_rows: int) -> Any:
    """Design, endpoint and person for arithmetic."""
    guest = {"attributes": {"seated": 0.0, "barred": 0.0}}
    design = Design.model_validate(
        {
            "format": 1,
            "platform": PLATFORM,
            "tables": tables(policy, rows=table_rows),
            "endpoints": {"door": {"steps": steps, **(endpoint or {})}},
            "clients": {"guest": guest},
        }
    )
    return design, design.endpoints["door"], Person({}, initial_rows(design, {}))


@pytest.mark.parametrize(
    ("policy", "table_rows", "work_us"),
    [
        ({}, 0, 1_000 + 20 * 10),
        ({"read": "300us"}, 0, 1_000 + 20 * 10 + 300),
        # Evaluated for each of the 20 rows, or once a query.
        ({"read": "300us", "per_row": "2us"}, 0, 1_000 + 20 * 10 + 300 + 20 * 2),
        ({"read": "300us", "per_row": "2us", "initplan": True}, 0, 1_000 + 20 * 10 + 300 + 2),
        # No index: all 1,000 rows of the table are read and asked about.
        ({"per_row": "2us", "index": False}, 1_000, 1_000 + 1_000 * 10 + 1_000 * 2),
        ({"per_row": "2us", "index": False, "initplan": True}, 1_000, 1_000 + 1_000 * 10 + 2),
    ],
)
def test_a_policy_costs_once_and_by_rows(policy: dict[str, Any], table_rows: int, work_us: int) -> None:
    """Read, planning of the policy, rows looked at, the policy for each; the arithmetic of preflight agrees."""
    assert read(policy, table_rows=table_rows) == work_us * 1_000


def test_the_service_role_meets_no_policy() -> None:
    """Neither its cost, nor the missing index: the query's own filter has one."""
    policy = {"read": "300us", "per_row": "2us", "index": False}
    assert read(policy, endpoint={"role": "service"}, table_rows=1_000) == (1_000 + 20 * 10) * 1_000


def test_a_read_by_key_asks_about_one_row() -> None:
    """1 ms, and the policy of one row; the key is an index."""
    found = copy.deepcopy(TABLES)
    found["seats"]["policy"] = {"per_row": "5us", "index": False}
    run = Run({"seat": {"select": "seats"}}, tables=found, attributes={"seated": 1.0})
    assert run.lasted == FIXED + 1 * MS + 5_000


def test_the_update_of_an_upsert_may_have_a_policy_of_its_own() -> None:
    """The first upsert writes a new row (2 ms and 400 us), the second one changes it (2 ms and 50 us)."""
    found = copy.deepcopy(TABLES)
    found["seats"]["policy"] = {"write": "400us", "update": "50us"}
    fixed = FIXED + 2 * MS + 2 * MS  # the work, and the commit
    for share, policy in ((0.0, 400_000), (1.0, 50_000)):
        run = Run({"sit": {"upsert": "seats"}}, tables=found, attributes={"seated": share})
        assert run.lasted == fixed + policy
    run = Run({"sit": {"update": "seats"}}, tables=found, attributes={"seated": 1.0})
    assert run.lasted == fixed + 50_000


def test_a_read_of_the_whole_table_costs_by_what_it_holds_by_then() -> None:
    """Each call writes a note and reads all: 10 us more each time, from the 5 that were there."""
    steps = {"note": {"insert": "notes"}, "all": {"select": "notes", "by": "scan", "reads": "table"}}
    run = Run(steps, tables=tables({}, rows=5), loop={"every": "1s"}, duration="10500ms")
    low, high = run.span("call_duration")
    note = 2 * MS + 2 * MS + 2 * MS + 4 * MS // 10
    assert low == FIXED + note + 1 * MS + 6 * 10_000
    assert high == low + (run.count("calls") - 1) * 10_000


def test_an_upsert_adds_a_row_once() -> None:
    """Three people, one of the rows there at first for each: none is added by upserts, each delete takes one away."""
    found = copy.deepcopy(TABLES)
    steps = {"sit": {"upsert": "seats"}, "all": {"select": "seats", "by": "scan", "reads": "table"}}
    for share in (0.0, 1.0):
        run = Run(steps, tables=found, attributes={"seated": share}, loop={"every": "5s"}, duration="11s")
        low, high = run.span("call_duration")
        assert low == high == FIXED + (2 * MS + 2 * MS + 2 * MS + 4 * MS // 10) + 1 * MS + 10_000
    steps = {"drop": {"delete": "seats"}, "all": {"select": "seats", "by": "scan", "reads": "table"}}
    gone = Run(steps, tables=found, attributes={"seated": 1.0})
    assert gone.lasted == FIXED + (2 * MS + 2 * MS + 2 * MS + 4 * MS // 10) + 1 * MS


def test_engines_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the above on both engines, row for row."""
    from eventlive_sim.engine.reference import simulate as reference
    from tests.conformance.test_engines_agree import agree

    def both(program: Any, seed: int) -> Any:
        agree(program, seed)
        return reference(program, seed)

    monkeypatch.setattr(small, "simulate", both)
    test_a_policy_costs_once_and_by_rows({"per_row": "2us", "index": False}, 1_000, 13_000)
    test_the_update_of_an_upsert_may_have_a_policy_of_its_own()
    test_a_read_of_the_whole_table_costs_by_what_it_holds_by_then()
    test_an_upsert_adds_a_row_once()
