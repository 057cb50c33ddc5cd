"""Points of a space: a setting simulated under given seeds, and what is measured there; kept, so that none runs twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.stats.intervals import Interval, mean_interval, paired_interval
from eventlive_sim.study.budgets import Budget, known_budgets, metric_of
from eventlive_sim.study.exact import Arithmetic
from eventlive_sim.study.replications import Job, Subject, figures_of
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.store import Store
from eventlive_sim.study.workers import Progress

Resolve = Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]
"""Design and scenario with these ``path=value`` set."""
RISK = "risk"
"""Objective that is no metric: the share of replications in which a budget breaks."""


@dataclass(frozen=True)
class Measured:
    """What came of a setting: for each metric a value a replication, and whether each replication keeps its budgets."""

    values: tuple[tuple[float, ...], ...]
    kept: tuple[bool, ...]
    worst: float
    """Largest excess of a budget's mean over its limit, as a part of the limit; 0 or less if all means keep to it."""

    def mean(self, place: int) -> float:
        """Mean of a metric over replications; not a number if one of them has none."""
        return math.fsum(self.values[place]) / len(self.values[place])

    def interval(self, place: int) -> Interval | None:
        """95 % interval of that mean; None with one replication or a value that is missing."""
        values = self.values[place]
        return mean_interval(values) if len(values) > 1 and all(map(math.isfinite, values)) else None

    def against(self, other: Measured, place: int) -> Interval | None:
        """95 % interval of the mean difference from another under the same seeds."""
        one, base = self.values[place], other.values[place]
        if len(one) < 2 or not all(map(math.isfinite, (*one, *base))):
            return None
        return paired_interval(base, one)


@dataclass
class Points:
    """Simulates settings of a design in a scenario under common random numbers.

    Attributes
    ----------
    metrics : tuple of str
        What is measured, as ``METRIC{tags}:AGGREGATE``, or ``risk``.
    budgets : bool
        Whether the scenario's budgets are judged at each point.
    kept : Store, optional
        Holds what was measured before, and takes what is measured now.
    """

    resolve: Resolve
    metrics: tuple[str, ...]
    budgets: bool = False
    engine: EngineName = EngineName.FAST
    workers: int | None = None
    kept: Store | None = None
    _kept: dict[tuple[tuple[str, ...], int, int], Measured] = field(default_factory=dict)

    def check(self, *settings: Sequence[str]) -> list[Run]:
        """Refuse paths, values and metrics that do not exist, at these settings: before anything is simulated."""
        grounds = [unstarted(*self.resolve(list(sets))) for sets in settings]
        for ground in grounds:
            self._asked(ground)
        return grounds

    def at(self, sets: Sequence[str], seed: int, replications: int, progress: Progress | None = None) -> Measured:
        """What comes of a setting; simulated once for a seed and a number of replications."""
        key = (tuple(sets), seed, replications)
        if key not in self._kept:
            self._kept[key] = self._measured(sets, seed, replications, progress)
        return self._kept[key]

    def _measured(self, sets: Sequence[str], seed: int, replications: int, progress: Progress | None) -> Measured:
        ground = unstarted(*self.resolve(list(sets)))
        asked, budgets = self._asked(ground)
        arithmetic = Arithmetic(ground.design.design, ground.scenario)
        hard = [budget for budget in budgets if budget.severity != "warn"]
        settled = [arithmetic.settle(budget) for budget in hard]
        metrics = [metric for metric in asked if metric is not None]
        measures = [*metrics, *(budget for budget, exact in zip(hard, settled, strict=True) if exact is None)]
        subject = Subject(ground.design, ground.scenario, ground.program)
        jobs = [Job(subject, replication_seed(seed, number), measures) for number in range(replications)]
        found = figures_of(jobs, kept=self.kept, engine=self.engine, workers=self.workers, progress=progress)
        columns = iter([[one[place].value for one in found] for place in range(len(measures))])
        of_metrics = [None if metric is None else tuple(next(columns)) for metric in asked]
        kept, worst = [True] * replications, -math.inf
        for budget, exact in zip(hard, settled, strict=True):
            values = next(columns) if exact is None else [exact.value] * replications
            holds = [budget.threshold.holds(one) if exact is None else exact.holds for one in values]
            kept = [one and other for one, other in zip(kept, holds, strict=True)]
            worst = max(worst, _excess(budget, math.fsum(values) / replications, all(holds)))
        risk = tuple(0.0 if one else 1.0 for one in kept)
        return Measured(
            tuple(risk if one is None else one for one in of_metrics), tuple(kept), worst if budgets else 0.0
        )

    def _asked(self, ground: Run) -> tuple[list[Budget | None], list[Budget]]:
        wants_budgets = self.budgets or RISK in self.metrics
        if RISK in self.metrics and not ground.scenario.scenario.budgets:
            raise ModelError(f"{ground.scenario.name} has no budgets to be at risk", "write some", rule="no-budgets")
        judged = known_budgets(ground) if wants_budgets and ground.scenario.scenario.budgets else []
        return [None if metric == RISK else metric_of(ground, metric) for metric in self.metrics], judged


def _excess(budget: Budget, value: float, holds: bool) -> float:
    """How far a value lies beyond a limit, as a part of the limit; no value, or an equality missed, is far."""
    threshold = budget.threshold
    if threshold.operator in {"==", "!="} or math.isnan(value):
        return 0.0 if holds else 1.0
    excess = (value - threshold.limit) / (abs(threshold.limit) or 1.0)
    return -excess if threshold.operator in {">", ">="} else excess
