"""Many points of one design: simulated here, by processes of this machine or by a cluster; kept in a store, resumed from it.

A worker is told names and values, and resolves, lowers, simulates and measures for itself: what travels is text and figures.
"""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError, SimulationError
from eventlive_sim.model.prices import read_prices
from eventlive_sim.study.budgets import metric_of
from eventlive_sim.study.places import Place
from eventlive_sim.study.replications import Job, Subject, figures_of, names_of
from eventlive_sim.study.run import replication_seed, unstarted
from eventlive_sim.study.store import Figures, Store, code_digest, opened_if
from eventlive_sim.study.workers import Progress, begin_worker

STRIKES = 3
"""Workers that may die over one point before it is given up."""
_LOOK_S = 0.2
_LOOKED_AT = 50
"""Most points that are resolved before anything is simulated, so that what is wrong is told at once."""


@dataclass(frozen=True)
class Result:
    """What came of a point: its content, and for each replication a figure a metric."""

    content: str
    figures: tuple[Figures, ...]

    @property
    def values(self) -> tuple[tuple[float, ...], ...]:
        """For each metric a value a replication."""
        return tuple(tuple(one.value for one in row) for row in zip(*self.figures, strict=True))


Finished = Callable[[int, Result], None]


@dataclass(frozen=True)
class Task:
    """A point as a worker is told of it: seeds that are wanted, and what its files must say."""

    number: int
    place: Place
    setting: tuple[str, ...]
    metrics: tuple[str, ...]
    seeds: tuple[int, ...]
    origin: str
    engine: EngineName = EngineName.FAST


@dataclass(frozen=True)
class Study:
    """What is asked: settings of a design in a scenario, metrics, replications.

    Attributes
    ----------
    settings : tuple of tuple of str
        For each point what ``--set`` is given.
    metrics : tuple of str
        As ``METRIC{tags}:AGGREGATE``.
    """

    place: Place
    settings: tuple[tuple[str, ...], ...]
    metrics: tuple[str, ...]
    seed: int
    replications: int
    engine: EngineName = EngineName.FAST

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of each replication."""
        return tuple(replication_seed(self.seed, number) for number in range(self.replications))

    def task(self, number: int, seeds: Sequence[int] | None = None) -> Task:
        """A point for a worker, under all seeds or some."""
        wanted = self.seeds if seeds is None else tuple(seeds)
        return Task(number, self.place, self.settings[number], self.metrics, wanted, origin_of(self.place), self.engine)

    def told(self) -> dict[str, object]:
        """The question for people who read the manifest."""
        return {
            "design": self.place.design,
            "scenario": self.place.scenario,
            "sets": list(self.place.sets),
            "points": len(self.settings),
            "metrics": list(self.metrics),
            "seed": self.seed,
            "replications": self.replications,
        }


def origin_of(place: Place) -> str:
    """Digest of what a design and a scenario are made from: names, their files, what they resolve to, prices, our code."""
    design, scenario = place()
    hasher = hashlib.sha256(f"{code_digest()}|{place!r}|{read_prices()[0]!r}".encode())
    hasher.update(json.dumps([design.tree, scenario.tree], sort_keys=True, default=str).encode())
    for path in (*design.files, scenario.file):
        hasher.update(path.read_bytes())
    return hasher.hexdigest()[:32]


@dataclass(frozen=True)
class Limits:
    """What a study may use: processes, a cluster's address, and time [s]."""

    workers: int | None = None
    cluster: str = ""
    within_s: float = math.inf


@dataclass(frozen=True)
class Done:
    """What is known after a study: a result a point, None where time was over; and how it came about."""

    results: tuple[Result | None, ...]
    simulated: int
    """Points of which anything was simulated now; the others were known."""
    replications: int
    """Replications that were simulated now."""
    broken: tuple[str, ...]
    """Parts of the store that could not be read, and were simulated again."""

    @property
    def missing(self) -> int:
        """Points that are not known yet."""
        return sum(one is None for one in self.results)


