"""Processor-sharing stations, and the gauges and knobs of all stations."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, elastic, rooms
from eventlive_sim.engine.kernel.calendar import is_next
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_JOB,
    B_INSIDE,
    B_WAITING,
    E_REFUSED,
    H_NOW,
    LANE_BUSY,
    R_ACTIVE,
    R_CORES,
    R_PLANNED,
    R_PLANNED_NS,
    R_SPEED,
    S_CONCURRENCY,
    S_CORES,
    S_KEYS,
    S_KIND,
    S_NINSTANCES,
    S_NUMBER,
    S_PROCESSOR,
    S_SERVERS,
    S_SERVING,
    S_SPEED,
    T_ASK,
    T_AT,
    T_BLOCK,
    T_KEY,
    T_ROW,
    TOKENS_WAITING,
)
from eventlive_sim.engine.kernel.memory import fail
from eventlive_sim.engine.kernel.processor import busy_of, change, cut_job, job_begins, put_departure
from eventlive_sim.engine.kernel.queues import change_servers, check_key, lane_of, waiting_at
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Gauge, Knob, StationKind

FIFO, SHARING, LOCK, BUCKET, METER, ELASTIC = (int(kind) for kind in StationKind)
G_INSIDE, G_WAITING, G_IN_SERVICE, G_BUSY_INTEGRAL, G_SERVERS, G_SPEED, G_INSTANCES = (int(gauge) for gauge in Gauge)
K_SERVERS, K_CORES, K_SPEED = (int(knob) for knob in Knob)
A_DEPART, A_CUT = int(Act.DEPART), int(Act.CUT)

# What a station refused, for the message: 100 and more is a knob.
NO_ENTER, NO_WORK, NO_ADD, NO_READING, NO_KNOB = 0, 1, 2, 3, 100


@kernel
def work_shared(m: Words, s: int, task: int, demand: int) -> bool:
    """Begin a job; whether its departure is what comes next of all, and so was not entered."""
    books.grant_at_once(m, s)
    m[task + T_BLOCK] = AT_JOB
    m[task + T_AT] = s
    m[task + T_ASK] = m[H_NOW]
    r = m[s + S_PROCESSOR]
    enters = job_begins(m, r, task, demand)
    books.set_busy(m, s, busy_of(m, r))
    if not enters:
        return False
    if m[r + R_PLANNED] == m[task + T_KEY] and is_next(m, m[r + R_PLANNED_NS]):
        return True
    put_departure(m, r)
    return False


@kernel
def job_done(m: Words, s: int, task: int) -> None:
    """Book a departure."""
    ask = m[task + T_ASK]
    books.depart(m, s, ask, 0)
    books.set_busy(m, s, busy_of(m, m[s + S_PROCESSOR]))
    books.tell(m, A_DEPART, task, m[task + T_ROW], m[s + S_NUMBER], 0, m[H_NOW] - ask)


@kernel
def cut_shared(m: Words, s: int, task: int) -> None:
    """Cut a job short."""
    ask, r = m[task + T_ASK], m[s + S_PROCESSOR]
    books.depart(m, s, ask, 1)
    cut_job(m, r, task)
    books.set_busy(m, s, busy_of(m, r))
    books.tell(m, A_CUT, task, m[task + T_ROW], m[s + S_NUMBER], 0, m[H_NOW] - ask)


# ---------------------------------------------------------------- gauges


@kernel
def gauge_of(m: Words, s: int, key: int, gauge: int) -> int:
    """Read a gauge; those that a kind does not have are 0."""
    kind = m[s + S_KIND]
    if kind in (FIFO, LOCK):
        return queue_gauge(m, s, key, gauge)
    if kind == SHARING:
        return sharing_gauge(m, s, gauge)
    if kind == ELASTIC:
        return elastic_gauge(m, s, gauge)
    if kind == BUCKET and (gauge in (G_INSIDE, G_WAITING)) and 0 <= key < m[s + S_KEYS]:
        return m[lane_of(m, s, key) + TOKENS_WAITING]
    return 0


@kernel
def queue_gauge(m: Words, s: int, key: int, gauge: int) -> int:
    """Read a gauge of a key; integral and servers are those of the station and of one key."""
    if gauge == G_SERVERS:
        return m[s + S_SERVERS]
    if gauge == G_BUSY_INTEGRAL:
        return books.busy_integral(m, s)
    check_key(m, s, key)
    lane = lane_of(m, s, key)
    busy, waiting = m[lane + LANE_BUSY], waiting_at(m, lane)
    if gauge == G_INSIDE:
        return busy + waiting
    if gauge == G_WAITING:
        return waiting
    return busy if gauge == G_IN_SERVICE else 0


@kernel
def sharing_gauge(m: Words, s: int, gauge: int) -> int:
    """Read a gauge; servers and busy integral are in thousandths of a core."""
    r = m[s + S_PROCESSOR]
    if gauge == G_BUSY_INTEGRAL:
        return books.busy_integral(m, s)
    if gauge == G_SERVERS:
        return m[r + R_CORES]
    if gauge == G_SPEED:
        return m[r + R_SPEED]
    return m[r + R_ACTIVE] if gauge in (G_INSIDE, G_IN_SERVICE) else 0


@kernel
def elastic_gauge(m: Words, s: int, gauge: int) -> int:
    """Read a gauge: inside, waiting and in service count requests; servers are places on instances."""
    rooms.retire(m, s)
    if gauge == G_INSIDE:
        return m[s + B_INSIDE]
    if gauge == G_WAITING:
        return m[s + B_WAITING]
    if gauge == G_IN_SERVICE:
        return m[s + S_SERVING]
    if gauge == G_BUSY_INTEGRAL:
        return books.busy_integral(m, s)
    if gauge == G_SERVERS:
        return m[s + S_NINSTANCES] * m[s + S_CONCURRENCY]
    if gauge == G_SPEED:
        return m[s + S_SPEED]
    return m[s + S_NINSTANCES]


# ---------------------------------------------------------------- knobs


@kernel
def turn_knob(m: Words, s: int, knob: int, value: int) -> None:
    """Change a station now."""
    kind = m[s + S_KIND]
    if (kind in (FIFO, LOCK)) and knob == K_SERVERS:
        change_servers(m, s, value)
    elif kind == SHARING and knob != K_SERVERS:
        r = m[s + S_PROCESSOR]
        books.row_now(m, s)
        if knob == K_CORES:
            change(m, r, value, m[r + R_SPEED])
        else:
            change(m, r, m[r + R_CORES], value)
        books.resize(m, s, m[r + R_CORES])
        books.set_busy(m, s, busy_of(m, r))
    elif kind == ELASTIC and knob != K_SERVERS:
        elastic.account(m, s)
        m[s + (S_CORES if knob == K_CORES else S_SPEED)] = max(0, value)
        elastic.change_instances(m, s)
    else:
        fail(m, E_REFUSED, m[s + S_NUMBER], NO_KNOB + knob, 0)
