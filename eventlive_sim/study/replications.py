"""Replications: those that a store does not hold are simulated, measured and kept. Every study that keeps figures asks here."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.prices import read_prices
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.program.program import Program
from eventlive_sim.study.budgets import Budget, lack, measure, served
from eventlive_sim.study.samples import Sample, collect
from eventlive_sim.study.store import Figure, Figures, Store
from eventlive_sim.study.workers import Progress, simulate_all

BATCH = 32
"""Most replications whose recordings are held at once: of each only the figures are kept."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is simulated: a design in a scenario, lowered."""

    design: ResolvedDesign
    scenario: ResolvedScenario
    program: Program

    @cached_property
    def content(self) -> str:
        """Digest of all that figures depend on but seed and code: of the program, and of what reads its recordings."""
        prices, _ = read_prices()
        events = self.scenario.scenario.events_per_month
        read = json.dumps([self.design.tree, events], sort_keys=True, default=str)
        return hashlib.sha256(f"{self.program.digest}|{read}|{prices!r}".encode()).hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Job:
    """A replication, and what is measured in it."""

    subject: Subject
    seed: int
    measures: Sequence[Budget]


def figures_of(
    jobs: Sequence[Job],
    *,
    kept: Store | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Figures]:
    """What is measured in replications, in the order given; only those are simulated that the store does not hold.

    Raises
    ------
    SimulationError
        If a law is broken: our fault.
    StoreError
        If figures cannot be kept; all that were kept before are.
    """
    found = [None if kept is None else _known(kept, job) for job in jobs]
    missing = [number for number, one in enumerate(found) if one is None]
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        told = None if progress is None else _share(progress, start / len(missing), len(batch) / len(missing))
        pairs = [(jobs[number].subject.program, jobs[number].seed) for number in batch]
        recordings = simulate_all(pairs, engine=engine, workers=workers, progress=told)
        for number, recording in zip(batch, recordings, strict=True):
            job = jobs[number]
            found[number] = _measured(job, recording)
        if kept is not None:
            _keep(kept, {number: jobs[number] for number in batch}, found)
    return [one for one in found if one is not None]


def _share(progress: Progress, done: float, share: float) -> Progress:
    return lambda part: progress(done + share * part)


def _measured(job: Job, recording: Recording) -> Figures:
    """Figures of a recording; windows that nobody asks for are left out."""
    subject, windows = job.subject, {WHOLE, *(one.window for one in job.measures)}
    events = subject.scenario.scenario.events_per_month
    samples = collect(subject.program, recording, subject.design.design, events=events, windows=windows)
    return tuple(_figure(job, samples, one) for one in job.measures)


def _figure(job: Job, samples: list[Sample], one: Budget) -> Figure:
    if one.guards:
        return Figure(served(job.subject.design.design, samples))
    value = measure(samples, one)
    return Figure(value, lack(samples, one) if math.isnan(value) else "")


def names_of(measures: Sequence[Budget]) -> tuple[str, ...]:
    """Names under which measures are kept."""
    return tuple(one.measure_name for one in measures)


def _known(kept: Store, job: Job) -> Figures | None:
    return kept.figures(job.subject.content, job.seed, names_of(job.measures))


def _keep(kept: Store, jobs: dict[int, Job], found: Sequence[Figures | None]) -> None:
    """Keep a batch: one part for each of its subjects that were measured alike."""
    groups: dict[tuple[str, tuple[str, ...]], dict[int, Figures]] = {}
    for number, job in jobs.items():
        figures = found[number]
        if figures is not None:
            groups.setdefault((job.subject.content, names_of(job.measures)), {})[job.seed] = figures
    for (content, names), replications in groups.items():
        kept.keep(content, replications, names)
