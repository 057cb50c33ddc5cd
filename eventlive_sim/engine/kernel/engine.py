"""Runs a program in the compiled loop and returns what was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.messages import message_of
from eventlive_sim.engine.kernel.native import Loop
from eventlive_sim.engine.kernel.native import loop as compiled_loop
from eventlive_sim.engine.kernel.packing import packing_of
from eventlive_sim.engine.kernel.pages import small_pages
from eventlive_sim.engine.kernel.pilot import Written, pilot_of
from eventlive_sim.engine.kernel.reading import read_recording
from eventlive_sim.errors import SimulationError

if TYPE_CHECKING:
    from eventlive_sim.engine.kernel.places import Use
    from eventlive_sim.engine.recording import Recording
    from eventlive_sim.engine.trace import Trace
    from eventlive_sim.program.program import Int64Array, Program

MARGIN = 1 << 17
"""Words kept free before every event; an event that needs more makes the run begin anew with more memory."""
TRACE_ROWS = 1 << 14
TASKS_A_PERSON = 16
FEWER_TASKS = 4
"""Tasks a person for which there is room at first, and where the machine refuses that; what a run needs beyond is copied."""
BUDGET = 200_000
PILOT_EVENTS, PILOT_BUDGET = 1_000_000, 40
"""Events of a pilot at most, and how many that were entered between two looks at what was written: some registers stand for moments."""
_SECONDS_BETWEEN_REPORTS = 0.1
_TOO_LARGE = f"a run needs more than the {at.HALVES >> 27} GiB that the kernel can name: too many people at once"


class Full(Exception):
    """An event needed more room than was kept free."""


class Run:
    """One run: its memory, and how it grows."""

    def __init__(self, program: Program, seed: int, trace: Trace | None, loop: Loop, scale: int) -> None:
        self.program = program
        self.seed = seed
        self.trace = trace
        self.loop = loop
        self.packing = packing = packing_of(program, lambda one: _seldom(one, loop))
        margin = MARGIN * scale
        people = program.people
        # Words that are never touched cost nothing, copying does: time, and for a while the memory of both.
        a_task = packing.task_words + packing.call_words
        least = packing.size + 2 * margin
        wanted, fewer = (
            max(least, min(least + people * tasks * a_task, at.HALVES)) for tasks in (TASKS_A_PERSON, FEWER_TASKS)
        )
        try:
            self.memory = np.zeros(wanted, np.int64)
        except MemoryError:
            self.memory = np.zeros(fewer, np.int64)
        for first, stop in packing.places.apart:
            small_pages(self.memory, first, stop)
        packing.fill(self.memory, seed)
        self.heap = np.zeros((4 * people + margin // 8) * at.EVENT, np.int64)
        self.rows = np.zeros((TRACE_ROWS * scale if trace is not None else 1, at.TRACE_ROW), np.int64)
        self.memory[at.H_BUMP] = packing.size
        self.memory[at.H_MARGIN] = margin
        self._name_blocks()

    def _name_blocks(self) -> None:
        memory = self.memory
        if memory[at.H_BUMP] + memory[at.H_MARGIN] > at.HALVES:
            raise MemoryError(_TOO_LARGE)
        memory[at.H_END] = min(memory.size, at.HALVES)
        memory[at.H_HEAP] = self.heap.ctypes.data
        memory[at.H_HEAP_CAP] = self.heap.size // at.EVENT
        memory[at.H_TRACE] = 0 if self.trace is None else self.rows.ctypes.data
        memory[at.H_TRACE_CAP] = len(self.rows)

    def grow(self) -> None:
        """Give the run more of what is short."""
        memory = self.memory
        if memory[at.H_BUMP] + memory[at.H_MARGIN] > memory.size:
            self.memory = _larger(memory, int(memory[at.H_BUMP]))
        else:
            self.heap = _larger(self.heap, int(memory[at.H_HEAP_LEN]) * at.EVENT)
        self._name_blocks()

    def drain(self) -> None:
        """Take the rows of the trace."""
        length = int(self.memory[at.H_TRACE_LEN])
        self.memory[at.H_TRACE_LEN] = 0
        if self.trace is not None:
            for row in self.rows[:length].tolist():
                self.trace.note(*row)

    def go(self, budget: int) -> int:
        """Process events until the horizon or something else is due."""
        why = self.loop(self.memory.ctypes.data, budget)
        if why == at.FAILED:
            self.drain()
            if self.memory[at.H_ERROR] == at.E_FULL:
                raise Full
            raise SimulationError(message_of(self.program, self.memory))
        return why


def _seldom(program: Program, loop: Loop) -> frozenset[Use]:
    """What a program hardly ever writes to, if it has so many people that it matters."""
    pilot = pilot_of(program)
    if pilot is None:
        return frozenset()
    try:
        run = Run(pilot, 1, None, loop, 1)
        written = Written(pilot, run.packing.places)
        why = at.BUDGET
        while why != at.DONE and run.memory[at.H_EVENTS] < PILOT_EVENTS:
            why = run.go(PILOT_BUDGET)
            written.look(run.memory)
            if why == at.GROW:
                run.grow()
    except (SimulationError, MemoryError, Full):
        return frozenset()  # whatever is wrong is told by the run itself
    return written.seldom()


def _larger(block: Int64Array, used: int) -> Int64Array:
    larger = np.zeros(2 * block.size, np.int64)
    larger[:used] = block[:used]
    return larger


def simulate(
    program: Program,
    seed: int,
    *,
    trace: Trace | None = None,
    progress: Callable[[float], object] | None = None,
    loop: Loop | None = None,
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
    loop : callable, optional
        Another compiled loop than the usual one: a kernel with a planted fault.

    Returns
    -------
    Recording
        What happened in [0, horizon): what the reference engine records.

    Raises
    ------
    SimulationError
        If the program does what a well-formed program never does, such as a loop without a hold.
    MemoryError
        If the machine refuses the memory, or more would be needed than the kernel can name: simulate fewer people.
    """
    before = 0 if trace is None else len(trace)
    scale = 1
    while True:
        try:
            return _run(Run(program, seed, trace, loop or compiled_loop(), scale), progress)
        except Full:
            scale *= 8
            if trace is not None:
                del trace.rows[before:]


def _run(run: Run, progress: Callable[[float], object] | None) -> Recording:
    reported = time.monotonic()
    while True:
        why = run.go(BUDGET)
        run.drain()
        if why == at.DONE:
            return read_recording(run.program, run.seed, run.memory)
        if why == at.GROW:
            run.grow()
        if progress and time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            progress(int(run.memory[at.H_NOW]) / run.program.horizon_ns)
