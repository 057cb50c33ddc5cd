"""Processor sharing by virtual time, in float64 with the reference's order of operations."""

from __future__ import annotations

import math

from eventlive_sim.engine.kernel.calendar import later, put
from eventlive_sim.engine.kernel.language import Words, bits, inlined, kernel, real
from eventlive_sim.engine.kernel.layout import (
    H_NOW,
    H_SEQ,
    H_SERIALS,
    J_KEY,
    J_SERIAL,
    J_TASK,
    JOB,
    LOAD_BITS,
    LOAD_PROCESSOR,
    NEVER,
    R_ACTIVE,
    R_BORN,
    R_CORES,
    R_EFFICIENCY,
    R_IS_INSTANCE,
    R_JOBS,
    R_JOBS_CAP,
    R_LAST,
    R_NEFFICIENCY,
    R_NJOBS,
    R_OWNER,
    R_PLANNED,
    R_PLANNED_NS,
    R_RATE,
    R_RATED,
    R_SPEED,
    R_VIRTUAL,
    S_CORES,
    S_EFFICIENCY,
    S_NEFFICIENCY,
    S_SPEED,
    T_KEY,
    T_SERIAL,
)
from eventlive_sim.engine.kernel.memory import larger, take_array

FIRST_JOBS = 8
LONGEST = float(1 << 61)
"""What takes longer, as far as a horizon may be away, never departs (`calendar.later`)."""


@kernel
def make_processor(m: Words, r: int, s: int, owner: int, is_instance: int) -> None:
    """Write a new processor of a station; its array of jobs is kept if the place held one before."""
    m[r + R_CORES] = m[s + S_CORES]
    m[r + R_SPEED] = m[s + S_SPEED]
    m[r + R_EFFICIENCY] = m[s + S_EFFICIENCY]
    m[r + R_NEFFICIENCY] = m[s + S_NEFFICIENCY]
    m[r + R_ACTIVE] = 0
    m[r + R_VIRTUAL] = bits(0.0)
    m[r + R_RATE] = bits(0.0)
    m[r + R_RATED] = 0
    m[r + R_LAST] = 0
    m[r + R_PLANNED_NS] = NEVER
    m[r + R_PLANNED] = NEVER
    m[r + R_NJOBS] = 0
    m[r + R_OWNER] = owner
    m[r + R_IS_INSTANCE] = is_instance
    m[r + R_BORN] = m[H_SEQ]


@kernel
def busy_of(m: Words, r: int) -> int:
    """Thousandths of cores that work."""
    return min(1000 * m[r + R_ACTIVE], m[r + R_CORES])


# ---------------------------------------------------------------- the heap of jobs


@kernel
def earlier(m: Words, a: int, b: int) -> bool:
    """Whether job a comes before job b."""
    f, g = real(m[a]), real(m[b])
    if f != g:
        return f < g
    s, t = m[a + J_KEY], m[b + J_KEY]
    if s != t:
        return s < t
    return m[a + J_SERIAL] < m[b + J_SERIAL]


@kernel
def swap(m: Words, a: int, b: int) -> None:
    """Exchange two jobs."""
    for i in range(JOB):
        x, y = m[a + i], m[b + i]
        m[a + i] = y
        m[b + i] = x


@kernel
def push_job(m: Words, r: int, finish: float, task: int) -> None:
    """Add a job."""
    at, cap = m[r + R_NJOBS], m[r + R_JOBS_CAP]
    if cap == 0:
        cap = FIRST_JOBS
        m[r + R_JOBS] = take_array(m, cap * JOB)
        m[r + R_JOBS_CAP] = cap
    elif at == cap:
        m[r + R_JOBS] = larger(m, m[r + R_JOBS], cap * JOB)
        m[r + R_JOBS_CAP] = 2 * cap
    m[r + R_NJOBS] = at + 1
    jobs = m[r + R_JOBS]
    job = jobs + at * JOB
    m[job] = bits(finish)
    m[job + J_KEY] = m[task + T_KEY]
    m[job + J_SERIAL] = m[task + T_SERIAL]
    m[job + J_TASK] = task
    while at > 0:
        up = (at - 1) >> 1
        if not earlier(m, jobs + at * JOB, jobs + up * JOB):
            break
        swap(m, jobs + at * JOB, jobs + up * JOB)
        at = up


