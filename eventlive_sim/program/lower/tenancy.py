"""Several webinars in one program: which of them meet in one project or deployment, and what is each one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.webinars import alone
from eventlive_sim.program.scoped import ScopedAssembler

if TYPE_CHECKING:
    from eventlive_sim.program.lower.context import Lowering


class Housing:
    """A project, a deployment, or what one webinar has for itself: made by the first that moves in, shared by the rest.

    Parameters
    ----------
    scope : str
        Name that its parts bear; empty where there is only one of its kind.
    rooms : int
        How many webinars it is for.
    """

    def __init__(self, scope: str = "", rooms: int = 1) -> None:
        self.scope = scope
        self.rooms = rooms
        self.residents: list[Lowering] = []
        self._made: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        """Whether all who are to live here have moved in."""
        return len(self.residents) == self.rooms

    def once(self, asm: ScopedAssembler, what: str, make: Callable[[], int]) -> int:
        """Number of a part, which is made when it is first asked for."""
        if what not in self._made:
            with asm.within(self.scope):
                self._made[what] = make()
        return self._made[what]


@dataclass(frozen=True)
class Site:
    """Where a webinar lives."""

    scope: str = ""
    """Name of the webinar; empty where there is only one."""
    own: Housing = field(default_factory=Housing)
    project: Housing = field(default_factory=Housing)
    deployment: Housing = field(default_factory=Housing)
    tabs_least: int = 1
    """Most tabs of anybody in any webinar: ids of tabs count by it."""


def most_tabs(design: Design, scenario: Scenario) -> int:
    """Most tabs that anybody in a scenario of one webinar has, that of a second login included."""
    clients = [design.clients[name] for name in scenario.clients if name in design.clients]
    again = any(group.again is not None for group in scenario.clients.values())
    return max((int(key) for client in clients for key in client.tabs), default=1) + again


def sites(design: Design, scenario: Scenario) -> Iterator[tuple[Site, Scenario]]:
    """Where each webinar lives, and the scenario of it alone."""
    if not scenario.webinars:
        yield Site(), scenario
        return
    tenancy, count = design.tenancy, len(scenario.webinars)
    project, deployment = Housing(rooms=count), Housing(rooms=count)
    scenarios = {name: alone(scenario, name, tenancy) for name in scenario.webinars}
    tabs = max(most_tabs(design, world) for world in scenarios.values())
    for name, world in scenarios.items():
        yield (
            Site(
                name,
                Housing(name),
                project if tenancy.project == "all" else Housing(name),
                deployment if tenancy.deployment == "all" else Housing(name),
                tabs,
            ),
            world,
        )
