"""How many registers a task needs: of those that its rows name, and of those that its children begin with.

Every task of a program may name as many registers as the largest, and a child begins with its parent's. Most tasks wait, in
their thousands, with a few that matter: so a record has room only for those that the rows of its task name, and they are
numbered anew, so that rows that name few name low ones. Nothing that a row reads changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.program.primitives import BY_OP, NO_KEY, NONE, Op, Self, Space, index_of, key_slot_of, space_of

if TYPE_CHECKING:
    from eventlive_sim.program.program import Program

OPERANDS = frozenset(
    (
        "duration",
        "demand",
        "key",
        "key2",
        "patience",
        "weight",
        "a",
        "b",
        "expiry",
        "status",
        "tag",
        "value",
        "occurrence",
    )
)
ADDRESS = 0b11
"""Registers 0 and 1, of which draws are made: they keep their number."""


@dataclass(frozen=True)
class Registers:
    """Registers of the tasks of a program.

    Attributes
    ----------
    number : list of int
        By old number, the new one.
    shape : dict
        By row of a spawn: twice the registers that its task has room for, and 1 if it may visit a station.
    first : int
        The same of every person's first task.
    """

    number: list[int]
    shape: dict[int, int]
    first: int

    @property
    def most(self) -> int:
        """The greatest shape."""
        return max([self.first, *self.shape.values()])


def registers_of(program: Program) -> Registers:
    """Return which registers the tasks of a program have."""
    rows = [_Row(op, dict(zip(BY_OP[Op(op)].fields, fields, strict=False))) for op, *fields in program.code.tolist()]
    following = [[to for to in row.following(place) if to < len(rows)] for place, row in enumerate(rows)]
    live = _live(rows, following)
    needs = [row.reads | row.writes for row in rows]
    for place, row in enumerate(rows):
        for begun in row.begins:
            needs[place] |= live[begun]

    def used(entries: Iterable[int]) -> tuple[int, bool]:
        mask, visits = ADDRESS, False
        for row in _reached(entries, following):
            mask |= needs[row]
            visits = visits or rows[row].visits
        return mask, visits

    spawned = {place: used(row.begins) for place, row in enumerate(rows) if row.op == Op.SPAWN}
    first = used({population.entry for population in program.populations})
    masks = [mask for mask, _ in (*spawned.values(), first)]
    number = _numbered([*sorted(masks, key=lambda mask: (mask.bit_count(), mask)), *needs])

    def shape(mask: int, visits: bool) -> int:
        return 2 * (1 + max(number[old] for old in range(mask.bit_length()) if mask >> old & 1)) + visits

    return Registers(number, {place: shape(*found) for place, found in spawned.items()}, shape(*first))


class _Row:
    """What a row has to do with registers: masks of those that it reads and writes, rows that it goes to."""

    def __init__(self, op: int, fields: dict[str, int]) -> None:
        self.op = op
        self.fields = fields
        self.reads = self.writes = 0
        self.visits = op in (Op.ENTER, Op.WORK)
        for name, value in fields.items():
            if name == "dest" or name in OPERANDS or (name == "tab" and op == Op.SPAWN):
                self._note(value, write=name == "dest")
        if op in (Op.DRAW, Op.ENTER):
            self.reads |= ADDRESS  # a cold start draws for whoever enters
        places = [fields.get(name, NONE) for name in ("target", "handler", "finally")]
        self.begins = [place for place in places if place != NONE] if op == Op.SPAWN else []
        self.handler = fields["handler"] if op == Op.DEADLINE else NONE

    def _note(self, value: int, *, write: bool) -> None:
        if value == NONE:
            return
        if space_of(value) is Space.SELF and index_of(value) == Self.GRANT:
            self.visits = True  # it may ask, and has no answer
        if key_slot_of(value) != NO_KEY:
            self.reads |= 1 << key_slot_of(value)
        if space_of(value) is Space.TASK:
            if write:
                self.writes |= 1 << index_of(value)
            else:
                self.reads |= 1 << index_of(value)

    def following(self, number: int) -> list[int]:
        """Rows at which the task may be next."""
        if self.op == Op.END:
            return []
        if self.op == Op.JUMP:
            return [self.fields["target"]]
        places = [] if self.op == Op.SPAWN else [self.fields.get("target", NONE), self.handler]
        return [number + 1, *(place for place in places if place != NONE)]


def _reached(entries: Iterable[int], following: list[list[int]]) -> set[int]:
    """Rows that a task may come to."""
    seen: set[int] = set()
    waiting = list(entries)
    while waiting:
        row = waiting.pop()
        if row not in seen:
            seen.add(row)
            waiting += following[row]
    return seen


def _live(rows: list[_Row], following: list[list[int]]) -> list[int]:
    """Registers that may be read after a row begins, before they are written.

    A handler may follow any row between that which arms it and that which disarms it. It is enough that it follows the first:
    a task begins without deadlines, so whatever a later row writes is written after.
    """
    live = [0] * len(rows)
    before: list[list[int]] = [[] for _ in rows]
    for number, row in enumerate(rows):
        for to in (*following[number], *row.begins):
            before[to].append(number)

    def look(number: int) -> list[int]:
        row, mask = rows[number], 0
        for to in following[number]:
            mask |= live[to]
        mask = row.reads | mask & ~row.writes
        for to in row.begins:
            mask |= live[to]
        if mask == live[number]:
            return []
        live[number] = mask
        return before[number]

    _settle(range(len(rows) - 1, -1, -1), look)
    return live


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


def _numbered(masks: Iterable[int]) -> list[int]:
    """Return new numbers: those of the first masks are given out first."""
    order = {0: 0, 1: 1}
    for mask in masks:
        for old in range(mask.bit_length()):
            if mask >> old & 1:
                order.setdefault(old, len(order))
    most = max(order) + 1
    for old in range(most):
        order.setdefault(old, len(order))
    return [order[old] for old in range(most)]