@kernel
def drop_job(m: Words, r: int) -> None:
    """Remove the first job."""
    last, jobs = m[r + R_NJOBS] - 1, m[r + R_JOBS]
    m[r + R_NJOBS] = last
    if last == 0:
        return
    for i in range(JOB):
        m[jobs + i] = m[jobs + last * JOB + i]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and earlier(m, jobs + (child + 1) * JOB, jobs + child * JOB):
            child += 1
        if not earlier(m, jobs + child * JOB, jobs + at * JOB):
            break
        swap(m, jobs + child * JOB, jobs + at * JOB)
        at = child


# ---------------------------------------------------------------- changes


@kernel
def progress(m: Words, r: int) -> None:
    """Bring virtual time up to now."""
    now = m[H_NOW]
    if m[r + R_ACTIVE]:
        m[r + R_VIRTUAL] = bits(real(m[r + R_VIRTUAL]) + (now - m[r + R_LAST]) * real(m[r + R_RATE]))
    m[r + R_LAST] = now


@kernel
def rate_of(m: Words, r: int, active: int) -> float:
    """Progress of one of so many jobs."""
    count = m[r + R_NEFFICIENCY]
    efficiency = m[m[r + R_EFFICIENCY] + min(active, count) - 1] if count else 1_000_000
    return (m[r + R_SPEED] / 1e6) * min(1.0, (m[r + R_CORES] / 1000.0) / active) * (efficiency / 1e6)


@inlined
def plan(m: Words, r: int) -> None:
    """Set the rate, plan the next departure, and enter it."""
    if planned(m, r):
        put_departure(m, r)


@inlined
def put_departure(m: Words, r: int) -> None:
    """Enter the departure that is planned."""
    put(m, m[r + R_PLANNED_NS], m[r + R_PLANNED], (r << LOAD_BITS) + LOAD_PROCESSOR)


@kernel
def planned(m: Words, r: int) -> bool:
    """Set the rate, and plan the next departure; whether it has yet to be entered."""
    active = m[r + R_ACTIVE]
    if not active:
        m[r + R_VIRTUAL] = bits(0.0)
        m[r + R_NJOBS] = 0
        m[r + R_PLANNED] = NEVER
        return False
    if active != m[r + R_RATED]:
        m[r + R_RATED] = active
        m[r + R_RATE] = bits(rate_of(m, r, active))
    rate = real(m[r + R_RATE])
    jobs = m[r + R_JOBS]
    while m[m[jobs + J_TASK] + T_SERIAL] != m[jobs + J_SERIAL]:
        drop_job(m, r)
    if rate <= 0.0:
        m[r + R_PLANNED] = NEVER
        return False
    span = math.ceil(min((real(m[jobs]) - real(m[r + R_VIRTUAL])) / rate, LONGEST))
    time = later(m, max(0, int(span)))
    key = m[jobs + J_KEY]
    if key == m[r + R_PLANNED] and time == m[r + R_PLANNED_NS]:
        return False
    m[r + R_PLANNED] = key
    m[r + R_PLANNED_NS] = time
    return True


@inlined
def begin_job(m: Words, r: int, task: int, demand: int) -> None:
    """Add a job, and enter the departure that this makes the next one."""
    if job_begins(m, r, task, demand):
        put_departure(m, r)


@kernel
def job_begins(m: Words, r: int, task: int, demand: int) -> bool:
    """Add a job; whether a departure has yet to be entered."""
    progress(m, r)
    m[H_SERIALS] += 1
    m[task + T_SERIAL] = m[H_SERIALS]
    m[r + R_ACTIVE] += 1
    push_job(m, r, real(m[r + R_VIRTUAL]) + demand, task)
    return planned(m, r)


@kernel
def cut_job(m: Words, r: int, task: int) -> None:
    """Remove a job."""
    progress(m, r)
    m[task + T_SERIAL] = NEVER
    m[r + R_ACTIVE] -= 1
    plan(m, r)


@kernel
def change(m: Words, r: int, cores: int, speed: int) -> None:
    """Change cores and speed now."""
    progress(m, r)
    m[r + R_CORES] = max(0, cores)
    m[r + R_SPEED] = max(0, speed)
    m[r + R_RATED] = 0
    plan(m, r)


@kernel
def finish_first(m: Words, r: int) -> int:
    """Take the first job out, which is done; its task."""
    progress(m, r)
    task = m[m[r + R_JOBS] + J_TASK]
    drop_job(m, r)
    m[task + T_SERIAL] = NEVER
    m[r + R_ACTIVE] -= 1
    m[r + R_PLANNED] = NEVER
    plan(m, r)
    return task
