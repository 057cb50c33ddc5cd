"""Two designs under the same seeds: figures side by side, paired differences with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.stats.intervals import Interval, paired_interval
from eventlive_sim.study.figures import Figure, figures
from eventlive_sim.study.run import Run, run_all
from eventlive_sim.study.workers import Progress


@dataclass(frozen=True)
class Row:
    """One figure of two designs.

    ``one`` and ``other`` hold a value a replication, in the order of seeds; ``difference`` is the interval of
    other - one, None with a single replication or where a value is missing.
    """

    figure: Figure
    one: tuple[float, ...]
    other: tuple[float, ...]
    difference: Interval | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs and the figures of both."""

    one: Run
    other: Run
    rows: tuple[Row, ...]


def compare(
    one: ResolvedDesign,
    other: ResolvedDesign,
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 4,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two designs in a scenario, replication by replication under common random numbers."""
    first, second = run_all(
        [one, other], scenario, seed=seed, replications=replications, engine=engine, workers=workers, progress=progress
    )
    rows = tuple(_row(figure, first, second) for figure in figures([one.design, other.design], scenario.scenario))
    return Comparison(first, second, rows)


def _row(figure: Figure, one: Run, other: Run) -> Row:
    left, right = measured(figure, one), measured(figure, other)
    return Row(figure, left, right, _difference(left, right))


def measured(figure: Figure, run: Run) -> tuple[float, ...]:
    """Value of a figure in each replication."""
    return tuple(figure.measure(replication.samples) for replication in run.replications)


def _difference(left: Sequence[float], right: Sequence[float]) -> Interval | None:
    if len(left) < 2 or any(not math.isfinite(value) for value in (*left, *right)):
        return None
    return paired_interval(left, right)


def mean(values: Sequence[float]) -> float:
    """Mean over replications; not a number if a value is missing."""
    return math.fsum(values) / len(values) if values else math.nan
