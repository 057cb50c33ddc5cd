"""What comes next: a sorted run of events, and a 4-ary heap of those for which it has no room.

The run is as long as a slot of the calendar. The events themselves stand where there was room; sorted are words that say when,
after the run began, and where: so a word that comes in moves a few others, without a branch on which (its outcome would be as
random as the times are), and the next of all is taken from the end. Words of one instant are in no order until one of them is
next. The heap holds what many people do at one instant. Order is that of (time, key, number of creation) in both.
"""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined, kernel, prefetch, rare, trailing_zeros, words
from eventlive_sim.engine.kernel.layout import (
    AHEAD,
    E_FULL,
    E_KEY,
    E_LOAD,
    E_SEQ,
    E_TIME,
    EVENT,
    H_CODE,
    H_HEAP,
    H_HEAP_CAP,
    H_HEAP_LEN,
    H_NEAR,
    H_NEAR_BEGAN,
    H_NEAR_FREE,
    H_PERSON_WORDS,
    H_RUN,
    H_RUN_END,
    LINE,
    LOAD_BITS,
    NEAR_BITS,
    NEAR_MASK,
    ROW,
    T_PERSON,
    T_ROW,
    T_TAB_REGS,
)
from eventlive_sim.engine.kernel.memory import fail

AT_ONCE = 16
"""Words of the run that are compared with a new one whatever comes of it: the next of all, hardly ever are more moved."""


@inlined
def word_of(m: Words, time: int, key: int, seq: int, load: int) -> int:
    """Let an event stand where there is room in the run; the word that says when it comes and where it stands, -1 without room."""
    free = m[H_NEAR_FREE]
    if free == 0:
        return -1
    m[H_NEAR_FREE] = free & (free - 1)
    number = trailing_zeros(free)
    place = m[H_NEAR] + number * EVENT
    m[place + E_TIME] = time
    m[place + E_KEY] = key
    m[place + E_SEQ] = seq
    m[place + E_LOAD] = load
    return ((time - m[H_NEAR_BEGAN]) << NEAR_BITS) + number


@kernel
def put_now(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Enter an event that comes before most others of the run: at this instant."""
    word, at = word_of(m, time, key, seq, load), m[H_RUN_END]
    if word < 0:
        put_in_heap(m, time, key, seq, load)
        return
    m[H_RUN_END] = at + 1
    while m[at - 1] < word:
        m[at] = m[at - 1]
        at -= 1
    m[at] = word


@kernel
def put_near(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Enter an event into the run; into the heap where there is no room."""
    word, at = word_of(m, time, key, seq, load), m[H_RUN_END]
    if word < 0:
        put_in_heap(m, time, key, seq, load)
        return
    m[H_RUN_END] = at + 1
    earlier = 0
    for _ in range(AT_ONCE):
        other = m[at - 1]
        m[at] = max(earlier, min(other, word))
        earlier = other
        at -= 1
    while earlier < word:
        other = m[at - 1]
        m[at] = max(earlier, min(other, word))
        earlier = other
        at -= 1


@inlined
def first_near(m: Words) -> int:
    """Place of the next event of the run; there is one."""
    last = m[H_RUN_END] - 1
    if m[last] ^ m[last - 1] <= NEAR_MASK:
        first_of_equals(m, last)
    return m[H_NEAR] + (m[last] & NEAR_MASK) * EVENT


@rare
def first_of_equals(m: Words, last: int) -> None:
    """Let the first of the events of one instant stand where the last word of the run says."""
    near, time, at = m[H_NEAR], m[last] >> NEAR_BITS, last - 1
    place = near + (m[last] & NEAR_MASK) * EVENT
    first = place
    while m[at] >> NEAR_BITS == time:
        other = near + (m[at] & NEAR_MASK) * EVENT
        if comes_first(m, other, m[first + E_KEY], m[first + E_SEQ]):
            first = other
        at -= 1
    if first != place:
        for i in range(EVENT):
            word, m[place + i] = m[place + i], m[first + i]
            m[first + i] = word


@inlined
def drop_near(m: Words) -> None:
    """Remove the next event of the run; its place may be taken from now on."""
    last = m[H_RUN_END] - 1
    word = m[last]
    m[H_RUN_END] = last
    m[H_NEAR_FREE] |= 1 << (word & NEAR_MASK)


@inlined
def bring_near(m: Words) -> None:
    """Have brought near what an event of the run will need beside its task, which was brought when its slot was sorted.

    Where there is little of it for each person, looking for it costs more.
    """
    if m[H_PERSON_WORDS] <= LINE:
        return
    task = m[m[H_NEAR] + (m[m[H_RUN_END] - 1 - AHEAD] & NEAR_MASK) * EVENT + E_LOAD] >> LOAD_BITS
    bring_first(m, m[task + T_TAB_REGS])
    bring_first(m, m[task + T_PERSON])
    row = m[H_CODE] + m[task + T_ROW] * ROW
    prefetch(m, row)
    prefetch(m, row + LINE)
    prefetch(m, row + 2 * LINE)


@inlined
def bring_first(m: Words, record: int) -> None:
    """Have brought near the first words of a record: what is used most (`places`)."""
    prefetch(m, record)
    prefetch(m, record + LINE)
    prefetch(m, record + 2 * LINE)


@inlined
def comes_first(events: Words, at: int, key: int, seq: int) -> bool:
    """Whether the event at a place comes before another at its time."""
    return events[at + E_KEY] < key or (events[at + E_KEY] == key and events[at + E_SEQ] < seq)


@inlined
def run_is_first(m: Words) -> bool:
    """Whether the next event is in the run, not in the heap; there is one."""
    if m[H_HEAP_LEN] == 0:
        return True
    if m[H_RUN_END] == m[H_RUN]:
        return False
    heap, at = words(m[H_HEAP]), first_near(m)
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
