"""The models of EventLive: what is known of the incident holds in before, and each ticket moves what it is for."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from typing import Any

import pytest

from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.conditions import All, AnyOf, Condition, Is, Not
from eventlive_sim.model.design import Design, walk_steps
from eventlive_sim.model.lint import lint
from eventlive_sim.model.resolve import explicit, resolve_design, resolve_scenario, scenario_names, tickets_of
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.steps import AuthCheck, Cache, Insert, Rpc, Select, StepPart, Update, Upsert

OPTIONS = [(ticket.ticket, option) for ticket in tickets_of("before") for option in ticket.options]
PING, TRACK, STATS = "presence_ping", "access_track", "stats_access"


@cache
def design(*options: str) -> Design:
    """Design of before with options, or of another name alone."""
    return resolve_design("+".join(options if options[:1] == ("after",) else ("before", *options))).design


def holds(condition: Condition | None, outcomes: dict[str, str], *, guest: bool) -> bool:
    """Whether a condition holds, of outcomes by step; a status is an outcome's text."""
    match condition:
        case None:
            return True
        case Is("person.guest", value):
            return guest == (value == "true")
        case Is(subject, value):
            return outcomes.get(subject, "skipped") == value
        case Not(inner):
            return not holds(inner, outcomes, guest=guest)
        case All(inners):
            return all(holds(inner, outcomes, guest=guest) for inner in inners)
        case AnyOf(inners):
            return any(holds(inner, outcomes, guest=guest) for inner in inners)


def outcome(model: Design, step: StepPart, there: set[str]) -> str:
    """What a step comes to, with these tables' rows in place; it may put a row there."""
    match step:
        case Select(select=table, columns=columns):
            if not set(columns) <= set(model.tables[table].columns):
                return "failed"
            return "found" if model.tables[table].row == "event" or table in there else "missing"
        case Insert(insert=table) if model.tables[table].key:
            if table in there:
                return "conflict"
            there.add(table)
        case Upsert(upsert=table):
            there.add(table)
        case Update(update=table):
            return "found" if table in there else "missing"
        case Rpc(statements=statements):
            seen: dict[str, str] = {}
            for name, inner in statements.items():
                if holds(inner.when, seen, guest=False):
                    seen[name] = outcome(model, inner, there)
            return "missing" if "missing" in seen.values() else "found"
        case _:
            pass
    return "ok"


def taken(model: Design, endpoint: str, *, registered: bool, session: bool, guest: bool = False) -> dict[str, str]:
    """Queries of one call with what they come to, in order; keys are the names of the steps."""
    there = {"profiles", "webinars", *(["registrations"] * registered), *(["access_sessions"] * session)}
    outcomes: dict[str, str] = {}
    queries: dict[str, str] = {}
    for name, step in model.endpoints[endpoint].steps.items():
        if not holds(step.when, outcomes, guest=guest):
            continue
        found = outcome(model, step, there)
        if isinstance(step, Select | Insert | Upsert | Update | Rpc | AuthCheck | Cache):
            queries[name] = found
        if found in {"failed", "conflict"} and not step.errors:
            break
        outcomes[name] = "missing" if found == "failed" else found
    return queries


def every_call(model: Design, endpoint: str) -> list[dict[str, str]]:
    """Queries of a call in each case; guests do not ping."""
    cases = [
        taken(model, endpoint, registered=registered, session=session)
        for registered, session in product((False, True), repeat=2)
    ]
    if endpoint == TRACK:
        cases += [taken(model, endpoint, registered=False, session=session, guest=True) for session in (False, True)]
    return cases


def test_calls_of_before_take_as_many_queries_as_the_incident() -> None:
    """Ping 4 to 10, track 3 to 7, stats 6 to 8, for everybody; nine and seven when the bug bites."""
    for endpoint, low, high in ((PING, 4, 10), (TRACK, 3, 7), (STATS, 6, 8)):
        assert {low <= len(queries) <= high for queries in every_call(design(), endpoint)} == {True}
    assert len(taken(design(), PING, registered=True, session=True)) == 9
    assert len(taken(design(), TRACK, registered=True, session=True)) == 7
    assert len(taken(design(), TRACK, registered=False, session=False, guest=True)) == 3


def test_before_falls_into_the_trap() -> None:
    """A select of a column that is not there, believed missing, an insert that conflicts, one more read."""
    for endpoint in (PING, TRACK):
        queries = taken(design(), endpoint, registered=True, session=True)
        assert (queries["registration"], queries["register"], queries["reread"]) == ("failed", "conflict", "found")


def rules(model: Design) -> set[str]:
    """Rules that lint finds broken."""
    return {finding.id for finding in lint(model)}


