"""Hidden capacity of a design by formula: the load under which no trigger leaves a lasting overload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from eventlive_sim.model.design import Design, Loop, walk_steps
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.steps import Delay, Visit, Work
from eventlive_sim.model.webinars import neighbourhoods
from eventlive_sim.study.amplification import amplification
from eventlive_sim.study.preflight import CHANNELS_DOWN, per_second, preflight
from eventlive_sim.theory.metastable import Standing, crowding_capacity, stable_capacity, standing
from eventlive_sim.units import seconds


@dataclass(frozen=True)
class Hidden:
    """What a part can take of the calls of a scenario, in calls a second of their mix."""

    part: str
    load: float
    capacity: float
    """C_norm: calls a second with which it is full."""
    amplification: float
    """By how much failures can multiply its work."""

    @property
    def stable(self) -> float:
        """C_stable = C_norm / amplification [1/s]."""
        return stable_capacity(self.capacity, self.amplification)

    @property
    def standing(self) -> Standing:
        """Where the load stands."""
        return standing(self.load, self.capacity, self.amplification)


@dataclass
class _Asked:
    """Work a second of a part, and the same with every try after a failure."""

    capacity: float
    work: float = 0.0
    amplified: float = 0.0

    def add(self, work: float, tries: float) -> None:
        self.work += work
        self.amplified += work * tries


def hidden_capacities(design: Design, scenario: Scenario) -> tuple[Hidden, ...]:
    """Hidden capacity of each part that is asked for anything, the one with the least first.

    Notes
    -----
    With everybody present. The load is that of loops without a condition over time; work is amplified by every try after a
    failure, and by the polling of loops that run only while a channel is down. Stations that the design itself names are
    counted as if everybody ran every loop.
    """
    if scenario.webinars:
        of_each = (
            replace(one, part=f"{name}: {one.part}" if name else one.part)
            for name, world in neighbourhoods(design, scenario)
            for one in hidden_capacities(design, world)
        )
        return tuple(sorted(of_each, key=lambda one: one.stable))
    offered = preflight(design, scenario)
    calls = sum(one.calls_per_s for one in offered.offered)
    asked = {part.name: _Asked(part.capacity, part.offered, part.amplified) for part in offered.parts if part.amplified}
    for part in offered.parts:
        base = part.name.removesuffix(CHANNELS_DOWN)
        if base != part.name and base in asked:
            asked[base].amplified += part.offered - asked[base].work
    for rate, loop in _loops(design, scenario):
        _add_stations(asked, design, rate, loop.call, amplification(loop), loop)
    for source in scenario.sources.values():
        if source.call in design.endpoints:
            _add_stations(asked, design, source.batch / seconds(mean_ns(source.every)), source.call, 1.0)
    found = [
        Hidden(name, calls, calls * one.capacity / one.work, max(1.0, one.amplified / one.work))
        for name, one in asked.items()
        if one.work > 0 and one.capacity > 0
    ]
    return tuple(sorted(found, key=lambda one: one.stable))


def _loops(design: Design, scenario: Scenario) -> Iterator[tuple[float, Loop]]:
    for name, attendance in scenario.clients.items():
        if name not in design.clients:
            continue
        client = design.clients[name]
        for loop in client.loops.values():
            if loop.while_ is None:
                yield attendance.people * per_second(client, loop), loop


def _add_stations(
    asked: dict[str, _Asked], design: Design, rate: float, endpoint: str, tries: float, loop: Loop | None = None
) -> None:
    """Add what calls ask of the stations that the design itself names."""
    steps = [step for _, _, step in walk_steps(dict(design.endpoints[endpoint].steps))]
    delays = sum(mean_ns(step.delay) for step in steps if isinstance(step, Delay))
    for step in steps:
        if isinstance(step, Visit):
            service = mean_ns(step.service)
            patience = 0.0 if loop is None or loop.timeout is None else loop.timeout - delays
            if step.crowding and patience > service:  # the clients' patience ends before the servers do
                most = crowding_capacity(seconds(service), seconds(step.crowding), seconds(patience))
                asked.setdefault(f"{step.visit}, crowded", _Asked(most)).add(rate, tries)
                continue
            asked.setdefault(step.visit, _Asked(design.stations[step.visit].servers)).add(
                rate * seconds(service), tries
            )
        if isinstance(step, Work):
            station = design.stations[step.work]
            demand = seconds(mean_ns(step.demand))
            asked.setdefault(step.work, _Asked(station.cores * station.speed)).add(rate * demand, tries)
