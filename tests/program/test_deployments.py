"""Columns that come and go while an event goes on: from then on the same queries end otherwise, until it is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.errors import ModelError
from eventlive_sim.model.changes import Change
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from tests.program.small import PLATFORM, TABLES


class Deployed:
    """One person who calls every second for a minute while something is deployed; both engines tell the same."""

    def __init__(self, steps: dict[str, Any], changes: dict[str, Any], *, seated: float = 1.0) -> None:
        design = Design.model_validate(
            {
                "format": 1,
                "platform": PLATFORM,
                "tables": TABLES,
                "endpoints": {"door": {"role": "service", "steps": steps}},
                "clients": {
                    "guest": {
                        "attributes": {"seated": seated},
                        "loops": {"go": {"call": "door", "every": "1s", "timing": "open"}},
                    }
                },
            }
        )
        clients = {"guest": {"people": 1}}
        world = {"format": 1, "duration": "1m", "bins": "1s", "clients": clients, "changes": changes}
        self.program = lower(design, Scenario.model_validate(world))
        self.recording, other = (engine_of(name)(self.program, 1) for name in (EngineName.REFERENCE, EngineName.FAST))
        assert first_difference(self.recording, other) == ""

    def seconds(self, metric: str, status: int, **tags: str) -> list[int]:
        """Seconds in which something was counted."""
        return [
            second
            for (series, tag), bins in self.recording.counts.items()
            for second, count in enumerate(bins)
            if count and tag == status and self._fits(series, metric, tags)
        ]

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()


READ = {"seat": {"select": "seats", "columns": ["who", "since"]}}


def test_a_column_that_is_dropped_is_missed_until_the_rollback() -> None:
    """From 20 s on the select answers 400 (42703) and the call 500; from 30 s on all is well again."""
    run = Deployed(READ, {"bad": {"drops": "seats.since", "at": "20s", "lasts": "10s"}})
    assert run.seconds("queries", 400, code="42703") == list(range(20, 30))
    assert run.seconds("calls", 500) == list(range(20, 30))
    assert run.seconds("calls", 200) == [*range(20), *range(30, 60)]


def test_a_column_that_is_not_asked_for_is_not_missed() -> None:
    """The same deployment, and a query without the column."""
    run = Deployed({"seat": {"select": "seats", "columns": ["who"]}}, {"bad": {"drops": "seats.since", "at": "20s"}})
    assert run.seconds("queries", 400) == []


def test_a_column_that_is_added_ends_the_bug() -> None:
    """A select of a column that the schema lacks, its error ignored: until the column is there."""
    steps = {
        "seat": {"select": "seats", "columns": ["id"], "errors": "ignored"},
        "sit": {"insert": "seats", "when": {"seat": "missing"}, "errors": "ignored"},
    }
    run = Deployed(steps, {"mend": {"adds": "seats.id", "at": "20s"}})
    assert run.seconds("queries", 400) == list(range(20))
    assert run.seconds("queries", 409) == list(range(20))


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"insert": "notes", "columns": ["text"]}, "PGRST204"),
        ({"rpc": "leave_note", "statements": {"note": {"insert": "notes", "columns": ["text"]}}}, "42703"),
        ({"upsert": "seats"}, ""),
    ],
)
def test_writes_miss_their_columns(step: dict[str, Any], code: str) -> None:
    """PostgREST knows the columns of a body without asking; a function finds out when it runs; other tables do not care."""
    run = Deployed({"write": step}, {"bad": {"drops": "notes.text", "at": "20s", "lasts": "10s"}})
    assert run.seconds("queries", 400, code=code) == (list(range(20, 30)) if code else [])
    assert run.seconds("queries", 400) == run.seconds("queries", 400, code=code)


def test_a_key_column_is_written_too() -> None:
    """Without the column that conflicts are told by, an upsert is refused."""
    run = Deployed({"sit": {"upsert": "seats"}}, {"bad": {"drops": "seats.who", "at": "20s"}})
    assert run.seconds("queries", 400) == list(range(20, 60))


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"at": "1s"}, "one of drops, adds and set"),
        ({"at": "1s", "drops": "seats.who", "adds": "seats.id"}, "one of drops, adds and set"),
        ({"at": "1s", "drops": "seats"}, "is no column"),
        ({"at": "1s", "set": "clients.guest.loops.go.every"}, "belong together"),
        ({"at": "1s", "set": "endpoints.door", "to": "1s"}, "is no interval"),
    ],
)
def test_a_change_is_one_thing(part: dict[str, Any], told: str) -> None:
    """What it is, and how to write it."""
    with pytest.raises(ValidationError, match=told):
        Change.model_validate(part)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"drops": "chairs.who"}, "no table is called"),
        ({"drops": "seats.colour"}, "has no column"),
        ({"set": "clients.guest.loops.stay.every", "to": "1s"}, "the design has no"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(change: dict[str, Any], told: str) -> None:
    """With the names that there are."""
    with pytest.raises(ModelError, match=told):
        Deployed(READ, {"bad": {"at": "1s", **change}})


def test_two_changes_of_one_thing_follow_each_other() -> None:
    """At one time only one of them can hold."""
    bad = {"drops": "seats.since", "at": "20s", "lasts": "10s"}
    with pytest.raises(ValidationError, match="let one follow the other"):
        Deployed(READ, {"bad": bad, "worse": {**bad, "at": "25s"}})
    run = Deployed(READ, {"bad": bad, "worse": {**bad, "at": "40s", "lasts": "5s"}})
    assert run.seconds("queries", 400) == [*range(20, 30), *range(40, 45)]
