"""EventLive under S2: a storm emerges before, a ceiling holds after; and quotas alone can start one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.run import Run, run
from eventlive_sim.study.samples import Sample, aggregate, gauge, select, total

PEOPLE = 100
# A tenth of the people on a tenth of the database; at least one core a job would otherwise stay one.
SMALL = ("platform.project.postgres.cores=0.2", "platform.project.postgrest.pool=2")
CHECK = "clients.participant.checks.duplicate_login"
SHARED = f"{CHECK}.on=chat"


@cache
def outage(design: str, lasts: str) -> Run:
    """S2 with an outage of some length, a tenth of everything."""
    sets = (f"clients.participant.people={PEOPLE}", "clients.admin.people=1", f"faults.outage.lasts={lasts}")
    return run(resolve_design(design, sets=SMALL), resolve_scenario("s2_realtime_outage", sets=sets))


def queries_a_second(done: Run, begin: int, end: int) -> np.ndarray:
    """Queries to the database in each bin of 10 s between two times [s], a second."""
    recording, program = done.replications[0].recording, done.program
    rates = np.zeros(recording.bins)
    for (series, _), sums in recording.sums.items():
        if program.series[series].metric == "queries" and dict(program.series[series].tags)["service"] == "rest":
            rates += sums / 10
    return rates[begin // 10 : end // 10]


def samples(done: Run) -> list[Sample]:
    return done.replications[0].samples


def test_before_a_storm_emerges() -> None:
    """Nothing but Realtime is out, and the database is asked many times as often, its pool queues, pings are late."""
    done = outage("before", "2m")
    quiet, during = queries_a_second(done, 180, 300).mean(), queries_a_second(done, 310, 420).mean()
    assert during > 5 * quiet
    found = samples(done)
    assert gauge(found, "station_utilisation", window="outage", station="db_cpu") > 0.9
    assert gauge(found, "station_utilisation", window="quiet", station="db_cpu") < 0.4
    wait = {
        window: aggregate(select(found, "station_wait", window=window, station="rest_pool"), "avg")
        for window in ("quiet", "outage")
    }
    assert wait["outage"] > 20 * wait["quiet"]
    slow = {
        window: aggregate(select(found, "call_duration", window=window, endpoint="presence_ping"), "avg")
        for window in ("quiet", "outage")
    }
    assert slow["outage"] > 2 * slow["quiet"]


def test_before_the_storm_ends_with_its_cause() -> None:
    """Closed loops hold back by themselves: after the last try to reconnect has been let in, all is as it was."""
    done = outage("before", "2m")
    assert total(samples(done), "attempts", window="aftermath", endpoint="messages_poll") == 0
    assert queries_a_second(done, 600, 900).mean() < 2 * queries_a_second(done, 180, 300).mean()


def test_without_a_fallback_there_is_no_storm() -> None:
    """The cause taken away, the effect is gone: nobody polls, and the same minutes are as without an outage."""
    loops = "clients.participant.loops"
    silent = resolve_design("before", sets=(*SMALL, f"{loops}.chat_fallback.first=1h", f"{loops}.qa_fallback.first=1h"))
    sets = (f"clients.participant.people={PEOPLE}", "clients.admin.people=1")
    rates = {}
    for begins in ("5m", "18m"):
        world = resolve_scenario("s2_realtime_outage", sets=(*sets, f"faults.outage.from={begins}"))
        rates[begins] = queries_a_second(run(silent, world), 310, 420).mean()
    assert rates["5m"] == pytest.approx(rates["18m"], rel=0.05)


def test_after_there_is_a_ceiling_that_does_not_grow_with_the_outage() -> None:
    """Two loops of 15 s over 100 people and their second tabs, less the hidden ones: about 13 a second, however long."""
    ceiling = 2 * PEOPLE * 1.15 / 15
    peaks = {}
    for lasts, end in (("30s", 330), ("2m", 420), ("10m", 900)):
        done = outage("after", lasts)
        quiet = queries_a_second(done, 180, 300).mean()
        peaks[lasts] = queries_a_second(done, 300, end).max() - quiet
    assert all(peak < 1.5 * ceiling for peak in peaks.values()), peaks
    long = outage("after", "10m")
    assert queries_a_second(long, 600, 900).mean() < 1.2 * ceiling + queries_a_second(long, 180, 300).mean()
    assert gauge(samples(long), "station_utilisation", window="outage", station="db_cpu") < 0.7


def test_after_the_chat_is_as_late_as_the_design_says() -> None:
    """Asked every 15 s plus or minus 5, while somebody looks: 21 s at most in half of all cases, and before it was 4."""
    ages = {
        design: aggregate(select(samples(outage(design, "2m")), "freshness", window="outage", of="chat"), "med") / 1000
        for design in ("before", "after")
    }
    assert ages["before"] < 8
    assert 10 < ages["after"] < 21


def quota(people: int, *sets: str) -> list[Sample]:
    """S2 without an outage, in a room of some size."""
    world = resolve_scenario("s2_quota", sets=[f"clients.participant.people={people}"])
    return samples(run(resolve_design("before", sets=sets), world))


NO_LIMIT = "platform.project.realtime.quotas.pro_uncapped.presence_calls=0"


@pytest.mark.parametrize(
    ("people", "sets", "limit"),
    [
        # On a channel of its own the check dies, and nobody falls back.
        (40, (), ""),
        # The chat shares the channel: the limit of one client bites in any room.
        (40, (SHARED,), "presence_calls"),
        # Without that limit, N members told of N calls every 5 s: N x (N + 1) / 5 against 1,000 a second.
        (60, (SHARED, NO_LIMIT), ""),
        (75, (SHARED, NO_LIMIT), "presence_second"),
        # Reading local state, only joins are told.
        (75, (SHARED, f"{CHECK}.by=state"), ""),
    ],
)
def test_presence_alone_starts_a_storm_where_a_limit_is_broken_and_the_chat_shares_the_channel(
    people: int, sets: tuple[str, ...], limit: str
) -> None:
    """Nothing fails; whoever lost the chat to a limit polls for good, and nobody else does."""
    found = quota(people, *sets)
    polls = total(found, "attempts", window="steady", endpoint="messages_poll")
    if not limit:
        assert polls == 0
        return
    assert total(found, "realtime_closed", reason=limit, channel="chat") > 0.9 * people
    # Six minutes, every 2 s or a little more.
    assert polls > 100 * people


def test_a_channel_for_all_that_shares_breaks_the_limit_of_the_capped_plan_in_a_small_room() -> None:
    """With the spend cap on, 50 presence messages a second: N x (N + 1) / 5 of 20 people are 84."""
    capped = ("platform.project.spend_cap=true", "platform.project.realtime.quotas.pro.presence_calls=0")
    found = quota(20, SHARED, *capped)
    assert total(found, "realtime_closed", reason="presence_second", channel="chat") >= 20


def test_a_plan_with_too_few_connections_makes_the_rest_poll_from_the_start() -> None:
    """S1 on a plan of 10 connections for 20 people: the others get 429 for ever, and the database feels it."""
    small = "platform.project.realtime.quotas.pro_uncapped.connections=10"
    world = resolve_scenario("s1", sets=["clients.participant.people=20", "clients.admin.people=0"])
    found = samples(run(resolve_design("before", sets=[small]), world))
    enough = samples(run(resolve_design("before"), world))
    assert gauge(found, "realtime_connections", client="participant") <= 10
    assert total(found, "realtime_connects", status="429") > 1000
    assert total(found, "queries") > 3 * total(enough, "queries")
    assert total(enough, "attempts", endpoint="messages_poll") == 0
