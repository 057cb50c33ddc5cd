"""Loads and stores of 64-bit words, and records taken from and given back to the block."""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import FailedError, Words, inlined, kernel, rare
from eventlive_sim.engine.kernel.layout import (
    E_FULL,
    FURTHER,
    H_BUMP,
    H_END,
    H_ERROR,
    H_ERROR_A,
    H_ERROR_B,
    H_ERROR_C,
    H_FREE_ARRAYS,
    H_FURTHER,
    H_NFURTHER,
    LINK,
)


@kernel
def fail(m: Words, error: int, a: int, b: int, c: int) -> None:
    """Leave the loop with an error and what it is about."""
    m[H_ERROR] = error
    m[H_ERROR_A] = a
    m[H_ERROR_B] = b
    m[H_ERROR_C] = c
    raise FailedError


@kernel
def bump(m: Words, words: int) -> int:
    """Return new words, all 0."""
    at = m[H_BUMP]
    after = at + words
    if after > m[H_END]:
        fail(m, E_FULL, 0, 0, 0)
    m[H_BUMP] = after
    return at


@kernel
def take(m: Words, free: int, words: int) -> int:
    """Return a record from a free list, or a new one; its words may hold anything."""
    at = m[free]
    if at != 0:
        m[free] = m[at]
        return at
    return bump(m, words)


@kernel
def give(m: Words, free: int, at: int) -> None:
    """Give a record back to its free list."""
    m[at] = m[free]
    m[free] = at


@inlined
def links(m: Words, node: int) -> int:
    """Nodes of a list from one on; there are a few at most."""
    count = 0
    while node:
        count += 1
        node = m[node + LINK]
    return count


@inlined
def place_of(m: Words, first: int, steps: int, key: int) -> int:
    """Place for a key: ``steps`` names step, shift, mask and block (`places.py`)."""
    row = key >> m[steps + 1]
    if key & m[steps + 2]:
        first += m[steps + 3]
        row = further(m, key - row - 1)
    return first + row * m[steps]


@rare
def further(m: Words, tab: int) -> int:
    """Record of a further tab, by its number among those that any person may open; they come in the order of their first use."""
    numbers = m[H_FURTHER]
    if m[numbers + FURTHER + tab] == 0:
        m[H_NFURTHER] += 1
        m[numbers + FURTHER + tab] = m[H_NFURTHER]
    return m[numbers + FURTHER + tab] - 1


@kernel
def class_of(words: int) -> int:
    """Return the power of two that holds so many words."""
    power = 2
    while (1 << power) < words:
        power += 1
    return power


@kernel
def take_array(m: Words, words: int) -> int:
    """Return an array of a power of two of words; it may hold anything."""
    power = class_of(words)
    return take(m, H_FREE_ARRAYS + power, 1 << power)


@kernel
def give_array(m: Words, at: int, words: int) -> None:
    """Give an array back."""
    if at != 0:
        give(m, H_FREE_ARRAYS + class_of(words), at)


@kernel
def larger(m: Words, at: int, words: int) -> int:
    """Return an array of twice as many words (a power of two) with the same contents."""
    new = take_array(m, 2 * words)
    for i in range(words):
        m[new + i] = m[at + i]
    give_array(m, at, words)
    return new
