"""The primitives that may wait, how tasks go on after a wait, and their turns."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, bucket, elastic, queues, sharing, signals, tasks, unwinding
from eventlive_sim.engine.kernel.acts import (
    AWAIT,
    CANCEL,
    DEADLINE,
    END,
    ENTER,
    HOLD,
    JOIN,
    SPAWN,
    WORK,
    a_of,
    after,
    b_of,
    copy,
    count_row,
    drawn_simply,
    go_on,
    set_row,
)  # fmt: skip
from eventlive_sim.engine.kernel.calendar import is_next, later, set_time, time_in, wake_in
from eventlive_sim.engine.kernel.keys import ordinal_of, tab_of
from eventlive_sim.engine.kernel.language import Words, inlined, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_JOB,
    AT_NOTHING,
    C_USERS,
    D_EXPIRY,
    D_NEXT,
    E_LOOP,
    E_NEVER,
    E_PAST_END,
    E_REFUSED,
    E_TAB,
    H_ACTS_MAX,
    H_ACTS_NOW,
    H_CODE,
    H_EVENTS,
    H_NOW,
    NEVER,
    NEXT,
    OP_ADD_THEN_DEADLINE,
    OP_COPY_THEN_HOLD,
    OP_COUNT_THEN_DRAW_HOLD,
    OP_DRAW_HOLD,
    OP_PAST_END,
    P_ID,
    P_TABS,
    R_PLANNED_NS,
    REFUSED,
    RESUME_HANDLER,
    RESUME_START,
    ROW,
    S_KIND,
    S_NUMBER,
    S_PROCESSOR,
    SPAWN_CALL,
    T_AT,
    T_BLOCK,
    T_CALL,
    T_DEADLINES,
    T_FINALLY,
    T_JOINING,
    T_LEAVING,
    T_MODE,
    T_OUTCOME,
    T_PATIENCE,
    T_PATIENT,
    T_PERSON,
    T_REGS,
    T_RESUME,
    T_ROW,
    T_SHAPE,
    T_WAKE,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import fail
from eventlive_sim.engine.kernel.operands import put_simple, read, simple, write
from eventlive_sim.engine.kernel.processor import finish_first
from eventlive_sim.engine.kernel.sharing import BUCKET, ELASTIC, FIFO, LOCK, NO_ENTER, NO_WORK, SHARING
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import ACTS_OF_A_TURN

BLOCKED = -1
A_SPAWN, A_START, A_ASK, A_GRANT, A_REFUSE, A_WORK, A_AWAIT, A_JOIN, A_HOLD, A_WAKE = (
    int(act)
    for act in (
        Act.SPAWN, Act.START, Act.ASK, Act.GRANT, Act.REFUSE, Act.WORK, Act.AWAIT, Act.JOIN, Act.HOLD, Act.WAKE,
    )
)  # fmt: skip

# ---------------------------------------------------------------- primitives that may wait


@inlined
def hold(m: Words, task: int, row: int, c: int) -> int:
    """HOLD."""
    delay = read(m, task, m[c + 2])
    return wait(m, task, row, c, delay)


@inlined
def draw_and_hold(m: Words, task: int, c: int) -> int:
    """DRAW and the HOLD of what was drawn, which is the next row; before it a sum whose number and summand are the last fields."""
    put_simple(m, m[c + 6], simple(m, m[c + 6]) + simple(m, m[c + 7]))
    delay = drawn_simply(m, task, c)
    return wait(m, task, m[c + NEXT], after(m, c), delay)


@inlined
def wait(m: Words, task: int, row: int, c: int, delay: int) -> int:
    """Wait for a time."""
    if delay <= 0:
        return m[c + NEXT]
    books.tell(m, A_HOLD, task, row, NEVER, NEVER, delay)
    m[task + T_ROW] = row
    time = later(m, delay)
    if is_next(m, time):
        m[task + T_WAKE] = time
        return at_once(m[c + NEXT])
    m[task + T_RESUME] = HOLD
    wake_in(m, task, delay)
    return BLOCKED


@inlined
def at_once(row: int) -> int:
    """Say that a task goes on at a row as soon as time has passed: nothing else happens meanwhile."""
    return BLOCKED - 1 - row


@inlined
def pass_time(m: Words, task: int) -> None:
    """Let time pass until a task goes on at once."""
    m[H_EVENTS] += 1
    if m[task + T_BLOCK] == AT_JOB:
        s = m[task + T_AT]
        r = m[s + S_PROCESSOR]
        set_time(m, m[r + R_PLANNED_NS])
        m[task + T_BLOCK] = AT_NOTHING
        finish_first(m, r)
        sharing.job_done(m, s, task)
        return
    set_time(m, m[task + T_WAKE])
    m[task + T_WAKE] = NEVER
    books.tell(m, A_WAKE, task, m[task + T_ROW], NEVER, NEVER, 0)


@kernel
def enter(m: Words, task: int, row: int, c: int) -> int:
    """ENTER."""
    s, key, patience = m[c + 2], read(m, task, m[c + 3]), read(m, task, m[c + 4])
    books.tell(m, A_ASK, task, row, m[s + S_NUMBER], key, patience)
    m[task + T_ROW] = row
    kind = m[s + S_KIND]
    outcome = 0
    if kind in (FIFO, LOCK):
        outcome = queues.enter_queue(m, s, task, key, patience)
    elif kind == BUCKET:
        outcome = bucket.enter_bucket(m, s, task, key, patience)
    elif kind == ELASTIC:
        outcome = elastic.enter_elastic(m, s, task, patience)
    else:
        fail(m, E_REFUSED, m[s + S_NUMBER], NO_ENTER, 0)
    if outcome < 0:
        m[task + T_RESUME] = ENTER
        if outcome == queues.QUEUED and patience > 0:
            m[task + T_PATIENCE] = time_in(m, task, patience)
            m[task + T_PATIENT] = 1
        return BLOCKED
    books.tell(m, A_GRANT if outcome else A_REFUSE, task, row, m[s + S_NUMBER], key, outcome)
    return entered(m, task, c, outcome)


@inlined
def entered(m: Words, task: int, c: int, outcome: int) -> int:
    """Go on after an ENTER."""
    write(m, task, m[c + 5], outcome)
    return m[c + NEXT] if outcome else m[c + REFUSED]


@kernel
def work(m: Words, task: int, row: int, c: int) -> int:
    """WORK."""
    s, demand = m[c + 2], read(m, task, m[c + 3])
    if demand <= 0:
        return m[c + NEXT]
    books.tell(m, A_WORK, task, row, m[s + S_NUMBER], 0, demand)
    m[task + T_ROW] = row
    m[task + T_RESUME] = WORK
    kind = m[s + S_KIND]
    if kind == SHARING:
        if sharing.work_shared(m, s, task, demand):
            return at_once(m[c + NEXT])
    elif kind == ELASTIC:
        elastic.work_on_instance(m, s, task, demand)
    else:
        fail(m, E_REFUSED, m[s + S_NUMBER], NO_WORK, 0)
    return BLOCKED


@kernel
def await_(m: Words, task: int, row: int, c: int) -> int:
    """AWAIT; its sixth field is the number of the second signal."""
    signal, second = m[c + 3], m[c + 5]
    key = read(m, task, m[c + 4])
    key2 = read(m, task, m[c + 6]) if second > 0 else 0
    books.tell(m, A_AWAIT, task, row, m[signal + 2], key, m[c + 7])
    m[task + T_ROW] = row
    m[task + T_RESUME] = AWAIT
    first = signals.list_of(m, signal, key)
    signals.wait_for(m, task, first, signals.list_of(m, second, key2) if second > 0 else 0)
    return BLOCKED


@kernel
def join(m: Words, task: int, row: int, c: int) -> int:
    """JOIN."""
    index, mode = m[c + 3], m[c + 4]
    decided = tasks.decide(m, tasks.group_of(m, task, index), mode)
    m[task + T_ROW] = row
    if decided != tasks.UNDECIDED:
        m[task + T_OUTCOME] = decided
        return joined(m, task, row, c)
    m[task + T_JOINING] = index
    m[task + T_MODE] = mode
    m[task + T_RESUME] = JOIN
    return BLOCKED


@kernel
def joined(m: Words, task: int, row: int, c: int) -> int:
    """Go on after a join."""
    index = m[c + 3]
    books.tell(m, A_JOIN, task, row, NEVER, index, m[task + T_OUTCOME])
    unwinding.dismiss_group(m, task, index)
    write(m, task, m[c + 2], m[task + T_OUTCOME])
    return m[c + NEXT]


@kernel
def spawn(m: Words, task: int, row: int, c: int) -> None:
    """SPAWN; a tab of -1 keeps the tab."""
    person, tab = m[task + T_PERSON], tab_of(m, task)
    if m[c + 3] != NEVER:
        tab = read(m, task, m[c + 3])
    if tab < 0 or tab >= m[person + P_TABS]:
        fail(m, E_TAB, m[person + P_ID], m[person + P_TABS], tab)
    index, call = m[c + 2], m[task + T_CALL]
    if m[c + SPAWN_CALL] & 1:
        call = tasks.new_call(m)
    else:
        m[call + C_USERS] += 1
    shape = m[c + SPAWN_CALL] >> 1
    child = tasks.new_task(m, person, tab, call, shape)
    for i in range(min(tasks.room_of(shape), tasks.room_of(m[task + T_SHAPE]))):
        m[child + T_REGS + i] = m[task + T_REGS + i]
    m[child + T_LEAVING] = m[c + 5]
    m[child + T_FINALLY] = m[c + 6]
    tasks.join_group(m, task, index, child)
    ordinal = ordinal_of(m, child)
    books.tell(m, A_SPAWN, task, row, NEVER, index, ordinal)
    tasks.begin(m, child, m[c + 1])
    write(m, task, m[c + 7], ordinal)


# ---------------------------------------------------------------- after a wait


@kernel
def resume(m: Words, task: int) -> int:
    """Go on after a wait; the next row."""
    how, row = m[task + T_RESUME], m[task + T_ROW]
    c = m[H_CODE] + row * ROW
    if how == HOLD:
        books.tell(m, A_WAKE, task, row, NEVER, NEVER, 0)
        return m[c + NEXT]
    if how == WORK:
        return m[c + NEXT]
    if how == RESUME_HANDLER:
        return row
    if how == RESUME_START:
        books.tell(m, A_START, task, row, NEVER, NEVER, 0)
        return row
    if how == ENTER:
        if m[task + T_BLOCK] != AT_NOTHING:
            bucket.token_came(m, task)
        return entered(m, task, c, m[task + T_OUTCOME])
    if how == AWAIT:
        books.tell(m, A_WAKE, task, row, NEVER, NEVER, m[task + T_OUTCOME])
        write(m, task, m[c + 2], m[task + T_OUTCOME])
        return m[c + NEXT]
    if how == JOIN:
        return joined(m, task, row, c)
    fail(m, E_NEVER, row, how, 0)
    return BLOCKED


# ---------------------------------------------------------------- turns


@inlined
def arm(m: Words, task: int, row: int, c: int) -> int:
    """DEADLINE."""
    unwinding.arm(m, task, row, read(m, task, m[c + 2]), m[c + 3], m[c + 4])
    return m[c + NEXT]


@inlined
def act(m: Words, task: int, row: int, c: int) -> int:
    """Act on a row; the next row or BLOCKED."""
    op = m[c]
    if op == HOLD:
        return hold(m, task, row, c)
    if op == OP_DRAW_HOLD:
        return draw_and_hold(m, task, c)
    if op == OP_COUNT_THEN_DRAW_HOLD:
        count_row(m, task, row, c)
        return draw_and_hold(m, task, after(m, c))
    if op == OP_COPY_THEN_HOLD:
        copy(m, c + 2)
        return hold(m, task, m[c + NEXT], after(m, c))
    if op == ENTER:
        return enter(m, task, row, c)
    if op == WORK:
        return work(m, task, row, c)
    if op == AWAIT:
        return await_(m, task, row, c)
    if op == JOIN:
        return join(m, task, row, c)
    if op == SPAWN:
        spawn(m, task, row, c)
        return row + 1
    if op == DEADLINE:
        return arm(m, task, row, c)
    if op == OP_ADD_THEN_DEADLINE:
        set_row(m, c, a_of(m, c) + b_of(m, c))
        return arm(m, task, m[c + NEXT], after(m, c))
    if op == CANCEL:
        unwinding.dismiss_group(m, task, m[c + 2])
        return m[c + NEXT]
    if op == END:
        unwinding.end(m, task, row, read(m, task, m[c + 2]))
        return BLOCKED
    if op == OP_PAST_END:
        fail(m, E_PAST_END, m[m[task + T_PERSON] + P_ID], 0, 0)
    return go_on(m, task, row, c, op)


@inlined
def turn(m: Words, task: int) -> None:
    """Let a task whose wait is over act until it blocks or ends, through waits that nothing else comes before."""
    code, row = m[H_CODE], resume(m, task)
    while True:
        left = ACTS_OF_A_TURN
        while row >= 0 and left:
            row = act(m, task, row, code + row * ROW)
            left -= 1
        settle(m, task, row, left)
        if row >= BLOCKED:
            break
        pass_time(m, task)
        row = at_once(row)


@inlined
def settle(m: Words, task: int, row: int, left: int) -> None:
    """Note how often a task acted at this instant; too many acts are an error."""
    done = m[H_ACTS_NOW] + ACTS_OF_A_TURN - left
    m[H_ACTS_NOW] = done
    if row >= 0 or done > m[H_ACTS_MAX]:
        # The record of a task that ended is free by now, but nobody has taken it yet.
        fail(m, E_LOOP, m[m[task + T_PERSON] + P_ID], m[H_NOW], row if row >= 0 else m[task + T_ROW])


@kernel
def expire(m: Words, task: int) -> bool:
    """Let the outermost deadline that is due fire, else the patience; whether one was due and the task goes on."""
    now = m[H_NOW]
    node, due = m[task + T_DEADLINES], 0
    while node:
        if m[node + D_EXPIRY] == now:
            due = node
        node = m[node + D_NEXT]
    if due:
        unwinding.fire(m, task, due)
        return True
    if m[task + T_PATIENT] and m[task + T_PATIENCE] == now:
        unwinding.take_out(m, task)
        m[task + T_OUTCOME] = 0
        return True
    return False
