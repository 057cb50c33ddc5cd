"""What the pages show of one replication: small, so that many are kept; no recording stays behind it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.lower.context import AUTH_POOL, DB_CPU, REST_POOL
from eventlive_sim.program.program import Program
from eventlive_sim.study.budgets import Budget, measure
from eventlive_sim.study.figures import figures
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.recovery import served
from eventlive_sim.study.samples import Sample, aggregate, collect, select
from eventlive_sim.units import NS_PER_MS, NS_PER_S

Floats = NDArray[np.float64]

SERIES = ("queries", "errors", "auth", "cpu", "wait", "goodput", "breakers", "degrade")
"""Courses in time that pages draw: per second, per cent of the database's cores, milliseconds, how many."""


@dataclass(frozen=True)
class Flow:
    """Queries of one step of an endpoint that were answered alike."""

    endpoint: str
    step: str
    service: str
    status: str
    count: int


@dataclass(frozen=True, eq=False)
class Replica:
    """One replication as pages show it.

    Attributes
    ----------
    seed : int
        Its own seed.
    events : int
        Events that the engine processed.
    time_s : array
        Beginnings of time bins [s].
    series : dict
        Of ``SERIES`` those that the design has, a value a bin.
    figures : dict
        Figures by name, as ``compare`` prints them.
    flows : tuple of Flow
        Where the queries went.
    calls : dict
        Calls of clients by endpoint.
    measured : dict
        What budgets came to, by their names.
    ages : dict
        By what people see: the 95th percentile of its age [s].
    laws : dict
        Laws that it was checked against, and at how many places each.
    """

    seed: int
    events: int
    time_s: Floats
    series: dict[str, Floats]
    figures: dict[str, float]
    flows: tuple[Flow, ...]
    calls: dict[str, int]
    measured: dict[str, float]
    ages: dict[str, float]
    laws: dict[str, int]


def replica_of(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    program: Program,
    budgets: list[Budget],
    recording: Recording,
) -> Replica:
    """Replica of a recording."""
    samples = collect(program, recording, design.design)
    return Replica(
        recording.seed,
        recording.totals.events,
        np.arange(recording.bins) * recording.bin_ns / NS_PER_S,
        dict(_series(design, program, recording)),
        {figure.name: figure.measure(samples) for figure in figures([design.design], scenario.scenario)},
        tuple(_flows(program, recording)),
        _calls(samples),
        {budget.name: measure(samples, budget) for budget in budgets},
        dict(_ages(samples)),
        dict(Counter(law.name for law in all_laws(program, recording))),
    )


def _calls(samples: list[Sample]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sample in select(samples, "attempts"):
        found[sample.tags["endpoint"]] = found.get(sample.tags["endpoint"], 0) + sample.count
    return found


def _ages(samples: list[Sample]) -> Iterator[tuple[str, float]]:
    for name in dict.fromkeys(sample.tags["of"] for sample in select(samples, "freshness")):
        value = aggregate(select(samples, "freshness", of=name), "p", 0.95) / 1_000
        if math.isfinite(value):
            yield name, value


def _flows(program: Program, recording: Recording) -> Iterator[Flow]:
    for (series, tag), bins in sorted(recording.sums.items()):
        spec = program.series[series]
        if spec.metric == "queries" and (count := int(bins.sum())):
            tags = dict(spec.tags)
            yield Flow(tags["endpoint"], tags.get("step", ""), tags.get("service", ""), str(tag), count)


# ---------------------------------------------------------------- courses in time


def _series(design: ResolvedDesign, program: Program, recording: Recording) -> Iterator[tuple[str, Floats]]:
    width_s = recording.bin_ns / NS_PER_S
    yield "queries", _counted(program, recording, "queries", service="rest") / width_s
    yield "errors", _errors(program, recording) / width_s
    yield "auth", _counted(program, recording, "auth_requests") / width_s
    yield "goodput", served(design.design, program, recording) / width_s
    yield from _of_stations(program, recording)
    metrics = {spec.metric for spec in program.series}
    if "breaker_changes" in metrics:
        opened, tried = (_counted(program, recording, "breaker_changes", to=state) for state in ("open", "half_open"))
        yield "breakers", np.cumsum(opened - tried)  # each trial begins in an open one
    if "degrade_changes" in metrics:
        entered, left = (_counted(program, recording, "degrade_changes", change=way) for way in ("enter", "leave"))
        yield "degrade", np.cumsum(entered - left)


def _counted(program: Program, recording: Recording, metric: str, **tags: str) -> Floats:
    found = np.zeros(recording.bins)
    for (series, _), bins in recording.sums.items():
        spec = program.series[series]
        if spec.metric == metric and tags.items() <= dict(spec.tags).items():
            found += bins
    return found


def _errors(program: Program, recording: Recording) -> Floats:
    """Queries answered with a client's error: what a handler may have ignored."""
    found = np.zeros(recording.bins)
    for (series, tag), bins in recording.sums.items():
        if program.series[series].metric == "queries" and tag in {400, 409}:
            found += bins
    return found


def _of_stations(program: Program, recording: Recording) -> Iterator[tuple[str, Floats]]:
    starts = np.arange(recording.bins) * recording.bin_ns
    lengths = np.minimum(recording.bin_ns, recording.horizon_ns - starts)
    for number, station in recording.stations.items():
        spec = program.stations[number]
        if spec.name == DB_CPU:
            yield "cpu", 100 * station.busy_integral / (spec.cores * lengths)
        elif spec.name == REST_POOL:
            left = station.grants + station.renegings
            with np.errstate(divide="ignore", invalid="ignore"):
                wait = np.where(left > 0, station.waiting_integral / NS_PER_MS / np.maximum(left, 1), 0.0)
            yield "wait", wait
        elif spec.name == AUTH_POOL:
            yield "auth_inside", station.inside_integral / lengths
