"""The primitives that go on at once; a finally block is made of these."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books, elastic, signals
from eventlive_sim.engine.kernel.draws import draw
from eventlive_sim.engine.kernel.language import Words, inlined, kernel, rare
from eventlive_sim.engine.kernel.layout import (
    D_EXPIRY,
    D_NEXT,
    E_DISARM,
    E_REFUSED,
    E_TAG,
    H_CODE,
    H_FREE_NODE,
    H_NOW,
    NEVER,
    NEXT,
    O_ASK,
    O_INSTANCE,
    O_KEY,
    O_NEXT,
    O_STATION,
    OP_ADD,
    OP_ANY_SET,
    OP_ANY_TEST,
    OP_COPIES,
    OP_COPIES_THEN_DRAW_ADD,
    OP_COUNT,
    OP_COUNT_TREND,
    OP_DISARM,
    OP_DISARM_THEN_LEAVE,
    OP_DRAW,
    OP_DRAW_ADD,
    OP_JUMP,
    OP_LEAVE,
    OP_NE_THEN_NE,
    OP_SET,
    OP_SIGNAL,
    OP_TEST,
    P_ID,
    ROW,
    S_KIND,
    S_NUMBER,
    T_DEADLINES,
    T_HOLDINGS,
    T_PERSON,
    T_REGS,
    TAG_MAX,
    TAG_MIN,
)
from eventlive_sim.engine.kernel.memory import fail, give
from eventlive_sim.engine.kernel.meter import add_to_meter
from eventlive_sim.engine.kernel.operands import put_simple, read, simple, write
from eventlive_sim.engine.kernel.queues import free_server
from eventlive_sim.engine.kernel.sharing import ELASTIC, METER, NO_ADD
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Cmp, Fn, Op

(
    HOLD, ENTER, WORK, LEAVE, DRAW, SET, TEST, JUMP, SIGNAL, AWAIT, SPAWN, JOIN, DEADLINE, DISARM, CANCEL, ADD, COUNT,
    END,
) = (int(op) for op in Op)  # fmt: skip
COPY, PLUS, MINUS, TIMES, DIV, MIN, MAX = (int(fn) for fn in Fn)
EQ, NE, LT, LE, GT, GE = (int(cmp) for cmp in Cmp)
A_LEAVE, A_DISARM, A_SIGNAL, A_COUNT = int(Act.LEAVE), int(Act.DISARM), int(Act.SIGNAL), int(Act.COUNT)


@inlined
def divide(a: int, b: int) -> int:
    """Floor division in 64 bits; by zero it gives 0."""
    if b == 0:
        return 0
    return -a if b == -1 else a // b


@kernel
def give_back(m: Words, task: int, node: int, row: int, cut: int) -> None:
    """Give one server back; the holding is out of the task's list."""
    s, key, ask, index = m[node + O_STATION], m[node + O_KEY], m[node + O_ASK], m[node + O_INSTANCE]
    give(m, H_FREE_NODE, node)
    books.tell(m, A_LEAVE, task, row, m[s + S_NUMBER], key, m[H_NOW] - ask)
    if m[s + S_KIND] == ELASTIC:
        elastic.end_request(m, s, index, ask, cut)
    else:
        free_server(m, s, key, ask, cut)


@kernel
def leave(m: Words, task: int, row: int, s: int, key: int) -> None:
    """Give back the last acquired server of a station and key."""
    node, later = m[task + T_HOLDINGS], 0
    while node:
        if m[node + O_STATION] == s and m[node + O_KEY] == key:
            if later:
                m[later + O_NEXT] = m[node + O_NEXT]
            else:
                m[task + T_HOLDINGS] = m[node + O_NEXT]
            give_back(m, task, node, row, 0)
            return
        later = node
        node = m[node + O_NEXT]


@inlined
def drawn(m: Words, task: int, c: int) -> int:
    """Value of a DRAW; its fields are dest, table, state of the stream, occurrence, exogenous."""
    occurrence = read(m, task, m[c + 5])
    ordinal = attempt = 0
    if m[c + 6] != 1:
        ordinal, attempt = m[task + T_REGS], m[task + T_REGS + 1]
    return draw(m, m[c + 3], m[c + 4], task, ordinal, attempt, occurrence)


