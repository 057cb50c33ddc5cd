"""Servers with a queue in arrival order, one pair for each key; a lock is the same with many keys."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.stations.base import QUEUED, Station
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Gauge, Knob

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine
    from eventlive_sim.engine.reference.task import Holding, Task


class Lane:
    """Servers in use and queue of one key."""

    __slots__ = ("busy", "queue")

    def __init__(self) -> None:
        self.busy = 0
        self.queue: OrderedDict[Task, None] = OrderedDict()


class Fifo(Station):
    """Stations of kinds FIFO and LOCK."""

    def __init__(self, machine: Machine, number: int) -> None:
        super().__init__(machine, number)
        self.servers = self.spec.servers
        self.limit = self.spec.queue_limit
        self.lanes: dict[int, Lane] = {}
        self.book.capacity = self.servers * self.spec.keys

    def lane(self, key: int) -> Lane:
        """Return the lane of a key."""
        found = self.lanes.get(key)
        if found is None:
            self.check_key(key)
            found = self.lanes[key] = Lane()
        return found

    def enter(self, task: Task, key: int, patience: int) -> int:
        """Grant at once, queue, or refuse."""
        lane = self.lanes.get(key) or self.lane(key)
        book = self.book
        if lane.busy < self.servers and not lane.queue:
            book.grant_at_once()
            book.busy += 1
            lane.busy += 1
            self.acquire(task, key, self.clock.now)
            return 1
        if patience == 0 or 0 <= self.limit <= len(lane.queue):
            book.refuse()
            return 0
        book.queue()
        lane.queue[task] = None
        task.blocker = self
        task.lane = key
        task.ask_ns = self.clock.now
        return QUEUED

    def give_back(self, holding: Holding, *, cut: bool) -> None:
        """Free a server; the head of the queue is granted at this instant."""
        lane = self.lanes[holding.key]
        self.book.depart(holding.ask_ns, cut=cut)
        self.book.busy -= 1
        lane.busy -= 1
        if lane.queue:
            self.admit(holding.key, lane)

    def admit(self, key: int, lane: Lane) -> None:
        """Grant to the heads of the queue while there are servers."""
        book = self.book
        while lane.queue and lane.busy < self.servers:
            task, _ = lane.queue.popitem(last=False)
            book.grant(task.ask_ns)
            book.busy += 1
            lane.busy += 1
            self.acquire(task, key, task.ask_ns)
            self.wake_with(task, key, 1)

    def take_out(self, task: Task) -> None:
        """Remove a task from its queue."""
        del self.lanes[task.lane].queue[task]
        self.book.renege(task.ask_ns)
        if self.note:
            self.tell(Act.RENEGE, task, task.lane, self.clock.now - task.ask_ns)

    def gauge(self, key: int, gauge: Gauge) -> int:
        """Read a gauge of a key; integral and servers are those of the station and of one key."""
        if gauge is Gauge.SERVERS:
            return self.servers
        if gauge is Gauge.BUSY_INTEGRAL:
            return self.book.busy_integral_now()
        lane = self.lane(key)
        if gauge is Gauge.INSIDE:
            return lane.busy + len(lane.queue)
        if gauge is Gauge.WAITING:
            return len(lane.queue)
        return lane.busy if gauge is Gauge.IN_SERVICE else 0

    def turn_knob(self, knob: Knob, value: int) -> None:
        """Change the number of servers of every key; those in use finish."""
        if knob is not Knob.SERVERS:
            self.refuse(f"knob {knob.name.lower()}")
        self.servers = max(0, value)
        self.book.resize(self.servers * self.spec.keys)
        for key in sorted(self.lanes):
            self.admit(key, self.lanes[key])
