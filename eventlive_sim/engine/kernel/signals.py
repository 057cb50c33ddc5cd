"""Signals: who awaits one now is woken, nothing is remembered."""

from __future__ import annotations

from eventlive_sim.engine.kernel.calendar import ready
from eventlive_sim.engine.kernel.language import Words, inlined, kernel, rare
from eventlive_sim.engine.kernel.layout import (
    AT_NOTHING,
    AT_SIGNAL,
    E_SIGNAL_KEY,
    ENDS_FIRST,
    ENDS_LAST,
    H_FREE_WAIT,
    N_LIST,
    N_NEXT,
    N_PREV,
    N_TASK,
    T_BLOCK,
    T_OUTCOME,
    T_WAIT_1,
    T_WAIT_2,
    WAIT,
)
from eventlive_sim.engine.kernel.memory import fail, give, place_of, take


@kernel
def list_of(m: Words, signal: int, key: int) -> int:
    """Head and tail of those that wait; ``signal`` is a description: first list, keys, number, steps."""
    if key < 0 or key >= m[signal + 1]:
        fail(m, E_SIGNAL_KEY, m[signal + 2], key, 0)
    return place_of(m, m[signal], signal + 3, key)


@inlined
def node_at(m: Words, task: int, ends: int, tail: int) -> int:
    """Return a node for a task, the last of a list so far."""
    node = take(m, H_FREE_WAIT, WAIT)
    m[node + N_NEXT] = 0
    m[node + N_PREV] = tail
    m[node + N_LIST] = ends
    m[node + N_TASK] = task
    m[ends + ENDS_LAST] = node
    return node


@rare
def add_to_others(m: Words, task: int, ends: int, first: int) -> int:
    """Add a task to a list at which others wait; if it is only one, that one gets a node as well."""
    if first < 0:
        alone = node_at(m, -first, ends, 0)
        m[ends + ENDS_FIRST] = alone
        if m[-first + T_WAIT_1] == -ends:
            m[-first + T_WAIT_1] = alone
        else:
            m[-first + T_WAIT_2] = alone
    tail = m[ends + ENDS_LAST]
    node = node_at(m, task, ends, tail)
    m[tail + N_NEXT] = node
    return node


@kernel
def wait_at(m: Words, task: int, ends: int) -> int:
    """Add a task to a list; the node by which it stands there.

    Who waits alone, as most do, needs none: the list names the task and the task the list, both as negative numbers.
    """
    first = m[ends + ENDS_FIRST]
    if first:
        return add_to_others(m, task, ends, first)
    m[ends + ENDS_FIRST] = -task
    return -ends


@kernel
def wait_for(m: Words, task: int, first: int, second: int) -> None:
    """Begin to wait at one list, or two (0: none)."""
    m[task + T_WAIT_1] = wait_at(m, task, first)
    m[task + T_WAIT_2] = 0
    if second and second != first:
        m[task + T_WAIT_2] = wait_at(m, task, second)
    m[task + T_BLOCK] = AT_SIGNAL


@kernel
def unlink(m: Words, node: int) -> None:
    """Remove a node from its list, or whoever waits there alone."""
    if node == 0:
        return
    ends = -node
    if node < 0:
        m[ends + ENDS_FIRST] = 0
        return
    ends = m[node + N_LIST]
    following, previous = m[node + N_NEXT], m[node + N_PREV]
    if previous:
        m[previous + N_NEXT] = following
    else:
        m[ends + ENDS_FIRST] = following
    if following:
        m[following + N_PREV] = previous
    else:
        m[ends + ENDS_LAST] = previous
    give(m, H_FREE_WAIT, node)


@kernel
def stop_waiting(m: Words, task: int) -> None:
    """Remove a task from all it waits for."""
    unlink(m, m[task + T_WAIT_1])
    unlink(m, m[task + T_WAIT_2])


@kernel
def send(m: Words, signal: int, key: int, value: int) -> None:
    """Make every task that awaits the address ready."""
    ends = list_of(m, signal, key)
    while m[ends + ENDS_FIRST]:
        first = m[ends + ENDS_FIRST]
        task = -first if first < 0 else m[first + N_TASK]
        stop_waiting(m, task)
        m[task + T_BLOCK] = AT_NOTHING
        m[task + T_OUTCOME] = value
        ready(m, task)
