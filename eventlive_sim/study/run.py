"""Replications of a design in a scenario, side by side in processes; laws checked on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventlive_sim.engine.draws import mix
from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.trace import Trace
from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.program.program import Program
from eventlive_sim.study.lowered import lowered
from eventlive_sim.study.samples import Sample, collect
from eventlive_sim.study.workers import Progress, simulate_all
from eventlive_sim.units import duration_text

REPLICATIONS_MAX = 10_000
_SEED_MASK = (1 << 63) - 1


@dataclass(frozen=True, eq=False)
class Replication:
    """One replication: its seed, what was recorded, and the metrics of it."""

    seed: int
    recording: Recording
    samples: list[Sample]


@dataclass(frozen=True, eq=False)
class Run:
    """Replications of one design in one scenario."""

    design: ResolvedDesign
    scenario: ResolvedScenario
    program: Program
    seed: int
    replications: tuple[Replication, ...]
    engine: EngineName = EngineName.FAST


def replication_seed(root: int, number: int) -> int:
    """Seed of a replication; it depends on the root seed and the number only.

    Examples
    --------
    >>> replication_seed(1, 0) == replication_seed(1, 0), replication_seed(1, 0) == replication_seed(1, 1)
    (True, False)
    """
    return mix(mix(root + 1) + number) & _SEED_MASK


def run(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 1,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Replications of a design in a scenario.

    Parameters
    ----------
    seed : int
        Root seed, 0 or more. The same seed meets the same people in any design.
    replications : int
        How many, at least 1.
    engine : EngineName
        What simulates. Results do not depend on it.
    workers : int, optional
        How many at once; by default as many as cores. Results do not depend on it.
    progress : callable, optional
        See ``Progress``.

    Raises
    ------
    ModelError
        If there is less than one replication, or a window does not fall on time bins.
    SimulationError
        If a law is broken: our fault.
    """
    return run_all(
        [design], scenario, seed=seed, replications=replications, engine=engine, workers=workers, progress=progress
    )[0]


def run_all(
    designs: Sequence[ResolvedDesign],
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 1,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Run]:
    """Replications of several designs under the same seeds: common random numbers."""
    if not 1 <= replications <= REPLICATIONS_MAX or seed < 0:
        problem = f"replications is {replications} and seed {seed}"
        raise ModelError(
            problem, f"give 1 to {REPLICATIONS_MAX} replications and a seed of 0 or more", rule="bad-study"
        )
    check_windows(scenario)
    programs = [lowered(design, scenario) for design in designs]
    seeds = [replication_seed(seed, number) for number in range(replications)]
    jobs = [(program, one) for program in programs for one in seeds]
    recordings = simulate_all(jobs, engine=engine, workers=workers, progress=progress)
    runs = []
    for number, (design, program) in enumerate(zip(designs, programs, strict=True)):
        mine = recordings[number * replications : (number + 1) * replications]
        done = tuple(
            Replication(
                one, recording, collect(program, recording, design.design, events=scenario.scenario.events_per_month)
            )
            for one, recording in zip(seeds, mine, strict=True)
        )
        runs.append(Run(design, scenario, program, seed, done, engine))
    return runs


def check_windows(scenario: ResolvedScenario) -> None:
    """Refuse windows that time bins cannot say anything about.

    Raises
    ------
    ModelError
        If a window begins after the end, or does not begin and end on the edge of a bin (or at the end of the event).
    """
    world = scenario.scenario
    for name, (start, end) in world.windows.items():
        place = Place(str(scenario.file), path=f"windows.{name}")
        if name == WHOLE:
            raise ModelError(
                f"{WHOLE} is the window of the whole event", "call it something else", place, "window-taken"
            )
        if start >= world.duration:
            problem = f"it begins at {duration_text(start)}, when the event is over"
            raise ModelError(problem, f"begin before {duration_text(world.duration)}", place, "empty-window")
        if start % world.bins or (end % world.bins and end < world.duration):
            problem = (
                f"[{duration_text(start)}, {duration_text(end)}] does not fall on bins of {duration_text(world.bins)}"
            )
            raise ModelError(problem, "move it, or choose bins that divide both ends", place, "window-off-bins")


def unstarted(design: ResolvedDesign, scenario: ResolvedScenario) -> Run:
    """Run without a replication: what would be run, checked and lowered."""
    check_windows(scenario)
    return Run(design, scenario, lowered(design, scenario), 0, ())


def traced(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    seed: int,
    persons: Sequence[int] | None,
    engine: EngineName = EngineName.FAST,
) -> Trace:
    """Trace of the first replication, of all persons or of some."""
    trace = Trace() if persons is None else Trace(persons)
    engine_of(engine)(lowered(design, scenario), replication_seed(seed, 0), trace=trace)
    return trace
