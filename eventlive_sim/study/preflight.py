"""Arithmetic before a simulation: what is offered, against what the parts can take."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from eventlive_sim.model.conditions import PERSON_PREFIX, All, AnyOf, Condition, Is
from eventlive_sim.model.design import Client, Design, Loop
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.scenario import Attendance, Scenario
from eventlive_sim.model.webinars import neighbourhoods
from eventlive_sim.study.amplification import amplification
from eventlive_sim.study.channels import asked_of_realtime
from eventlive_sim.study.renewals import asked_of_addresses
from eventlive_sim.study.walk import Demand, LoadShare, Person, initial_rows, walk
from eventlive_sim.units import NS_PER_S, seconds

_ATTRIBUTES_MOST = 10
"""Most attributes of which every combination is walked; of more, the rest is as most people have it."""

CHANNELS_DOWN = ", channels down"
"""End of the name of a part that is offered what people poll as well."""

_TRIES_MOST = 1e9
"""What stands for tries without end: more than anything can take, and yet a number."""


@dataclass(frozen=True)
class Offered:
    """Load of one endpoint with everybody present.

    Rates in 1/s, demands in seconds of a core (or of a connection) a second.
    """

    endpoint: str
    calls_per_s: float
    queries_per_s: float
    cpu: float
    pool: float
    auth_pool: float

    @property
    def queries_per_call(self) -> float:
        """Mean queries of a call, over those who make it."""
        return self.queries_per_s / self.calls_per_s if self.calls_per_s else math.nan


@dataclass(frozen=True)
class Part:
    """A part, what is offered to it and what it has, in the same unit.

    ``at_entry`` is what is offered while people come, first calls included, at the rate at which they come;
    ``amplified`` what is offered at most when every call fails and its client tries again as often as it may.
    """

    name: str
    offered: float
    capacity: float
    unit: str
    at_entry: float = 0.0
    amplified: float = 0.0
    beyond: str = "the queue grows as long as the load lasts"
    """What happens beyond the capacity."""

    @property
    def share(self) -> float:
        """Share of the capacity that is offered; at 1 and above the queue grows without bound."""
        return self.offered / self.capacity if self.capacity else math.inf


@dataclass(frozen=True)
class Preflight:
    """Offered load by endpoint, and by part against its capacity."""

    offered: tuple[Offered, ...]
    parts: tuple[Part, ...]
    people: int = 0
    instant: tuple[str, ...] = ()
    """Clients who all come at one instant, and are more than there are connections."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each part that is offered more than it has, lastingly, at entry, or once calls fail."""
        told = [text for part in self.parts for text in _warnings(part)]
        return (
            *told,
            *(
                f"{name}: all come at one instant; their first calls queue up whatever there is"
                for name in self.instant
            ),
        )


def _warnings(part: Part) -> Iterator[str]:
    there = f"and there are {part.capacity:g}"
    if part.share >= 1:
        yield f"{part.name}: {part.offered:.3g} {part.unit} are offered {there}: {part.beyond}"
    elif part.at_entry > part.capacity:
        yield f"{part.name}: {part.at_entry:.3g} {part.unit} are offered while people come {there}: a queue until all are in"
    elif part.amplified > part.capacity:
        factor = part.amplified / part.offered
        yield (
            f"{part.name}: tries after failures can make {part.offered:.3g} {part.unit} {part.amplified:.3g} {there}: "
            f"stable for certain only below {part.capacity / factor:.3g}; above it a trigger may not pass"
        )


@dataclass
class _Load:
    """What an endpoint is asked a second: calls, their demand, and the same with every try after a failure."""

    calls: float = 0.0
    demand: Demand = field(default_factory=Demand)
    entry: Demand = field(default_factory=Demand)
    amplified: Demand = field(default_factory=Demand)
    fallback: Demand = field(default_factory=Demand)
    """Of loops that run only while a channel is down, with every channel down."""