@cache
def _same(place: Place, origin: str) -> bool:
    """Whether this process finds under these names what whoever asks found; looked at once."""
    return origin_of(place) == origin


def answer(task: Task, workers: int = 1, progress: Progress | None = None) -> Result:
    """Simulate one point; a function of a module, so that workers find it.

    Raises
    ------
    ModelError
        If this worker has other files, or another version of the program, than who asks.
    """
    if not _same(task.place, task.origin):
        problem = (
            f"a worker finds other files under {task.place.design} and {task.place.scenario}, or is another version"
        )
        raise ModelError(problem, "give all workers the same program and files", rule="other-worker")
    ground = unstarted(*task.place(task.setting))
    subject = Subject(ground.design, ground.scenario, ground.program)
    measures = [metric_of(ground, metric) for metric in task.metrics]
    jobs = [Job(subject, seed, measures) for seed in task.seeds]
    return Result(subject.content, tuple(figures_of(jobs, engine=task.engine, workers=workers, progress=progress)))


class Team(Protocol):
    """Who simulates points: this process, processes of this machine, or a cluster."""

    def work(self, tasks: Sequence[Task], finished: Finished, goes_on: Callable[[], bool]) -> None:
        """Simulate points, in any order, telling each as it is done, for as long as it goes on."""


def run_study(
    study: Study, *, store: Path | None = None, limits: Limits | None = None, progress: Progress | None = None
) -> Done:
    """Simulate the points of a study that its store does not know yet.

    Raises
    ------
    ModelError
        If a path, value or metric does not exist, or another study has the store open.
    StoreError
        If results cannot be kept; all that were kept before are.
    SimulationError
        If a point ends its worker again and again.
    """
    allowed = limits or Limits()
    names = _looked_at(study)
    with opened_if(store) as kept:
        table = _Table(study, names, kept, progress)
        began = time.monotonic()
        team = _team(allowed, table.progress, alone=store is None and math.isinf(allowed.within_s))
        team.work(table.tasks(), table.finished, lambda: time.monotonic() - began < allowed.within_s)
        return table.done()


def _looked_at(study: Study) -> tuple[str, ...]:
    """Names of what is measured, after a look at the first and the last point, and at those with values of their own."""
    for setting in dict.fromkeys((study.settings[0], study.settings[-1])):
        ground = unstarted(*study.place(setting))
        names = names_of([metric_of(ground, metric) for metric in study.metrics])
    first = {text: setting for setting in reversed(study.settings) for text in setting}
    for setting in list(dict.fromkeys(first.values()))[:_LOOKED_AT]:
        study.place(setting)
    return names


class _Table:
    """What is known of each point of a study, before and while it runs."""

    def __init__(self, study: Study, names: Sequence[str], kept: Store | None, progress: Progress | None) -> None:
        self.study, self.names, self.kept = study, names, kept
        self.told, self.counted, self.points = progress, 0, 0
        self.contents: list[str | None] = [None] * len(study.settings)
        self.known: list[dict[int, Figures]] = [{} for _ in study.settings]
        self.seeds, self.plain = study.seeds, study.task(0)
        if kept is None:
            return
        kept.ask(hashlib.sha256(repr((self.plain.origin, study)).encode()).hexdigest()[:16], study.told())
        for number in range(len(study.settings)):
            content = kept.content_of(self._name(number))
            found = {} if content is None else {seed: kept.figures(content, seed, names) for seed in self.seeds}
            self.contents[number] = content
            self.known[number] = {seed: one for seed, one in found.items() if one is not None}

    def _name(self, number: int) -> str:
        """Under which a setting is found again: what it is set in, and to what."""
        asked = f"{self.plain.origin}|{self.study.settings[number]!r}"
        return hashlib.sha256(asked.encode()).hexdigest()[:32]

    def tasks(self) -> list[Task]:
        """What is left to do: of each point the seeds that are not known."""
        lacking = [tuple(seed for seed in self.seeds if seed not in known) for known in self.known]
        return [
            replace(self.plain, number=number, setting=self.study.settings[number], seeds=seeds)
            for number, seeds in enumerate(lacking)
            if seeds
        ]

    def finished(self, number: int, result: Result) -> None:
        """Take what came of a point, and keep it."""
        wanted = [seed for seed in self.seeds if seed not in self.known[number]]
        found = dict(zip(wanted, result.figures, strict=True))
        self.contents[number] = result.content
        self.known[number] |= found
        self.counted += len(found)
        self.points += 1
        if self.kept is not None:
            self.kept.keep(result.content, found, self.names, setting=self._name(number))
        self.progress(0.0)

    def progress(self, part: float) -> None:
        """Tell how far it is: points that are whole, and part of one more."""
        if self.told is not None:
            whole = sum(len(known) == len(self.seeds) for known in self.known)
            self.told(min((whole + part) / len(self.known), 1.0))

    def done(self) -> Done:
        """How it came about."""
        results = [
            None
            if content is None or len(known) < len(self.seeds)
            else Result(content, tuple(known[seed] for seed in self.seeds))
            for content, known in zip(self.contents, self.known, strict=True)
        ]
        broken = () if self.kept is None else tuple(self.kept.broken)
        return Done(tuple(results), self.points, self.counted, broken)


