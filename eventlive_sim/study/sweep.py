"""A design over a grid or a hypercube of settings: every point the same event, met by the same people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.stats.intervals import Interval, mean_interval
from eventlive_sim.study.axes import Axis, distinct, hypercube
from eventlive_sim.study.knobs import Knob
from eventlive_sim.study.places import Place
from eventlive_sim.study.runner import Done, Limits, Study, run_study
from eventlive_sim.study.workers import Progress

POINTS_MOST = 10_000
Setting = tuple[str, ...]
"""A value for each knob, in their order."""


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
    """Points of a grid, the last knob fastest; or of a hypercube, as drawn."""

    design: ResolvedDesign
    scenario: ResolvedScenario
    knobs: tuple[Knob, ...]
    metrics: tuple[str, ...]
    points: tuple[Point, ...]
    seed: int
    replications: int
    sampled: bool = False
    """Whether the points are a Latin hypercube and no grid."""


def sweep(
    place: Place,
    knobs: Sequence[Knob] | Sequence[Axis],
    metrics: Sequence[str],
    *,
    samples: int = 0,
    seed: int = 1,
    replications: int = 4,
    engine: EngineName = EngineName.FAST,
    store: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> tuple[Sweep | None, Done]:
    """Simulate every point of a grid, or of a Latin hypercube, under common random numbers.

    Parameters
    ----------
    knobs : sequence of Knob or of Axis
        What is set: knobs with levels make a grid, axes with ranges a hypercube.
    samples : int
        Points of a hypercube.
    metrics : sequence of str
        What is measured: a metric as budgets write it, and an aggregate: ``freshness{of:chat}:p(95)``.
    store : Path, optional
        Folder that keeps each point: asked again, a sweep goes on from there.

    Returns
    -------
    Sweep or None, Done
        The sweep, the same whoever simulates; None if time was over before all points were known. And how it came about.

    Raises
    ------
    ModelError
        If a path, value or metric does not exist, at any point: before anything is simulated.
    """
    settings, sets, plain_knobs = _plan(knobs, metrics, samples, seed)
    study = Study(place, tuple(map(tuple, sets)), tuple(metrics), seed, replications, engine)
    done = run_study(study, store=store, limits=limits, progress=progress)
    points = [
        Point(setting, result.values)
        for setting, result in zip(settings, done.results, strict=True)
        if result is not None
    ]
    if done.missing:
        return None, done
    plain = place()
    found = Sweep(*plain, plain_knobs, tuple(metrics), tuple(points), seed, replications, sampled=samples > 0)
    return found, done


_Plan = tuple[list[Setting], list[list[str]], tuple[Knob, ...]]
"""Settings, what ``--set`` is given for each, and the knobs with the levels that they have there."""


def _plan(knobs: Sequence[Knob] | Sequence[Axis], metrics: Sequence[str], samples: int, seed: int) -> _Plan:
    if samples > POINTS_MOST:  # told before they are drawn
        raise ModelError(f"--samples is {samples}", f"ask for at most {POINTS_MOST} points", rule="bad-sweep")
    plan = _settings(knobs, samples, seed)
    if not metrics or not 0 < len(plan[0]) <= POINTS_MOST or len({knob.path for knob in plan[2]}) < len(knobs):
        problem = f"{len(knobs)} knobs make {len(plan[0])} points for {len(metrics)} metrics"
        remedy = f"give each knob once, at least one metric, and at most {POINTS_MOST} points"
        raise ModelError(problem, remedy, rule="bad-sweep")
    return plan


def _settings(knobs: Sequence[Knob] | Sequence[Axis], samples: int, seed: int) -> _Plan:
    axes = [one for one in knobs if isinstance(one, Axis)]
    if axes:
        distinct(axes)
        settings = hypercube(axes, samples, seed) if samples else []
        sets = [
            [text for one, value in zip(axes, setting, strict=True) for text in one.sets(value)] for setting in settings
        ]
        levels = [tuple(dict.fromkeys(setting[place] for setting in settings)) for place in range(len(axes))]
        return settings, sets, tuple(Knob(one.name, found) for one, found in zip(axes, levels, strict=True))
    grid = [one for one in knobs if isinstance(one, Knob)]
    settings = list(itertools.product(*(knob.levels for knob in grid))) if grid else []
    sets = [[f"{knob.path}={value}" for knob, value in zip(grid, setting, strict=True)] for setting in settings]
    return settings, sets, tuple(grid)


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
