"""The works as one would write them in SimPy, by hand: processes and resources, times in seconds, hardly anything recorded.

S1 stands here bare, with little more than its visits of stations; as the model has it, it stands in ``benchmarks/event``.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.works import ARRIVE_S, BINS, DESK_RATE, DESK_SERVERS, SERVICE_S, THINK_S

Process = Generator[simpy.Event, Any, None]


class Event:
    """S1 before, bare: visits of stations in a like number and order; nothing can fail, and only visits are recorded."""

    def __init__(self, people: int, admins: int, duration: float) -> None:
        self.env = simpy.Environment()
        self.pool = simpy.Resource(self.env, 10)
        self.auth = simpy.Resource(self.env, 10)
        self.cpu = simpy.Resource(self.env, 2)
        self.functions = simpy.Resource(self.env, 10_000)
        self.locks = [simpy.Resource(self.env, 1) for _ in range(people)]
        self.visits = 0
        self.random = random.Random(1)
        self.duration = duration
        for person in range(people):
            self.env.process(self.participant(person))
        for _ in range(admins):
            self.env.process(self.admin())

    def run(self) -> int:
        """Simulate; the number of station visits."""
        self.env.run(self.duration)
        return self.visits

    def serve(self, resource: simpy.Resource, service: float) -> Process:
        """One visit of a station."""
        self.visits += 1
        with resource.request() as request:
            yield request
            yield self.env.timeout(service)

    def query(self, lock: simpy.Resource | None = None) -> Process:
        """One request to the database: network, connection, row, work, commit, network."""
        draw = self.random.lognormvariate
        yield self.env.timeout(draw(-2.4, 0.03))
        self.visits += 1
        with self.pool.request() as connection:
            yield connection
            if lock is None:
                yield from self.serve(self.cpu, draw(-7, 0.3))
                yield self.env.timeout(0.0003)
            else:
                self.visits += 1
                with lock.request() as row:
                    yield row
                    yield from self.serve(self.cpu, draw(-7, 0.3))
                    yield self.env.timeout(0.002)
        yield self.env.timeout(draw(-2.4, 0.03))

    def user(self) -> Process:
        """GET /user: the service's own work, then five statements, each on a connection of its own."""
        draw = self.random.lognormvariate
        yield self.env.timeout(draw(-2.4, 0.03))
        yield from self.serve(self.cpu, draw(-7.2, 0.3))
        for _ in range(5):
            self.visits += 1
            with self.auth.request() as connection:
                yield connection
                yield from self.serve(self.cpu, draw(-10.4, 0.3))
                yield self.env.timeout(6e-5)
        yield self.env.timeout(draw(-2.4, 0.03))

    def call(self, reads: int, writes: int, person: int) -> Process:
        """One call of an endpoint."""
        draw = self.random.lognormvariate
        yield self.env.timeout(draw(-2.3, 0.08))
        self.visits += 1
        with self.functions.request() as instance:
            yield instance
            yield self.env.timeout(draw(-4.7, 0.5))
            yield from self.user()
            for _ in range(reads):
                yield from self.query()
            for _ in range(writes):
                yield from self.query(self.locks[person])
        yield self.env.timeout(draw(-2.3, 0.08))

    def loop(self, person: int, reads: int, writes: int, every: float, jitter: float) -> Process:
        """Call, wait, call."""
        while True:
            yield from self.call(reads, writes, person)
            yield self.env.timeout(every + self.random.uniform(-jitter, jitter))

    def participant(self, person: int) -> Process:
        """Come within two minutes, ping and track."""
        yield self.env.timeout(self.random.uniform(0, 120))
        self.env.process(self.loop(person, 5, 3, 120.0, 10.0))
        self.env.process(self.loop(person, 3, 3, 300.0, 0.0))

    def admin(self) -> Process:
        """Poll every five seconds, whether or not it was answered."""
        while True:
            self.env.process(self.call(7, 0, 0))
            yield self.env.timeout(5.0)


class Pingers:
    """The closed pinger model; calls are counted by time bin."""

    def __init__(self, people: int, servers: int, duration: float) -> None:
        self.env = simpy.Environment()
        self.desk = simpy.Resource(self.env, servers) if servers else None
        self.random = random.Random(1)
        self.bin = duration / BINS
        self.calls = [0] * (BINS + 1)
        self.visits = 0
        self.waited = 0
        self.come = 0
        self.people = people
        self.duration = duration
        for _ in range(people):
            self.env.process(self.pinger())

    def run(self) -> int:
        """Simulate; the number of events, as the engines count them: starts, comings, thoughts, waits and services."""
        self.env.run(self.duration)
        calls = sum(self.calls)
        return self.people + self.come + calls + (self.visits + self.waited if self.desk else 0)

    def pinger(self) -> Process:
        """Come; think, call, think."""
        env, desk = self.env, self.desk
        yield env.timeout(self.random.uniform(0, ARRIVE_S))
        self.come += 1
        while True:
            yield env.timeout(self.random.uniform(*THINK_S))
            if desk is not None:
                self.visits += 1
                with desk.request() as request:
                    if not request.triggered:
                        self.waited += 1
                    yield request
                    yield env.timeout(self.random.expovariate(1 / SERVICE_S))
            self.calls[int(env.now / self.bin)] += 1


class Desk:
    """M/M/c; waits are added up."""

    def __init__(self, duration: float) -> None:
        self.env = simpy.Environment()
        self.servers = simpy.Resource(self.env, DESK_SERVERS)
        self.random = random.Random(1)
        self.visits = 0
        self.waited = 0.0
        self.duration = duration
        self.env.process(self.source())

    def run(self) -> int:
        """Simulate; the number of visits that were served."""
        self.env.run(self.duration)
        return self.visits

    def source(self) -> Process:
        """Customers, as a Poisson process."""
        while True:
            yield self.env.timeout(self.random.expovariate(DESK_RATE))
            self.env.process(self.customer())

    def customer(self) -> Process:
        """Ask, be served, go."""
        asked = self.env.now
        with self.servers.request() as request:
            yield request
            self.waited += self.env.now - asked
            yield self.env.timeout(self.random.expovariate(1.0))
            self.visits += 1
