"""The instances of an elastic station: those with room in order, the indexes that are free, and who is idle."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    H_FREE_NODE,
    H_NOW,
    I_ACTIVE,
    I_BORN,
    I_BUSY,
    I_IDLE,
    I_INDEX,
    I_OCCUPIED,
    I_OPEN,
    I_PROCESSOR,
    I_ROOM_AT,
    I_ROOM_KEY,
    I_STARTER,
    I_STATION,
    IDLE_EXPIRY,
    IDLE_INDEX,
    IDLE_SINCE,
    INSTANCE,
    NEVER,
    NODE,
    R_ACTIVE,
    S_CONCURRENCY,
    S_FREE,
    S_IDLE_HEAD,
    S_IDLE_NS,
    S_IDLE_TAIL,
    S_INSTANCES,
    S_JOBS_MAX,
    S_MIN,
    S_NEVER_USED,
    S_NFREE,
    S_NINSTANCES,
    S_NROOMS,
    S_ROOMS,
    Y_INSTANCE_INTEGRAL,
)
from eventlive_sim.engine.kernel.memory import bump, give, take
from eventlive_sim.engine.kernel.processor import make_processor

DEAD, STARTING, OPEN = -1, 0, 1

# ---------------------------------------------------------------- free indexes, lowest first


@kernel
def push_free(m: Words, s: int, index: int) -> None:
    """Add a free index."""
    heap, at = m[s + S_FREE], m[s + S_NFREE]
    m[s + S_NFREE] = at + 1
    while at > 0:
        up = (at - 1) >> 1
        if m[heap + up] <= index:
            break
        m[heap + at] = m[heap + up]
        at = up
    m[heap + at] = index


@kernel
def pop_free(m: Words, s: int) -> int:
    """Take the lowest free index."""
    heap, last = m[s + S_FREE], m[s + S_NFREE] - 1
    m[s + S_NFREE] = last
    least, moved, at = m[heap], m[heap + last], 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and m[heap + child + 1] < m[heap + child]:
            child += 1
        if m[heap + child] >= moved:
            break
        m[heap + at] = m[heap + child]
        at = child
    m[heap + at] = moved
    return least


# ---------------------------------------------------------------- instances with room: an indexed heap


@kernel
def set_room(m: Words, rooms: int, at: int, instance: int) -> None:
    """Write a place of the heap."""
    m[rooms + at] = instance
    m[instance + I_ROOM_AT] = at


@kernel
def rise(m: Words, rooms: int, at: int, instance: int) -> None:
    """Place an instance at or above a place."""
    key = m[instance + I_ROOM_KEY]
    while at > 0:
        up = (at - 1) >> 1
        other = m[rooms + up]
        if m[other + I_ROOM_KEY] <= key:
            break
        set_room(m, rooms, at, other)
        at = up
    set_room(m, rooms, at, instance)


@kernel
def sink(m: Words, rooms: int, at: int, count: int, instance: int) -> None:
    """Place an instance at or below a place."""
    key = m[instance + I_ROOM_KEY]
    while True:
        child = 2 * at + 1
        if child >= count:
            break
        if child + 1 < count and m[m[rooms + child + 1] + I_ROOM_KEY] < m[m[rooms + child] + I_ROOM_KEY]:
            child += 1
        other = m[rooms + child]
        if m[other + I_ROOM_KEY] >= key:
            break
        set_room(m, rooms, at, other)
        at = child
    set_room(m, rooms, at, instance)


@kernel
def unlist(m: Words, s: int, instance: int) -> None:
    """Remove an instance from those with room."""
    at = m[instance + I_ROOM_AT]
    if at < 0:
        return
    m[instance + I_ROOM_AT] = NEVER
    rooms, last = m[s + S_ROOMS], m[s + S_NROOMS] - 1
    m[s + S_NROOMS] = last
    if at == last:
        return
    moved = m[rooms + last]
    sink(m, rooms, at, last, moved)
    rise(m, rooms, m[moved + I_ROOM_AT], moved)


@kernel
def list_room(m: Words, s: int, instance: int) -> None:
    """Keep the instances with room in order: most requests first, then the lowest index."""
    unlist(m, s, instance)
    active, jobs_max = m[instance + I_ACTIVE], m[s + S_JOBS_MAX]
    room = active < m[s + S_CONCURRENCY] and not 0 <= jobs_max <= m[instance + I_PROCESSOR + R_ACTIVE]
    if m[instance + I_OPEN] == OPEN and room:
        m[instance + I_ROOM_KEY] = -active * (1 << 32) + m[instance + I_INDEX]
        count = m[s + S_NROOMS]
        m[s + S_NROOMS] = count + 1
        rise(m, m[s + S_ROOMS], count, instance)


# ---------------------------------------------------------------- birth, rest and retirement


@kernel
def new_instance(m: Words, s: int) -> int:
    """Return a new instance on the lowest free index, starting."""
    if m[s + S_NFREE]:
        index = pop_free(m, s)
    else:
        index = m[s + S_NEVER_USED]
        m[s + S_NEVER_USED] = index + 1
    table = m[s + S_INSTANCES]
    instance = m[table + index]
    if instance == 0:
        instance = bump(m, INSTANCE)
        m[table + index] = instance
    make_processor(m, instance + I_PROCESSOR, s, instance, 1)
    m[instance + I_STATION] = s
    m[instance + I_INDEX] = index
    m[instance + I_ACTIVE] = 0
    m[instance + I_BUSY] = 0
    m[instance + I_OPEN] = STARTING
    m[instance + I_ROOM_AT] = NEVER
    m[instance + I_BORN] = m[H_NOW]
    m[instance + I_OCCUPIED] = NEVER
    m[instance + I_IDLE] = NEVER
    m[instance + I_STARTER] = 0
    m[s + S_NINSTANCES] += 1
    return instance


@kernel
def open_first(m: Words, s: int) -> None:
    """Open the instances that are warm from the start."""
    for index in range(m[s + S_MIN]):
        push_free(m, s, index)
    for _ in range(m[s + S_MIN]):
        instance = new_instance(m, s)
        m[instance + I_OPEN] = OPEN
        list_room(m, s, instance)


@kernel
def rest(m: Words, s: int, instance: int) -> None:
    """Begin to be idle."""
    index, idle = m[instance + I_INDEX], m[s + S_IDLE_NS]
    if m[instance + I_OPEN] != OPEN or idle < 0 or index < m[s + S_MIN]:
        return
    now = m[H_NOW]
    m[instance + I_IDLE] = now
    node = take(m, H_FREE_NODE, NODE)
    m[node] = 0
    m[node + IDLE_EXPIRY] = now + min(idle, 1 << 61)
    m[node + IDLE_INDEX] = index
    m[node + IDLE_SINCE] = now
    if m[s + S_IDLE_HEAD]:
        m[m[s + S_IDLE_TAIL]] = node
    else:
        m[s + S_IDLE_HEAD] = node
    m[s + S_IDLE_TAIL] = node


@kernel
def retire(m: Words, s: int) -> None:
    """Retire what has been idle long enough by now."""
    now = m[H_NOW]
    while True:
        node = m[s + S_IDLE_HEAD]
        if node == 0 or m[node + IDLE_EXPIRY] > now:
            return
        m[s + S_IDLE_HEAD] = m[node]
        expiry, index, since = m[node + IDLE_EXPIRY], m[node + IDLE_INDEX], m[node + IDLE_SINCE]
        give(m, H_FREE_NODE, node)
        instance = m[m[s + S_INSTANCES] + index]
        if m[instance + I_OPEN] == DEAD or m[instance + I_ACTIVE] or m[instance + I_IDLE] != since:
            continue
        unlist(m, s, instance)
        m[instance + I_OPEN] = DEAD
        m[s + S_NINSTANCES] -= 1
        push_free(m, s, index)
        books.spread(m, s, Y_INSTANCE_INTEGRAL, m[instance + I_BORN], expiry, 1)
