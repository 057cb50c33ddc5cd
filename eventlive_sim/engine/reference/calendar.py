"""Entries of the SimPy calendar: an event that knows what to call and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy import Environment
from simpy.events import Event

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.task import Key, Task

Callbacks = list[Any]
"""Functions of an entry; SimPy's own type knows only those of any event."""


class Entry(Event):
    """An entry of the calendar for one task.

    SimPy orders entries by (time, priority, number of creation). The priority is the key of a task, a tuple: creation
    order decides only between entries of one task and kind, of which at most one is valid.
    """

    _ok = True

    def __init__(self, callbacks: Callbacks, task: Task, owner: object = None) -> None:
        # Event.__init__ is not called: it would cost more than all the rest, and a bare entry needs nothing of it.
        self.callbacks = callbacks
        self.task = task
        self.owner = owner


class Calendar:
    """SimPy's environment with integer time and keys for priorities."""

    def __init__(self) -> None:
        self.env = Environment(0)
        self._schedule = self.env.schedule

    @property
    def now(self) -> int:
        """The time of the entry that is being processed [ns]."""
        return self.env._now  # type: ignore[return-value]

    def put(self, entry: Entry, key: Key, delay: int) -> None:
        """Enter an entry ``delay`` ns from now."""
        self._schedule(entry, key, delay)  # type: ignore[arg-type]  # a tuple is ordered as well as an int

    def run_until(self, horizon_ns: int) -> None:
        """Process all entries before the horizon; ``env.run`` would put an entry of its own among them."""
        queue, step = self.env._queue, self.env.step
        while queue and queue[0][0] < horizon_ns:
            step()
