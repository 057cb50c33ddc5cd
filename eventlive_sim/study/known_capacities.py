"""Searches for capacities that formulas know (oracle O21): how often the bracket that is found holds the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from eventlive_sim import theory
from eventlive_sim.data import experiments_dir, models_dir
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.study.axes import axis
from eventlive_sim.study.capacity import Capacity, Question, capacity
from eventlive_sim.study.workers import Progress

WIDTH = 0.05
_FIRST_SEED = 21_000


@dataclass(frozen=True)
class Known:
    """A capacity that a formula knows.

    Attributes
    ----------
    truth : float
        The value at which the budget is met exactly.
    """

    name: str
    design: str
    scenario: str
    sets: tuple[str, ...]
    over: str
    truth: float

    def resolve(self, more: list[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        """Design and scenario with the searched value set."""
        of_scenario = [text for text in more if text.startswith(("clients.pinger.people", "disturbances."))]
        of_design = [*self.sets, *(text for text in more if text not in of_scenario)]
        design = resolve_design(str(models_dir() / "oracles" / self.design), sets=of_design)
        return design, resolve_scenario(str(experiments_dir() / "oracles" / self.scenario), sets=of_scenario)


@dataclass(frozen=True)
class Coverage:
    """What searches under several seeds found."""

    known: Known
    found: tuple[Capacity, ...]

    @property
    def held(self) -> int:
        """Searches whose bracket, from last PASS to first FAIL, holds the truth."""
        return sum(
            one.last_pass is not None
            and one.first_fail is not None
            and one.last_pass.load <= self.known.truth <= one.first_fail.load
            for one in self.found
        )

    @property
    def is_right(self) -> bool:
        """Whether as many hold it as the verdicts' risk allows: both ends are wrong with at most a hundredth, 4 sigma."""
        seeds, risk = len(self.found), 2 * self.found[0].ground.scenario.scenario.gate.alpha
        return seeds - self.held <= seeds * risk + 4 * math.sqrt(seeds * risk * (1 - risk))

    @property
    def widest(self) -> float:
        """Largest ratio of first FAIL and last PASS, less 1."""
        return max(
            one.first_fail.load / one.last_pass.load - 1 for one in self.found if one.last_pass and one.first_fail
        )


def known_capacities() -> tuple[Known, ...]:
    """Both cases of O21: closed pingers by their mean, open visitors by their 99th percentile."""
    pingers = theory.pingers_max(120.0, 0.22, 2, 1.0)
    rate = theory.mmc_arrivals_max(2, 10.0, 0.99, 1.0)
    think = ("clients.pinger.loops.ping.every=exp(120s)", "endpoints.serve.steps.visit.service=exp(220ms)")
    serve = ("stations.desk.servers=2", "endpoints.serve.steps.visit.service=exp(100ms)")
    return (
        Known(
            "pingers, mean of 1 s", "pingers.yaml", "full_desk.yaml", think, "clients.pinger.people=200..4000", pingers
        ),
        Known("visitors, p99 of 1 s", "desk.yaml", "rush.yaml", serve, "disturbances.rush.factor=0.3..3", rate / 10.0),
    )


def coverage(seeds: int, *, workers: int | None = None, progress: Progress | None = None) -> Iterator[Coverage]:
    """Search for each known capacity under so many seeds."""
    cases = known_capacities()
    for place, known in enumerate(cases):
        found = []
        for number in range(seeds):
            told = None
            if progress is not None:
                told = partial(_tell, progress, place * seeds + number, len(cases) * seeds)
            question = Question(axis(known.over), width=WIDTH, seed=_FIRST_SEED + number)
            found.append(capacity(known.resolve, question, workers=workers, progress=told))
        yield Coverage(known, tuple(found))


def _tell(progress: Progress, number: int, count: int, part: float) -> None:
    progress((number + part) / count)
