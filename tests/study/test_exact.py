"""What is settled without simulating is what a simulation finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.budgets import known_budgets
from eventlive_sim.study.exact import Arithmetic, Exact, most_queries, sure_calls
from eventlive_sim.study.run import run, unstarted
from eventlive_sim.study.samples import select, total
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved

CROWD = changed(NIGHT, clients__guest__people=60)


def settled(
    folder: Path, metric: str, threshold: Any, design: dict[str, Any], scenario: dict[str, Any]
) -> Exact | None:
    ground = unstarted(*resolved(folder, design, changed(scenario, budgets={metric: [threshold]})))
    (budget,) = known_budgets(ground)
    return Arithmetic(ground.design.design, ground.scenario).settle(budget)


@pytest.mark.parametrize("design", ["before", "after", "before+0-1:B", "before+1-1:A+3-1:B", "before+5-1:cache"])
def test_what_is_sure_is_found_and_no_ceiling_is_broken(design: str) -> None:
    """Shipped designs, 60 people: each endpoint's most queries lie between what is sure and the ceiling; so do errors."""
    resolved_ = resolve_design(design)
    sets = ["clients.participant.people=60", "clients.admin.people=2", "duration=20m", "windows.steady=[2m, 20m]"]
    world = resolve_scenario("s1_entry", sets=sets)
    done = run(resolved_, world, replications=2, workers=1)
    calls = list(sure_calls(resolved_.design, world.scenario))
    assert {"presence_ping", "access_track"} <= {call.endpoint for call in calls}
    for replication in done.replications:
        for call in calls:
            (sample,) = select(replication.samples, "queries_per_call", endpoint=call.endpoint)
            assert sample.trend is not None
            assert len(call.asked) <= sample.trend.max <= most_queries(resolved_.design, call.endpoint)
            for one in call.asked:
                tags = {"endpoint": call.endpoint, "step": one.step, "status": str(one.status), "service": one.service}
                assert total(replication.samples, "queries", **tags) > 0


def test_a_sure_error_settles_a_count_of_zero(tmp_path: Path) -> None:
    """And says where it comes from; a count that may be 1 is left to the simulation."""
    found = settled(tmp_path, "queries{status:400}", "count==0", DOOR, CROWD)
    assert found is not None
    assert (found.holds, found.why) == (False, "door: look is answered 400")
    for threshold in ("count<=5", "count>0", "rate<1", "count!=0"):
        assert settled(tmp_path, "queries{status:400}", threshold, DOOR, CROWD) is None
    assert settled(tmp_path, "queries{status:400,code:42703}", "count==0", DOOR, CROWD) is None
    assert settled(tmp_path, "queries{status:400,window:late}", "count==0", DOOR, CROWD) is None
    assert settled(tmp_path, "queries{status:503}", "count==0", DOOR, CROWD) is None


@pytest.mark.parametrize("people", [0, 1, 2])
def test_what_few_do_is_not_sure(tmp_path: Path, people: int) -> None:
    """With two guests, and half of them seated, nobody may come whose insert conflicts."""
    few = changed(NIGHT, clients__guest__people=people)
    assert settled(tmp_path, "queries{status:409}", "count==0", DOOR, few) is None


def test_queries_of_a_call_are_settled_from_both_sides(tmp_path: Path) -> None:
    """Two are asked for certain and two are the most: below 2 fails, from 2 passes."""
    key = "queries_per_call{endpoint:door}"
    found = [settled(tmp_path, key, text, DOOR, CROWD) for text in ("max<=1", "max<2", "max<=2", "max<3")]
    assert [one is not None and one.holds for one in found] == [False, False, True, True]
    assert settled(tmp_path, key, "max>1", DOOR, CROWD) is None
    assert settled(tmp_path, key, "avg<=2", DOOR, CROWD) is None


def test_between_both_sides_is_left_to_the_simulation(tmp_path: Path) -> None:
    """A step that only some take: at least one query, at most two."""
    steps = {
        "look": {"select": "seats", "columns": ["who"]},
        "sit": {"insert": "seats", "when": {"look": "missing"}, "errors": "ignored"},
    }
    seated = changed(DOOR, endpoints__door__steps=steps, clients__guest__attributes={"seated": 1.0})
    key = "queries_per_call{endpoint:door}"
    found = [settled(tmp_path, key, text, seated, CROWD) for text in ("max<=0", "max<=1", "max<=2")]
    assert [None if one is None else one.holds for one in found] == [False, None, True]


def test_lint_and_load_are_budgets(tmp_path: Path) -> None:
    """Findings are counted by rule; load is a share of what there is; both say what they found."""
    found = settled(tmp_path, "lint{rule:L001}", "count==0", DOOR, CROWD)
    assert found is not None
    assert (found.value, found.holds) == (1, False)
    assert "endpoints.door.steps.look" in found.why
    found = settled(tmp_path, "offered_load{part:REST connections}", "value<0.1", DOOR, CROWD)
    assert found is not None
    assert not found.holds
    assert "connections are offered" in found.why
    found = settled(tmp_path, "offered_queries{endpoint:door}", "value<=120", DOOR, CROWD)
    assert found is not None
    assert (found.value, found.holds) == (pytest.approx(120), True)


@pytest.mark.parametrize(("timing", "factor"), [("open", 3.0), ("closed", 1.5)])
def test_tries_again_amplify_the_load(tmp_path: Path, timing: str, factor: float) -> None:
    """Three tries a call are three times the load; of a closed loop in two seconds instead of one, with both waits."""
    retry = {"times": 2, "delays": ["uniform(0s, 1s)"]}
    again = changed(DOOR, clients__guest__loops__go__retry=retry, clients__guest__loops__go__timing=timing)
    plain, amplified = (
        settled(tmp_path, f"{name}{{part:database cores}}", "value<1", again, CROWD)
        for name in ("offered_load", "amplified_load")
    )
    assert plain is not None
    assert amplified is not None
    assert amplified.value == pytest.approx(factor * plain.value)


def test_nothing_else_is_settled(tmp_path: Path) -> None:
    """Durations, counts of calls, people."""
    for metric, threshold in (("call_duration", "max<500"), ("calls", "count>0"), ("people{change:join}", "count>0")):
        assert settled(tmp_path, metric, threshold, BAR, EVENING) is None
