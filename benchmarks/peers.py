"""M/M/c in other libraries. They are no dependency of the project: who has them installed sees them measured."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.works import DESK_RATE, DESK_SERVERS


def ciw_desk(duration: float) -> tuple[int, float]:
    """Customers served, and their mean wait [s], in Ciw; its records are how it tells."""
    ciw: Any = importlib.import_module("ciw")
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(DESK_RATE)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[DESK_SERVERS],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(duration)
    records = simulation.get_all_records()
    return len(records), sum(record.waiting_time for record in records) / len(records)


def salabim_desk(duration: float) -> tuple[int, float]:
    """Customers served, and their mean wait [s], in salabim; its monitors are on, as they are when nothing is said."""
    salabim: Any = importlib.import_module("salabim")
    salabim.yieldless(False)
    env = salabim.Environment(trace=False, random_seed=1)
    servers = salabim.Resource("servers", capacity=DESK_SERVERS)
    between, service = salabim.Exponential(1 / DESK_RATE), salabim.Exponential(1.0)

    class Customer(salabim.Component):  # type: ignore[misc] # of a module without types
        def process(self) -> Any:
            yield self.request(servers)
            yield self.hold(service.sample())
            self.release(servers)

    class Source(salabim.Component):  # type: ignore[misc] # of a module without types
        def process(self) -> Any:
            while True:
                yield self.hold(between.sample())
                Customer()

    Source()
    env.run(till=duration)
    return servers.claimers().length_of_stay.number_of_entries(), servers.requesters().length_of_stay.mean()
