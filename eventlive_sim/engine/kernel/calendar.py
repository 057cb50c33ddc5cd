"""The calendar: what comes next.

Events of the near future stand in a 4-ary heap of (time, key, number of creation). Later ones wait unsorted in the slots of a
wheel, still later ones in those of a coarser wheel, the rest in one list; a slot is sorted into the heap when its time
comes. So the heap stays small however many deadlines are armed, and a timer that has become void by then is dropped
without having been sorted at all.
"""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined, kernel, rare, trailing_zeros, words
from eventlive_sim.engine.kernel.layout import (
    COARSE,
    COARSE_BITS,
    D_EXPIRY,
    D_NEXT,
    E_FULL,
    E_KEY,
    E_LOAD,
    E_SEQ,
    E_TIME,
    EVENT,
    FAR,
    FINE,
    FINE_BITS,
    H_BORDER_NS,
    H_COARSE,
    H_COARSE_BITMAP,
    H_FINE,
    H_FINE_BITMAP,
    H_FREE_EVENT,
    H_HEAP,
    H_HEAP_CAP,
    H_HEAP_LEN,
    H_HORIZON,
    H_NEXT_FINE,
    H_NOW,
    H_REST,
    H_SEQ,
    H_SLOT,
    H_WIDTH,
    LOAD_BITS,
    LOAD_MASK,
    LOAD_TASK,
    T_DEADLINES,
    T_ENDED,
    T_KEY,
    T_PATIENCE,
    T_WAKE,
    V_KEY,
    V_LOAD,
    V_NEXT,
    V_SEQ,
    V_TIME,
    WAITING,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import fail, give, take

# ---------------------------------------------------------------- the heap


@inlined
def put(m: Words, time: int, key: int, load: int) -> None:
    """Enter an event; none at or after the horizon is ever looked at."""
    seq = m[H_SEQ] + 1
    m[H_SEQ] = seq
    if time < m[H_BORDER_NS]:
        put_near(m, time, key, seq, load)
    elif time < m[H_HORIZON]:
        put_later(m, time, key, seq, load)


@kernel
def put_near(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Enter an event into the heap; it is the youngest of all, or comes from a slot."""
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
        if other == time and (heap[up + E_KEY] < key or (heap[up + E_KEY] == key and heap[up + E_SEQ] < seq)):
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


# ---------------------------------------------------------------- the wheels


@kernel
def put_later(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Let an event wait in the slot of its time."""
    node = take(m, H_FREE_EVENT, WAITING)
    m[node + V_TIME] = time
    m[node + V_KEY] = key
    m[node + V_SEQ] = seq
    m[node + V_LOAD] = load
    link(m, node, time >> m[H_WIDTH])


@kernel
def link(m: Words, node: int, slot: int) -> None:
    """Add an event that waits to the finest wheel that reaches it."""
    now = m[H_SLOT]
    if slot >> FINE_BITS == now >> FINE_BITS:
        add_to(m, m[H_FINE], m[H_FINE_BITMAP], slot & (FINE - 1), node)
    elif slot >> (FINE_BITS + COARSE_BITS) == now >> (FINE_BITS + COARSE_BITS):
        add_to(m, m[H_COARSE], m[H_COARSE_BITMAP], (slot >> FINE_BITS) & (COARSE - 1), node)
    else:
        m[node + V_NEXT] = m[H_REST]
        m[H_REST] = node


@inlined
def add_to(m: Words, wheel: int, bitmap: int, at: int, node: int) -> None:
    """Add an event to a slot of a wheel."""
    m[node + V_NEXT] = m[wheel + at]
    m[wheel + at] = node
    m[bitmap + (at >> 6)] |= 1 << (at & 63)


@kernel
def next_used(m: Words, bitmap: int, size: int, at: int) -> int:
    """Return the first slot from a place on that holds events; the size of the wheel if none does."""
    if at >= size:
        return size
    word = at >> 6
    found = m[bitmap + word] & (-1 << (at & 63))
    while found == 0:
        word += 1
        if word << 6 >= size:
            return size
        found = m[bitmap + word]
    return (word << 6) + trailing_zeros(found)


@inlined
def empty(m: Words, wheel: int, bitmap: int, at: int) -> int:
    """Take all events out of a slot; the first of them."""
    node = m[wheel + at]
    m[wheel + at] = 0
    m[bitmap + (at >> 6)] &= ~(1 << (at & 63))
    return node


@inlined
def void_timer(m: Words, node: int) -> bool:
    """Whether an event is a timer of a task that no longer has it."""
    key, load = m[node + V_KEY], m[node + V_LOAD]
    if not key & 1 or load & LOAD_MASK != LOAD_TASK:
        return False
    task, time = load >> LOAD_BITS, m[node + V_TIME]
    if m[task + T_KEY] != key - 1 or m[task + T_ENDED]:
        return True
    if m[task + T_PATIENCE] == time:
        return False
    deadline = m[task + T_DEADLINES]
    while deadline:
        if m[deadline + D_EXPIRY] == time:
            return False
        deadline = m[deadline + D_NEXT]
    return True


@rare
def refill(m: Words) -> bool:
    """Sort the next slot that holds events into the empty heap; whether there was one."""
    while m[H_HEAP_LEN] == 0:
        now = m[H_SLOT]
        at = next_used(m, m[H_FINE_BITMAP], FINE, m[H_NEXT_FINE])
        if at == FINE:
            if not turn_wheel(m):
                return False
            continue
        m[H_NEXT_FINE] = at + 1
        m[H_SLOT] = (now >> FINE_BITS << FINE_BITS) + at
        m[H_BORDER_NS] = min((m[H_SLOT] + 1) << m[H_WIDTH], m[H_HORIZON])
        sort_in(m, empty(m, m[H_FINE], m[H_FINE_BITMAP], at))
    return True


@inlined
def sort_in(m: Words, node: int) -> None:
    """Sort a list of events into the heap."""
    while node:
        following = m[node + V_NEXT]
        if not void_timer(m, node):
            put_near(m, m[node + V_TIME], m[node + V_KEY], m[node + V_SEQ], m[node + V_LOAD])
        give(m, H_FREE_EVENT, node)
        node = following


@rare
def turn_wheel(m: Words) -> bool:
    """Spread the next coarse slot over the fine wheel; whether anything is left."""
    high = m[H_SLOT] >> FINE_BITS
    at = next_used(m, m[H_COARSE_BITMAP], COARSE, (high & (COARSE - 1)) + 1)
    if at == COARSE:
        return turn_coarse(m)
    begin_fine(m, (high >> COARSE_BITS << COARSE_BITS) + at)
    relink(m, empty(m, m[H_COARSE], m[H_COARSE_BITMAP], at))
    return True


@inlined
def begin_fine(m: Words, high: int) -> None:
    """Begin the fine wheel anew at a coarse slot."""
    m[H_SLOT] = high << FINE_BITS
    m[H_NEXT_FINE] = 0


@inlined
def relink(m: Words, node: int) -> None:
    """Add a list of events where they now belong; void timers are forgotten."""
    while node:
        following = m[node + V_NEXT]
        if void_timer(m, node):
            give(m, H_FREE_EVENT, node)
        else:
            link(m, node, m[node + V_TIME] >> m[H_WIDTH])
        node = following


@rare
def turn_coarse(m: Words) -> bool:
    """Spread what comes next of the rest over the wheels; whether there is any."""
    node, first = m[H_REST], FAR
    while node:
        first = min(first, m[node + V_TIME] >> m[H_WIDTH])
        node = m[node + V_NEXT]
    if first == FAR:
        return False
    begin_fine(m, first >> FINE_BITS)
    node = m[H_REST]
    m[H_REST] = 0
    relink(m, node)
    return True


# ---------------------------------------------------------------- tasks


@inlined
def ready(m: Words, task: int) -> None:
    """Wake a task at this instant, in its own turn."""
    now = m[H_NOW]
    m[task + T_WAKE] = now
    put(m, now, m[task + T_KEY], (task << LOAD_BITS) + LOAD_TASK)


@inlined
def later(m: Words, delay: int) -> int:
    """Time after a delay; far enough is far enough."""
    return m[H_NOW] + min(delay, 1 << 61)


@inlined
def wake_in(m: Words, task: int, delay: int) -> None:
    """Wake a task later."""
    time = later(m, delay)
    m[task + T_WAKE] = time
    put(m, time, m[task + T_KEY], (task << LOAD_BITS) + LOAD_TASK)


@inlined
def time_in(m: Words, task: int, delay: int) -> int:
    """Look at a task's deadlines and patience later; the time then."""
    time = later(m, delay)
    put(m, time, m[task + T_KEY] + 1, (task << LOAD_BITS) + LOAD_TASK)
    return time
