"""Tasks: how they begin, the groups of their children, and their records."""

from __future__ import annotations

from eventlive_sim.engine.kernel.calendar import ready
from eventlive_sim.engine.kernel.keys import key_of
from eventlive_sim.engine.kernel.language import Words, inlined, kernel
from eventlive_sim.engine.kernel.layout import (
    C_REGS,
    C_USERS,
    E_ORDINALS,
    F_FAILING,
    F_FAILING_STATUS,
    F_FIRST,
    F_FIRST_STATUS,
    F_LAST,
    F_LAST_STATUS,
    FATES,
    G_FATES,
    G_INDEX,
    G_NEXT,
    G_TAIL,
    GROUP,
    H_ALIVE,
    H_CALL_WORDS,
    H_FREE_CALL,
    H_FREE_FATES,
    H_FREE_GROUP,
    H_FREE_TASK,
    H_ORDINALS,
    H_OWN_CALLS,
    H_PEOPLE,
    H_PERSON_WORDS,
    H_PERSONS,
    H_REGS,
    H_SPAWNED,
    H_TAB_STEPS,
    H_TABS,
    H_TABS_MAX,
    H_TASKS,
    NEVER,
    P_ENTRY,
    P_ID,
    P_NEXT,
    P_RANK,
    RESUME_START,
    T_ACQUIRED,
    T_CALL,
    T_FINALLY,
    T_GRANT,
    T_GROUP,
    T_HOLDINGS,
    T_JOINING,
    T_KEY,
    T_NEXT,
    T_PARENT,
    T_PARENT_GROUP,
    T_PERSON,
    T_PREV,
    T_REGS,
    T_RESUME,
    T_ROW,
    T_SERIAL,
    T_SHAPE,
    T_SIB_NEXT,
    T_SIB_PREV,
    T_TAB_REGS,
    T_WAKE,
    VISITOR,
)
from eventlive_sim.engine.kernel.memory import bump, fail, give, place_of, take
from eventlive_sim.program.primitives import FAILING_STATUS, JoinMode

MODE_ALL, MODE_SETTLED, MODE_FIRST = (int(mode) for mode in JoinMode)
EMPTY_GROUP_STATUS = 200
UNDECIDED = -(1 << 62)


@kernel
def new_call(m: Words) -> int:
    """Return a call record of zeros, with one user."""
    words = m[H_CALL_WORDS]
    call = take(m, H_FREE_CALL, words)
    m[call + C_USERS] = 1
    for i in range(C_REGS, words):
        m[call + i] = 0
    return call


@inlined
def room_of(shape: int) -> int:
    """Registers that a task of a shape has room for."""
    return shape >> 1


@inlined
def take_record(m: Words, shape: int) -> int:
    """Return the record of a task of a shape: twice its room, and 1 for what a visitor of stations has before it."""
    free = m[H_FREE_TASK] + shape
    task = m[free]
    if task:
        m[free] = m[task]
    elif shape & 1:
        task = bump(m, VISITOR + T_REGS + room_of(shape)) + VISITOR
    else:
        task = bump(m, T_REGS + room_of(shape))
    if shape & 1:
        m[task + T_GRANT] = 0
        m[task + T_HOLDINGS] = 0
        m[task + T_ACQUIRED] = 0
        m[task + T_SERIAL] = NEVER
    return task


@kernel
def new_task(m: Words, person: int, tab: int, call: int, shape: int) -> int:
    """Return a task of a person with the next ordinal; the registers that it has room for are the caller's to set."""
    task = take_record(m, shape)
    ordinal = m[person + P_NEXT]
    m[person + P_NEXT] = ordinal + 1
    if ordinal >= m[H_ORDINALS]:
        fail(m, E_ORDINALS, m[person + P_ID], ordinal, 0)
    for i in range(T_REGS):
        m[task + i] = 0
    m[task + T_KEY] = key_of(m, m[person + P_RANK], tab, ordinal)
    m[task + T_SHAPE] = shape
    m[task + T_PERSON] = person
    m[task + T_TAB_REGS] = place_of(m, m[H_TABS], H_TAB_STEPS, m[person + P_ID] * m[H_TABS_MAX] + tab)
    m[task + T_CALL] = call
    m[task + T_WAKE] = NEVER
    m[task + T_JOINING] = NEVER
    m[task + T_FINALLY] = NEVER
    return task


@kernel
def begin(m: Words, task: int, row: int) -> None:
    """Start a new task: it is ready at this instant."""
    m[H_SPAWNED] += 1
    m[H_ALIVE] += 1
    if m[task + T_SHAPE] & 1:
        first = m[H_TASKS]
        m[task + T_NEXT] = first
        m[task + T_PREV] = 0
        if first:
            m[first + T_PREV] = task
        m[H_TASKS] = task
    m[task + T_ROW] = row
    m[task + T_RESUME] = RESUME_START
    ready(m, task)


@kernel
def free_task(m: Words, task: int) -> None:
    """Give back the record of a task that has ended, its groups and its call."""
    if m[task + T_SHAPE] & 1:
        following, previous = m[task + T_NEXT], m[task + T_PREV]
        if previous:
            m[previous + T_NEXT] = following
        else:
            m[H_TASKS] = following
        if following:
            m[following + T_PREV] = previous
    m[H_ALIVE] -= 1
    group = m[task + T_GROUP]
    while group:
        following = m[group + G_NEXT]
        forget_all(m, group)
        give(m, H_FREE_GROUP, group)
        group = following
    call = m[task + T_CALL]
    users = m[call + C_USERS] - 1
    m[call + C_USERS] = users
    if users == 0:
        give(m, H_FREE_CALL, call)
    m[task + T_WAKE] = NEVER
    give(m, m[H_FREE_TASK] + m[task + T_SHAPE], task)


