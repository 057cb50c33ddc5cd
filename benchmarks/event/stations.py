"""Stations of the event in SimPy: processor sharing, pools and row locks, functions, token buckets; and deadlines."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, overload

import simpy
from simpy.resources.resource import Request

from benchmarks.event.books import StationBook

Process = Generator[simpy.Event, Any, None]
EFFICIENCY = [1.0] * 8 + [1 - 0.33 * (jobs - 8) / 56 for jobs in range(9, 65)]
"""By number of jobs on the database's processor, from one on; the last holds beyond."""


class Deadline:
    """Interrupts the process that armed it, with itself as the cause, unless it is disarmed before.

    SimPy has no way to take a timeout back: the one of a disarmed deadline runs out and does nothing.
    """

    __slots__ = ("process",)

    def __init__(self, env: simpy.Environment, delay: float) -> None:
        self.process = env.active_process
        timeout = env.timeout(delay)
        assert timeout.callbacks is not None
        timeout.callbacks.append(self._expire)

    def _expire(self, _: simpy.Event) -> None:
        if self.process is not None:
            self.process.interrupt(self)
            self.process = None

    def disarm(self) -> None:
        """Let it run out without effect."""
        self.process = None


class Processor:
    """Cores that jobs share, at most one core a job, by virtual time: it grows at the rate of one job.

    A job that begins at v with demand d is done at v + d. Only the departure of the first is planned; it is planned anew
    when another becomes the first, or when the rate changes.
    """

    __slots__ = (
        "book", "cores", "efficiency", "env", "head", "jobs", "last", "rate", "serial", "speed", "timer", "virtual",
    )  # fmt: skip

    def __init__(
        self, env: simpy.Environment, cores: int, speed: float, book: StationBook, efficiency: list[float] | None = None
    ) -> None:
        self.env = env
        self.cores = cores
        self.speed = speed
        self.book = book
        self.efficiency = efficiency or [1.0]
        self.jobs: list[tuple[float, int, simpy.Event]] = []
        self.serial = count()
        self.head: simpy.Event | None = None
        self.timer: simpy.Event | None = None
        self.virtual = self.last = self.rate = 0.0

    def work(self, demand: float) -> Process:
        """Do one job; it is taken out if the process is interrupted."""
        self._advance()
        done = simpy.Event(self.env)
        heappush(self.jobs, (self.virtual + demand, next(self.serial), done))
        self.book.grant_at_once()
        self._plan()
        try:
            yield done
        except simpy.Interrupt:
            if not done.triggered:
                self._cut(done)
            raise

    def _advance(self) -> None:
        now = self.env.now
        self.virtual += (now - self.last) * self.rate
        self.last = now

    def _cut(self, done: simpy.Event) -> None:
        self._advance()
        self.jobs = [job for job in self.jobs if job[2] is not done]
        heapify(self.jobs)
        self.book.depart()
        self._plan()

    def _plan(self) -> None:
        """Set the rate, and plan the next departure if it is another one or comes at another time."""
        jobs = self.jobs
        if not jobs:
            self.virtual = self.rate = 0.0
            self.head = self.timer = None
            return
        active = len(jobs)
        efficiency = self.efficiency
        rate = self.speed * (efficiency[active - 1] if active < len(efficiency) else efficiency[-1])
        if active > self.cores:
            rate *= self.cores / active
        finish, _, head = jobs[0]
        if head is self.head and rate == self.rate:
            return
        self.head = head
        self.rate = rate
        left = finish - self.virtual
        self.timer = timer = self.env.timeout(left / rate if left > 0.0 else 0.0)
        assert timer.callbacks is not None
        timer.callbacks.append(self._depart)

    def _depart(self, timer: simpy.Event) -> None:
        if timer is not self.timer:
            return
        self.last = self.env.now
        self.virtual, _, done = heappop(self.jobs)
        self.book.depart()
        done.succeed()
        self._plan()


