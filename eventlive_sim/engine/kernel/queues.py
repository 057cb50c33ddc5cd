"""Stations with servers and a queue (FIFO, LOCK), what tasks hold, and how a granted task is woken."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books
from eventlive_sim.engine.kernel.calendar import ready
from eventlive_sim.engine.kernel.keys import id_of
from eventlive_sim.engine.kernel.language import Words, inlined, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_NOTHING,
    AT_QUEUE,
    B_BUSY,
    E_HOLDINGS,
    E_STATION_KEY,
    ENDS_FIRST,
    ENDS_LAST,
    H_FREE_NODE,
    H_FREE_WAIT,
    H_NOW,
    LANE_BUSY,
    LANE_QUEUE,
    NEVER,
    NODE,
    O_ASK,
    O_INSTANCE,
    O_KEY,
    O_NEXT,
    O_SERIAL,
    O_STATION,
    QUEUE,
    QUEUE_LENGTH,
    S_KEYS,
    S_LANES,
    S_LIMIT,
    S_NUMBER,
    S_SERVERS,
    S_STEP,
    T_ACQUIRED,
    T_ASK,
    T_AT,
    T_BLOCK,
    T_GRANT,
    T_HOLDINGS,
    T_LANE,
    T_OUTCOME,
    T_PATIENT,
    T_QUEUE_NEXT,
    T_QUEUE_PREV,
    T_ROW,
)
from eventlive_sim.engine.kernel.memory import fail, give, links, place_of, take
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import HOLDINGS

A_GRANT, A_RENEGE = int(Act.GRANT), int(Act.RENEGE)
QUEUED, BOOKED = -1, -2


@kernel
def check_key(m: Words, s: int, key: int) -> None:
    """Refuse a key that the station does not have."""
    if key < 0 or key >= m[s + S_KEYS]:
        fail(m, E_STATION_KEY, m[s + S_NUMBER], key, 0)


@inlined
def lane_of(m: Words, s: int, key: int) -> int:
    """Place of what a station keeps for a key; the first stands where all begin."""
    if key == 0:
        return m[s + S_LANES]
    return place_of(m, m[s + S_LANES], s + S_STEP, key)


# ---------------------------------------------------------------- lists of tasks; ``ends`` names the first and the last


@kernel
def append(m: Words, ends: int, task: int) -> None:
    """Add a task at the tail."""
    tail = m[ends + ENDS_LAST]
    m[task + T_QUEUE_NEXT] = 0
    m[task + T_QUEUE_PREV] = tail
    if tail:
        m[tail + T_QUEUE_NEXT] = task
    else:
        m[ends + ENDS_FIRST] = task
    m[ends + ENDS_LAST] = task


@kernel
def remove(m: Words, ends: int, task: int) -> None:
    """Remove a task."""
    following, previous = m[task + T_QUEUE_NEXT], m[task + T_QUEUE_PREV]
    if previous:
        m[previous + T_QUEUE_NEXT] = following
    else:
        m[ends + ENDS_FIRST] = following
    if following:
        m[following + T_QUEUE_PREV] = previous
    else:
        m[ends + ENDS_LAST] = previous


# ---------------------------------------------------------------- who waits for a key


@inlined
def waiting_at(m: Words, lane: int) -> int:
    """How many tasks wait."""
    queue = m[lane + LANE_QUEUE]
    return m[queue + QUEUE_LENGTH] if queue else 0


@kernel
def join_queue(m: Words, lane: int, task: int) -> None:
    """Let a task wait; the first one makes the queue."""
    queue = m[lane + LANE_QUEUE]
    if queue == 0:
        queue = take(m, H_FREE_WAIT, QUEUE)
        m[queue + ENDS_FIRST] = 0
        m[queue + ENDS_LAST] = 0
        m[queue + QUEUE_LENGTH] = 0
        m[lane + LANE_QUEUE] = queue
    append(m, queue, task)
    m[queue + QUEUE_LENGTH] += 1


@kernel
def quit_queue(m: Words, lane: int, task: int) -> None:
    """Let a task wait no longer; the last one gives the queue back."""
    queue = m[lane + LANE_QUEUE]
    remove(m, queue, task)
    length = m[queue + QUEUE_LENGTH] - 1
    m[queue + QUEUE_LENGTH] = length
    if length == 0:
        m[lane + LANE_QUEUE] = 0
        give(m, H_FREE_WAIT, queue)


# ---------------------------------------------------------------- holdings


@kernel
def acquire(m: Words, s: int, task: int, key: int, ask: int, instance: int) -> None:
    """Give a server to a task."""
    if links(m, m[task + T_HOLDINGS]) >= HOLDINGS:
        fail(m, E_HOLDINGS, id_of(m, task), 0, 0)
    m[task + T_GRANT] = m[H_NOW]
    node = take(m, H_FREE_NODE, NODE)
    m[node + O_NEXT] = m[task + T_HOLDINGS]
    m[node + O_STATION] = s
    m[node + O_KEY] = key
    m[node + O_ASK] = ask
    m[node + O_SERIAL] = m[task + T_ACQUIRED]
    m[node + O_INSTANCE] = instance
    m[task + T_HOLDINGS] = node
    m[task + T_ACQUIRED] += 1


@kernel
def wake_with(m: Words, s: int, task: int, key: int, outcome: int) -> None:
    """Make a granted task ready: its patience is void, its deadlines stay."""
    m[task + T_BLOCK] = AT_NOTHING
    m[task + T_PATIENT] = 0
    m[task + T_OUTCOME] = outcome
    books.tell(m, A_GRANT, task, m[task + T_ROW], m[s + S_NUMBER], key, outcome)
    ready(m, task)


# ---------------------------------------------------------------- FIFO and LOCK


@kernel
def enter_queue(m: Words, s: int, task: int, key: int, patience: int) -> int:
    """Grant at once, queue, or refuse."""
    check_key(m, s, key)
    lane = lane_of(m, s, key)
    length = waiting_at(m, lane)
    if length == 0 and m[lane + LANE_BUSY] < m[s + S_SERVERS]:
        books.grant_at_once(m, s)
        books.set_busy(m, s, m[s + B_BUSY] + 1)
        m[lane + LANE_BUSY] += 1
        acquire(m, s, task, key, m[H_NOW], NEVER)
        return 1
    limit = m[s + S_LIMIT]
    if patience == 0 or 0 <= limit <= length:
        books.refuse(m, s)
        return 0
    books.queue(m, s)
    join_queue(m, lane, task)
    m[task + T_BLOCK] = AT_QUEUE
    m[task + T_AT] = s
    m[task + T_LANE] = key
    m[task + T_ASK] = m[H_NOW]
    return QUEUED


@kernel
def admit(m: Words, s: int, key: int, lane: int) -> None:
    """Grant to the heads of the queue of a key, whose lane this is, while there are servers."""
    while m[lane + LANE_QUEUE] and m[lane + LANE_BUSY] < m[s + S_SERVERS]:
        queue = m[lane + LANE_QUEUE]
        task = m[queue + ENDS_FIRST]
        quit_queue(m, lane, task)
        books.grant(m, s, m[task + T_ASK])
        books.set_busy(m, s, m[s + B_BUSY] + 1)
        m[lane + LANE_BUSY] += 1
        acquire(m, s, task, key, m[task + T_ASK], NEVER)
        wake_with(m, s, task, key, 1)


@kernel
def free_server(m: Words, s: int, key: int, ask: int, cut: int) -> None:
    """Free a server; the head of the queue is granted at this instant."""
    books.depart(m, s, ask, cut)
    books.set_busy(m, s, m[s + B_BUSY] - 1)
    lane = lane_of(m, s, key)
    m[lane + LANE_BUSY] -= 1
    if m[lane + LANE_QUEUE]:
        admit(m, s, key, lane)


@kernel
def leave_queue(m: Words, s: int, task: int) -> None:
    """Remove a task from its queue."""
    key = m[task + T_LANE]
    lane = lane_of(m, s, key)
    quit_queue(m, lane, task)
    ask = m[task + T_ASK]
    books.renege(m, s, ask)
    books.tell(m, A_RENEGE, task, m[task + T_ROW], m[s + S_NUMBER], key, m[H_NOW] - ask)


@kernel
def change_servers(m: Words, s: int, servers: int) -> None:
    """Change the number of servers of every key; those in use finish."""
    servers = max(0, servers)
    m[s + S_SERVERS] = servers
    keys = m[s + S_KEYS]
    books.resize(m, s, servers * keys)
    for key in range(keys):
        admit(m, s, key, lane_of(m, s, key))