@kernel
def populate(m: Words) -> None:
    """Every person at time 0, with a first task that is ready."""
    person, call = m[H_PERSONS], new_call(m)
    for _ in range(m[H_PEOPLE]):
        if m[H_OWN_CALLS]:
            call = new_call(m)
        else:
            m[call + C_USERS] += 1
        task = new_task(m, person, 0, call, m[H_REGS])
        for i in range(room_of(m[H_REGS])):
            m[task + T_REGS + i] = 0
        begin(m, task, m[person + P_ENTRY])
        person += m[H_PERSON_WORDS]


# ---------------------------------------------------------------- groups of children


@inlined
def find_group(m: Words, task: int, index: int) -> int:
    """Return a group of the task's children, 0 if there is none."""
    group = m[task + T_GROUP]
    while group and m[group + G_INDEX] != index:
        group = m[group + G_NEXT]
    return group


@kernel
def group_of(m: Words, task: int, index: int) -> int:
    """Return a group of the task's children, a new one if there is none."""
    group = find_group(m, task, index)
    if group == 0:
        group = take(m, H_FREE_GROUP, GROUP)
        m[group + G_TAIL] = 0
        m[group + G_FATES] = 0
        m[group + G_INDEX] = index
        m[group + G_NEXT] = m[task + T_GROUP]
        m[task + T_GROUP] = group
    return group


@kernel
def free_group(m: Words, task: int, index: int) -> None:
    """Give back a group that was emptied and has forgotten all, unless it was used again: the next to be taken is near then."""
    group, before = m[task + T_GROUP], 0
    while group and m[group + G_INDEX] != index:
        before = group
        group = m[group + G_NEXT]
    if group and m[group + G_TAIL] == 0 and m[group + G_FATES] == 0:
        if before:
            m[before + G_NEXT] = m[group + G_NEXT]
        else:
            m[task + T_GROUP] = m[group + G_NEXT]
        give(m, H_FREE_GROUP, group)


@inlined
def forget_all(m: Words, group: int) -> None:
    """Forget who ended."""
    fates = m[group + G_FATES]
    if fates:
        m[group + G_FATES] = 0
        give(m, H_FREE_FATES, fates)


@kernel
def forget(m: Words, group: int, since: int) -> None:
    """Forget the children spawned since that ended."""
    fates = m[group + G_FATES]
    if fates:
        if m[fates + F_FIRST] >= since:
            m[fates + F_FIRST] = NEVER
        if m[fates + F_FAILING] >= since:
            m[fates + F_FAILING] = NEVER
        if m[fates + F_LAST] >= since:
            m[fates + F_LAST] = NEVER


@kernel
def join_group(m: Words, parent: int, index: int, child: int) -> None:
    """Add a child to a group."""
    group = group_of(m, parent, index)
    tail = m[group + G_TAIL]
    m[child + T_PARENT] = parent
    m[child + T_PARENT_GROUP] = index
    m[child + T_SIB_PREV] = tail
    m[child + T_SIB_NEXT] = 0
    if tail:
        m[tail + T_SIB_NEXT] = child
    m[group + G_TAIL] = child


@kernel
def leave_group(m: Words, group: int, child: int) -> None:
    """Remove a child that is alive from a group."""
    following, previous = m[child + T_SIB_NEXT], m[child + T_SIB_PREV]
    if previous:
        m[previous + T_SIB_NEXT] = following
    if following:
        m[following + T_SIB_PREV] = previous
    else:
        m[group + G_TAIL] = previous
    m[child + T_PARENT] = 0


@inlined
def fates_of(m: Words, group: int) -> int:
    """Return what became of the group's children, a new record if none has ended yet."""
    fates = m[group + G_FATES]
    if fates == 0:
        fates = take(m, H_FREE_FATES, FATES)
        m[fates + F_FIRST] = NEVER
        m[fates + F_FAILING] = NEVER
        m[group + G_FATES] = fates
    return fates


@inlined
def fails(status: int) -> bool:
    """Whether a join of all goes on with this status at once."""
    return status >= FAILING_STATUS or status < 0


@kernel
def record_end(m: Words, group: int, ordinal: int, status: int) -> None:
    """Note that a child ended."""
    fates = fates_of(m, group)
    m[fates + F_LAST] = ordinal
    m[fates + F_LAST_STATUS] = status
    if m[fates + F_FIRST] < 0:
        m[fates + F_FIRST] = ordinal
        m[fates + F_FIRST_STATUS] = status
    if m[fates + F_FAILING] < 0 and fails(status):
        m[fates + F_FAILING] = ordinal
        m[fates + F_FAILING_STATUS] = status


@kernel
def decide(m: Words, group: int, mode: int) -> int:
    """Status with which a join goes on, or UNDECIDED while it waits."""
    fates = m[group + G_FATES]
    if mode == MODE_ALL and fates and m[fates + F_FAILING] >= 0:
        return m[fates + F_FAILING_STATUS]
    if mode == MODE_FIRST and fates and m[fates + F_FIRST] >= 0:
        return m[fates + F_FIRST_STATUS]
    if m[group + G_TAIL]:
        return UNDECIDED
    return m[fates + F_LAST_STATUS] if fates and m[fates + F_LAST] >= 0 else EMPTY_GROUP_STATUS


@inlined
def decide_now(m: Words, group: int, mode: int, status: int) -> int:
    """Status with which a join that waits goes on, or UNDECIDED, as a child has just ended: those before it decided nothing."""
    if mode == MODE_FIRST or (mode == MODE_ALL and fails(status)) or m[group + G_TAIL] == 0:
        return status
    return UNDECIDED
