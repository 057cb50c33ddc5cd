"""Alerts over replications: which rules fire, how long before the first broken budget, and how often for nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.engine.recording import Recording
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.program import Program
from eventlive_sim.stats.intervals import Interval, proportion_interval
from eventlive_sim.study.alerts.breaks import Break, break_of, leaves_room, watchable
from eventlive_sim.study.alerts.rules import Evaluated, check_rules, evaluate, missing_series, selectors_of
from eventlive_sim.study.alerts.scrapes import Scrapes, watched_program
from eventlive_sim.study.budgets import Budget, known_budgets
from eventlive_sim.study.run import replication_seed, unstarted
from eventlive_sim.study.workers import Progress, simulate_all

BATCH = 8
"""Most replications whose recordings are held at once: with a window a scrape they are large."""


@dataclass(frozen=True)
class Told:
    """A replication: each rule over time, and when each budget broke."""

    seed: int
    rules: dict[str, Evaluated]
    breaks: tuple[Break, ...]

    def first_alert_s(self, names: Sequence[str] | None = None) -> float:
        """When the first of these rules fired [s]; not a number if none did."""
        fired = [one.first_s for name, one in self.rules.items() if names is None or name in names]
        return min((time for time in fired if not math.isnan(time)), default=math.nan)


@dataclass(frozen=True)
class Lead:
    """Time from the first alert to the first broken budget, in the replications in which one broke [s].

    Attributes
    ----------
    first, lost : tuple of float
        Before a budget first breaks over what has elapsed of its window, and before one is past saving. Below 0: too late;
        minus infinity: never fired.
    """

    first: tuple[float, ...]
    lost: tuple[float, ...]

    @property
    def in_time(self) -> int:
        """Replications in which it came before a budget first broke."""
        return sum(value > 0 for value in self.first)

    @property
    def before_lost(self) -> int:
        """Replications in which it came before a budget was past saving."""
        return sum(value > 0 for value in self.lost)


@dataclass(frozen=True, eq=False)
class Watched:
    """Rules of a design in a scenario.

    Attributes
    ----------
    budgets : tuple of Budget
        Those that are on what is simulated, in the order of the scenario.
    missing : dict
        By rule: series that nobody counts, for which it waits.
    """

    design: ResolvedDesign
    scenario: ResolvedScenario
    seed: int
    budgets: tuple[Budget, ...]
    missing: dict[str, list[str]]
    replications: tuple[Told, ...]

    @property
    def rules(self) -> list[str]:
        """Rules that can say something."""
        return [name for name in self.design.design.alerts.rules if name not in self.missing]

    @property
    def awaited(self) -> list[int]:
        """Places of the budgets that an alert can come before."""
        return [place for place, budget in enumerate(self.budgets) if leaves_room(budget)]

    def first_break(self, told: Told) -> Break:
        """When the first of those budgets broke in a replication, and when the first was past saving."""
        broken = [told.breaks[place] for place in self.awaited if told.breaks[place].broken]
        nan = math.nan
        return Break(
            min((one.first_s for one in broken), default=nan), min((one.lost_s for one in broken), default=nan)
        )

    def fired(self, names: Sequence[str] | None = None) -> int:
        """Replications in which one of these rules fired."""
        return sum(not math.isnan(told.first_alert_s(names)) for told in self.replications)

    def lead(self, names: Sequence[str] | None = None) -> Lead:
        """Lead of the first of these rules."""
        first, lost = [], []
        for told in self.replications:
            broken = self.first_break(told)
            if broken.broken:
                alert = told.first_alert_s(names)
                late = -math.inf if math.isnan(alert) else None
                first.append(broken.first_s - alert if late is None else late)
                lost.append(broken.lost_s - alert if late is None else late)
        return Lead(tuple(first), tuple(lost))

    def false_alarms(self, names: Sequence[str] | None = None, confidence: float = 0.95) -> Interval:
        """Probability that an event like this one raises an alarm, with the bound above."""
        return proportion_interval(self.fired(names), len(self.replications), confidence, "upper")


def with_rules(design: ResolvedDesign, other: ResolvedDesign) -> ResolvedDesign:
    """Design with the alert rules of another: what is deployed is the same, only who looks on is not.

    Raises
    ------
    ModelError
        If the other has none.
    """
    _has_rules(other)
    return replace(design, design=design.design.model_copy(update={"alerts": other.design.alerts}))


def _has_rules(design: ResolvedDesign) -> None:
    if not design.design.alerts.rules:
        remedy = "write some under alerts.rules, or take those of another: --rules DESIGN"
        raise ModelError(f"{design.expression} has no alert rules", remedy, rule="no-alerts")


def watch(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 10,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Watched:
    """Replications of a design in a scenario, with its alert rules looking on.

    Parameters
    ----------
    seed, replications, workers, progress
        As in `run`; the same seed meets the same people.

    Raises
    ------
    ModelError
        If the design has no rules, or one of them cannot be; or a budget names what does not exist.
    SimulationError
        If a law is broken: our fault.
    """
    _has_rules(design)
    alerts = design.design.alerts
    check_rules(alerts)
    ground = unstarted(design, scenario)
    budgets = tuple(one for one in known_budgets(ground) if watchable(one)) if scenario.scenario.budgets else ()
    wanted = [*selectors_of(alerts), *(budget.selector for budget in budgets)]
    metrics = {one.metric for one in wanted}
    program = watched_program(design.design, scenario.scenario, alerts.scrape, wanted)
    missing = {name: lacks for name, rule in alerts.rules.items() if (lacks := missing_series(program, rule))}
    done = Watched(design, scenario, seed, budgets, missing, ())
    told: list[Told] = []
    seeds = [replication_seed(seed, number) for number in range(replications)]
    for start in range(0, replications, BATCH):
        batch = seeds[start : start + BATCH]
        part = None if progress is None else partial(_tell, progress, start / replications, len(batch) / replications)
        recordings = simulate_all(
            [(program, one) for one in batch], engine=EngineName.FAST, workers=workers, progress=part
        )
        told += [
            _told(done, (program, metrics), one, recording) for one, recording in zip(batch, recordings, strict=True)
        ]
    return Watched(design, scenario, seed, budgets, missing, tuple(told))


def _tell(progress: Progress, done: float, share: float, part: float) -> None:
    progress(done + share * part)


def _told(done: Watched, what: tuple[Program, set[str]], seed: int, recording: Recording) -> Told:
    alerts, design, (program, metrics) = done.design.design.alerts, done.design.design, what
    scrapes = Scrapes.of(program, recording, design, alerts.scrape, metrics)
    rules = {name: evaluate(alerts, alerts.rules[name], scrapes) for name in done.rules}
    breaks = tuple(break_of(budget, done.scenario.scenario, scrapes) for budget in done.budgets)
    return Told(seed, rules, breaks)