@inlined
def drawn_simply(m: Words, task: int, c: int) -> int:
    """Value of a DRAW of a joined row: endogenous, its occurrence a load; it is written as well."""
    value = draw(m, m[c + 3], m[c + 4], task, m[task + T_REGS], m[task + T_REGS + 1], simple(m, m[c + 5]))
    put_simple(m, m[c + 2], value)
    return value


@inlined
def draw_and_add(m: Words, task: int, c: int) -> None:
    """DRAW and the SET that adds it to another number; its last fields are that number and the dest of the sum."""
    value = drawn_simply(m, task, c)
    put_simple(m, m[c + 7], simple(m, m[c + 6]) + value)


@inlined
def after(m: Words, c: int) -> int:
    """Place of the row that comes next, which a chain acts on as well."""
    return m[H_CODE] + m[c + NEXT] * ROW


@inlined
def copy(m: Words, at: int) -> None:
    """Copy of a joined row: dest and source, neither of which takes more than a load."""
    put_simple(m, m[at], simple(m, m[at + 1]))


@inlined
def count_row(m: Words, task: int, row: int, c: int) -> None:
    """COUNT of a counter series; its fields are the place of its first tag, tag, value, series."""
    tag, value = read(m, task, m[c + 3]), read(m, task, m[c + 4])
    books.tell(m, A_COUNT, task, row, m[c + 5], tag, value)
    if tag < TAG_MIN or tag > TAG_MAX:
        fail(m, E_TAG, row, tag, 0)
    books.count_up(m, m[c + 2] + tag - TAG_MIN, value)


@inlined
def count_trend_row(m: Words, task: int, row: int, c: int) -> None:
    """COUNT of a trend series; its fields are the place of its trends by window, tag, value, series."""
    tag, value = read(m, task, m[c + 3]), read(m, task, m[c + 4])
    books.tell(m, A_COUNT, task, row, m[c + 5], tag, value)
    books.add_to_trend(m, m[c + 2], value)


@rare
def signal_row(m: Words, task: int, row: int, c: int) -> None:
    """SIGNAL."""
    signal, key, value = m[c + 2], read(m, task, m[c + 3]), read(m, task, m[c + 4])
    books.tell(m, A_SIGNAL, task, row, m[signal + 2], key, value)
    signals.send(m, signal, key, value)


@rare
def add_row(m: Words, task: int, c: int) -> None:
    """ADD."""
    s = m[c + 2]
    key, weight = read(m, task, m[c + 3]), read(m, task, m[c + 4])
    if m[s + S_KIND] != METER:
        fail(m, E_REFUSED, m[s + S_NUMBER], NO_ADD, 0)
    add_to_meter(m, s, key, weight)


@kernel
def disarm(m: Words, task: int, row: int) -> None:
    """Disarm the innermost deadline."""
    node = m[task + T_DEADLINES]
    if node == 0:
        fail(m, E_DISARM, row, m[m[task + T_PERSON] + P_ID], 0)
    m[task + T_DEADLINES] = m[node + D_NEXT]
    books.tell(m, A_DISARM, task, row, NEVER, NEVER, m[node + D_EXPIRY])
    give(m, H_FREE_NODE, node)


@inlined
def set_row(m: Words, c: int, value: int) -> None:
    """Write the value of a SET; its fields are dest, a, b."""
    put_simple(m, m[c + 2], value)


@inlined
def a_of(m: Words, c: int) -> int:
    """First number of a SET."""
    return simple(m, m[c + 3])


@inlined
def b_of(m: Words, c: int) -> int:
    """Second number of a SET."""
    return simple(m, m[c + 4])


@rare
def set_any(m: Words, task: int, c: int, fn: int) -> None:
    """SET whose operands may take more than a load or store; not a copy, which is the most frequent."""
    a, b = read(m, task, m[c + 3]), read(m, task, m[c + 4])
    value = a + b
    if fn == MINUS:
        value = a - b
    elif fn == TIMES:
        value = a * b
    elif fn == DIV:
        value = divide(a, b)
    elif fn == MIN:
        value = min(a, b)
    elif fn == MAX:
        value = max(a, b)
    write(m, task, m[c + 2], value)


@rare
def test_any(m: Words, task: int, c: int, cmp: int) -> int:
    """TEST whose operands may take more than a load; not of what is unequal, which is the most frequent."""
    a, b = read(m, task, m[c + 2]), read(m, task, m[c + 3])
    if cmp == EQ:
        return test_row(m, c, a == b)
    if cmp == LT:
        return test_row(m, c, a < b)
    if cmp == LE:
        return test_row(m, c, a <= b)
    if cmp == GT:
        return test_row(m, c, a > b)
    return test_row(m, c, a >= b)


