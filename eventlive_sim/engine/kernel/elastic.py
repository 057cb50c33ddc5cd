"""Elastic stations: instances that start when they are needed, take several requests, and retire when idle."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, rooms
from eventlive_sim.engine.kernel.bucket import token_wait
from eventlive_sim.engine.kernel.calendar import later, put
from eventlive_sim.engine.kernel.draws import draw
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_ELASTIC,
    AT_INSTANCE_JOB,
    AT_NOTHING,
    AT_START,
    B_BUSY,
    B_ROW,
    E_NO_PLACE,
    ENDS_FIRST,
    H_NOW,
    I_ACTIVE,
    I_BUSY,
    I_IDLE,
    I_INDEX,
    I_OCCUPIED,
    I_OPEN,
    I_PROCESSOR,
    I_STARTER,
    I_STATION,
    LOAD_BITS,
    LOAD_INSTANCE,
    NEVER,
    O_INSTANCE,
    O_NEXT,
    O_STATION,
    P_ID,
    S_COLD_STATE,
    S_COLD_TABLE,
    S_CORES,
    S_CPU_BUSY,
    S_CPU_NS,
    S_INDEXES,
    S_INSTANCES,
    S_JOBS_MAX,
    S_MAX,
    S_NINSTANCES,
    S_NROOMS,
    S_NUMBER,
    S_QUEUE,
    S_ROOMS,
    S_SERVING,
    S_SPEED,
    S_START_FULL,
    S_START_INTERVAL,
    S_START_SLACK,
    T_ASK,
    T_AT,
    T_BLOCK,
    T_HOLDINGS,
    T_KEY,
    T_LANE,
    T_OUTCOME,
    T_PERSON,
    T_REGS,
    T_ROW,
    Y_CPU_INTEGRAL,
    Y_OCCUPIED_INTEGRAL,
    Y_STARTS,
)
from eventlive_sim.engine.kernel.memory import fail
from eventlive_sim.engine.kernel.processor import begin_job, busy_of, change, cut_job
from eventlive_sim.engine.kernel.queues import A_GRANT, A_RENEGE, BOOKED, QUEUED, acquire, append, remove, wake_with
from eventlive_sim.engine.trace import Act

A_DEPART, A_CUT = int(Act.DEPART), int(Act.CUT)

# ---------------------------------------------------------------- requests


@kernel
def enter_elastic(m: Words, s: int, task: int, patience: int) -> int:
    """Take a place, start an instance, wait, or refuse."""
    rooms.retire(m, s)
    m[task + T_ASK] = m[H_NOW]
    if m[s + S_NROOMS]:
        books.grant_at_once(m, s)
        place(m, s, task)
        return 1
    if may_start(m, s):
        books.queue(m, s)
        start(m, s, task)
        return BOOKED
    if patience == 0:
        books.refuse(m, s)
        return 0
    books.queue(m, s)
    append(m, s + S_QUEUE, task)
    m[task + T_BLOCK] = AT_ELASTIC
    m[task + T_AT] = s
    m[task + T_LANE] = NEVER
    return QUEUED


@kernel
def place(m: Words, s: int, task: int) -> None:
    """Put a task on the first instance with room."""
    instance = m[m[s + S_ROOMS]]
    occupy(m, s, instance)
    serve(m, s, task, instance)


@kernel
def serve(m: Words, s: int, task: int, instance: int) -> None:
    """Give a task its place."""
    m[s + S_SERVING] += 1
    books.set_busy(m, s, m[s + B_BUSY] + 1)
    acquire(m, s, task, 0, m[task + T_ASK], m[instance + I_INDEX])


@kernel
def occupy(m: Words, s: int, instance: int) -> None:
    """Count one more request of an instance."""
    active = m[instance + I_ACTIVE]
    if not active:
        m[instance + I_OCCUPIED] = m[H_NOW]
        m[instance + I_IDLE] = NEVER
    m[instance + I_ACTIVE] = active + 1
    rooms.list_room(m, s, instance)


@kernel
def vacate(m: Words, s: int, instance: int) -> None:
    """Count one request less."""
    active = m[instance + I_ACTIVE] - 1
    m[instance + I_ACTIVE] = active
    if not active:
        books.spread(m, s, Y_OCCUPIED_INTEGRAL, m[instance + I_OCCUPIED], m[H_NOW], 1)
        rooms.rest(m, s, instance)
    rooms.list_room(m, s, instance)


@kernel
def admit(m: Words, s: int) -> None:
    """Grant to the heads of the queue while there is room."""
    while m[s + S_QUEUE + ENDS_FIRST] and m[s + S_NROOMS]:
        task = m[s + S_QUEUE + ENDS_FIRST]
        remove(m, s + S_QUEUE, task)
        books.grant(m, s, m[task + T_ASK])
        place(m, s, task)
        wake_with(m, s, task, 0, 1)


@kernel
def end_request(m: Words, s: int, index: int, ask: int, cut: int) -> None:
    """End a request; the room goes to the head of the queue."""
    books.depart(m, s, ask, cut)
    books.set_busy(m, s, m[s + B_BUSY] - 1)
    m[s + S_SERVING] -= 1
    vacate(m, s, m[m[s + S_INSTANCES] + index])
    admit(m, s)


@kernel
def leave_elastic(m: Words, s: int, task: int) -> None:
    """Remove a task from the queue, or from the instance that starts for it."""
    ask = m[task + T_ASK]
    books.renege(m, s, ask)
    books.tell(m, A_RENEGE, task, m[task + T_ROW], m[s + S_NUMBER], 0, m[H_NOW] - ask)
    index = m[task + T_LANE]
    if index == NEVER:
        remove(m, s + S_QUEUE, task)
        return
    instance = m[m[s + S_INSTANCES] + index]
    m[instance + I_STARTER] = 0
    vacate(m, s, instance)


# ---------------------------------------------------------------- starts


@kernel
def may_start(m: Words, s: int) -> bool:
    """Whether ceiling and start bucket allow one more."""
    if m[s + S_NINSTANCES] >= m[s + S_MAX]:
        return False
    if not m[s + S_START_INTERVAL]:
        return True
    return token_wait(m[s + S_START_FULL], m[s + S_START_SLACK], m[H_NOW]) == 0


@kernel
def start(m: Words, s: int, task: int) -> None:
    """Start an instance; the task waits for it."""
    now = m[H_NOW]
    m[s + S_START_FULL] = max(m[s + S_START_FULL], now) + m[s + S_START_INTERVAL]
    m[m[s + B_ROW] + Y_STARTS] += 1
    instance = rooms.new_instance(m, s)
    m[instance + I_STARTER] = task
    occupy(m, s, instance)
    m[task + T_BLOCK] = AT_START
    m[task + T_AT] = s
    m[task + T_LANE] = m[instance + I_INDEX]
    delay = 0
    table = m[s + S_COLD_TABLE]
    if table:
        ordinal, attempt = m[task + T_REGS], m[task + T_REGS + 1]
        delay = max(0, draw(m, table, m[s + S_COLD_STATE], task, ordinal, attempt, 0))
    put(m, later(m, delay), m[task + T_KEY], (instance << LOAD_BITS) + LOAD_INSTANCE)


@kernel
def come_up(m: Words, instance: int) -> int:
    """Open an instance; the task that started it goes on, if it still waits (0: none), others may come in."""
    s = m[instance + I_STATION]
    m[instance + I_OPEN] = rooms.OPEN
    task = m[instance + I_STARTER]
    m[instance + I_STARTER] = 0
    if task == 0:
        rooms.rest(m, s, instance)
    else:
        books.grant(m, s, m[task + T_ASK])
        serve(m, s, task, instance)
        m[task + T_BLOCK] = AT_NOTHING
        m[task + T_OUTCOME] = 2
        books.tell(m, A_GRANT, task, m[task + T_ROW], m[s + S_NUMBER], 0, 2)
    rooms.list_room(m, s, instance)
    admit(m, s)
    return task


# ---------------------------------------------------------------- work on instances


@kernel
def account(m: Words, s: int) -> None:
    """Close the integral of CPU time up to now."""
    now, busy = m[H_NOW], m[s + S_CPU_BUSY]
    if busy:
        books.spread(m, s, Y_CPU_INTEGRAL, m[s + S_CPU_NS], now, busy)
    m[s + S_CPU_NS] = now


@kernel
def load_changed(m: Words, s: int, instance: int) -> None:
    """Note another number of jobs on an instance."""
    busy = busy_of(m, instance + I_PROCESSOR)
    m[s + S_CPU_BUSY] += busy - m[instance + I_BUSY]
    m[instance + I_BUSY] = busy
    if m[s + S_JOBS_MAX] >= 0:
        rooms.list_room(m, s, instance)
        admit(m, s)


@kernel
def work_on_instance(m: Words, s: int, task: int, demand: int) -> None:
    """Begin a job on the CPU of the instance that the task occupies."""
    node = m[task + T_HOLDINGS]
    while node and m[node + O_STATION] != s:
        node = m[node + O_NEXT]
    if node == 0:
        fail(m, E_NO_PLACE, m[m[task + T_PERSON] + P_ID], m[s + S_NUMBER], 0)
    instance = m[m[s + S_INSTANCES] + m[node + O_INSTANCE]]
    account(m, s)
    m[task + T_BLOCK] = AT_INSTANCE_JOB
    m[task + T_AT] = instance
    m[task + T_ASK] = m[H_NOW]
    begin_job(m, instance + I_PROCESSOR, task, demand)
    load_changed(m, s, instance)


@kernel
def instance_job_done(m: Words, instance: int, task: int) -> None:
    """Note the departure of a job, which may make room."""
    s = m[instance + I_STATION]
    account(m, s)
    span = m[H_NOW] - m[task + T_ASK]
    books.tell(m, A_DEPART, task, m[task + T_ROW], m[s + S_NUMBER], 0, span)
    load_changed(m, s, instance)


@kernel
def cut_instance_job(m: Words, instance: int, task: int) -> None:
    """Cut a job short."""
    s = m[instance + I_STATION]
    account(m, s)
    cut_job(m, instance + I_PROCESSOR, task)
    span = m[H_NOW] - m[task + T_ASK]
    books.tell(m, A_CUT, task, m[task + T_ROW], m[s + S_NUMBER], 0, span)
    load_changed(m, s, instance)


@kernel
def change_instances(m: Words, s: int) -> None:
    """Bring every instance to the cores and the speed of the station."""
    table = m[s + S_INSTANCES]
    for index in range(m[s + S_INDEXES]):
        instance = m[table + index]
        if instance and m[instance + I_OPEN] != rooms.DEAD:
            change(m, instance + I_PROCESSOR, m[s + S_CORES], m[s + S_SPEED])
            load_changed(m, s, instance)