def test_before_has_the_faults_and_after_has_not() -> None:
    """Lint sees the column, the ignored error and the unhandled conflict; none is left, and ping takes two at most."""
    assert rules(design()) >= {"L001", "L002", "L003"}
    assert rules(design("after")).isdisjoint({"L001", "L002", "L003", "L005", "L006"})
    after = design("after")
    for endpoint, most in ((PING, 2), (TRACK, 3)):
        for queries in every_call(after, endpoint):
            assert len(queries) <= most
            assert {"failed", "conflict"}.isdisjoint(queries.values())


@pytest.mark.parametrize("option", ["0-1:A", "0-1:B"])
def test_no_column_is_missing_after_0_1(option: str) -> None:
    """No call answers 400, so no insert follows one."""
    for endpoint in (PING, TRACK):
        assert all("failed" not in queries.values() for queries in every_call(design(option), endpoint))


def test_a_failed_read_ends_the_call_after_0_1() -> None:
    """Were the column missing again, nothing would follow."""
    text = "endpoints.presence_ping.steps.registration.columns=[id]"
    model = resolve_design("before+0-1:A", sets=[text]).design
    assert list(taken(model, PING, registered=True, session=True)) == ["user", "webinar", "registration"]


def test_conflicts_after_0_2() -> None:
    """A never conflicts; B does, and reads again."""
    for endpoint in (PING, TRACK):
        assert all("conflict" not in queries.values() for queries in every_call(design("0-2:A"), endpoint))
        queries = taken(design("0-2:B"), endpoint, registered=True, session=True)
        assert (queries["register"], queries["reread"]) == ("conflict", "found")


def test_ping_after_1_1() -> None:
    """Two queries at most; A turns walk-ins away by design, B registers them."""
    for option in ("1-1:A", "1-1:B"):
        assert all(len(queries) == 2 for queries in every_call(design(option), PING))
    refused = design("1-1:A").endpoints[PING]
    assert taken(design("1-1:A"), PING, registered=False, session=False)["presence"] == "missing"
    assert "refuse" in refused.steps
    assert refused.good == (403,)
    assert taken(design("1-1:B"), PING, registered=False, session=False)["presence"] == "found"
    written = {getattr(step, "upsert", None) for _, _, step in walk_steps(dict(refused.steps))}
    assert "registrations" not in written


@pytest.mark.parametrize(("option", "most"), [("1-2:session", 2), ("1-2:log", 2), ("1-2:both", 3)])
def test_track_after_1_2_takes_a_fixed_number_of_queries(option: str, most: int) -> None:
    """As many for everybody who is signed in; one fewer for guests, who are held to a cooldown."""
    model = design(option)
    assert {len(queries) for queries in every_call(model, TRACK)[:4]} == {most}
    assert {len(queries) for queries in every_call(model, TRACK)[4:]} == {most - 1}
    assert next(iter(model.endpoints[TRACK].steps)) == "guest_gate"
    assert model.endpoints[TRACK].good == (429,)
    assert resolve_design(f"before+{option}:cooldown=30s").design.stations["guest_track"].every == 30 * 10**9


def test_ping_after_2_1() -> None:
    """Directly, it asks nobody who is calling; through a function, two queries."""
    assert design("2-1:A").endpoints[PING].runs_on == "supabase"
    assert list(design("2-1:A").endpoints[PING].steps) == ["presence"]
    assert list(design("2-1:B").endpoints[PING].steps) == ["user", "presence"]
    # What the database function does is still 1-1's.
    assert list(design("1-1:A", "2-1:A").endpoints[PING].steps) == ["presence", "refuse"]


def checks(model: Design) -> dict[str, Any]:
    """How endpoints find out who is calling."""
    return {
        name: step.auth
        for name, endpoint in model.endpoints.items()
        for step in endpoint.steps.values()
        if isinstance(step, AuthCheck)
    }


def test_checks_after_3_1() -> None:
    """A asks as before; B checks on the frequent paths, with keys that allow it unless told otherwise."""
    assert checks(design("3-1:A")) == checks(design())
    assert [checks(design("3-1:B"))[name] for name in (PING, TRACK)] == ["local_jwt", "local_jwt"]
    assert design("3-1:B").platform.project.auth.keys == "asymmetric"
    assert design("3-1:B:keys=symmetric").platform.project.auth.keys == "symmetric"
    auth = design().platform.project.auth
    assert set(auth.get_user_rejects) - set(auth.local_rejects) == {"revoked_session"}


