"""Tasks of the kernel have room for the registers that matter to them, and see in them what the reference does."""

from __future__ import annotations

from eventlive_sim.engine.kernel.registers import registers_of
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import Cmp, Fn, Leaving, Op, Self, StationKind
from eventlive_sim.program.program import Program, StationSpec
from tests.engine.machines import finish, mark, marks

NAMES = "abcdefgh"


def _rooms(program: Program) -> list[int]:
    """Room of spawned tasks, by their place in the program."""
    return [shape >> 1 for _, shape in sorted(registers_of(program).shape.items())]


def _begin(asm: Assembler) -> None:
    """A parent's registers, which are 10, 11, ... ; the two before them belong to draws."""
    for number, name in enumerate(NAMES):
        asm.copy(asm.task(name), asm.const(10 + number))


def _through(asm: Assembler, child: Label, *, finally_: Label | None = None) -> None:
    """A first task that spawns one that names no register, which spawns the child and cancels it at 5."""
    entry, middle = asm.label(), asm.label()
    asm.place(entry)
    _begin(asm)
    asm.spawn(middle, 1)
    asm.hold(asm.const(50))
    asm.end()
    asm.place(middle)
    asm.spawn(child, 1, leaving=Leaving.CANCEL, finally_=finally_)
    asm.hold(asm.const(5))
    asm.cancel(1)
    asm.hold(asm.const(20))
    asm.end()
    asm.population("p", 1, entry)


def test_a_child_has_room_for_what_it_reads_and_what_its_children_read() -> None:
    """The child names one register, its own child another, the last named by the parent; the waiting sibling none."""
    asm = Assembler()
    entry, child, grandchild, sibling = (asm.label() for _ in range(4))
    asm.place(entry)
    _begin(asm)
    asm.spawn(sibling, 0)
    asm.spawn(child, 1)
    asm.hold(asm.const(50))
    asm.end()
    asm.place(child)
    asm.set(asm.task("c"), Fn.ADD, asm.task("c"), asm.const(100))
    asm.spawn(grandchild, 0)
    asm.hold(asm.const(10))
    mark(asm, asm.task("c"))
    asm.end()
    asm.place(grandchild)
    mark(asm, asm.task("h"))
    asm.end()
    asm.place(sibling)
    asm.hold(asm.const(20))
    asm.end()
    asm.population("p", 2, entry)
    program = finish(asm)
    assert marks(program) == [17, 17, 112, 112]
    assert _rooms(program) == [2, 4, 3]


def test_what_is_written_first_is_not_taken_along() -> None:
    """A grandchild writes before it reads: the child needs no room for it."""
    asm = Assembler()
    entry, child, grandchild = (asm.label() for _ in range(3))
    asm.place(entry)
    _begin(asm)
    asm.spawn(child, 1)
    asm.hold(asm.const(50))
    asm.end()
    asm.place(child)
    asm.spawn(grandchild, 0)
    asm.hold(asm.const(10))
    asm.end()
    asm.place(grandchild)
    for name in NAMES[:4]:
        asm.copy(asm.task(name), asm.const(5))
    mark(asm, asm.task("d"))
    asm.end()
    asm.population("p", 1, entry)
    program = finish(asm)
    assert marks(program) == [5]
    assert _rooms(program) == [2, 3]


def test_a_handler_sees_what_a_wait_would_have_written() -> None:
    """A deadline fires while the task awaits an answer: the register still holds what the first task left in it."""
    asm = Assembler()
    child, handler = asm.label(), asm.label()
    never = asm.new_signal("never")
    _through(asm, child)
    asm.place(child)
    asm.deadline(asm.const(3), handler)
    asm.await_(asm.task("g"), never)
    asm.end()
    asm.place(handler)
    mark(asm, asm.task("g"))
    asm.end()
    program = finish(asm)
    assert marks(program) == [16]


def test_a_finally_block_sees_the_first_registers() -> None:
    """A cancelled child's block reads one that its rows would have written later."""
    asm = Assembler()
    child, block = asm.label(), asm.label()
    _through(asm, child, finally_=block)
    asm.place(child)
    asm.hold(asm.const(20))
    asm.copy(asm.task("f"), asm.const(1))
    asm.end()
    asm.place(block)
    mark(asm, asm.task("f"))
    asm.end()
    program = finish(asm)
    assert marks(program) == [15]


def test_a_later_row_sees_the_first_registers() -> None:
    """What a row after a test and a jump reads has come through a task that does not name it."""
    asm = Assembler()
    child, there = asm.label(), asm.label()
    _through(asm, child)
    asm.place(child)
    asm.hold(asm.const(2))
    asm.test(asm.task("b"), Cmp.EQ, asm.const(11), there)
    asm.end()
    asm.place(there)
    asm.copy(asm.task("a"), asm.const(1))
    mark(asm, asm.task("e"))
    asm.end()
    program = finish(asm)
    assert marks(program) == [14]


def test_registers_of_rows_that_nothing_comes_to_have_a_number() -> None:
    """Written and never read, they share one; those of draws keep theirs, alone."""
    asm = Assembler()
    entry = asm.label()
    asm.place(entry)
    asm.end()
    _begin(asm)
    asm.end()
    asm.population("p", 1, entry)
    program = finish(asm)
    assert Op(int(program.code[0, 0])) is Op.END
    found = registers_of(program)
    assert found.number == [0, 1, *[2] * len(NAMES)]
    assert found.first == 2 * 2
    assert marks(program) == []


def test_only_those_that_visit_stations_have_room_for_a_visit() -> None:
    """One child enters, one asks in its finally block when it was granted, one only holds."""
    asm = Assembler()
    entry, enters, asks, holds, block = (asm.label() for _ in range(5))
    desk = asm.station(StationSpec("desk", StationKind.FIFO, servers=1))
    asm.place(entry)
    asm.spawn(enters, 0)
    asm.spawn(asks, 0, finally_=block)
    asm.spawn(holds, 0)
    asm.hold(asm.const(50))
    asm.end()
    asm.place(enters)
    asm.hold(asm.const(3))
    asm.enter(desk)
    asm.hold(asm.const(4))
    mark(asm, asm.self_(Self.GRANT))
    asm.end()
    asm.place(asks)
    asm.hold(asm.const(2))
    asm.end()
    asm.place(block)
    mark(asm, asm.self_(Self.GRANT))
    asm.end()
    asm.place(holds)
    asm.hold(asm.const(1))
    asm.end()
    asm.population("p", 1, entry)
    program = finish(asm)
    assert marks(program) == [0, 3]
    assert [shape & 1 for _, shape in sorted(registers_of(program).shape.items())] == [1, 1, 0]
    assert registers_of(program).first & 1 == 0


def _counter(step: int, *, more: bool = False) -> Program:
    """Adds a step to a register, and to another one."""
    asm = Assembler()
    entry, count = asm.here(), asm.task("count")
    asm.set(count, Fn.ADD, count, asm.const(step))
    if more:
        asm.set(asm.task("more"), Fn.ADD, count, asm.const(step))
    asm.hold(asm.const(5))
    asm.set(count, Fn.ADD, count, asm.task("more") if more else count)
    asm.end()
    asm.population("p", 1, entry)
    return finish(asm, 100)


def test_programs_that_differ_in_numbers_only_share_the_answer() -> None:
    """A slider moved is no new question; another register is."""
    assert registers_of(_counter(3)) is registers_of(_counter(4))
    assert registers_of(_counter(5)) is registers_of(
        _counter(3)
    )  # 5 is the hold's number too: there is one constant less
    assert registers_of(_counter(3)) is not registers_of(_counter(3, more=True))
