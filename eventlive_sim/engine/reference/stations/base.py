"""What all stations have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from eventlive_sim.engine.reference.task import NEVER, Holding, Task
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import HOLDINGS, Gauge, Knob, MeterRead

if TYPE_CHECKING:
    from eventlive_sim.engine.recording import StationRecording
    from eventlive_sim.engine.reference.machine import Machine

QUEUED = -1
"""Answer of ``enter``: the task waits in a queue, and its patience counts."""
BOOKED = -2
"""Answer of ``enter``: the task waits for what is already its own; patience is void."""


class Station:
    """A station of a run. Each kind overrides what it offers."""

    def __init__(self, machine: Machine, number: int) -> None:
        self.machine = machine
        self.clock = machine.clock
        self.number = number
        self.spec = machine.program.stations[number]
        self.book = machine.book_for(number)
        self.note = machine.note

    def enter(self, task: Task, key: int, patience: int) -> int:
        """Ask for a server: 1 granted, 2 granted on a new instance, 0 refused, QUEUED or BOOKED."""
        del task, key, patience
        self.refuse("enter")

    def woken(self, task: Task) -> None:
        """Note that a task which was BOOKED goes on."""

    def give_back(self, holding: Holding, *, cut: bool) -> None:
        """Take a server back and grant the head of the queue."""
        del holding, cut
        self.refuse("leave")

    def take_out(self, task: Task) -> None:
        """Remove a task that waits here."""
        del task
        self.refuse("take out")

    def work(self, task: Task, demand: int) -> None:
        """Begin a job."""
        del task, demand
        self.refuse("work")

    def add(self, key: int, weight: int) -> None:
        """Add to a meter."""
        del key, weight
        self.refuse("add")

    def read(self, key: int, reading: MeterRead) -> int:
        """Read a meter."""
        del key, reading
        self.refuse("reading")

    def gauge(self, key: int, gauge: Gauge) -> int:
        """Read a gauge; those that a kind does not have are 0."""
        del key, gauge
        return 0

    def turn_knob(self, knob: Knob, value: int) -> None:
        """Change the station now."""
        del value
        self.refuse(f"knob {knob.name.lower()}")

    def close(self) -> StationRecording:
        """Return the figures; the clock stands at the horizon."""
        return self.book.close()

    def refuse(self, what: str) -> NoReturn:
        """Refuse what this kind of station does not do."""
        message = f"station {self.spec.name} is a {self.spec.kind.name.lower()}: it has no {what}"
        raise SimulationError(message)

    def check_key(self, key: int) -> None:
        """Refuse a key that the station does not have."""
        if not 0 <= key < self.spec.keys:
            message = f"station {self.spec.name} has keys 0..{self.spec.keys - 1}, not {key}"
            raise SimulationError(message)

    def acquire(self, task: Task, key: int, ask_ns: int, instance: int = NEVER) -> None:
        """Give a server to the task."""
        task.grant_ns = self.clock.now
        task.holdings.append(Holding(self, key, ask_ns, task.acquired, instance))
        task.acquired += 1
        if len(task.holdings) > HOLDINGS:
            message = f"a task holds at most {HOLDINGS} servers; person {task.person.id} asks for one more"
            raise SimulationError(message)

    def wake_with(self, task: Task, key: int, outcome: int) -> None:
        """Make a granted task ready: its patience is void, its deadlines stay."""
        task.blocker = None
        task.patience_ns = NEVER
        task.outcome = outcome
        if self.note:
            self.tell(Act.GRANT, task, key, outcome)
        self.machine.ready(task)

    def tell(self, act: int, task: Task, key: int, value: int) -> None:
        """Note an act of a waiting task in the trace."""
        self.machine.tell(act, task, task.row, self.number, key, value)