def preflight(design: Design, scenario: Scenario) -> Preflight:
    """Load with everybody present, by arithmetic on means.

    Every loop is walked for each kind of person, once as the first call and once as any later one. There is no queueing
    and no time for the answer, so that closed loops are offered a little more than they will ask; limits refuse nobody.
    """
    if scenario.webinars:
        return _by_project(design, scenario)
    rates = dict(_rates(design, scenario))

    people = sum(attendance.people for attendance in scenario.clients.values())

    def load_shares(endpoint: str) -> LoadShare:
        rate = rates.get(endpoint, 0.0)
        return lambda cache: 1 / (1 + seconds(cache.ttl) * rate / (max(people, 1) if cache.per == "person" else 1))

    loads: dict[str, _Load] = {}
    most = design.platform.project.postgrest.pool
    for name, attendance in scenario.clients.items():
        if name in design.clients and attendance.people:
            _add_client(loads, design, name, attendance, load_shares)
    for call, rate in _streams(design, scenario):
        if call in design.endpoints:
            person = Person({}, initial_rows(design, {}))
            _add(loads, call, walk(design, design.endpoints[call], person, load_shares(call)), rate)
    return Preflight(
        tuple(_offered(name, load) for name, load in loads.items()),
        (*_parts(design, list(loads.values())), *_of_limits(design, scenario)),
        people,
        tuple(name for name, one in scenario.clients.items() if one.people > most and _arrivals(one) == math.inf),
    )


def _by_project(design: Design, scenario: Scenario) -> Preflight:
    """Load of each project that webinars are on; what is on a webinar's own bears its name."""
    found = [(name, preflight(design, world)) for name, world in neighbourhoods(design, scenario)]
    before = {name: f"{name}: " if name else "" for name, _ in found}
    return Preflight(
        tuple(replace(one, endpoint=before[name] + one.endpoint) for name, part in found for one in part.offered),
        tuple(replace(one, name=before[name] + one.name) for name, part in found for one in part.parts),
        sum(part.people for _, part in found),
        tuple(before[name] + client for name, part in found for client in part.instant),
    )


