"""The machine of a run: its state, its calendar, and the turns that tasks take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive_sim.engine.draws import bits, draw, ranks_of, stream_state
from eventlive_sim.engine.recording import bins_of
from eventlive_sim.engine.reference.books import Clock, StationBook, TrendBooks
from eventlive_sim.engine.reference.calendar import Calendar, Callbacks, Entry
from eventlive_sim.engine.reference.signals import Signals
from eventlive_sim.engine.reference.task import NEVER, Person, Task
from eventlive_sim.engine.trace import Act as TraceAct
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import ACTS_OF_A_PERSON, ACTS_OF_A_TURN, CALL_SLOTS, TASK_SLOTS

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.stations import Station
    from eventlive_sim.engine.trace import Trace
    from eventlive_sim.program.program import Program

Act = Callable[[Task], int]
"""One decoded row: acts for a task and answers the next row, or BLOCKED."""

_EVENTS_BETWEEN_REPORTS = 2048


class Machine:
    """State of a run."""

    def __init__(
        self, program: Program, seed: int, trace: Trace | None, progress: Callable[[float], object] | None
    ) -> None:
        self.program = program
        self.seed = seed
        self.clock = Clock(program.windows)
        self.bins = bins_of(program.horizon_ns, program.bin_ns)
        self.calendar = Calendar()
        self.trace = trace
        self.note = None if trace is None else trace.note
        self.constants: list[int] = program.constants.tolist()
        self.tables: list[list[int]] = [table.tolist() for table in program.tables]
        self.shared = [[register.initial] * register.keys for register in program.shared]
        self.signals = Signals(self)
        self.counters: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
        self.trends: dict[int, TrendBooks] = {}
        self.acts: list[Act] = []
        self.stations: list[Station] = []
        self.events = self.spawned = self.ended = self.cancelled = self.serials = 0
        self.acts_now = 0
        self.acts_max = ACTS_OF_A_TURN + program.people * ACTS_OF_A_PERSON
        self.alive: dict[Task, None] = {}
        self._wakes: Callbacks = [self._on_wake]
        self._timers: Callbacks = [self._on_timer]
        self.on_timer: Callable[[Task], bool]
        self._progress = progress
        self._reported = time.monotonic()

    # ---------------------------------------------------------------- people and tasks

    def populate(self) -> None:
        """Every person at time 0, with a first task that is ready."""
        program = self.program
        ranks = ranks_of(program.populations, self.seed)
        number = 0
        for population in program.populations:
            for _ in range(population.count):
                person = Person(number, ranks[number], program.person_slots, population.tabs, program.tab_slots)
                task = Task(person, 0, [0] * TASK_SLOTS, [0] * CALL_SLOTS)
                self.begin(task, population.entry)
                number += 1

    def begin(self, task: Task, row: int) -> None:
        """Start a new task: it is ready at this instant."""
        self.spawned += 1
        self.alive[task] = None
        task.row = row
        task.resume = self._start
        self.ready(task)

    def _start(self, task: Task) -> int:
        if self.note:
            self.tell(TraceAct.START, task, task.row, NEVER, NEVER, 0)
        return task.row

    def tell(self, act: int, task: Task, row: int, station: int, key: int, value: int) -> None:
        """Note an act of a task in the trace."""
        self.note(self.clock.now, act, task.person.id, task.tab, task.ordinal, row, station, key, value)  # type: ignore[misc]  # only called with a trace

    # ---------------------------------------------------------------- calendar

    def ready(self, task: Task) -> None:
        """Wake the task at this instant, in its own turn."""
        task.wake_ns = self.clock.now
        self.calendar.put(Entry(self._wakes, task), task.key, 0)

    def wake_in(self, task: Task, delay: int) -> None:
        """Wake the task later."""
        task.wake_ns = self.clock.now + delay
        self.calendar.put(Entry(self._wakes, task), task.key, delay)

    def time_in(self, task: Task, delay: int) -> int:
        """Look at the task's deadlines and patience later; the time then."""
        self.calendar.put(Entry(self._timers, task), task.timer_key, delay)
        return self.clock.now + delay

    def _on_wake(self, entry: Entry) -> None:
        task = entry.task
        now = self.calendar.now
        if task.wake_ns != now:
            return
        task.wake_ns = NEVER
        clock = self.clock
        if now != clock.now:
            clock.now = now
            self.acts_now = 0
        self.events += 1
        if not self.events % _EVENTS_BETWEEN_REPORTS and self._progress:
            self._report()
        self.turn(task, task.resume(task))

    def _on_timer(self, entry: Entry) -> None:
        task = entry.task
        if task.ended or not (task.deadlines or task.patience_ns >= 0):
            return
        self.set_time()
        if self.on_timer(task):
            self.count_event()

    def set_time(self) -> None:
        """Bring the clock to the calendar's time."""
        now = self.calendar.now
        if now != self.clock.now:
            self.clock.now = now
            self.acts_now = 0

    def arrive_at(self, now: int) -> None:
        """Begin a valid event."""
        clock = self.clock
        if now != clock.now:
            clock.now = now
            self.acts_now = 0
        self.events += 1
        if not self.events % _EVENTS_BETWEEN_REPORTS and self._progress:
            self._report()

    def count_event(self) -> None:
        """Count a valid event at the clock's time."""
        self.arrive_at(self.clock.now)

    def _report(self) -> None:
        if time.monotonic() - self._reported > 0.1 and self._progress:
            self._reported = time.monotonic()
            self._progress(self.clock.now / self.program.horizon_ns)

    # ---------------------------------------------------------------- turns

    def turn(self, task: Task, row: int) -> None:
        """Let the task act from a row until it blocks or ends.

        Raises
        ------
        SimulationError
            If it acts too often in the turn, or all do without time moving: the program loops.
        """
        acts = self.acts
        done = 0
        for done in range(1, ACTS_OF_A_TURN + 1):  # noqa: B007 - read after the loop
            row = acts[row](task)
            if row < 0:
                break
        self.acts_now += done
        if row >= 0 or self.acts_now > self.acts_max:
            message = (
                f"person {task.person.id}, tab {task.tab}, task {task.ordinal} acts without end at {self.clock.now} ns, "
                f"now at row {row if row >= 0 else task.row}; a loop needs a hold"
            )
            raise SimulationError(message)

    # ---------------------------------------------------------------- draws and books

    def draw(self, table: int, stream: int, task: Task) -> int:
        """Value of a draw addressed by the task, occurrence 0."""
        regs = task.regs
        word = bits(stream_state(self.seed, stream), task.person.id, task.tab, regs[0], regs[1], 0)
        return draw(self.tables[table], word)

    def book_for(self, station: int) -> StationBook:
        """Return a new book for a station."""
        return StationBook(self.program, self.program.stations[station], self.clock, self.bins)

    def counter(self, series: int, tag: int) -> tuple[list[int], list[int]]:
        """Numbers and sums of a counter series by bin."""
        found = self.counters.get((series, tag))
        if found is None:
            found = self.counters[series, tag] = ([0] * self.bins, [0] * self.bins)
        return found

    def trend(self, series: int) -> TrendBooks:
        """Books of a trend series."""
        return self.trends.setdefault(series, TrendBooks(self.clock))
