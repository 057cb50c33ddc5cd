"""The figures that designs are compared by; endpoints and clients are read from the designs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.webinars import attending, calling
from eventlive_sim.program.lower.context import DB_CPU, REST_POOL
from eventlive_sim.study.degrade import degrade_rows
from eventlive_sim.study.samples import Sample, aggregate, gauge, select, total
from eventlive_sim.study.token_figures import token_figures
from eventlive_sim.units import NS_PER_MS, NS_PER_S

Measure = Callable[[list[Sample]], float]


@dataclass(frozen=True)
class Figure:
    """A number of one replication, with its unit and how many digits it is worth."""

    name: str
    unit: str
    digits: int
    measure: Measure
    note: str = ""


def figures(designs: Sequence[Design], scenario: Scenario) -> list[Figure]:
    """Figures worth showing for these designs in this scenario."""
    endpoints = called(designs, scenario)
    hot = hot_endpoints(designs, scenario)
    audience = audiences(designs, scenario, hot)
    return [
        *(figure for name in endpoints for figure in _of_endpoint(name)),
        Figure("queries answered 400", "", 0, lambda samples: total(samples, "queries", status="400")),
        Figure("queries answered 409", "", 0, lambda samples: total(samples, "queries", status="409")),
        *_of_database(scenario),
        *(figure for name in hot for figure in _of_wait(name)),
        *(figure for name in scenario.timed for figure in _of_queries(name, scenario)),
        *_of_audience(audience),
        *(_of_age(name) for name in shown(designs, endpoints)),
        *_of_channels(designs, scenario),
        *(Figure(*parts) for parts in token_figures(designs, scenario)),
        *(Figure(*row) for row in degrade_rows(designs)),
        Figure("goodput of the hot path", "1/s", 2, lambda samples: _rate(samples, "goodput")),
    ]


def hot_endpoints(designs: Sequence[Design], scenario: Scenario) -> list[str]:
    """Endpoints of the hot path that somebody calls."""
    return [name for name in called(designs, scenario) if any(_is_hot(design, name) for design in designs)]


def called(designs: Sequence[Design], scenario: Scenario) -> list[str]:
    """Endpoints that somebody of the scenario calls, in the order of the designs."""
    wanted = {source.call for _, source in calling(scenario)}
    for design in designs:
        wanted |= {job.call for job in design.jobs.values()}
        for name, _ in attending(scenario):
            if name in design.clients:
                wanted |= {loop.call for loop in design.clients[name].loops.values()}
    names = dict.fromkeys(name for design in designs for name in design.endpoints)
    return [name for name in names if name in wanted]


def audiences(designs: Sequence[Design], scenario: Scenario, hot: Sequence[str]) -> list[str]:
    """Clients whose loops call the hot path: those whom the event is for."""
    return [
        name
        for name in dict(attending(scenario))
        if any(
            loop.call in hot
            for design in designs
            if name in design.clients
            for loop in design.clients[name].loops.values()
        )
    ]


def _is_hot(design: Design, endpoint: str) -> bool:
    return endpoint in design.endpoints and design.endpoints[endpoint].hot


def _of_endpoint(name: str) -> list[Figure]:
    def trend(metric: str, what: str) -> Measure:
        return lambda samples: aggregate(select(samples, metric, endpoint=name), what)

    return [
        Figure(f"{name}: calls", "", 0, lambda samples: _ended(samples, endpoint=name)),
        Figure(f"{name}: queries a call, least", "", 0, trend("queries_per_call", "min")),
        Figure(f"{name}: queries a call, mean", "", 2, trend("queries_per_call", "avg")),
        Figure(f"{name}: queries a call, most", "", 0, trend("queries_per_call", "max")),
        Figure(f"{name}: statements a call, mean", "", 2, trend("statements_per_call", "avg")),
    ]


def _ended(samples: list[Sample], **tags: str) -> float:
    return float(total(samples, "attempts", **tags))


def _of_database(scenario: Scenario) -> list[Figure]:
    minutes = scenario.duration / 60e9

    def per_minute(metric: str, **tags: str) -> Measure:
        return lambda samples: total(samples, metric, **tags) / minutes

    def at(metric: str, station: str, what: str, level: float | None = None) -> Measure:
        return lambda samples: aggregate(select(samples, metric, station=station), what, level)

    return [
        Figure("database queries a minute", "1/min", 0, per_minute("queries", service="rest")),
        Figure("Auth requests a minute", "1/min", 0, per_minute("auth_requests")),
        Figure("database CPU", "%", 2, lambda samples: 100 * gauge(samples, "station_utilisation", station=DB_CPU)),
        Figure("pool wait, mean", "ms", 3, at("station_wait", REST_POOL, "avg")),
        Figure("pool wait, p99", "ms", 3, at("station_wait", REST_POOL, "p", 0.99)),
    ]


def _of_wait(name: str) -> list[Figure]:
    def level(value: float) -> Measure:
        return lambda samples: aggregate(select(samples, "call_duration", endpoint=name), "p", value)

    return [
        Figure(f"{name}: duration, p95", "ms", 1, level(0.95)),
        Figure(f"{name}: duration, p99", "ms", 1, level(0.99)),
    ]


def _of_queries(timed: str, scenario: Scenario) -> list[Figure]:
    """Figures of the queries that a scenario asks to time: an endpoint's, or one step's."""
    endpoint, _, step = timed.partition(".")
    tags = {"endpoint": endpoint} | ({"step": step} if step else {})
    seconds = scenario.duration / NS_PER_S

    def level(value: float) -> Measure:
        return lambda samples: aggregate(select(samples, "query_duration", **tags), "p", value)

    def work(samples: list[Sample]) -> float:
        trends = [sample.trend for sample in select(samples, "query_work", **tags) if sample.trend is not None]
        return sum(trend.sum for trend in trends) / NS_PER_MS / seconds

    return [
        Figure(f"queries of {timed}: duration, p95", "ms", 2, level(0.95)),
        Figure(f"queries of {timed}: duration, p99", "ms", 2, level(0.99)),
        Figure(f"queries of {timed}: database time a second", "ms", 3, work, "on cores of speed 1"),
    ]


def _of_audience(audience: Sequence[str]) -> list[Figure]:
    def minutes(samples: list[Sample]) -> float:
        found = [gauge(samples, "presence_minutes", client=name) for name in audience]
        return math.fsum(value for value in found if not math.isnan(value))

    def calls(samples: list[Sample]) -> float:
        there = minutes(samples)
        made = sum(total(samples, "attempts", client=name) for name in audience)
        return made / there if there else math.nan

    def queries(samples: list[Sample]) -> float:
        there = minutes(samples)
        return total(samples, "queries") / there if there else math.nan

    if not audience:
        return []
    return [
        Figure("calls a participant-minute", "1/min", 3, calls),
        Figure("queries a participant-minute", "1/min", 3, queries, "all queries of the event, whoever caused them"),
    ]


def _rate(samples: list[Sample], metric: str) -> float:
    found = select(samples, metric)
    return aggregate(found, "rate") if found else 0.0


def shown(designs: Sequence[Design], endpoints: Sequence[str]) -> list[str]:
    """Names of what people see through the endpoints."""
    names = dict.fromkeys(
        endpoint.shows
        for design in designs
        for name, endpoint in design.endpoints.items()
        if name in endpoints and endpoint.shows is not None
    )
    return list(names)


def _of_channels(designs: Sequence[Design], scenario: Scenario) -> list[Figure]:
    """Figures of Realtime, where somebody holds a channel."""
    clients = [
        design.clients[name] for design in designs for name in dict(attending(scenario)) if name in design.clients
    ]
    if not any(client.held for client in clients):
        return []
    seconds = scenario.duration / NS_PER_S

    def per_second(metric: str) -> Measure:
        return lambda samples: total(samples, metric) / seconds

    def connections(samples: list[Sample]) -> float:
        return aggregate(select(samples, "realtime_connections"), "max")

    def noticed(name: str) -> Measure:
        return lambda samples: aggregate(select(samples, "detection", of=name), "avg") / 1_000

    again = any(group.again is not None for _, group in attending(scenario))
    checks = dict.fromkeys(name for client in clients for name in client.checks) if again else {}
    return [
        Figure("Realtime connections, most", "", 0, connections),
        Figure("Realtime messages a second", "1/s", 1, per_second("realtime_messages"), "once for each receiver"),
        Figure("presence messages a second", "1/s", 1, per_second("presence_messages"), "once for each receiver"),
        Figure("channels closed by a quota", "", 0, lambda samples: total(samples, "realtime_closed")),
        *(Figure(f"{name}: time to notice", "s", 1, noticed(name)) for name in checks),
    ]


def _of_age(name: str) -> Figure:
    def measure(samples: list[Sample]) -> float:
        return aggregate(select(samples, "freshness", of=name), "avg") / 1_000

    return Figure(f"{name}: age when renewed", "s", 1, measure)
