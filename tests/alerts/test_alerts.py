"""Alerts over replications: leads, false alarms, series that are not there, and the command."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.errors import ModelError
from eventlive_sim.model.alerts import Alerts
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import ResolvedDesign, resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.alerts import Watched, watch, with_rules
from eventlive_sim.study.alerts.rules import evaluate, selectors_of
from eventlive_sim.study.alerts.scrapes import Scrapes, edges_of, watched_program
from tests.alerts.watched import room

FEW = "clients.participant.people=100"
SOME = "clients.participant.people=400"
"""Of fewer people the database can bear the polls."""
OUTAGE = "s2_realtime_outage"


def rules_of(design: str) -> ResolvedDesign:
    """A design with the rules of the one after the fixes."""
    return with_rules(resolve_design(design), resolve_design("after"))


@cache
def quiet() -> Watched:
    """An ordinary evening after the fixes, 50 times."""
    scenario = resolve_scenario("ordinary_evening", sets=["clients.participant.people=60"])
    return watch(rules_of("after"), scenario, replications=50)


@cache
def incident(name: str) -> Watched:
    """An incident of before, a few times."""
    people = SOME if name == OUTAGE else FEW
    return watch(rules_of("before"), resolve_scenario(name, sets=[people]), replications=3)


def test_nothing_fires_on_an_ordinary_evening() -> None:
    """In 50 replications no rule does; so fewer than 6 % of such evenings have a false alarm, with 95 % confidence."""
    assert len(quiet().replications) == 50
    assert quiet().fired() == 0
    assert quiet().false_alarms().high == pytest.approx(1 - 0.05 ** (1 / 50))


@pytest.mark.parametrize("name", ["s1", "s2_realtime_outage", "s3_admins"])
def test_an_alert_comes_before_a_budget_is_past_saving(name: str) -> None:
    """In each scenario of the incident, in every replication."""
    lead = incident(name).lead()
    assert len(lead.lost) == 3
    assert min(lead.lost) > 0


def test_each_rule_has_its_scenario() -> None:
    """400 and 409 where the column is missing, sockets where Realtime goes; not where they are not."""
    outage, evening = incident("s2_realtime_outage"), incident("s3_admins")
    for name in ("bad_requests", "conflicts"):
        assert evening.fired([name]) == outage.fired([name]) == 3
    assert outage.fired(["disconnects"]) == 3
    assert evening.fired(["disconnects"]) == 0


def test_a_dragging_database_is_seen_by_the_fifth_rule() -> None:
    """Of the four of the specification only /token speaks of it, and later."""
    scenario = resolve_scenario("starved_database", sets=["clients.participant.people=100", "faults.slow.speed=0.002"])
    done = watch(rules_of("after"), scenario, replications=2)
    assert done.fired(["bad_requests", "conflicts", "token_already_used", "disconnects"]) == 0
    for told in done.replications:
        assert not told.rules["token_slow"].first_s < told.rules["cores_busy"].first_s
    assert done.fired(["cores_busy"]) == 2
    assert min(done.lead().lost) > 0


def test_slow_auth_is_told_by_its_tokens() -> None:
    """The rule on /token fires where Auth is slow, and nothing but it and the bug's rules do."""
    scenario = resolve_scenario("sluggish_auth", sets=[FEW])
    done = watch(rules_of("before"), scenario, replications=1)
    assert not done.missing
    fired = {name for name in done.rules if done.fired([name])}
    assert fired == {"bad_requests", "conflicts", "token_slow"}


def test_a_rule_waits_for_its_series() -> None:
    """A series that nobody counts is told, not taken for quiet; a status that never comes is only quiet."""
    design, scenario = room()
    tree: dict[str, Any] = {"rules": {"odd": {"when": [{"rate": "no_such_metric{a:b}", "above": 1}]}}}
    alerts = Alerts.model_validate(
        {"rules": {**tree["rules"], "teapot": {"when": [{"rate": "queries{status:418}", "above": 0}]}}}
    )
    changed = replace(design, design=design.design.model_copy(update={"alerts": alerts}))
    small = resolve_scenario(str(scenario.file), sets=[FEW, "duration=1h"])
    small = replace(
        small, scenario=small.scenario.model_copy(update={"budgets": {}, "duration": 60_000_000_000, "windows": {}})
    )
    done = watch(changed, small, replications=1)
    assert done.missing == {"odd": ["no_such_metric{a:b}"]}
    assert done.rules == ["teapot"]
    assert done.fired() == 0


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"rate": "realtime_connections", "above": 1}, "rate does not fit realtime_connections"),
        ({"quantile": "queries_per_call", "above": 1}, "quantile does not fit queries_per_call"),
        ({"gauge": "queries{status}", "above": 1}, "a tag and its value"),
    ],
)
def test_function_that_does_not_fit_is_refused(when: dict[str, Any], said: str) -> None:
    """A rate of a level, a quantile of counts, tags that cannot be read."""
    design, scenario = room()
    alerts = Alerts.model_validate({"rules": {"odd": {"when": [when]}}})
    changed = replace(design, design=design.design.model_copy(update={"alerts": alerts}))
    with pytest.raises(ModelError, match=said):
        watch(changed, scenario, replications=1)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"rate": "a", "gauge": "b", "above": 1}, "exactly one"),
        ({"rate": "a"}, "above, below, slower"),
        ({"rate": "a", "slower": "1s"}, "slower does not fit rate"),
        ({"mean": "a", "per": "b", "slower": "1s"}, "divided once"),
    ],
)
def test_comparison_that_makes_no_sense_is_refused(when: dict[str, Any], said: str) -> None:
    """Two functions, no threshold, a duration of a rate."""
    with pytest.raises(ValueError, match=said):
        Alerts.model_validate({"rules": {"odd": {"when": [when]}}})