def test_dashboards_after_5_1() -> None:
    """The interval is a value of the option; cached figures and the summary stand beside it and each other."""
    assert str(design("5-1:interval=15s").clients["admin"].loops["stats"].every) == "15s"
    both = design("5-1:interval", "5-1:cache", "5-1:summary")
    assert list(both.endpoints[STATS].steps) == ["user", "admin", "registered", "live"]
    assert isinstance(both.endpoints[STATS].steps["live"], Cache)
    assert both.clients["admin"].loops["details"].call == "stats_details"
    with pytest.raises(ModelError, match="cannot stand beside"):
        resolve_design("before+5-1:interval+5-1:manual")
    with pytest.raises(EventLiveError):
        resolve_design("before+5-1:interval=5s")


def touched() -> dict[tuple[str, str], list[str]]:
    """Of each option what it touches: paths that it edits or takes over, and the tickets that it is of, needs or refuses."""
    found = {}
    for ticket in tickets_of("before"):
        for name, option in ticket.options.items():
            others = [text.split(":")[0] for text in (*option.requires, *option.excludes)]
            paths = [*(edit.path for edit in option.edits), *option.supersedes]
            found[ticket.ticket, name] = [*paths, *(f"#{one}" for one in (ticket.ticket, *others))]
    return found


def meet(ours: list[str], theirs: list[str]) -> bool:
    """Whether one path of ours is, or lies in, or holds one of theirs."""
    return any(
        one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.") for one in ours for other in theirs
    )


def test_all_pairs_and_triples_resolve_or_exclude_each_other() -> None:
    """Options of different tickets always stand beside each other; only those of one ticket may refuse, or need another.

    Of the triples only those are new whose three options touch each other: what touches nothing of the others changes
    nothing for them, and was tried in a pair.
    """
    marks = touched()
    near = {pair for pair in combinations(OPTIONS, 2) if meet(marks[pair[0]], marks[pair[1]])}
    for size in (1, 2, 3):
        for chosen in combinations(OPTIONS, size):
            if size == 3 and len(near & set(combinations(chosen, 2))) < 2:
                continue
            expression = "+".join(["before", *(f"{ticket}:{option}" for ticket, option in chosen)])
            try:
                resolve_design(expression)
            except ModelError as error:
                if error.rule == "ticket-requires":
                    continue
                assert error.rule == "ticket-excludes", expression  # noqa: PT017
                assert len({ticket for ticket, _ in chosen}) < size, expression


@pytest.mark.parametrize("name", ["before", "after"])
def test_designs_resolve_to_explicit_twins(name: str) -> None:
    """The twin says the same; guesses say why they are made."""
    resolved = resolve_design(name)
    assert Design.model_validate(explicit(resolved.design)) == resolved.design
    assert len(resolved.guesses) > 20
    assert all(number.source for number in resolved.sourced)


@pytest.mark.parametrize("name", ["s1_entry", "s3_admins"])
def test_scenarios_resolve_and_name_what_is_there(name: str) -> None:
    """Clients of scenarios are clients of the designs."""
    assert name in scenario_names()
    scenario = resolve_scenario(name).scenario
    assert Scenario.model_validate(explicit(scenario)) == scenario
    assert set(scenario.clients) <= set(design().clients)
    assert scenario.clients["participant"].people == 1000


def test_fallback_after_4_1() -> None:
    """The interval is a value; whoever loses the channel together does not ask together; hidden tabs rest if wanted."""
    for name in ("chat_fallback", "qa_fallback"):
        before = design().clients["participant"].loops[name]
        loop = resolve_design("before+4-1:interval=30s").design.clients["participant"].loops[name]
        assert (str(before.every), str(loop.every), str(loop.first)) == ("2s", "30s", "uniform(low=1s, high=30s)")
        assert not loop.visible_only
        assert design("4-1:visible").clients["participant"].loops[name].visible_only
    with pytest.raises(EventLiveError):
        resolve_design("before+4-1:interval=1s")


def test_duplicate_logins_after_4_2() -> None:
    """Before, `track` every 5 s on a channel of its own; then told by events, or asked for by a poll."""
    assert design().clients["participant"].checks["duplicate_login"].by == "track"
    assert design("4-2:events").clients["participant"].checks["duplicate_login"].by == "event"
    slow = resolve_design("before+4-2:slow:interval=60s").design.clients["participant"]
    assert not slow.checks
    assert slow.held == ("chat", "qa")
    assert str(slow.loops["login_poll"].every) == "60s"


def test_the_plan_decides_the_quota() -> None:
    """Plan and spend cap are the knobs; what they choose has sources."""
    quotas = {
        (plan, cap): resolve_design(
            "before", sets=[f"platform.project.plan={plan}", f"platform.project.spend_cap={cap}"]
        ).design.platform.project.quota.connections
        for plan, cap in (("free", "false"), ("pro", "true"), ("pro", "false"), ("team", "false"))
    }
    assert list(quotas.values()) == [200, 500, 10000, 10000]
    with pytest.raises(EventLiveError, match="no plan 'gold'"):
        resolve_design("before", sets=["platform.project.plan=gold"])
