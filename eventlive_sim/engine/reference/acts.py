"""The primitives: each decodes its row once into an act, a function of the task that answers the next row."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive_sim.engine.draws import bits, draw, stream_state
from eventlive_sim.engine.reference.machine import Act as RowAct
from eventlive_sim.engine.reference.machine import Machine
from eventlive_sim.engine.reference.operands import reader, writer
from eventlive_sim.engine.reference.task import BLOCKED, NEVER, Task
from eventlive_sim.engine.reference.waits import await_, enter, group_of, hold, join, work
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import (
    ATTEMPT_SLOT,
    BY_OP,
    CALL_SLOTS,
    NONE,
    ORDINAL_SLOT,
    Cmp,
    Fn,
    Op,
)

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.unwinding import Unwinding

TAG_MIN, TAG_MAX = -8, 1015
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def compile_rows(machine: Machine, unwinding: Unwinding) -> list[RowAct]:
    """Return one act for each row of the program, and one that refuses to run past its end."""
    acts: list[RowAct] = []
    for row, (op, *fields) in enumerate(machine.program.code.tolist()):
        primitive = Op(op)
        used = fields[: len(BY_OP[primitive].fields)]
        acts.append(ACTS[primitive](machine, unwinding, row, used))
    acts.append(_past_the_end)
    return acts


def _past_the_end(task: Task) -> int:
    message = f"person {task.person.id} runs past the end of the program; a block of rows ends with END"
    raise SimulationError(message)


# ---------------------------------------------------------------- stations


def leave(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """LEAVE."""
    number, read_key = fields[0], reader(machine, fields[1])
    station, following, note = machine.stations[number], row + 1, machine.note
    give_back = station.give_back

    def act(task: Task) -> int:
        key, holdings = read_key(task), task.holdings
        for at in range(len(holdings) - 1, -1, -1):
            holding = holdings[at]
            if holding.station is station and holding.key == key:
                del holdings[at]
                if note:
                    unwinding.tell_leave(task, row, number, key, holding.ask_ns)
                give_back(holding, cut=False)
                break
        return following

    return act


def add(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """ADD."""
    meter, key, weight = machine.stations[fields[0]], reader(machine, fields[1]), reader(machine, fields[2])
    following = row + 1

    def act(task: Task) -> int:
        meter.add(key(task), weight(task))
        return following

    return act


# ---------------------------------------------------------------- registers and rows


def draw_(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """DRAW."""
    write, table, occurrence = writer(machine, fields[0]), machine.tables[fields[1]], reader(machine, fields[3])
    state, following = stream_state(machine.seed, fields[2]), row + 1

    def exogenous(task: Task) -> int:
        write(task, draw(table, bits(state, task.person.id, task.tab, 0, 0, occurrence(task))))
        return following

    def act(task: Task) -> int:
        regs = task.regs
        word = bits(state, task.person.id, task.tab, regs[ORDINAL_SLOT], regs[ATTEMPT_SLOT], occurrence(task))
        write(task, draw(table, word))
        return following

    return exogenous if fields[4] == 1 else act


def _wrapped(value: int) -> int:
    """Return an integer as 64 bits hold it."""
    return value if _LEAST <= value <= _MOST else (value - _LEAST) % (1 << 64) + _LEAST


FUNCTIONS: dict[Fn, Callable[[int, int], int]] = {
    Fn.COPY: lambda a, _: a,
    Fn.ADD: lambda a, b: _wrapped(a + b),
    Fn.SUB: lambda a, b: _wrapped(a - b),
    Fn.MUL: lambda a, b: _wrapped(a * b),
    Fn.DIV: lambda a, b: _wrapped(a // b) if b else 0,
    Fn.MIN: min,
    Fn.MAX: max,
}
COMPARISONS: dict[Cmp, Callable[[int, int], bool]] = {
    Cmp.EQ: operator.eq,
    Cmp.NE: operator.ne,
    Cmp.LT: operator.lt,
    Cmp.LE: operator.le,
    Cmp.GT: operator.gt,
    Cmp.GE: operator.ge,
}


def set_(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """SET."""
    write, function = writer(machine, fields[0]), FUNCTIONS[Fn(fields[1])]
    first, second, following = reader(machine, fields[2]), reader(machine, fields[3]), row + 1

    def copy(task: Task) -> int:
        write(task, first(task))
        return following

    def act(task: Task) -> int:
        write(task, function(first(task), second(task)))
        return following

    return copy if fields[1] == Fn.COPY else act


def test(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """TEST."""
    holds, first, second = COMPARISONS[Cmp(fields[0])], reader(machine, fields[1]), reader(machine, fields[2])
    target, following = fields[3], row + 1
    return lambda task: target if holds(first(task), second(task)) else following


def jump(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """JUMP."""
    target = fields[0]
    return lambda _: target


# ---------------------------------------------------------------- tasks


def signal(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """SIGNAL."""
    number, key_of, value_of = fields[0], reader(machine, fields[1]), reader(machine, fields[2])
    following, note, signals = row + 1, machine.note, machine.signals

    def act(task: Task) -> int:
        key, value = key_of(task), value_of(task)
        if note:
            machine.tell(Act.SIGNAL, task, row, number, key, value)
        signals.send(number, key, value)
        return following

    return act


def spawn(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """SPAWN."""
    target, index, tab_field, own_call, leaving, finally_row, dest = fields
    read_tab, write = reader(machine, tab_field), writer(machine, dest)
    following, note = row + 1, machine.note

    def act(task: Task) -> int:
        person = task.person
        tab = task.tab if tab_field == NONE else read_tab(task)
        if not 0 <= tab < len(person.tabs):
            message = f"person {person.id} has tabs 0..{len(person.tabs) - 1}, not {tab} (row {row})"
            raise SimulationError(message)
        child = Task(person, tab, task.regs.copy(), [0] * CALL_SLOTS if own_call == 1 else task.call)
        child.parent = task
        child.parent_group = index
        child.leaving = leaving
        child.finally_row = finally_row
        group_of(task, index).alive[child.ordinal] = child
        if note:
            machine.tell(Act.SPAWN, task, row, NEVER, index, child.ordinal)
        machine.begin(child, target)
        write(task, child.ordinal)
        return following

    return act


def deadline(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """DEADLINE."""
    expiry_of, leaving, handler = reader(machine, fields[0]), fields[1], fields[2]
    following, note = row + 1, machine.note

    def act(task: Task) -> int:
        unwinding.arm(task, expiry_of(task), leaving, handler)
        if note:
            machine.tell(Act.ARM, task, row, NEVER, NEVER, task.deadlines[-1].expiry_ns)
        return following

    return act


def disarm(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """DISARM."""
    following, note = row + 1, machine.note

    def act(task: Task) -> int:
        if not task.deadlines:
            message = f"row {row}: person {task.person.id} disarms a deadline, but none is armed"
            raise SimulationError(message)
        expiry_ns = task.deadlines.pop().expiry_ns
        if note:
            machine.tell(Act.DISARM, task, row, NEVER, NEVER, expiry_ns)
        return following

    return act


def cancel(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """CANCEL."""
    index, following = fields[0], row + 1

    def act(task: Task) -> int:
        unwinding.dismiss_group(task, index)
        return following

    return act


def count(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """COUNT."""
    series, tag_of, value_of = fields[0], reader(machine, fields[1]), reader(machine, fields[2])
    following, note, clock, bin_ns = row + 1, machine.note, machine.clock, machine.program.bin_ns
    trend = machine.trend(series) if machine.program.series[series].trend else None

    def act(task: Task) -> int:
        tag, value = tag_of(task), value_of(task)
        if note:
            machine.tell(Act.COUNT, task, row, series, tag, value)
        if trend is not None:
            trend.add(value)
            return following
        if not TAG_MIN <= tag <= TAG_MAX:
            message = f"row {row}: a tag lies in {TAG_MIN}..{TAG_MAX}, not {tag}"
            raise SimulationError(message)
        numbers, sums = machine.counter(series, tag)
        at = clock.now // bin_ns
        numbers[at] += 1
        sums[at] += value
        return following

    return act


def end(machine: Machine, unwinding: Unwinding, row: int, fields: list[int]) -> RowAct:
    """END."""
    status = reader(machine, fields[0])

    def act(task: Task) -> int:
        unwinding.end(task, row, status(task))
        return BLOCKED

    return act


ACTS: dict[Op, Callable[[Machine, Unwinding, int, list[int]], RowAct]] = {
    Op.HOLD: hold,
    Op.ENTER: enter,
    Op.WORK: work,
    Op.LEAVE: leave,
    Op.DRAW: draw_,
    Op.SET: set_,
    Op.TEST: test,
    Op.JUMP: jump,
    Op.SIGNAL: signal,
    Op.AWAIT: await_,
    Op.SPAWN: spawn,
    Op.JOIN: join,
    Op.DEADLINE: deadline,
    Op.DISARM: disarm,
    Op.CANCEL: cancel,
    Op.ADD: add,
    Op.COUNT: count,
    Op.END: end,
}
