"""Sets of tickets on a design, and what each set comes to: simulated once, under the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.chosen import Chosen
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.stats.shapley import Coalition
from eventlive_sim.study.budgets import Budget, measure, metric_of
from eventlive_sim.study.replications import BATCH
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.samples import collect
from eventlive_sim.study.workers import Progress, simulate_all

Float64Array = NDArray[np.float64]
Resolve = Callable[[str], ResolvedDesign]
"""Design of an expression, with what is set."""


@dataclass(frozen=True)
class Player:
    """A ticket with its options, which come and go together."""

    ticket: str
    title: str
    options: tuple[Chosen, ...]

    @property
    def text(self) -> str:
        """Options as they are typed, joined by a plus."""
        return "+".join(map(str, self.options))


def players_of(chosen: Sequence[Chosen]) -> tuple[Player, ...]:
    """Tickets in canonical order, each with all of its options that were chosen."""
    found: dict[str, list[Chosen]] = {}
    for one in chosen:
        found.setdefault(one.ticket.ticket, []).append(one)
    return tuple(Player(ticket, options[0].ticket.title, tuple(options)) for ticket, options in found.items())


def effective(there: Coalition, players: Sequence[Player]) -> Coalition:
    """Tickets of a set whose requirements are in it: one that lacks another brings nothing until that comes."""
    while True:
        options = [option for number in there for option in players[number].options]
        kept = frozenset(number for number in there if not _lacks(players[number], options))
        if kept == there:
            return there
        there = kept


def _lacks(player: Player, options: Sequence[Chosen]) -> bool:
    return any(
        not any(other.fits(reference) for other in options if other.id != option.id)
        for option in player.options
        for reference in option.option.requires
    )


@dataclass(frozen=True)
class Term:
    """A metric in a scenario."""

    scenario: ResolvedScenario
    metric: str

    @property
    def name(self) -> str:
        """Scenario and metric."""
        return f"{self.scenario.name}: {self.metric}"


@dataclass
class Values:
    """What sets of tickets come to; each different design is simulated once in each scenario.

    Attributes
    ----------
    known : dict
        By set, values of each term in each replication, shape (terms, replications).
    simulated : int
        Simulations that were run.
    """

    base: str
    players: tuple[Player, ...]
    terms: tuple[Term, ...]
    resolve: Resolve
    seed: int
    replications: int
    engine: EngineName = EngineName.FAST
    workers: int | None = None
    known: dict[Coalition, Float64Array] = field(default_factory=dict)
    simulated: int = 0
    _asked: dict[int, Budget] = field(default_factory=dict)
    _by_tree: dict[str, Float64Array] = field(default_factory=dict)

    def expression(self, there: Coalition) -> str:
        """Design of a set."""
        return "+".join([self.base, *(self.players[number].text for number in sorted(effective(there, self.players)))])

    @property
    def designs(self) -> int:
        """How many different designs there were among the sets."""
        return len(self._by_tree)

    def need(self, sets: Iterable[Coalition], progress: Progress | None = None) -> None:
        """Have the values of sets."""
        trees: dict[Coalition, str] = {}
        new: dict[str, ResolvedDesign] = {}
        for there in dict.fromkeys(sets):
            if there not in self.known:
                design = self.resolve(self.expression(there))
                trees[there] = sha256(design.design.model_dump_json().encode()).hexdigest()
                if trees[there] not in self._by_tree:
                    new[trees[there]] = design
        self._simulate(new, progress)
        for there, tree in trees.items():
            self.known[there] = self._by_tree[tree]

    def _simulate(self, designs: dict[str, ResolvedDesign], progress: Progress | None) -> None:
        scenarios = {term.scenario.name: term.scenario for term in self.terms}
        step = max(1, BATCH // self.replications)
        trees = list(designs)
        whole = len(scenarios) * len(trees)
        found = {tree: np.full((len(self.terms), self.replications), np.nan) for tree in trees}
        for number, (name, scenario) in enumerate(scenarios.items()):
            for first in range(0, len(trees), step):
                some = trees[first : first + step]
                done = (number * len(trees) + first) / whole
                part = None if progress is None else _part(progress, done, len(some) / whole)
                grounds = [unstarted(designs[tree], scenario) for tree in some]
                self._measure(name, grounds, [found[tree] for tree in some], part)
        self._by_tree.update(found)

    def _measure(
        self, name: str, grounds: Sequence[Run], tables: Sequence[Float64Array], progress: Progress | None
    ) -> None:
        seeds = [replication_seed(self.seed, number) for number in range(self.replications)]
        jobs = [(ground.program, seed) for ground in grounds for seed in seeds]
        recordings = iter(simulate_all(jobs, engine=self.engine, workers=self.workers, progress=progress))
        self.simulated += len(jobs)
        for ground, table in zip(grounds, tables, strict=True):
            for replication in range(self.replications):
                samples = collect(ground.program, next(recordings), ground.design.design)
                for number, term in enumerate(self.terms):
                    if term.scenario.name == name:
                        table[number, replication] = measure(samples, self._asked[number])

    def check(self, ends: Sequence[ResolvedDesign]) -> None:
        """Read every metric on the design without and with all tickets; it has to be there in one of them.

        Raises
        ------
        ModelError
            If a metric does not exist.
        """
        for number, term in enumerate(self.terms):
            for last, design in enumerate(ends, 1 - len(ends)):
                try:
                    self._asked[number] = metric_of(unstarted(design, term.scenario), term.metric)
                    break
                except ModelError:
                    if not last:
                        raise


def _part(progress: Progress, done: float, share: float) -> Progress:
    return lambda part: progress(done + share * part)
