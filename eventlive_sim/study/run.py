"""Replications of a design in a scenario, side by side in processes; laws checked on each."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eventlive_sim.engine.draws import mix
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Trace
from eventlive_sim.errors import ModelError, Place, SimulationError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.lower import WHOLE, lower
from eventlive_sim.program.program import Program
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.samples import Sample, collect
from eventlive_sim.units import duration_text

Progress = Callable[[float], object]
"""Told the part of all work that is done, 0 to 1; what it raises ends the study."""
Engine = Callable[..., Recording]
"""Runs (program, seed, progress=); a function of a module, so that worker processes find it."""

ENGINE = "reference"
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
    workers : int, optional
        Processes; by default as many as cores, and none for a single replication. Results do not depend on it.
    progress : callable, optional
        See ``Progress``.

    Raises
    ------
    ModelError
        If there is less than one replication, or a window does not fall on time bins.
    SimulationError
        If a law is broken: our fault.
    """
    return run_all([design], scenario, seed=seed, replications=replications, workers=workers, progress=progress)[0]


def run_all(
    designs: Sequence[ResolvedDesign],
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 1,
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
    programs = [lower(design.design, scenario.scenario) for design in designs]
    seeds = [replication_seed(seed, number) for number in range(replications)]
    jobs = [(program, one) for program in programs for one in seeds]
    recordings = simulate_all(jobs, workers=workers, progress=progress)
    runs = []
    for number, (design, program) in enumerate(zip(designs, programs, strict=True)):
        mine = recordings[number * replications : (number + 1) * replications]
        done = tuple(
            Replication(one, recording, collect(program, recording, design.design))
            for one, recording in zip(seeds, mine, strict=True)
        )
        runs.append(Run(design, scenario, program, seed, done))
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
    return Run(design, scenario, lower(design.design, scenario.scenario), 0, ())


def traced(design: ResolvedDesign, scenario: ResolvedScenario, seed: int, persons: Sequence[int] | None) -> Trace:
    """Trace of the first replication, of all persons or of some."""
    trace = Trace() if persons is None else Trace(persons)
    simulate(lower(design.design, scenario.scenario), replication_seed(seed, 0), trace=trace)
    return trace


def simulate_all(
    jobs: Sequence[tuple[Program, int]],
    *,
    engine: Engine = simulate,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Recording]:
    """Recordings of programs under seeds, in the order given, by one set of processes; laws checked on each."""
    processes = min(len(jobs), workers or os.cpu_count() or 1)
    if processes > 1:
        return _in_processes(jobs, engine, processes, progress)
    recordings = []
    for number, (program, seed) in enumerate(jobs):
        report = None if progress is None else _part_of(progress, number, len(jobs))
        recordings.append(_checked(engine, program, seed, report))
        if report is not None:
            report(1.0)
    return recordings


def _part_of(progress: Progress, number: int, count: int) -> Progress:
    return lambda part: progress((number + part) / count)


def _checked(engine: Engine, program: Program, seed: int, progress: Progress | None) -> Recording:
    recording = engine(program, seed, progress=progress)
    broken = [law for law in all_laws(program, recording) if not law.holds]
    if broken:
        told = "; ".join(f"{law.name} at {law.station or 'the run'}: {law.left} and {law.right}" for law in broken)
        message = f"a law is broken with seed {seed}: {told}"
        raise SimulationError(message)
    return recording


# ---------------------------------------------------------------- processes

_channel: Any = None
"""In a worker: the queue on which it tells how far it is."""


def _begin(channel: Any) -> None:
    global _channel  # noqa: PLW0603 - a worker has one channel, given once at its start
    _channel = channel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is interrupted too, and ends us


def _job(number: int, engine: Engine, program: Program, seed: int) -> Recording:
    return _checked(engine, program, seed, lambda part: _channel.put((number, part)))


def _in_processes(
    jobs: Sequence[tuple[Program, int]], engine: Engine, processes: int, progress: Progress | None
) -> list[Recording]:
    context = multiprocessing.get_context("spawn")
    channel = context.Queue()
    parts = [0.0] * len(jobs)
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(channel,))
    try:
        with _deaf_to_interrupts():
            futures = [pool.submit(_job, number, engine, *job) for number, job in enumerate(jobs)]
        _follow(futures, channel, parts, progress)
        return [future.result() for future in futures]
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - cancelling must not wait for the work
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that an interrupt does not reach while they are still importing; it ends the study after this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(futures: list[Future[Recording]], channel: Any, parts: list[float], progress: Progress | None) -> None:
    """Pass progress on until all is done or something failed."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=0.1)
        for future in done:
            if future.exception() is not None:
                return
            parts[futures.index(future)] = 1.0
        while True:
            try:
                number, part = channel.get_nowait()
            except queue.Empty:
                break
            parts[number] = max(parts[number], part)
        if progress is not None:
            progress(sum(parts) / len(parts))
