"""Two designs under the same seeds, and tickets one by one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.study.compare import Comparison, Row, compare
from eventlive_sim.study.tickets import ticket_study
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved, write

FIXED = changed(DOOR, endpoints__door__steps={"look": {"select": "seats", "columns": ["who"]}})
TICKET: dict[str, Any] = {
    "format": 1,
    "ticket": "7",
    "title": "Look for what is there",
    "order": 1,
    "options": {
        "A": {
            "title": "Columns that exist",
            "edits": [{"set": "endpoints.door.steps.look.columns", "to": ["who"]}],
        },
        "B": {
            "title": "No look at all",
            "edits": [
                {"remove": "endpoints.door.steps.look"},
                {"replace": "endpoints.door.steps.sit", "with": {"insert": "seats"}},
            ],
        },
    },
}


def compared(folder: Path, other: dict[str, Any], replications: int = 2, **parts: Any) -> Comparison:
    one, world = resolved(folder, DOOR, changed(NIGHT, **parts))
    second, _ = resolved(folder, other, changed(NIGHT, **parts), name="other")
    return compare(one, second, world, replications=replications, workers=1)


def row_of(comparison: Comparison, name: str) -> Row:
    return next(row for row in comparison.rows if row.figure.name == name)


def test_a_design_differs_from_itself_by_nothing(tmp_path: Path) -> None:
    """Under common random numbers every difference is 0, and so is its interval."""
    for row in compared(tmp_path, DOOR).rows:
        assert [repr(value) for value in row.one] == [repr(value) for value in row.other]
        if row.difference is not None:
            assert (row.difference.low, row.difference.estimate, row.difference.high) == (0, 0, 0)


def test_what_a_fix_buys(tmp_path: Path) -> None:
    """With the column that is there: no 400, no 409, one query a call in place of two, 4 statements in place of 8."""
    done = compared(tmp_path, FIXED)
    assert row_of(done, "queries answered 400").other == (0, 0)
    assert row_of(done, "queries answered 409").other == (0, 0)
    assert all(
        value > 0 for value in (*row_of(done, "queries answered 400").one, *row_of(done, "queries answered 409").one)
    )
    for what in ("least", "mean", "most"):
        row = row_of(done, f"door: queries a call, {what}")
        assert (row.one, row.other) == ((2, 2), (1, 1))
        assert row.difference is not None
        assert row.difference.estimate == -1
    statements = row_of(done, "door: statements a call, mean")
    assert (statements.one, statements.other) == ((8, 8), (4, 4))


def test_names_of_figures_are_the_designs_own(tmp_path: Path) -> None:
    """Only endpoints that somebody calls are shown; the hot ones with their durations."""
    names = [row.figure.name for row in compared(tmp_path, FIXED, 1).rows]
    assert {name.split(":")[0] for name in names if ":" in name} == {"door"}
    assert "door: duration, p95" in names
    assert len(names) == len(set(names))


def test_one_replication_has_no_interval(tmp_path: Path) -> None:
    """A difference of one replication is a number without an interval."""
    assert all(row.difference is None for row in compared(tmp_path, FIXED, 1).rows)


def test_what_one_design_lacks_is_no_number(tmp_path: Path) -> None:
    """A design without functions has no pool to wait for: not a number, no interval, no error."""
    nothing = changed(DOOR, endpoints__door={"runs_on": "nothing", "hot": True, "steps": {"nap": {"delay": "1ms"}}})
    row = row_of(compared(tmp_path, nothing), "pool wait, mean")
    assert all(math.isnan(value) for value in row.other)
    assert row.difference is None


def test_calls_a_participant_minute(tmp_path: Path) -> None:
    """A lone guest there for 11 s calls ten times: 54.5 a minute."""
    world = resolved(tmp_path, BAR, EVENING)
    done = compare(world[0], *world, replications=1, workers=1)
    assert row_of(done, "calls a participant-minute").one == (pytest.approx(10 * 60 / 11),)


def test_an_option_comes_with_what_it_requires_and_what_does_not_fit_is_named(tmp_path: Path) -> None:
    """C needs B: it stands as C and B; upon A neither fits, and A is there."""
    both = {**TICKET["options"], "B": {**TICKET["options"]["B"], "with_others": True}}
    both["C"] = {"title": "More", "with_others": True, "requires": ["7:B"], "edits": []}
    write(tmp_path / "tickets" / "7.yaml", {**TICKET, "options": both})
    _, world = resolved(tmp_path, DOOR, NIGHT)
    design = str(tmp_path / "design.yaml")
    study = ticket_study(design, world, workers=1)
    assert list(study.rows) == ["7:A", "7:B", "7:C+7:B"]
    assert not study.left_out
    upon = ticket_study(f"{design}+7:A", world, workers=1)
    assert set(upon.left_out) == {"7:A", "7:B", "7:C"}
    assert "has it" in upon.left_out["7:A"]


def test_each_option_alone_under_the_same_seeds(tmp_path: Path) -> None:
    """Option A takes the 400s and the 409s; B takes the 400s, and the inserts conflict on."""
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    _, world = resolved(tmp_path, DOOR, NIGHT)
    study = ticket_study(str(tmp_path / "design.yaml"), world, workers=1)
    assert list(study.rows) == ["7:A", "7:B"]
    found = {
        option: {row.figure.name: (row.one[0], row.other[0]) for row in rows} for option, rows in study.rows.items()
    }
    assert found["7:A"]["queries answered 400"][0] > 0
    assert found["7:A"]["queries answered 400"][1] == found["7:B"]["queries answered 400"][1] == 0
    assert found["7:A"]["queries answered 409"][1] == 0
    assert found["7:B"]["queries answered 409"][1] > 0
    assert found["7:A"]["door: seats written"] == found["7:B"]["door: seats written"]
    assert found["7:A"]["door: queries a call, mean"][0] == 2
