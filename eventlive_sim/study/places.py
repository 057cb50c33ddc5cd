"""A design in a scenario by their names, with values set: what a worker of another process can resolve for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario

_ADDED = {"people", "arrive", "stay", "every", "batch"}
"""Fields of who comes that may be set though the scenario does not write them."""


def resolve_all(
    designs: Sequence[str], scenario: str, sets: Sequence[str]
) -> tuple[list[ResolvedDesign], ResolvedScenario]:
    """Designs and a scenario; each set value goes where its path is, and must be somewhere."""
    plain = resolve_scenario(scenario)
    of_scenario = [text for text in sets if _belongs(text, plain.tree)]
    of_design = [text for text in sets if text not in of_scenario]
    resolved = resolve_scenario(scenario, sets=of_scenario) if of_scenario else plain
    return [resolve_design(design, sets=of_design) for design in designs], resolved


def _belongs(text: str, tree: dict[str, Any]) -> bool:
    """Whether the path of ``path=value`` lies in a scenario: its value, or a field beside others of a part."""
    path = text.split("=", 1)[0].strip().split(".")
    if path == ["timed"]:  # of scenarios alone, whether or not they write it
        return True
    node: Any = tree
    for key in path[:-1]:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    last_is_new = path[0] in {"clients", "sources"} and path[-1] in _ADDED
    return isinstance(node, dict) and (path[-1] in node or (last_is_new and len(path) == 3))


@dataclass(frozen=True)
class Place:
    """A design and a scenario as they are named; called with more values it resolves both."""

    design: str
    scenario: str
    sets: tuple[str, ...] = ()

    def __call__(self, more: Sequence[str] = ()) -> tuple[ResolvedDesign, ResolvedScenario]:
        """Design and scenario with these ``path=value`` set as well."""
        (one,), world = resolve_all([self.design], self.scenario, [*self.sets, *more])
        return one, world
