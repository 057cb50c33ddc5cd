"""What comes next: a sorted run of events, and a 4-ary heap of those for which it has no room.

The run is as long as a slot of the calendar, so an event seldom moves more than a few others, and the next of all is taken from
its end. The heap holds what many people do at one instant. Order is that of (time, key, number of creation) in both.
"""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined, kernel, words
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
    H_RUN,
    H_RUN_END,
    RUN_EVENTS,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import fail


@kernel
def put_near(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Enter an event into the run, the next of all at its end; into the heap where the run is full."""
    run, at = m[H_RUN], m[H_RUN_END]
    if at == run + RUN_EVENTS * EVENT:
        put_in_heap(m, time, key, seq, load)
        return
    m[H_RUN_END] = at + EVENT
    while at > run:
        other = m[at - EVENT]
        if other > time:
            break
        if other == time and not comes_first(m, at - EVENT, key, seq):
            break
        move(m, at - EVENT, at)
        at -= EVENT
    m[at + E_TIME] = time
    m[at + E_KEY] = key
    m[at + E_SEQ] = seq
    m[at + E_LOAD] = load


@inlined
def comes_first(events: Words, at: int, key: int, seq: int) -> bool:
    """Whether the event at a place comes before another at its time."""
    return events[at + E_KEY] < key or (events[at + E_KEY] == key and events[at + E_SEQ] < seq)


@inlined
def run_is_first(m: Words) -> bool:
    """Whether the next event is in the run, not in the heap; there is one."""
    end = m[H_RUN_END]
    if m[H_HEAP_LEN] == 0:
        return True
    if end == m[H_RUN]:
        return False
    heap, at = words(m[H_HEAP]), end - EVENT
    if m[at] != heap[E_TIME]:
        return m[at] < heap[E_TIME]
    return comes_first(m, at, heap[E_KEY], heap[E_SEQ])


@inlined
def put_in_heap(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Enter an event into the heap."""
    at = m[H_HEAP_LEN]
    if at >= m[H_HEAP_CAP]:
        fail(m, E_FULL, 1, 0, 0)
    heap = words(m[H_HEAP])
    m[H_HEAP_LEN] = at + 1
    while at > 0:
        parent = (at - 1) >> 2
        up = parent * EVENT
        other = heap[up]
        if other < time:
            break
        if other == time and comes_first(heap, up, key, seq):
            break
        move(heap, up, at * EVENT)
        at = parent
    place = at * EVENT
    heap[place + E_TIME] = time
    heap[place + E_KEY] = key
    heap[place + E_SEQ] = seq
    heap[place + E_LOAD] = load


@inlined
def move(heap: Words, source: int, target: int) -> None:
    """Copy an event from place to place."""
    heap[target] = heap[source]
    heap[target + 1] = heap[source + 1]
    heap[target + 2] = heap[source + 2]
    heap[target + 3] = heap[source + 3]


@inlined
def before(heap: Words, a: int, b: int) -> bool:
    """Whether the event at one place comes before that at another."""
    if heap[a] != heap[b]:
        return heap[a] < heap[b]
    if heap[a + E_KEY] != heap[b + E_KEY]:
        return heap[a + E_KEY] < heap[b + E_KEY]
    return heap[a + E_SEQ] < heap[b + E_SEQ]


@kernel
def drop_first(m: Words) -> None:
    """Remove the first event of the heap."""
    heap = words(m[H_HEAP])
    last = (m[H_HEAP_LEN] - 1) * EVENT
    m[H_HEAP_LEN] -= 1
    at = 0
    while True:
        child = 4 * at + EVENT
        if child >= last:
            break
        least = child
        stop = min(child + 4 * EVENT, last)
        other = child + EVENT
        while other < stop:
            if before(heap, other, least):
                least = other
            other += EVENT
        if not before(heap, least, last):
            break
        move(heap, least, at)
        at = least
    if at != last:
        move(heap, last, at)
