"""The primitives that may wait: each decodes its row into an act, and a resume that goes on after the wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.machine import Act as RowAct
from eventlive_sim.engine.reference.machine import Machine
from eventlive_sim.engine.reference.operands import reader, writer
from eventlive_sim.engine.reference.stations import QUEUED
from eventlive_sim.engine.reference.task import BLOCKED, NEVER, Group, Task
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import GROUPS, NONE

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.unwinding import Unwinding


def group_of(task: Task, index: int) -> Group:
    """Return a group of the task's children."""
    if task.groups is None:
        task.groups = [None] * GROUPS
    group = task.groups[index]
    if group is None:
        group = task.groups[index] = Group()
    return group


def hold(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """HOLD."""
    duration = reader(machine, fields[0])
    following, note, wake_in = row + 1, machine.note, machine.wake_in

    def resume(task: Task) -> int:
        if note:
            machine.tell(Act.WAKE, task, row, NEVER, NEVER, 0)
        return following

    def act(task: Task) -> int:
        delay = duration(task)
        if delay <= 0:
            return following
        if note:
            machine.tell(Act.HOLD, task, row, NEVER, NEVER, delay)
        task.row = row
        task.resume = resume
        wake_in(task, delay)
        return BLOCKED

    return act


def enter(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """ENTER."""
    number = fields[0]
    station = machine.stations[number]
    read_key, read_patience, write = (
        reader(machine, fields[1]),
        reader(machine, fields[2]),
        writer(machine, fields[3]),
    )
    following, note, ask, woken = row + 1, machine.note, station.enter, station.woken

    def resume(task: Task) -> int:
        if task.blocker is not None:
            woken(task)
        write(task, task.outcome)
        return following

    def act(task: Task) -> int:
        key, patience = read_key(task), read_patience(task)
        if note:
            machine.tell(Act.ASK, task, row, number, key, patience)
        task.row = row
        outcome = ask(task, key, patience)
        if outcome < 0:
            task.resume = resume
            if outcome == QUEUED and patience > 0:
                task.patience_ns = machine.time_in(task, patience)
            return BLOCKED
        if note:
            machine.tell(Act.GRANT if outcome else Act.REFUSE, task, row, number, key, outcome)
        write(task, outcome)
        return following

    return act


def work(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """WORK."""
    number = fields[0]
    station, demand_of = machine.stations[number], reader(machine, fields[1])
    following, note, begin = row + 1, machine.note, station.work

    def resume(task: Task) -> int:
        del task
        return following

    def act(task: Task) -> int:
        demand = demand_of(task)
        if demand <= 0:
            return following
        if note:
            machine.tell(Act.WORK, task, row, number, 0, demand)
        task.row = row
        task.resume = resume
        begin(task, demand)
        return BLOCKED

    return act


def await_(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """AWAIT."""
    write = writer(machine, fields[0])
    pairs = [(fields[1], reader(machine, fields[2]))]
    if fields[3] != NONE:
        pairs.append((fields[3], reader(machine, fields[4])))
    following, note, signals = row + 1, machine.note, machine.signals

    def resume(task: Task) -> int:
        if note:
            machine.tell(Act.WAKE, task, row, NEVER, NEVER, task.outcome)
        write(task, task.outcome)
        return following

    def act(task: Task) -> int:
        addresses = [(signal, key(task)) for signal, key in pairs]
        if note:
            machine.tell(Act.AWAIT, task, row, *addresses[0], fields[3])
        task.row = row
        task.resume = resume
        signals.wait(task, addresses)
        return BLOCKED

    return act


def join(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """JOIN."""
    write, index, mode = writer(machine, fields[0]), fields[1], fields[2]
    following, note = row + 1, machine.note

    def resume(task: Task) -> int:
        if note:
            machine.tell(Act.JOIN, task, row, NEVER, index, task.outcome)
        unwinding.dismiss_group(task, index)
        write(task, task.outcome)
        return following

    def act(task: Task) -> int:
        decided = group_of(task, index).decide(mode)
        task.row = row
        if decided is not None:
            task.outcome = decided
            return resume(task)
        task.joining = index
        task.mode = mode
        task.resume = resume
        return BLOCKED

    return act
