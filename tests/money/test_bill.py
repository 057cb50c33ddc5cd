"""Bills by hand: every plan, every size, packages, credits, caps, projects of webinars, and what an event uses."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from eventlive_sim.engine.reference import simulate
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.prices import ItemPrice, read_prices, variants
from eventlive_sim.model.resolve import ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.bill import COMPUTE, COMPUTE_CREDIT, USAGE_CREDIT, Bill, bill_of, items_of
from eventlive_sim.study.budgets import known_budgets, measure
from eventlive_sim.study.money import EVERY, money
from eventlive_sim.study.run import run, unstarted
from eventlive_sim.study.usage import FORMULAS, usage_of
from tests.tenancy.webinars import OWN_PROJECT, built, webinar, world

PRICES, SOURCED = read_prices()
QUOTAS: dict[str, Any] = {"realtime": {"quotas": {"free": {}, "pro": {}, "team": {}}}}
PUBLISHED_MONTH = {"micro": 10, "small": 15, "medium": 60, "large": 110, "xl": 210, "2xl": 410, "4xl": 960}
PUBLISHED_MONTH |= {"8xl": 1870, "12xl": 2800, "16xl": 3730}


def plain(project: dict[str, Any] | None = None, functions: dict[str, Any] | None = None, **more: Any) -> Design:
    """A design of which only the platform matters."""
    platform = {"project": {**QUOTAS, **(project or {})}, "functions": functions or {}}
    endpoint = {"runs_on": "vercel", "cpu": "10ms", "steps": {"wait": {"delay": "90ms"}}}
    loop = {"call": "look", "first": "1s", "every": "10s"}
    return Design.model_validate(
        {
            "format": 1,
            "platform": platform,
            "endpoints": {"look": endpoint},
            "clients": {"guest": {"loops": {"look": loop}}},
            **more,
        }
    )


def bill(design: Design, events: int = 1, projects: int = 1, **usage: float) -> Bill:
    """Bill of some usage; of what is not named nothing is used."""
    nothing = dict.fromkeys((*PRICES.project.items, *PRICES.functions.items), 0.0)
    return bill_of(PRICES, design, nothing | usage, events=events, projects=projects)


def dollars(made: Bill, item: str) -> float:
    line = made.line(item)
    assert line is not None
    return line.dollars


# ---------------------------------------------------------------- plans and sizes


@pytest.mark.parametrize(
    ("plan", "cap", "month"), [("free", False, 0), ("pro", True, 25), ("pro", False, 25), ("team", False, 599)]
)
def test_every_plan(plan: str, cap: bool, month: float) -> None:
    """Without usage a plan costs its month, and a small project what its hours exceed the credit by."""
    size = "nano" if plan == "free" else "small"
    made = bill(plain({"plan": plan, "spend_cap": cap, "compute": size}))
    hours = 0 if plan == "free" else 730 * 0.0206 - 10
    assert made.month == pytest.approx(month + hours)
    assert made.gaps == ()


@pytest.mark.parametrize("size", PUBLISHED_MONTH)
def test_every_size(size: str) -> None:
    """By the hour it comes to what is published for a month, which is rounded to whole tens."""
    made = bill(plain({"plan": "pro", "compute": size}))
    assert dollars(made, COMPUTE) == pytest.approx(PUBLISHED_MONTH[size], rel=0.02)
    assert dollars(made, COMPUTE_CREDIT) == -min(10, dollars(made, COMPUTE))


def test_every_size_and_plan_of_the_presets_has_a_price() -> None:
    """Whatever a design can be put on can be paid for."""
    assert set(variants("sizes")) == set(PRICES.project.compute)
    assert {text.split("=")[1] for sets in variants("plans").values() for text in sets if ".plan=" in text} == set(
        PRICES.project.plans
    )


def test_items_say_how_they_are_counted_and_where_their_price_comes_from() -> None:
    """No price without a source, no item without a formula."""
    items = {**PRICES.project.items, **PRICES.functions.items}
    assert all(item.source for item in items.values())
    assert set(items) <= set(FORMULAS)
    assert all(number.source for number in SOURCED)


# ---------------------------------------------------------------- items


def test_packages_are_whole_where_they_are() -> None:
    """501 connections are one package of a thousand; people are charged one by one."""
    design = plain({"plan": "team", "compute": "small"})
    assert dollars(bill(design, realtime_connections=500), "realtime_connections") == 0
    assert dollars(bill(design, realtime_connections=501), "realtime_connections") == 10
    assert dollars(bill(design, realtime_connections=1500), "realtime_connections") == 10
    assert dollars(bill(design, realtime_connections=1501), "realtime_connections") == 20
    assert dollars(bill(design, active_users=100_002), "active_users") == pytest.approx(2 * 0.00325)


def test_a_month_sums_events_but_keeps_the_peak_of_one() -> None:
    """Six events of a million messages are one package beyond five; their sockets are not added up."""
    made = bill(plain({"plan": "team"}), 6, realtime_messages=1e6, realtime_connections=400)
    assert dollars(made, "realtime_messages") == 2.5
    assert dollars(made, "realtime_connections") == 0
    assert made.event == pytest.approx(made.month / 6)


def test_with_the_cap_what_is_beyond_is_refused_and_not_billed() -> None:
    """Off, it is billed and not refused."""
    for cap, expected in ((True, (0.0, 250.0)), (False, (10.0, 0.0))):
        line = bill(plain({"plan": "pro", "spend_cap": cap}), realtime_connections=750).line("realtime_connections")
        assert line is not None
        assert (line.dollars, line.refused) == expected


@pytest.mark.parametrize(("region", "cpu", "memory"), [("iad1", 0.128, 0.0106), ("icn1", 0.169, 0.0140)])
def test_functions_by_region_and_their_credit(region: str, cpu: float, memory: float) -> None:
    """Twenty dollars of usage are in the plan; what is beyond them is paid."""
    design = plain(functions={"plan": "pro", "region": region})
    few = bill(design, active_cpu=10, provisioned_memory=100, invocations=2e6)
    used = 10 * cpu + 100 * memory + 1.2
    assert dollars(few, USAGE_CREDIT) == pytest.approx(-used)
    assert few.month == pytest.approx(20)
    many = bill(design, active_cpu=1000)
    assert many.month == pytest.approx(20 + 1000 * cpu - 20)


def test_hobby_is_free_until_it_is_refused() -> None:
    """A million invocations are in it."""
    made = bill(plain(functions={"plan": "hobby", "region": "iad1"}), invocations=1_200_000)
    line = made.line("invocations")
    assert line is not None
    assert (made.month, line.refused) == (0, 200_000)


def test_what_has_no_price_is_said() -> None:
    """Plans that are agreed upon, regions that are not listed, sizes that a plan lacks."""
    assert "agreed upon" in bill(plain(functions={"plan": "enterprise"})).gaps[0]
    assert any("'sin1'" in gap for gap in bill(plain(functions={"plan": "pro", "region": "sin1"})).gaps)
    assert "nano only" in bill(plain({"plan": "free", "compute": "large"})).gaps[0]
    assert items_of(PRICES, plain()) == ()


def test_an_item_has_one_price() -> None:
    """One for all regions, or one for each."""
    for wrong in ({}, {"price": 1.0, "prices": {"iad1": 1.0}}):
        with pytest.raises(ValueError, match="one price or prices by region"):
            ItemPrice.model_validate({"unit": "GB", "source": "here", **wrong})


def test_projects_of_webinars_are_paid_for_while_they_are_kept() -> None:
    """Two webinars, three events, 48 hours each; or all month long."""
    kept = bill(plain({"plan": "pro", "compute": "small"}, tenancy={**OWN_PROJECT, "project_kept": "48h"}), 3, 2)
    assert dollars(kept, COMPUTE) == pytest.approx(3 * 2 * 48 * 0.0206)
    always = bill(plain({"plan": "pro", "compute": "small"}, tenancy=OWN_PROJECT), 3, 2)
    assert dollars(always, COMPUTE) == pytest.approx(2 * 730 * 0.0206)
    beside = bill(plain({"plan": "pro", "compute": "small"}, tenancy={**OWN_PROJECT, "projects_beside": 1}), 3, 2)
    assert dollars(beside, COMPUTE) == pytest.approx(3 * 730 * 0.0206)
    assert always.line("project_plan") == kept.line("project_plan")


# ---------------------------------------------------------------- usage


def test_a_tiny_event_by_hand() -> None:
    """One person, calls at 1, 11.1, 21.2 ...: six in a minute, each 10 ms of a core and 100 ms of an instance of 2 GB."""
    scenario = Scenario.model_validate({"format": 1, "duration": "1m", "clients": {"guest": {"people": 1}}})
    design = plain(functions={"plan": "pro", "region": "iad1", "memory_gb": 2.0})
    program = lower(design, scenario)
    used = usage_of(program, simulate(program, 1), design, PRICES)
    assert used["invocations"] == used["edge_requests"] == 6
    assert used["active_cpu"] == pytest.approx(6 * 0.010 / 3600)
    assert used["provisioned_memory"] == pytest.approx(6 * 0.100 / 3600 * 2)
    assert used["active_users"] == 1
    assert used["data_transfer"] == pytest.approx(6 * PRICES.bytes.response / 1e9)
    assert used["egress"] == used["realtime_messages"] == used["realtime_connections"] == 0


def test_messages_and_sockets_by_hand() -> None:
    """Six listen when one speaks; peaks of projects are added up, of one project they are one."""
    speaking = {"clients": {"speaker": {"loops": {"say": {"call": "say", "first": "30s", "every": "40s"}}}}}
    short = webinar(4, 0)
    short["clients"]["guest"] |= {"arrive": "uniform(0s, 2s)", "stay": "10s"}
    late = webinar(6)
    late["clients"]["guest"]["arrive"] = "uniform(20s, 25s)"
    for tenancy, most in (({}, 6), (OWN_PROJECT, 10)):
        design = built(tenancy, speaking)
        program = lower(design, world({"short": short, "late": late}))
        used = usage_of(program, simulate(program, 1), design, PRICES)
        assert used["realtime_messages"] == 7
        assert used["realtime_connections"] == most


# ---------------------------------------------------------------- studies and budgets


def test_cost_is_a_metric_that_budgets_may_name() -> None:
    """By item or all in all; of a design on no plan there is none to name."""
    sets = ("clients.participant.people=20", "clients.admin.people=0")
    design = resolve_design("before")
    scenario = resolve_scenario("s1_entry", sets=sets)
    budgets = {"cost": ("avg<100",), "cost{item:compute}": ("max<1",)}
    ground = unstarted(design, _with(scenario, budgets))
    done = run(design, ground.scenario)
    values = [measure(done.replications[0].samples, budget) for budget in known_budgets(ground)]
    assert values[0] == pytest.approx(25 + 730 * 0.0206 - 10 + 20)
    assert values[1] == pytest.approx(730 * 0.0206)
    with pytest.raises(ModelError, match="no item of cost"):
        known_budgets(unstarted(design, _with(scenario, {"cost{item:lunch}": ("avg<1",)})))


def _with(scenario: ResolvedScenario, budgets: dict[str, Any]) -> ResolvedScenario:
    short = {"duration": 240_000_000_000, "windows": {}, "budgets": budgets}
    return replace(scenario, scenario=scenario.scenario.model_copy(update=short))


def test_a_storm_costs_the_difference_under_the_same_seeds() -> None:
    """Every plan that there is, with the storm and without; a refused month is no dearer."""
    sets = ["clients.participant.people=40", "clients.admin.people=0"]
    scenario = resolve_scenario("s2_realtime_outage", sets=sets)
    done = money([resolve_design("before")], scenario, events=2, plans=[EVERY])
    assert [one.label for one in done.priced] == [
        "before free nano",
        "before pro",
        "before pro_uncapped",
        "before team",
    ]
    for one in done.priced:
        assert one.calm is not None
        more, less = one.bill.line("invocations"), one.calm.line("invocations")
        assert more is not None
        assert less is not None
        assert more.event > less.event > 0
        assert one.bill.listed - one.calm.listed == pytest.approx(
            math.fsum(a.listed - b.listed for a, b in zip(one.bill.lines, one.calm.lines, strict=True))
        )
    with pytest.raises(ModelError, match="no plan 'gratis'"):
        money([resolve_design("before")], scenario, plans=["gratis"])
