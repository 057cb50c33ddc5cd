"""Signals: who awaits one now is woken, nothing is remembered."""

from __future__ import annotations

from eventlive_sim.engine.kernel.calendar import ready
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_NOTHING,
    AT_SIGNAL,
    E_SIGNAL_KEY,
    N_LIST,
    N_NEXT,
    N_PREV,
    N_TASK,
    T_BLOCK,
    T_OUTCOME,
    T_WAIT_1,
    T_WAIT_2,
)
from eventlive_sim.engine.kernel.memory import fail


@kernel
def list_of(m: Words, signal: int, key: int) -> int:
    """Head and tail of those that wait; ``signal`` is a description: first list, keys, number."""
    if key < 0 or key >= m[signal + 1]:
        fail(m, E_SIGNAL_KEY, m[signal + 2], key, 0)
    return m[signal] + 2 * key


@kernel
def wait_at(m: Words, task: int, node: int, ends: int) -> None:
    """Add a task to a list through one of its two nodes."""
    tail = m[ends + 1]
    m[node + N_NEXT] = 0
    m[node + N_PREV] = tail
    m[node + N_LIST] = ends
    m[node + N_TASK] = task
    if tail:
        m[tail + N_NEXT] = node
    else:
        m[ends] = node
    m[ends + 1] = node


@kernel
def wait_for(m: Words, task: int, first: int, second: int) -> None:
    """Begin to wait at one list, or two (0: none)."""
    wait_at(m, task, task + T_WAIT_1, first)
    if second and second != first:
        wait_at(m, task, task + T_WAIT_2, second)
    else:
        m[task + T_WAIT_2 + N_LIST] = 0
    m[task + T_BLOCK] = AT_SIGNAL


@kernel
def unlink(m: Words, node: int) -> None:
    """Remove a node from its list."""
    ends = m[node + N_LIST]
    if ends == 0:
        return
    following, previous = m[node + N_NEXT], m[node + N_PREV]
    if previous:
        m[previous + N_NEXT] = following
    else:
        m[ends] = following
    if following:
        m[following + N_PREV] = previous
    else:
        m[ends + 1] = previous


@kernel
def stop_waiting(m: Words, task: int) -> None:
    """Remove a task from all it waits for."""
    unlink(m, task + T_WAIT_1)
    unlink(m, task + T_WAIT_2)


@kernel
def send(m: Words, signal: int, key: int, value: int) -> None:
    """Make every task that awaits the address ready."""
    ends = list_of(m, signal, key)
    while m[ends]:
        task = m[m[ends] + N_TASK]
        stop_waiting(m, task)
        m[task + T_BLOCK] = AT_NOTHING
        m[task + T_OUTCOME] = value
        ready(m, task)
