"""Values that rows read and write."""

from __future__ import annotations

from eventlive_sim.engine.kernel.layout import (
    E_NO_SUCH,
    E_REGISTER_KEY,
    H_NOW,
    H_TABS_MAX,
    NEVER,
    O_INSTANCE,
    O_NEXT,
    P_ID,
    SPACE_CALL,
    SPACE_MEMORY,
    SPACE_PERSON,
    SPACE_SHARED,
    SPACE_TAB,
    SPACE_TASK,
    T_CALL,
    T_GRANT,
    T_HOLDINGS,
    T_PERSON,
    T_REGS,
    T_STATUS,
    T_TAB,
    T_TAB_REGS,
)
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.memory import fail
from eventlive_sim.engine.kernel.layout import E_REFUSED, S_KIND, S_NUMBER
from eventlive_sim.engine.kernel.meter import read_meter
from eventlive_sim.engine.kernel.sharing import METER, NO_READING, gauge_of, turn_knob
from eventlive_sim.program.primitives import NO_KEY, Self, Space

SPACE_NOW, SPACE_STATUS, SPACE_METER = int(Space.NOW), int(Space.STATUS), int(Space.METER)
SPACE_GAUGE, SPACE_SELF, SPACE_KNOB = int(Space.GAUGE), int(Space.SELF), int(Space.KNOB)
SELF_PERSON, SELF_TAB, SELF_TAB_ID, SELF_INSTANCE, _ = (int(what) for what in Self)


@kernel
def key_in(m: Words, task: int, slot: int) -> int:
    """Return the key in a task register, 0 without a register."""
    return 0 if slot == NO_KEY else m[task + T_REGS + slot]


@kernel
def shared_at(m: Words, task: int, index: int, slot: int) -> int:
    """Place of a shared register; ``index`` is that of its description: first place, keys, number."""
    key = key_in(m, task, slot)
    if key < 0 or key >= m[index + 1]:
        fail(m, E_REGISTER_KEY, m[index + 2], key, 0)
    return m[index] + key


@kernel
def read_self(m: Words, task: int, what: int) -> int:
    """What a task is."""
    person = m[m[task + T_PERSON] + P_ID]
    if what == SELF_PERSON:
        return person
    if what == SELF_TAB:
        return m[task + T_TAB]
    if what == SELF_TAB_ID:
        return person * m[H_TABS_MAX] + m[task + T_TAB]
    if what != SELF_INSTANCE:
        return m[task + T_GRANT]
    node = m[task + T_HOLDINGS]
    while node:
        if m[node + O_INSTANCE] >= 0:
            return m[node + O_INSTANCE]
        node = m[node + O_NEXT]
    return NEVER


@kernel
def read_rare(m: Words, task: int, space: int, index: int, slot: int) -> int:
    """Value of an operand that takes more than a load."""
    if space == SPACE_SHARED:
        return m[shared_at(m, task, index, slot)]
    if space == SPACE_SELF:
        return read_self(m, task, index)
    if space == SPACE_GAUGE:
        return gauge_of(m, index >> 4, key_in(m, task, slot), index & 15)
    if space == SPACE_METER:
        if m[(index >> 4) + S_KIND] != METER:
            fail(m, E_REFUSED, m[(index >> 4) + S_NUMBER], NO_READING, 0)
        return read_meter(m, index >> 4, key_in(m, task, slot), index & 15)
    fail(m, E_NO_SUCH, space, 0, 0)
    return 0


@kernel
def read(m: Words, task: int, value: int) -> int:
    """Value of an operand."""
    space, index = value >> 48, value & 0xFFFFFFFF
    if space == SPACE_MEMORY:
        return m[index]
    if space == SPACE_TASK:
        return m[task + index]
    if space == SPACE_CALL:
        return m[m[task + T_CALL] + index]
    if space == SPACE_TAB:
        return m[m[task + T_TAB_REGS] + index]
    if space == SPACE_PERSON:
        return m[m[task + T_PERSON] + index]
    if space == SPACE_NOW:
        return m[H_NOW]
    if space == SPACE_STATUS:
        return m[task + T_STATUS]
    return read_rare(m, task, space, index, (value >> 32) & 0xFFFF)


@kernel
def write(m: Words, task: int, dest: int, value: int) -> None:
    """Write a value; ``NONE`` drops it."""
    if dest < 0:
        return
    space, index = dest >> 48, dest & 0xFFFFFFFF
    if space == SPACE_TASK:
        m[task + index] = value
    elif space == SPACE_CALL:
        m[m[task + T_CALL] + index] = value
    elif space == SPACE_TAB:
        m[m[task + T_TAB_REGS] + index] = value
    elif space == SPACE_PERSON:
        m[m[task + T_PERSON] + index] = value
    elif space == SPACE_SHARED:
        m[shared_at(m, task, index, (dest >> 32) & 0xFFFF)] = value
    elif space == SPACE_KNOB:
        turn_knob(m, index >> 4, index & 15, value)
    else:
        fail(m, E_NO_SUCH, space, 1, 0)
