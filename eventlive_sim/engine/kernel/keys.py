"""What the key of a task's events says: the rank of its person, its tab, its ordinal, and a bit for its timers."""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined
from eventlive_sim.engine.kernel.layout import H_RANK_SHIFT, H_TAB_SHIFT, P_ID, T_KEY, T_PERSON


@inlined
def key_of(m: Words, rank: int, tab: int, ordinal: int) -> int:
    """Key of a task."""
    return (rank << m[H_RANK_SHIFT]) + (tab << m[H_TAB_SHIFT]) + 2 * ordinal


@inlined
def id_of(m: Words, task: int) -> int:
    """Number of the person of a task."""
    return m[m[task + T_PERSON] + P_ID]


@inlined
def tab_of(m: Words, task: int) -> int:
    """Tab of a task."""
    return (m[task + T_KEY] & ((1 << m[H_RANK_SHIFT]) - 1)) >> m[H_TAB_SHIFT]


@inlined
def ordinal_of(m: Words, task: int) -> int:
    """Ordinal of a task among those of its person."""
    return (m[task + T_KEY] & ((1 << m[H_TAB_SHIFT]) - 1)) >> 1
