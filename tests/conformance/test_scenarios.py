"""Every scenario that ships, before and after: the laws hold, and the engines record the same."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario, scenario_names
from eventlive_sim.program.lower import lower
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.run import replication_seed

FEW = 5
"""Most people of the largest client; of others there is one. Everything else is as the scenario has it."""

NEEDS = {("retuned", "before"): "before+5-1:settings"}
"""Scenarios that change a setting, which a design has to take from outside: another is refused, and told so."""


@pytest.mark.parametrize("expression", ["before", "after"])
@pytest.mark.parametrize("name", scenario_names())
def test_laws_hold_and_engines_agree(name: str, expression: str) -> None:
    """Flow balance, Little and utilisation at every station; every figure of one engine is the other's."""
    whole = resolve_scenario(name).scenario
    groups = {f"clients.{client}": group for client, group in whole.clients.items()}
    for key, webinar in whole.webinars.items():
        groups |= {f"webinars.{key}.clients.{client}": group for client, group in webinar.clients.items()}
    most = max((group.people for group in groups.values()), default=0)
    few = [f"{path}.people={min(FEW if group.people == most else 1, group.people)}" for path, group in groups.items()]
    design = resolve_design(NEEDS.get((name, expression), expression)).design
    program = lower(design, resolve_scenario(name, sets=few).scenario)
    seed = replication_seed(1, 0)
    fast, reference = (engine_of(engine)(program, seed) for engine in (EngineName.FAST, EngineName.REFERENCE))
    assert not first_difference(fast, reference)
    assert fast.fingerprint == reference.fingerprint
    laws = all_laws(program, fast)
    assert {law.name for law in laws} >= {"arrivals", "departures", "little", "utilisation"}
    assert [f"{law.name} {law.station}" for law in laws if not law.holds] == []
    assert fast.totals.events > 0


def test_a_setting_that_a_design_does_not_take_is_refused() -> None:
    """With what would take it."""
    with pytest.raises(ModelError, match=r"give the loop remote: \{\}, or deploy"):
        lower(resolve_design("before").design, resolve_scenario("retuned").scenario)
