"""Elastic stations: instances that start when they are needed, take several requests, and retire when idle."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict, deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.books import spread
from eventlive_sim.engine.reference.calendar import Callbacks, Entry
from eventlive_sim.engine.reference.stations.base import BOOKED, QUEUED, Station
from eventlive_sim.engine.reference.stations.bucket import Tokens
from eventlive_sim.engine.reference.stations.processor import Processor
from eventlive_sim.engine.reference.task import NEVER, Holding, Task
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import Gauge, Knob

if TYPE_CHECKING:
    from eventlive_sim.engine.recording import StationRecording
    from eventlive_sim.engine.reference.machine import Machine


class Instance:
    """One instance: its CPU, its requests, and since when it is there, occupied or idle."""

    book = None
    """Work on an instance is no visit of the station: the request is."""

    def __init__(self, station: Elastic, index: int) -> None:
        spec = station.spec
        self.station = station
        self.index = index
        self.processor = Processor(station.machine, station.cores, station.speed, spec.efficiency, self.done)
        self.active = 0
        self.busy = 0
        self.open = False
        self.listed: tuple[int, int] | None = None
        self.born_ns = station.clock.now
        self.occupied_ns = NEVER
        self.idle_ns = NEVER
        self.starter: Task | None = None

    def work(self, task: Task, demand: int) -> None:
        """Begin a job on the CPU of this instance."""
        self.station.account()
        task.blocker = self
        task.ask_ns = self.station.clock.now
        self.processor.begin(task, demand)
        self.station.load_changed(self)

    def done(self, task: Task) -> None:
        """Note the departure of a job, which may make room."""
        self.station.account()
        if self.station.note:
            self.station.tell(Act.DEPART, task, 0, self.station.clock.now - task.ask_ns)
        self.station.load_changed(self)

    def take_out(self, task: Task) -> None:
        """Cut a job short."""
        self.station.account()
        self.processor.cut(task)
        if self.station.note:
            self.station.tell(Act.CUT, task, 0, self.station.clock.now - task.ask_ns)
        self.station.load_changed(self)


class Elastic(Station):
    """Stations of kind ELASTIC.

    Who asks goes to the open instance with the most requests that has room, the lowest index on ties; else it starts
    one, on the lowest free index, if the ceiling and the start bucket allow; else it waits or is refused. An instance
    is alive from the start of its cold start. Idle ones retire before anything else happens at that instant.
    """

    def __init__(self, machine: Machine, number: int) -> None:
        super().__init__(machine, number)
        spec = self.spec
        self.cores = spec.cores
        self.speed = spec.speed
        self.queue: OrderedDict[Task, None] = OrderedDict()
        self.instances: dict[int, Instance] = {}
        self.free = list(range(spec.instances_min))
        self.never_used = spec.instances_min
        self.rooms: list[tuple[int, int]] = []
        self.idle: deque[tuple[int, int, int]] = deque()
        self.starts = Tokens(spec.start_interval_ns, spec.start_burst)
        self.serving = 0
        self.cpu_busy = 0
        self.cpu_ns = 0
        self._ups: Callbacks = [self._come_up]
        for _ in range(spec.instances_min):
            instance = self._new_instance()
            instance.open = True
            self._list(instance)
        self.book.capacity = spec.instances_max * spec.concurrency

    # ---------------------------------------------------------------- requests

    def enter(self, task: Task, key: int, patience: int) -> int:
        """Take a place, start an instance, wait, or refuse."""
        del key
        self._retire()
        task.ask_ns = self.clock.now
        if self.rooms:
            self.book.grant_at_once()
            self._place(task, self.instances[self.rooms[0][1]])
            return 1
        if self._may_start():
            self.book.queue()
            self._start(task)
            return BOOKED
        if patience == 0:
            self.book.refuse()
            return 0
        self.book.queue()
        self.queue[task] = None
        task.blocker = self
        task.lane = NEVER
        return QUEUED

    def _place(self, task: Task, instance: Instance) -> None:
        self._occupy(instance)
        self._serve(task, instance)

    def _serve(self, task: Task, instance: Instance) -> None:
        self.serving += 1
        self.book.busy += 1
        self.acquire(task, 0, task.ask_ns, instance.index)

    def _occupy(self, instance: Instance) -> None:
        if not instance.active:
            instance.occupied_ns = self.clock.now
            instance.idle_ns = NEVER
        instance.active += 1
        self._list(instance)

    def give_back(self, holding: Holding, *, cut: bool) -> None:
        """End a request; the room goes to the head of the queue."""
        self.book.depart(holding.ask_ns, cut=cut)
        self.book.busy -= 1
        self.serving -= 1
        self._vacate(self.instances[holding.instance])
        self._admit()

    def _vacate(self, instance: Instance) -> None:
        instance.active -= 1
        if not instance.active:
            now = self.clock.now
            spread(self.book.occupied_integral, self.book.bin_ns, instance.occupied_ns, now, 1)
            self._rest(instance)
        self._list(instance)

    def _admit(self) -> None:
        while self.queue and self.rooms:
            task, _ = self.queue.popitem(last=False)
            self.book.grant(task.ask_ns)
            self._place(task, self.instances[self.rooms[0][1]])
            self.wake_with(task, 0, 1)

    def take_out(self, task: Task) -> None:
        """Remove a task from the queue, or from the instance that starts for it."""
        self.book.renege(task.ask_ns)
        if self.note:
            self.tell(Act.RENEGE, task, 0, self.clock.now - task.ask_ns)
        if task.lane == NEVER:
            del self.queue[task]
            return
        instance = self.instances[task.lane]
        instance.starter = None
        self._vacate(instance)

    # ---------------------------------------------------------------- instances

    def _may_start(self) -> bool:
        if len(self.instances) >= self.spec.instances_max:
            return False
        return not self.spec.start_interval_ns or self.starts.wait(self.clock.now) == 0

    def _new_instance(self) -> Instance:
        if self.free:
            index = heappop(self.free)
        else:
            index = self.never_used
            self.never_used += 1
        instance = self.instances[index] = Instance(self, index)
        return instance

    def _start(self, task: Task) -> None:
        """Start an instance; the task waits for it."""
        spec = self.spec
        self.starts.take(self.clock.now)
        self.book.starts[self.book.bin] += 1
        instance = self._new_instance()
        instance.starter = task
        self._occupy(instance)
        task.blocker = self
        task.lane = instance.index
        delay = max(0, self.machine.draw(spec.cold_table, spec.cold_stream, task)) if spec.cold_table >= 0 else 0
        self.machine.calendar.put(Entry(self._ups, task, instance), task.key, delay)

    def _come_up(self, entry: Entry) -> None:
        """Open an instance: the task that started it goes on, if it still waits, and others may come in."""
        self.machine.arrive_at(self.machine.calendar.now)
        instance = entry.owner
        assert isinstance(instance, Instance)  # noqa: S101 - narrows the type
        instance.open = True
        task = instance.starter
        instance.starter = None
        if task is None:
            self._rest(instance)
        else:
            self.book.grant(task.ask_ns)
            self._serve(task, instance)
            task.blocker = None
            task.outcome = 2
            if self.note:
                self.tell(Act.GRANT, task, 0, 2)
        self._list(instance)
        self._admit()
        if task is not None:
            self.machine.turn(task, task.resume(task))

    def _rest(self, instance: Instance) -> None:
        """Begin to be idle."""
        if instance.open and self.spec.idle_ns >= 0 and instance.index >= self.spec.instances_min:
            instance.idle_ns = self.clock.now
            self.idle.append((self.clock.now + self.spec.idle_ns, instance.index, self.clock.now))

    def _retire(self) -> None:
        """Retire what has been idle long enough by now."""
        idle = self.idle
        while idle and idle[0][0] <= self.clock.now:
            expiry_ns, index, since_ns = idle.popleft()
            instance = self.instances.get(index)
            if instance is None or instance.active or instance.idle_ns != since_ns:
                continue
            self._unlist(instance)
            del self.instances[index]
            heappush(self.free, index)
            spread(self.book.instance_integral, self.book.bin_ns, instance.born_ns, expiry_ns, 1)

    # ---------------------------------------------------------------- room

    def _list(self, instance: Instance) -> None:
        """Keep the instances with room in order: most requests first, then the lowest index."""
        self._unlist(instance)
        spec = self.spec
        room = instance.active < spec.concurrency and not 0 <= spec.jobs_max <= instance.processor.active
        if instance.open and room:
            instance.listed = (-instance.active, instance.index)
            insort(self.rooms, instance.listed)

    def _unlist(self, instance: Instance) -> None:
        if instance.listed is not None:
            del self.rooms[bisect_left(self.rooms, instance.listed)]
            instance.listed = None

    def load_changed(self, instance: Instance) -> None:
        """Note another number of jobs on an instance."""
        busy = instance.processor.busy
        self.cpu_busy += busy - instance.busy
        instance.busy = busy
        if self.spec.jobs_max >= 0:
            self._list(instance)
            self._admit()

    # ---------------------------------------------------------------- work, gauges, knobs

    def work(self, task: Task, demand: int) -> None:
        """Begin a job on the CPU of the instance that the task occupies."""
        for holding in reversed(task.holdings):
            if holding.station is self:
                self.instances[holding.instance].work(task, demand)
                return
        message = f"person {task.person.id} works on {self.spec.name} without a place on an instance"
        raise SimulationError(message)

    def account(self) -> None:
        """Close the integral of CPU time up to now."""
        now = self.clock.now
        if self.cpu_busy:
            spread(self.book.cpu_integral, self.book.bin_ns, self.cpu_ns, now, self.cpu_busy)
        self.cpu_ns = now

    def gauge(self, key: int, gauge: Gauge) -> int:
        """Read a gauge: inside, waiting and in service count requests; servers are places on instances."""
        del key
        self._retire()
        match gauge:
            case Gauge.INSIDE:
                return self.book.inside
            case Gauge.WAITING:
                return self.book.waiting
            case Gauge.IN_SERVICE:
                return self.serving
            case Gauge.BUSY_INTEGRAL:
                return self.book.busy_integral_now()
            case Gauge.SERVERS:
                return len(self.instances) * self.spec.concurrency
            case Gauge.SPEED:
                return self.speed
            case Gauge.INSTANCES:
                return len(self.instances)

    def turn_knob(self, knob: Knob, value: int) -> None:
        """Change the cores or the speed of every instance, those to come too."""
        self.account()
        if knob is Knob.CORES:
            self.cores = max(0, value)
        elif knob is Knob.SPEED:
            self.speed = max(0, value)
        else:
            self.refuse(f"knob {knob.name.lower()}")
        for index in sorted(self.instances):
            instance = self.instances[index]
            instance.processor.change(cores=self.cores, speed=self.speed)
            self.load_changed(instance)

    def close(self) -> StationRecording:
        """Return the figures; what is alive and occupied is so until the horizon."""
        self._retire()
        self.account()
        now, bin_ns = self.clock.now, self.book.bin_ns
        for instance in self.instances.values():
            spread(self.book.instance_integral, bin_ns, instance.born_ns, now, 1)
            if instance.active:
                spread(self.book.occupied_integral, bin_ns, instance.occupied_ns, now, 1)
        return super().close()