def _streams(design: Design, scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Endpoints that sources and jobs call, and how often a second."""
    for source in scenario.sources.values():
        yield source.call, source.batch / seconds(mean_ns(source.every))
    for job in design.jobs.values():
        yield job.call, 1 / seconds(job.every)


def _rates(design: Design, scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Calls a second by endpoint, conditions of loops left out: good enough for how often a cache is loaded."""
    rates: dict[str, float] = {}
    for call, rate in _streams(design, scenario):
        rates[call] = rates.get(call, 0.0) + rate
    for name, attendance in scenario.clients.items():
        for loop in design.clients[name].loops.values() if name in design.clients else ():
            rate = attendance.people * per_second(design.clients[name], loop) * (loop.while_ is None)
            rates[loop.call] = rates.get(loop.call, 0.0) + rate
    yield from rates.items()


def per_second(client: Client, loop: Loop) -> float:
    """Calls of one person a second, over all tabs."""
    mean = 0.0 if loop.every is None else mean_ns(loop.every)
    return _tabs(client, loop) * NS_PER_S / mean if mean else 0.0


def _tabs(client: Client, loop: Loop) -> float:
    return sum(int(number) * share for number, share in client.tabs.items()) if loop.tab == "each" else 1.0


def _add_client(
    loads: dict[str, _Load], design: Design, name: str, attendance: Attendance, load_shares: Callable[[str], LoadShare]
) -> None:
    client, coming = design.clients[name], _arrivals(attendance)
    for attributes, share in kinds_of_people({**client.attributes, **attendance.attributes}):
        person = Person(attributes, initial_rows(design, attributes))
        loops = [loop for loop in client.loops.values() if loop.when is None or holds_for(loop.when, attributes)]
        first, later = (
            [walk(design, design.endpoints[loop.call], person, load_shares(loop.call)) for loop in loops]
            for _ in range(2)
        )
        for loop, demand, entry in zip(loops, later, first, strict=True):
            rate = share * attendance.people * per_second(client, loop)
            if loop.while_ is not None:
                loads.setdefault(loop.call, _Load()).fallback.add(demand, rate)
                continue
            load = _add(loads, loop.call, demand, rate, amplification(loop))
            if math.isfinite(coming):
                load.entry.add(entry, share * coming * _tabs(client, loop))


def _add(loads: dict[str, _Load], endpoint: str, demand: Demand, rate: float, tries: float = 1) -> _Load:
    load = loads.setdefault(endpoint, _Load())
    load.calls += rate
    load.demand.add(demand, rate)
    load.amplified.add(demand, rate * min(tries, _TRIES_MOST))
    return load


def kinds_of_people(shares: dict[str, float]) -> Iterator[tuple[dict[str, bool], float]]:
    """Every combination of attributes that somebody has, with its share of people."""
    open_ = [name for name, share in shares.items() if 0 < share < 1][:_ATTRIBUTES_MOST]
    fixed = {name: share > 0.5 for name, share in shares.items() if name not in open_}
    for values in product((True, False), repeat=len(open_)):
        chosen = dict(zip(open_, values, strict=True))
        yield {**fixed, **chosen}, math.prod(shares[name] if has else 1 - shares[name] for name, has in chosen.items())


def holds_for(condition: Condition, attributes: dict[str, bool]) -> bool:
    """Whether a condition on the person holds for one with these attributes."""
    match condition:
        case Is(subject, value):
            return attributes.get(subject.removeprefix(PERSON_PREFIX), False) == (value == "true")
        case All(inners):
            return all(holds_for(inner, attributes) for inner in inners)
        case AnyOf(inners):
            return any(holds_for(inner, attributes) for inner in inners)
    return not holds_for(condition.condition, attributes)


def _arrivals(attendance: Attendance) -> float:
    """People who come a second, while they come: evenly over a uniform law, at its mean for others."""
    law = attendance.arrive
    values = dict(law.arguments)
    if law.law == "constant":
        return math.inf
    span = values["high"] - values["low"] if law.law == "uniform" else mean_ns(law)
    return attendance.people / seconds(span) if span else math.inf


def _offered(name: str, load: _Load) -> Offered:
    demand = load.demand
    return Offered(
        name, load.calls, demand.queries, seconds(demand.cpu_ns), seconds(demand.pool_ns), seconds(demand.auth_pool_ns)
    )


def _of_limits(design: Design, scenario: Scenario) -> Iterator[Part]:
    """What is asked of quotas and of limits by address."""
    for asked in (*asked_of_realtime(design, scenario), *asked_of_addresses(design, scenario, _with_session)):
        part = Part(asked.name, asked.offered, asked.limit, asked.unit)
        yield replace(part, beyond=asked.beyond) if asked.beyond else part


def _with_session(client: Client, attendance: Attendance) -> float:
    """Share of those who come that has a session."""
    when = None if client.sessions is None else client.sessions.when
    kinds = kinds_of_people({**client.attributes, **attendance.attributes})
    return sum(share for attributes, share in kinds if when is None or holds_for(when, attributes))


def _parts(design: Design, loads: list[_Load]) -> tuple[Part, ...]:
    project = design.platform.project

    def part(name: str, of: str, capacity: float, unit: str) -> Part:
        steady, entry, amplified = (
            sum(seconds(getattr(getattr(load, kind), of)) for load in loads)
            for kind in ("demand", "entry", "amplified")
        )
        return Part(name, steady, capacity, unit, steady + entry, amplified)

    cores, connections = project.postgres.cores * project.postgres.speed, project.postgrest.pool
    polled = {kind: sum(seconds(getattr(load.fallback, kind)) for load in loads) for kind in ("cpu_ns", "pool_ns")}
    kept = (
        part("database cores", "cpu_ns", cores, "cores"),
        part("REST connections", "pool_ns", connections, "connections"),
        part("Auth connections", "auth_pool_ns", project.auth.pool, "connections"),
    )
    if not polled["cpu_ns"]:
        return kept
    return (
        *kept,
        Part(kept[0].name + CHANNELS_DOWN, kept[0].offered + polled["cpu_ns"], cores, "cores"),
        Part(kept[1].name + CHANNELS_DOWN, kept[1].offered + polled["pool_ns"], connections, "connections"),
    )
