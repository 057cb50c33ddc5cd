"""What the options of the fallback buy: answers that end it, waits that grow, breakers that open and close."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.trace import Trace
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.run import Run, run
from eventlive_sim.study.samples import aggregate, select, total

POLLS = ("messages_poll", "questions_poll")
FIXES = "before+0-1:A+0-2:A+1-1:B+1-2:both+2-1:A+3-1:B+4-1:interval+4-1:visible"
PEOPLE = 40


def answering(expression: str, status: int) -> Design:
    """A design whose polls are answered with a status, as when a membership has run out or a limit is met."""
    tree = resolve_design(expression).tree
    for poll in POLLS:
        steps: dict[str, Any] = {"refused": {"answer": status}}
        tree["endpoints"][poll] = {**tree["endpoints"][poll], "steps": steps}
    return Design.model_validate(tree)


def polled(expression: str, lasts: str, status: int) -> float:
    """Polls of a tab that may poll, in an outage of some length."""
    sets = [f"clients.participant.people={PEOPLE}", "clients.admin.people=0", f"faults.outage.lasts={lasts}"]
    scenario = resolve_scenario("s2_realtime_outage", sets=sets).scenario
    program = lower(answering(expression, status), scenario)
    recording = engine_of(EngineName.FAST)(program, 1)
    calls = [
        counts.sum()
        for (series, _), counts in recording.counts.items()
        if program.series[series].metric == "attempts" and dict(program.series[series].tags)["endpoint"] in POLLS
    ]
    return float(sum(calls)) / PEOPLE


def test_an_answer_of_4xx_ends_the_polling_however_long_the_outage() -> None:
    """Without the option polls go on as long as the outage; with it each tab asks once for the chat and once for the Q&A."""
    short, long = (polled(f"{FIXES}+4-1:backoff+4-1:stop", lasts, 403) for lasts in ("2m", "10m"))
    assert 0 < short <= long <= 2 * 1.3
    assert polled(FIXES, "10m", 403) > 5 * long


def test_an_answer_of_429_raises_the_delay_and_does_not_stop() -> None:
    """Waits of 15, 30, 60 and then 60 seconds in the mean: one poll and then 11 more in ten minutes, of chat and of Q&A."""
    assert polled(f"{FIXES}+4-1:backoff+4-1:stop", "10m", 429) == pytest.approx(2 * 12, rel=0.15)


@cache
def slow(expression: str) -> Run:
    """The database loses most of its speed while everybody polls; a tenth of everything."""
    sets = ["clients.participant.people=100", "clients.admin.people=0"]
    small = ["platform.project.postgres.cores=0.2", "platform.project.postgrest.pool=2"]
    return run(resolve_design(expression, sets=small), resolve_scenario("brownout", sets=sets))


@pytest.mark.parametrize("state", ["open", "half_open", "closed"])
def test_breakers_open_try_and_close(state: str) -> None:
    """Nothing opens them but polls that fail or take too long; and they close when the database is back."""
    assert total(slow("after").replications[0].samples, "breaker_changes", to=state, endpoint="messages_poll") > 0


def test_breakers_and_back_off_spare_the_database_that_is_slow() -> None:
    """Fewer polls reach it than without them, and afterwards nobody polls any more."""
    bare, kept = (
        slow(expression).replications[0].samples for expression in (FIXES, f"{FIXES}+4-1:backoff+4-1:stop+4-1:breaker")
    )
    asked = [sum(total(found, "attempts", window="slow", endpoint=poll) for poll in POLLS) for found in (bare, kept)]
    assert asked[1] < 0.8 * asked[0]
    assert total(kept, "attempts", window="aftermath", endpoint="messages_poll") == 0
    assert aggregate(select(kept, "freshness", window="aftermath", of="chat"), "avg") < 5_000


def test_engines_agree_on_breakers_in_the_event() -> None:
    """Breakers, back-off and an outage of both services, all in one program: the same figures."""
    sets = ["clients.participant.people=15", "clients.admin.people=1", "duration=9m"]
    small = ["platform.project.postgres.cores=0.05", "platform.project.postgrest.pool=1"]
    design, scenario = resolve_design("after", sets=small), resolve_scenario("brownout", sets=sets)
    program = lower(design.design, scenario.scenario)
    traces = {name: Trace() for name in EngineName}
    prints = {engine_of(name)(program, 3, trace=trace).fingerprint for name, trace in traces.items()}
    assert len(prints) == 1
    changes = {
        dict(spec.tags)["to"]: number for number, spec in enumerate(program.series) if spec.metric == "breaker_changes"
    }
    assert set(changes) == {"open", "half_open", "closed"}
    recording = engine_of(EngineName.FAST)(program, 3)
    assert all(
        sum(int(counts.sum()) for (series, _), counts in recording.counts.items() if series == number)
        for number in changes.values()
    )
    assert traces[EngineName.FAST].rows == traces[EngineName.REFERENCE].rows
