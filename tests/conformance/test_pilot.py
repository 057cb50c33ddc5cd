"""What stands apart, because a pilot said so, is what it is where it stands together: the pilot may be as wrong as it likes."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from eventlive_sim.engine.kernel import engine, pilot
from eventlive_sim.engine.kernel.native import Loop, loop
from eventlive_sim.engine.kernel.places import Use
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Fn, Space
from eventlive_sim.program.program import Program
from eventlive_sim.study.selfcheck import check_cases


@pytest.mark.parametrize(("seldom", "first"), [(1, 5_000), (100, 5_400)])
def test_drawn_programs_and_designs_with_a_pilot(monkeypatch: pytest.MonkeyPatch, seldom: int, first: int) -> None:
    """A pilot with one of each population: what not all of them have stands apart, or what none of them has."""
    told: list[int] = []
    usual = engine._seldom

    def noted(program: Program, compiled: Loop) -> Collection[Use]:
        found = usual(program, compiled)
        told.append(len(found))
        return found

    monkeypatch.setattr(pilot, "MANY_PEOPLE", 1)
    monkeypatch.setattr(pilot, "PILOTS", 1)
    monkeypatch.setattr(pilot, "SELDOM", seldom)
    monkeypatch.setattr(engine, "_seldom", noted)
    tally = check_cases(range(first, first + 300))
    assert tally.divergence == ""
    assert tally.counts["designs"] >= 3
    assert max(told) >= 10


def _program() -> Program:
    """A thousand people write to one register of theirs, set another to 0, as it is, and read a third."""
    asm = Assembler()
    entry = asm.here()
    with asm.temp() as number:
        asm.copy(asm.person("often"), asm.const(7))
        asm.copy(asm.person("cleared"), asm.const(0))
        asm.hold(asm.const(5))
        asm.set(number, Fn.MUL, asm.person("never"), asm.const(2))
    asm.end()
    asm.population("p", 1000, entry)
    return asm.build(1000, bin_ns=1000)


def test_what_stays_zero_stands_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a register, or setting it to what it is, gives it no memory; writing to it does."""
    program = _program()
    assert engine._seldom(program, loop()) == frozenset()
    monkeypatch.setattr(pilot, "MANY_PEOPLE", 1000)
    found = engine._seldom(program, loop())
    names = ["often", "cleared", "never"]
    assert {names[number] for kind, number in found if kind == Space.PERSON} == {"cleared", "never"}


def test_a_pilot_has_fewer_people_or_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot has no pilot."""
    program = _program()
    assert pilot.pilot_of(program) is None
    monkeypatch.setattr(pilot, "MANY_PEOPLE", 1000)
    few = pilot.pilot_of(program)
    assert few is not None
    assert few.people == pilot.PILOTS
    monkeypatch.setattr(pilot, "MANY_PEOPLE", 1)
    assert pilot.pilot_of(few) is None
