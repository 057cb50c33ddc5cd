"""How tasks are taken out: deadlines, patience, cancels and ends."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, elastic, queues, sharing, signals, tasks
from eventlive_sim.engine.kernel.acts import (
    CANCEL,
    END,
    give_back,
    go_on,
)  # fmt: skip
from eventlive_sim.engine.kernel.bucket import leave_bucket
from eventlive_sim.engine.kernel.calendar import ready, time_in
from eventlive_sim.engine.kernel.keys import ordinal_of
from eventlive_sim.engine.kernel.language import Words, kernel, rare
from eventlive_sim.engine.kernel.layout import (
    AT_ELASTIC,
    AT_INSTANCE_JOB,
    AT_JOB,
    AT_NOTHING,
    AT_QUEUE,
    AT_SIGNAL,
    AT_START,
    AT_TOKEN,
    D_ACQUIRED,
    D_EXPIRY,
    D_HANDLER,
    D_LEAVING,
    D_NEXT,
    D_ORDINAL,
    E_DEADLINES,
    E_FINALLY,
    E_FINALLY_LOOP,
    G_NEXT,
    G_TAIL,
    H_BASE_CALL,
    H_BASE_PERSON,
    H_BASE_TAB,
    H_BASE_TASK,
    H_CANCELLED,
    H_CODE,
    H_ENDED,
    H_FREE_NODE,
    H_STACK,
    NEVER,
    NEXT,
    NODE,
    O_NEXT,
    O_SERIAL,
    OP_PLAIN,
    P_ID,
    P_NEXT,
    RESUME_HANDLER,
    ROW,
    T_ACQUIRED,
    T_AT,
    T_BLOCK,
    T_DEADLINES,
    T_ENDED,
    T_FINALLY,
    T_GROUP,
    T_HOLDINGS,
    T_JOINING,
    T_LEAVING,
    T_MODE,
    T_OUTCOME,
    T_PARENT,
    T_PARENT_GROUP,
    T_PATIENT,
    T_PERSON,
    T_RESUME,
    T_ROW,
    T_SHAPE,
    T_STACK,
    T_STATE,
    T_STATUS,
    T_WAKE,
    TO_CANCEL,
    TO_CLOSE,
    TO_DETACH,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import fail, give, links, take
from eventlive_sim.engine.kernel.operands import bind
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import DEADLINES, Leaving

A_FIRE, A_CANCEL, A_END, A_DISMISS, A_ARM = (
    int(act) for act in (Act.FIRE, Act.CANCEL, Act.END, Act.DISMISS, Act.ARM)
)  # fmt: skip
LEAVING_CANCEL = int(Leaving.CANCEL)
CANCELLED = -1
ACTS_OF_A_BLOCK = 1_000_000

# ---------------------------------------------------------------- taking out


@kernel
def take_out(m: Words, task: int) -> None:
    """Remove the task from whatever it waits for."""
    block = m[task + T_BLOCK]
    m[task + T_BLOCK] = AT_NOTHING
    if block == AT_QUEUE:
        queues.leave_queue(m, m[task + T_AT], task)
    elif block == AT_TOKEN:
        leave_bucket(m, m[task + T_AT], task)
    elif block == AT_JOB:
        sharing.cut_shared(m, m[task + T_AT], task)
    elif block in (AT_ELASTIC, AT_START):
        elastic.leave_elastic(m, m[task + T_AT], task)
    elif block == AT_INSTANCE_JOB:
        elastic.cut_instance_job(m, m[task + T_AT], task)
    elif block == AT_SIGNAL:
        signals.stop_waiting(m, task)
    m[task + T_WAKE] = NEVER
    m[task + T_PATIENT] = 0
    m[task + T_JOINING] = NEVER


@kernel
def give_back_since(m: Words, task: int, since: int) -> None:
    """Give back what was acquired since, newest first."""
    if not m[task + T_SHAPE] & 1:
        return
    node = m[task + T_HOLDINGS]
    while node and m[node + O_SERIAL] >= since:
        m[task + T_HOLDINGS] = m[node + O_NEXT]
        give_back(m, task, node, m[task + T_ROW], 1)
        node = m[task + T_HOLDINGS]


# ---------------------------------------------------------------- children


@kernel
def stack_child(m: Words, group: int, child: int, leaving: int) -> None:
    """Take a child out of its group, onto the stack of those to let go."""
    tasks.leave_group(m, group, child)
    goes = leaving == LEAVING_CANCEL and m[child + T_LEAVING] == LEAVING_CANCEL
    m[child + T_STATE] = TO_CANCEL if goes else TO_DETACH
    m[child + T_STACK] = m[H_STACK]
    m[H_STACK] = child


@kernel
def stack_children(m: Words, task: int, leaving: int, since: int) -> None:
    """Stack the children of all groups spawned since, the oldest on top."""
    while True:
        youngest, where = 0, 0
        group = m[task + T_GROUP]
        while group:
            child = m[group + G_TAIL]
            if child and (youngest == 0 or ordinal_of(m, child) > ordinal_of(m, youngest)):
                youngest, where = child, group
            group = m[group + G_NEXT]
        if youngest == 0 or ordinal_of(m, youngest) < since:
            break
        stack_child(m, where, youngest, leaving)
    group = m[task + T_GROUP]
    while group:
        tasks.forget(m, group, since)
        group = m[group + G_NEXT]


@kernel
def let_go(m: Words) -> None:
    """Let go of all on the stack: each is cancelled after its elders, its children before what it holds."""
    while True:
        task = m[H_STACK]
        if task == 0:
            return
        state = m[task + T_STATE]
        if state == TO_CANCEL:
            m[task + T_STATE] = TO_CLOSE
            books.tell(m, A_CANCEL, task, m[task + T_ROW], NEVER, NEVER, CANCELLED)
            take_out(m, task)
            m[H_CANCELLED] += 1
            mark_ended(m, task, CANCELLED)
            stack_children(m, task, LEAVING_CANCEL, 0)
            continue
        m[H_STACK] = m[task + T_STACK]
        if state == TO_CLOSE:
            give_back_since(m, task, 0)
            run_finally(m, task)
            tasks.free_task(m, task)
        else:
            books.tell(m, A_DISMISS, task, m[task + T_ROW], NEVER, NEVER, 0)


@kernel
def dismiss_group(m: Words, task: int, index: int) -> None:
    """Empty a group: the living go by their own leaving."""
    group = tasks.find_group(m, task, index)
    if group == 0:
        return
    tasks.forget_all(m, group)
    while m[group + G_TAIL]:
        stack_child(m, group, m[group + G_TAIL], LEAVING_CANCEL)
    let_go(m)
    tasks.free_group(m, task, index)


# ---------------------------------------------------------------- ends


@kernel
def mark_ended(m: Words, task: int, status: int) -> None:
    """Note that a task has ended; its deadlines are void."""
    m[task + T_ENDED] = 1
    m[task + T_STATUS] = status
    drop_deadlines(m, task, 0)


@kernel
def run_finally(m: Words, task: int) -> None:
    """Run the finally block."""
    row = m[task + T_FINALLY]
    if row < 0:
        return
    acting, call, tab, person = m[H_BASE_TASK], m[H_BASE_CALL], m[H_BASE_TAB], m[H_BASE_PERSON]
    bind(m, task)
    run_block(m, task, row)
    m[H_BASE_TASK] = acting
    m[H_BASE_CALL] = call
    m[H_BASE_TAB] = tab
    m[H_BASE_PERSON] = person


@rare
def run_block(m: Words, task: int, row: int) -> None:
    """Run rows that do not wait up to an END."""
    code = m[H_CODE]
    for _ in range(ACTS_OF_A_BLOCK):
        c = code + row * ROW
        op = m[c]
        if op == END:
            return
        # A CANCEL finds no children: they were let go before.
        if op < OP_PLAIN and op != CANCEL:
            fail(m, E_FINALLY, row, op, 0)
        row = m[c + NEXT] if op == CANCEL else go_on(m, task, row, c, op)
    fail(m, E_FINALLY_LOOP, m[task + T_FINALLY], 0, 0)


@kernel
def end(m: Words, task: int, row: int, status: int) -> None:
    """End a task; a parent that joins becomes ready when this decides."""
    m[task + T_ROW] = row
    books.tell(m, A_END, task, row, NEVER, NEVER, status)
    m[H_ENDED] += 1
    mark_ended(m, task, status)
    stack_children(m, task, LEAVING_CANCEL, 0)
    let_go(m)
    give_back_since(m, task, 0)
    run_finally(m, task)
    parent = m[task + T_PARENT]
    if parent:
        tell_parent(m, parent, task, status)
    tasks.free_task(m, task)


@kernel
def tell_parent(m: Words, parent: int, child: int, status: int) -> None:
    """Note the end of a child; a join that this decides goes on."""
    index = m[child + T_PARENT_GROUP]
    group = tasks.find_group(m, parent, index)
    tasks.leave_group(m, group, child)
    if m[parent + T_JOINING] == index:
        decided = tasks.decide_now(m, group, m[parent + T_MODE], status)
        if decided != tasks.UNDECIDED:
            # Its next turn empties the group, and nobody asks before that who ended: that need not be noted.
            m[parent + T_JOINING] = NEVER
            m[parent + T_OUTCOME] = decided
            ready(m, parent)
            return
    tasks.record_end(m, group, ordinal_of(m, child), status)


# ---------------------------------------------------------------- deadlines


@kernel
def arm(m: Words, task: int, row: int, expiry: int, leaving: int, handler: int) -> None:
    """Arm a deadline on top of the stack; an expiry below 0 is 0."""
    person = m[task + T_PERSON]
    if links(m, m[task + T_DEADLINES]) >= DEADLINES:
        fail(m, E_DEADLINES, m[person + P_ID], 0, 0)
    node = take(m, H_FREE_NODE, NODE)
    at = time_in(m, task, max(0, expiry))
    m[node + D_NEXT] = m[task + T_DEADLINES]
    m[node + D_EXPIRY] = at
    m[node + D_LEAVING] = leaving
    m[node + D_HANDLER] = handler
    m[node + D_ACQUIRED] = m[task + T_ACQUIRED] if m[task + T_SHAPE] & 1 else 0
    m[node + D_ORDINAL] = m[person + P_NEXT]
    m[task + T_DEADLINES] = node
    books.tell(m, A_ARM, task, row, NEVER, NEVER, at)


@kernel
def drop_deadlines(m: Words, task: int, until: int) -> None:
    """Disarm the inner deadlines until one (0: all) is the innermost."""
    node = m[task + T_DEADLINES]
    while node != until:
        following = m[node + D_NEXT]
        give(m, H_FREE_NODE, node)
        node = following
    m[task + T_DEADLINES] = node


@kernel
def fire(m: Words, task: int, node: int) -> None:
    """Let a deadline fire; the task goes on at its handler."""
    leaving, handler = m[node + D_LEAVING], m[node + D_HANDLER]
    acquired, ordinal = m[node + D_ACQUIRED], m[node + D_ORDINAL]
    books.tell(m, A_FIRE, task, m[task + T_ROW], NEVER, NEVER, handler)
    drop_deadlines(m, task, m[node + D_NEXT])
    take_out(m, task)
    stack_children(m, task, leaving, ordinal)
    let_go(m)
    give_back_since(m, task, acquired)
    m[task + T_ROW] = handler
    m[task + T_RESUME] = RESUME_HANDLER
