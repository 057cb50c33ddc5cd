"""Processor sharing by virtual time: all jobs progress at one rate, which depends on how many there are."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil
from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.calendar import Callbacks, Entry
from eventlive_sim.engine.reference.task import NEVER, Task

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine

Job = tuple[float, tuple[int, int, int, int], int, Task]
"""Virtual finish, key of the task, serial, task. A job whose task has another serial by now was cut."""


class Processor:
    """Cores that jobs share, at most one core a job.

    Virtual time grows at the rate of one job; a job that begins at v with demand d departs when it reaches v + d. One
    departure is planned, that of the job with the least (virtual finish, key of its task). A new plan is made at every
    change; an entry of the calendar that is no longer the plan is skipped. ``done`` is told of a departing task.

    Notes
    -----
    Float64 in this order: ``rate = (speed / 1e6) * min(1, (cores / 1000) / jobs) * (efficiency / 1e6)``;
    ``virtual = virtual + span * rate``; ``delay = ceil((finish - virtual) / rate)``, at least 0. Virtual time is 0 again
    when the last job goes.
    """

    def __init__(
        self, machine: Machine, cores: int, speed: int, efficiency: tuple[int, ...], done: Callable[[Task], None]
    ) -> None:
        self.machine = machine
        self.clock = machine.clock
        self.cores = cores
        self.speed = speed
        self.efficiency = efficiency
        self.done = done
        self.active = 0
        self.jobs: list[Job] = []
        self.virtual = 0.0
        self.rate = 0.0
        self.last_ns = 0
        self.planned_ns = NEVER
        self.planned: Task | None = None
        self._departures: Callbacks = [self._depart]

    @property
    def busy(self) -> int:
        """Thousandths of cores that work."""
        return min(1000 * self.active, self.cores)

    def begin(self, task: Task, demand: int) -> None:
        """Add a job."""
        self._advance()
        machine = self.machine
        machine.serials += 1
        task.serial = machine.serials
        self.active += 1
        heappush(self.jobs, (self.virtual + demand, task.key, task.serial, task))
        self._plan()

    def cut(self, task: Task) -> None:
        """Remove a job."""
        self._advance()
        task.serial = NEVER
        self.active -= 1
        self._plan()

    def change(self, *, cores: int | None = None, speed: int | None = None) -> None:
        """Change cores or speed now."""
        self._advance()
        self.cores = self.cores if cores is None else max(0, cores)
        self.speed = self.speed if speed is None else max(0, speed)
        self._plan()

    def _advance(self) -> None:
        now = self.clock.now
        if self.active:
            self.virtual += (now - self.last_ns) * self.rate
        self.last_ns = now

    def _rate_of(self, active: int) -> float:
        efficiency = self.efficiency[min(active, len(self.efficiency)) - 1] if self.efficiency else 1_000_000
        return (self.speed / 1e6) * min(1.0, (self.cores / 1000) / active) * (efficiency / 1e6)

    def _plan(self) -> None:
        """Set the rate, and plan the next departure."""
        active = self.active
        jobs = self.jobs
        if not active:
            self.virtual = 0.0
            jobs.clear()
            self.planned = None
            return
        self.rate = rate = self._rate_of(active)
        while jobs[0][3].serial != jobs[0][2]:
            heappop(jobs)
        if rate <= 0.0:
            self.planned = None
            return
        finish, key, _, task = jobs[0]
        delay = max(0, ceil((finish - self.virtual) / rate))
        at = self.last_ns + delay
        if task is not self.planned or at != self.planned_ns:
            self.planned = task
            self.planned_ns = at
            self.machine.calendar.put(Entry(self._departures, task), key, delay)

    def _depart(self, entry: Entry) -> None:
        task = entry.task
        now = self.machine.calendar.now
        if task is not self.planned or now != self.planned_ns:
            return
        self.machine.arrive_at(now)
        self._advance()
        heappop(self.jobs)
        task.serial = NEVER
        self.active -= 1
        self.planned = None
        self._plan()
        task.blocker = None
        self.done(task)
        self.machine.turn(task, task.resume(task))
