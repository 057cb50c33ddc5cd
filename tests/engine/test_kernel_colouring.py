"""Registers share a number where they never both hold what will be read, and nowhere else; both engines see the same in them."""

from __future__ import annotations

from eventlive_sim.engine.kernel.colouring import MOST_STACKS
from eventlive_sim.engine.kernel.registers import registers_of
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Cmp, Leaving
from eventlive_sim.program.program import Program
from tests.engine.machines import finish, mark, marks


def _set(asm: Assembler, name: str, value: int) -> None:
    asm.copy(asm.task(name), asm.const(value))


def _numbers(program: Program) -> list[int]:
    """Numbers of the registers that the test names, in the order in which it did; the two before them belong to draws."""
    return registers_of(program).number[2:]


def _entry(asm: Assembler) -> None:
    asm.population("p", 1, asm.here())


def test_one_after_the_other_share() -> None:
    """What is written and read before another is written needs no number of its own."""
    asm = Assembler()
    _entry(asm)
    for name, value in (("a", 5), ("b", 6), ("c", 7)):
        _set(asm, name, value)
        asm.hold(asm.const(1))
        mark(asm, asm.task(name))
    asm.end()
    program = finish(asm)
    assert _numbers(program) == [2, 2, 2]
    assert marks(program) == [5, 6, 7]


def test_side_by_side_do_not() -> None:
    """Both are written before either is read."""
    asm = Assembler()
    _entry(asm)
    _set(asm, "a", 5)
    _set(asm, "b", 6)
    mark(asm, asm.task("a"))
    mark(asm, asm.task("b"))
    asm.end()
    program = finish(asm)
    assert _numbers(program) == [2, 3]
    assert marks(program) == [5, 6]


def test_what_nobody_reads_does_not_hurt() -> None:
    """A write that no row reads must not fall on what another register holds."""
    asm = Assembler()
    _entry(asm)
    _set(asm, "a", 5)
    _set(asm, "b", 6)
    mark(asm, asm.task("a"))
    asm.end()
    program = finish(asm)
    assert _numbers(program) == [2, 3]
    assert marks(program) == [5]


def _guarded(*, disarmed: bool) -> Program:
    """A register that only a handler reads, and one that is written while its deadline is armed, or was."""
    asm = Assembler()
    handler = asm.label()
    _entry(asm)
    _set(asm, "kept", 5)
    asm.deadline(asm.const(10), handler)
    asm.hold(asm.const(1))
    if disarmed:
        asm.disarm()
    _set(asm, "later", 6)
    asm.hold(asm.const(20))
    mark(asm, asm.task("later"))
    asm.end()
    asm.place(handler)
    mark(asm, asm.task("kept"))
    asm.end()
    return finish(asm)


def test_what_a_handler_reads_is_kept_while_it_may_run() -> None:
    """The deadline fires in the middle of a wait, after the other register was written."""
    program = _guarded(disarmed=False)
    assert _numbers(program) == [2, 3]
    assert marks(program) == [5]


def test_what_a_handler_reads_is_not_kept_once_it_is_disarmed() -> None:
    """From then on the number is free."""
    program = _guarded(disarmed=True)
    assert _numbers(program) == [2, 2]
    assert marks(program) == [6]


def test_an_inner_deadline_leaves_the_outer_one_armed() -> None:
    """The inner one fires; what the outer one's handler reads is kept through the inner handler."""
    asm = Assembler()
    outer, inner = asm.label(), asm.label()
    _entry(asm)
    _set(asm, "kept", 5)
    asm.deadline(asm.const(10), outer)
    asm.deadline(asm.const(3), inner)
    asm.hold(asm.const(50))
    asm.end()
    asm.place(inner)
    _set(asm, "other", 6)
    mark(asm, asm.task("other"))
    asm.hold(asm.const(50))
    asm.end()
    asm.place(outer)
    mark(asm, asm.task("kept"))
    asm.end()
    program = finish(asm)
    assert _numbers(program) == [2, 3]
    assert marks(program) == [6, 5]


def test_what_a_finally_block_reads_is_kept_to_the_end() -> None:
    """The child is cancelled while it waits, or ends by itself; its block reads what was written at first."""
    for stay, ended in ((5, [6, 5]), (2, [5])):
        asm = Assembler()
        child, block = asm.label(), asm.label()
        _entry(asm)
        asm.spawn(child, 0, leaving=Leaving.CANCEL, finally_=block)
        asm.hold(asm.const(stay))
        asm.cancel(0)
        asm.end()
        asm.place(child)
        _set(asm, "kept", 5)
        asm.hold(asm.const(1))
        _set(asm, "other", 6)
        asm.hold(asm.const(2))
        mark(asm, asm.task("other"))
        asm.end()
        asm.place(block)
        mark(asm, asm.task("kept"))
        asm.end()
        program = finish(asm)
        assert _numbers(program) == [2, 3]
        assert marks(program) == ended


def test_what_a_child_reads_is_handed_to_it() -> None:
    """The parent holds two for its child and writes a third in between; the child's own shares with none that it was handed."""
    asm = Assembler()
    child = asm.label()
    _entry(asm)
    _set(asm, "a", 5)
    _set(asm, "b", 6)
    _set(asm, "c", 7)
    mark(asm, asm.task("c"))
    asm.spawn(child, 0)
    asm.hold(asm.const(5))
    asm.end()
    asm.place(child)
    _set(asm, "d", 8)
    mark(asm, asm.task("d"))
    mark(asm, asm.task("a"))
    mark(asm, asm.task("b"))
    asm.end()
    program = finish(asm)
    a, b, c, d = _numbers(program)
    assert len({a, b, c}) == len({a, b, d}) == 3
    assert marks(program) == [7, 8, 5, 6]


def test_more_ways_to_be_armed_than_are_told_apart() -> None:
    """Seven times one of two deadlines is armed: then any handler may follow any row, and nothing is lost."""
    depth = 7
    assert 2**depth > MOST_STACKS
    asm = Assembler()
    handlers = [asm.label() for _ in range(2)]
    _entry(asm)
    _set(asm, "kept", 5)
    for _ in range(depth):
        other, armed = asm.label(), asm.label()
        asm.test(asm.now, Cmp.EQ, asm.const(0), other)
        asm.deadline(asm.const(100), handlers[0])
        asm.jump(armed)
        asm.place(other)
        asm.deadline(asm.const(100), handlers[1])
        asm.place(armed)
    _set(asm, "later", 6)
    asm.hold(asm.const(50))
    mark(asm, asm.task("later"))
    asm.hold(asm.const(100))
    asm.end()
    for handler in handlers:
        asm.place(handler)
        mark(asm, asm.task("kept"))
        asm.end()
    program = finish(asm)
    assert _numbers(program) == [2, 3]
    assert marks(program) == [6, 5]
