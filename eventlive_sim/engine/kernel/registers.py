"""How many registers a task needs: of those that its rows name, and of those that its children begin with.

Every task of a program may name as many registers as the largest, and a child begins with its parent's. Most tasks wait, in
their thousands, with a few that matter: so a record has room only for those that the rows of its task name, and they are
numbered anew: rows that name few name low ones, and registers that never hold something at the same time share a number
(`colouring.py`). Nothing that a row reads changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from eventlive_sim.engine.kernel.colouring import bits_of, coloured, interference, live, reached, with_handlers
from eventlive_sim.program.primitives import (
    BY_OP,
    NO_KEY,
    NONE,
    Op,
    Self,
    Space,
    index_of,
    key_slot_of,
    operand,
    space_of,
)

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
_KEPT = 8
ADDRESS = 0b11
"""Registers 0 and 1, of which draws are made: they keep their number."""


@dataclass(frozen=True)
class Registers:
    """Registers of the tasks of a program.

    Attributes
    ----------
    number : list of int
        By old number, the new one; several may have the same.
    shape : dict
        By row of a spawn: twice the registers that its task has room for, and 1 if it may visit a station.
    first : int
        The same of every person's first task.
    calls : bool
        Whether first tasks, or those that share their call, ever name a register of it.
    """

    number: list[int]
    shape: dict[int, int]
    first: int
    calls: bool

    @property
    def most(self) -> int:
        """The greatest shape."""
        return max([self.first, *self.shape.values()])


def registers_of(program: Program) -> Registers:
    """Return which registers the tasks of a program have; programs that differ in numbers only share the answer."""
    entries = frozenset(population.entry for population in program.populations)
    constant = operand(Space.CONSTANT)
    code = np.where(program.code >> 32 == constant >> 32, constant, program.code)  # whichever constant it is
    return _registers(code.tobytes(), code.shape[1], entries)


@lru_cache(maxsize=_KEPT)
def _registers(code: bytes, width: int, entries: frozenset[int]) -> Registers:
    decoded = np.frombuffer(code, dtype=np.int64).reshape(-1, width).tolist()
    rows = [_Row(op, dict(zip(BY_OP[Op(op)].fields, fields, strict=False))) for op, *fields in decoded]
    ways = [[to for to in row.following(place) if to < len(rows)] for place, row in enumerate(rows)]
    following = with_handlers(rows, ways, entries)
    alive = live(rows, following)
    needs = [row.reads | row.writes for row in rows]
    for place, row in enumerate(rows):
        for begun in row.begins:
            needs[place] |= alive[begun]

    @cache
    def used(*first: int) -> tuple[int, bool]:
        mask, visits = ADDRESS, False
        for row in reached(first, ways):
            mask |= needs[row]
            visits = visits or rows[row].visits
        return mask, visits

    spawned = {place: used(*row.begins) for place, row in enumerate(rows) if row.op == Op.SPAWN}
    first = used(*entries)
    masks = sorted({mask for mask, _ in (*spawned.values(), first)}, key=lambda mask: (mask.bit_count(), mask))
    most = max(map(int.bit_length, (*masks, *needs)))
    interfering = interference(rows, following, alive, entries, most)
    number = coloured((old for mask in masks for old in bits_of(mask)), interfering, ADDRESS.bit_count())

    def shape(mask: int, visits: bool) -> int:
        return 2 * (1 + max(number[old] for old in bits_of(mask))) + visits

    # A first task's children are in its call, unless a new one begins with them.
    inside = [[*to, *([] if row.fields.get("call") == 1 else row.begins)] for row, to in zip(rows, ways, strict=True)]
    calls = any(rows[row].calls for row in reached(entries, inside))
    return Registers(number, {place: shape(*found) for place, found in spawned.items()}, shape(*first), calls)


class _Row:
    """What a row has to do with registers: masks of those that it reads and writes, rows that it goes to."""

    def __init__(self, op: int, fields: dict[str, int]) -> None:
        self.op = op
        self.fields = fields
        self.reads = self.writes = 0
        self.visits = op in (Op.ENTER, Op.WORK, Op.LEAVE)
        self.calls = False
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
        if space_of(value) is Space.SELF and index_of(value) in (Self.GRANT, Self.INSTANCE):
            self.visits = True  # it may ask, and has no answer
        self.calls = self.calls or space_of(value) is Space.CALL
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
