"""A processor-sharing station: work begins at once, and slows what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.stations.base import Station
from eventlive_sim.engine.reference.stations.processor import Processor
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Gauge, Knob

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine
    from eventlive_sim.engine.reference.task import Task


class Sharing(Station):
    """Stations of kind SHARING. Who works holds nothing: the job goes when it is done or cut."""

    def __init__(self, machine: Machine, number: int) -> None:
        super().__init__(machine, number)
        spec = self.spec
        self.processor = Processor(machine, spec.cores, spec.speed, spec.efficiency, self.done)
        self.book.capacity = spec.cores

    def work(self, task: Task, demand: int) -> None:
        """Begin a job."""
        self.book.grant_at_once()
        task.blocker = self
        task.ask_ns = self.clock.now
        self.processor.begin(task, demand)
        self.book.busy = self.processor.busy

    def done(self, task: Task) -> None:
        """Book a departure."""
        self.book.depart(task.ask_ns, cut=False)
        self.book.busy = self.processor.busy
        if self.note:
            self.tell(Act.DEPART, task, 0, self.clock.now - task.ask_ns)

    def take_out(self, task: Task) -> None:
        """Cut a job short."""
        self.book.depart(task.ask_ns, cut=True)
        self.processor.cut(task)
        self.book.busy = self.processor.busy
        if self.note:
            self.tell(Act.CUT, task, 0, self.clock.now - task.ask_ns)

    def gauge(self, key: int, gauge: Gauge) -> int:
        """Read a gauge; servers and busy integral are in thousandths of a core."""
        del key
        if gauge is Gauge.BUSY_INTEGRAL:
            return self.book.busy_integral_now()
        if gauge is Gauge.SERVERS:
            return self.processor.cores
        if gauge is Gauge.SPEED:
            return self.processor.speed
        return self.processor.active if gauge in {Gauge.INSIDE, Gauge.IN_SERVICE} else 0

    def turn_knob(self, knob: Knob, value: int) -> None:
        """Change cores or speed; jobs go on from where they are."""
        self.book.advance()
        if knob is Knob.CORES:
            self.processor.change(cores=value)
        elif knob is Knob.SPEED:
            self.processor.change(speed=value)
        else:
            self.refuse(f"knob {knob.name.lower()}")
        self.book.resize(self.processor.cores)
        self.book.busy = self.processor.busy
