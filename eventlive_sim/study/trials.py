"""Each ticket tried alone on a design that failed, under the same seeds: which of them turns the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, resolve_design
from eventlive_sim.model.upon import candidates_upon
from eventlive_sim.study.budgets import measure, served
from eventlive_sim.study.compare import mean
from eventlive_sim.study.exact import Arithmetic
from eventlive_sim.study.gate import Checked, Row
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.samples import Sample, collect
from eventlive_sim.study.workers import Progress, simulate_all

REPLICATIONS = 4
_NEAREST = 3


@dataclass(frozen=True)
class Trial:
    """A ticket option alone on the design, and the failed budgets that hold with it."""

    option: str
    title: str
    turned: tuple[str, ...]
    whole: bool
    """Whether no budget that failed is left: with all budgets judged, it turns the verdict by itself."""
    values: dict[str, float]
    """What failed budgets come to with it, where that is known."""


@dataclass(frozen=True)
class Trials:
    """Every option of the design's tickets that can stand on it."""

    tried: tuple[Trial, ...]
    replications: int

    @property
    def turning(self) -> list[Trial]:
        """Options that turn a budget, those that turn most of them first."""
        return sorted((one for one in self.tried if one.turned), key=lambda one: -len(one.turned))

    def nearest(self, row: Row) -> list[tuple[str, float]]:
        """Options that come nearest to turning a budget that none of them turns alone, with what it comes to."""
        name, limit = row.budget.name, row.budget.threshold.limit
        if any(name in one.turned for one in self.tried):
            return []
        known = [(one.option, one.values[name]) for one in self.tried if not math.isnan(one.values.get(name, math.nan))]
        nearer = [(option, value) for option, value in known if abs(value - limit) < abs(row.value - limit)]
        return sorted(nearer, key=lambda pair: abs(pair[1] - limit))[:_NEAREST]


def tickets_alone(
    checked: Checked,
    *,
    replications: int = REPLICATIONS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Trials:
    """Try each ticket option alone on a design that failed.

    A budget is turned if it is settled without simulating, or if it holds in each of a few replications under the seeds
    under which it failed (its mean does, where the mean is judged). That is evidence of a cause, no verdict: check the
    design with the ticket for one.
    """
    failed = [row for row in checked.failed() if row.budget.severity != "warn"]
    options = list(_options(checked.ground.design)) if failed else []
    open_: list[tuple[int, Run, list[Row]]] = []
    found: list[dict[str, tuple[bool, float]]] = [{} for _ in options]
    for number, (_, _, design) in enumerate(options):
        ground = unstarted(design, checked.ground.scenario)
        arithmetic = Arithmetic(design.design, checked.ground.scenario)
        left = []
        for row in failed:
            exact = arithmetic.settle(row.budget)
            if exact is None:
                left.append(row)
            else:
                found[number][row.budget.name] = (exact.holds, exact.value)
        if left:
            open_.append((number, ground, left))
    samples = _simulated(checked, [ground for _, ground, _ in open_], replications, workers, progress)
    for (number, ground, left), measured in zip(open_, samples, strict=True):
        found[number].update({row.budget.name: _holds(row, ground, measured) for row in left})
    tried = tuple(
        Trial(
            option,
            title,
            tuple(name for name, (holds, _) in values.items() if holds),
            all(holds for holds, _ in values.values()),
            {name: value for name, (_, value) in values.items()},
        )
        for (option, title, _), values in zip(options, found, strict=True)
    )
    return Trials(tried, replications)


def _options(design: ResolvedDesign) -> list[tuple[str, str, ResolvedDesign]]:
    """Options that can stand on a design as it is, with their titles and what they make of it."""
    found = []
    for one in candidates_upon(design.expression):
        try:
            resolved = resolve_design(f"{design.expression}+{one.text}", sets=design.sets)
        except ModelError:
            continue  # it excludes another, or has nothing here to change
        if resolved.tree != design.tree:
            found.append((one.text, one.title, resolved))
    return found


def _simulated(
    checked: Checked, grounds: Sequence[Run], replications: int, workers: int | None, progress: Progress | None
) -> list[list[list[Sample]]]:
    """Samples of each ground's replications."""
    seeds = [replication_seed(checked.ground.seed, number) for number in range(replications)]
    jobs = [(ground.program, seed) for ground in grounds for seed in seeds]
    recordings = iter(simulate_all(jobs, engine=checked.ground.engine, workers=workers, progress=progress))
    return [
        [
            collect(
                ground.program,
                next(recordings),
                ground.design.design,
                events=ground.scenario.scenario.events_per_month,
            )
            for _ in seeds
        ]
        for ground in grounds
    ]


def _holds(row: Row, ground: Run, replications: list[list[Sample]]) -> tuple[bool, float]:
    """Whether a budget holds in each replication, or its mean if that is judged; and the mean."""
    budget = row.budget
    values = [
        served(ground.design.design, samples) if budget.guards else measure(samples, budget) for samples in replications
    ]
    judged = [mean(values)] if budget.estimand == "mean" else values
    return all(budget.threshold.holds(value) for value in judged), mean(values)
