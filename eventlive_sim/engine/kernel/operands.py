"""Values that rows read and write."""

from __future__ import annotations

from eventlive_sim.engine.kernel.keys import id_of, tab_of
from eventlive_sim.engine.kernel.language import Words, address, inlined, kernel, rare, words
from eventlive_sim.engine.kernel.layout import (
    E_NO_SUCH,
    E_REFUSED,
    E_REGISTER_KEY,
    H_BASE_CALL,
    H_BASE_MEMORY,
    H_BASE_PERSON,
    H_BASE_TAB,
    H_BASE_TASK,
    H_TABS_MAX,
    INDEX_MASK,
    NEVER,
    O_INSTANCE,
    O_NEXT,
    S_KIND,
    S_NUMBER,
    SLOT_MASK,
    SLOT_SHIFT,
    SPACE_PERSON,
    SPACE_PERSON_APART,
    SPACE_SHARED,
    SPACE_SHIFT,
    SPACE_TAB_APART,
    T_CALL,
    T_ENDED,
    T_GRANT,
    T_HOLDINGS,
    T_PERSON,
    T_REGS,
    T_STATUS,
    T_TAB_REGS,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import fail, place_of
from eventlive_sim.engine.kernel.meter import read_meter
from eventlive_sim.engine.kernel.sharing import METER, NO_READING, gauge_of, turn_knob
from eventlive_sim.program.primitives import NO_KEY, Self, Space

SPACE_STATUS, SPACE_METER, SPACE_GAUGE, SPACE_SELF, SPACE_KNOB = (
    int(space) for space in (Space.STATUS, Space.METER, Space.GAUGE, Space.SELF, Space.KNOB)
)
SELF_PERSON, SELF_TAB, SELF_TAB_ID, SELF_INSTANCE, _ = (int(what) for what in Self)


@kernel
def key_in(m: Words, task: int, slot: int) -> int:
    """Return the key in a task register, 0 without a register."""
    return 0 if slot == NO_KEY else m[task + T_REGS + slot]


@kernel
def shared_at(m: Words, task: int, index: int, slot: int) -> int:
    """Place of a shared register; ``index`` is that of its description: first place, keys, number, steps."""
    key = key_in(m, task, slot)
    if key < 0 or key >= m[index + 1]:
        fail(m, E_REGISTER_KEY, m[index + 2], key, 0)
    return place_of(m, m[index], index + 3, key)


@kernel
def read_self(m: Words, task: int, what: int) -> int:
    """What a task is."""
    person = id_of(m, task)
    if what == SELF_PERSON:
        return person
    if what == SELF_TAB:
        return tab_of(m, task)
    if what == SELF_TAB_ID:
        return person * m[H_TABS_MAX] + tab_of(m, task)
    if what != SELF_INSTANCE:
        return m[task + T_GRANT]
    node = m[task + T_HOLDINGS]
    while node:
        if m[node + O_INSTANCE] >= 0:
            return m[node + O_INSTANCE]
        node = m[node + O_NEXT]
    return NEVER


@rare
def read_rare(m: Words, task: int, space: int, index: int, slot: int) -> int:
    """Value of an operand that takes more than a load."""
    if space == SPACE_SHARED:
        return m[shared_at(m, task, index, slot)]
    if space == SPACE_TAB_APART:
        return m[m[task + T_TAB_REGS] + index]
    if space == SPACE_PERSON_APART:
        return m[m[task + T_PERSON] + index]
    if space == SPACE_STATUS:
        return m[task + T_STATUS] if m[task + T_ENDED] else 0
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


@inlined
def bind(m: Words, task: int) -> None:
    """Say whose registers the operands of the next rows mean."""
    m[H_BASE_TASK] = address(m, task)
    m[H_BASE_CALL] = address(m, m[task + T_CALL])
    m[H_BASE_TAB] = address(m, m[task + T_TAB_REGS])
    m[H_BASE_PERSON] = address(m, m[task + T_PERSON])


@inlined
def simple(m: Words, value: int) -> int:
    """Value of an operand that is known to be a word at an index from a base."""
    base = words(m[H_BASE_MEMORY + (value >> SPACE_SHIFT)])
    return base[value & INDEX_MASK]


@inlined
def put_simple(m: Words, dest: int, value: int) -> None:
    """Write where it is known to be such a word."""
    base = words(m[H_BASE_MEMORY + (dest >> SPACE_SHIFT)])
    base[dest & INDEX_MASK] = value


@inlined
def read(m: Words, task: int, value: int) -> int:
    """Value of an operand; most are a word at an index from the base of their space."""
    space, index = value >> SPACE_SHIFT, value & INDEX_MASK
    if space > SPACE_PERSON:
        return read_rare(m, task, space, index, (value >> SLOT_SHIFT) & SLOT_MASK)
    return simple(m, value)


@inlined
def write(m: Words, task: int, dest: int, value: int) -> None:
    """Write a value."""
    space, index = dest >> SPACE_SHIFT, dest & INDEX_MASK
    if space > SPACE_PERSON:
        write_rare(m, task, space, index, (dest >> SLOT_SHIFT) & SLOT_MASK, value)
    else:
        put_simple(m, dest, value)


@inlined
def put_other(m: Words, place: int, value: int) -> None:
    """Write what is not there yet: a word of 0 that nothing else is ever written to takes no memory."""
    if m[place] != value:
        m[place] = value


@rare
def write_rare(m: Words, task: int, space: int, index: int, slot: int, value: int) -> None:
    """Write to what takes more than a store."""
    if space == SPACE_SHARED:
        put_other(m, shared_at(m, task, index, slot), value)
    elif space == SPACE_TAB_APART:
        put_other(m, m[task + T_TAB_REGS] + index, value)
    elif space == SPACE_PERSON_APART:
        put_other(m, m[task + T_PERSON] + index, value)
    elif space == SPACE_KNOB:
        turn_knob(m, index >> 4, index & 15, value)
    else:
        fail(m, E_NO_SUCH, space, 1, 0)
