"""What happens before the first event and after the last."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, elastic, rooms
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_ELASTIC,
    AT_JOB,
    AT_QUEUE,
    AT_START,
    AT_TOKEN,
    B_SOJOURN_INSIDE,
    H_HORIZON,
    H_NOW,
    H_NSTATIONS,
    H_STATIONS,
    H_TASKS,
    I_ACTIVE,
    I_BORN,
    I_OCCUPIED,
    I_OPEN,
    O_ASK,
    O_NEXT,
    O_STATION,
    S_INDEXES,
    S_INSTANCES,
    S_KIND,
    STATION,
    T_ASK,
    T_AT,
    T_BLOCK,
    T_HOLDINGS,
    T_NEXT,
    Y_INSTANCE_INTEGRAL,
    Y_OCCUPIED_INTEGRAL,
)  # fmt: skip
from eventlive_sim.engine.kernel.sharing import ELASTIC, METER


@kernel
def open_stations(m: Words) -> None:
    """Open the instances that are warm from the start."""
    for number in range(m[H_NSTATIONS]):
        s = m[H_STATIONS] + number * STATION
        if m[s + S_KIND] == ELASTIC:
            rooms.open_first(m, s)


@kernel
def account_tasks(m: Words) -> None:
    """Add the time so far of those who are still inside."""
    horizon, task = m[H_HORIZON], m[H_TASKS]
    while task:
        node = m[task + T_HOLDINGS]
        while node:
            m[m[node + O_STATION] + B_SOJOURN_INSIDE] += horizon - m[node + O_ASK]
            node = m[node + O_NEXT]
        block = m[task + T_BLOCK]
        if block in (AT_QUEUE, AT_TOKEN, AT_JOB, AT_ELASTIC, AT_START):
            m[m[task + T_AT] + B_SOJOURN_INSIDE] += horizon - m[task + T_ASK]
        task = m[task + T_NEXT]


@kernel
def close_instances(m: Words, s: int) -> None:
    """What is alive and occupied is so until the horizon."""
    rooms.retire(m, s)
    elastic.account(m, s)
    now = m[H_NOW]
    for index in range(m[s + S_INDEXES]):
        instance = m[m[s + S_INSTANCES] + index]
        if instance and m[instance + I_OPEN] != rooms.DEAD:
            books.spread(m, s, Y_INSTANCE_INTEGRAL, m[instance + I_BORN], now, 1)
            if m[instance + I_ACTIVE]:
                books.spread(m, s, Y_OCCUPIED_INTEGRAL, m[instance + I_OCCUPIED], now, 1)


@kernel
def close_all(m: Words) -> None:
    """Bring all books up to the horizon."""
    m[H_NOW] = m[H_HORIZON]
    account_tasks(m)
    for number in range(m[H_NSTATIONS]):
        s = m[H_STATIONS] + number * STATION
        kind = m[s + S_KIND]
        if kind == ELASTIC:
            close_instances(m, s)
        if kind != METER:
            books.finish(m, s)
