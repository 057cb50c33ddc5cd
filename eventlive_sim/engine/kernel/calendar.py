"""The calendar: a 4-ary heap of (time, key, number of creation, load), in a block of its own."""

from __future__ import annotations

from eventlive_sim.engine.kernel.layout import (
    E_FULL,
    E_KEY,
    E_LOAD,
    E_SEQ,
    E_TIME,
    EVENT,
    H_HEAP,
    H_HEAP_CAP,
    H_HEAP_LEN,
    H_HORIZON,
    H_NOW,
    H_SEQ,
    LOAD_TASK,
    T_KEY,
    T_WAKE,
)
from eventlive_sim.engine.kernel.language import Words, kernel, words
from eventlive_sim.engine.kernel.memory import fail


@kernel
def put(m: Words, time: int, key: int, load: int) -> None:
    """Enter an event; none at or after the horizon is ever looked at."""
    if time >= m[H_HORIZON]:
        return
    heap, at = words(m[H_HEAP]), m[H_HEAP_LEN]
    if at >= m[H_HEAP_CAP]:
        fail(m, E_FULL, 1, 0, 0)
    m[H_HEAP_LEN] = at + 1
    seq = m[H_SEQ] + 1
    m[H_SEQ] = seq
    while at > 0:
        up = (at - 1) >> 2
        other = heap[up * EVENT]
        if other < time or (other == time and heap[up * EVENT + E_KEY] <= key):
            break
        move(heap, up, at)
        at = up
    place = at * EVENT
    heap[place + E_TIME] = time
    heap[place + E_KEY] = key
    heap[place + E_SEQ] = seq
    heap[place + E_LOAD] = load


@kernel
def move(heap: Words, source: int, target: int) -> None:
    """Copy an event."""
    a, b = source * EVENT, target * EVENT
    heap[b] = heap[a]
    heap[b + 1] = heap[a + 1]
    heap[b + 2] = heap[a + 2]
    heap[b + 3] = heap[a + 3]


@kernel
def before(heap: Words, one: int, other: int) -> bool:
    """Whether one event comes before another."""
    a, b = one * EVENT, other * EVENT
    s, t = heap[a], heap[b]
    if s != t:
        return s < t
    s, t = heap[a + E_KEY], heap[b + E_KEY]
    if s != t:
        return s < t
    return heap[a + E_SEQ] < heap[b + E_SEQ]


@kernel
def drop_first(m: Words) -> None:
    """Remove the first event."""
    heap = words(m[H_HEAP])
    last = m[H_HEAP_LEN] - 1
    m[H_HEAP_LEN] = last
    at = 0
    while True:
        child = 4 * at + 1
        if child >= last:
            break
        least = child
        stop = min(child + 4, last)
        for other in range(child + 1, stop):
            if before(heap, other, least):
                least = other
        if not before(heap, least, last):
            break
        move(heap, least, at)
        at = least
    if at != last:
        move(heap, last, at)


@kernel
def ready(m: Words, task: int) -> None:
    """Wake a task at this instant, in its own turn."""
    now = m[H_NOW]
    m[task + T_WAKE] = now
    put(m, now, m[task + T_KEY], task * 4 + LOAD_TASK)


@kernel
def later(m: Words, delay: int) -> int:
    """Time after a delay; far enough is far enough."""
    return m[H_NOW] + min(delay, 1 << 61)


@kernel
def wake_in(m: Words, task: int, delay: int) -> None:
    """Wake a task later."""
    time = later(m, delay)
    m[task + T_WAKE] = time
    put(m, time, m[task + T_KEY], task * 4 + LOAD_TASK)


@kernel
def time_in(m: Words, task: int, delay: int) -> int:
    """Look at a task's deadlines and patience later; the time then."""
    time = later(m, delay)
    put(m, time, m[task + T_KEY] + 1, task * 4 + LOAD_TASK)
    return time
