"""Storms: does a design get over a trigger, by the size of the trigger and how long it lasts.

Every cell of the map meets the same people: its replications have the seeds of all other cells.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError, ModelErrors, Place
from eventlive_sim.model.disturbances import Disturbance
from eventlive_sim.model.faults import Fault
from eventlive_sim.model.nodes import suggestion
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_scenario
from eventlive_sim.stats.intervals import Interval, proportion_interval
from eventlive_sim.study.hidden import Hidden, hidden_capacities
from eventlive_sim.study.lowered import lowered
from eventlive_sim.study.recovery import BEFORE, BLOCK_S, HELD_S, baseline_ns, recoveries_s
from eventlive_sim.study.run import REPLICATIONS_MAX, replication_seed
from eventlive_sim.study.workers import Progress, simulate_all
from eventlive_sim.units import NS_PER_S, duration_ns, duration_text

NO_TRIGGER = "no trigger"
_SECONDS_MOST = 100_000
"""Longest scenario, since series are kept by the second."""


@dataclass(frozen=True)
class Trigger:
    """A fault or disturbance of a scenario, and the field that holds its size."""

    name: str
    kind: Literal["faults", "disturbances"]
    field: Literal["share", "speed", "delay", "factor", "value"]
    size: str
    """Size as the scenario has it."""
    begins: int
    """When it begins [ns]."""

    def sets(self, size: str, lasts: str) -> tuple[str, str]:
        """Values that give it a size and a length."""
        path = f"{self.kind}.{self.name}"
        return f"{path}.{self.field}={size}", f"{path}.lasts={lasts}"


@dataclass(frozen=True)
class Cell:
    """Replications under a trigger of one size and length."""

    size: str
    lasts: str
    times: tuple[float, ...]
    """Time from the end of the trigger to recovery [s]; infinite where there is none within the horizon."""

    @property
    def metastable(self) -> int:
        """Replications that do not recover."""
        return sum(math.isinf(time) for time in self.times)

    @property
    def probability(self) -> Interval:
        """Probability that an event does not recover, with its 95 % interval (Clopper and Pearson)."""
        return proportion_interval(self.metastable, len(self.times))

    @property
    def median_s(self) -> float:
        """Median time to recovery [s], infinite if the middle one does not recover."""
        return statistics.median_high(self.times)


@dataclass(frozen=True, eq=False)
class Storm:
    """A map of cells, sizes by lengths, and what arithmetic says of the design."""

    design: ResolvedDesign
    scenario: ResolvedScenario
    trigger: Trigger
    sizes: tuple[str, ...]
    durations: tuple[str, ...]
    cells: tuple[Cell, ...]
    """Size by size, in each length by length."""
    quiet: tuple[Cell, ...]
    """The same without the trigger, length by length: what the measure of recovery says when nothing has happened."""
    hidden: tuple[Hidden, ...]
    seed: int
    replications: int

    def cell(self, size: str, lasts: str) -> Cell:
        """Cell of a size and a length."""
        return self.cells[self.sizes.index(size) * len(self.durations) + self.durations.index(lasts)]


def storm(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    *,
    fault: str = "",
    durations: Sequence[str] = (),
    sizes: Sequence[str] = (),
    seed: int = 1,
    replications: int = 20,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Storm:
    """Map of recovery over sizes and lengths of a trigger.

    Parameters
    ----------
    fault : str
        Name of a fault or disturbance of the scenario; may be empty if there is only one.
    durations, sizes : sequence of str
        As the scenario writes them; without any, those it has.

    Raises
    ------
    ModelError, ModelErrors
        If there is no such trigger, a size or length does not fit it, or the scenario leaves no time before or after it.
    """
    if not 1 <= replications <= REPLICATIONS_MAX:
        remedy = f"give 1 to {REPLICATIONS_MAX}"
        raise ModelError(f"replications is {replications}", remedy, rule="bad-study")
    trigger = trigger_of(scenario, fault)
    part = getattr(scenario.scenario, trigger.kind)[trigger.name]
    lengths = _once(durations) or (duration_text(part.lasts),)
    heights = _once(sizes) or (trigger.size,)
    seeds = [replication_seed(seed, number) for number in range(replications)]
    keys = [(size, lasts) for size in heights for lasts in lengths]
    worlds = [_world(scenario, trigger, *key) for key in keys]
    plans = [(world, [over]) for world, over in worlds]
    plans.append((_without(scenario, trigger), [over for _, over in worlds[: len(lengths)]]))
    found = []
    for number, (world, overs) in enumerate(plans):
        told = None if progress is None else partial(_tell, progress, number, len(plans))
        found.append(_times(design, world, overs, seeds, workers, told))
    cells = tuple(Cell(*key, *times) for key, times in zip(keys, found, strict=False))
    quiet = tuple(Cell(NO_TRIGGER, *one) for one in zip(lengths, found[-1], strict=True))
    hidden = hidden_capacities(design.design, scenario.scenario)
    return Storm(design, scenario, trigger, heights, lengths, cells, quiet, hidden, seed, replications)


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _tell(progress: Progress, number: int, count: int, part: float) -> None:
    progress((number + part) / count)


def _times(
    design: ResolvedDesign,
    world: ResolvedScenario,
    overs: Sequence[int],
    seeds: Sequence[int],
    workers: int | None,
    progress: Progress | None,
) -> list[tuple[float, ...]]:
    """Times to recovery from each end of a trigger; the recordings are let go before the next cell begins."""
    program = lowered(design, world)
    jobs = [(program, one) for one in seeds]
    recordings = simulate_all(jobs, engine=EngineName.FAST, workers=workers, progress=progress)
    return [recoveries_s(design.design, program, recordings, over) for over in overs]


# ---------------------------------------------------------------- the trigger


def trigger_of(scenario: ResolvedScenario, name: str = "") -> Trigger:
    """Trigger of a name, or the only one there is."""
    world = scenario.scenario
    names = [*world.faults, *world.disturbances]
    place = Place(str(scenario.file))
    if not names:
        raise ModelError("the scenario has no fault and no disturbance", "write one", place, "no-trigger")
    if not name and len(names) > 1:
        raise ModelError(
            f"the scenario has {len(names)} faults and disturbances",
            f"--fault: {', '.join(names)}",
            place,
            "which-trigger",
        )
    chosen = name or names[0]
    if chosen in world.faults and chosen in world.disturbances:
        problem = f"{chosen!r} is a fault and a disturbance"
        raise ModelError(problem, "give one of them another name", place, "which-trigger")
    if chosen in world.faults:
        return _of_fault(chosen, world.faults[chosen])
    if chosen in world.disturbances:
        return _of_disturbance(chosen, world.disturbances[chosen])
    raise ModelError(
        f"there is no fault or disturbance {chosen!r}", suggestion(chosen, names), place, "unknown-trigger"
    )


def _of_fault(name: str, fault: Fault) -> Trigger:
    if fault.speed is not None:
        return Trigger(name, "faults", "speed", f"{fault.speed:g}", fault.from_)
    if fault.delay is not None:
        return Trigger(name, "faults", "delay", duration_text(fault.delay), fault.from_)
    return Trigger(name, "faults", "share", f"{fault.share:g}", fault.from_)


def _of_disturbance(name: str, disturbance: Disturbance) -> Trigger:
    field: Literal["factor", "value"] = "factor" if disturbance.value is None else "value"
    return Trigger(name, "disturbances", field, f"{disturbance.size:g}", disturbance.from_)


# ---------------------------------------------------------------- scenarios of the cells


def _world(scenario: ResolvedScenario, trigger: Trigger, size: str, lasts: str) -> tuple[ResolvedScenario, int]:
    """Scenario of a cell, and the end of its trigger [ns]."""
    try:
        over = trigger.begins + duration_ns(lasts)
    except ValueError as error:
        raise ModelError(f"--durations: {error}", "write such as 10s,30s,2m", rule="bad-option") from error
    if over == trigger.begins:
        raise ModelError(f"--durations: {lasts} is no time", "write such as 10s,30s,2m", rule="bad-option")
    try:
        world = resolve_scenario(str(scenario.file), sets=[*scenario.sets, *trigger.sets(size, lasts)])
    except ModelErrors as error:
        paths = [one.place.path if one.place else "" for one in error.errors]
        places = [Place(f"--sizes {size}", path=path) for path in paths]
        told = zip(error.errors, places, strict=True)
        raise ModelErrors([ModelError(one.problem, one.remedy, place, one.rule) for one, place in told]) from error
    if world.scenario.duration < over + HELD_S * NS_PER_S:
        problem = f"a trigger of {lasts} ends {duration_text(over)} into {duration_text(world.scenario.duration)}"
        remedy = f"leave {HELD_S} s and more after it: a shorter one, or --set duration=..."
        raise ModelError(problem, remedy, Place(str(scenario.file), path="duration"), "no-time-after")
    return _measured(world, trigger), over


def _without(scenario: ResolvedScenario, trigger: Trigger) -> ResolvedScenario:
    others = {name: part for name, part in getattr(scenario.scenario, trigger.kind).items() if name != trigger.name}
    return _measured(replace(scenario, scenario=scenario.scenario.model_copy(update={trigger.kind: others})), trigger)


def _measured(scenario: ResolvedScenario, trigger: Trigger) -> ResolvedScenario:
    """Scenario with bins of a second, and no window but that of the baseline: the last half of the time before."""
    place, before = Place(str(scenario.file)), baseline_ns(trigger.begins)
    if before is None:
        problem = f"the trigger {trigger.name} begins at {duration_text(trigger.begins)}"
        raise ModelError(problem, f"begin at {2 * BLOCK_S}s or later: there is no baseline", place, "no-baseline")
    if scenario.scenario.duration > _SECONDS_MOST * NS_PER_S:
        raise ModelError("the scenario is longer than 100,000 s", "write a shorter duration", place, "too-long")
    update = {"bins": NS_PER_S, "budgets": {}, "windows": {BEFORE: before}}
    return replace(scenario, scenario=scenario.scenario.model_copy(update=update))


def rows_of(done: Storm) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Rows of the map, a size each, with a cell for each length; the last is without the trigger."""
    for size in done.sizes:
        yield size, tuple(done.cell(size, lasts) for lasts in done.durations)
    yield NO_TRIGGER, done.quiet
