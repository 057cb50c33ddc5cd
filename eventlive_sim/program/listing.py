"""Listings: a lowered program as text that a person can read and count queries in."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.errors import ModelError
from eventlive_sim.program.primitives import (
    BY_OP,
    NO_KEY,
    NONE,
    Cmp,
    Fn,
    Gauge,
    JoinMode,
    Knob,
    Leaving,
    MeterRead,
    Op,
    Self,
    Space,
    index_of,
    key_slot_of,
    operand,
    space_of,
)
from eventlive_sim.program.program import Program
from eventlive_sim.units import duration_text

_SIGNS = {Cmp.EQ: "==", Cmp.NE: "!=", Cmp.LT: "<", Cmp.LE: "<=", Cmp.GT: ">", Cmp.GE: ">="}
_FN_SIGNS = {Fn.ADD: "+", Fn.SUB: "-", Fn.MUL: "*", Fn.DIV: "//"}
_TIMES = {"duration", "patience", "expiry", "demand"}
_PER_STATION = 16


def listing(program: Program, name: str) -> str:
    """Rows of a named entry, such as ``endpoint ping``, with the parts of the design that they come from.

    Raises
    ------
    ModelError
        If the program has no entry of that name; the remedy lists those that it has.
    """
    full = next((entry for entry in program.entries if entry == name or entry.split(" ", 1)[1] == name), None)
    if full is None:
        known = ", ".join(entry.split(" ", 1)[1] for entry in program.entries)
        raise ModelError(f"there is nothing called {name!r} to list", f"write one of: {known}", rule="unknown-entry")
    first, end = program.entries[full]
    targets = _targets(program, first, end)
    words = _Words(program, program.names.get(full, {}))
    lines, place = [full], ""
    for row in range(first, end):
        if program.labels[row] != place:
            place = program.labels[row]
            lines.append(f"  ; {place}")
        mark = f"{row:5d}:" if row in targets else "      "
        lines.append(f"{mark} {_row(program, row, words)}")
    return "\n".join(lines) + "\n"


def _targets(program: Program, first: int, end: int) -> set[int]:
    """Rows that other rows go to."""
    targets = {first}
    for row in range(first, end):
        for field, value in _fields(program, row).items():
            if field in {"target", "handler", "finally"} and value != NONE:
                targets.add(value)
    return targets


def _fields(program: Program, row: int) -> dict[str, int]:
    code = program.code[row]
    return {field: int(code[column]) for column, field in enumerate(BY_OP[Op(int(code[0]))].fields, start=1)}


def _row(program: Program, row: int, words: _Words) -> str:
    op = Op(int(program.code[row, 0]))
    fields = _fields(program, row)
    match op:
        case Op.SET:
            return f"set      {words.operand(fields['dest'])} := {_function(words, fields)}"
        case Op.TEST:
            sign = _SIGNS[Cmp(fields["cmp"])]
            a, b = words.operand(fields["a"]), words.operand(fields["b"])
            return f"test     {a} {sign} {b} -> {words.row(fields['target'])}"
        case Op.JUMP:
            return f"jump     -> {words.row(fields['target'])}"
        case Op.DRAW:
            return f"draw     {words.operand(fields['dest'])} from table {fields['table']}"
        case _:
            parts = [words.field(field, value) for field, value in fields.items()]
            return f"{BY_OP[op].name:8s} {', '.join(part for part in parts if part)}".rstrip()


def _function(words: _Words, fields: dict[str, int]) -> str:
    fn = Fn(fields["fn"])
    a, b = words.operand(fields["a"]), words.operand(fields["b"])
    if fn is Fn.COPY:
        return a
    return f"{a} {_FN_SIGNS[fn]} {b}" if fn in _FN_SIGNS else f"{fn.name.lower()}({a}, {b})"


@dataclass(frozen=True)
class _Words:
    """Words for the numbers in a row."""

    program: Program
    names: dict[int, str]

    def field(self, field: str, value: int) -> str:
        """A field of a row, empty where it says nothing."""
        if value == NONE and field != "station":
            return ""
        match field:
            case "station" | "meter":
                return self.program.stations[value].name
            case "series":
                spec = self.program.series[value]
                inside = ", ".join(f"{key}={text}" for key, text in spec.tags if text)
                return f"{spec.metric}{{{inside}}}"
            case "signal" | "signal2":
                return self.program.signals[value].name
            case "target" | "handler" | "finally":
                return f"{field} {self.row(value)}"
            case "mode":
                return JoinMode(value).name.lower()
            case "leaving":
                return Leaving(value).name.lower()
            case "group":
                return f"group {value}"
            case "call":
                return "new call" if value else ""
            case _:
                return self._labelled(field, value)

    def _labelled(self, field: str, value: int) -> str:
        text = self.operand(value, time=field in _TIMES)
        if field == "patience" and text == "-1":
            return ""
        if field == "tag" and text == "0":
            return ""
        return f"{field} {text}"

    def row(self, row: int) -> str:
        """A row as a target: its number, or the name of the entry that it begins."""
        begun = [name for name, (first, _) in self.program.entries.items() if first == row]
        return f"[{begun[0]}]" if begun else str(row)

    def operand(self, value: int, *, time: bool = False) -> str:
        """An operand."""
        if value in self.names:
            return self.names[value]
        space, index = space_of(value), index_of(value)
        match space:
            case Space.CONSTANT:
                constant = int(self.program.constants[index])
                return duration_text(constant) if time and constant > 0 else str(constant)
            case Space.SHARED:
                return f"{self.program.shared[index].name}{self._key(value)}"
            case Space.METER:
                station, what = divmod(index, _PER_STATION)
                return f"{self.program.stations[station].name}.{MeterRead(what).name.lower()}{self._key(value)}"
            case Space.GAUGE:
                station, what = divmod(index, _PER_STATION)
                return f"{self.program.stations[station].name}.{Gauge(what).name.lower()}{self._key(value)}"
            case Space.KNOB:
                station, what = divmod(index, _PER_STATION)
                return f"{self.program.stations[station].name}.{Knob(what).name.lower()}"
            case Space.SELF:
                return Self(index).name.lower()
            case Space.NOW | Space.STATUS:
                return space.name.lower()
            case _:
                return f"{space.name.lower()}.{index}"

    def _key(self, value: int) -> str:
        slot = key_slot_of(value)
        return "" if slot == NO_KEY else f"[{self.operand(operand(Space.TASK, slot))}]"
