"""Arithmetic before a simulation: what is offered, against what the parts can take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eventlive_sim.model.design import Client, Design, Endpoint, walk_steps
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.steps import AuthCheck, Insert, Rpc, Select, StepPart, Update, Upsert
from eventlive_sim.units import seconds


@dataclass(frozen=True)
class Offered:
    """Load of one endpoint if every step of it is taken: an upper bound for handlers with conditions.

    Rates in 1/s, demands in seconds of a core (or of a connection) a second.
    """

    endpoint: str
    calls_per_s: float
    queries_per_s: float
    cpu: float
    pool: float
    auth_pool: float


@dataclass(frozen=True)
class Part:
    """A part, what is offered to it and what it has, in the same unit."""

    name: str
    offered: float
    capacity: float
    unit: str

    @property
    def share(self) -> float:
        """Share of the capacity that is offered; at 1 and above the queue grows without bound."""
        return self.offered / self.capacity if self.capacity else math.inf


@dataclass(frozen=True)
class Preflight:
    """Offered load by endpoint, and by part against its capacity."""

    offered: tuple[Offered, ...]
    parts: tuple[Part, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each part that is offered more than it has."""
        return tuple(
            f"{part.name}: {part.offered:.3g} {part.unit} are offered and there are {part.capacity:g}: "
            "the queue grows as long as the load lasts"
            for part in self.parts
            if part.share >= 1
        )


def preflight(design: Design, scenario: Scenario) -> Preflight:
    """Load with everybody present, by arithmetic on means; no queueing, no conditions, no retries."""
    rates: dict[str, float] = {}
    for name, attendance in scenario.clients.items():
        if name in design.clients:
            _add_client(rates, design.clients[name], attendance.people)
    for source in scenario.sources.values():
        rates[source.call] = rates.get(source.call, 0.0) + source.batch / seconds(mean_ns(source.every))
    offered = tuple(
        _offered(design, name, design.endpoints[name], rate) for name, rate in rates.items() if name in design.endpoints
    )
    project = design.platform.project
    return Preflight(
        offered,
        (
            Part(
                "database cores",
                sum(item.cpu for item in offered),
                project.postgres.cores * project.postgres.speed,
                "cores",
            ),
            Part("REST connections", sum(item.pool for item in offered), project.postgrest.pool, "connections"),
            Part("Auth connections", sum(item.auth_pool for item in offered), project.auth.pool, "connections"),
        ),
    )


def _add_client(rates: dict[str, float], client: Client, people: int) -> None:
    tabs = sum(int(number) * share for number, share in client.tabs.items())
    for loop in client.loops.values():
        if loop.every is not None:
            many = people * (tabs if loop.tab == "each" else 1)
            rates[loop.call] = rates.get(loop.call, 0.0) + many / seconds(mean_ns(loop.every))


def _offered(design: Design, name: str, endpoint: Endpoint, rate: float) -> Offered:
    project = design.platform.project
    trips = seconds(mean_ns(project.postgrest.round_trip)) * project.postgrest.round_trips
    queries = cpu = pool = auth = 0.0
    for path, _, step in walk_steps(dict(endpoint.steps)):
        if isinstance(step, AuthCheck):
            if step.auth == "get_user" or project.auth.keys == "symmetric":
                demand = project.auth.user_statements * mean_ns(project.auth.statement) + mean_ns(project.auth.user_cpu)
                queries, cpu, auth = queries + 1, cpu + seconds(demand), auth + seconds(demand)
        elif not _inside_rpc(design, name, path):
            demand = seconds(_demand(design, endpoint, step))
            if demand or isinstance(step, Rpc):
                commit = seconds(mean_ns(project.postgres.commit)) if _writes(step) else 0.0
                queries, cpu = queries + 1, cpu + demand
                pool += demand / project.postgres.speed + trips + commit
    return Offered(name, rate, rate * queries, rate * cpu, rate * pool, rate * auth / project.postgres.speed)


def _inside_rpc(design: Design, name: str, path: str) -> bool:
    owner = path.rsplit(".", 1)[0] if "." in path else ""
    steps = {where: step for where, _, step in walk_steps(dict(design.endpoints[name].steps))}
    return bool(owner) and isinstance(steps.get(owner), Rpc)


def _writes(step: StepPart) -> bool:
    if isinstance(step, Rpc):
        return any(not isinstance(statement, Select) for statement in step.statements.values())
    return isinstance(step, Insert | Upsert | Update)


def _demand(design: Design, endpoint: Endpoint, step: StepPart) -> float:
    """Mean CPU demand of a query [ns], the REST service's own included; 0 for what is no query."""
    postgres, rest = design.platform.project.postgres, mean_ns(design.platform.project.postgrest.cpu)
    if isinstance(step, Rpc):
        inner = sum(_statement(design, endpoint, statement) for statement in step.statements.values())
        return rest + inner + (mean_ns(postgres.costs["rpc"]) if "rpc" in postgres.costs else 0.0)
    statement = _statement(design, endpoint, step)
    return rest + statement if statement else 0.0


def _statement(design: Design, endpoint: Endpoint, step: StepPart) -> float:
    costs = design.platform.project.postgres.costs
    kind = getattr(step, "cost", None) or ("scan" if isinstance(step, Select) and step.by == "scan" else step.KIND)
    if kind not in costs:
        return 0.0
    demand = mean_ns(costs[kind])
    policy = design.tables[getattr(step, step.KIND)].policy if endpoint.role != "service" else None
    if policy is not None:
        demand += mean_ns(policy.read if isinstance(step, Select) else policy.write)
    if isinstance(step, Select) and step.by == "scan" and "scan_row" in costs:
        per_row = mean_ns(costs["scan_row"]) + (mean_ns(policy.per_row) if policy is not None else 0.0)
        demand += step.rows * per_row
    return demand
