"""A design over a grid of settings: every point the same event, met by the same people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.stats.intervals import Interval, mean_interval
from eventlive_sim.study.budgets import Budget, measure, metric_of
from eventlive_sim.study.knobs import Knob
from eventlive_sim.study.run import run, unstarted
from eventlive_sim.study.workers import Progress

POINTS_MOST = 10_000
Setting = tuple[str, ...]
"""A value for each knob, in their order."""
Resolve = Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]
"""Design and scenario with these ``path=value`` set."""


@dataclass(frozen=True)
class Point:
    """One setting and what came of it.

    ``measured`` holds for each metric a value a replication, in the order of seeds; not a number where there was nothing to
    measure.
    """

    setting: Setting
    measured: tuple[tuple[float, ...], ...]

    def mean(self, metric: int) -> float:
        """Mean of a metric over replications; not a number if one of them has none."""
        return math.fsum(self.measured[metric]) / len(self.measured[metric])

    def interval(self, metric: int) -> Interval | None:
        """95 % interval of that mean; None with one replication or a value that is missing."""
        values = self.measured[metric]
        return mean_interval(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


@dataclass(frozen=True, eq=False)
class Sweep:
    """Points of a grid, the last knob fastest."""

    design: ResolvedDesign
    scenario: ResolvedScenario
    knobs: tuple[Knob, ...]
    metrics: tuple[str, ...]
    points: tuple[Point, ...]
    seed: int
    replications: int


def sweep(
    resolve: Resolve,
    knobs: Sequence[Knob],
    metrics: Sequence[str],
    *,
    seed: int = 1,
    replications: int = 4,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Simulate every point of a grid under common random numbers.

    Parameters
    ----------
    metrics : sequence of str
        What is measured: a metric as budgets write it, and an aggregate: ``freshness{of:chat}:p(95)``.

    Raises
    ------
    ModelError
        If a path, value or metric does not exist, at any point: before anything is simulated.
    """
    settings = list(itertools.product(*(knob.levels for knob in knobs)))
    if not knobs or not metrics or len(settings) > POINTS_MOST or len({knob.path for knob in knobs}) < len(knobs):
        problem = f"{len(knobs)} knobs make {len(settings)} points for {len(metrics)} metrics"
        remedy = f"give each knob once, at least one metric, and at most {POINTS_MOST} points"
        raise ModelError(problem, remedy, rule="bad-sweep")
    plain = resolve([])
    points = []
    grounds = [
        resolve([f"{knob.path}={value}" for knob, value in zip(knobs, setting, strict=True)]) for setting in settings
    ]
    asked = _asked(grounds[0], metrics)
    for number, (setting, (design, scenario)) in enumerate(zip(settings, grounds, strict=True)):
        part = None if progress is None else _part(progress, number, len(settings))
        done = run(
            design, scenario, seed=seed, replications=replications, engine=engine, workers=workers, progress=part
        )
        # Recordings are dropped here: of a point only its figures are kept, so that memory does not grow with the grid.
        values = tuple(tuple(measure(one.samples, metric) for one in done.replications) for metric in asked)
        points.append(Point(setting, values))
    return Sweep(*plain, tuple(knobs), tuple(metrics), tuple(points), seed, replications)


def _asked(ground: tuple[ResolvedDesign, ResolvedScenario], metrics: Sequence[str]) -> list[Budget]:
    place = unstarted(*ground)
    return [metric_of(place, written) for written in metrics]


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda share: progress((number + share) / count)


def frame(done: Sweep) -> pd.DataFrame:
    """Table of a sweep, a row a point: knobs by path; mean, low and high of each metric."""
    rows = []
    for point in done.points:
        row: dict[str, object] = {knob.path: value for knob, value in zip(done.knobs, point.setting, strict=True)}
        for number, metric in enumerate(done.metrics):
            interval = point.interval(number)
            row[metric] = point.mean(number)
            row[f"{metric} low"] = math.nan if interval is None else interval.low
            row[f"{metric} high"] = math.nan if interval is None else interval.high
        rows.append(row)
    return pd.DataFrame(rows)


def front(done: Sweep) -> list[int]:
    """Points that no other beats in both of the first two metrics, less being better; by the first metric."""
    found = []
    best = math.inf
    ranked = sorted(
        range(len(done.points)), key=lambda number: (done.points[number].mean(0), done.points[number].mean(1))
    )
    for number in ranked:
        second = done.points[number].mean(1)
        if math.isfinite(done.points[number].mean(0)) and second < best:
            best = second
            found.append(number)
    return found
