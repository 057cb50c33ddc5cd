"""What the key of a task's events says: the rank of its person, its tab, its ordinal, and a bit for its timers."""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined, signed
from eventlive_sim.engine.kernel.layout import (
    H_PERSON_INVERSE,
    H_PERSON_SHIFT,
    H_PERSONS,
    H_RANK_SHIFT,
    H_TAB_SHIFT,
    T_KEY,
    T_PERSON,
)


@inlined
def key_of(m: Words, rank: int, tab: int, ordinal: int) -> int:
    """Key of a task."""
    return (rank << m[H_RANK_SHIFT]) + (tab << m[H_TAB_SHIFT]) + 2 * ordinal


@inlined
def id_of(m: Words, task: int) -> int:
    """Number of the person of a task, as the record's place says it: the record itself may be far away when a draw asks.

    That is a division without remainder, by the words of a record: by a power of two, and by an odd number, whose inverse in 64
    bits gives the exact quotient (Warren, Hacker's Delight, 10-16).
    """
    return signed(((m[task + T_PERSON] - m[H_PERSONS]) >> m[H_PERSON_SHIFT]) * m[H_PERSON_INVERSE])


@inlined
def tab_of(m: Words, task: int) -> int:
    """Tab of a task."""
    return (m[task + T_KEY] & ((1 << m[H_RANK_SHIFT]) - 1)) >> m[H_TAB_SHIFT]


@inlined
def ordinal_of(m: Words, task: int) -> int:
    """Ordinal of a task among those of its person."""
    return (m[task + T_KEY] & ((1 << m[H_TAB_SHIFT]) - 1)) >> 1
