"""Every design, ticket option and scenario resolves to the explicit twin that is committed beside the tests.

Whoever changes a model sees in the twins what the change comes to. EVENTLIVE_REGENERATE=1 rewrites them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import (
    design_names,
    explicit,
    resolve_design,
    resolve_scenario,
    scenario_names,
    tickets_of,
)
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.yaml import dump, load
from tests.model.together import completed, tickets

FOLDER = Path(__file__).parents[1] / "files" / "resolved"
DESIGNS = design_names()
SCENARIOS = scenario_names()
TICKETED = [name for name in DESIGNS if tickets_of(name)]


def check(name: str, twin: Any) -> None:
    """Compare a twin with the committed one, or rewrite that."""
    path = FOLDER / f"{name}.yaml"
    if os.environ.get("EVENTLIVE_REGENERATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(twin), encoding="utf-8")
    assert path.is_file(), f"{path.name} is missing; run once with EVENTLIVE_REGENERATE=1"
    assert load(path).data == twin


@pytest.mark.parametrize("name", DESIGNS)
def test_twin_of_a_design_is_current_and_says_the_same(name: str) -> None:
    """The twin is committed, and is read back as the very design."""
    design = resolve_design(name).design
    twin = explicit(design)
    assert Design.model_validate(twin) == design
    check(f"design-{name}", twin)


@pytest.mark.parametrize("name", SCENARIOS)
def test_twin_of_a_scenario_is_current_and_says_the_same(name: str) -> None:
    """The twin is committed, and is read back as the very scenario."""
    scenario = resolve_scenario(name).scenario
    twin = explicit(scenario)
    assert Scenario.model_validate(twin) == scenario
    check(f"scenario-{name}", twin)


@pytest.mark.parametrize(
    "base", [name for name in TICKETED if resolve_design(name).expression == name and name != "after"]
)
def test_what_each_ticket_option_changes_is_current(base: str) -> None:
    """For every option: which leaves it adds, changes and removes, against the base with what it requires."""
    changes = {}
    for option in tickets(base):
        needed = [other for other in completed(base, [option]) if other != option]
        without = leaves(explicit(resolve_design("+".join([base, *needed])).design))
        with_it = leaves(explicit(resolve_design("+".join([base, *needed, option])).design))
        changes[option] = {
            "beside": needed,
            "adds": {path: value for path, value in with_it.items() if path not in without},
            "changes": {
                path: [without[path], value]
                for path, value in with_it.items()
                if path in without and without[path] != value
            },
            "removes": [path for path in without if path not in with_it],
        }
    check(f"tickets-{base}", changes)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Scalars and lists of a tree by path."""
    if isinstance(value, dict) and value:
        return {
            key: leaf
            for name, item in value.items()
            for key, leaf in leaves(item, f"{path}.{name}" if path else name).items()
        }
    return {path: value}