@inlined
def test_row(m: Words, c: int, holds: bool) -> int:
    """Return where a TEST goes; its fields are a, b, target."""
    return m[c + 4] if holds else m[c + NEXT]


@inlined
def go_on_otherwise(m: Words, task: int, row: int, c: int, op: int) -> int:
    """Act on a row that does not wait and does more than reckon; the next row."""
    if op == OP_NE_THEN_NE:
        if simple(m, m[c + 2]) != a_of(m, c):
            return m[c + 4]
        c = after(m, c)
        return test_row(m, c, simple(m, m[c + 2]) != a_of(m, c))
    if op == OP_JUMP:
        return m[c + 2]
    if op == OP_DRAW:
        write(m, task, m[c + 2], drawn(m, task, c))
    elif op == OP_COUNT:
        count_row(m, task, row, c)
    elif op == OP_COUNT_TREND:
        count_trend_row(m, task, row, c)
    elif op == OP_LEAVE:
        leave(m, task, row, m[c + 2], read(m, task, m[c + 3]))
    elif op == OP_SIGNAL:
        signal_row(m, task, row, c)
    elif op == OP_ADD:
        add_row(m, task, c)
    elif op == OP_DISARM:
        disarm(m, task, row)
    elif op == OP_DISARM_THEN_LEAVE:
        disarm(m, task, row)
        row = m[c + NEXT]
        c = after(m, c)
        leave(m, task, row, m[c + 2], read(m, task, m[c + 3]))
    elif op == OP_ANY_SET + COPY:
        write(m, task, m[c + 2], read(m, task, m[c + 3]))
    elif op == OP_ANY_TEST + NE:
        return test_row(m, c, read(m, task, m[c + 2]) != read(m, task, m[c + 3]))
    elif op >= OP_ANY_TEST:
        return test_any(m, task, c, op - OP_ANY_TEST)
    elif op >= OP_ANY_SET:
        set_any(m, task, c, op - OP_ANY_SET)
    return m[c + NEXT]


@inlined
def go_on(m: Words, task: int, row: int, c: int, op: int) -> int:
    """Act on a row that does not wait; the next row."""
    if op == OP_SET + COPY:
        set_row(m, c, a_of(m, c))
    elif op == OP_SET + PLUS:
        set_row(m, c, a_of(m, c) + b_of(m, c))
    elif op == OP_SET + MINUS:
        set_row(m, c, a_of(m, c) - b_of(m, c))
    elif op == OP_SET + TIMES:
        set_row(m, c, a_of(m, c) * b_of(m, c))
    elif op == OP_SET + DIV:
        set_row(m, c, divide(a_of(m, c), b_of(m, c)))
    elif op == OP_SET + MIN:
        set_row(m, c, min(a_of(m, c), b_of(m, c)))
    elif op == OP_SET + MAX:
        set_row(m, c, max(a_of(m, c), b_of(m, c)))
    elif op == OP_COPIES:
        copy(m, c + 2)
    elif op == OP_COPIES + 1:
        copy(m, c + 2)
        copy(m, c + 4)
    elif op == OP_COPIES + 2:
        copy(m, c + 2)
        copy(m, c + 4)
        copy(m, c + 6)
    elif op == OP_COPIES_THEN_DRAW_ADD:
        copy(m, c + 2)
        copy(m, c + 4)
        c = after(m, c)
        draw_and_add(m, task, c)
    elif op == OP_DRAW_ADD:
        draw_and_add(m, task, c)
    elif op == OP_TEST + EQ:
        return test_row(m, c, simple(m, m[c + 2]) == a_of(m, c))
    elif op == OP_TEST + NE:
        return test_row(m, c, simple(m, m[c + 2]) != a_of(m, c))
    elif op == OP_TEST + LT:
        return test_row(m, c, simple(m, m[c + 2]) < a_of(m, c))
    elif op == OP_TEST + LE:
        return test_row(m, c, simple(m, m[c + 2]) <= a_of(m, c))
    elif op == OP_TEST + GT:
        return test_row(m, c, simple(m, m[c + 2]) > a_of(m, c))
    elif op == OP_TEST + GE:
        return test_row(m, c, simple(m, m[c + 2]) >= a_of(m, c))
    else:
        return go_on_otherwise(m, task, row, c, op)
    return m[c + NEXT]
