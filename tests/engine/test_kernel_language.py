"""Compiled kernel functions do what the same functions do as Python."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from eventlive_sim.engine.kernel import native
from eventlive_sim.engine.kernel.compiler import Compiler
from eventlive_sim.engine.kernel.kinds import NotInTheLanguageError
from eventlive_sim.engine.kernel.language import (
    Byte,
    FailedError,
    Half,
    Unsigned,
    Words,
    bits,
    kernel,
    leading_zeros,
    real,
    signed,
    trailing_zeros,
    unsigned,
)

WORDS = 16
LIMIT = 40
FACTOR = Unsigned(0x9E37_79B9_7F4A_7C15)


@kernel
def whole(m: Words, n: int) -> int:
    a, b = m[0], m[1]
    m[2] = a + b
    m[3] = a - b
    m[4] = a * b
    m[5] = a // b
    m[6] = a << (n & 7)
    m[7] = a >> (n & 7)
    m[8] = (a & b) | (a ^ n)
    m[9] = -a if a < b else ~b
    m[10] = max(a, b, n) - min(a, b)
    m[11] += m[2]
    return m[2] - m[3]


@kernel
def choices(m: Words, n: int) -> int:
    found = 0
    if 0 <= n < LIMIT and (m[0] > n or m[1] == n):
        found = 1
    elif not n or n in {7, 50}:
        found = 2
    else:
        found = 3
    m[2] = found if n >= 0 else -found
    m[3] = int(n > 3)
    return found


@kernel
def loops(m: Words, n: int) -> int:
    total = 0
    for i in range(n & 15):
        if i == 11:
            break
        if i & 1:
            continue
        for j in range(i, i + 3):
            total += j * (j - 2)
    while total > 20:
        total -= 7
        if total == 33:
            return -1
    m[2] = total
    return total


@kernel
def mixed(m: Words, n: int) -> int:
    value = unsigned(unsigned(n) * FACTOR)
    value = unsigned(value ^ (value >> 29))
    m[2] = signed(value >> 17)
    m[3] = leading_zeros(n) + trailing_zeros(n)
    x = real(m[4]) / 3.0 + n
    m[5] = bits(x * 0.5 - 1.0)
    m[6] = int(min(x, 1e6))
    return m[2]


@kernel
def deep(m: Words, n: int) -> int:
    m[2] += 1
    if n > LIMIT:
        raise FailedError
    return n + 1


@kernel
def fails(m: Words, n: int) -> int:
    total = 0
    for i in range(3):
        total += deep(m, n + i)
    return total


SIGNED, LOW, PAIR, BEFORE = Half(2), Half(5), Half(6), Half(-1)
EIGHTH, EIGHTHS, FAR_BEFORE = Byte(17), Byte(50), Byte(-8)


@kernel
def halves(m: Words, n: int) -> int:
    record = 1
    m[record + SIGNED] = n
    m[record + LOW] += m[record + SIGNED]
    for i in range(2):
        m[record + PAIR + i] = n - i
    return m[record + SIGNED] + m[record + PAIR + 1]


@kernel
def bytes_(m: Words, n: int) -> int:
    record = 1
    m[record + FAR_BEFORE] = n
    m[record + EIGHTH] -= m[record + FAR_BEFORE]
    for i in range(2):
        m[record + EIGHTHS + i] = n + i
    m[record + BEFORE] = n
    return m[record + EIGHTH] + m[record + EIGHTHS + 1]


@kernel
def half_alone(m: Words, n: int) -> int:
    return m[SIGNED] + n


def compiled(function: object) -> native.Loop:
    return native.load(native.object_of(Compiler().entry(function, native.ENTRY), native.machine()))  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [whole, choices, loops, mixed], ids=lambda function: function.__name__)
def test_compiled_as_written(function: object):
    """Drawn words and arguments, of both signs: the same answer, the same memory."""
    run, draw = compiled(function), Random(1)
    for _ in range(400):
        most = 1 << draw.choice((3, 8, 25))
        words = [draw.randint(-most, most) for _ in range(WORDS)]
        words[1] = words[1] or 3
        words[4] = bits(draw.uniform(-most, most)) if function is mixed else words[4]
        n = draw.randint(-most, most)
        memory = np.array(words, dtype=np.int64)
        answer = run(memory.ctypes.data, n)
        assert answer == function(words, n)  # type: ignore[operator]
        assert memory.tolist() == words


def test_halves_of_words_keep_their_sign_and_leave_their_neighbours_alone():
    """A field of 32 bits, by its name or as a neighbour of a name; what does not fit is cut off."""
    run = compiled(halves)
    memory = np.arange(WORDS, dtype=np.int64)
    expected = memory.view(np.int32).copy()
    n = -7
    expected[[2 + 2, 2 + 5, 2 + 6, 2 + 7]] = n, expected[2 + 5] + n, n, n - 1
    assert run(memory.ctypes.data, n) == 2 * n - 1
    assert memory.view(np.int32).tolist() == expected.tolist()
    assert run(memory.ctypes.data, (1 << 32) + 5) == 5 + 4


def test_bytes_of_words_keep_their_sign_and_may_stand_before_the_record():
    """A field of 8 bits, before the record or in it; a half before it as well."""
    run = compiled(bytes_)
    memory = np.arange(WORDS, dtype=np.int64)
    expected = memory.view(np.int8).copy()
    n = -100
    expected[[8 - 8, 8 + 17, 8 + 50, 8 + 51]] = n, expected[8 + 17] - n, n, n + 1
    expected[4:8] = np.array([n], np.int32).view(np.int8)
    assert run(memory.ctypes.data, n) == int(expected[8 + 17]) + n + 1
    assert memory.view(np.int8).tolist() == expected.tolist()


def test_half_a_word_is_only_known_as_a_part_of_a_record():
    """Its number means nothing as an index of words."""
    with pytest.raises(NotInTheLanguageError):
        compiled(half_alone)


def test_a_failure_ends_all_callers_at_once():
    """What raises returns through every caller; what was stored before stays."""
    run = compiled(fails)
    memory = np.zeros(WORDS, dtype=np.int64)
    assert run(memory.ctypes.data, LIMIT - 1) == -1
    assert memory[2] == 3
    assert run(memory.ctypes.data, 1) == 2 + 3 + 4


def test_arithmetic_wraps_at_64_bits():
    """Sums and products keep the low 64 bits; floor division rounds down."""
    run = compiled(whole)
    memory = np.zeros(WORDS, dtype=np.int64)
    memory[:2] = (1 << 62) + 5, 1 << 62
    run(memory.ctypes.data, 0)
    assert memory[2] == signed((1 << 63) + 5)
    assert memory[4] == signed(((1 << 62) + 5) << 62)
    memory[:2] = -7, 2
    run(memory.ctypes.data, 0)
    assert memory[5] == -4


@kernel
def strange(m: Words, n: int) -> int:
    return sum([n])


@kernel
def short(m: Words, n: int) -> int:
    return deep(m)  # type: ignore[call-arg]


@pytest.mark.parametrize("function", [strange, short])
def test_what_is_not_in_the_language_is_named(function: object):
    """Function, line and text of what cannot be compiled."""
    with pytest.raises(NotInTheLanguageError, match=r"line 3 of it: .* is not in the kernel's language"):
        compiled(function)
