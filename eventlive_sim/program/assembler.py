"""Writes programs row by row: names for registers, labels for rows, one constant pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import (
    BY_OP,
    CALL_SLOTS,
    FIRST_FREE_SLOT,
    FOREVER,
    GROUPS,
    NO_KEY,
    NONE,
    TASK_SLOTS,
    WIDTH,
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
    operand,
    space_of,
)
from eventlive_sim.program.program import (
    Int64Array,
    Population,
    Program,
    SeriesSpec,
    SharedRegister,
    SignalSpec,
    StationSpec,
    Window,
)


@dataclass(eq=False)
class Label:
    """A place in the program that rows may name before it is known."""

    name: str = ""
    row: int | None = None


class Assembler:
    """Collects rows and tables, then builds a checked program."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, list[int | Label]]] = []
        self._row_labels: list[str] = []
        self._constants: dict[int, int] = {}
        self._names: dict[Space, dict[str, int]] = {Space.CALL: {}, Space.TAB: {}, Space.PERSON: {}}
        self._slots: dict[str, int] = {}
        self._free_temps = list(range(TASK_SLOTS - 1, FIRST_FREE_SLOT - 1, -1))
        self._stations: list[StationSpec] = []
        self._shared: list[SharedRegister] = []
        self._signals: list[SignalSpec] = []
        self._series: dict[SeriesSpec, int] = {}
        self._tables: list[Int64Array] = []
        self._table_index: dict[bytes, int] = {}
        self._streams: dict[str, int] = {}
        self._populations: list[Population] = []
        self._entries: dict[str, tuple[int, int]] = {}
        self._register_names: dict[str, dict[int, str]] = {}
        self._place = ""

    # ---------------------------------------------------------------- operands

    def const(self, value: int) -> int:
        """Operand of a constant."""
        return operand(Space.CONSTANT, self._constants.setdefault(int(value), len(self._constants)))

    def task(self, name: str) -> int:
        """Operand of a named task register; the same name gives the same register."""
        if name not in self._slots:
            self._slots[name] = self._take_slot()
        return operand(Space.TASK, self._slots[name])

    @contextmanager
    def temp(self) -> Iterator[int]:
        """Operand of a task register that is free again afterwards."""
        slot = self._take_slot()
        yield operand(Space.TASK, slot)
        self._free_temps.append(slot)

    def _take_slot(self) -> int:
        if not self._free_temps:
            message = f"a task needs more than {TASK_SLOTS} registers"
            raise SimulationError(message)
        return self._free_temps.pop()

    def call(self, name: str) -> int:
        """Operand of a register of the call record."""
        return self._named(Space.CALL, name)

    def tab(self, name: str) -> int:
        """Operand of a register of the tab."""
        return self._named(Space.TAB, name)

    def person(self, name: str) -> int:
        """Operand of a register of the person."""
        return self._named(Space.PERSON, name)

    def _named(self, space: Space, name: str) -> int:
        names = self._names[space]
        slot = names.setdefault(name, len(names))
        if space is Space.CALL and slot >= CALL_SLOTS:
            message = f"a call needs more than {CALL_SLOTS} registers"
            raise SimulationError(message)
        return operand(space, slot)

    def forget_call_names(self) -> None:
        """Start the naming of call registers anew: the next endpoint reuses their slots."""
        self._names[Space.CALL] = {}

    def shared(self, index: int, key: int = NONE) -> int:
        """Operand of a shared register; `key` is the operand of the task register that holds the key."""
        return operand(Space.SHARED, index, self._key_slot(key))

    def meter(self, station: int, read: MeterRead, key: int = NONE) -> int:
        """Operand of a meter reading."""
        return operand(Space.METER, station * 16 + int(read), self._key_slot(key))

    def gauge(self, station: int, gauge: Gauge, key: int = NONE) -> int:
        """Operand of a station gauge."""
        return operand(Space.GAUGE, station * 16 + int(gauge), self._key_slot(key))

    def knob(self, station: int, knob: Knob) -> int:
        """Operand that, as a dest, changes a station."""
        return operand(Space.KNOB, station * 16 + int(knob))

    @property
    def now(self) -> int:
        """Operand of the time now [ns]."""
        return operand(Space.NOW)

    @property
    def status(self) -> int:
        """Operand of the task's own status, in a finally block."""
        return operand(Space.STATUS)

    def self_(self, what: Self) -> int:
        """Operand of what the task is."""
        return operand(Space.SELF, int(what))

    def _key_slot(self, key: int) -> int:
        if key == NONE:
            return NO_KEY
        if space_of(key) is not Space.TASK:
            message = "a key of a register, meter or gauge must stand in a task register"
            raise SimulationError(message)
        return index_of(key)

    # ---------------------------------------------------------------- tables

    def station(self, spec: StationSpec) -> int:
        """Index of a new station."""
        self._stations.append(spec)
        return len(self._stations) - 1

    def register(self, name: str, keys: int = 1, initial: int = 0) -> int:
        """Index of a new shared register."""
        self._shared.append(SharedRegister(name, keys, initial))
        return len(self._shared) - 1

    def new_signal(self, name: str, keys: int = 1) -> int:
        """Index of a new signal."""
        self._signals.append(SignalSpec(name, keys))
        return len(self._signals) - 1

    def series(self, metric: str, *, trend: bool = False, tag: str = "", unit: str = "1", **tags: str) -> int:
        """Index of a series; the same series gives the same index."""
        spec = SeriesSpec(metric, tuple(sorted(tags.items())), trend, tag, unit)
        return self._series.setdefault(spec, len(self._series))

    def table(self, table: Int64Array) -> int:
        """Index of a quantile table; equal tables are kept once."""
        key = np.ascontiguousarray(table, dtype=np.int64).tobytes()
        if key not in self._table_index:
            self._table_index[key] = len(self._tables)
            self._tables.append(table)
        return self._table_index[key]

    def stream(self, name: str) -> int:
        """Number of a named stream of draws; a hash of the name, so that adding a stream shifts no other."""
        if name not in self._streams:
            self._streams[name] = stream_number(name)
            if len(set(self._streams.values())) < len(self._streams):
                message = f"two streams have one number; rename {name!r}"
                raise SimulationError(message)
        return self._streams[name]

    def population(self, name: str, count: int, entry: Label, *, tabs: int = 1, world: bool = False) -> int:
        """First person id of a new population."""
        first = sum(population.count for population in self._populations)
        if entry.row is None:
            message = f"population {name}: the entry is not placed yet"
            raise SimulationError(message)
        self._populations.append(Population(name, count, entry.row, tabs, world))
        return first

    # ---------------------------------------------------------------- rows

    def at(self, place: str) -> None:
        """Say which part of the design the next rows come from."""
        self._place = place

    @contextmanager
    def entry(self, name: str) -> Iterator[None]:
        """Name the rows written inside, for the listing."""
        first = len(self._rows)
        yield
        self._entries[name] = (first, len(self._rows))
        self._register_names[name] = self._names_now()

    def _names_now(self) -> dict[int, str]:
        named = {operand(Space.TASK, slot): name for name, slot in self._slots.items()}
        for space, names in self._names.items():
            named.update({operand(space, slot): f"{space.name.lower()}.{name}" for name, slot in names.items()})
        return named

    def label(self, name: str = "") -> Label:
        """Return a label that is not placed yet."""
        return Label(name)

    def place(self, label: Label) -> Label:
        """Place a label at the next row."""
        label.row = len(self._rows)
        return label

    def here(self, name: str = "") -> Label:
        """Return a label placed at the next row."""
        return self.place(Label(name))

    def _emit(self, op: Op, *fields: int | Label) -> None:
        if len(fields) != len(BY_OP[op].fields):
            message = f"{op.name} takes {len(BY_OP[op].fields)} fields, not {len(fields)}"
            raise SimulationError(message)
        self._rows.append((int(op), list(fields)))
        self._row_labels.append(self._place)

    def hold(self, duration: int) -> None:
        """Row: hold."""
        self._emit(Op.HOLD, duration)

    def enter(self, station: int, dest: int = NONE, *, key: int = NONE, patience: int | None = None) -> None:
        """Row: enter; no patience waits for ever."""
        wait = self.const(FOREVER) if patience is None else patience
        self._emit(Op.ENTER, station, key, wait, dest)

    def work(self, station: int, demand: int) -> None:
        """Row: work."""
        self._emit(Op.WORK, station, demand)

    def leave(self, station: int, key: int = NONE) -> None:
        """Row: leave."""
        self._emit(Op.LEAVE, station, key)

    def draw(
        self, dest: int, table: int, stream: str, *, occurrence: int | None = None, exogenous: bool = False
    ) -> None:
        """Row: draw."""
        count = self.const(0) if occurrence is None else occurrence
        self._emit(Op.DRAW, dest, table, self.stream(stream), count, int(exogenous))

    def set(self, dest: int, fn: Fn, a: int, b: int | None = None) -> None:
        """Row: set."""
        self._emit(Op.SET, dest, int(fn), a, a if b is None else b)

    def copy(self, dest: int, a: int) -> None:
        """Row: set dest to a."""
        self.set(dest, Fn.COPY, a)

    def test(self, a: int, cmp: Cmp, b: int, target: Label) -> None:
        """Row: go to target when a cmp b."""
        self._emit(Op.TEST, int(cmp), a, b, target)

    def jump(self, target: Label) -> None:
        """Row: jump."""
        self._emit(Op.JUMP, target)

    def signal(self, signal: int, value: int | None = None, *, key: int = NONE) -> None:
        """Row: signal."""
        self._emit(Op.SIGNAL, signal, key, self.const(0) if value is None else value)

    def await_(self, dest: int, signal: int, *, key: int = NONE, signal2: int = NONE, key2: int = NONE) -> None:
        """Row: await."""
        self._emit(Op.AWAIT, dest, signal, key, signal2, key2)

    def spawn(
        self,
        target: Label,
        group: int,
        *,
        tab: int = NONE,
        new_call: bool = False,
        leaving: Leaving = Leaving.CANCEL,
        finally_: Label | None = None,
        dest: int = NONE,
    ) -> None:
        """Row: spawn."""
        if not 0 <= group < GROUPS:
            message = f"a task has {GROUPS} groups, not {group + 1}"
            raise SimulationError(message)
        block: int | Label = NONE if finally_ is None else finally_
        self._emit(Op.SPAWN, target, group, tab, int(new_call), int(leaving), block, dest)

    def join(self, dest: int, group: int, mode: JoinMode = JoinMode.SETTLED) -> None:
        """Row: join."""
        self._emit(Op.JOIN, dest, group, int(mode))

    def deadline(self, expiry: int, handler: Label, leaving: Leaving = Leaving.CANCEL) -> None:
        """Row: deadline."""
        self._emit(Op.DEADLINE, expiry, int(leaving), handler)

    def disarm(self) -> None:
        """Row: disarm."""
        self._emit(Op.DISARM)

    def cancel(self, group: int) -> None:
        """Row: cancel."""
        self._emit(Op.CANCEL, group)

    def add(self, meter: int, weight: int, *, key: int = NONE) -> None:
        """Row: add."""
        self._emit(Op.ADD, meter, key, weight)

    def count(self, series: int, value: int | None = None, *, tag: int | None = None) -> None:
        """Row: count."""
        self._emit(Op.COUNT, series, self.const(0) if tag is None else tag, self.const(1) if value is None else value)

    def end(self, status: int | None = None) -> None:
        """Row: end."""
        self._emit(Op.END, self.const(200) if status is None else status)

    # ---------------------------------------------------------------- build

    def build(self, horizon_ns: int, *, bin_ns: int, windows: tuple[Window, ...] = ()) -> Program:
        """Return the finished program."""
        code = np.full((len(self._rows), WIDTH), NONE, dtype=np.int64)
        for row, (op, fields) in enumerate(self._rows):
            code[row, 0] = op
            for column, value in enumerate(fields, start=1):
                code[row, column] = self._resolve(value, row)
        constants = np.fromiter(self._constants, dtype=np.int64, count=len(self._constants))
        return Program(
            code=code,
            constants=constants,
            tables=tuple(self._tables),
            stations=tuple(self._stations),
            shared=tuple(self._shared),
            signals=tuple(self._signals),
            series=tuple(self._series),
            populations=tuple(self._populations),
            windows=windows,
            horizon_ns=horizon_ns,
            bin_ns=bin_ns,
            tab_slots=len(self._names[Space.TAB]),
            person_slots=len(self._names[Space.PERSON]),
            labels=tuple(self._row_labels),
            entries=dict(self._entries),
            names=dict(self._register_names),
        )

    def _resolve(self, value: int | Label, row: int) -> int:
        if not isinstance(value, Label):
            return value
        if value.row is None or value.row >= len(self._rows):
            message = f"row {row} goes to a label that is not placed: {value.name!r}"
            raise SimulationError(message)
        return value.row


def stream_number(name: str) -> int:
    """Return a 31-bit number of a stream's name (FNV-1a folded), the same on every machine."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return (value ^ (value >> 32)) & 0x7FFFFFFF
