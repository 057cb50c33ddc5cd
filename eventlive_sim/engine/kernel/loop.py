"""The loop: takes events from the calendar, skips those that are void, and lets tasks act."""

from __future__ import annotations

from eventlive_sim.engine.kernel import elastic, sharing, tasks
from eventlive_sim.engine.kernel.calendar import refill, set_time
from eventlive_sim.engine.kernel.closing import close_all, open_stations
from eventlive_sim.engine.kernel.coming import bring_near, drop_first, drop_near, first_near, run_is_first
from eventlive_sim.engine.kernel.language import Words, address, kernel, words
from eventlive_sim.engine.kernel.layout import (
    AT_NOTHING,
    BUDGET,
    DONE,
    E_KEY,
    E_LOAD,
    E_SEQ,
    E_TIME,
    GROW,
    H_ALIVE,
    H_BASE_MEMORY,
    H_BUMP,
    H_END,
    H_EVENTS,
    H_HEAP,
    H_HEAP_CAP,
    H_HEAP_LEN,
    H_MARGIN,
    H_POPULATED,
    H_RUN,
    H_RUN_END,
    H_TRACE,
    H_TRACE_CAP,
    H_TRACE_LEN,
    LOAD_BITS,
    LOAD_INSTANCE,
    LOAD_MASK,
    LOAD_TASK,
    LOOKS,
    NEVER,
    R_BORN,
    R_IS_INSTANCE,
    R_OWNER,
    R_PLANNED,
    R_PLANNED_NS,
    T_BLOCK,
    T_DEADLINES,
    T_ENDED,
    T_KEY,
    T_PATIENT,
    T_WAKE,
    TRACE_FULL,
)  # fmt: skip
from eventlive_sim.engine.kernel.operands import bind
from eventlive_sim.engine.kernel.processor import finish_first
from eventlive_sim.engine.kernel.turns import expire, turn


@kernel
def wake(m: Words, now: int, key: int, task: int) -> int:
    """Return the task if it still waits for this wake-up, else 0."""
    if m[task + T_WAKE] != now or m[task + T_KEY] != key:
        return 0
    m[task + T_WAKE] = NEVER
    set_time(m, now)
    m[H_EVENTS] += 1
    return task


@kernel
def look(m: Words, now: int, key: int, task: int) -> int:
    """Look at a task's deadlines and patience; the task if one was due, else 0."""
    if m[task + T_KEY] != key - 1 or m[task + T_ENDED]:
        return 0
    if m[task + T_DEADLINES] == 0 and not m[task + T_PATIENT]:
        return 0
    set_time(m, now)
    if not expire(m, task):
        return 0
    m[H_EVENTS] += 1
    return task


@kernel
def job_departs(m: Words, now: int, key: int, seq: int, r: int) -> int:
    """Let the first job of a processor depart, if this is still the plan; its task, else 0."""
    if m[r + R_PLANNED] != key or m[r + R_PLANNED_NS] != now or seq <= m[r + R_BORN]:
        return 0
    set_time(m, now)
    m[H_EVENTS] += 1
    task = finish_first(m, r)
    m[task + T_BLOCK] = AT_NOTHING
    if m[r + R_IS_INSTANCE]:
        elastic.instance_job_done(m, m[r + R_OWNER], task)
    else:
        sharing.job_done(m, m[r + R_OWNER], task)
    return task


@kernel
def instance_is_up(m: Words, now: int, instance: int) -> int:
    """Open an instance; the task that started it, if it goes on, else 0."""
    set_time(m, now)
    m[H_EVENTS] += 1
    return elastic.come_up(m, instance)


@kernel
def room_left(m: Words) -> bool:
    """Whether there is room for all that one event can do, as far as that is known."""
    margin = m[H_MARGIN]
    if m[H_BUMP] + margin > m[H_END]:
        return False
    return m[H_HEAP_LEN] + 3 * m[H_ALIVE] + margin // 16 <= m[H_HEAP_CAP]


@kernel
def advance(m: Words, budget: int) -> int:
    """Process events until the horizon, or until something else is due; why it stopped."""
    m[H_BASE_MEMORY] = address(m, 0)
    if m[H_POPULATED] == 0:
        m[H_POPULATED] = 1
        open_stations(m)
        tasks.populate(m)
    while m[H_RUN_END] != m[H_RUN] or m[H_HEAP_LEN] or refill(m):
        if budget & LOOKS == 0:
            if budget == 0:
                return BUDGET
            if not room_left(m):
                return GROW
            if m[H_TRACE] and m[H_TRACE_LEN] * 2 > m[H_TRACE_CAP]:
                return TRACE_FULL
        budget -= 1
        if run_is_first(m):
            bring_near(m)
            first = first_near(m)
            now, key, seq, load = m[first + E_TIME], m[first + E_KEY], m[first + E_SEQ], m[first + E_LOAD]
            drop_near(m)
        else:
            heap = words(m[H_HEAP])
            now, key, seq, load = heap[E_TIME], heap[E_KEY], heap[E_SEQ], heap[E_LOAD]
            drop_first(m)
        kind, at = load & LOAD_MASK, load >> LOAD_BITS
        if kind == LOAD_TASK:
            task = look(m, now, key, at) if key & 1 else wake(m, now, key, at)
        elif kind == LOAD_INSTANCE:
            task = instance_is_up(m, now, at)
        else:
            task = job_departs(m, now, key, seq, at)
        if task:
            bind(m, task)
            turn(m, task)
    close_all(m)
    return DONE
