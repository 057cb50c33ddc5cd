"""The language of the kernel: Python functions over 64-bit numbers and words of memory.

A kernel function is ordinary Python, so that it can be read, typed and even run as Python. Its parameters are numbers;
``m[at]`` is the word at an index from the address ``m``; a part of one where the index names a `Half` or a `Byte`. The compiler (`engine.kernel.compiler`) turns the functions into
machine code. What it knows: ``int`` (64 bits, wrapping), ``float`` (64 bits), ``bool``, ``Unsigned``; assignments, ``if``,
``while``, ``for`` over ``range``, ``return``, ``raise`` (ends all callers); arithmetic, comparisons, ``and``, ``or``, ``not``; calls
of kernel functions and of those below; names of numbers in the module.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
WORD = 64
_MASK = (1 << WORD) - 1


class Words(Protocol):
    """Memory, seen from an address: words by index."""

    def __getitem__(self, at: int) -> int:
        """Word at an index."""
        ...

    def __setitem__(self, at: int, value: int) -> None:
        """Store a word."""
        ...


class Unsigned(int):
    """A number of 64 bits without sign; shifts to the right fill with zeros."""


class Part(int):
    """A place in a record, in parts of words; it is only known as part of an index.

    ``m[record + FIELD]`` is such a part with its sign, ``m[record + FIELD + i]`` one of its neighbours.
    """

    bits: int


class Half(Part):
    """A place in words of 32 bits."""

    bits = 32


class Byte(Part):
    """A place in words of 8 bits."""

    bits = 8


def kernel(function: Function) -> Function:
    """Mark a function of the kernel."""
    function.__dict__["kernel"] = ""
    return function


def inlined(function: Function) -> Function:
    """Mark a function of the kernel whose code is put wherever it is called."""
    function.__dict__["kernel"] = "alwaysinline"
    return function


def rare(function: Function) -> Function:
    """Mark a function of the kernel that is seldom called and stays out of the way of the others."""
    function.__dict__["kernel"] = "noinline"
    return function


class FailedError(Exception):
    """What a kernel function raises: all callers end at once, back to where the kernel was called."""


def words(address: int) -> Words:
    """Return memory as seen from an address; only compiled code can do so."""
    message = f"only the compiled kernel reads at address {address}"
    raise TypeError(message)


def address(m: Words, at: int) -> int:
    """Return the address of a word; only compiled code can do so."""
    message = f"only the compiled kernel knows the address of word {at} of {m}"
    raise TypeError(message)


def prefetch(m: Words, at: int) -> None:
    """Have a word brought near, which will be read soon; without an effect otherwise."""


def signed(value: int) -> int:
    """Return the same 64 bits as a number with sign."""
    value &= _MASK
    return value - (1 << WORD) if value >> (WORD - 1) else value


def unsigned(value: int) -> Unsigned:
    """Return the same 64 bits as a number without sign."""
    return Unsigned(value & _MASK)


def real(word: int) -> float:
    """Return the number of which these are the bits."""
    return float(struct.unpack("<d", struct.pack("<q", word))[0])


def bits(value: float) -> int:
    """Return the bits of a number."""
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


def leading_zeros(value: int) -> int:
    """Return the number of zeros before the first one of 64 bits; 64 for 0."""
    return WORD - (value & _MASK).bit_length()


def trailing_zeros(value: int) -> int:
    """Return the number of zeros after the last one of 64 bits; 64 for 0."""
    value &= _MASK
    return (value & -value).bit_length() - 1 if value else WORD