def _team(limits: Limits, progress: Progress, *, alone: bool) -> Team:
    if limits.cluster:
        from eventlive_sim.study.cluster import Cluster  # noqa: PLC0415 - Dask comes with an extra

        return Cluster(limits.cluster)
    count = limits.workers or os.cpu_count() or 1
    # Processes cost seconds to start, and outlive one that dies: for what is long enough to be kept or cut off.
    return Here(count, progress) if alone else Processes(count)


@dataclass(frozen=True)
class Here:
    """The process that asks: one point after the other, its replications side by side."""

    count: int
    progress: Progress

    def work(self, tasks: Sequence[Task], finished: Finished, goes_on: Callable[[], bool]) -> None:
        """See ``Team``."""
        for task in tasks:
            if not goes_on():
                return
            finished(task.number, answer(task, self.count, self.progress))


# ---------------------------------------------------------------- processes of this machine


@dataclass(frozen=True)
class Processes:
    """Processes of this machine; one that dies is replaced, and what it did is done again."""

    count: int

    def work(self, tasks: Sequence[Task], finished: Finished, goes_on: Callable[[], bool]) -> None:
        """See ``Team``."""
        strikes = {task.number: 0 for task in tasks}
        left = {task.number: task for task in tasks}
        while left and goes_on():
            lost = self._until_one_dies(left, finished, goes_on)
            for number in lost:
                strikes[number] += 1
                if strikes[number] >= STRIKES:
                    said = ", ".join(left[number].setting) or "the design as written"
                    message = f"the worker that simulates {said} died {STRIKES} times; is there enough memory?"
                    raise SimulationError(message)

    def _until_one_dies(self, left: dict[int, Task], finished: Finished, goes_on: Callable[[], bool]) -> list[int]:
        """Work through what is left, taking off what is done; points under way when a worker died."""
        pool = ProcessPoolExecutor(
            min(self.count, len(left)), mp_context=multiprocessing.get_context("spawn"), initializer=begin_worker
        )
        running: dict[Future[Result], int] = {}
        waiting = iter(list(left.values()))
        try:
            self._fill(pool, waiting, running)
            while running and goes_on():
                done, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    number = running.pop(future)
                    finished(number, result)
                    del left[number]
                self._fill(pool, waiting, running)
        except BrokenProcessPool:
            return [number for number in running.values() if number in left]
        finally:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 - nobody waits for work not wanted
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
        if running:
            left.clear()  # time is over
        return []

    def _fill(self, pool: ProcessPoolExecutor, waiting: Iterator[Task], running: dict[Future[Result], int]) -> None:
        """Have one more point under way than there are processes, so that none waits for us."""
        while len(running) <= self.count:
            task = next(waiting, None)
            if task is None:
                return
            running[pool.submit(answer, task)] = task.number