class Station:
    """Servers with a queue in order of arrival: a pool, or the lock of a row, whose book all rows of the table share."""

    __slots__ = ("book", "env", "resource")

    def __init__(self, env: simpy.Environment, book: StationBook, servers: int = 1) -> None:
        self.env = env
        self.book = book
        self.resource = simpy.Resource(env, servers)

    @overload
    def enter(self, patience: None = None) -> Generator[simpy.Event, Any, Request]: ...

    @overload
    def enter(self, patience: float | None) -> Generator[simpy.Event, Any, Request | None]: ...

    def enter(self, patience: float | None = None) -> Generator[simpy.Event, Any, Request | None]:
        """Ask for a server and wait for it, at most so long; None if it was in vain."""
        request = self.resource.request()
        book = self.book
        at_once = request.triggered
        if at_once:
            book.grant_at_once()
            return request
        book.queue()
        asked = self.env.now
        try:
            if patience is None:
                yield request
            else:
                yield request | self.env.timeout(patience)
        except simpy.Interrupt:
            book.renege()
            if request.triggered:
                self.resource.release(request)
            else:
                request.cancel()
            raise
        if not request.triggered:
            book.renege()
            request.cancel()
            return None
        book.grant(asked)
        return request

    def enter_now(self) -> Request | None:
        """Take a server if one is free."""
        if self.resource.count >= self.resource.capacity:
            self.book.refuse()
            return None
        self.book.grant_at_once()
        return self.resource.request()

    def leave(self, request: Request) -> None:
        """Give the server back."""
        self.book.depart()
        self.resource.release(request)


class Bucket:
    """Tokens, one every so often, so many at most."""

    __slots__ = ("book", "burst", "env", "every", "since", "tokens")

    def __init__(self, env: simpy.Environment, book: StationBook, burst: int, every: float) -> None:
        self.env = env
        self.book = book
        self.burst = burst
        self.every = every
        self.tokens = burst
        self.since = 0.0

    def take(self) -> bool:
        """Take a token if there is one."""
        new = int((self.env.now - self.since) / self.every)
        self.tokens = min(self.burst, self.tokens + new)
        self.since = self.env.now if self.tokens == self.burst else self.since + new * self.every
        if not self.tokens:
            self.book.refuse()
            return False
        self.tokens -= 1
        self.book.grant_at_once()
        self.book.depart()
        return True


class Instance:
    """One instance of the functions: a core of its own, and those whom it serves."""

    __slots__ = ("active", "idle_since", "index", "open", "processor")

    def __init__(self, env: simpy.Environment, index: int) -> None:
        self.index = index
        self.processor = Processor(env, 1, 1.0, StationBook(env))
        self.active = 0
        self.open = False
        self.idle_since = 0.0


class Functions:
    """Instances that start on demand, serve many requests each, and retire when idle."""

    CONCURRENCY = 256
    MOST_JOBS = 8
    MOST_INSTANCES = 30_000
    IDLE_S = 600.0

    def __init__(self, env: simpy.Environment, cold_start: Callable[[], float]) -> None:
        self.env = env
        self.book = StationBook(env, float("inf"))
        self.cold_start = cold_start
        self.starts = Bucket(env, StationBook(env), 1000, 0.01)
        self.instances = [Instance(env, 0)]
        self.instances[0].open = True
        self.processors = [self.instances[0].processor]
        """Of all instances, those too that have gone."""

    def enter(self) -> Generator[simpy.Event, Any, Instance | None]:
        """Go to the fullest instance with room, or to one that starts for this request; None: refused."""
        self._retire()
        best = None
        for instance in self.instances:
            room = instance.active < self.CONCURRENCY and len(instance.processor.jobs) < self.MOST_JOBS
            if instance.open and room and (best is None or instance.active > best.active):
                best = instance
        if best is not None:
            best.active += 1
            self.book.grant_at_once()
            return best
        if len(self.instances) >= self.MOST_INSTANCES or not self.starts.take():
            self.book.refuse()
            return None
        asked = self.env.now
        self.book.queue()
        best = self._new()
        yield self.env.timeout(self.cold_start())
        best.open = True
        self.book.grant(asked)
        return best

    def _new(self) -> Instance:
        """Start an instance on the lowest index that is free."""
        taken = {instance.index for instance in self.instances}
        instance = Instance(self.env, next(index for index in count() if index not in taken))
        instance.active = 1
        self.processors.append(instance.processor)
        self.instances.append(instance)
        self.instances.sort(key=lambda one: one.index)
        return instance

    def leave(self, instance: Instance) -> None:
        """End a request."""
        self.book.depart()
        instance.active -= 1
        if not instance.active:
            instance.idle_since = self.env.now

    def _retire(self) -> None:
        """Let go who has been idle for long; the first instance stays."""
        if len(self.instances) > 1:
            before = self.env.now - self.IDLE_S
            self.instances = [one for one in self.instances if not one.index or one.active or one.idle_since > before]
