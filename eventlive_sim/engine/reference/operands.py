"""Operands decoded once into functions of the acting task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.task import NEVER, Task
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import (
    NO_KEY,
    NONE,
    Gauge,
    Knob,
    MeterRead,
    Self,
    Space,
    index_of,
    key_slot_of,
    space_of,
)

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine

Read = Callable[[Task], int]
Write = Callable[[Task, int], None]


def reader(machine: Machine, value: int) -> Read:
    """Return the function that reads an operand; NONE reads 0."""
    if value == NONE:
        return lambda _: 0
    space = space_of(value)
    if space not in READERS:
        message = f"an operand of space {space.name} cannot be read"
        raise SimulationError(message)
    return READERS[space](machine, index_of(value), key_slot_of(value))


def writer(machine: Machine, value: int) -> Write:
    """Return the function that writes a dest; NONE drops the value."""
    if value == NONE:
        return _drop
    space = space_of(value)
    if space not in WRITERS:
        message = f"an operand of space {space.name} cannot be written"
        raise SimulationError(message)
    return WRITERS[space](machine, index_of(value), key_slot_of(value))


def _drop(task: Task, value: int) -> None:
    del task, value


def _read_constant(machine: Machine, index: int, slot: int) -> Read:
    constant = machine.constants[index]
    return lambda _: constant


def _read_task(machine: Machine, index: int, slot: int) -> Read:
    return lambda task: task.regs[index]


def _read_call(machine: Machine, index: int, slot: int) -> Read:
    return lambda task: task.call[index]


def _read_tab(machine: Machine, index: int, slot: int) -> Read:
    return lambda task: task.tab_regs[index]


def _read_person(machine: Machine, index: int, slot: int) -> Read:
    return lambda task: task.person.regs[index]


def _read_shared(machine: Machine, index: int, slot: int) -> Read:
    registers = machine.shared[index]
    name = machine.program.shared[index].name
    if slot == NO_KEY:
        return lambda _: registers[0]

    def read(task: Task) -> int:
        return registers[_checked(task.regs[slot], registers, name)]

    return read


def _checked(key: int, registers: list[int], name: str) -> int:
    if 0 <= key < len(registers):
        return key
    message = f"register {name} has keys 0..{len(registers) - 1}, not {key}"
    raise SimulationError(message)


def _read_now(machine: Machine, index: int, slot: int) -> Read:
    clock = machine.clock
    return lambda _: clock.now


def _read_status(machine: Machine, index: int, slot: int) -> Read:
    return lambda task: task.status


def _key_of(slot: int) -> Read:
    return (lambda _: 0) if slot == NO_KEY else lambda task: task.regs[slot]


def _read_meter(machine: Machine, index: int, slot: int) -> Read:
    meter, reading, key = machine.stations[index // 16], MeterRead(index % 16), _key_of(slot)
    return lambda task: meter.read(key(task), reading)


def _read_gauge(machine: Machine, index: int, slot: int) -> Read:
    station, gauge, key = machine.stations[index // 16], Gauge(index % 16), _key_of(slot)
    return lambda task: station.gauge(key(task), gauge)


def _read_self(machine: Machine, index: int, slot: int) -> Read:
    tabs_max = machine.program.tabs_max
    return {
        Self.PERSON: lambda task: task.person.id,
        Self.TAB: lambda task: task.tab,
        Self.TAB_ID: lambda task: task.person.id * tabs_max + task.tab,
        Self.INSTANCE: _instance_of,
        Self.GRANT: lambda task: task.grant_ns,
    }[Self(index)]


def _instance_of(task: Task) -> int:
    for holding in reversed(task.holdings):
        if holding.instance >= 0:
            return holding.instance
    return NEVER


def _write_task(machine: Machine, index: int, slot: int) -> Write:

    def write(task: Task, value: int) -> None:
        task.regs[index] = value

    return write


def _write_call(machine: Machine, index: int, slot: int) -> Write:

    def write(task: Task, value: int) -> None:
        task.call[index] = value

    return write


def _write_tab(machine: Machine, index: int, slot: int) -> Write:

    def write(task: Task, value: int) -> None:
        task.tab_regs[index] = value

    return write


def _write_person(machine: Machine, index: int, slot: int) -> Write:

    def write(task: Task, value: int) -> None:
        task.person.regs[index] = value

    return write


def _write_shared(machine: Machine, index: int, slot: int) -> Write:
    registers = machine.shared[index]
    name = machine.program.shared[index].name
    key = _key_of(slot)

    def write(task: Task, value: int) -> None:
        registers[_checked(key(task), registers, name)] = value

    return write


def _write_knob(machine: Machine, index: int, slot: int) -> Write:
    station, knob = machine.stations[index // 16], Knob(index % 16)

    def write(task: Task, value: int) -> None:
        del task
        station.turn_knob(knob, value)

    return write


READERS: dict[Space, Callable[[Machine, int, int], Read]] = {
    Space.CONSTANT: _read_constant,
    Space.TASK: _read_task,
    Space.CALL: _read_call,
    Space.TAB: _read_tab,
    Space.PERSON: _read_person,
    Space.SHARED: _read_shared,
    Space.NOW: _read_now,
    Space.STATUS: _read_status,
    Space.METER: _read_meter,
    Space.GAUGE: _read_gauge,
    Space.SELF: _read_self,
}
WRITERS: dict[Space, Callable[[Machine, int, int], Write]] = {
    Space.TASK: _write_task,
    Space.CALL: _write_call,
    Space.TAB: _write_tab,
    Space.PERSON: _write_person,
    Space.SHARED: _write_shared,
    Space.KNOB: _write_knob,
}
