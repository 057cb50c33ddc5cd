"""Short simulations inside the server: the engine lets go of the interpreter, so nobody waits for somebody else's.

Replications are kept by what made them. A slider that is released simulates one replication of the changed design; the
other design's comes from here. Further ones follow one after the other in the background, for whoever still asks.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eventlive_sim.app.places import known_expression, known_scenario
from eventlive_sim.app.views import Replica, replica_of
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program
from eventlive_sim.study.budgets import Budget, known_budgets
from eventlive_sim.study.exact import Arithmetic, Exact
from eventlive_sim.study.run import Run, check_windows, replication_seed
from eventlive_sim.study.workers import simulate_all

Progress = Callable[[float], object]

KEPT = 600
"""Replications that are remembered; one takes about 50 kB."""
SECONDS_MOST = 20.0
"""Longest simulation inside the server; longer ones are for studies, which have processes of their own."""
PEOPLE_MOST = 100_000
"""Most people of a simulation inside the server: more need memory that others need too."""


class TooLong(EventLiveError):
    """A simulation that does not fit between two looks at a page."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A design in a scenario, ready to be simulated."""

    key: tuple[Any, ...]
    design: ResolvedDesign
    scenario: ResolvedScenario
    program: Program
    budgets: tuple[Budget, ...]
    exact: dict[str, Exact]
    """Budgets that are settled without simulating, by name."""
    complaint: str = ""
    """Why budgets cannot be read on this design, if so."""

    def verdicts(self, replicas: list[Replica]) -> dict[str, bool]:
        """Whether each budget holds: by arithmetic, or in each of these replications."""
        return {
            budget.name: self.exact[budget.name].holds
            if budget.name in self.exact
            else all(budget.threshold.holds(one.measured[budget.name]) for one in replicas)
            for budget in self.budgets
        }


@lru_cache(maxsize=64)
def design_of(expression: str, sets: tuple[str, ...] = ()) -> ResolvedDesign:
    """Design of an expression that somebody typed or a link holds; see ``known_expression``."""
    return resolve_design(known_expression(expression), sets=sets)


@lru_cache(maxsize=64)
def scenario_of(name: str, sets: tuple[str, ...] = ()) -> ResolvedScenario:
    """Scenario of a name that a link holds."""
    scenario = resolve_scenario(known_scenario(name), sets=sets)
    check_windows(scenario)
    people = sum(one.people for one in scenario.scenario.clients.values())
    if people > PEOPLE_MOST:
        problem = f"{people:,} people are too many for a page"
        raise ModelError(problem, f"write at most {PEOPLE_MOST:,} here; the command line takes more", rule="too-many")
    return scenario


@lru_cache(maxsize=32)
def ground_of(expression: str, sets: tuple[str, ...], scenario: str, world: tuple[str, ...]) -> Ground:
    """Ground of a setting; the same setting gives the same object."""
    design, there = design_of(expression, sets), scenario_of(scenario, world)
    program = lower(design.design, there.scenario)
    budgets, exact, complaint = _budgets(design, there, program)
    key = (design.expression, design.sets, there.name, str(there.file), there.sets)
    return Ground(key, design, there, program, budgets, exact, complaint)


def _budgets(
    design: ResolvedDesign, scenario: ResolvedScenario, program: Program
) -> tuple[tuple[Budget, ...], dict[str, Exact], str]:
    try:
        budgets = known_budgets(Run(design, scenario, program, 0, ()))
    except EventLiveError as error:  # a budget names what this design lacks: the event can be looked at all the same
        return (), {}, str(error)
    arithmetic = Arithmetic(design.design, scenario)
    settled = {budget.name: arithmetic.settle(budget) for budget in budgets}
    return tuple(budgets), {name: one for name, one in settled.items() if one is not None}, ""


# ---------------------------------------------------------------- replications


@dataclass
class Live:
    """Replications by what made them, and the team that makes more."""

    kept: OrderedDict[tuple[Any, ...], Replica] = field(default_factory=OrderedDict)
    pending: dict[tuple[Any, ...], Future[Replica]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(os.cpu_count() or 1))
    """As many simulate at once as there are cores."""
    team: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "replications")
    )

    def replica(self, ground: Ground, seed: int, number: int, progress: Progress | None = None) -> Replica:
        """Replication of a number, from before or simulated now.

        What `progress` raises ends the simulation: a page that somebody has left, or changed, asks for nothing more.

        Raises
        ------
        TooLong
            If it takes more than ``SECONDS_MOST``.
        """
        key = (ground.key, seed, number)
        found = self.have(ground, seed, number)
        if found is not None:
            return found
        with self.room:
            recording = simulate_all(
                [(ground.program, replication_seed(seed, number))],
                engine=EngineName.FAST,
                workers=1,
                progress=_bounded(progress),
            )[0]
        made = replica_of(ground.design, ground.scenario, ground.program, list(ground.budgets), recording)
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > KEPT:
                self.kept.popitem(last=False)
        return made

    def have(self, ground: Ground, seed: int, number: int) -> Replica | None:
        """Replication of a number, if it is there."""
        key = (ground.key, seed, number)
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def those(self, ground: Ground, seed: int, most: int) -> list[Replica]:
        """Replications from the first on that are there, without a gap."""
        found = []
        for number in range(most):
            one = self.have(ground, seed, number)
            if one is None:
                break
            found.append(one)
        return found

    def ask(self, ground: Ground, seed: int, most: int) -> None:
        """See to it that the next replication that lacks is made; one at a time for each who asks."""
        number = len(self.those(ground, seed, most))
        key = (ground.key, seed, number)
        with self.lock:
            waiting = self.pending.get(key)
            if number >= most or (waiting is not None and not waiting.done()):
                return
            self.pending = {key: one for key, one in self.pending.items() if not one.done()}
            self.pending[key] = self.team.submit(self.replica, ground, seed, number)


def _bounded(progress: Progress | None) -> Progress:
    """Progress that ends what takes too long."""
    began = time.monotonic()

    def tell(part: float) -> None:
        if time.monotonic() - began > SECONDS_MOST:
            message = f"the simulation was ended after {SECONDS_MOST:.0f} s at {part:.0%}: use the command line for it"
            raise TooLong(message)
        if progress is not None:
            progress(part)

    return tell


live = Live()
"""The one of this server: what one visitor had simulated, another gets at once."""
