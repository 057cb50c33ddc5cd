"""Runs a program from time 0 to its horizon and returns what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive_sim.engine.recording import Recording, Totals, Trend, in_words
from eventlive_sim.engine.reference.acts import compile_rows
from eventlive_sim.engine.reference.machine import Machine
from eventlive_sim.engine.reference.stations import make_station
from eventlive_sim.engine.reference.unwinding import Unwinding
from eventlive_sim.program.primitives import StationKind

if TYPE_CHECKING:
    from eventlive_sim.engine.trace import Trace
    from eventlive_sim.program.program import Program


def simulate(
    program: Program, seed: int, *, trace: Trace | None = None, progress: Callable[[float], object] | None = None
) -> Recording:
    """Run a program once.

    Parameters
    ----------
    program : Program
        What to run.
    seed : int
        Seed of all draws and of the ranks of people; same program and seed, same recording.
    trace : Trace, optional
        Collects every act.
    progress : callable, optional
        Called at most about ten times a second with the part of the time that has passed, 0..1. What it raises ends
        the run.

    Returns
    -------
    Recording
        What happened in [0, horizon).

    Raises
    ------
    SimulationError
        If the program does what a well-formed program never does, such as a loop without a hold.
    """
    machine = Machine(program, seed, trace, progress)
    machine.stations = [make_station(machine, number) for number in range(len(program.stations))]
    unwinding = Unwinding(machine)
    machine.on_timer = unwinding.expire
    machine.acts = compile_rows(machine, unwinding)
    machine.populate()
    machine.calendar.run_until(program.horizon_ns)
    machine.clock.now = program.horizon_ns
    return _close(machine)


def _close(machine: Machine) -> Recording:
    program = machine.program
    for task in machine.alive:
        for holding in task.holdings:
            holding.station.book.sojourn_inside += program.horizon_ns - holding.ask_ns
        book = None if task.blocker is None else task.blocker.book
        if book is not None:
            book.sojourn_inside += program.horizon_ns - task.ask_ns
    closed = {
        number: station.close()
        for number, station in enumerate(machine.stations)
        if station.spec.kind is not StationKind.METER
    }
    trends: dict[tuple[int, int], Trend] = {}
    for series, books in machine.trends.items():
        trends |= {(series, window): trend for window, trend in books.close().items()}
    return Recording(
        digest=program.digest,
        seed=machine.seed,
        horizon_ns=program.horizon_ns,
        bin_ns=program.bin_ns,
        counts={key: in_words(pair[0]) for key, pair in machine.counters.items()},
        sums={key: in_words(pair[1]) for key, pair in machine.counters.items()},
        trends=trends,
        stations={number: closed[number] for number in closed if program.stations[number].recorded},
        totals=Totals(
            events=machine.events,
            tasks_spawned=machine.spawned,
            tasks_ended=machine.ended,
            tasks_cancelled=machine.cancelled,
            tasks_alive=len(machine.alive),
            station_visits=sum(int(station.arrivals.sum()) for station in closed.values()),
        ),
    )
