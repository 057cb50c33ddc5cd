"""Rows of a program with the places of what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.fusing import Fusing, simple
from eventlive_sim.engine.kernel.registers import OPERANDS
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import BY_OP, NO_KEY, NONE, Op, Space, index_of, key_slot_of, space_of

if TYPE_CHECKING:
    from eventlive_sim.engine.kernel.packing import Packing
    from eventlive_sim.program.program import Int64Array, Program

WRITABLE = {Space.TASK, Space.CALL, Space.TAB, Space.PERSON, Space.SHARED, Space.KNOB}
PLAIN = {
    Op.JUMP: at.OP_JUMP, Op.DRAW: at.OP_DRAW, Op.COUNT: at.OP_COUNT, Op.LEAVE: at.OP_LEAVE, Op.SIGNAL: at.OP_SIGNAL,
    Op.ADD: at.OP_ADD, Op.DISARM: at.OP_DISARM,
}  # fmt: skip
APART = {Space.PERSON: at.SPACE_PERSON_APART, Space.TAB: at.SPACE_TAB_APART}


class _Rows:
    """Decodes the fields of rows; keeps the most registers of a call that any of them uses."""

    def __init__(self, program: Program, packing: Packing) -> None:
        self.program = program
        self.packing = packing
        self.registers = packing.registers
        self.calls = 1

    def operand(self, value: int, *, dest: bool) -> int:
        """Return an operand by the place of what it names."""
        if value == NONE:
            return self.packing.nowhere if dest else self.packing.zero
        space, index, slot = space_of(value), index_of(value), key_slot_of(value)
        if dest != (space in WRITABLE) and (dest or space is Space.KNOB):
            message = f"an operand of space {space.name} cannot be {'written' if dest else 'read'}"
            raise SimulationError(message)
        if slot != NO_KEY:
            slot = self.registers.number[slot]
        return self._placed(space, index, slot)

    def _placed(self, space: Space, index: int, slot: int) -> int:
        packing = self.packing
        if space is Space.CONSTANT:
            return packing.constants + index
        if space is Space.SHARED and slot == NO_KEY:
            return packing.shared_values[index]
        if space is Space.SHARED:
            index = packing.shared[index]
        elif space in {Space.METER, Space.GAUGE, Space.KNOB}:
            index = packing.station(index // 16) * 16 + index % 16
        elif space is Space.TASK:
            index = at.T_REGS + self.registers.number[index]
        elif space is Space.CALL:
            self.calls = max(self.calls, index + 1)
            index += at.C_REGS
        elif space in APART:
            place = packing.places.of(space, index)
            index = place.offset
            if place.apart:
                return APART[space] << at.SPACE_SHIFT | index
        elif space is Space.NOW:
            return at.H_NOW
        return (int(space) << at.SPACE_SHIFT) | (slot << at.SLOT_SHIFT) | index

    def field(self, name: str, value: int) -> int:
        """Return a field by its kind."""
        if name == "dest":
            return self.operand(value, dest=True)
        if name in OPERANDS:
            return self.operand(value, dest=False)
        if name in {"station", "meter"}:
            return self.packing.station(value)
        if name in {"signal", "signal2"}:
            return 0 if value == NONE else self.packing.signals[value]
        if name == "table":
            return self.packing.tables[value]
        return value

    def row(self, number: int, op: Op, fields: list[int]) -> list[int]:
        """Return a decoded row: op, the row that comes next (not that of a spawn), fields."""
        names = BY_OP[op].fields
        decoded = []
        for name, value in zip(names, fields, strict=False):
            operand_tab = op is Op.SPAWN and name == "tab" and value != NONE
            decoded.append(self.operand(value, dest=False) if operand_tab else self.field(name, value))
        code = PLAIN.get(op, int(op))
        if op is Op.COUNT:
            trend = self.program.series[fields[0]].trend
            code = at.OP_COUNT_TREND if trend else at.OP_COUNT
            decoded = [self.packing.series_at(fields[0], trend=trend), *decoded[1:], fields[0]]
        elif op is Op.SET:
            decoded = [decoded[0], *decoded[2:]]
            code = (at.OP_SET if all(map(simple, decoded)) else at.OP_ANY_SET) + fields[1]
        elif op is Op.TEST:
            decoded = decoded[1:]
            code = (at.OP_TEST if all(map(simple, decoded[:2])) else at.OP_ANY_TEST) + fields[0]
        elif op is Op.AWAIT:
            decoded.append(fields[3])
        if op is Op.SPAWN:
            place = at.SPAWN_CALL - 1
            decoded[place] = (self.registers.shape[number] << 1) + (decoded[place] == 1)
        row = [code, *decoded] if op is Op.SPAWN else [code, number + 1, *decoded]
        return row + [0] * (at.ROW - len(row))


def code_of(program: Program, packing: Packing) -> tuple[Int64Array, int]:
    """Return the decoded rows, and how many registers of a call they use."""
    rows = _Rows(program, packing)
    decoded = [rows.row(number, Op(op), fields) for number, (op, *fields) in enumerate(program.code.tolist())]
    values = {packing.constants + place: value for place, value in enumerate(program.constants.tolist())}
    places: dict[int, int] = {value: place for place, value in values.items()}

    def constant(value: int) -> int:
        if value not in places:
            places[value] = packing.numbers(value)
        return places[value]

    Fusing(decoded, values.get, constant, packing.nowhere).fuse()
    decoded.append([at.OP_PAST_END] + [0] * (at.ROW - 1))
    return np.asarray(decoded, dtype=np.int64), rows.calls
