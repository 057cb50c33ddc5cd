"""Many points of one design: simulated by processes of this machine or of a cluster, kept in a store, resumed from it.

A worker is told names and values, and resolves, lowers, simulates and measures for itself: what travels is text and figures.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eventlive_sim.errors import SimulationError
from eventlive_sim.program.lower import lower
from eventlive_sim.study.budgets import measure, metric_of
from eventlive_sim.study.places import Place
from eventlive_sim.study.run import check_windows, replication_seed, unstarted
from eventlive_sim.study.samples import collect
from eventlive_sim.study.store import Result, Store, opened
from eventlive_sim.study.workers import Progress, begin_worker, simulate_all

STRIKES = 3
"""Workers that may die over one point before it is given up."""
_LOOK_S = 0.2
Finished = Callable[[int, Result], None]


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

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of each replication."""
        return tuple(replication_seed(self.seed, number) for number in range(self.replications))

    def question(self) -> str:
        """What is asked, as a digest: names, the files that they stand for, settings, seed."""
        design, scenario = self.place()
        hasher = hashlib.sha256(repr((self.place, self.settings, self.seed, self.replications)).encode())
        for path in (*design.files, scenario.file):
            hasher.update(path.read_bytes())
        return hasher.hexdigest()[:16]

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


@dataclass(frozen=True)
class Limits:
    """What a study may use: processes, a cluster's address, and time [s]."""

    workers: int | None = None
    cluster: str = ""
    within_s: float = float("inf")


@dataclass(frozen=True)
class Done:
    """What is known after a study: a result a point, None where time was over; and how it came about."""

    results: tuple[Result | None, ...]
    simulated: int
    """Points that were simulated now; the others were known."""
    broken: tuple[str, ...]
    """Parts of the store that could not be read, and were simulated again."""

    @property
    def missing(self) -> int:
        """Points that are not known yet."""
        return sum(one is None for one in self.results)


def answer(study: Study, number: int) -> Result:
    """Simulate one point; a function of a module, so that workers find it."""
    design, scenario = study.place(study.settings[number])
    check_windows(scenario)
    program = lower(design.design, scenario.scenario)
    ground = unstarted(design, scenario)
    asked = [metric_of(ground, metric) for metric in study.metrics]
    values: list[list[float]] = [[] for _ in asked]
    for seed in study.seeds:
        (recording,) = simulate_all([(program, seed)], workers=1)
        samples = collect(program, recording, design.design)
        for row, metric in zip(values, asked, strict=True):
            row.append(measure(samples, metric))
    return Result(program.digest, tuple(tuple(row) for row in values))


class Team(Protocol):
    """Who simulates points: processes here, or a cluster."""

    def work(self, study: Study, points: Sequence[int], finished: Finished, goes_on: Callable[[], bool]) -> None:
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
    for setting in dict.fromkeys((study.settings[0], study.settings[-1])):
        ground = unstarted(*study.place(setting))
        for metric in study.metrics:
            metric_of(ground, metric)
    with _store(store) as kept:
        question = study.question()
        results: list[Result | None] = [None] * len(study.settings)
        if kept is not None:
            kept.ask(question, study.told())
            results = [kept.known(question, number, study.seeds, study.metrics) for number in range(len(results))]
        missing = [number for number, result in enumerate(results) if result is None]
        began = time.monotonic()

        def finished(number: int, result: Result) -> None:
            results[number] = result
            if kept is not None:
                kept.keep(question, number, result, study.seeds, study.metrics)
            if progress is not None:
                progress(1 - results.count(None) / len(results))

        _team(allowed).work(study, missing, finished, lambda: time.monotonic() - began < allowed.within_s)
        broken = () if kept is None else tuple(kept.broken)
    return Done(tuple(results), len(missing) - results.count(None), broken)


def _store(folder: Path | None) -> AbstractContextManager[Store | None]:
    return nullcontext() if folder is None else opened(folder)


def _team(limits: Limits) -> Team:
    if limits.cluster:
        from eventlive_sim.study.cluster import Cluster  # noqa: PLC0415 - Dask comes with an extra

        return Cluster(limits.cluster)
    return Processes(limits.workers or os.cpu_count() or 1)


# ---------------------------------------------------------------- processes of this machine


@dataclass(frozen=True)
class Processes:
    """Processes of this machine; one that dies is replaced, and what it did is done again."""

    count: int

    def work(self, study: Study, points: Sequence[int], finished: Finished, goes_on: Callable[[], bool]) -> None:
        """See ``Team``."""
        strikes: dict[int, int] = dict.fromkeys(points, 0)
        left = list(points)
        while left and goes_on():
            lost = self._until_one_dies(study, left, finished, goes_on)
            for number in lost:
                strikes[number] += 1
                if strikes[number] >= STRIKES:
                    said = ", ".join(study.settings[number]) or "the design as written"
                    message = f"the worker that simulates {said} died {STRIKES} times; is there enough memory?"
                    raise SimulationError(message)

    def _until_one_dies(
        self, study: Study, left: list[int], finished: Finished, goes_on: Callable[[], bool]
    ) -> list[int]:
        """Work through what is left, taking off what is done; points under way when a worker died."""
        pool = ProcessPoolExecutor(
            min(self.count, len(left)), mp_context=multiprocessing.get_context("spawn"), initializer=begin_worker
        )
        running: dict[Future[Result], int] = {}
        waiting = iter(list(left))
        try:
            self._fill(pool, study, waiting, running)
            while running and goes_on():
                done, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    number = running.pop(future)
                    finished(number, result)
                    left.remove(number)
                self._fill(pool, study, waiting, running)
        except BrokenProcessPool:
            return [number for number in running.values() if number in left]
        finally:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 - nobody waits for work not wanted
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
        if running:
            left.clear()  # time is over
        return []

    def _fill(
        self, pool: ProcessPoolExecutor, study: Study, waiting: Iterator[int], running: dict[Future[Result], int]
    ) -> None:
        """Have one more point under way than there are processes, so that none waits for us."""
        while len(running) <= self.count:
            number = next(waiting, None)
            if number is None:
                return
            running[pool.submit(answer, study, number)] = number
