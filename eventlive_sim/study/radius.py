"""The blast radius: what one webinar notices of the others, by where they live."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.nodes import suggestion
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.webinars import alone
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.program.scoped import WEBINAR
from eventlive_sim.study.compare import mean
from eventlive_sim.study.figures import called, hot_endpoints, shown
from eventlive_sim.study.run import Run, run_all
from eventlive_sim.study.samples import Sample, aggregate, select, total
from eventlive_sim.study.workers import Progress

_LEVEL = 0.95
"""Of the quantiles: people speak of p95."""


@dataclass(frozen=True)
class Noticed:
    """A figure of the watched webinar under one design.

    Attributes
    ----------
    beside, alone : float
        Means over replications, with the other webinars and without them; not a number where there is nothing to measure.
    """

    beside: float
    alone: float


@dataclass(frozen=True)
class RadiusRow:
    """A figure in a window, design by design."""

    window: str
    figure: str
    unit: str
    digits: int
    values: tuple[Noticed, ...]


@dataclass(frozen=True, eq=False)
class Radius:
    """What a webinar notices of the others under each of some designs."""

    designs: tuple[ResolvedDesign, ...]
    scenario: ResolvedScenario
    webinar: str
    rows: tuple[RadiusRow, ...]
    seed: int
    replications: int


def radius(
    designs: Sequence[ResolvedDesign],
    scenario: ResolvedScenario,
    *,
    webinar: str = "",
    seed: int = 1,
    replications: int = 4,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Radius:
    """Figures of one webinar beside the others, and of the same webinar alone.

    Parameters
    ----------
    webinar : str
        The one that is watched; by default the first.
    seed, replications, engine, workers, progress
        As in `run`. Under one seed people of the first webinar are the same beside the others and alone.

    Raises
    ------
    ModelError
        If the scenario has less than two webinars, or none of that name.
    """
    world = scenario.scenario
    if len(world.webinars) < 2:
        raise ModelError(
            f"{scenario.name} has {len(world.webinars)} webinars",
            "name a scenario with two or more",
            rule="no-webinars",
        )
    watched = webinar or next(iter(world.webinars))
    if watched not in world.webinars:
        problem = f"{scenario.name} has no webinar {watched!r}"
        raise ModelError(problem, suggestion(watched, world.webinars), rule="unknown-name")

    def part_of(number: int) -> Progress | None:
        return None if progress is None else lambda part: progress((number + part) / 2)

    def ran(where: ResolvedScenario, number: int) -> list[Run]:
        return run_all(
            designs,
            where,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=part_of(number),
        )

    runs = ran(scenario, 0), ran(replace(scenario, scenario=alone(world, watched)), 1)
    rows = tuple(_rows(designs, scenario, watched, runs))
    return Radius(tuple(designs), scenario, watched, rows, seed, replications)


@dataclass(frozen=True)
class _Figure:
    """A figure of a webinar: an aggregate of a metric, or the share of calls that are not served."""

    name: str
    unit: str
    digits: int
    metric: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    aggregated: str = "p"
    scale: float = 1.0

    def measure(self, samples: list[Sample], window: str, own: dict[str, str]) -> float:
        """Value in a window of one replication; not a number where there is nothing, or too little, to measure."""
        if self.metric:
            found = select(samples, self.metric, window, **dict(self.tags), **own)
            return aggregate(found, self.aggregated, _LEVEL) * self.scale
        ended = total(samples, "calls", window, **own) - total(samples, "calls", window, outcome="in_flight", **own)
        served = total(samples, "calls", window, outcome="served", **own)
        return 100 * (1 - served / ended) if ended else math.nan


def _figures(designs: Sequence[Design], world: Scenario) -> Iterator[_Figure]:
    for name in hot_endpoints(designs, world):
        yield _Figure(f"{name}: p95", "ms", 1, "call_duration", (("endpoint", name),))
    for name in shown(designs, called(designs, world)):
        yield _Figure(f"{name}: age when renewed", "s", 1, "freshness", (("of", name),), "avg", 1e-3)
    yield _Figure("calls that are not served", "%", 2)


def _rows(
    designs: Sequence[ResolvedDesign], scenario: ResolvedScenario, watched: str, runs: tuple[list[Run], list[Run]]
) -> Iterator[RadiusRow]:
    plain, world = [design.design for design in designs], alone(scenario.scenario, watched)
    beside, by_itself = runs
    for window in (*scenario.scenario.windows, WHOLE):
        for figure in _figures(plain, world):
            values = tuple(
                Noticed(_mean(figure, one, window, {WEBINAR: watched}), _mean(figure, other, window, {}))
                for one, other in zip(beside, by_itself, strict=True)
            )
            yield RadiusRow(window, figure.name, figure.unit, figure.digits, values)


def _mean(figure: _Figure, run: Run, window: str, own: dict[str, str]) -> float:
    return mean([figure.measure(replication.samples, window, own) for replication in run.replications])