def test_who_has_no_rules_is_told() -> None:
    """Nothing to evaluate is an error, not silence."""
    with pytest.raises(ModelError, match="no alert rules"):
        watch(resolve_design("before"), resolve_scenario("s1"), replications=1)
    with pytest.raises(ModelError, match=r"^before\+5-1:cache has no alert rules"):
        with_rules(resolve_design("before"), resolve_design("before+5-1:cache"))


def test_looking_on_changes_nothing() -> None:
    """The watched program does what the plain one does, in both engines; its counters are the same."""
    design, scenario = room()
    alerts = design.design.alerts
    short = scenario.scenario.model_copy(update={"duration": 330_000_000_000, "windows": {}, "budgets": {}})
    watched = watched_program(design.design, short, alerts.scrape, selectors_of(alerts))
    plain, ours, theirs = kernel(lower(design.design, short), 3), kernel(watched, 3), reference(watched, 3)
    assert ours.fingerprint == theirs.fingerprint
    assert ours.totals.events == plain.totals.events
    for key, sums in plain.sums.items():
        assert ours.sums[key].sum() == sums.sum()
    both = [
        Scrapes.of(watched, one, design.design, alerts.scrape, {one.metric for one in selectors_of(alerts)})
        for one in (ours, theirs)
    ]
    for rule in alerts.rules.values():
        one, other = (evaluate(alerts, rule, scrapes) for scrapes in both)
        assert one.firings == other.firings


def test_ticks_end_at_scrapes_and_windows() -> None:
    """What happens between is in one tick."""
    scenario = resolve_scenario("s2_realtime_outage").scenario
    edges = edges_of(scenario, 45_000_000_000)
    assert edges[0] == 0
    assert edges[-1] == scenario.duration
    assert {edge for window in scenario.windows.values() for edge in window} <= set(edges)
    assert set(range(0, scenario.duration, 45_000_000_000)) <= set(edges)


def test_the_command(tmp_path: Path) -> None:
    """Table, JSON, picture and rule file of one call; the quiet evening has the same rules."""
    files = {name: tmp_path / name for name in ("out.json", "rules.yaml", "one.svg")}
    arguments = ["alerts", "before", "s2_realtime_outage", "--rules", "after", "-n", "2", "-q", "--set", SOME]
    arguments += ["--quiet-scenario", "ordinary_evening", "--quiet-design", "after", "--quiet-replications", "2"]
    arguments += [
        "--json",
        str(files["out.json"]),
        "--prometheus",
        str(files["rules.yaml"]),
        "--picture",
        str(files["one.svg"]),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "2 of 2" in done.output
    assert "0 of 2, at most 77.6 %" in done.output
    document = json.loads(files["out.json"].read_text(encoding="utf-8"))
    assert document["schema"] == "eventlive-alerts/1"
    (first, _) = document["replications"]
    assert first["fired_s"]["disconnects"][0][0] == 316
    assert document["leads"]["bad_requests"]["before_past_saving_s"][0] > 0
    assert document["false_alarms"]["any of them"]["fired"] == 0
    assert files["rules.yaml"].read_text(encoding="utf-8").startswith("groups:")
    picture = files["one.svg"].read_text(encoding="utf-8")
    assert "disconnects fires at 316 s." in picture
    assert picture.count("<polyline") >= 4


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--picture", "x.png"], "ends in .svg"),
        (["--quiet-design", "after"], "name one with --quiet-scenario"),
        (["--rules", "befor"], "befor"),
    ],
)
def test_the_command_refuses(more: list[str], said: str) -> None:
    """What it cannot do is said before anything is simulated."""
    with pytest.raises(ModelError, match=said):
        CliRunner().invoke(app, ["alerts", "before", "s1", *more], catch_exceptions=False)


def test_design_reads_rules_as_data() -> None:
    """The rules of the ticket are part of the design after the fixes; before has none."""
    assert isinstance(resolve_design("after").design, Design)
    assert {"bad_requests", "conflicts", "token_slow", "disconnects"} <= set(
        resolve_design("after").design.alerts.rules
    )
    assert not resolve_design("before").design.alerts.rules
    assert not math.isnan(resolve_design("after").design.alerts.scrape)
