"""Which registers may share a place: those that never both hold what somebody will read.

A register is alive after a row if a row that may come later reads it before any writes it. Two interfere if one is written, or
handed to a child, while the other is alive; the rest may share. As allocation of registers in compilers: Chaitin et al. 1981.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from eventlive_sim.program.primitives import DEADLINES, NONE, Op

MOST_STACKS = 64
"""So many ways to have armed deadlines at one row are told apart; of more, every handler may follow every row."""
Stack = tuple[int, ...]


class Row(Protocol):
    """What a row has to do with registers: masks of those that it reads and writes, rows that a child of it begins with."""

    op: int
    reads: int
    writes: int
    begins: list[int]
    handler: int


def bits_of(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def reached(entries: Iterable[int], following: list[list[int]]) -> set[int]:
    """Rows that a task may come to."""
    seen: set[int] = set()
    waiting = list(entries)
    while waiting:
        row = waiting.pop()
        if row not in seen:
            seen.add(row)
            waiting += following[row]
    return seen


def with_handlers(rows: Sequence[Row], following: list[list[int]], entries: Iterable[int]) -> list[list[int]]:
    """Rows that may follow each, with the handlers of what may be armed there, and with what runs when its task ends."""
    found = [set(places) for places in following]
    armed = _armed(rows, following, [*entries, *(row.begins[0] for row in rows if row.begins)])
    for place, stacks in enumerate(armed):
        found[place].update(handler for stack in stacks for handler in stack)
    for target, block in {(row.begins[0], block) for row in rows for block in row.begins[1:]}:
        for place in reached([target], following):
            found[place].add(block)
    return [list(places) for places in found]


def _armed(rows: Sequence[Row], following: list[list[int]], entries: Iterable[int]) -> list[set[Stack]]:
    """Deadlines that may be armed as a row begins, outermost first, by their handlers."""
    armed: list[set[Stack]] = [set() for _ in rows]
    waiting: list[tuple[int, Stack]] = [(entry, ()) for entry in entries]
    while waiting:
        place, stack = waiting.pop()
        if place >= len(rows) or stack in armed[place]:
            continue
        armed[place].add(stack)
        if len(armed[place]) > MOST_STACKS:
            return [{tuple({row.handler for row in rows if row.handler != NONE})} for _ in rows]
        row, after = rows[place], stack
        if row.op == Op.DEADLINE and len(stack) < DEADLINES:
            after = (*stack, row.handler)
        elif row.op == Op.DISARM:
            after = stack[:-1]
        waiting += [(to, after) for to in following[place] if to != row.handler or row.op != Op.DEADLINE]
        waiting += [(handler, after[:depth]) for depth, handler in enumerate(after)]
    return armed


def live(rows: Sequence[Row], following: list[list[int]]) -> list[int]:
    """Registers that may be read after a row begins, before they are written."""
    alive = [0] * len(rows)
    before: list[list[int]] = [[] for _ in rows]
    for number, row in enumerate(rows):
        for to in (*following[number], *row.begins):
            before[to].append(number)

    def look(number: int) -> list[int]:
        row, mask = rows[number], 0
        for to in following[number]:
            mask |= alive[to]
        mask = row.reads | mask & ~row.writes
        for to in row.begins:
            mask |= alive[to]
        if mask == alive[number]:
            return []
        alive[number] = mask
        return before[number]

    _settle(range(len(rows) - 1, -1, -1), look)
    return alive


def _settle(first: Iterable[int], visit: Callable[[int], list[int]]) -> None:
    """Visit all rows, and again those that a visit names, until none does."""
    waiting = list(first)[::-1]
    inside = set(waiting)
    while waiting:
        number = waiting.pop()
        inside.discard(number)
        for again in visit(number):
            if again not in inside:
                inside.add(again)
                waiting.append(again)


def interference(
    rows: Sequence[Row], following: list[list[int]], alive: list[int], entries: Iterable[int], registers: int
) -> list[int]:
    """By register, the mask of those that it interferes with."""
    found = [0] * registers
    together = {alive[entry] for entry in entries if entry < len(rows)}
    for number, row in enumerate(rows):
        mask = row.writes
        for to in (*following[number], *row.begins):
            mask |= alive[to]
        together.add(mask)
    for mask in together:
        for register in bits_of(mask):
            found[register] |= mask
    return [mask & ~(1 << register) for register, mask in enumerate(found)]


def coloured(order: Iterable[int], interfering: list[int], kept: int) -> list[int]:
    """Return new numbers, the lowest that no register which interferes has; the first `kept` keep theirs, alone."""
    number: dict[int, int] = {old: old for old in range(kept)}
    for old in (*order, *range(len(interfering))):
        if old not in number:
            taken = {number[other] for other in bits_of(interfering[old]) if other in number}
            new = kept
            while new in taken:
                new += 1
            number[old] = new
    return [number[old] for old in range(len(interfering))]
