"""The reference engine on S1 before, beside SimPy written by hand for the same visits.

Run: ``.venv/bin/python benchmarks/reference_vs_simpy.py [--people 200] [--repeats 5]``. Both run in turn in one process;
CPU seconds of the process are taken, medians and the ratio of each pair are printed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Generator
from typing import Any

import simpy

from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower

Process = Generator[simpy.Event, Any, None]
GOAL_RATIO = 3.0
GOAL_EVENTS = 6.0


class ByHand:
    """S1 before as one would write it in SimPy: times in seconds, resources, processes; nothing recorded but visits."""

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
        """GET /user."""
        draw = self.random.lognormvariate
        yield self.env.timeout(draw(-2.4, 0.03))
        self.visits += 1
        with self.auth.request() as connection:
            yield connection
            yield from self.serve(self.cpu, draw(-6.5, 0.3))
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


def events_per_query() -> float:
    """Events that one more read of a handler adds to a call."""
    events = []
    for queries in (1, 11):
        steps = {f"read_{number}": {"select": "seats"} for number in range(queries)}
        platform = {
            "network": {"client_function": "9ms", "function_project": "1ms"},
            "project": {
                "postgrest": {"round_trip": "60us", "cpu": "300us"},
                "postgres": {"costs": {"select": "73us"}, "statement_timeout": {"authenticated": "8s"}},
            },
        }
        design = Design.model_validate(
            {
                "format": 1,
                "platform": platform,
                "tables": {"seats": {"columns": ["id"], "key": ["id"], "row": "person"}},
                "endpoints": {"door": {"steps": steps}},
                "clients": {"guest": {"loops": {"go": {"call": "door"}}}},
            }
        )
        scenario = Scenario.model_validate({"format": 1, "duration": "1h", "clients": {"guest": {"people": 1}}})
        events.append(simulate(lower(design, scenario), 1).totals.events)
    return (events[1] - events[0]) / 10


def main() -> None:
    """Time both in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    scenario = resolve_scenario("s1", sets=[f"clients.participant.people={given.people}"]).scenario
    program = lower(resolve_design("before").design, scenario)
    admins, duration = scenario.clients["admin"].people, scenario.duration / 1e9
    ours, hand, ratios, per_event = [], [], [], []
    for _ in range(given.repeats):
        begun = time.process_time()
        totals = simulate(program, 1).totals
        ours.append((time.process_time() - begun) / totals.station_visits * 1e6)
        per_event.append((time.process_time() - begun) / totals.events * 1e6)
        model = ByHand(given.people, admins, duration)
        begun = time.process_time()
        visits = model.run()
        hand.append((time.process_time() - begun) / visits * 1e6)
        ratios.append(ours[-1] / hand[-1])
    print(f"S1 before, {given.people} people, {given.repeats} pairs; {totals.events:,} events")
    print(f"station visits: reference {totals.station_visits:,}, by hand {visits:,}")
    print(f"CPU us a station visit: reference {statistics.median(ours):.2f}, by hand {statistics.median(hand):.2f}")
    print(f"CPU us an event: reference {statistics.median(per_event):.2f}")
    print(
        f"ratio: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f} (goal: {GOAL_RATIO:g})"
    )
    print(f"events a PostgREST query: {events_per_query():.1f} (goal: at most {GOAL_EVENTS:g})")


if __name__ == "__main__":
    main()
