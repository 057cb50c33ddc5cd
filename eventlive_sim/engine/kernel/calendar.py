"""The calendar: what waits.

Events of the near future stand sorted (`engine.kernel.coming`). Later ones wait unsorted in the slots of a wheel, still later
ones in those of a coarser wheel, the rest in one list; a slot is sorted when its time comes. So few events are ever compared,
however many deadlines are armed, and a timer that has become void by then is dropped without having been sorted at all. How
wide a slot is follows from how many events come: a slot should hold some, whose memory is brought near together, but not many.
It changes no order: that is of (time, key, number of creation).
"""

from __future__ import annotations

from eventlive_sim.engine.kernel.coming import put_near, put_now
from eventlive_sim.engine.kernel.language import Words, inlined, kernel, prefetch, rare, trailing_zeros
from eventlive_sim.engine.kernel.layout import (
    BLOCK,
    BLOCK_BITS,
    BLOCK_EVENTS,
    BLOCK_FIRST,
    BLOCK_LENGTH,
    BLOCK_NEXT,
    COARSE,
    COARSE_BITS,
    D_EXPIRY,
    D_NEXT,
    E_KEY,
    E_LOAD,
    E_SEQ,
    E_TIME,
    EVENT,
    FAR,
    FEW,
    FINE,
    FINE_BITS,
    H_ACTS_NOW,
    H_ALIVE,
    H_BORDER_NS,
    H_COARSE,
    H_COARSE_BITMAP,
    H_EVENTS,
    H_FINE,
    H_FINE_BITMAP,
    H_FREE_EVENT,
    H_HEAP_LEN,
    H_HORIZON,
    H_NEAR_BEGAN,
    H_NEXT_FINE,
    H_NOW,
    H_REST,
    H_RUN,
    H_RUN_END,
    H_SEQ,
    H_SINCE,
    H_SLOT,
    H_SORTED,
    H_WIDTH,
    LINE,
    LOAD_BITS,
    LOAD_MASK,
    LOAD_TASK,
    LOOKS,
    MANY,
    NARROWEST,
    NEAR_BITS,
    NEAR_MASK,
    T_DEADLINES,
    T_ENDED,
    T_HOT,
    T_KEY,
    T_PATIENCE,
    T_PATIENT,
    T_WAKE,
    WIDEST,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import give, take


@inlined
def put(m: Words, time: int, key: int, load: int) -> None:
    """Enter an event; none at or after the horizon is ever looked at."""
    seq = m[H_SEQ] + 1
    m[H_SEQ] = seq
    if time < m[H_BORDER_NS]:
        put_near(m, time, key, seq, load)
    elif time < m[H_HORIZON]:
        put_later(m, time, key, seq, load)


# ---------------------------------------------------------------- the wheels


@kernel
def put_later(m: Words, time: int, key: int, seq: int, load: int) -> None:
    """Let an event wait in the finest wheel that reaches its time."""
    slot, now = time >> m[H_WIDTH], m[H_SLOT]
    if slot >> FINE_BITS == now >> FINE_BITS:
        where = slot_in(m, m[H_FINE], m[H_FINE_BITMAP], slot & (FINE - 1))
    elif slot >> (FINE_BITS + COARSE_BITS) == now >> (FINE_BITS + COARSE_BITS):
        where = slot_in(m, m[H_COARSE], m[H_COARSE_BITMAP], (slot >> FINE_BITS) & (COARSE - 1))
    else:
        where = H_REST
    # A slot holds its first block and how many events that has: blocks are far away, and are only written to.
    last = m[where]
    if last == 0 or last & BLOCK_EVENTS == BLOCK_EVENTS:
        last = new_block(m, last) << BLOCK_BITS
    m[where] = last + 1
    at = (last >> BLOCK_BITS) + BLOCK_FIRST + (last & BLOCK_EVENTS) * EVENT
    m[at + E_TIME] = time
    m[at + E_KEY] = key
    m[at + E_SEQ] = seq
    m[at + E_LOAD] = load


@inlined
def slot_in(m: Words, wheel: int, bitmap: int, at: int) -> int:
    """Place of a slot of a wheel, which will hold an event."""
    m[bitmap + (at >> 6)] |= 1 << (at & 63)
    return wheel + at


@kernel
def new_block(m: Words, last: int) -> int:
    """Return a block of events before the last of a slot; blocks keep events together that are read together."""
    block = take(m, H_FREE_EVENT, BLOCK)
    m[block + BLOCK_NEXT] = closed(m, last)
    return block


@inlined
def closed(m: Words, last: int) -> int:
    """Return the first block of what a slot holds; it says by itself how many events it has."""
    block = last >> BLOCK_BITS
    if block:
        m[block + BLOCK_LENGTH] = last & BLOCK_EVENTS
    return block


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
    """Take all events out of a slot; the first block of them."""
    block = closed(m, m[wheel + at])
    m[wheel + at] = 0
    m[bitmap + (at >> 6)] &= ~(1 << (at & 63))
    return block


@inlined
def void_timer(m: Words, at: int) -> bool:
    """Whether the event at a place is a timer of a task that no longer has it."""
    key, load = m[at + E_KEY], m[at + E_LOAD]
    if not key & 1 or load & LOAD_MASK != LOAD_TASK:
        return False
    task, time = load >> LOAD_BITS, m[at + E_TIME]
    if m[task + T_KEY] != key - 1 or m[task + T_ENDED]:
        return True
    if m[task + T_PATIENT] and m[task + T_PATIENCE] == time:
        return False
    deadline = m[task + T_DEADLINES]
    while deadline:
        if m[deadline + D_EXPIRY] == time:
            return False
        deadline = m[deadline + D_NEXT]
    return True


@rare
def refill(m: Words) -> bool:
    """Sort the next slot that holds events into the empty run; whether there was one."""
    while m[H_RUN_END] == m[H_RUN]:
        now = m[H_SLOT]
        at = next_used(m, m[H_FINE_BITMAP], FINE, m[H_NEXT_FINE])
        if at == FINE:
            if not turn_wheel(m):
                return False
            continue
        m[H_NEXT_FINE] = at + 1
        m[H_SLOT] = (now >> FINE_BITS << FINE_BITS) + at
        m[H_NEAR_BEGAN] = m[H_SLOT] << m[H_WIDTH]
        m[H_BORDER_NS] = min((m[H_SLOT] + 1) << m[H_WIDTH], m[H_HORIZON])
        after = next_used(m, m[H_FINE_BITMAP], FINE, at + 1)
        if after < FINE:
            bring_block(m, m[m[H_FINE] + after] >> BLOCK_BITS)
        sort_in(m, empty(m, m[H_FINE], m[H_FINE_BITMAP], at))
    return True


@inlined
def bring_block(m: Words, block: int) -> None:
    """Have a block brought near."""
    prefetch(m, block)
    prefetch(m, block + LINE)
    prefetch(m, block + 2 * LINE)
    prefetch(m, block + 3 * LINE)


@inlined
def bring_tasks(m: Words, block: int) -> None:
    """Have brought near what the events of a block are about, and the block after it."""
    if block:
        bring_block(m, m[block + BLOCK_NEXT])
        at, end = block + BLOCK_FIRST, block + BLOCK_FIRST + m[block + BLOCK_LENGTH] * EVENT
        while at < end:
            prefetch(m, (m[at + E_LOAD] >> LOAD_BITS) + T_HOT)
            at += EVENT


@inlined
def sort_in(m: Words, block: int) -> None:
    """Sort blocks of events into the run, and have the memory of their tasks brought near: they come next."""
    bring_tasks(m, block)
    while block:
        following = m[block + BLOCK_NEXT]
        bring_tasks(m, following)
        at, end = block + BLOCK_FIRST, block + BLOCK_FIRST + m[block + BLOCK_LENGTH] * EVENT
        while at < end:
            load = m[at + E_LOAD]
            near = (load >> LOAD_BITS) + T_HOT
            prefetch(m, near + LINE)
            if not void_timer(m, at):
                m[H_SORTED] += 1
                put_near(m, m[at + E_TIME], m[at + E_KEY], m[at + E_SEQ], load)
            at += EVENT
        give(m, H_FREE_EVENT, block)
        block = following


@rare
def turn_wheel(m: Words) -> bool:
    """Spread the next coarse slot over the fine wheel; whether anything is left."""
    if wrong_width(m):
        return turn_coarse(m)
    high = m[H_SLOT] >> FINE_BITS
    at = next_used(m, m[H_COARSE_BITMAP], COARSE, (high & (COARSE - 1)) + 1)
    if at == COARSE:
        return turn_coarse(m)
    begin_fine(m, (high >> COARSE_BITS << COARSE_BITS) + at)
    spread(m, empty(m, m[H_COARSE], m[H_COARSE_BITMAP], at))
    return True


@rare
def wrong_width(m: Words) -> bool:
    """Whether slots held too few or too many events; if so all that waits stands in the rest, for slots of another width.

    Events since the last time must be some part of those that wait, which so are moved only now and then.
    """
    count, width = m[H_SORTED], m[H_WIDTH]
    m[H_SORTED] = 0
    m[H_SINCE] += count
    while count < FEW * FINE and width < WIDEST:
        count, width = 2 * count, width + 1
    while count > MANY * FINE and width > NARROWEST:
        count, width = count >> 1, width - 1
    if width == m[H_WIDTH] or m[H_SINCE] < m[H_ALIVE] >> 2:
        return False
    m[H_SINCE] = 0
    m[H_WIDTH] = width
    bitmap = m[H_COARSE_BITMAP]
    at = next_used(m, bitmap, COARSE, 0)
    while at < COARSE:
        first = empty(m, m[H_COARSE], bitmap, at)
        last = first
        while m[last + BLOCK_NEXT]:
            last = m[last + BLOCK_NEXT]
        m[last + BLOCK_NEXT] = closed(m, m[H_REST])
        m[H_REST] = (first << BLOCK_BITS) + m[first + BLOCK_LENGTH]
        at = next_used(m, bitmap, COARSE, at + 1)
    return True


@inlined
def begin_fine(m: Words, high: int) -> None:
    """Begin the fine wheel anew at a coarse slot."""
    m[H_SLOT] = high << FINE_BITS
    m[H_NEXT_FINE] = 0


@kernel
def spread(m: Words, block: int) -> None:
    """Put blocks of events where they now belong; void timers are forgotten."""
    bring_tasks(m, block)
    while block:
        following = m[block + BLOCK_NEXT]
        bring_tasks(m, following)
        at, end = block + BLOCK_FIRST, block + BLOCK_FIRST + m[block + BLOCK_LENGTH] * EVENT
        while at < end:
            if not void_timer(m, at):
                put_later(m, m[at + E_TIME], m[at + E_KEY], m[at + E_SEQ], m[at + E_LOAD])
            at += EVENT
        give(m, H_FREE_EVENT, block)
        block = following


@rare
def turn_coarse(m: Words) -> bool:
    """Spread what comes next of the rest over the wheels; whether there is any."""
    rest, first = closed(m, m[H_REST]), FAR
    block = rest
    while block:
        for number in range(m[block + BLOCK_LENGTH]):
            first = min(first, m[block + BLOCK_FIRST + number * EVENT + E_TIME] >> m[H_WIDTH])
        block = m[block + BLOCK_NEXT]
    if first == FAR:
        return False
    begin_fine(m, first >> FINE_BITS)
    m[H_REST] = 0
    spread(m, rest)
    return True


# ---------------------------------------------------------------- what comes next of all


@inlined
def set_time(m: Words, now: int) -> None:
    """Bring the clock to a time."""
    if now != m[H_NOW]:
        m[H_NOW] = now
        m[H_ACTS_NOW] = 0


@inlined
def is_next(m: Words, time: int) -> bool:
    """Whether nothing comes before an event at a time, or with it: it need not be entered, then, but may happen at once.

    One event in sixteen is entered all the same, so that the loop comes to look whether memory is short and whether it may go on.
    """
    if time >= m[H_BORDER_NS] or m[H_HEAP_LEN] or m[H_EVENTS] & LOOKS == 0:
        return False
    return ((time - m[H_NEAR_BEGAN]) << NEAR_BITS) + NEAR_MASK < m[m[H_RUN_END] - 1]


# ---------------------------------------------------------------- tasks


@inlined
def ready(m: Words, task: int) -> None:
    """Wake a task at this instant, in its own turn."""
    now = m[H_NOW]
    m[task + T_WAKE] = now
    seq = m[H_SEQ] + 1
    m[H_SEQ] = seq
    put_now(m, now, m[task + T_KEY], seq, (task << LOAD_BITS) + LOAD_TASK)


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
