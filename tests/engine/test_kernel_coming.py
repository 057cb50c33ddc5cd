"""What comes next in the kernel, and the bins of its histograms, against lists that are sorted and searched in Python."""

from __future__ import annotations

from bisect import bisect_right
from random import Random
from types import FunctionType
from typing import cast

import numpy as np
import pytest

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel import native
from eventlive_sim.engine.kernel.books import edge_of
from eventlive_sim.engine.kernel.coming import (
    AT_ONCE,
    drop_first,
    drop_near,
    first_near,
    put_near,
    put_now,
    run_is_first,
)
from eventlive_sim.engine.kernel.compiler import Compiler
from eventlive_sim.engine.kernel.language import Words, kernel, words
from eventlive_sim.engine.kernel.layout import EVENT, H_HEAP, H_HEAP_LEN, H_NEAR, H_NOW, H_RUN, H_RUN_END
from eventlive_sim.engine.kernel.packing import first_edges
from eventlive_sim.engine.recording import EDGE_LIST, EDGES
from eventlive_sim.program.program import Int64Array

EVENTS = 400
GIVEN, TAKEN = at.H_TASKS, at.H_STACK
"""Words of the header in which the test keeps two addresses."""


@kernel
def play(m: Words, n: int) -> int:
    """Put events in and take them out as an array says: a time below 0 takes the next one."""
    given, taken, done = words(m[GIVEN]), words(m[TAKEN]), 0
    for i in range(n):
        time = given[EVENT * i]
        if time >= 0:
            key, seq, load = given[EVENT * i + 1], given[EVENT * i + 2], given[EVENT * i + 3]
            if time == m[H_NOW]:
                put_now(m, time, key, seq, load)
            else:
                put_near(m, time, key, seq, load)
        elif m[H_HEAP_LEN] or m[H_RUN_END] != m[H_RUN]:
            if run_is_first(m):
                first = first_near(m)
                m[H_NOW] = m[first]
                taken[done] = m[first + 3]
                drop_near(m)
            else:
                heap = words(m[H_HEAP])
                m[H_NOW] = heap[0]
                taken[done] = heap[3]
                drop_first(m)
            done += 1
    return done


@kernel
def bin_of(m: Words, n: int) -> int:
    """Bin of a value."""
    return edge_of(m, n)


def compiled(function: object) -> native.Loop:
    """Machine code of a function of the kernel."""
    text = Compiler(jump=at.H_JUMP).entry(cast("FunctionType", function), native.ENTRY)
    return native.load(native.object_of(text, native.machine()))


def _memory() -> tuple[Int64Array, Int64Array]:
    memory, heap = np.zeros(4_000, np.int64), np.zeros((EVENTS + 1) * EVENT, np.int64)
    memory[H_NEAR], run = 1_000, 2_000
    memory[at.H_NEAR_FREE] = (1 << at.RUN_EVENTS) - 1
    memory[run - at.PADS : run] = at.FAR - 1
    memory[[H_RUN, H_RUN_END]] = run
    memory[H_HEAP], memory[at.H_HEAP_CAP] = heap.ctypes.data, EVENTS
    return memory, heap


@pytest.mark.parametrize("spread", [1, 3, 50, 10**9])
@pytest.mark.parametrize("busy", [0.45, 0.55, 0.8])
def test_events_come_in_order(spread: int, busy: float) -> None:
    """By time, key and number, however many come at one instant, are put at the instant that is now, or find no room."""
    run, draw = compiled(play), Random(f"{spread} {busy}")
    for _ in range(60):
        began = draw.choice((0, 5, 10**15))
        waiting: list[tuple[int, int, int, int]] = []
        told: list[int] = []
        expected, now = [], began
        for number in range(EVENTS):
            if draw.random() < busy:
                time = now if draw.random() < 0.3 else now + draw.randrange(spread)
                event = (time, draw.randrange(5), number, 1000 + number)
                waiting.append(event)
                told += event
            else:
                told += (-1, 0, 0, 0)
                if waiting:
                    first = min(waiting)
                    waiting.remove(first)
                    now = first[0]
                    expected.append(first[3])
        memory, _heap = _memory()
        memory[[at.H_NEAR_BEGAN, H_NOW]] = began
        given, taken = np.array(told, np.int64), np.zeros(EVENTS, np.int64)
        memory[GIVEN], memory[TAKEN] = given.ctypes.data, taken.ctypes.data
        assert run(memory.ctypes.data, EVENTS) == len(expected)
        assert taken[: len(expected)].tolist() == expected


def test_more_than_the_run_holds_go_into_the_heap() -> None:
    """A hundred events at one instant come by their keys."""
    run = compiled(play)
    memory, _heap = _memory()
    keys = Random(1).sample(range(100), 100)
    told = [word for key in keys for word in (7, key, 0, key)] + [-1, 0, 0, 0] * 100
    given, taken = np.array(told, np.int64), np.zeros(100, np.int64)
    memory[GIVEN], memory[TAKEN] = given.ctypes.data, taken.ctypes.data
    assert run(memory.ctypes.data, 200) == 100
    assert taken.tolist() == list(range(100))


def test_the_bin_of_a_value_is_that_of_a_search() -> None:
    """At every edge, beside it, and at drawn values of all sizes, those that overflow every bin and those below 0 too."""
    run, draw = compiled(bin_of), Random(3)
    memory = np.zeros(200_000, np.int64)
    memory[at.H_EDGES], memory[at.H_FIRST_EDGES] = 1_000, 100_000
    edges, first = np.append(EDGES, at.FAR + 1), first_edges()
    memory[1_000 : 1_000 + edges.size] = edges
    memory[100_000 : 100_000 + first.size] = first
    values = [value + by for value in EDGE_LIST for by in (-1, 0, 1)]
    values += [draw.getrandbits(draw.randint(1, 63)) for _ in range(20_000)] + [-(1 << 63), -1, (1 << 63) - 1]
    for value in values:
        expected = max(0, bisect_right(EDGE_LIST, value) - 1)
        assert run(memory.ctypes.data, value) == expected, value


def test_there_is_room_before_the_run_for_what_is_compared() -> None:
    """Words before the run are compared and read ahead; the last place of events is that of none."""
    assert at.PADS >= AT_ONCE + at.AHEAD
    assert at.RUN_EVENTS < at.NEAR_MASK < 64
