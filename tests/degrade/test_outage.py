"""Degrade mode in the incident's world: Realtime is out, everybody polls, and the database is too small for it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.figures import figures
from eventlive_sim.study.run import Run, run
from eventlive_sim.study.samples import aggregate, select, total
from eventlive_sim.study.states import LEVEL, states_frame

SMALL = ["clients.participant.people=150", "faults.outage.lasts=6m"]
"""A seventh of the people on a seventh of the cores, out for six minutes."""


@cache
def outage(tickets: str) -> Run:
    """One replication of the outage, before and with these tickets."""
    design = resolve_design(f"before{tickets}", sets=["platform.project.postgres.cores=0.3"])
    return run(design, resolve_scenario("s2_realtime_outage", sets=SMALL))


def queries(done: Run) -> list[float]:
    """Queries a second of the database, by minute."""
    (replication,) = done.replications
    found = np.zeros(replication.recording.bins)
    for (series, _), values in replication.recording.sums.items():
        spec = done.program.series[series]
        if spec.metric == "queries" and dict(spec.tags)["service"] == "rest":
            found += values
    return [float(value) / 60 for value in found.reshape(-1, 6).sum(axis=1)]


def changes(done: Run) -> int:
    """How often a level was entered or left."""
    return total(done.replications[0].samples, "degrade_changes")


def test_load_falls_after_the_signal() -> None:
    """From the third minute of the outage on the database has a third of the queries that it has without."""
    without, with_it = queries(outage("")), queries(outage("+D-1"))
    assert with_it[:5] == without[:5]
    assert max(with_it[8:11]) < 0.5 * min(without[8:11])


def test_who_waits_for_the_hot_path_waits_less() -> None:
    """Pings no longer stand in line behind polls."""
    p95 = [
        aggregate(select(done.replications[0].samples, "call_duration", endpoint="presence_ping"), "p", 0.95)
        for done in (outage(""), outage("+D-1"))
    ]
    assert p95[1] < 0.8 * p95[0]


def test_a_monitor_that_heeds_only_its_own_effect_swings() -> None:
    """Polls that wait longer take the load away, and with it the sign that the cause is still there."""
    swinging, calm = outage("+D-1:ladder:quiet=0.6"), outage("+D-1")
    assert changes(swinging) > changes(calm)
    assert changes(calm) == 4  # up twice, down twice


def test_what_people_lose_is_told() -> None:
    """The chat is older while they poll less, and figures say how many polls came later."""
    rows = {}
    for name, done in (("without", outage("")), ("with", outage("+D-1"))):
        found = figures([done.design.design], done.scenario.scenario)
        rows[name] = {figure.name: figure.measure(done.replications[0].samples) for figure in found}
    assert rows["with"]["chat: age when renewed"] > rows["without"]["chat: age when renewed"]
    assert rows["with"]["messages_poll: calls held back"] > 100
    assert 1 < rows["with"]["pages learn of a level after"] < 60
    assert 30 < rows["with"]["degraded, chat or more"] < rows["with"]["degraded, admins or more"] < 80
    assert rows["with"]["degraded, rest or more"] == 0
    assert "messages_poll: calls held back" not in rows["without"]


@pytest.mark.parametrize("level, stopped", [("admins", False), ("rest", True)])
def test_a_level_can_be_forced(level: str, stopped: bool) -> None:
    """As after a gate whose verdict is to force degrade mode: it holds from the beginning."""
    samples = outage(f"+D-1+D-1:forced:level={level}").replications[0].samples
    asked = total(samples, "attempts", endpoint="questions_poll")
    assert (asked == 0) == stopped
    assert aggregate(select(samples, "degrade_level", level=level), "min") == 1


def test_states_over_time() -> None:
    """The level goes up one at a time and down again; before there is none, and breakers open only where there are some."""
    frame = states_frame(outage("+D-1"))
    level = frame[frame.state == LEVEL].value.to_numpy()
    assert level.max() == 2
    assert level[0] == level[-1] == 0
    assert set(np.diff(level)) <= {-1, 0, 1}
    assert states_frame(outage("")).empty


def test_breakers_over_time() -> None:
    """In a brown-out they open and close; none is ever less than closed."""
    few = resolve_scenario("brownout", sets=["clients.participant.people=150", "faults.slow.speed=0.005"])
    frame = states_frame(run(resolve_design("after"), few))
    opened = frame[frame.state.str.contains("breakers open")].pivot_table(
        index="time_s", columns="state", values="value"
    )
    assert opened.to_numpy().min() == 0
    assert opened.max().max() > 10
    assert opened.loc[:360].to_numpy().max() == 0
    assert opened.iloc[-1].max() < opened.max().max() / 4


@pytest.mark.parametrize("tickets", ["+D-1+D-1:doors", "+D-1+D-1:forced:level=chat"])
def test_the_engines_agree(tickets: str) -> None:
    """Level for level and poll for poll, in the incident's world."""
    few = ["clients.participant.people=40", "faults.outage.lasts=3m"]
    design = resolve_design(f"before{tickets}", sets=["platform.project.postgres.cores=0.08"])
    program = lower(design.design, resolve_scenario("s2_realtime_outage", sets=few).scenario)
    one, other = kernel(program, 2), reference(program, 2)
    assert not first_difference(one, other)
    changed = {program.series[series].metric for series, _ in one.counts}
    assert {"degrade_changes", "degrade_polls"} <= changed
