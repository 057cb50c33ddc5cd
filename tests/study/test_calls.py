"""Calls read from traces: which queries belong to which, what follows what, branches included."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.study.calls import Call, writing_steps
from eventlive_sim.study.claims import traced_calls
from eventlive_sim.study.run import unstarted
from tests.study.small import DOOR, NIGHT, changed, resolved

READ = {"select": "seats", "columns": ["who"]}
LOST = {"select": "seats", "columns": ["id"], "errors": "ignored"}


def calls(folder: Path, steps: dict[str, object], engine: EngineName = EngineName.FAST) -> list[Call]:
    design = changed(DOOR, endpoints__door__steps=steps)
    return traced_calls(unstarted(*resolved(folder, design, NIGHT)), 1, engine)


def steps_of(call: Call) -> list[str]:
    return [query.tags["step"] for query in call.queries]


@pytest.mark.parametrize("engine", list(EngineName))
def test_calls_are_those_of_the_counters(tmp_path: Path, engine: EngineName) -> None:
    """Each attempt is one call, with a failed read and an insert; all of them were answered but those in flight."""
    found = calls(tmp_path, DOOR["endpoints"]["door"]["steps"], engine)
    ended = [call for call in found if call.status is not None]
    assert len(ended) > 100
    assert len(found) - len(ended) <= 12
    assert all(steps_of(call) == ["look", "sit"] for call in ended)
    assert {query.tags["status"] for call in ended for query in call.queries} == {"400", "201", "409"}
    assert all([query.writes for query in call.queries] == [False, True] for call in ended)


def test_what_follows_was_asked_afterwards(tmp_path: Path) -> None:
    """In sequence the insert follows the read; beside it, it does not; after both are joined, it does."""
    for call in calls(tmp_path, {"look": LOST, "more": READ}):
        if call.status is not None:
            assert [query.tags["step"] for query in call.following(call.queries[0])] == ["more"]
    branches = {"parallel": {"look": LOST, "beside": READ}}
    found = [call for call in calls(tmp_path, {"both": branches, "then": READ}) if call.status is not None]
    assert len(found) > 100
    for call in found:
        assert sorted(steps_of(call)) == ["beside", "look", "then"]
        lost = next(query for query in call.queries if query.tags["step"] == "look")
        assert [query.tags["step"] for query in call.following(lost)] == ["then"]


def test_a_call_is_told_as_the_listing_of_its_queries(tmp_path: Path) -> None:
    """Who, when, each query with its time and answer, and what the caller got."""
    told = str(next(call for call in calls(tmp_path, {"look": LOST, "more": READ}) if call.status is not None))
    lines = told.splitlines()
    assert lines[0].startswith("door, person ")
    assert lines[1].split()[1:] == ["ms", "look", "reads", "400", "42703"]
    assert lines[2].split()[2:] == ["more", "reads", "200"]
    assert lines[3] == "  answered 200"


def test_steps_that_write(tmp_path: Path) -> None:
    """Inserts and functions with a writing statement write; reads, and functions that read, do not."""
    function = {"rpc": "f", "statements": {"a": {"select": "seats", "columns": ["who"]}, "b": {"upsert": "seats"}}}
    reading = {"rpc": "g", "statements": {"c": {"select": "seats", "columns": ["who"]}}}
    steps = {"look": READ, "sit": {"insert": "seats", "errors": "ignored"}, "f": function, "g": reading}
    design, _ = resolved(tmp_path, changed(DOOR, endpoints__door__steps=steps), NIGHT)
    assert {step for _, step in writing_steps(design.design)} >= {"sit", "f"}
    assert not {step for _, step in writing_steps(design.design)} & {"look", "g"}
