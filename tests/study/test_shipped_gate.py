"""The gate on the designs and scenarios that ship: before fails for reasons that name the tickets, after passes."""

from __future__ import annotations

import time

import pytest

from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.gate import Checked, gate
from eventlive_sim.study.run import unstarted
from eventlive_sim.study.trials import tickets_alone

SCENARIOS = ("s1_entry", "s2_realtime_outage", "s3_admins")


def checks(design: str, *scenarios: str, most: int | None = None) -> list[Checked]:
    return gate([unstarted(resolve_design(design), resolve_scenario(name)) for name in scenarios], most=most)


@pytest.mark.parametrize("scenario", ["s1_entry", "s3_admins"])
def test_before_fails_without_a_simulation(scenario: str) -> None:
    """The column that is not there is read off the design, with the endpoint and step at fault."""
    (found,) = checks("before", scenario)
    assert (found.verdict, found.replications) == (Verdict.FAIL, 0)
    assert "presence_ping: registration is answered 400" in found.rows[0].why


def test_tickets_that_mend_the_ceilings_are_named() -> None:
    """Of S1: 0-1 the 400s, 0-2 the 409s, 1-1 and 2-1 the pings, 1-2 the tracks."""
    (found,) = checks("before", "s1_entry")
    trials = tickets_alone(found, replications=1)
    turned = {
        name: {one.option for one in trials.tried if name in one.turned} for one in trials.tried for name in one.turned
    }
    assert turned["queries{status:400}: count==0"] == {"0-1:A", "0-1:B"}
    assert "0-2:A" in turned["queries{status:409}: count==0"]
    assert {"1-1:A", "1-1:B"} <= turned["queries_per_call{endpoint:presence_ping}: max<=2"]
    assert {"1-2:both"} <= turned["queries_per_call{endpoint:access_track}: max<=3"]


def test_before_storms_when_realtime_is_out() -> None:
    """S2 needs no more than a few events, and polling is the nearest that a ticket comes."""
    (found,) = checks("before", "s2_realtime_outage", most=3)
    assert found.verdict is Verdict.FAIL
    failed = {row.budget.name: row for row in found.failed()}
    queries = failed["queries{window:outage,service:rest}: rate<200"]
    assert (queries.broken, queries.looked) == (3, 3)


@pytest.mark.slow
def test_after_passes_all_three_in_two_minutes() -> None:
    """1,000 people, 120 events each, whole verdicts."""
    begun = time.perf_counter()
    found = checks("after", *SCENARIOS)
    assert [one.verdict for one in found] == [Verdict.PASS] * 3
    assert time.perf_counter() - begun < 120
