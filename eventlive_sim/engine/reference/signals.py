"""Signals: who awaits one now is woken, nothing is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.errors import SimulationError

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine
    from eventlive_sim.engine.reference.task import Task

Address = tuple[int, int]
"""Signal and key."""


class Signals:
    """Tasks that await, by signal and key."""

    book = None
    """A wait for a signal is no time in a station."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.waiting: dict[Address, dict[Task, None]] = {}
        self.addresses: dict[Task, list[Address]] = {}

    def wait(self, task: Task, addresses: list[Address]) -> None:
        """Begin to wait for any of the addresses."""
        for signal, key in addresses:
            self._check(signal, key)
            self.waiting.setdefault((signal, key), {})[task] = None
        self.addresses[task] = addresses
        task.blocker = self

    def send(self, signal: int, key: int, value: int) -> None:
        """Make every task that awaits the address ready."""
        self._check(signal, key)
        for task in list(self.waiting.get((signal, key), ())):
            self.take_out(task)
            task.blocker = None
            task.outcome = value
            self.machine.ready(task)

    def take_out(self, task: Task) -> None:
        """Remove a task from all it waits for."""
        for address in self.addresses.pop(task):
            self.waiting[address].pop(task, None)

    def _check(self, signal: int, key: int) -> None:
        spec = self.machine.program.signals[signal]
        if not 0 <= key < spec.keys:
            message = f"signal {spec.name} has keys 0..{spec.keys - 1}, not {key}"
            raise SimulationError(message)
