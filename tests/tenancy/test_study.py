"""What studies say of several webinars: budgets by webinar, arithmetic by project."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.model.webinars import undisturbed
from eventlive_sim.study.budgets import known_budgets, measure
from eventlive_sim.study.hidden import hidden_capacities
from eventlive_sim.study.preflight import preflight
from eventlive_sim.study.run import run, unstarted
from eventlive_sim.study.samples import select

FEW = [
    *(f"webinars.{name}.clients.participant.people=15" for name in ("quiet", "loud")),
    *(f"webinars.{name}.clients.admin.people=1" for name in ("quiet", "loud")),
]


def asking(key: str, threshold: str = "avg<1") -> ResolvedScenario:
    """The scenario of two webinars with one budget."""
    scenario = resolve_scenario("neighbours", sets=FEW)
    return replace(scenario, scenario=scenario.scenario.model_copy(update={"budgets": {key: (threshold,)}}))


def test_a_level_of_a_station_that_each_webinar_has_asks_which() -> None:
    """On one project there is one; on two it must be said."""
    key = "station_utilisation{station:db_cpu}"
    assert known_budgets(unstarted(resolve_design("before"), asking(key)))
    apart = resolve_design("before+9-1:B")
    with pytest.raises(ModelError, match="which webinar's") as error:
        known_budgets(unstarted(apart, asking(key)))
    assert "quiet, loud" in error.value.remedy
    assert known_budgets(unstarted(apart, asking("station_utilisation{station:db_cpu,webinar:quiet}")))


def test_names_of_webinars_are_checked() -> None:
    """One that there is not; and the tag where there are no webinars."""
    with pytest.raises(ModelError, match="'lout'"):
        known_budgets(unstarted(resolve_design("before"), asking("goodput{webinar:lout}", "rate>0")))
    single = resolve_scenario("s1")
    wrong = replace(
        single, scenario=single.scenario.model_copy(update={"budgets": {"goodput{webinar:quiet}": ("rate>0",)}})
    )
    with pytest.raises(ModelError, match="tag of goodput"):
        known_budgets(unstarted(resolve_design("before"), wrong))


def test_figures_of_webinars_add_up() -> None:
    """Calls and minutes of each are those of all; budgets find their own."""
    done = run(resolve_design("before+9-1:B"), asking("goodput{webinar:quiet}", "rate>0"))
    samples = done.replications[0].samples
    for metric in ("calls", "attempts", "goodput"):
        whole = sum(one.count for one in select(samples, metric))
        parts = [sum(one.count for one in select(samples, metric, webinar=name)) for name in ("quiet", "loud")]
        assert sum(parts) == whole
        assert min(parts) > 0
    (budget,) = known_budgets(done)
    assert measure(samples, budget) > 0
    stations = {(one.tags["station"], one.tags.get("webinar")) for one in select(samples, "station_wait")}
    assert {("rest_pool", "quiet"), ("rest_pool", "loud")} <= stations


def test_arithmetic_is_by_project() -> None:
    """On one project loads add up against what there is once; on two each has its own."""
    scenario = resolve_scenario("neighbours").scenario
    together, apart = (
        {part.name: part for part in preflight(resolve_design(text).design, scenario).parts}
        for text in ("before", "before+9-1:B")
    )
    cores = together["database cores"]
    own = [apart[f"{name}: database cores"] for name in ("quiet", "loud")]
    assert cores.capacity == own[0].capacity == own[1].capacity
    assert cores.offered == pytest.approx(own[0].offered + own[1].offered, rel=1e-6)
    hidden = {one.part for one in hidden_capacities(resolve_design("before+9-1:B").design, scenario)}
    assert {"quiet: database cores", "loud: database cores"} <= hidden


def test_undisturbed_has_the_same_people_and_nothing_goes_wrong() -> None:
    """Faults and disturbances of the scenario and of each webinar are gone; the rest stays."""
    scenario = resolve_scenario("neighbours").scenario
    calm = undisturbed(scenario)
    assert scenario.webinars["loud"].faults
    assert not any(one.faults or one.platform_faults or one.disturbances for one in calm.webinars.values())
    assert {name: one.clients for name, one in calm.webinars.items()} == {
        name: one.clients for name, one in scenario.webinars.items()
    }
