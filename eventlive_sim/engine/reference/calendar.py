"""Entries of the SimPy calendar: an event that knows what to call and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Environment
from simpy.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventlive_sim.engine.reference.task import Key, Task

STOP_KEY = (-1, 0, 0, 0)
"""Before every task of that instant: what happens at the horizon is not processed."""


class Entry(Event):
    """An entry of the calendar for one task.

    SimPy orders entries by (time, priority, number of creation). The priority is the key of a task, a tuple: creation
    order decides only between entries of one task and kind, of which at most one is valid.
    """

    _ok = True

    def __init__(self, callbacks: list[Callable[[Entry], None]], task: Task, owner: object = None) -> None:
        # Event.__init__ is not called: it would cost more than all the rest, and a bare entry needs nothing of it.
        self.callbacks = callbacks  # type: ignore[assignment]  # ours take an Entry
        self.task = task
        self.owner = owner


class Calendar:
    """SimPy's environment with integer time and keys for priorities."""

    def __init__(self) -> None:
        self.env = Environment(0)
        self._schedule = self.env.schedule

    def put(self, entry: Entry, key: Key, delay: int) -> None:
        """Enter an entry ``delay`` ns from now."""
        self._schedule(entry, key, delay)  # type: ignore[arg-type]  # a tuple is ordered as well as an int

    def run_until(self, horizon_ns: int) -> None:
        """Process all entries before the horizon."""
        stop = Event(self.env)
        stop._ok, stop._value = True, None
        self._schedule(stop, STOP_KEY, horizon_ns)  # type: ignore[arg-type]
        self.env.run(stop)
